//! capabilities (R4 3.1.0.10): what this server can do, told to anybody.

use std::hash::{Hash, Hasher};

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use fhir::capability::{self, Settings, statement};
use http::{HeaderMap, Method, StatusCode};
use web::{Answer, House, Wanted};

use crate::{error::Error, search::pairs};

/// When the statement last changed.
const CHANGED: &str = "2026-11-22";
/// What the server writes itself: the audit trail.
const READ_ONLY: &[&str] = &["AuditEvent"];

const OF_TYPE: &str = "/fhir/{type}";
const INSTANCE: &str = "/fhir/{type}/{id}";
const COMPARTMENT: &str = "/fhir/{type}/{id}/{member}";
const VERSION: &str = "/fhir/{type}/{id}/_history/{version}";

/// Interactions with a type, each with the route that serves it.
const WITH_TYPE: &[(&str, Method, &str)] = &[
    ("read", Method::GET, INSTANCE),
    ("vread", Method::GET, VERSION),
    ("update", Method::PUT, INSTANCE),
    ("patch", Method::PATCH, INSTANCE),
    ("delete", Method::DELETE, INSTANCE),
    (
        "history-instance",
        Method::GET,
        "/fhir/{type}/{id}/_history",
    ),
    ("history-type", Method::GET, "/fhir/{type}/_history"),
    ("create", Method::POST, OF_TYPE),
    ("search-type", Method::GET, OF_TYPE),
];
/// Interactions with the whole system.
const WITH_SYSTEM: &[(&str, Method, &str)] = &[
    ("transaction", Method::POST, "/fhir"),
    ("batch", Method::POST, "/fhir"),
    ("search-system", Method::GET, "/fhir"),
    ("history-system", Method::GET, "/fhir/_history"),
];

/// `GET /metadata`, also `?mode=terminology`. Errors: 400 for a mode the standard does not have.
pub async fn metadata(
    State(house): State<House>,
    wanted: Wanted,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match answer(&house, query.as_deref().unwrap_or_default()).await {
        Ok(answer) => answer.respond(&headers, &wanted),
        Err(error) => error.into_response(),
    }
}

pub(crate) async fn answer(house: &House, query: &str) -> Result<Answer, Error> {
    let pairs = pairs(query)?;
    let mode = pairs.iter().find(|(name, _)| name == "mode");
    let text = match mode.map(|(_, mode)| mode.as_str()) {
        None | Some("full" | "normative") => {
            let registry = house.storage.registry().await?;
            let posted = house.storage.posted().await?;
            let ready = posted.all().filter(|one| one.ready);
            let revision = ready.fold(registry.revision(), |sum, one| {
                sum.wrapping_add(u64::from(one.param.id.0.unsigned_abs()) << 20)
            });
            let notice = web::maintenance::notice(house).await?;
            let told = notice.as_deref().map_or(0, told);
            let make = || {
                write(
                    house,
                    &registry,
                    &posted,
                    notice.as_deref().unwrap_or_default(),
                )
            };
            house.served.statement(revision.wrapping_add(told), make)
        }
        Some("terminology") => {
            let registry = house.storage.registry().await?;
            let software = env!("CARGO_PKG_VERSION");
            capability::terminology(&house.fhir_base, software, CHANGED, &registry).into()
        }
        Some(_) => {
            let text = "mode must be full, normative or terminology";
            return Err(Error::value(text, "mode"));
        }
    };
    Ok(Answer::text(StatusCode::OK, text))
}

/// A number by which one notice is told from another.
fn told(notice: &str) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    notice.hash(&mut hasher);
    hasher.finish()
}

fn write(
    house: &House,
    registry: &fhir::registry::Registry,
    posted: &fhir::search::posted::PostedParams,
    notice: &str,
) -> String {
    let below = |path: &str| format!("{}{path}", house.base_url);
    let oauth_uris = [
        ("authorize", below("/oauth2/authorize")),
        ("token", below("/oauth2/token")),
        ("introspect", below("/oauth2/introspect")),
        ("revoke", below("/oauth2/revoke")),
    ];
    let served = |rows: &[(&'static str, Method, &str)]| -> Vec<&'static str> {
        let rows = rows
            .iter()
            .filter(|(_, method, path)| house.served.has(method, path));
        rows.map(|(code, ..)| *code).collect()
    };
    let of_type = |method: &Method| house.served.has(method, OF_TYPE);
    statement(&Settings {
        base: &house.fhir_base,
        software_version: env!("CARGO_PKG_VERSION"),
        date: CHANGED,
        oauth_uris: &oauth_uris,
        smart_capabilities: smart::discovery::CAPABILITIES,
        read_only: READ_ONLY,
        interactions: &served(WITH_TYPE),
        system_interactions: &served(WITH_SYSTEM),
        conditional_create: of_type(&Method::POST),
        conditional_update: of_type(&Method::PUT),
        conditional_delete: of_type(&Method::DELETE),
        deletes_several: house.deletes_several,
        compartments: house.served.has(&Method::GET, COMPARTMENT),
        registry,
        posted,
        notice,
    })
}
