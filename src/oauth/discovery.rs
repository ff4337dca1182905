//! Discovery: SMART configuration, OpenID Provider metadata, signing keys.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use web::House;

use crate::error::Failure;
use crate::keys;

/// How long clients may keep these documents, as a header.
const KEEP: HeaderValue = HeaderValue::from_static("public, max-age=300");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `GET /fhir/.well-known/smart-configuration`: JSON whatever `Accept` says.
pub async fn smart_configuration(State(house): State<House>) -> Response {
    let base_url = &*house.base_url;
    let website = house.brand.website.as_deref().unwrap_or(base_url);
    document(smart::discovery::smart_configuration(base_url, website))
}

/// `GET /.well-known/openid-configuration`
pub async fn openid_configuration(State(house): State<House>) -> Response {
    document(smart::discovery::openid_configuration(&house.base_url))
}

/// `GET /.well-known/jwks.json`
pub async fn jwks(State(house): State<House>) -> Result<Response, Failure> {
    let keys = keys::all(&house.storage, house.clock.now()).await?;
    let set = smart::jwk::public_set(&keys).map_err(|e| Failure::House(e.to_string()))?;
    Ok(document(set))
}

fn document(text: String) -> Response {
    let mut response = (StatusCode::OK, text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, KEEP);
    response
}
