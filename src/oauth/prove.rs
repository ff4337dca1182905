//! Proving who one is once more, before something that cannot be taken back.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use smart::webauthn::Party;
use storage::factors::Held;
use web::csrf::SignedForm;
use web::page::{self, Form, Frame, PASSKEY_SCRIPT, Query};
use web::{House, SignedIn, session};
use workflows::second_factor::{self, Purpose};

use crate::sign_in::is_right;

/// Wrong proofs of one session within the time a lock lasts.
const TRIES_MAX: i64 = 5;

#[derive(Template)]
#[template(path = "prove.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    next: &'a str,
    failed: bool,
    /// There is a second factor to prove; else the password is asked for.
    factor: bool,
    totp: bool,
    /// What the browser asks a passkey.
    passkey: Option<String>,
    script: &'static str,
}

/// `GET /account/security/prove?next=…`
pub async fn form(State(house): State<House>, person: SignedIn, Query(query): Query) -> Response {
    let next = session::local_path(query.get("next")).unwrap_or("/account");
    show(&house, &person, next, false)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn show(
    house: &House,
    person: &SignedIn,
    next: &str,
    failed: bool,
) -> Result<Response, storage::Error> {
    let held = house.storage.factors().of(&person.account.id).await?;
    let page = Page {
        frame: Frame::of(person, ""),
        csrf: &person.session.csrf,
        next,
        failed,
        factor: held.is_any(),
        totp: held.totp.is_some(),
        passkey: asked(house, person, &held).await?,
        script: PASSKEY_SCRIPT,
    };
    let status = if failed {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    };
    Ok(page::html_with_script(status, &page))
}

async fn asked(
    house: &House,
    person: &SignedIn,
    held: &Held,
) -> Result<Option<String>, storage::Error> {
    let party = Party::of(&house.base_url).filter(|_| !held.passkeys.is_empty());
    let Some(party) = party else {
        return Ok(None);
    };
    let (storage, bearer) = (&house.storage, &person.session.id);
    let now = house.clock.now();
    let challenge = second_factor::challenge(storage, Purpose::Prove, bearer, now).await?;
    let options = second_factor::request_options(&party, &challenge, &held.passkeys);
    Ok(Some(options))
}

/// `POST /account/security/prove`
pub async fn submit(
    State(house): State<House>,
    SignedForm { person, form }: SignedForm,
) -> Response {
    let next = session::local_path(form.get("next")).unwrap_or("/account");
    answer(&house, &person, &form, next)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn answer(
    house: &House,
    person: &SignedIn,
    form: &Form,
    next: &str,
) -> Result<Response, storage::Error> {
    let now = house.clock.now();
    let key = format!("prove:{}", person.session.id);
    let throttle = house.storage.throttle();
    let window = config::limits::SIGN_IN_LOCK_SECONDS;
    if !throttle.allow(&key, TRIES_MAX, window, now).await? {
        return Ok(page::sorry(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many tries",
            "Please wait a quarter of an hour before you try again.",
        ));
    }
    let Some(how) = proved(house, person, form, now).await? else {
        return show(house, person, next, true).await;
    };
    throttle.clear(&key).await?;
    let mut amr: Vec<&str> = person.session.amr.split(' ').collect();
    for word in how.split(' ') {
        if !amr.contains(&word) {
            amr.push(word);
        }
    }
    let sessions = house.storage.sessions();
    sessions.prove(&person.cookie, &amr.join(" "), now).await?;
    Ok(page::see_other(next))
}

/// How the proof was given (RFC 8176), if it was right. Who has a second factor proves that one.
async fn proved(
    house: &House,
    person: &SignedIn,
    form: &Form,
    now: Timestamp,
) -> Result<Option<&'static str>, storage::Error> {
    let (storage, account) = (&house.storage, &person.account);
    if !storage.factors().of(&account.id).await?.is_any() {
        let password = form.get("password").to_owned();
        let right = is_right(password, account.password_hash.clone()).await;
        return Ok(right.then_some("pwd"));
    }
    let answer = form.get("credential");
    if answer.is_empty() {
        let seconds = house.clock.outside(now).as_second();
        let code = form.get("code");
        let right = second_factor::is_code(storage, account, code, seconds, now).await?;
        return Ok(right.then_some("otp mfa"));
    }
    let Some(party) = Party::of(&house.base_url) else {
        return Ok(None);
    };
    let bearer = &person.session.id;
    let owner =
        second_factor::passkey_account(storage, &party, Purpose::Prove, bearer, answer, now);
    let right = owner.await?.as_ref() == Some(&account.id);
    Ok(right.then_some("pop user mfa"))
}
