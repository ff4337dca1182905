//! From a proof to a session: every way of signing in ends here.

use access::standing::Agent;
use axum::response::Response;
use config::limits;
use http::{HeaderMap, header};
use jiff::Timestamp;
use storage::accounts::{Account, Kind};
use storage::audit::{Action, Event};
use storage::sessions::Opening;
use web::page;
use web::{House, Visit, session};

/// Lets in whoever gave a proof (`amr`: how, in the words of RFC 8176), or leads on to what else
/// must be proved.
///
/// # Errors
/// When the database cannot be asked.
pub async fn enter(
    house: &House,
    headers: &HeaderMap,
    visit: &Visit,
    account: &Account,
    amr: &str,
    next: &str,
    now: Timestamp,
) -> Result<Response, storage::Error> {
    admit(house, headers, visit, account, amr, next, now).await
}

/// Opens a session in place of the one there was, and leads on.
async fn admit(
    house: &House,
    headers: &HeaderMap,
    visit: &Visit,
    account: &Account,
    amr: &str,
    next: &str,
    now: Timestamp,
) -> Result<Response, storage::Error> {
    let sessions = house.storage.sessions();
    if let Some(before) = session::session_cookie(headers, house) {
        sessions.close(&before).await?;
    }
    let devices = house.storage.devices();
    let device = match &visit.device {
        Some(device) => device.clone(),
        None => devices.fresh()?,
    };
    devices
        .greet(&account.id, &device, &visit.agent, now)
        .await?;
    let opening = Opening {
        account: &account.id,
        amr,
        agent: &visit.agent,
        source: &visit.source,
        device: Some(&device),
        lifetime_seconds: limits::SESSION_SECONDS,
    };
    let cookie = sessions.open(opening, now).await?;
    note(house, account, true, now);
    let mut response = page::see_other(landing(account, next));
    for cookie in [
        session::opened(house, &cookie, limits::SESSION_SECONDS),
        session::device(house, &device),
    ] {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Where somebody signed in goes: where they wanted to, or home.
pub fn landing<'a>(account: &Account, next: &'a str) -> &'a str {
    match (next, account.kind) {
        ("", Kind::Patient | Kind::Proxy | Kind::Staff) => "/account",
        (next, _) => next,
    }
}

/// Writes a sign-in, or a failed one, into the audit.
pub fn note(house: &House, account: &Account, permitted: bool, at: Timestamp) {
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
