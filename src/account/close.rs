//! Closing one's account: what happens is told first, and it is done at once by whoever has just proved who they are.

use access::calendar::Office;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, header};
use storage::accounts::Kind;
use web::csrf::{FreshForm, SignedForm};
use web::page::{self, Frame};
use web::session::Fresh;
use web::words::{day, hours};
use web::{House, SignedIn, session};
use workflows::ending::{self, Closed, Consequences, Request, Scope};
use workflows::proxies::{Desk, Error};

/// Where it is done.
pub const PATH: &str = "/account/close";

#[derive(Template)]
#[template(path = "close.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    problem: &'a str,
    means: Consequences,
    own_record: bool,
    /// A request that waits for the practice: by when it is done.
    asked: Option<String>,
    him: Him,
}

#[derive(Template)]
#[template(path = "closed.html")]
struct Gone {
    frame: Frame,
    /// The account goes on for others' records.
    kept: bool,
    /// The practice does it: by when, and the number of the request.
    handed: Option<(String, String)>,
    him: Him,
}

/// Medical records: how to reach them.
pub(crate) struct Him {
    /// Empty where the policy names none.
    pub phone: String,
    pub hours: String,
}

impl Him {
    pub fn of(house: &House, office: Office) -> Self {
        Self {
            phone: house
                .pack
                .calendar
                .phone(office)
                .unwrap_or_default()
                .to_owned(),
            hours: hours(office, &house.pack),
        }
    }
}

pub(crate) fn desk<'h>(house: &'h House, person: &SignedIn) -> Desk<'h> {
    let now = house.clock.now();
    Desk::of_account(&house.storage, &house.pack, &person.account, now)
}

fn not_here() -> Response {
    page::sorry(
        StatusCode::FORBIDDEN,
        "An administrator ends this account",
        "Accounts of staff and of developers are not closed here. Ask whoever runs this server.",
    )
}

/// `GET /account/close`
pub async fn form(State(house): State<House>, Fresh(person): Fresh) -> Response {
    show(&house, &person, "").await
}

async fn show(house: &House, person: &SignedIn, problem: &str) -> Response {
    let desk = desk(house, person);
    match load(&desk).await {
        Ok((means, asked)) => {
            let page = Page {
                frame: Frame::of(person, "security"),
                csrf: &person.session.csrf,
                problem,
                own_record: person.account.kind == Kind::Patient,
                means,
                asked: asked.map(|request| day(request.due, &house.pack)),
                him: Him::of(house, Office::Him),
            };
            let status = page::status(problem.is_empty());
            page::html(status, &page)
        }
        Err(Error::Storage(error)) => page::unavailable(&error),
        Err(_) => not_here(),
    }
}

async fn load(desk: &Desk<'_>) -> Result<(Consequences, Option<Request>), Error> {
    Ok((
        ending::consequences(desk).await?,
        ending::waiting(desk).await?,
    ))
}

/// `POST /account/close`: `sure`, and `keep` for who goes on acting for others.
pub async fn submit(State(house): State<House>, FreshForm { person, form }: FreshForm) -> Response {
    if form.get("sure") != "yes" {
        let problem = "Nothing was closed. Tick the box to say that you mean it.";
        return show(&house, &person, problem).await;
    }
    let scope = match form.get("keep") {
        "yes" => Scope::OwnRecord,
        _ => Scope::Whole,
    };
    match ending::close(&desk(&house, &person), scope).await {
        Ok(Closed::Done) => {
            let page = Gone {
                frame: Frame::of_nobody(),
                kept: scope == Scope::OwnRecord,
                handed: None,
                him: Him::of(&house, Office::Him),
            };
            let mut response = page::html(StatusCode::OK, &page);
            let cookie = session::closed(&house);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            response
        }
        Ok(Closed::Handed { task, due }) => {
            let page = Gone {
                frame: Frame::of(&person, "security"),
                kept: false,
                handed: Some((day(due, &house.pack), task)),
                him: Him::of(&house, Office::Him),
            };
            page::html(StatusCode::OK, &page)
        }
        Err(Error::Rule { .. }) => {
            let problem = "You act for nobody any more: choose what to close again.";
            show(&house, &person, problem).await
        }
        Err(Error::Storage(error)) => page::unavailable(&error),
        Err(_) => not_here(),
    }
}

/// `POST /account/close/keep`: takes a request back that waits for the practice.
pub async fn keep(State(house): State<House>, SignedForm { person, .. }: SignedForm) -> Response {
    match ending::withdraw(&desk(&house, &person)).await {
        Ok(_) | Err(Error::Overtaken) => {
            page::see_other(&format!("{}?done=kept-account", crate::security::PATH))
        }
        Err(Error::Storage(error)) => page::unavailable(&error),
        Err(_) => not_here(),
    }
}
