//! Signing in: a username and a password, one answer for every way it can fail, and back to where
//! one came from.

pub mod code;
pub mod enrolment;
mod entry;
pub mod passkey;
mod password;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use config::limits;
use http::{HeaderMap, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use smart::webauthn::Party;
use web::page::{self, Form, Frame};
use web::{House, SignedIn, Visit, csrf, session};

use crate::issue::{self, Asked};
use crate::outside_sign_in;

pub(crate) use entry::{Entry, landing};
pub(crate) use password::is_right;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    frame: Frame,
    csrf: &'a str,
    next: &'a str,
    username: &'a str,
    /// Something did not match.
    failed: bool,
    /// The app asked for a fresh sign-in.
    again: bool,
    /// The name of the app somebody is on the way to.
    app: Option<String>,
    tries: i64,
    minutes: i64,
    /// Browsers know passkeys for this address.
    passkeys: bool,
    /// Other places to sign in: name and address.
    outside: Vec<(String, String)>,
    /// On the way to linking one of those.
    linking: bool,
}

/// `GET /account/sign-in`: the form, or straight on for who is signed in.
pub async fn form(
    Shared(house): Shared<House>,
    person: Option<SignedIn>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Form::read(query.unwrap_or_default().as_bytes());
    let next = session::local_path(query.get("next")).unwrap_or("");
    let again = query.get("again") == "1";
    match person {
        Some(person) if !again => page::see_other(landing(&person.account, next)),
        _ => {
            let expected = request_of(&house, next).await;
            let expected = expected.and_then(|asked| asked.pending.login_hint);
            let username = expected.unwrap_or_default();
            show(&house, &headers, next, &username, StatusCode::OK, again).await
        }
    }
}

/// The page, with a form token the browser keeps as a cookie too.
async fn show(
    house: &House,
    headers: &HeaderMap,
    next: &str,
    username: &str,
    status: StatusCode,
    again: bool,
) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return no_randomness();
    };
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        next,
        username,
        failed: status != StatusCode::OK,
        again,
        app: request_of(house, next).await.map(|asked| asked.client.name),
        tries: limits::SIGN_IN_FAILURES_MAX,
        minutes: limits::SIGN_IN_LOCK_SECONDS / 60,
        passkeys: Party::of(&house.base_url).is_some(),
        outside: outside_sign_in::buttons(house, next, again),
        linking: next.starts_with(outside_sign_in::LINK_PATH),
    };
    let mut response = page::html(status, &page);
    let cookie = session::form_token(house, &token);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// The page for a system that gives no randomness.
fn no_randomness() -> Response {
    page::sorry(
        StatusCode::SERVICE_UNAVAILABLE,
        "We will be right back",
        "Please try again in a minute.",
    )
}

/// A page of signing in, with the way back kept.
fn with_next(path: &str, next: &str) -> String {
    if next.is_empty() {
        return path.to_owned();
    }
    format!(
        "{path}?next={}",
        utf8_percent_encode(next, NON_ALPHANUMERIC)
    )
}

/// The request of an app that waits behind the address one is on the way to.
async fn request_of(house: &House, next: &str) -> Option<Asked> {
    let query = next.strip_prefix(crate::authorize::CONSENT_PATH)?;
    let query = Form::read(query.strip_prefix('?')?.as_bytes());
    issue::asked(house, query.get("request")).await.ok()?
}

/// `POST /account/sign-in`
pub async fn submit(
    Shared(house): Shared<House>,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Form::read(&body);
    let expected = session::form_cookie(&headers, &house).unwrap_or_default();
    if !csrf::is_ours(&headers, &house.base_url, &expected, form.get("csrf")) {
        return page::stale_form();
    }
    let entry = Entry {
        house: &house,
        headers: &headers,
        visit: &visit,
        next: session::local_path(form.get("next")).unwrap_or(""),
        now: house.clock.now(),
    };
    let username = form.get("username").trim();
    match password::recognise(entry, username, form.get("password")).await {
        Ok(Some(known)) => entry
            .enter(&known.account, "pwd", known.besieged)
            .await
            .unwrap_or_else(|error| page::unavailable(&error)),
        Ok(None) => {
            let status = StatusCode::UNAUTHORIZED;
            show(&house, &headers, entry.next, username, status, false).await
        }
        Err(error) => page::unavailable(&error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_typed_is_shown_as_text_and_the_password_never() {
        let page = Page {
            frame: Frame::of_nobody(),
            csrf: "token",
            next: "/account/consent?request=1",
            username: "\"><script>",
            failed: true,
            again: false,
            app: Some("App & Co".to_owned()),
            tries: 5,
            minutes: 15,
            passkeys: true,
            outside: vec![(
                "<Hospital>".to_owned(),
                "/account/sign-in/outside/x".to_owned(),
            )],
            linking: false,
        };
        let html = page.render().unwrap();
        assert!(!html.contains("<script>"));
        assert!(html.contains("name=\"csrf\" value=\"token\""));
        assert!(html.contains("autocomplete=\"current-password\""));
        assert!(html.contains("role=\"alert\""));
    }
}
