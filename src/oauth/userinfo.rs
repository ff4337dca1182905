//! Who the person behind an access token is (OpenID Connect Core section 5.3).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use smart::jwk::hash_of_secret;
use smart::scope::Scopes;
use web::reply::with_header;
use web::{Caller, House};

use crate::error::{Failure, json as json_answer};
use crate::issue;

/// `GET` and `POST /oauth2/userinfo`, for tokens with the scope `openid` that a person is behind.
///
/// # Errors
/// 403 for any other token that is good.
pub async fn userinfo(
    State(house): State<House>,
    _door: Caller,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    // Whether the token is good was judged at the door.
    let hash = hash_of_secret(token(&headers).unwrap_or_default());
    let found = house.storage.grants().token(&hash).await?;
    let claims = found.and_then(|token| {
        let scopes = Scopes::parse(&token.scopes);
        let sub = token.grant.account.clone();
        let sub = sub.filter(|_| scopes.has("openid"))?;
        let mut claims = json!({ "sub": sub });
        if let Some(user) = issue::fhir_user(&house, &token.grant, &scopes) {
            claims["fhirUser"] = user.into();
        }
        Some((claims, sub, scopes.has("profile")))
    });
    let Some((mut claims, account, named)) = claims else {
        return Ok(refusal());
    };
    if named && let Some(account) = house.storage.accounts().find(&account).await? {
        claims["name"] = account.display.into();
    }
    Ok(json_answer(StatusCode::OK, claims.to_string()))
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (_, token) = text.split_once(' ')?;
    Some(token.trim())
}

/// RFC 6750 section 3.1.
fn refusal() -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let text = "this token does not carry the scope openid, or nobody signed in for it";
    let body =
        json!({ "error": "insufficient_scope", "error_description": text, "scope": "openid" });
    let mut response = (StatusCode::FORBIDDEN, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"openid\"";
    with_header(response, header::WWW_AUTHENTICATE, challenge)
}
