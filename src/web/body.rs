//! Request bodies: size limits, gzip and zstd, media type, JSON and XML. Faults are
//! OperationOutcomes.

use std::io::Read;

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    response::Response,
};
use bytes::{Bytes, BytesMut};
use config::limits::BODY_BYTES_MAX;
use fhir::{Document, Issue, IssueCode, Outcome, xml};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;

use crate::{
    format::{Format, SPOKEN, VERSIONS},
    reply,
};

/// How much of a body that is too large is still read (and dropped), so that the client gets
/// to see the answer.
const DRAIN_BYTES_MAX: usize = 128 * 1024 * 1024;
/// Largest zstd window, as a power of two of bytes (RFC 9659: 8 MiB).
const WINDOW_LOG_MAX: u32 = 23;

/// A resource as body, in JSON or XML, parsed.
#[derive(Debug)]
pub struct FhirBody(pub Document);

/// A resource, or content of any other media type: what may be sent to Binary (R4 2.39.1).
#[derive(Debug)]
pub enum ContentBody {
    Fhir(Document),
    /// The media type as sent, and the bytes, unpacked.
    Other(String, Vec<u8>),
}

impl<S: Send + Sync> FromRequest<S> for ContentBody {
    type Rejection = Response;
    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let media = media_type(request.headers());
        if media.is_none_or(|media| Format::of_media_type(&media).is_some()) {
            let FhirBody(document) = FhirBody::from_request(request, state).await?;
            return Ok(Self::Fhir(document));
        }
        let (parts, body) = request.into_parts();
        let value = parts.headers.get(header::CONTENT_TYPE);
        let media = value.and_then(|value| value.to_str().ok());
        let media = media.unwrap_or_default().trim().to_owned();
        Ok(Self::Other(media, read_bytes(&parts.headers, body).await?))
    }
}

impl ContentBody {
    /// The resource. Errors: 415 where something else was sent.
    #[expect(
        clippy::result_large_err,
        reason = "an extractor's rejection is a response"
    )]
    pub fn resource(self) -> Result<Document, Response> {
        match self {
            Self::Fhir(document) => Ok(document),
            Self::Other(media, _) => Err(not_spoken(&media)),
        }
    }
}

/// A query in GraphQL: its text, or JSON that holds it.
#[derive(Debug)]
pub enum QueryBody {
    Query(String),
    Json(String),
}

/// Reads a posted query. Errors: 415 for a type that holds none.
pub async fn query(request: Request) -> Result<QueryBody, Response> {
    let (parts, body) = request.into_parts();
    match media_type(&parts.headers).as_deref() {
        Some("application/graphql") => read_text(&parts.headers, body).await.map(QueryBody::Query),
        None | Some("application/json" | "application/fhir+json") => {
            read_text(&parts.headers, body).await.map(QueryBody::Json)
        }
        Some(_) => {
            drain(body).await;
            Err(unsupported(
                "a query comes as application/graphql or application/json",
            ))
        }
    }
}

/// A patch, read as far as its media type says.
#[derive(Debug)]
pub enum PatchBody {
    /// `application/json-patch+json`
    Json(Document),
    /// `application/merge-patch+json`
    Merge(Document),
    /// `application/xml-patch+xml`
    Xml(String),
    /// A resource, in JSON or XML.
    Fhir(Document),
}

impl<S: Send + Sync> FromRequest<S> for PatchBody {
    type Rejection = Response;
    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let media = media_type(request.headers());
        match media.as_deref() {
            Some(kind @ ("application/json-patch+json" | "application/merge-patch+json")) => {
                let (parts, body) = request.into_parts();
                let text = read_text(&parts.headers, body).await?;
                let read = document(Format::Json, text)?;
                Ok(match kind.starts_with("application/json-patch") {
                    true => Self::Json(read),
                    false => Self::Merge(read),
                })
            }
            Some("application/xml-patch+xml") => {
                let (parts, body) = request.into_parts();
                read_text(&parts.headers, body).await.map(Self::Xml)
            }
            Some(media) if Format::of_media_type(media).is_some() => {
                let FhirBody(document) = FhirBody::from_request(request, state).await?;
                Ok(Self::Fhir(document))
            }
            other => {
                let text = format!(
                    "a patch of type {} is not understood; send application/json-patch+json, \
                     application/xml-patch+xml, or Parameters as application/fhir+json or application/fhir+xml",
                    shown(other.unwrap_or("no media type"))
                );
                drain(request.into_body()).await;
                Err(unsupported(text))
            }
        }
    }
}

