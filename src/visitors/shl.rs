//! SMART Health Links 1.0, for whoever received one: the manifest, its files, and links straight to a file.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use smart::shl::{ManifestRequest, recipient};
use web::House;
use web::page::Query;
use workflows::links::opening::{self, Content, File, Place, Refusal};
use workflows::visitors::Desk;

use crate::answer::{answer, refused, unavailable};

/// Largest manifest request, in bytes.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// When to come again for a link that was opened too often, in seconds.
const RETRY_SECONDS: &str = "600";
const JOSE: HeaderValue = HeaderValue::from_static("application/jose");

fn desk(house: &House) -> Desk<'_> {
    Desk {
        storage: &house.storage,
        pack: &house.pack,
        now: house.clock.now(),
    }
}

fn place(house: &House) -> Place<'_> {
    Place {
        base_url: &house.base_url,
        fhir_base: &house.fhir_base,
    }
}

/// The one answer for a link that is over and for one that never was.
fn absent() -> Response {
    let text = "this link is over, or never was";
    refused(StatusCode::NOT_FOUND, "not_found", text)
}

fn refusal(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Absent => absent(),
        Refusal::Passcode { left } => answer(
            StatusCode::UNAUTHORIZED,
            &json!({"remainingAttempts": left}),
        ),
        Refusal::TooOften => {
            let text = "this link was opened very often within the hour";
            let response = refused(StatusCode::TOO_MANY_REQUESTS, "slow_down", text);
            web::reply::with_header(response, header::RETRY_AFTER, RETRY_SECONDS)
        }
    }
}

fn encrypted(file: String) -> Response {
    let mut response = file.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, JOSE);
    response
}

/// `POST /shl/{address}`: JSON with `recipient`, `passcode` and `embeddedLengthMax`.
pub async fn manifest(
    State(house): State<House>,
    Path(address): Path<String>,
    body: Bytes,
) -> Response {
    if body.len() > BODY_BYTES_MAX {
        let text = "a manifest request is shorter than that";
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", text);
    }
    let request = match ManifestRequest::read(&body) {
        Ok(request) => request,
        Err(error) => {
            let code = error.code.as_str();
            return refused(StatusCode::BAD_REQUEST, code, &error.description);
        }
    };
    match opening::manifest(&desk(&house), place(&house), &address, &request).await {
        Ok(Ok(manifest)) => {
            let status = if manifest.can_change {
                "can-change"
            } else {
                "finalized"
            };
            let files: Vec<Value> = manifest.files.iter().map(file).collect();
            answer(StatusCode::OK, &json!({"status": status, "files": files}))
        }
        Ok(Err(why)) => refusal(why),
        Err(error) => unavailable(&error),
    }
}

fn file(file: &File) -> Value {
    match &file.content {
        Content::Embedded(text) => json!({"contentType": file.content_type, "embedded": text}),
        Content::Location(url) => json!({"contentType": file.content_type, "location": url}),
    }
}

/// `GET /shl/{address}?recipient=…`: the file of a link without a manifest.
pub async fn direct(
    State(house): State<House>,
    Path(address): Path<String>,
    Query(query): Query,
) -> Response {
    let Some(recipient) = recipient(query.get("recipient")) else {
        let text = "say who opens it: ?recipient=a name of at most 200 characters";
        return refused(StatusCode::BAD_REQUEST, "invalid_request", text);
    };
    match opening::direct(&desk(&house), place(&house), &address, &recipient).await {
        Ok(Ok(file)) => encrypted(file),
        Ok(Err(why)) => refusal(why),
        Err(error) => unavailable(&error),
    }
}

/// `GET /shl/file/{ticket}`: a file a manifest told the place of.
pub async fn located(State(house): State<House>, Path(ticket): Path<String>) -> Response {
    match opening::located(&desk(&house), place(&house), &ticket).await {
        Ok(Some(file)) => encrypted(file),
        Ok(None) => absent(),
        Err(error) => unavailable(&error),
    }
}
