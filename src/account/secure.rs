//! “Secure my account”: a new password, everybody else signed out, every app disconnected, what was done lately to
//! look at, and the privacy office told.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use storage::accounts::Kind;
use storage::audit;
use web::csrf::FreshForm;
use web::page::{self, Frame};
use web::session::Fresh;
use web::words::{day, moment};
use web::{House, SignedIn};
use workflows::access_log::{self, Reader};
use workflows::proxies::Error;
use workflows::{ending, passwords};

use crate::charts::{self, Chart};
use crate::close::desk;
use crate::secrets;

/// Where it is done.
pub const PATH: &str = "/account/secure";
/// Entries of the access log offered to be marked.
const LINES: i64 = 12;

/// Something done with this sign-in.
struct Seen {
    event: i64,
    at: String,
    sentence: String,
}

struct Open {
    agent: String,
    note: String,
}

#[derive(Template)]
#[template(path = "secure.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    username: &'a str,
    problem: String,
    characters: usize,
    /// Other browsers signed in.
    browsers: Vec<Open>,
    apps: usize,
    seen: Vec<Seen>,
    comment: &'a str,
    comment_max: usize,
}

#[derive(Template)]
#[template(path = "secured.html")]
struct Done {
    frame: Frame,
    apps: usize,
    due: String,
    number: String,
    has_chart: bool,
}

fn not_here() -> Response {
    page::sorry(
        StatusCode::FORBIDDEN,
        "Open “Security” instead",
        "There you change your password and sign others out.",
    )
}

/// `GET /account/secure`
pub async fn form(State(house): State<House>, Fresh(person): Fresh) -> Response {
    show(&house, &person, "", String::new()).await
}

async fn show(house: &House, person: &SignedIn, comment: &str, problem: String) -> Response {
    if person.account.kind == Kind::Developer || person.account.kind == Kind::Staff {
        return not_here();
    }
    match load(house, person, comment, problem).await {
        Ok(page) => {
            let status = page::status(page.problem.is_empty());
            page::html(status, &page)
        }
        Err(error) => page::unavailable(&error),
    }
}

async fn load<'a>(
    house: &House,
    person: &'a SignedIn,
    comment: &'a str,
    problem: String,
) -> Result<Page<'a>, storage::Error> {
    let (id, now) = (&person.account.id, house.clock.now());
    let sessions = house.storage.sessions().of_account(id, now).await?;
    let others = sessions
        .into_iter()
        .filter(|one| one.id != person.session.id);
    let grants = house.storage.grants().of_account(id, now).await?;
    Ok(Page {
        frame: Frame::of(person, "security"),
        csrf: &person.session.csrf,
        username: &person.account.username,
        problem,
        characters: passwords::CHARACTERS_MIN,
        browsers: others
            .map(|one| Open {
                note: format!("last seen {}", moment(one.last_seen, &house.pack)),
                agent: one.agent,
            })
            .collect(),
        apps: grants.len(),
        seen: seen(house, person).await?,
        comment,
        comment_max: ending::NOTE_MAX,
    })
}

/// What was done lately in the own chart with this sign-in.
async fn seen(house: &House, person: &SignedIn) -> Result<Vec<Seen>, storage::Error> {
    let Some(own) = charts::own(house, person).await? else {
        return Ok(Vec::new());
    };
    let Chart {
        person: own,
        access,
    } = own;
    let asked = audit::Asked {
        patient: &own.patient,
        group: access_log::group_of("patient"),
        from: None,
        until: None,
        before: None,
        count: LINES,
    };
    let log = house.storage.records(&access).access_log(&asked).await?;
    let reader = Reader::of(&access, &own.patient);
    let entries = log
        .lines
        .iter()
        .map(|line| access_log::entry(line, &reader));
    Ok(entries
        .map(|entry| Seen {
            event: entry.position,
            at: moment(entry.at, &house.pack),
            sentence: entry.sentence(),
        })
        .collect())
}

/// `POST /account/secure`: the new password, what was not oneself (`event`, each), a remark.
pub async fn submit(State(house): State<House>, FreshForm { person, form }: FreshForm) -> Response {
    if person.account.kind == Kind::Developer || person.account.kind == Kind::Staff {
        return not_here();
    }
    let (password, comment) = (form.get("password"), form.get("comment"));
    if password != form.get("password_repeat") {
        let problem = "The two passwords are not the same. Type it once more.".to_owned();
        return show(&house, &person, comment, problem).await;
    }
    let account = &person.account;
    let mail = account.email.as_deref().unwrap_or_default();
    let about = [account.username.as_str(), &account.display, mail];
    let hash = match secrets::password(&house, password, &about).await {
        Ok(hash) => hash,
        Err(problem) => return show(&house, &person, comment, problem).await,
    };
    let accounts = house.storage.accounts();
    if let Err(error) = accounts.set_password(&account.id, &hash).await {
        return page::unavailable(&error);
    }
    let events: Vec<i64> = form
        .all("event")
        .filter_map(|event| event.parse().ok())
        .take(usize::try_from(LINES).unwrap_or_default())
        .collect();
    let desk = desk(&house, &person);
    match ending::secure(&desk, &person.session.id, comment, &events).await {
        Ok(secured) => {
            let page = Done {
                frame: Frame::of(&person, "security"),
                apps: secured.apps,
                due: day(secured.due, &house.pack),
                number: secured.task,
                has_chart: account.patient.is_some(),
            };
            page::html(StatusCode::OK, &page)
        }
        Err(Error::Storage(error)) => page::unavailable(&error),
        Err(_) => not_here(),
    }
}
