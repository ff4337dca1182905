//! Binary in its own media type (R4 2.39): the content itself unless a form of FHIR was asked for.

use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use fhir::{Document, ResourceType, json::quote};
use http::{HeaderMap, HeaderValue, header};
use storage::Seen;
use web::body::ContentBody;

use crate::{call::Call, error::Error};

/// Whether the content is wanted rather than the resource: no `_format`, and no mention of
/// FHIR or JSON in `Accept`.
pub(crate) fn is_wanted_raw(headers: &HeaderMap, query: &Option<String>) -> bool {
    let formatted = query
        .as_deref()
        .is_some_and(|query| query.starts_with("_format=") || query.contains("&_format="));
    let json = headers.get_all(header::ACCEPT).iter().any(|value| {
        let text = value.to_str().unwrap_or_default();
        text.contains("fhir") || text.contains("json")
    });
    !formatted && !json
}

/// The resource a request brings: its body, or a Binary made of content of any other type
/// (R4 2.39.1), `X-Security-Context` naming whose it is. Errors: 415 for content where no Binary is.
#[expect(
    clippy::result_large_err,
    reason = "beside the rejection of an extractor, which is a response"
)]
pub(crate) fn taken(
    call: &Call,
    name: &str,
    id: Option<&str>,
    body: ContentBody,
) -> Result<Document, Response> {
    let (media, bytes) = match body {
        ContentBody::Other(media, bytes) if name == ResourceType::BINARY.name() => (media, bytes),
        other => return other.resource(),
    };
    let mut text = String::from("{\"resourceType\":\"Binary\"");
    let mut member = |name: &str, value: &str| {
        text.push_str(&format!(",\"{name}\":{}", quote(value)));
    };
    if let Some(id) = id {
        member("id", id);
    }
    member("contentType", &media);
    if !bytes.is_empty() {
        member("data", &STANDARD.encode(&bytes));
    }
    if let Some(context) = call.header("x-security-context") {
        let reference = quote(&context);
        text.push_str(&format!(
            ",\"securityContext\":{{\"reference\":{reference}}}"
        ));
    }
    text.push('}');
    let unreadable = Error::value("the content makes no Binary", "Binary");
    Document::parse(text).map_err(|_| unreadable.into_response())
}

/// The content, in the type the resource states; a browser may not run it as a page of ours.
pub(crate) fn raw(seen: &Seen) -> Result<Response, Error> {
    let text = std::str::from_utf8(seen.body()).unwrap_or_default();
    let document =
        Document::parse(text).map_err(|_| Error::House("a stored Binary cannot be parsed"))?;
    let root = document.root();
    let content = match root.text_at("data") {
        Some(data) => {
            let data: String = data.split_ascii_whitespace().collect();
            STANDARD
                .decode(data)
                .map_err(|_| Error::House("a stored Binary is not base64"))?
        }
        None => Vec::new(),
    };
    let media = root
        .text_at("contentType")
        .and_then(|media| HeaderValue::from_str(&media).ok())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let policy = HeaderValue::from_static("sandbox; default-src 'none'");
    Ok((
        [
            (header::CONTENT_TYPE, media),
            (header::CONTENT_SECURITY_POLICY, policy),
        ],
        content,
    )
        .into_response())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_resource_comes_only_when_asked_for() {
        let mut headers = HeaderMap::new();
        assert!(is_wanted_raw(&headers, &None));
        assert!(!is_wanted_raw(&headers, &Some("_format=json".into())));
        headers.insert(header::ACCEPT, "text/plain".parse().unwrap());
        assert!(is_wanted_raw(&headers, &None));
        headers.insert(header::ACCEPT, "application/fhir+json".parse().unwrap());
        assert!(!is_wanted_raw(&headers, &None));
    }
}
