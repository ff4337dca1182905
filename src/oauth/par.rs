//! Pushed authorization requests (RFC 9126): checked where the client proves itself, used once.

use axum::extract::State;
use axum::response::Response;
use config::limits;
use http::{HeaderMap, Method, StatusCode};
use smart::params::Params;
use smart::request::{self, Refusal};
use smart::{Error, ErrorCode};
use web::House;
use web::proof;

use crate::client_auth::{self, failed};
use crate::client_form::ClientForm;
use crate::error::{Failure, json};

/// What every request_uri begins with (RFC 9126 section 2.2).
pub const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// What proves the client and is no part of the request.
const PROOFS: &[&str] = &[
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "udap",
];

/// `POST /oauth2/par`: a `request_uri` for a request that would be shown to a person, or the error the
/// authorize page would give.
pub async fn push(
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
    if params.count("request_uri") > 0 {
        let text = "push the parameters themselves, not a request_uri";
        return Err(Failure::new(ErrorCode::InvalidRequest, text));
    }
    let mut params = params.without(PROOFS).with("client_id", &client.id);
    let key = match proof::check(house, headers, &Method::POST, "/oauth2/par", None).await {
        Ok(key) => key,
        Err(proof::Fault::Refused(error)) => return Err(failed(house, &client.id, error).await),
        Err(proof::Fault::Storage(fault)) => return Err(fault.into()),
    };
    if let Some(jkt) = key {
        if params.get("dpop_jkt").is_some_and(|asked| asked != jkt) {
            let text = "dpop_jkt is not the thumbprint of the key of the DPoP proof";
            return Err(Failure::new(ErrorCode::InvalidRequest, text));
        }
        params = params.with("dpop_jkt", &jkt);
    }
    let registered = crate::udap::registered(house, &client).await?;
    match request::check(&params, Some(&registered), &house.fhir_base) {
        Ok(_) => {}
        Err(Refusal::Page(error)) => return Err(error.into()),
        Err(Refusal::Redirect(redirect)) => return Err(redirect.error().clone().into()),
    }
    let form = params.to_form();
    if form.len() > limits::PUSHED_BYTES_MAX {
        let text = format!("a request has at most {} bytes", limits::PUSHED_BYTES_MAX);
        return Err(Failure::new(ErrorCode::InvalidRequest, text));
    }
    let seconds = limits::PUSHED_SECONDS;
    let now = house.clock.now();
    let pushed = house.storage.pushed();
    let reference = pushed.keep(&client.id, &form, seconds, now).await?;
    let answer = serde_json::json!({
        "request_uri": format!("{PREFIX}{reference}"),
        "expires_in": seconds,
    });
    Ok(json(StatusCode::CREATED, answer.to_string()))
}

/// The parameters of an authorization request: as they came, or those that were pushed before, when it
/// names them. Whatever else such a request says does not count.
///
/// # Errors
/// `invalid_request_uri`, for the person: nothing is known of where to send them.
pub(crate) async fn resolved(
    house: &House,
    params: Params,
) -> Result<Result<Params, Error>, storage::Error> {
    let Some(uri) = params.get("request_uri") else {
        return Ok(Ok(params));
    };
    let Some(reference) = uri.strip_prefix(PREFIX) else {
        return Ok(Ok(params));
    };
    let client = params.get("client_id").unwrap_or_default();
    let now = house.clock.now();
    let taken = house.storage.pushed().take(reference, client, now).await?;
    Ok(match taken {
        Some(text) => Ok(Params::parse(&text)),
        None => Err(Error::new(
            ErrorCode::InvalidRequestUri,
            "this request_uri is unknown, was used, is over a minute old, or is another app's; push again",
        )),
    })
}
