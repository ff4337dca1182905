//! Setting up and removing second factors.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use smart::webauthn::Party;
use web::csrf::FreshForm;
use web::page::{self, Form, Frame, PASSKEY_SCRIPT};
use web::session::Fresh;
use web::{House, SignedIn, qr};
use workflows::second_factor::{self, Added, Factor, Proposal, Purpose};

use super::{PATH, back, must_have};

#[derive(Template)]
#[template(path = "totp.html")]
struct TotpPage<'a> {
    frame: Frame,
    action: &'static str,
    csrf: &'a str,
    next: &'static str,
    failed: bool,
    secret: String,
    /// The code as an `svg` element of ours.
    qr: String,
}

#[derive(Template)]
#[template(path = "passkey_new.html")]
struct PasskeyPage<'a> {
    frame: Frame,
    csrf: &'a str,
    problem: &'static str,
    options: String,
    agent: &'a str,
    script: &'static str,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct Codes {
    frame: Frame,
    codes: Vec<String>,
    next: &'static str,
}

fn show_codes(person: &SignedIn, codes: Vec<String>) -> Response {
    let page = Codes {
        frame: Frame::of(person, ""),
        codes,
        next: PATH,
    };
    page::html(StatusCode::OK, &page)
}

/// `GET /account/security/totp`
pub async fn totp(State(house): State<House>, Fresh(person): Fresh) -> Response {
    show_totp(&house, &person, false)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn show_totp(
    house: &House,
    person: &SignedIn,
    failed: bool,
) -> Result<Response, storage::Error> {
    let now = house.clock.now();
    let proposed = second_factor::propose_totp(&house.storage, &person.account, now).await?;
    let Some(Proposal { secret, address }) = proposed else {
        return Ok(page::see_other(PATH));
    };
    let page = TotpPage {
        frame: Frame::of(person, ""),
        action: "/account/security/totp",
        csrf: &person.session.csrf,
        next: "",
        failed,
        secret,
        qr: qr::svg(&address, "QR code for your authenticator app").unwrap_or_default(),
    };
    let status = page::status(!failed);
    Ok(page::html(status, &page))
}

/// `POST /account/security/totp`: the code that shows the app is set up.
pub async fn confirm_totp(
    State(house): State<House>,
    FreshForm { person, form }: FreshForm,
) -> Response {
    confirm(&house, &person, form.get("code"))
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn confirm(house: &House, person: &SignedIn, code: &str) -> Result<Response, storage::Error> {
    let (storage, now) = (&house.storage, house.clock.now());
    let seconds = house.clock.outside(now).as_second();
    let confirmed = second_factor::confirm_totp(storage, &person.account, code, seconds, now);
    let Some(codes) = confirmed.await? else {
        return show_totp(house, person, true).await;
    };
    proved(house, person, "otp mfa").await?;
    Ok(show_codes(person, codes))
}

/// Setting a factor up proves it: the session counts as signed in with it.
async fn proved(house: &House, person: &SignedIn, how: &str) -> Result<(), storage::Error> {
    let amr = format!("{} {how}", person.session.amr);
    let sessions = house.storage.sessions();
    sessions
        .prove(&person.cookie, &amr, house.clock.now())
        .await
}

/// `POST /account/security/totp/remove`
pub async fn remove_totp(
    State(house): State<House>,
    FreshForm { person, .. }: FreshForm,
) -> Response {
    remove(&house, &person, Factor::Totp, "totp-removed").await
}

async fn remove(house: &House, person: &SignedIn, factor: Factor<'_>, word: &str) -> Response {
    let must = must_have(house, person);
    let now = house.clock.now();
    match second_factor::remove(&house.storage, &person.account, factor, must, now).await {
        Ok(true) => back(word),
        Ok(false) if must => back("kept"),
        Ok(false) => page::see_other(PATH),
        Err(error) => page::unavailable(&error),
    }
}

/// `GET /account/security/passkeys/new`
pub async fn passkey(
    State(house): State<House>,
    Fresh(person): Fresh,
    RawQuery(_): RawQuery,
) -> Response {
    show_passkey(&house, &person, "")
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn show_passkey(
    house: &House,
    person: &SignedIn,
    problem: &'static str,
) -> Result<Response, storage::Error> {
    let Some(party) = Party::of(&house.base_url) else {
        return Ok(page::see_other(PATH));
    };
    let (storage, now) = (&house.storage, house.clock.now());
    let (bearer, purpose) = (&person.session.id, Purpose::Enrol);
    let challenge = second_factor::challenge(storage, purpose, bearer, now).await?;
    let held = storage.factors().passkeys(&person.account.id).await?;
    let page = PasskeyPage {
        frame: Frame::of(person, ""),
        csrf: &person.session.csrf,
        problem,
        options: second_factor::creation_options(&party, &challenge, &person.account, &held),
        agent: &person.session.agent,
        script: PASSKEY_SCRIPT,
    };
    let status = page::status(problem.is_empty());
    Ok(page::html_with_script(status, &page))
}

/// `POST /account/security/passkeys/new`: what the device answered.
pub async fn add_passkey(
    State(house): State<House>,
    FreshForm { person, form }: FreshForm,
) -> Response {
    add(&house, &person, &form)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn add(house: &House, person: &SignedIn, form: &Form) -> Result<Response, storage::Error> {
    let Some(party) = Party::of(&house.base_url) else {
        return Ok(page::see_other(PATH));
    };
    let (storage, account, now) = (&house.storage, &person.account, house.clock.now());
    let made = (form.get("label"), form.get("credential"));
    let bearer = &person.session.id;
    match second_factor::add_passkey(storage, &party, account, bearer, made, now).await? {
        Added::Kept(codes) => {
            proved(house, person, "pop user mfa").await?;
            Ok(show_codes(person, codes))
        }
        Added::Refused(why) => show_passkey(house, person, why).await,
    }
}

/// `POST /account/security/passkeys/remove`
pub async fn remove_passkey(
    State(house): State<House>,
    FreshForm { person, form }: FreshForm,
) -> Response {
    let factor = Factor::Passkey(form.get("passkey"));
    remove(&house, &person, factor, "passkey-removed").await
}

/// `POST /account/security/recovery-codes`: new ones in place of the old.
pub async fn recovery_codes(
    State(house): State<House>,
    FreshForm { person, .. }: FreshForm,
) -> Response {
    let factors = house.storage.factors();
    let id = &person.account.id;
    match factors.of(id).await {
        Ok(held) if !held.is_any() => page::see_other(PATH),
        Ok(_) => {
            let (storage, now) = (&house.storage, house.clock.now());
            match second_factor::renew_recovery_codes(storage, &person.account, now).await {
                Ok(codes) => show_codes(&person, codes),
                Err(error) => page::unavailable(&error),
            }
        }
        Err(error) => page::unavailable(&error),
    }
}
