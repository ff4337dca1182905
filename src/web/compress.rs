//! Gzip for answers, when the client asks and it is worth it.

use std::io::Write;

use axum::{body::Body, response::Response};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt;

/// Smaller bodies gain nothing, in bytes.
const WORTH_IT_BYTES: usize = 500;
/// Larger bodies are packed off the threads that answer others, in bytes.
const INLINE_BYTES_MAX: usize = 128 * 1024;

/// Whether the client takes gzip.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::ACCEPT_ENCODING) else {
        return false;
    };
    let text = value.to_str().unwrap_or_default();
    text.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let refused = |p: &str| matches!(p, "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        parts.next() == Some("gzip") && !parts.any(refused)
    })
}

/// Pages with secrets in them stay plain: their size must not depend on what a stranger sends
/// along.
pub fn is_safe(path: &str) -> bool {
    path.starts_with("/fhir") || path.starts_with("/apps/") || path.starts_with("/.well-known/")
}

/// Packs an answer of known, sufficient size; others pass unchanged.
pub async fn pack(response: Response) -> Response {
    use axum::body::HttpBody;
    let packable = !response.headers().contains_key(header::CONTENT_ENCODING)
        && is_text(response.headers())
        && response
            .body()
            .size_hint()
            .exact()
            .is_some_and(|size| size >= WORTH_IT_BYTES as u64);
    if !packable {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(plain) = body.collect().await.map(|all| all.to_bytes()) else {
        return Response::from_parts(parts, Body::empty());
    };
    let packed = if plain.len() > INLINE_BYTES_MAX {
        let plain = plain.clone();
        let packing = tokio::task::spawn_blocking(move || squeeze(&plain));
        packing.await.ok().flatten()
    } else {
        squeeze(&plain)
    };
    let vary = HeaderValue::from_static("accept-encoding");
    parts.headers.insert(header::VARY, vary);
    match packed {
        Some(packed) => {
            let gzip = HeaderValue::from_static("gzip");
            parts.headers.insert(header::CONTENT_ENCODING, gzip);
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(packed))
        }
        None => Response::from_parts(parts, Body::from(plain)),
    }
}

fn squeeze(plain: &[u8]) -> Option<Bytes> {
    let mut packer = GzEncoder::new(Vec::with_capacity(plain.len() / 3), Compression::fast());
    packer.write_all(plain).ok()?;
    packer.finish().ok().map(Bytes::from)
}

fn is_text(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE);
    media.and_then(|m| m.to_str().ok()).is_some_and(|media| {
        media.starts_with("text/")
            || media.contains("json")
            || media.contains("javascript")
            || media.contains("svg")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Read;

    #[test]
    fn gzip_is_used_only_when_asked_for() {
        let asks = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(text));
            is_wanted(&headers)
        };
        assert!(asks("gzip, deflate"));
        assert!(asks("br;q=1, gzip;q=0.5"));
        assert!(!asks("gzip;q=0"));
        assert!(!asks("identity"));
        assert!(!is_wanted(&HeaderMap::new()));
    }

    #[test]
    fn what_is_packed_unpacks_to_the_same() {
        let plain = "{\"a\":1.50}".repeat(1000);
        let packed = squeeze(plain.as_bytes()).unwrap();
        assert!(packed.len() < plain.len() / 10);
        let mut back = String::new();
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_string(&mut back)
            .unwrap();
        assert_eq!(back, plain);
    }
}
