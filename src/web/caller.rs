//! From a bearer token to the caller's Access: the one way into the record over HTTP.

use access::{Access, Denial};
use axum::{extract::FromRequestParts, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fhir::{Issue, IssueCode};
use http::{HeaderMap, StatusCode, header, request::Parts};

use smart::ErrorCode;

use crate::{House, refused::Refused, reply};

/// Whoever presented a good token, and what it lets them do at this request's one instant.
#[derive(Debug, Clone)]
pub struct Caller(pub Access);

impl FromRequestParts<House> for Caller {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Response> {
        open(&parts.headers, house).await.map(Self)
    }
}

/// SHA-256 of a token, base64url: the form tokens are stored in.
pub fn token_hash(token: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

async fn open(headers: &HeaderMap, house: &House) -> Result<Access, Response> {
    let token = match bearer(headers) {
        Bearer::Token(token) => token,
        Bearer::None => return Err(no_token()),
        Bearer::Malformed => return Err(bad_token("the Authorization header holds no token")),
    };
    let now = house.clock.now();
    match house
        .storage
        .standing_of_token(&token_hash(token), now)
        .await
    {
        Ok(Some(standing)) => {
            Access::open(standing, house.pack.clone(), now).map_err(|denial| refusal(&denial))
        }
        Ok(None) => Err(bad_token("the token is not one of ours, or is gone")),
        Err(error) => Err(unavailable(&error)),
    }
}

enum Bearer<'a> {
    Token(&'a str),
    None,
    Malformed,
}

/// RFC 6750 section 2.1; the scheme's case does not matter.
fn bearer(headers: &HeaderMap) -> Bearer<'_> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Bearer::None;
    };
    let Ok(text) = value.to_str() else {
        return Bearer::Malformed;
    };
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => match token.trim() {
            "" => Bearer::Malformed,
            token if token.len() > 4096 => Bearer::Malformed,
            token => Bearer::Token(token),
        },
        _ => Bearer::Malformed,
    }
}

fn no_token() -> Response {
    let response = reply::fault(
        StatusCode::UNAUTHORIZED,
        Issue::error(
            IssueCode::Login,
            "this needs an access token (Authorization: Bearer …)",
        ),
    );
    reply::with_header(
        response,
        header::WWW_AUTHENTICATE,
        "Bearer realm=\"kinchart\"",
    )
}

fn bad_token(text: &str) -> Response {
    unauthorized(IssueCode::Login, text)
}

fn refused(code: ErrorCode, text: &str, response: Response) -> Response {
    let refused = Refused {
        client: None,
        code,
        description: text.to_owned(),
    };
    refused.mark(response)
}

fn unauthorized(code: IssueCode, text: &str) -> Response {
    let response = reply::fault(StatusCode::UNAUTHORIZED, Issue::error(code, text));
    let challenge = format!(
        "Bearer realm=\"kinchart\", error=\"invalid_token\", error_description=\"{}\"",
        quotable(text)
    );
    let response = reply::with_header(response, header::WWW_AUTHENTICATE, &challenge);
    refused(ErrorCode::InvalidToken, text, response)
}

/// A denial as a response: 401 asks for another token, 403 for more scope, 404 says nothing.
pub fn refusal(denial: &Denial) -> Response {
    match denial.http {
        401 => {
            let code = if denial.reason.0.contains("EXPIRED") {
                IssueCode::Expired
            } else {
                IssueCode::Login
            };
            unauthorized(code, &denial.message)
        }
        404 => absent(),
        _ => {
            let response = reply::fault(
                StatusCode::FORBIDDEN,
                Issue::error(IssueCode::Forbidden, denial.message.clone()),
            );
            let challenge = format!(
                "Bearer realm=\"kinchart\", error=\"insufficient_scope\", error_description=\"{}\"",
                quotable(&denial.message)
            );
            let response = reply::with_header(response, header::WWW_AUTHENTICATE, &challenge);
            refused(ErrorCode::InsufficientScope, &denial.message, response)
        }
    }
}

/// The one text for what is not there and for what may not be seen.
pub const ABSENT: &str = "there is no such resource";

/// The one answer for what is not there and for what may not be seen.
pub fn absent() -> Response {
    reply::fault(
        StatusCode::NOT_FOUND,
        Issue::error(IssueCode::NotFound, ABSENT),
    )
}

fn unavailable(error: &storage::Error) -> Response {
    let mut response = reply::fault(
        StatusCode::SERVICE_UNAVAILABLE,
        Issue::error(
            IssueCode::Transient,
            "the token cannot be checked just now; try again",
        ),
    );
    response
        .extensions_mut()
        .insert(reply::Fault(format!("standing: {error}")));
    reply::with_header(response, header::RETRY_AFTER, "2")
}

/// RFC 6750 allows neither quotes, nor backslashes, nor anything beyond ASCII in a description.
fn quotable(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '"' => '\'',
            '\\' => '/',
            ' '..='~' => c,
            _ => '.',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &'static str) -> &'static str {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, http::HeaderValue::from_static(text));
        match bearer(&headers) {
            Bearer::Token("abc") => "token",
            Bearer::Token(_) => "other",
            Bearer::None => "none",
            Bearer::Malformed => "malformed",
        }
    }

    #[test]
    fn only_a_bearer_token_counts() {
        assert_eq!(found("Bearer abc"), "token");
        assert_eq!(found("bearer  abc "), "token");
        assert_eq!(found("Basic abc"), "malformed");
        assert_eq!(found("Bearer "), "malformed");
        assert!(matches!(bearer(&HeaderMap::new()), Bearer::None));
    }

    #[test]
    fn a_description_cannot_break_out_of_its_quotes() {
        assert_eq!(quotable("a\"b\\c\u{e9}\n"), "a'b/c..");
    }

    #[test]
    fn the_hash_is_sha_256_in_base64url() {
        assert_eq!(
            token_hash("abc"),
            "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
        );
    }
}
