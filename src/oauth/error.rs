//! What goes wrong in the authorization server, and on which channel it is said.
//!
//! | what happened | channel | answer |
//! |---|---|---|
//! | client or redirect URI not certain | page | 400, words for the person |
//! | any other fault of an authorization request | redirect | `error`, `error_description`,
//! `state`, `iss` |
//! | client not proven | JSON | 401 `invalid_client`, `WWW-Authenticate` |
//! | no caller at introspection | JSON | 401 `invalid_client`, `WWW-Authenticate` |
//! | any other fault of a token request | JSON | 400 and the code of RFC 6749 |
//! | too many failures | JSON | 429 `temporarily_unavailable`, `Retry-After` |
//! | database away | JSON or page | 503 `temporarily_unavailable`, `Retry-After` |
//! | our fault | JSON or page | 500 `server_error` |

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use smart::{Error, ErrorCode};
use web::House;
use web::refused::Refused;
use web::reply::{Fault, with_header};
use web::request_id::RequestId;

/// Why a request to an endpoint for programs failed.
#[derive(Debug)]
pub enum Failure {
    OAuth(Error),
    /// Too many failures of this client lately.
    Throttled,
    Storage(storage::Error),
    /// A signing key that cannot sign, and the like.
    House(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::OAuth(error)
    }
}
impl From<storage::Error> for Failure {
    fn from(error: storage::Error) -> Self {
        Self::Storage(error)
    }
}

impl Failure {
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        Self::OAuth(Error::new(code, description))
    }
    /// Status, what the client is told, and what the log is told.
    fn parts(self) -> (StatusCode, Error, Option<String>) {
        let later = "the authorization server is busy; try again in a moment";
        match self {
            Self::OAuth(error) => {
                let status = match error.code {
                    ErrorCode::InvalidClient | ErrorCode::InvalidToken => StatusCode::UNAUTHORIZED,
                    ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
                    ErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::BAD_REQUEST,
                };
                (status, error, None)
            }
            Self::Throttled => (
                StatusCode::TOO_MANY_REQUESTS,
                Error::new(
                    ErrorCode::TemporarilyUnavailable,
                    "too many failed requests of this client; wait a minute",
                ),
                None,
            ),
            Self::Storage(
                fault @ (storage::Error::Unavailable(_)
                | storage::Error::Timeout
                | storage::Error::Busy),
            ) => (
                StatusCode::SERVICE_UNAVAILABLE,
                Error::new(ErrorCode::TemporarilyUnavailable, later),
                Some(fault.to_string()),
            ),
            Self::Storage(fault) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Error::new(ErrorCode::ServerError, "something went wrong on our side"),
                Some(fault.to_string()),
            ),
            Self::House(fault) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Error::new(ErrorCode::ServerError, "something went wrong on our side"),
                Some(fault),
            ),
        }
    }
    /// As a page for a person.
    pub fn page(self) -> Response {
        let (status, error, log) = self.parts();
        let status = match status {
            StatusCode::UNAUTHORIZED => StatusCode::BAD_REQUEST,
            status => status,
        };
        let text = match status {
            StatusCode::BAD_REQUEST => format!("{}.", error.description),
            _ => "Nothing was shared or changed. Wait a moment and try again.".to_owned(),
        };
        let response = web::page::sorry(status, "This did not work", &text);
        finish(response, status, log)
    }
}

/// For documents without a caller; endpoints for apps conclude an [`Attempt`].
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, error, log) = self.parts();
        let text = serde_json::json!({
            "error": error.code.as_str(),
            "error_description": error.description,
        });
        finish(json(status, text.to_string()), status, log)
    }
}

/// A request to an endpoint for programs: what its refusal repeats, and under whom it is logged.
#[derive(Debug, Clone)]
pub struct Attempt {
    base_url: Arc<str>,
    request_id: RequestId,
    client: Option<String>,
}

impl Attempt {
    /// `client`: as the request names it, proven or not.
    pub fn new(house: &House, request_id: RequestId, client: Option<String>) -> Self {
        Self {
            base_url: house.base_url.clone(),
            request_id,
            client,
        }
    }
    /// The answer, or the refusal as JSON.
    pub fn conclude(self, answered: Result<Response, Failure>) -> Response {
        let failure = match answered {
            Ok(response) => return response,
            Err(failure) => failure,
        };
        let (status, error, log) = failure.parts();
        let text = error.to_json(&self.base_url, self.request_id.as_str());
        let response = finish(json(status, text), status, log);
        refused(self.client, error).mark(response)
    }
}

/// How an error stands in the log of the client's developer.
pub fn refused(client: Option<String>, error: Error) -> Refused {
    Refused {
        client,
        code: error.code,
        description: error.description,
    }
}

fn finish(mut response: Response, status: StatusCode, log: Option<String>) -> Response {
    if let Some(log) = log {
        response.extensions_mut().insert(Fault(log));
    }
    match status {
        StatusCode::UNAUTHORIZED => with_header(
            response,
            header::WWW_AUTHENTICATE,
            "Basic realm=\"kinchart\", Bearer realm=\"kinchart\"",
        ),
        StatusCode::TOO_MANY_REQUESTS => with_header(response, header::RETRY_AFTER, "60"),
        StatusCode::SERVICE_UNAVAILABLE => with_header(response, header::RETRY_AFTER, "2"),
        _ => response,
    }
}

/// A JSON answer that nobody may keep (RFC 6749 section 5.1).
pub fn json(status: StatusCode, body: String) -> Response {
    const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
    const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
    const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=utf-8");
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::PRAGMA, NO_CACHE);
    response
}

/// The page for a person whose app asked wrongly and who cannot be sent back.
pub fn page(status: StatusCode, error: &Error, request_id: &RequestId) -> Response {
    let text = format!(
        "The app sent you here with a request we cannot accept. Nothing was shared. Go back to the app \
         and try again; if it happens once more, show this to the makers of the app: {} ({}, request {}).",
        error.description,
        error.code.as_str(),
        request_id.as_str()
    );
    web::page::sorry(status, "This app cannot be connected", &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_its_status() {
        let cases = [
            (
                Failure::new(ErrorCode::InvalidClient, "x"),
                StatusCode::UNAUTHORIZED,
            ),
            (
                Failure::new(ErrorCode::InvalidGrant, "x"),
                StatusCode::BAD_REQUEST,
            ),
            (Failure::Throttled, StatusCode::TOO_MANY_REQUESTS),
            (
                Failure::Storage(storage::Error::Timeout),
                StatusCode::SERVICE_UNAVAILABLE,
            ),
            (
                Failure::House("secret".to_owned()),
                StatusCode::INTERNAL_SERVER_ERROR,
            ),
        ];
        for (failure, status) in cases {
            let attempt = Attempt {
                base_url: "http://h".into(),
                request_id: RequestId(HeaderValue::from_static("r")),
                client: None,
            };
            let response = attempt.conclude(Err(failure));
            assert_eq!(response.status(), status);
            assert!(response.headers().contains_key(header::PRAGMA));
        }
    }
}
