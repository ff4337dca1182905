//! What the client wants back: in which form, how much of it, how strict (R4 3.1.0.1).

use axum::extract::FromRequestParts;
use fhir::search::{Handling, Summary};
use http::{HeaderMap, request::Parts};

use crate::format::Format;
pub use crate::format::NotAcceptable;

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
    pub format: Format,
    pub pretty: bool,
    pub summary: Summary,
    pub elements: Vec<String>,
    pub returning: Option<Returning>,
    pub handling: Handling,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            format: Format::Json,
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
        wanted.format = match format {
            Some(format) => Format::named(&format)?,
            None => Format::accepted(headers)?,
        };
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

    #[test]
    fn format_overrules_accept() {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::ACCEPT, "text/turtle".parse().unwrap());
        let wanted = Wanted::read(&headers, Some("_format=application/fhir+xml"));
        assert_eq!(wanted.unwrap().format, Format::Xml);
        assert!(Wanted::read(&headers, None).is_err());
        assert!(Wanted::read(&HeaderMap::new(), Some("_format=ttl")).is_err());
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
