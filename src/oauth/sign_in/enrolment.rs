//! The first sign-in of somebody who must have a second factor and has none: it is set up before
//! anything opens.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use storage::second_steps::Wants;
use web::csrf::{self, OpenForm};
use web::page::{self, Form, Frame, Query};
use web::{House, Visit, qr, session};
use workflows::second_factor::{self, Proposal};

use super::code::{Waiting, waiting};
use super::entry::{Entry, landing};

/// Where a second factor is set up on the way in.
pub const PATH: &str = "/account/sign-in/enrol";

#[derive(Template)]
#[template(path = "enrolment.html")]
struct Page<'a> {
    frame: Frame,
    action: &'static str,
    csrf: &'a str,
    next: &'a str,
    failed: bool,
    secret: String,
    /// The code as an `svg` element of ours.
    qr: String,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct Codes<'a> {
    frame: Frame,
    codes: Vec<String>,
    next: &'a str,
}

/// `GET /account/sign-in/enrol`
pub async fn form(State(house): State<House>, headers: HeaderMap, Query(query): Query) -> Response {
    let next = session::local_path(query.get("next")).unwrap_or("");
    match waiting(&house, &headers).await {
        Ok(Some(waiting)) if waiting.step.wants == Wants::Enrolment => {
            show(&house, &headers, &waiting, next, false)
                .await
                .unwrap_or_else(|error| page::unavailable(&error))
        }
        Ok(_) => page::see_other(&super::with_next(session::SIGN_IN_PATH, next)),
        Err(error) => page::unavailable(&error),
    }
}

async fn show(
    house: &House,
    headers: &HeaderMap,
    waiting: &Waiting,
    next: &str,
    failed: bool,
) -> Result<Response, storage::Error> {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return Ok(page::no_randomness());
    };
    let (storage, now) = (&house.storage, house.clock.now());
    let proposed = second_factor::propose_totp(storage, &waiting.account, now).await?;
    // Set up meanwhile, in another window: then it can be asked for.
    let Some(Proposal { secret, address }) = proposed else {
        return Ok(page::see_other(session::SIGN_IN_PATH));
    };
    let page = Page {
        frame: Frame::of_nobody(),
        action: PATH,
        csrf: &token,
        next,
        failed,
        secret,
        qr: qr::svg(&address, "QR code for your authenticator app").unwrap_or_default(),
    };
    let status = super::status(failed);
    let shown = page::html(status, &page);
    Ok(session::with_form_token(house, &token, shown))
}

/// `POST /account/sign-in/enrol`
pub async fn submit(State(house): State<House>, visit: Visit, sent: OpenForm) -> Response {
    let entry = Entry::of(&house, &visit, &sent);
    answer(entry, &sent.form)
        .await
        .unwrap_or_else(|error| page::unavailable(&error))
}

async fn answer(entry: Entry<'_>, form: &Form) -> Result<Response, storage::Error> {
    let Entry { house, now, .. } = entry;
    let back = super::with_next(session::SIGN_IN_PATH, entry.next);
    let waiting = waiting(house, entry.headers).await?;
    let Some(waiting) = waiting.filter(|waiting| waiting.step.wants == Wants::Enrolment) else {
        return Ok(page::see_other(&back));
    };
    let seconds = house.clock.outside(now).as_second();
    let (account, code) = (&waiting.account, form.get("code"));
    let confirmed = second_factor::confirm_totp(&house.storage, account, code, seconds, now);
    let Some(codes) = confirmed.await? else {
        return show(house, entry.headers, &waiting, entry.next, true).await;
    };
    if !house.storage.second_steps().close(&waiting.cookie).await? {
        return Ok(page::see_other(&back));
    }
    let amr = format!("{} otp mfa", waiting.step.amr);
    let cookies = entry.open(account, &amr).await?;
    let page = Codes {
        frame: Frame::of_nobody(),
        codes,
        next: landing(account, entry.next),
    };
    let mut response = page::html(StatusCode::OK, &page);
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
