//! What the developer pages add to the style sheet of all pages.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

const STYLE: &str = include_str!("assets/developer.css");

/// `GET /developer/assets/developer.css`: kept by browsers; its address changes when it does.
pub async fn style() -> Response {
    const CSS: HeaderValue = HeaderValue::from_static("text/css; charset=utf-8");
    const LONG: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
    let mut response = STYLE.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, CSS);
    response.headers_mut().insert(header::CACHE_CONTROL, LONG);
    response
}
