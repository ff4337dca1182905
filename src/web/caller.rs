//! From a bearer token to the caller's Access: the one way into the record over HTTP.

use access::{Access, Denial};
use axum::{extract::FromRequestParts, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fhir::{Issue, IssueCode};
use http::{HeaderMap, Method, StatusCode, header, request::Parts};
use jiff::Timestamp;

use smart::ErrorCode;

use crate::{House, proof, refused::Refused, reply};

/// Whoever presented a good token, and what it lets them do at this request's one instant.
#[derive(Debug, Clone)]
pub struct Caller(pub Access);

impl FromRequestParts<House> for Caller {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, house: &House) -> Result<Self, Response> {
        let place = (&parts.method, parts.uri.path());
        open(&parts.headers, place, house).await.map(Self)
    }
}

/// Leave to go on with what a good request began: who asked is looked up anew each time, so that a
/// token revoked, a client disabled or a consent withdrawn meanwhile ends it, but all is judged at the
/// instant it was asked.
#[derive(Debug, Clone)]
pub struct Warrant {
    /// SHA-256 of the token, base64url.
    pub token: String,
    pub at: Timestamp,
}

impl Warrant {
    /// The warrant of a request whose caller was let in.
    pub fn of(headers: &HeaderMap, access: &Access) -> Option<Self> {
        let Shown::Token(_, token) = shown(headers) else {
            return None;
        };
        Some(Self {
            token: token_hash(token),
            at: access.now(),
        })
    }

    /// The access it still gives; `None` when it gives none any more.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn access(&self, house: &House) -> storage::Result<Option<Access>> {
        let standing = house.storage.standing_of_token(&self.token, self.at);
        let Some(standing) = standing.await? else {
            return Ok(None);
        };
        Ok(Access::open(standing, house.pack.clone(), self.at).ok())
    }
}

/// SHA-256 of a token, base64url: the form tokens are stored in.
pub fn token_hash(token: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

/// `place`: method and path, which a proof of a key must name.
async fn open(
    headers: &HeaderMap,
    place: (&Method, &str),
    house: &House,
) -> Result<Access, Response> {
    let (scheme, token) = match shown(headers) {
        Shown::Token(scheme, token) => (scheme, token),
        Shown::None => return Err(no_token()),
        Shown::Malformed => return Err(bad_token("the Authorization header holds no token")),
    };
    let now = house.clock.now();
    let hash = token_hash(token);
    let standing = match house.storage.standing_of_token(&hash, now).await {
        Ok(Some(standing)) => standing,
        Ok(None) => return Err(bad_token("the token is not one of ours, or is gone")),
        Err(error) => return Err(unavailable(&error)),
    };
    let key = standing.client.as_ref().and_then(|c| c.bound_to.as_deref());
    if scheme == Scheme::DPoP || key.is_some() {
        let bound = Bound { scheme, key, hash };
        bound.check(headers, place, house).await?;
    }
    Access::open(standing, house.pack.clone(), now).map_err(|denial| refusal(&denial))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Bearer,
    DPoP,
}

/// A token shown with a proof of a key, or that should have been.
struct Bound<'a> {
    scheme: Scheme,
    key: Option<&'a str>,
    hash: String,
}

impl Bound<'_> {
    /// RFC 9449 section 7: scheme, token and proof belong together.
    async fn check(
        &self,
        headers: &HeaderMap,
        (method, path): (&Method, &str),
        house: &House,
    ) -> Result<(), Response> {
        let wrong = |text: &str| unproven(ErrorCode::InvalidToken, text);
        let (Scheme::DPoP, Some(key)) = (self.scheme, self.key) else {
            return Err(wrong(match self.key {
                Some(_) => "the token is bound to a key: send Authorization: DPoP with a proof",
                None => "the token is not bound to a key: send Authorization: Bearer",
            }));
        };
        match proof::check(house, headers, method, path, Some(&self.hash)).await {
            Ok(Some(proven)) if proven == key => Ok(()),
            Ok(Some(_)) => {
                let text = "the token is bound to another key than the DPoP proof's";
                Err(wrong(text))
            }
            Ok(None) => {
                let text = "the DPoP header with the proof is missing";
                Err(unproven(ErrorCode::InvalidDpopProof, text))
            }
            Err(proof::Fault::Refused(error)) => Err(unproven(error.code, &error.description)),
            Err(proof::Fault::Storage(error)) => Err(unavailable(&error)),
        }
    }
}

enum Shown<'a> {
    Token(Scheme, &'a str),
    None,
    Malformed,
}

/// RFC 6750 section 2.1 and RFC 9449 section 7.1; the scheme's case does not matter.
fn shown(headers: &HeaderMap) -> Shown<'_> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Shown::None;
    };
    let Ok(text) = value.to_str() else {
        return Shown::Malformed;
    };
    let Some((scheme, token)) = text.split_once(' ') else {
        return Shown::Malformed;
    };
    let scheme = if scheme.eq_ignore_ascii_case("bearer") {
        Scheme::Bearer
    } else if scheme.eq_ignore_ascii_case("dpop") {
        Scheme::DPoP
    } else {
        return Shown::Malformed;
    };
    match token.trim() {
        "" => Shown::Malformed,
        token if token.len() > 4096 => Shown::Malformed,
        token => Shown::Token(scheme, token),
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

/// RFC 9449 section 7.1: the challenge where a proof was wrong or is needed.
fn unproven(code: ErrorCode, text: &str) -> Response {
    let issue = Issue::error(IssueCode::Login, text);
    let response = reply::fault(StatusCode::UNAUTHORIZED, issue);
    let challenge = format!(
        "DPoP realm=\"kinchart\", error=\"{}\", error_description=\"{}\", algs=\"{}\"",
        code.as_str(),
        quotable(text),
        smart::dpop::ALGORITHMS.join(" ")
    );
    let response = reply::with_header(response, header::WWW_AUTHENTICATE, &challenge);
    refused(code, text, response)
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
        match shown(&headers) {
            Shown::Token(Scheme::Bearer, "abc") => "token",
            Shown::Token(Scheme::DPoP, "abc") => "bound",
            Shown::Token(..) => "other",
            Shown::None => "none",
            Shown::Malformed => "malformed",
        }
    }

    #[test]
    fn only_a_token_by_itself_or_with_a_proof_counts() {
        assert_eq!(found("Bearer abc"), "token");
        assert_eq!(found("bearer  abc "), "token");
        assert_eq!(found("dpop abc"), "bound");
        assert_eq!(found("Basic abc"), "malformed");
        assert_eq!(found("Bearer "), "malformed");
        assert!(matches!(shown(&HeaderMap::new()), Shown::None));
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
