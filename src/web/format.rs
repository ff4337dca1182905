//! JSON or XML: what a request asks for (R4 3.1.0.1.9, 3.1.0.1.11), and answers in that form.

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use fhir::{Document, Issue, IssueCode, xml};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt;

use crate::{pretty, reply};

pub const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json;charset=utf-8");
pub const FHIR_XML: HeaderValue = HeaderValue::from_static("application/fhir+xml;charset=utf-8");

/// What this server reads and writes, for messages.
pub const SPOKEN: &str = "application/fhir+json and application/fhir+xml";

/// The versions of FHIR a media type may name (`fhirVersion=4.0`). R4B left nearly every type of R4 as it was, and
/// clients made for both name it; what it changed is judged as R4 all the same.
pub(crate) const VERSIONS: [&str; 2] = ["4.0", "4.3"];

/// A form a resource is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    #[default]
    Json,
    Xml,
}

/// A representation we do not have; it holds what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAcceptable(pub String);

impl NotAcceptable {
    pub fn issue(&self) -> Issue {
        let text = format!("{} is not available; this server answers {SPOKEN}", self.0);
        Issue::error(IssueCode::NotSupported, text)
    }
}

impl IntoResponse for NotAcceptable {
    fn into_response(self) -> Response {
        reply::fault(StatusCode::NOT_ACCEPTABLE, self.issue())
    }
}

impl Format {
    /// The form of a media type without parameters, in lower case.
    pub fn of_media_type(media: &str) -> Option<Self> {
        Some(match media {
            "application/fhir+json"
            | "application/json"
            | "application/json+fhir"
            | "text/json" => Self::Json,
            "application/fhir+xml" | "application/xml" | "application/xml+fhir" | "text/xml" => {
                Self::Xml
            }
            _ => return None,
        })
    }

    /// What `_format` names. Errors: what we cannot speak.
    pub fn named(format: &str) -> Result<Self, NotAcceptable> {
        // A raw `+` in a query decodes to a blank.
        let plain = format.split(';').next().unwrap_or_default().trim();
        let plain = plain.replace(' ', "+").to_ascii_lowercase();
        match plain.as_str() {
            "json" | "html" | "text/html" => Ok(Self::Json),
            "xml" => Ok(Self::Xml),
            media => Self::of_media_type(media).ok_or_else(|| NotAcceptable(shown(&plain))),
        }
    }

    /// What `Accept` prefers; nothing at all is JSON. Errors: where neither form will do.
    pub fn accepted(headers: &HeaderMap) -> Result<Self, NotAcceptable> {
        let mut ranges = Vec::new();
        for value in headers.get_all(header::ACCEPT) {
            let text = value.to_str().unwrap_or_default();
            if matches!(text, "application/fhir+json" | "*/*") {
                return Ok(Self::Json);
            }
            ranges.push(text);
        }
        let ranges = ranges.join(",");
        if ranges.trim().is_empty() {
            return Ok(Self::Json);
        }
        let json = Offer::of(Self::Json, &ranges);
        let xml = Offer::of(Self::Xml, &ranges);
        match (json.quality > 0, xml.quality > 0) {
            (false, false) => Err(NotAcceptable(shown(&ranges))),
            (true, _) if !xml.beats(&json) => Ok(Self::Json),
            _ => Ok(Self::Xml),
        }
    }

    pub fn content_type(self) -> HeaderValue {
        match self {
            Self::Json => FHIR_JSON,
            Self::Xml => FHIR_XML,
        }
    }

    /// A resource's JSON text in this form, indented if `indented`.
    pub fn write(self, json: Bytes, indented: bool) -> Bytes {
        match self {
            Self::Json if indented => pretty::indent(&json).into(),
            Self::Json => json,
            Self::Xml => {
                let text = String::from_utf8_lossy(&json).into_owned();
                let document = Document::parse(text);
                document.map_or(json, |document| xml::write(&document, indented).into())
            }
        }
    }
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

/// How much a form is wanted by the media ranges of `Accept` (RFC 9110 section 12.5.1).
#[derive(Debug, Clone, Copy, Default)]
struct Offer {
    /// In thousandths; 0 is refused.
    quality: u32,
    /// Named is more than `application/*`, which is more than `*/*`.
    named: u32,
    /// Where in the list it stands.
    place: usize,
}

impl Offer {
    /// The most specific range decides; among several the best.
    fn of(format: Format, ranges: &str) -> Self {
        let mut best = Self::default();
        for (place, range) in ranges.split(',').enumerate() {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default().to_ascii_lowercase();
            let named = match media.as_str() {
                "*/*" => 1,
                "application/*" | "text/*" => 2,
                media if Format::of_media_type(media) == Some(format) => 3,
                _ => continue,
            };
            let mut quality = 1000;
            for part in parts {
                match part
                    .split_once('=')
                    .map(|(name, value)| (name.trim(), value.trim()))
                {
                    Some(("q" | "Q", value)) => quality = thousandths(value),
                    Some((name, value))
                        if name.eq_ignore_ascii_case("fhirversion")
                            && !VERSIONS.contains(&value.trim_matches('"')) =>
                    {
                        quality = 0;
                    }
                    _ => {}
                }
            }
            if named > best.named || (named == best.named && quality > best.quality) {
                best = Self {
                    quality,
                    named,
                    place,
                };
            }
        }
        best
    }

