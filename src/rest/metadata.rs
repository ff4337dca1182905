//! capabilities (R4 3.1.0.10): what this server can do, told to anybody.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{extract::State, response::Response};
use bytes::Bytes;
use fhir::capability::{Settings, statement};
use http::{HeaderMap, StatusCode};
use web::{Answer, House, Wanted};

/// When the statement last changed.
const CHANGED: &str = "2026-11-22";
/// What the server writes itself: the audit trail.
const READ_ONLY: &[&str] = &["AuditEvent"];

/// The last statement made, with the base it is about. A process has one base, so it is made once.
static MADE: Mutex<Option<(Arc<str>, Bytes)>> = Mutex::new(None);

/// `GET /metadata`
pub async fn metadata(State(house): State<House>, wanted: Wanted, headers: HeaderMap) -> Response {
    Answer::text(StatusCode::OK, made(&house)).respond(&headers, &wanted)
}

fn made(house: &House) -> Bytes {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    match &*made {
        Some((base, text)) if *base == house.base_url => text.clone(),
        _ => {
            let text = Bytes::from(write(house));
            *made = Some((house.base_url.clone(), text.clone()));
            text
        }
    }
}

fn write(house: &House) -> String {
    let below = |path: &str| format!("{}{path}", house.base_url);
    let oauth_uris = [
        ("authorize", below("/oauth2/authorize")),
        ("token", below("/oauth2/token")),
        ("introspect", below("/oauth2/introspect")),
        ("revoke", below("/oauth2/revoke")),
    ];
    statement(&Settings {
        base: &house.fhir_base,
        software_version: env!("CARGO_PKG_VERSION"),
        date: CHANGED,
        oauth_uris: &oauth_uris,
        smart_capabilities: smart::discovery::CAPABILITIES,
        read_only: READ_ONLY,
        conditional_create: true,
        conditional_update: true,
        conditional_delete: true,
        patch: true,
    })
}
