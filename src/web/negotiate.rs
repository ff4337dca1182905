//! What the client wants back: JSON (all we speak), how much of it, how strict (R4 3.1.0.1).

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use fhir::{
    Issue, IssueCode,
    search::{Handling, Summary},
};
use http::{HeaderMap, StatusCode, header, request::Parts};

use crate::reply;

/// `Prefer: return=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returning {
    Minimal,
    Representation,
    Outcome,
}

/// The wishes a request states in its headers and in `_format`, `_pretty`, `_summary`, `_elements`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub pretty: bool,
    pub summary: Summary,
    pub elements: Vec<String>,
    pub returning: Option<Returning>,
    pub handling: Handling,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            pretty: false,
            summary: Summary::False,
            elements: Vec::new(),
            returning: None,
            handling: Handling::Strict,
        }
    }
}

impl Wanted {
    /// Reads headers and query. Errors: what we cannot speak.
    pub fn read(headers: &HeaderMap, query: Option<&str>) -> Result<Self, NotAcceptable> {
        let mut wanted = Self::default();
        let mut format = None;
        if let Some(query) = query {
            for (name, value) in form_urlencoded::parse(query.as_bytes()) {
                match &*name {
                    "_format" => format = Some(value.into_owned()),
                    "_pretty" => wanted.pretty = value == "true",
                    "_summary" => wanted.summary = summary(&value),
                    "_elements" => wanted
                        .elements
                        .extend(value.split(',').map(|name| name.trim().to_owned())),
                    _ => {}
                }
            }
        }
        wanted.elements.retain(|name| !name.is_empty());
        match format {
            Some(format) => check_format(&format)?,
            None => check_accept(headers)?,
        }
        for value in headers.get_all("prefer") {
            wanted.prefer(value.to_str().unwrap_or_default());
        }
        Ok(wanted)
    }

    fn prefer(&mut self, text: &str) {
        for preference in text.split([',', ';']) {
            match preference.trim() {
                "return=minimal" => self.returning = Some(Returning::Minimal),
                "return=representation" => self.returning = Some(Returning::Representation),
                "return=OperationOutcome" => self.returning = Some(Returning::Outcome),
                "handling=lenient" => self.handling = Handling::Lenient,
                "handling=strict" => self.handling = Handling::Strict,
                _ => {}
            }
        }
    }

    /// The same wishes without leave to shorten: for parts of a Bundle.
    pub fn is_whole(&self) -> bool {
        self.summary == Summary::False && self.elements.is_empty()
    }
}

fn summary(value: &str) -> Summary {
    match value {
        "true" => Summary::True,
        "text" => Summary::Text,
        "data" => Summary::Data,
        "count" => Summary::Count,
        _ => Summary::False,
    }
}

/// A representation we do not have; it holds what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAcceptable(pub String);

impl NotAcceptable {
    pub fn issue(&self) -> Issue {
        let text = format!(
            "{} is not available; this server answers application/fhir+json",
            self.0
        );
        Issue::error(IssueCode::NotSupported, text)
    }
}

impl IntoResponse for NotAcceptable {
    fn into_response(self) -> Response {
        reply::fault(StatusCode::NOT_ACCEPTABLE, self.issue())
    }
}

fn check_format(format: &str) -> Result<(), NotAcceptable> {
    // A raw `+` in a query decodes to a blank.
    let plain = format.split(';').next().unwrap_or_default().trim();
    match plain.replace(' ', "+").as_str() {
        "json"
        | "application/json"
        | "text/json"
        | "application/fhir+json"
        | "html"
        | "text/html" => Ok(()),
        other => Err(NotAcceptable(other.chars().take(60).collect())),
    }
}

/// Whether any of the media ranges of `Accept` covers JSON; none at all means anything goes.
fn check_accept(headers: &HeaderMap) -> Result<(), NotAcceptable> {
    let mut asked = None;
    for value in headers.get_all(header::ACCEPT) {
        let text = value.to_str().unwrap_or_default();
        if text == "application/fhir+json" || covers_json(text) {
            return Ok(());
        }
        asked = Some(text);
    }
    match asked {
        None | Some("") => Ok(()),
        Some(text) => Err(NotAcceptable(text.chars().take(60).collect())),
    }
}

fn covers_json(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let refused = parts.any(|p| matches!(p, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        !refused
            && [
                "application/fhir+json",
                "application/json",
                "application/json+fhir",
                "text/json",
                "application/*",
                "*/*",
            ]
            .iter()
            .any(|known| media.eq_ignore_ascii_case(known))
    })
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = NotAcceptable;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotAcceptable> {
        Self::read(&parts.headers, parts.uri.query())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn accept(text: &str) -> Result<Wanted, NotAcceptable> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, text.parse().unwrap());
        Wanted::read(&headers, None)
    }

    #[test]
    fn json_in_any_spelling_is_spoken_and_xml_is_not() {
        for text in [
            "application/fhir+json",
            "application/json;q=0.9",
            "*/*",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "application/fhir+xml, application/fhir+json",
        ] {
            assert!(accept(text).is_ok(), "{text}");
        }
        assert!(accept("application/fhir+xml").is_err());
        assert!(accept("application/fhir+json;q=0").is_err());
    }

    #[test]
    fn format_overrules_accept() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, "application/fhir+xml".parse().unwrap());
        assert!(Wanted::read(&headers, Some("_format=application/fhir+json")).is_ok());
        assert!(Wanted::read(&HeaderMap::new(), Some("_format=xml")).is_err());
    }

    #[test]
    fn preferences_are_read() {
        let mut headers = HeaderMap::new();
        let value = "return=minimal; handling=lenient".parse().unwrap();
        headers.insert("prefer", value);
        let wanted = Wanted::read(&headers, Some("_pretty=true&_elements=id,name")).unwrap();
        assert_eq!(wanted.returning, Some(Returning::Minimal));
        assert_eq!(wanted.handling, Handling::Lenient);
        assert!(wanted.pretty && !wanted.is_whole());
        assert_eq!(wanted.elements, ["id", "name"]);
    }
}