/// An `application/x-www-form-urlencoded` body, as text.
#[derive(Debug)]
pub struct FormBody(pub String);

impl<S: Send + Sync> FromRequest<S> for FhirBody {
    type Rejection = Response;
    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let format = match format_of(&parts.headers) {
            Ok(format) => format,
            Err(response) => {
                drain(body).await;
                return Err(response);
            }
        };
        let text = read_text(&parts.headers, body).await?;
        document(format, text).map(Self)
    }
}

/// Reads a resource. Errors: 400 saying where it is not one.
#[expect(
    clippy::result_large_err,
    reason = "an extractor's rejection is a response"
)]
fn document(format: Format, text: String) -> Result<Document, Response> {
    if text.trim().is_empty() {
        return Err(unreadable("the body is empty; a resource is expected"));
    }
    match format {
        Format::Json => Document::parse(text)
            .map_err(|fault| unreadable(format!("the body is not FHIR JSON: {fault}"))),
        Format::Xml => xml::read(&text)
            .map_err(|issues| reply::outcome(StatusCode::BAD_REQUEST, &Outcome { issues })),
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
            format!(
                "the body is larger than {mib} MiB, unpacked, the most this server takes at once"
            ),
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
fn format_of(headers: &HeaderMap) -> Result<Format, Response> {
    let Some(media) = media_type(headers) else {
        return Ok(Format::Json);
    };
    let charset = parameter(headers, "charset");
    if let Some(other) = charset.filter(|name| !matches!(name.as_str(), "utf-8" | "us-ascii")) {
        return Err(unsupported(format!(
            "the charset {} is not understood; send UTF-8",
            shown(&other)
        )));
    }
    let version = parameter(headers, "fhirversion");
    if let Some(other) = version.filter(|version| !VERSIONS.contains(&version.as_str())) {
        return Err(unsupported(format!(
            "FHIR {} is not understood; send fhirVersion=4.0",
            shown(&other)
        )));
    }
    Format::of_media_type(&media).ok_or_else(|| not_spoken(&media))
}

fn not_spoken(media: &str) -> Response {
    unsupported(format!(
        "a body of type {} is not understood; this server reads {SPOKEN}",
        shown(media)
    ))
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

/// A parameter of the media type, in lower case.
fn parameter(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parameters = text.split(';').skip(1).filter_map(|p| p.split_once('='));
    let (_, value) = parameters.find(|(own, _)| own.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"').to_ascii_lowercase())
}

/// How a body is packed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Plain,
    Gzip,
    Zstd,
}

/// `None` for a coding we do not have, or several on top of each other.
fn coding(headers: &HeaderMap) -> Option<Coding> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let Some(value) = codings.next() else {
        return Some(Coding::Plain);
    };
    if codings.next().is_some() {
        return None;
    }
    match value
        .as_bytes()
        .trim_ascii()
        .to_ascii_lowercase()
        .as_slice()
    {
        b"identity" | b"" => Some(Coding::Plain),
        b"gzip" | b"x-gzip" => Some(Coding::Gzip),
        b"zstd" => Some(Coding::Zstd),
        _ => None,
    }
}

async fn read_text(headers: &HeaderMap, body: Body) -> Result<String, Response> {
    let bytes = read_bytes(headers, body).await?;
    String::from_utf8(bytes).map_err(|_| unreadable("the body is not UTF-8"))
}

async fn read_bytes(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Response> {
    let Some(coding) = coding(headers) else {
        drain(body).await;
        return Err(unsupported(
            "bodies may be sent plain or with Content-Encoding: gzip or zstd",
        ));
    };
    let bytes = collect(headers, body).await?;
    Ok(match coding {
        Coding::Plain => Vec::from(bytes),
        Coding::Gzip => unpack(flate2::read::MultiGzDecoder::new(&*bytes), "gzip")?,
        Coding::Zstd => {
            let fault = |_| unreadable("the body is not valid zstd");
            let mut frames = zstd::Decoder::with_buffer(&*bytes).map_err(fault)?;
            frames.window_log_max(WINDOW_LOG_MAX).map_err(fault)?;
            unpack(frames, "zstd")?
        }
    })
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
fn unpack(packed: impl Read, name: &str) -> Result<Vec<u8>, Response> {
    let mut text = Vec::new();
    let limit = u64::try_from(BODY_BYTES_MAX).unwrap_or(u64::MAX);
    match packed.take(limit + 1).read_to_end(&mut text) {
        Ok(length) if length > BODY_BYTES_MAX => Err(too_large()),
        Ok(_) => Ok(text),
        Err(_) => Err(unreadable(format!("the body is not valid {name}"))),
    }
}
