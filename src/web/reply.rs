//! Answers: stored bytes with their headers, and OperationOutcomes.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fhir::{Document, Issue, Outcome, projection, search::Summary};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use storage::Seen;

use crate::Wanted;
pub use crate::format::FHIR_JSON;

/// Why the house itself failed. The front logs it with the request's id; the client never sees it.
#[derive(Debug, Clone)]
pub struct Fault(pub String);

/// What an interaction came to, before it is either an HTTP response or an entry of a Bundle.
/// Clinical content gets in only as [`Seen`].
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    location: Option<String>,
    version: Option<i64>,
    updated: Option<Timestamp>,
    body: Option<Bytes>,
    /// The body tells about what was done and is not what was asked for.
    note: bool,
}

impl Answer {
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            location: None,
            version: None,
            updated: None,
            body: None,
            note: false,
        }
    }
    /// A resource, whole or shortened as the client wanted it.
    pub fn seen(status: StatusCode, seen: &Seen, wanted: &Wanted) -> Self {
        Self::empty(status)
            .of_version(seen.version(), seen.updated())
            .with_body(shortened(seen, wanted.summary, &wanted.elements))
    }
    /// A Bundle made by [`crate::bundles::searchset`] or [`crate::bundles::history`], or a
    /// text that holds nothing clinical.
    pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Self {
        Self::empty(status).with_body(text.into())
    }
    pub fn outcome(status: StatusCode, outcome: &Outcome) -> Self {
        Self::text(status, outcome.to_json())
    }
    /// An outcome that goes along with what was done (`Prefer: return=OperationOutcome`).
    pub fn note(status: StatusCode, outcome: &Outcome) -> Self {
        Self {
            note: true,
            ..Self::outcome(status, outcome)
        }
    }
    /// 304 without a body when a request's headers say that the client has this version already.
    pub fn unless_known(mut self, request: &HeaderMap) -> Self {
        if self.status == StatusCode::OK && self.is_known_to(request) {
            self.status = StatusCode::NOT_MODIFIED;
            self.body = None;
        }
        self
    }
    pub fn of_version(mut self, version: i64, updated: Timestamp) -> Self {
        self.version = Some(version);
        self.updated = Some(updated);
        self
    }
    pub fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }
    fn with_body(mut self, body: Bytes) -> Self {
        self.body = Some(body);
        self
    }
    pub fn without_body(mut self) -> Self {
        self.body = None;
        self
    }
    pub fn status(&self) -> StatusCode {
        self.status
    }
    pub fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// As an HTTP response; 304 when the client has this version already.
    pub fn respond(self, request: &HeaderMap, wanted: &Wanted) -> Response {
        let this = self.unless_known(request);
        let mut response = Response::default();
        let headers = response.headers_mut();
        if let Some(value) = this.version.and_then(etag) {
            headers.insert(header::ETAG, value);
        }
        if let Some(value) = this.updated.and_then(http_date) {
            headers.insert(header::LAST_MODIFIED, value);
        }
        if let Some(value) = this
            .location
            .and_then(|text| HeaderValue::from_str(&text).ok())
        {
            headers.insert(header::CONTENT_LOCATION, value.clone());
            headers.insert(header::LOCATION, value);
        }
        if let Some(body) = this.body {
            headers.insert(header::CONTENT_TYPE, wanted.format.content_type());
            let body = wanted.format.write(body, wanted.pretty);
            *response.body_mut() = axum::body::Body::from(body);
        }
        *response.status_mut() = this.status;
        response
    }

    fn is_known_to(&self, request: &HeaderMap) -> bool {
        if let Some(known) = request.get(header::IF_NONE_MATCH) {
            let mine = self.version.and_then(etag);
            let strip = |text: &str| text.trim().trim_start_matches("W/").to_owned();
            return match (known.to_str(), mine.as_ref().map(HeaderValue::to_str)) {
                (Ok("*"), Some(_)) => true,
                (Ok(known), Some(Ok(mine))) => {
                    known.split(',').any(|one| strip(one) == strip(mine))
                }
                _ => false,
            };
        }
        let since = request
            .get(header::IF_MODIFIED_SINCE)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
        match (since, self.updated) {
            (Some(since), Some(updated)) => updated.as_second() <= since.timestamp().as_second(),
            _ => false,
        }
    }

    /// As an entry of a batch-response or transaction-response Bundle.
    pub fn write_entry(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{");
        let failed = self.status.is_client_error() || self.status.is_server_error() || self.note;
        if let (Some(body), false) = (&self.body, failed) {
            out.extend_from_slice(b"\"resource\":");
            out.extend_from_slice(body);
            out.push(b',');
        }
        out.extend_from_slice(b"\"response\":{\"status\":\"");
        out.extend_from_slice(self.status.as_str().as_bytes());
        if let Some(reason) = self.status.canonical_reason() {
            out.push(b' ');
            out.extend_from_slice(reason.as_bytes());
        }
        out.push(b'"');
        if let Some(location) = &self.location {
            member(out, "location", location);
        }
        if let Some(version) = self.version {
            out.extend_from_slice(format!(",\"etag\":\"W/\\\"{version}\\\"\"").as_bytes());
        }
        if let Some(updated) = self.updated {
            member(out, "lastModified", &fhir::datetime::instant(updated));
        }
        if let (Some(body), true) = (&self.body, failed) {
            out.extend_from_slice(b",\"outcome\":");
            out.extend_from_slice(body);
        }
        out.extend_from_slice(b"}}");
    }
}

pub(crate) fn member(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    out.extend_from_slice(fhir::json::quote(value).as_bytes());
}

/// One issue as a response. For use before it is known what the client accepts.
pub fn fault(status: StatusCode, issue: Issue) -> Response {
    outcome(status, &Outcome::one(issue))
}

/// An OperationOutcome as a response.
pub fn outcome(status: StatusCode, outcome: &Outcome) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, FHIR_JSON)],
        outcome.to_json(),
    )
        .into_response()
}

/// Adds a header whose text we made ourselves.
pub fn with_header(mut response: Response, name: HeaderName, text: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// `W/"3"`
fn etag(version: i64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("W/\"{version}\"")).ok()
}

/// RFC 9110 date.
pub fn http_date(at: Timestamp) -> Option<HeaderValue> {
    let text = jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .ok()?;
    HeaderValue::from_str(&text).ok()
}

/// Resources as newline-delimited JSON, with only some elements where any are named.
pub fn lines(all: &[Seen], elements: &[String]) -> Bytes {
    let size: usize = all.iter().map(|seen| seen.body().len() + 1).sum();
    let mut out = Vec::with_capacity(size);
    for seen in all {
        let body = shortened(seen, Summary::False, elements);
        // A line break between the members of a resource is as good as a blank; in its texts there
        // are none.
        let line = body.iter().map(|byte| match byte {
            b'\n' | b'\r' => b' ',
            other => *other,
        });
        out.extend(line);
        out.push(b'\n');
    }
    out.into()
}

/// The stored bytes, or fewer of them when `_summary` or `_elements` asks.
pub(crate) fn shortened(seen: &Seen, summary: Summary, elements: &[String]) -> Bytes {
    if summary == Summary::False && elements.is_empty() {
        return seen.body().clone();
    }
    let text = std::str::from_utf8(seen.body()).unwrap_or_default();
    let Ok(document) = Document::parse(text) else {
        return seen.body().clone();
    };
    if elements.is_empty() {
        projection::summary(&document, summary).into()
    } else {
        projection::elements(&document, elements).into()
    }
}
