//! Answers in plain JSON to those who come without an account.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use web::reply::Fault;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// JSON with a status.
pub(crate) fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// What went wrong, in the words of OAuth's errors.
pub(crate) fn refused(status: StatusCode, error: &str, text: &str) -> Response {
    let body = json!({"error": error, "error_description": text});
    answer(status, &body)
}

/// The database cannot be asked.
pub(crate) fn unavailable(error: &storage::Error) -> Response {
    let text = "the record cannot be reached just now; try again";
    let mut response = refused(
        StatusCode::SERVICE_UNAVAILABLE,
        "temporarily_unavailable",
        text,
    );
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response.extensions_mut().insert(Fault(error.to_string()));
    response
}
