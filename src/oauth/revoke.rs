//! Token revocation (RFC 7009).

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use smart::params::Params;
use storage::audit::Action;
use web::House;

use crate::client_auth;
use crate::client_form::ClientForm;
use crate::error::{Failure, json};
use crate::issue;
use crate::token::record;

/// `POST /oauth2/revoke`: 200 whether or not the token was one of this client's (section 2.2);
/// 401 for a client that does not prove itself, 400 without a `token`.
pub async fn revoke(
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
    let client = client_auth::client(house, headers, params).await?;
    params.once(&["token"])?;
    let token = params.require("token")?;
    let now = house.clock.now();
    let grants = house.storage.grants();
    if let Some(grant) = grants.revoke_token(token, &client.id, now).await? {
        record(house, Action::Revoke, &grant, None, now);
        let ended = grants.find(&grant.id).await?;
        if ended.is_some_and(|grant| grant.revoked.is_some()) {
            issue::withdraw(house, &grant, now).await?;
        }
    }
    Ok(json(StatusCode::OK, "{}".to_owned()))
}
