//! The form a program sends to an endpoint of the authorization server, and the attempt it is.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use smart::params::Params;
use smart::{Error, ErrorCode};
use web::House;
use web::request_id::RequestId;

use crate::client_auth;
use crate::error::Attempt;

/// A request to the token, introspection, revocation or pushed authorization request endpoint, of a client
/// that is still to prove itself.
pub struct ClientForm {
    pub headers: HeaderMap,
    pub params: Params,
    /// Concludes the request, under the name the client goes by.
    pub attempt: Attempt,
}

impl FromRequest<House> for ClientForm {
    type Rejection = Response;
    /// `invalid_request` (400) for what is no form.
    async fn from_request(request: Request, house: &House) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Ok(id) = RequestId::from_request_parts(&mut parts, house).await;
        let headers = parts.headers.clone();
        let body = Bytes::from_request(Request::from_parts(parts, body), house)
            .await
            .map_err(IntoResponse::into_response)?;
        match form(&headers, &body) {
            Ok(params) => {
                let client = client_auth::claimed(&headers, &params);
                Ok(Self {
                    attempt: Attempt::new(house, id, client),
                    headers,
                    params,
                })
            }
            Err(error) => Err(Attempt::new(house, id, None).conclude(Err(error.into()))),
        }
    }
}

fn form(headers: &HeaderMap, body: &Bytes) -> Result<Params, Error> {
    let invalid = |text: &str| Error::new(ErrorCode::InvalidRequest, text);
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next());
    if !kind.is_some_and(|k| {
        k.trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }) {
        return Err(invalid(
            "send a form: Content-Type: application/x-www-form-urlencoded",
        ));
    }
    let text = std::str::from_utf8(body).map_err(|_| invalid("the form is not UTF-8"))?;
    Ok(Params::parse(text))
}
