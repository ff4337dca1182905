//! Signing in: a username and a password, one answer for every way it can fail, and back to where
//! one came from.

use std::sync::LazyLock;
use std::time::Duration;

use access::actor::Account as State;
use access::standing::Agent;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use config::limits;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use storage::accounts::{Account, Kind};
use storage::audit::{Action, Event};
use tokio::sync::Semaphore;
use web::page::{self, Form, Frame};
use web::{House, SignedIn, csrf, session};

/// Tries under one username, right or wrong, within the time a lock lasts.
const TRIES_MAX: i64 = 20;
/// How long somebody waits for a turn at checking a password.
const TURN: Duration = Duration::from_secs(15);
/// Longest password looked at, in bytes.
const PASSWORD_BYTES_MAX: usize = 1_024;

/// Checking a password costs 19 MiB and a core for a while: two at a time.
static TURNS: Semaphore = Semaphore::const_new(2);
/// What a password is checked against when nobody has that username, so that it takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    Argon2::default()
        .hash_password(b"nobody has this password")
        .map(|hash| hash.to_string())
        .unwrap_or_default()
});

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
        _ => show(&house, &headers, next, "", StatusCode::OK, again).await,
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
        return page::sorry(
            StatusCode::SERVICE_UNAVAILABLE,
            "We will be right back",
            "Please try again in a minute.",
        );
    };
    let page = Page {
        frame: Frame::of_nobody(),
        csrf: &token,
        next,
        username,
        failed: status != StatusCode::OK,
        again,
        app: app_of(house, next).await,
        tries: limits::SIGN_IN_FAILURES_MAX,
        minutes: limits::SIGN_IN_LOCK_SECONDS / 60,
    };
    let mut response = page::html(status, &page);
    let cookie = session::form_token(house, &token);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// The app whose request waits behind the address one is on the way to.
async fn app_of(house: &House, next: &str) -> Option<String> {
    let query = next.strip_prefix(crate::authorize::CONSENT_PATH)?;
    let query = Form::read(query.strip_prefix('?')?.as_bytes());
    let asked = crate::issue::asked(house, query.get("request"))
        .await
        .ok()?;
    asked.map(|asked| asked.client.name)
}

/// `POST /account/sign-in`
pub async fn submit(Shared(house): Shared<House>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&body);
    let expected = session::form_cookie(&headers, &house).unwrap_or_default();
    if !csrf::is_ours(&headers, &house.base_url, &expected, form.get("csrf")) {
        return page::stale_form();
    }
    let next = session::local_path(form.get("next")).unwrap_or("");
    let username = form.get("username").trim();
    let now = house.clock.now();
    match recognise(&house, username, form.get("password"), now).await {
        Ok(Some(account)) => match admit(&house, &headers, &account, next, now).await {
            Ok(response) => response,
            Err(error) => page::unavailable(&error),
        },
        Ok(None) => {
            let status = StatusCode::UNAUTHORIZED;
            show(&house, &headers, next, username, status, false).await
        }
        Err(error) => page::unavailable(&error),
    }
}

/// The account of a username and its password; `None` for every other case there is.
async fn recognise(
    house: &House,
    username: &str,
    password: &str,
    now: Timestamp,
) -> Result<Option<Account>, storage::Error> {
    let folded = username.to_lowercase();
    let key = format!("sign-in:{}", web::caller::token_hash(&folded));
    let window = limits::SIGN_IN_LOCK_SECONDS;
    let may_try = house
        .storage
        .throttle()
        .allow(&key, TRIES_MAX, window, now)
        .await?;
    if !may_try || password.len() > PASSWORD_BYTES_MAX {
        return Ok(None);
    }
    let account = house.storage.accounts().find_by_username(username).await?;
    let hash = account
        .as_ref()
        .map_or_else(|| NOBODY.clone(), |account| account.password_hash.clone());
    let right = is_right(password.to_owned(), hash).await;
    let Some(account) = account else {
        return Ok(None);
    };
    // A locked account stays locked for the right password too, or guessing could go on.
    if account.is_locked(now) {
        return Ok(None);
    }
    if !right {
        let accounts = house.storage.accounts();
        accounts.sign_in_failed(&account.id, now).await?;
        note(house, &account, false, now);
        return Ok(None);
    }
    if account.state != State::Active {
        note(house, &account, false, now);
        return Ok(None);
    }
    house.storage.throttle().clear(&key).await?;
    Ok(Some(account))
}

async fn is_right(password: String, hash: String) -> bool {
    let Ok(Ok(_turn)) = tokio::time::timeout(TURN, TURNS.acquire()).await else {
        return false;
    };
    let check = move || {
        Argon2::default()
            .verify_password(password.as_bytes(), hash.as_str())
            .is_ok()
    };
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

/// Opens a session in place of the one there was, and leads on.
async fn admit(
    house: &House,
    headers: &HeaderMap,
    account: &Account,
    next: &str,
    now: Timestamp,
) -> Result<Response, storage::Error> {
    let sessions = house.storage.sessions();
    if let Some(before) = session::session_cookie(headers, house) {
        sessions.close(&before).await?;
    }
    let accounts = house.storage.accounts();
    accounts.sign_in_succeeded(&account.id, now).await?;
    let lifetime = limits::SESSION_SECONDS;
    let cookie = sessions.open(&account.id, now, lifetime).await?;
    note(house, account, true, now);
    let mut response = page::see_other(landing(account, next));
    let cookie: HeaderValue = session::opened(house, &cookie, lifetime);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn landing<'a>(account: &Account, next: &'a str) -> &'a str {
    match (next, account.kind) {
        ("", Kind::Patient | Kind::Proxy | Kind::Staff) => "/account",
        (next, _) => next,
    }
}

fn note(house: &House, account: &Account, permitted: bool, at: Timestamp) {
    let who = match (&account.patient, &account.practitioner, &account.person) {
        (Some(id), ..) => format!("Patient/{id}"),
        (None, Some(id), _) => format!("Practitioner/{id}"),
        (None, None, Some(id)) => format!("Person/{id}"),
        (None, None, None) => String::new(),
    };
    house.storage.audit(Event {
        at,
        action: Action::SignIn,
        permitted,
        reason: String::new(),
        agent: Agent {
            who,
            display: account.display.clone(),
            account: Some(account.id.clone()),
            ..Agent::default()
        },
        patient: None,
        entity: None,
        query: None,
        request_id: None,
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_password_is_right_or_not_and_nobody_has_none() {
        let hash = Argon2::default().hash_password(b"correct horse").unwrap();
        assert!(is_right("correct horse".to_owned(), hash.to_string()).await);
        assert!(!is_right("wrong horse".to_owned(), hash.to_string()).await);
        assert!(!is_right(String::new(), NOBODY.clone()).await);
        assert!(!is_right("x".to_owned(), "no hash".to_owned()).await);
    }

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
        };
        let html = page.render().unwrap();
        assert!(!html.contains("<script>"));
        assert!(html.contains("name=\"csrf\" value=\"token\""));
        assert!(html.contains("autocomplete=\"current-password\""));
        assert!(html.contains("role=\"alert\""));
    }
}
