//! Token introspection (RFC 7662, SMART App Launch 2.2 section 6).

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use smart::jwk::hash_of_secret;
use smart::params::Params;
use smart::scope::Scopes;
use smart::token::{Confirmation, INACTIVE, Introspection};
use smart::{Error, ErrorCode};
use storage::audit::Action;
use storage::grants::Token;
use web::House;

use crate::client_auth;
use crate::client_form::ClientForm;
use crate::error::{Failure, json};
use crate::issue;
use crate::token::record;

/// `POST /oauth2/introspect`: for registered clients, and for whoever holds a good access token.
/// 401 for anybody else, 400 without a `token`.
pub async fn introspect(
    State(house): State<House>,
    ClientForm {
        headers,
        params,
        attempt,
    }: ClientForm,
) -> Response {
    attempt.conclude(answer(&house, &headers, &params).await)
}

async fn answer(house: &House, headers: &HeaderMap, params: &Params) -> Result<Response, Failure> {
    let now = house.clock.now();
    admit(house, headers, params, now).await?;
    params.once(&["token"])?;
    let hash = hash_of_secret(params.require("token")?);
    let found = house.storage.grants().token(&hash).await?;
    let text = match found {
        Some(token) if is_good(house, &token, now).await? => {
            record(house, Action::Introspect, &token.grant, None, now);
            serde_json::to_string(&describe(house, token).await?)
                .map_err(|e| Failure::House(e.to_string()))?
        }
        _ => INACTIVE.to_owned(),
    };
    Ok(json(StatusCode::OK, text))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn admit(
    house: &House,
    headers: &HeaderMap,
    params: &Params,
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(bearer) = bearer(headers) else {
        client_auth::client(house, headers, params).await?;
        return Ok(());
    };
    let hash = hash_of_secret(bearer);
    if let Some(token) = house.storage.grants().token(&hash).await?
        && token.jkt.is_none()
        && is_good(house, &token, now).await?
    {
        return Ok(());
    }
    let error = Error::new(
        ErrorCode::InvalidClient,
        "the bearer token presented with this request is not valid",
    );
    Err(Failure::OAuth(error))
}

/// Live itself, of a client and for an account that are.
async fn is_good(house: &House, token: &Token, now: Timestamp) -> Result<bool, Failure> {
    if !token.is_live(now) {
        return Ok(false);
    }
    let client = house.storage.clients().find(&token.grant.client).await?;
    if !client.is_some_and(|client| client.is_active()) {
        return Ok(false);
    }
    let Some(id) = &token.grant.account else {
        return Ok(true);
    };
    let account = house.storage.accounts().find(id).await?;
    Ok(account.is_some_and(|a| a.state == access::actor::Account::Active))
}

async fn describe(house: &House, token: Token) -> Result<Introspection, Failure> {
    let grant = token.grant;
    let opening = house.storage.launches().of_grant(&grant.id).await?;
    let scopes = Scopes::parse(&token.scopes);
    let identity = scopes.has("openid") && grant.account.is_some();
    Ok(Introspection {
        active: true,
        client_id: grant.client.clone(),
        scope: token.scopes,
        exp: house.clock.outside(token.expires).as_second(),
        token_type: issue::token_type(token.jkt.as_deref()),
        cnf: token.jkt.map(|jkt| Confirmation { jkt }),
        fhir_context: issue::fhir_context(&grant, opening.as_ref()),
        iss: identity.then(|| house.base_url.to_string()),
        sub: grant.account.clone().filter(|_| identity),
        fhir_user: issue::fhir_user(house, &grant, &scopes),
        patient: grant.patient,
        encounter: grant.encounter,
    })
}
