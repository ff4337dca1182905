//! The one style sheet of the pages, and the one script: for passkeys, which no page can ask for without.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

const STYLE: &str = include_str!("assets/account.css");
const PASSKEY: &str = include_str!("assets/passkey.js");

/// `GET /account/assets/account.css`: kept by browsers; its address changes when it does.
pub async fn style() -> Response {
    const CSS: HeaderValue = HeaderValue::from_static("text/css; charset=utf-8");
    kept(STYLE, CSS)
}

/// `GET /account/assets/passkey.js`: kept likewise.
pub async fn passkey() -> Response {
    const SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=utf-8");
    kept(PASSKEY, SCRIPT)
}

fn kept(text: &'static str, kind: HeaderValue) -> Response {
    const LONG: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
    let mut response = text.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.headers_mut().insert(header::CACHE_CONTROL, LONG);
    response
}