    /// JSON is ours: XML must be wanted more, or be named first.
    fn beats(&self, json: &Self) -> bool {
        if self.quality != json.quality {
            return self.quality > json.quality;
        }
        if self.named != json.named {
            return self.named > json.named;
        }
        self.named == 3 && self.place < json.place
    }
}

/// `0.85` as 850; what is no weight counts whole.
fn thousandths(text: &str) -> u32 {
    let weight: f32 = text.parse().unwrap_or(1.0);
    // Clamped first, so that the cast cannot go wrong.
    (weight.clamp(0.0, 1.0) * 1000.0) as u32
}

/// What a request wants of answers that its handler did not write itself: faults found before it
/// was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dress {
    pub format: Format,
    pub indented: bool,
}

impl Dress {
    /// `None` for the plain JSON that answers come in anyway. What cannot be spoken is answered in
    /// JSON.
    pub fn of(headers: &HeaderMap, query: Option<&str>) -> Option<Self> {
        let query = query.filter(|query| query.contains("_format") || query.contains("_pretty"));
        if query.is_none() && !headers.contains_key(header::ACCEPT) {
            return None;
        }
        let mut named = None;
        let mut indented = false;
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*name {
                "_format" => named = Some(Format::named(&value).unwrap_or_default()),
                "_pretty" => indented = value == "true",
                _ => {}
            }
        }
        let format = named.unwrap_or_else(|| Format::accepted(headers).unwrap_or_default());
        let plain = format == Format::Json && !indented;
        (!plain).then_some(Self { format, indented })
    }

    /// A fault in the form that was asked for; every other answer as it is.
    pub async fn on(self, response: Response) -> Response {
        let status = response.status();
        let fault = status.is_client_error() || status.is_server_error();
        if !fault || response.headers().get(header::CONTENT_TYPE) != Some(&FHIR_JSON) {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        let Ok(body) = body.collect().await else {
            return Response::from_parts(parts, Body::empty());
        };
        let body = self.format.write(body.to_bytes(), self.indented);
        let media = self.format.content_type();
        parts.headers.insert(header::CONTENT_TYPE, media);
        parts.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(parts, Body::from(body))
    }
}

/// Gives faults the form the request asked for. Stands between the handlers and what packs answers.
pub async fn layer(request: Request, next: Next) -> Response {
    let dress = Dress::of(request.headers(), request.uri().query());
    let response = next.run(request).await;
    match dress {
        None => response,
        Some(dress) => dress.on(response).await,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn accepted(text: &str) -> Result<Format, NotAcceptable> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, text.parse().unwrap());
        Format::accepted(&headers)
    }

    #[test]
    fn the_form_wanted_most_is_chosen() {
        for text in [
            "application/fhir+json",
            "application/json;q=0.9",
            "text/json",
            "*/*",
            "application/*",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "application/fhir+json, application/fhir+xml",
            "application/fhir+xml;q=0.4, application/fhir+json;q=0.6",
            "application/fhir+xml;q=0, */*",
            "application/fhir+json;fhirVersion=4.0",
            "application/fhir+json; fhirVersion=4.3",
            "application/fhir+xml;fhirVersion=5.0, application/fhir+json;q=0.1",
            "",
        ] {
            assert_eq!(accepted(text), Ok(Format::Json), "{text}");
        }
        for text in [
            "application/fhir+xml",
            "APPLICATION/XML",
            "text/xml; charset=utf-8",
            "application/fhir+xml, application/fhir+json",
            "application/fhir+json;q=0.5, application/fhir+xml;q=0.6",
            "application/fhir+json;q=0, */*",
            "*/*;q=0.5, application/fhir+xml;q=0.5",
        ] {
            assert_eq!(accepted(text), Ok(Format::Xml), "{text}");
        }
        for text in [
            "text/turtle",
            "application/fhir+json;q=0",
            "application/fhir+xml; q=0.0",
            "application/fhir+json;fhirVersion=5.0",
        ] {
            assert!(accepted(text).is_err(), "{text}");
        }
    }

    #[test]
    fn format_names_either_form_in_many_ways() {
        for text in ["json", "application/fhir json", "text/json", "html"] {
            assert_eq!(Format::named(text), Ok(Format::Json), "{text}");
        }
        for text in [
            "xml",
            "text/xml",
            "application/fhir+xml;charset=utf-8",
            "application/xml",
        ] {
            assert_eq!(Format::named(text), Ok(Format::Xml), "{text}");
        }
        assert!(Format::named("ttl").is_err());
    }

    #[test]
    fn only_what_differs_from_plain_json_costs_anything() {
        let mut headers = HeaderMap::new();
        assert_eq!(Dress::of(&headers, Some("name=a")), None);
        headers.insert(header::ACCEPT, "application/fhir+json".parse().unwrap());
        assert_eq!(Dress::of(&headers, None), None);
        let format = |query| Dress::of(&headers, Some(query)).map(|dress| dress.format);
        assert_eq!(format("_format=xml"), Some(Format::Xml));
        assert_eq!(format("_pretty=true"), Some(Format::Json));
    }
}
