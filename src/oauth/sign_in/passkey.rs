//! Signing in with a passkey alone: the device checks who is there, so it is two factors in one.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use smart::webauthn::Party;
use web::csrf::{self, OpenForm};
use web::page::{self, Frame, PASSKEY_SCRIPT, Query};
use web::{House, Visit, caller, session};
use workflows::second_factor::{self, Purpose};

use super::entry::{Entry, note};

/// Where one signs in with a passkey.
pub const PATH: &str = "/account/sign-in/passkey";
/// Challenges one network is given within the time a lock lasts.
const CHALLENGES_MAX: i64 = 300;

#[derive(Template)]
#[template(path = "passkey.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    next: &'a str,
    failed: bool,
    options: String,
    script: &'static str,
}

/// `GET /account/sign-in/passkey`
pub async fn form(
    State(house): State<House>,
    visit: Visit,
    headers: HeaderMap,
    Query(query): Query,
) -> Response {
    let next = session::local_path(query.get("next")).unwrap_or("");
    show(&house, &visit, &headers, next, false)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn show(
    house: &House,
    visit: &Visit,
    headers: &HeaderMap,
    next: &str,
    failed: bool,
) -> Result<Response, storage::Error> {
    let Some(party) = Party::of(&house.base_url) else {
        return Ok(page::see_other(&super::with_next(
            session::SIGN_IN_PATH,
            next,
        )));
    };
    let now = house.clock.now();
    let key = format!("passkey:source:{}", visit.counted);
    let (throttle, window) = (
        house.storage.throttle(),
        config::limits::SIGN_IN_LOCK_SECONDS,
    );
    if !throttle.allow(&key, CHALLENGES_MAX, window, now).await? {
        return Ok(page::sorry(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many tries",
            "Please wait a quarter of an hour, or sign in with your password.",
        ));
    }
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return Ok(page::no_randomness());
    };
    let bearer = caller::token_hash(&token);
    let challenge = second_factor::challenge(&house.storage, Purpose::SignIn, &bearer, now).await?;
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        next,
        failed,
        options: second_factor::request_options(&party, &challenge, &[]),
        script: PASSKEY_SCRIPT,
    };
    let status = super::status(failed);
    let shown = page::html_with_script(status, &page);
    Ok(session::with_form_token(house, &token, shown))
}

/// `POST /account/sign-in/passkey`
pub async fn submit(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    let entry = Entry::of(&house, &visit, &sent);
    answer(entry, &sent.token, sent.form.get("credential"))
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn answer(entry: Entry<'_>, token: &str, answer: &str) -> Result<Response, storage::Error> {
    let Entry { house, now, .. } = entry;
    let bearer = caller::token_hash(token);
    let owner = match Party::of(&house.base_url) {
        Some(party) => {
            let (storage, purpose) = (&house.storage, Purpose::SignIn);
            second_factor::passkey_account(storage, &party, purpose, &bearer, answer, now).await?
        }
        None => None,
    };
    let account = match owner {
        Some(id) => house.storage.accounts().find(&id).await?,
        None => None,
    };
    match account {
        Some(account) if account.state == access::actor::Account::Active => {
            entry.enter(&account, "pop user mfa", false).await
        }
        Some(account) => {
            note(house, &account, false, now);
            show(house, entry.visit, entry.headers, entry.next, true).await
        }
        None => show(house, entry.visit, entry.headers, entry.next, true).await,
    }
}
