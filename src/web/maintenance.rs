//! Times of maintenance at the door: what is answered then, and what people are told before.

use access::Pack;
use axum::response::{IntoResponse, Response};
use fhir::bundle;
use fhir::json::quote;
use fhir::operation::OPERATIONS;
use fhir::{Issue, IssueCode};
use http::{Method, StatusCode, header};
use jiff::Timestamp;
use storage::maintenance::{Mode, Window};

use crate::House;
use crate::{page, reply};

/// Answered whatever is closed: whether we are well, what we are, and what pages and apps are made of.
const ALWAYS: &[&str] = &[
    "/healthz",
    "/readyz",
    "/metrics",
    "/demo/",
    "/.well-known/",
    "/fhir/.well-known/",
    "/fhir/metadata",
    "/brands.json",
    "/apps/",
    "/account/assets/",
    "/developer/assets/",
    "/oauth2/style",
];
/// Forms that work while nothing can be changed: coming in and going out, and what makes an account safer.
const SAFE_FORMS: &[&str] = &[
    "/account/sign-in",
    "/account/sign-out",
    "/account/leave",
    "/account/choose",
    "/account/consent",
    "/account/security",
    "/account/secure",
    "/account/apps/disconnect",
    "/account/help/ticket",
    "/account/guest-pay",
    "/account/family/end",
];
/// Protocol endpoints that change registrations.
const REGISTERS: &str = "/oauth2/register";

fn begins(path: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| path.starts_with(prefix))
}

/// Whether a request is turned away in a mode.
pub fn is_turned_away(mode: Mode, method: &Method, path: &str) -> bool {
    if begins(path, ALWAYS) || *method == Method::OPTIONS {
        return false;
    }
    mode == Mode::Closed || changes(method, path)
}

/// Whether a request is one that changes something.
fn changes(method: &Method, path: &str) -> bool {
    if [Method::GET, Method::HEAD].contains(method) {
        return false;
    }
    if path.starts_with("/fhir") {
        let reads = only_asks(path) || is_of_the_whole(path);
        return *method != Method::POST || !reads;
    }
    if path.starts_with("/oauth2/") {
        return path.starts_with(REGISTERS);
    }
    !begins(path, SAFE_FORMS) && !path.starts_with("/cds-services")
}

/// Where Bundles are posted: whoever has read one knows whether it changes something, and asks [`of_bundle`].
fn is_of_the_whole(path: &str) -> bool {
    matches!(path, "/fhir" | "/fhir/")
}

/// The answer to a Bundle in a time of maintenance, where it gets one: that of its first entry that changes something.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_bundle(
    house: &House,
    entries: &[bundle::Entry],
    base: &str,
) -> storage::Result<Option<Response>> {
    let now = house.clock.now();
    let windows = house.storage.maintenance().windows(now).await?;
    let mut in_force = windows.into_iter().filter(|it| it.is_in_force(now));
    let Some(window) = in_force.next() else {
        return Ok(None);
    };
    let changing = entries.iter().any(|entry| entry_changes(entry, base));
    Ok(changing.then(|| refusal(&window, &Method::POST, "/fhir", now)))
}

/// Whether an entry is one that changes something. One without a method does nothing.
fn entry_changes(entry: &bundle::Entry, base: &str) -> bool {
    let method = match entry.method {
        None | Some(bundle::Method::Get | bundle::Method::Head) => return false,
        Some(bundle::Method::Post) => Method::POST,
        Some(bundle::Method::Put) => Method::PUT,
        Some(bundle::Method::Patch) => Method::PATCH,
        Some(bundle::Method::Delete) => Method::DELETE,
    };
    let relative = entry.url.strip_prefix(base).unwrap_or(&entry.url);
    let path = relative.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_matches('/');
    path.is_empty() || changes(&method, &format!("/fhir/{path}"))
}

/// A search by POST, a query, or an operation that changes nothing.
fn only_asks(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    if last == "_search" {
        return true;
    }
    let code = last.strip_prefix('$').or_else(|| last.strip_prefix("%24"));
    let mut all = OPERATIONS.iter();
    code.is_some_and(|code| all.any(|one| one.code == code && !one.affects_state))
}

/// The answer to a request in a time of maintenance, where it gets one.
pub fn answer(window: &Window, method: &Method, path: &str, now: Timestamp) -> Option<Response> {
    is_turned_away(window.mode, method, path).then(|| refusal(window, method, path, now))
}

