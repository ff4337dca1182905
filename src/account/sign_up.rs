//! Opening an account: a code and what goes with it, then a username and a password.

pub mod credentials;
pub mod existing;
pub mod proxy;
pub mod request;

use access::opening::Stated;
use access::pack::Factor;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use storage::openings::Opening;
use web::csrf::{self, OpenForm};
use web::page::{self, Frame, Query};
use web::words::day;
use web::{House, SignedIn, Visit, session};
use workflows::opening::Desk;
use workflows::opening::identity::{self, Proved};

/// Where it begins.
pub const PATH: &str = "/account/sign-up";

/// The desk of this house at this instant.
pub(crate) fn desk(house: &House) -> Desk<'_> {
    Desk {
        storage: &house.storage,
        pack: &house.pack,
        base_url: &house.base_url,
        now: house.clock.now(),
    }
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    next: &'a str,
    code: &'a str,
    birth_date: &'a str,
    postal_code: &'a str,
    failed: bool,
    asks_birth_date: bool,
    asks_postal_code: bool,
    online: bool,
    tries: u16,
    days: u16,
    hours: u16,
}

/// What the form is filled with.
#[derive(Default)]
struct Shown<'a> {
    next: &'a str,
    code: &'a str,
    birth_date: &'a str,
    postal_code: &'a str,
    failed: bool,
}

/// `GET /account/sign-up?code=…`
pub async fn form(State(house): State<House>, headers: HeaderMap, Query(query): Query) -> Response {
    let shown = Shown {
        next: session::local_path(query.get("next")).unwrap_or(""),
        code: query.get("code"),
        ..Shown::default()
    };
    show(&house, &headers, &shown)
}

fn show(house: &House, headers: &HeaderMap, shown: &Shown<'_>) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let rules = &house.pack.activation;
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        next: shown.next,
        code: shown.code,
        birth_date: shown.birth_date,
        postal_code: shown.postal_code,
        failed: shown.failed,
        asks_birth_date: rules.factors.contains(&Factor::BirthDate),
        asks_postal_code: rules.factors.contains(&Factor::PostalCode),
        online: rules.online_requests,
        tries: rules.wrong_tries_max,
        days: rules.visit_days,
        hours: rules.email_hours,
    };
    let status = page::status(!shown.failed);
    session::with_form_token(house, &token, page::html(status, &page))
}

/// `POST /account/sign-up`
pub async fn submit(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    answer(&house, &visit, &sent)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn answer(house: &House, visit: &Visit, sent: &OpenForm) -> Result<Response, storage::Error> {
    let form = &sent.form;
    let next = session::local_path(form.get("next")).unwrap_or("");
    let stated = Stated {
        birth_date: form.get("birth_date"),
        postal_code: form.get("postal_code"),
    };
    let typed = form.get("activation_code");
    let now = house.clock.now();
    let key = format!("opening:{}", visit.counted);
    let throttle = house.storage.throttle();
    let (most, window) = (
        limits::OPENINGS_OF_NETWORK_MAX,
        limits::SIGN_IN_LOCK_SECONDS,
    );
    let may = throttle.allow(&key, most, window, now).await?;
    let proved = match may {
        true => identity::prove(desk(house), typed, stated).await?,
        false => Proved::No,
    };
    if !matches!(proved, Proved::No) {
        throttle.forgive(&key).await?;
    }
    Ok(match proved {
        Proved::May { cookie } => {
            let path = web::urls::with_query(credentials::PATH, next_pair(next));
            with_cookie(house, page::see_other(&path), &cookie)
        }
        Proved::HasAccount { cookie, .. } => {
            let path = web::urls::with_query(existing::PATH, next_pair(next));
            with_cookie(house, page::see_other(&path), &cookie)
        }
        Proved::Closed => page::sorry(
            StatusCode::FORBIDDEN,
            "Please call us",
            "We cannot open an account for you here. Call your practice, or ask at the desk: they see why, \
             and can give you your record in another way.",
        ),
        Proved::Deceased => page::sorry(
            StatusCode::FORBIDDEN,
            "We are sorry for your loss",
            "An account cannot be opened for somebody who has died. If you settle their affairs, the \
             practice’s records office gives you what you may see.",
        ),
        Proved::TooYoung(from) => too_young(house, from),
        Proved::No => {
            let shown = Shown {
                next,
                code: typed,
                birth_date: stated.birth_date,
                postal_code: stated.postal_code,
                failed: true,
            };
            show(house, &sent.headers, &shown)
        }
    })
}

/// The address pair that keeps the way back; nothing where there is none.
fn next_pair(next: &str) -> Option<(&str, &str)> {
    (!next.is_empty()).then_some(("next", next))
}

fn with_cookie(house: &House, mut response: Response, cookie: &str) -> Response {
    let cookie = session::opening(house, cookie);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// Who opens an account in this browser.
async fn opening(
    house: &House,
    headers: &HeaderMap,
) -> Result<Option<(String, Opening)>, storage::Error> {
    let Some(cookie) = session::opening_cookie(headers, house) else {
        return Ok(None);
    };
    let now = house.clock.now();
    let found = house.storage.openings().find(&cookie, now).await?;
    Ok(found.map(|opening| (cookie, opening)))
}

/// The page for a sign-up that took too long.
fn over() -> Response {
    page::sorry(
        StatusCode::GONE,
        "Please start again",
        "This took too long, or your code was used in the meantime. Nothing was opened. Start again with \
         your activation code, or ask for another one.",
    )
}

#[derive(Template)]
#[template(path = "too_young.html")]
struct TooYoung {
    frame: Frame,
    years: u8,
    from: String,
    proxy_years: u8,
}

pub(crate) fn too_young(house: &House, from: Option<Timestamp>) -> Response {
    let page = TooYoung {
        frame: Frame::of_nobody(),
        years: house.pack.self_min_age(),
        from: from.map_or_else(String::new, |at| day(at, &house.pack)),
        proxy_years: house.pack.proxy_min_age,
    };
    page::html(StatusCode::FORBIDDEN, &page)
}

/// Somebody signed in who has no chart of their own here.
fn may_join(person: Option<&SignedIn>) -> bool {
    person.is_some_and(|person| {
        person.account.kind == storage::accounts::Kind::Proxy && person.account.patient.is_none()
    })
}
