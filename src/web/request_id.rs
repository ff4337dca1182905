//! A name for each request, for logs and for people who ask for help.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderName, HeaderValue, request::Parts};

pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request being answered.
#[derive(Debug, Clone)]
pub struct RequestId(pub HeaderValue);

impl RequestId {
    /// The client's own id when it is short and plain, otherwise a new one.
    pub fn of(headers: &HeaderMap) -> Self {
        match headers.get(&HEADER) {
            Some(value) if is_plain(value.as_bytes()) => Self(value.clone()),
            _ => Self(fresh()),
        }
    }
    /// The id the front gave.
    pub fn of_parts(parts: &Parts) -> Self {
        let given = parts.extensions.get::<Self>().cloned();
        given.unwrap_or_else(|| Self::of(&parts.headers))
    }
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of_parts(parts))
    }
}

fn is_plain(text: &[u8]) -> bool {
    (1..=64).contains(&text.len())
        && text
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// A prefix of this process and a running number: unique without asking the system for
/// randomness each time.
fn fresh() -> HeaderValue {
    static PREFIX: OnceLock<u64> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let prefix = PREFIX.get_or_init(|| uuid::Uuid::new_v4().as_u64_pair().0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    HeaderValue::from_str(&format!("{prefix:016x}-{number:x}"))
        .unwrap_or(HeaderValue::from_static("unnamed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_id_of_the_client_is_kept_and_an_odd_one_replaced() {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_static("abc-1"));
        assert_eq!(RequestId::of(&headers).as_str(), "abc-1");
        headers.insert(HEADER, HeaderValue::from_static("a b\tc"));
        assert_ne!(RequestId::of(&headers).as_str(), "a b\tc");
    }

    #[test]
    fn new_ids_differ() {
        assert_ne!(fresh(), fresh());
    }
}