fn refusal(window: &Window, method: &Method, path: &str, now: Timestamp) -> Response {
    let text = match window.mode {
        Mode::ReadOnly => "Nothing can be changed during this maintenance; looking works.",
        Mode::Closed => "We are down for maintenance.",
    };
    let text = match window.said.as_str() {
        "" => text.to_owned(),
        said => format!("{text} {said}"),
    };
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let response = if path.starts_with("/fhir") {
        let end = fhir::datetime::instant(window.ends);
        let text = format!("{text} It ends at {end}.");
        reply::fault(status, Issue::error(IssueCode::Transient, text))
    } else if path.starts_with("/oauth2/") && *method != Method::GET {
        let text = quote(&text);
        let body = format!(r#"{{"error":"temporarily_unavailable","error_description":{text}}}"#);
        let response = (status, body).into_response();
        reply::with_header(response, header::CONTENT_TYPE, "application/json")
    } else {
        let text = format!("{text} Nothing of yours is lost. Please try again later.");
        page::sorry(status, "We will be right back", &text)
    };
    let seconds = (window.ends.as_second() - now.as_second()).max(1);
    reply::with_header(response, header::RETRY_AFTER, &seconds.to_string())
}

/// What people are told of the next maintenance, or of the one there is; nothing where none is near.
///
/// # Errors
/// When the database cannot be asked.
pub async fn notice(house: &House) -> storage::Result<Option<String>> {
    let now = house.clock.now();
    let windows = house.storage.maintenance().windows(now).await?;
    Ok(windows
        .first()
        .map(|window| sentence(window, &house.pack, now)))
}

/// A time of maintenance in words, in the organization's zone.
pub fn sentence(window: &Window, pack: &Pack, now: Timestamp) -> String {
    let local = |at: Timestamp| at.to_zoned(pack.zone().clone());
    let (starts, ends) = (local(window.starts), local(window.ends));
    let until = match starts.date() == ends.date() {
        true => ends.strftime("%-I:%M %p"),
        false => ends.strftime("%A, %B %-d, %-I:%M %p"),
    };
    let what = match window.mode {
        Mode::ReadOnly => "you can look at everything and change nothing",
        Mode::Closed => "these pages do not answer",
    };
    let when = match window.is_in_force(now) {
        true => format!("Maintenance until {until}"),
        false => format!(
            "Maintenance on {} to {until}",
            starts.strftime("%A, %B %-d, %-I:%M %p")
        ),
    };
    match window.said.as_str() {
        "" => format!("{when}: {what}."),
        said => format!("{when}: {what}. {said}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn turned_away(mode: Mode, method: Method, path: &str) -> bool {
        is_turned_away(mode, &method, path)
    }

    #[test]
    fn while_nothing_can_be_changed_everything_can_be_looked_at() {
        let away = |method, path| turned_away(Mode::ReadOnly, method, path);
        for path in [
            "/fhir/Observation",
            "/fhir/Patient/1/$everything",
            "/account/apps",
            "/",
            "/oauth2/authorize",
        ] {
            assert!(!away(Method::GET, path), "{path}");
        }
        for path in [
            "/fhir/Observation/_search",
            "/fhir/$graphql",
            "/fhir/ValueSet/$expand",
            "/fhir/Patient/1/%24everything",
            "/oauth2/token",
            "/oauth2/revoke",
            "/account/sign-in",
            "/account/security/sessions",
            "/cds-services/x",
        ] {
            assert!(!away(Method::POST, path), "{path}");
        }
        for path in [
            "/fhir/Observation",
            "/fhir/Patient/1/$proxy-invite",
            "/fhir/$support-ticket",
            "/fhir/$no-such-operation",
            "/account/family/invite",
            "/account/sign-up",
            "/oauth2/register",
        ] {
            assert!(away(Method::POST, path), "{path}");
        }
        assert!(away(Method::PUT, "/fhir/Patient/1"));
        assert!(away(Method::PUT, "/fhir"));
        assert!(away(Method::DELETE, "/fhir/bulk/x"));
    }

    #[test]
    fn an_entry_of_a_bundle_changes_what_the_same_request_would() {
        let changes = |method: &str, url: &str| {
            let text = format!(
                r#"{{"resourceType":"Bundle","type":"batch","entry":[{{"request":{{"method":"{method}","url":"{url}"}}}}]}}"#
            );
            let document = fhir::Document::parse(text).unwrap();
            let read = bundle::parse(&document).unwrap();
            entry_changes(&read.entries[0], "https://here/fhir")
        };
        for (method, url) in [
            ("GET", "Observation?code=x"),
            ("HEAD", "Patient/1"),
            ("POST", "Observation/_search?code=x"),
            ("POST", "https://here/fhir/_search"),
            ("POST", "Patient/1/$everything"),
        ] {
            assert!(!changes(method, url), "{method} {url}");
        }
        for (method, url) in [
            ("POST", "Observation"),
            ("POST", "Observation?x=/_search"),
            ("POST", "Observation#/_search"),
            ("POST", ""),
            ("POST", "https://elsewhere/fhir/Observation"),
            ("POST", "$support-ticket"),
            ("PUT", "Patient/1/_search"),
            ("PATCH", "Patient/1"),
            ("DELETE", "Patient/1"),
        ] {
            assert!(changes(method, url), "{method} {url}");
        }
    }

    #[test]
    fn while_all_is_closed_only_the_house_itself_answers() {
        let away = |method, path| turned_away(Mode::Closed, method, path);
        for path in ["/fhir/Patient", "/account", "/", "/oauth2/authorize"] {
            assert!(away(Method::GET, path), "{path}");
        }
        assert!(away(Method::POST, "/oauth2/token"));
        for path in [
            "/healthz",
            "/readyz",
            "/metrics",
            "/fhir/metadata",
            "/fhir/.well-known/smart-configuration",
            "/account/assets/account.css",
        ] {
            assert!(!away(Method::GET, path), "{path}");
        }
    }

    #[test]
    fn a_window_is_told_in_the_organizations_hours() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let pack = Pack::shipped("middlesex").unwrap();
        let window = Window {
            id: "w".to_owned(),
            mode: Mode::ReadOnly,
            starts: at("2026-11-22T03:00:00Z"),
            ends: at("2026-11-22T04:30:00Z"),
            said: String::new(),
        };
        let before = sentence(&window, &pack, at("2026-11-21T12:00:00Z"));
        let text = "Maintenance on Saturday, November 21, 10:00 PM to 11:30 PM: you can look at everything \
                    and change nothing.";
        assert_eq!(before, text);
        let during = sentence(&window, &pack, at("2026-11-22T03:00:00Z"));
        assert!(
            during.starts_with("Maintenance until 11:30 PM:"),
            "{during}"
        );
        assert!(window.is_in_force(at("2026-11-22T04:29:59Z")));
        assert!(!window.is_in_force(at("2026-11-22T04:30:00Z")));
    }
}
