//! Request bodies: size limits, gzip, media type, JSON. Faults are OperationOutcomes.

use std::io::Read;

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    response::Response,
};
use bytes::{Bytes, BytesMut};
use config::limits::BODY_BYTES_MAX;
use fhir::{Document, Issue, IssueCode};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;

use crate::reply;

/// How much of a body that is too large is still read (and dropped), so that the client gets
/// to see the answer.
const DRAIN_BYTES_MAX: usize = 128 * 1024 * 1024;

/// A FHIR JSON body, parsed.
#[derive(Debug)]
pub struct FhirBody(pub Document);

/// An `application/x-www-form-urlencoded` body, as text.
#[derive(Debug)]
pub struct FormBody(pub String);

impl<S: Send + Sync> FromRequest<S> for FhirBody {
    type Rejection = Response;
    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        if let Err(response) = check_json(&parts.headers) {
            drain(body).await;
            return Err(response);
        }
        let text = read_text(&parts.headers, body).await?;
        if text.trim().is_empty() {
            return Err(unreadable("the body is empty; a resource is expected"));
        }
        match Document::parse(text) {
            Ok(document) => Ok(Self(document)),
            Err(fault) => Err(unreadable(format!("the body is not FHIR JSON: {fault}"))),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for FormBody {
    type Rejection = Response;
    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let form = media_type(&parts.headers);
        if form.is_some_and(|media| media != "application/x-www-form-urlencoded") {
            drain(body).await;
            return Err(unsupported(
                "POST _search takes application/x-www-form-urlencoded",
            ));
        }
        read_text(&parts.headers, body).await.map(Self)
    }
}

fn unreadable(text: impl Into<String>) -> Response {
    reply::fault(
        StatusCode::BAD_REQUEST,
        Issue::error(IssueCode::Structure, text),
    )
}

fn unsupported(text: impl Into<String>) -> Response {
    reply::fault(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Issue::error(IssueCode::NotSupported, text),
    )
}

fn too_large() -> Response {
    let mib = BODY_BYTES_MAX / 1024 / 1024;
    reply::fault(
        StatusCode::PAYLOAD_TOO_LARGE,
        Issue::error(
            IssueCode::TooLong,
            format!("the body is larger than {mib} MiB, the most this server takes at once"),
        ),
    )
}

/// The media type without parameters, in lower case.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let media = text.split(';').next().unwrap_or_default().trim();
    (!media.is_empty()).then(|| media.to_ascii_lowercase())
}

#[expect(
    clippy::result_large_err,
    reason = "an extractor's rejection is a response"
)]
fn check_json(headers: &HeaderMap) -> Result<(), Response> {
    match media_type(headers).as_deref() {
        None
        | Some(
            "application/fhir+json" | "application/json" | "application/json+fhir" | "text/json",
        ) => Ok(()),
        Some(other) => Err(unsupported(format!(
            "a body of type {} is not understood; send application/fhir+json",
            other.chars().take(60).collect::<String>()
        ))),
    }
}

async fn read_text(headers: &HeaderMap, body: Body) -> Result<String, Response> {
    let coding = headers
        .get(header::CONTENT_ENCODING)
        .map(|value| value.as_bytes().to_ascii_lowercase());
    let gzip = match coding.as_deref() {
        None | Some(b"identity" | b"") => false,
        Some(b"gzip" | b"x-gzip") => true,
        Some(_) => {
            drain(body).await;
            return Err(unsupported(
                "bodies may be sent plain or with Content-Encoding: gzip",
            ));
        }
    };
    let bytes = collect(headers, body).await?;
    let bytes = if gzip {
        unpack(&bytes)?
    } else {
        Vec::from(bytes)
    };
    String::from_utf8(bytes).map_err(|_| unreadable("the body is not UTF-8"))
}

/// Reads a body of at most [`BODY_BYTES_MAX`]; a larger one is dropped as it comes in.
async fn collect(headers: &HeaderMap, mut body: Body) -> Result<Bytes, Response> {
    let declared = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > BODY_BYTES_MAX) {
        drain(body).await;
        return Err(too_large());
    }
    let mut all = BytesMut::new();
    let mut first: Option<Bytes> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| unreadable("the body broke off"))?;
        let Ok(chunk) = frame.into_data() else {
            continue;
        };
        let held = first.as_ref().map_or(all.len(), Bytes::len);
        if held + chunk.len() > BODY_BYTES_MAX {
            drop(all);
            drain(body).await;
            return Err(too_large());
        }
        if held == 0 {
            first = Some(chunk);
            continue;
        }
        if let Some(first) = first.take() {
            all.reserve(declared.unwrap_or(first.len() + chunk.len()));
            all.extend_from_slice(&first);
        }
        all.extend_from_slice(&chunk);
    }
    Ok(first.unwrap_or_else(|| all.freeze()))
}

async fn drain(mut body: Body) {
    let mut dropped = 0;
    while let Some(Ok(frame)) = body.frame().await {
        dropped += frame.data_ref().map_or(0, Bytes::len);
        if dropped > DRAIN_BYTES_MAX {
            return;
        }
    }
}

#[expect(
    clippy::result_large_err,
    reason = "an extractor's rejection is a response"
)]
fn unpack(packed: &[u8]) -> Result<Vec<u8>, Response> {
    let mut text = Vec::new();
    let limit = u64::try_from(BODY_BYTES_MAX).unwrap_or(u64::MAX);
    let mut unpacked = flate2::read::MultiGzDecoder::new(packed).take(limit + 1);
    match unpacked.read_to_end(&mut text) {
        Ok(length) if length > BODY_BYTES_MAX => Err(too_large()),
        Ok(_) => Ok(text),
        Err(_) => Err(unreadable("the body is not valid gzip")),
    }
}
