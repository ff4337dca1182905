//! Signing in: a username and a password, one answer for every way it can fail, and back to where
//! one came from.

pub mod code;
pub mod enrolment;
mod entry;
pub mod passkey;
mod password;

use askama::Template;
use axum::extract::State as Shared;
use axum::response::Response;
use config::limits;
use http::{HeaderMap, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use smart::webauthn::Party;
use web::csrf::{self, OpenForm};
use web::page::{self, Form, Frame, Query};
use web::{House, SignedIn, Visit, session};

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
    /// The password was changed a moment ago.
    renewed: bool,
    /// Other places to sign in: name and address.
    outside: Vec<(String, String)>,
    /// On the way to linking one of those.
    linking: bool,
    /// Maintenance there is or will be.
    notice: Option<String>,
    /// The box for a computer that others use too is ticked.
    shared: bool,
}

/// `GET /account/sign-in`: the form, or straight on for who is signed in.
pub async fn form(
    Shared(house): Shared<House>,
    person: Option<SignedIn>,
    headers: HeaderMap,
    Query(query): Query,
) -> Response {
    let next = session::local_path(query.get("next")).unwrap_or("");
    let again = query.get("again") == "1";
    match person {
        Some(person) if !again => page::see_other(landing(&person.account, next)),
        _ => {
            let asked = request_of(&house, next).await;
            let expected = asked
                .as_ref()
                .and_then(|asked| asked.pending.login_hint.as_deref());
            let waits = Waits {
                next,
                asked: asked.as_ref(),
                again,
                renewed: query.get("done") == "password",
                shared: false,
            };
            show(
                &house,
                &headers,
                &waits,
                expected.unwrap_or_default(),
                false,
            )
            .await
        }
    }
}

/// What somebody signs in for.
struct Waits<'a> {
    /// A path of ours, or nothing.
    next: &'a str,
    /// The request of an app behind it.
    asked: Option<&'a Asked>,
    /// The app asked for a fresh sign-in.
    again: bool,
    /// Another password was chosen a moment ago.
    renewed: bool,
    /// The box for a computer that others use too was ticked.
    shared: bool,
}

/// The page, with a form token the browser keeps as a cookie too.
async fn show(
    house: &House,
    headers: &HeaderMap,
    waits: &Waits<'_>,
    username: &str,
    failed: bool,
) -> Response {
    let Some(token) = session::form_cookie(headers, house).or_else(csrf::fresh) else {
        return page::no_randomness();
    };
    let Waits {
        next,
        asked,
        again,
        renewed,
        shared,
    } = *waits;
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        next,
        username,
        failed,
        again,
        app: asked.map(|asked| asked.client.name.clone()),
        tries: limits::SIGN_IN_FAILURES_MAX,
        minutes: limits::SIGN_IN_LOCK_SECONDS / 60,
        passkeys: Party::of(&house.base_url).is_some(),
        renewed,
        outside: outside_sign_in::buttons(house, next, again),
        linking: next.starts_with(outside_sign_in::LINK_PATH),
        notice: web::maintenance::notice(house).await.ok().flatten(),
        shared,
    };
    let shown = page::html(status(failed), &page);
    session::with_form_token(house, &token, shown)
}

/// Of a page that asks for a proof, again if the last one failed.
fn status(failed: bool) -> StatusCode {
    if failed {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    }
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
pub async fn submit(Shared(house): Shared<House>, visit: Visit, sent: OpenForm) -> Response {
    let entry = Entry::of(&house, &visit, &sent);
    let username = sent.form.get("username").trim();
    match password::recognise(entry, username, sent.form.get("password")).await {
        Ok(Some(known)) => entry
            .enter(&known.account, "pwd", known.besieged)
            .await
            .unwrap_or_else(|error| page::unavailable(&error)),
        Ok(None) => {
            let asked = request_of(&house, entry.next).await;
            let waits = Waits {
                next: entry.next,
                asked: asked.as_ref(),
                again: false,
                renewed: false,
                shared: entry.shared,
            };
            show(&house, &sent.headers, &waits, username, true).await
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
            renewed: false,
            outside: vec![(
                "<Hospital>".to_owned(),
                "/account/sign-in/outside/x".to_owned(),
            )],
            linking: false,
            notice: None,
            shared: false,
        };
        let html = page.render().unwrap();
        assert!(!html.contains("<script>"));
        assert!(html.contains("name=\"csrf\" value=\"token\""));
        assert!(html.contains("autocomplete=\"current-password\""));
        assert!(html.contains("role=\"alert\""));
    }
}
