//! Security of one's account: how one signs in, where one is signed in, and what can be ended.

pub mod factors;
pub mod password;
pub mod sessions;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use smart::webauthn::Party;
use storage::accounts::Kind;
use web::page::{self, Frame, Query};
use web::words::{day, moment};
use web::{House, SignedIn};
use workflows::notices::preferences;

/// Where it is shown.
pub const PATH: &str = "/account/security";

struct Passkey {
    credential: String,
    label: String,
    note: String,
}

struct Open {
    id: String,
    agent: String,
    source: String,
    since: String,
    seen: String,
    /// This browser's own.
    here: bool,
    second_factor: bool,
}

#[derive(Template)]
#[template(path = "security.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    /// What was just done, in words.
    done: &'static str,
    /// Since when there is an authenticator app.
    totp: Option<String>,
    passkeys: Vec<Passkey>,
    /// Browsers know passkeys for this address.
    passkeys_possible: bool,
    recovery_codes: i64,
    /// The last second factor may not be removed.
    must: bool,
    factors: usize,
    /// News may be told to this person.
    notices: bool,
    sessions: Vec<Open>,
}

/// `GET /account/security`
pub async fn page(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    show(&house, &person, done(query.get("done")))
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

/// Whether somebody may not be without a second factor.
fn must_have(house: &House, person: &SignedIn) -> bool {
    house.sign_in.staff_second_factor && person.account.kind == Kind::Staff
}

/// What was done, by the word the address carries.
fn done(word: &str) -> &'static str {
    match word {
        "totp-removed" => "The authenticator app was removed.",
        "passkey-removed" => "The passkey was removed.",
        "kept" => "Nothing was removed: members of staff keep one second step at least.",
        "password" => "Your password was changed, and you were signed out everywhere else.",
        "kept-account" => "Your request was taken back: your account stays as it is.",
        "session" => "That browser is signed out.",
        "others" => "You are signed out everywhere else.",
        "apps" => "You are signed out everywhere else, and every app is disconnected.",
        _ => "",
    }
}

async fn show(
    house: &House,
    person: &SignedIn,
    done: &'static str,
) -> Result<Response, storage::Error> {
    let (id, now) = (&person.account.id, house.clock.now());
    let held = house.storage.factors().of(id).await?;
    let sessions = house.storage.sessions().of_account(id, now).await?;
    let page = Page {
        frame: Frame::of(person, "security"),
        csrf: &person.session.csrf,
        done,
        totp: held.totp.as_ref().map(|totp| day(totp.since, &house.pack)),
        notices: preferences::concern(&person.account),
        factors: held.passkeys.len() + usize::from(held.totp.is_some()),
        passkeys: held
            .passkeys
            .into_iter()
            .map(|passkey| Passkey {
                note: match passkey.last_used {
                    Some(at) => format!("last used {}", moment(at, &house.pack)),
                    None => format!("added {}, not used yet", day(passkey.created, &house.pack)),
                },
                credential: passkey.credential,
                label: passkey.label,
            })
            .collect(),
        passkeys_possible: Party::of(&house.base_url).is_some(),
        recovery_codes: held.recovery_codes,
        must: must_have(house, person),
        sessions: sessions
            .into_iter()
            .map(|session| Open {
                here: session.id == person.session.id,
                second_factor: session.has_second_factor(),
                since: moment(session.created, &house.pack),
                seen: moment(session.last_seen, &house.pack),
                id: session.id,
                agent: session.agent,
                source: session.source,
            })
            .collect(),
    };
    Ok(page::html(StatusCode::OK, &page))
}

/// Back to the page, with a word on what was done.
fn back(word: &str) -> Response {
    page::see_other(&format!("{PATH}?done={word}"))
}
