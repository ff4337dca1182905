//! UDAP at the edge: discovery, and what its clients may leave out of an authorization request.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;
use smart::client::{Leeway, Registered};
use storage::clients::{Client, Origin};
use web::House;

use crate::error::Failure;

/// `?community=` of the discovery document.
#[derive(Debug, Deserialize)]
pub struct Asked {
    community: Option<String>,
}

/// `GET /.well-known/udap` and below the FHIR base: 404 where the house is a member of no community, 204
/// for a community it is no member of.
pub async fn discovery(
    State(house): State<House>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let Some(membership) = house.udap.membership() else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let community = asked.community.as_deref().filter(|uri| !uri.is_empty());
    let Some(identity) = membership.identity(community) else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let id = storage::random_secret()?;
    // Others compare its times with their own clocks.
    let now = house.clock.outside(house.clock.now());
    let text = smart::udap::metadata(&house.base_url, identity, &id, now);
    let text = text.map_err(Failure::House)?;
    let mut response = (StatusCode::OK, text).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

/// A client as its requests are checked.
///
/// # Errors
/// When the database cannot be asked.
pub(crate) async fn registered(
    house: &House,
    client: &Client,
) -> Result<Registered, storage::Error> {
    let mut registered = client.registered();
    if client.origin == Origin::Udap {
        let enrolment = house.storage.clients().enrolment(&client.id).await?;
        let membership = house.udap.membership();
        let community = membership
            .as_deref()
            .zip(enrolment)
            .and_then(|(membership, one)| membership.community(&one.community));
        registered.active &= community.is_some();
        registered.leeway = Leeway {
            audience: true,
            challenge: community.is_some_and(|community| !community.requires_pkce),
        };
    }
    Ok(registered)
}
