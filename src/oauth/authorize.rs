//! The authorization endpoint: a request is checked, stored, and handed to the pages for people.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use smart::params::Params;
use smart::request::{self, Checked, Redirect, Refusal};
use smart::{Error, ErrorCode};
use storage::pending::Pending;
use web::House;

use crate::error::{self, Failure};

/// Where a person chooses patient and scopes; signs in first if need be. `?request=` names the
/// pending request.
pub const CONSENT_PATH: &str = "/account/consent";

/// `GET /oauth2/authorize`
pub async fn get(State(house): State<House>, RawQuery(query): RawQuery) -> Response {
    answer(&house, &query.unwrap_or_default()).await
}

/// `POST /oauth2/authorize` (capability `authorize-post`): the same parameters as a form.
pub async fn post(State(house): State<House>, body: Bytes) -> Response {
    answer(&house, &String::from_utf8_lossy(&body)).await
}

async fn answer(house: &House, text: &str) -> Response {
    match begin(house, &Params::parse(text)).await {
        Ok(uri) => see_other(&uri),
        Err(failure) => failure,
    }
}

/// Checks the request; the address of the next page, or of the client with an error.
async fn begin(house: &House, params: &Params) -> Result<String, Response> {
    let page = |fault: storage::Error| Failure::Storage(fault).page();
    let client = match params.get("client_id") {
        Some(id) => house.storage.clients().find(id).await.map_err(page)?,
        None => None,
    };
    let registered = client.as_ref().map(storage::clients::Client::registered);
    let checked = match request::check(params, registered.as_ref(), &house.fhir_base) {
        Ok(checked) => checked,
        Err(Refusal::Page(error)) => return Err(error::page(StatusCode::BAD_REQUEST, &error)),
        Err(Refusal::Redirect(redirect)) => return Ok(redirect.to_uri(&house.base_url)),
    };
    if checked.silent {
        let error = Error::new(
            ErrorCode::LoginRequired,
            "a person must sign in and agree; ask again without prompt=none",
        );
        let redirect = Redirect::refuse(checked.redirect_uri, &checked.state, error);
        return Ok(redirect.to_uri(&house.base_url));
    }
    let now = house.clock.now();
    let launch = match launched(house, &checked, now).await.map_err(page)? {
        Ok(launch) => launch,
        Err(error) => {
            let redirect = Redirect::refuse(checked.redirect_uri, &checked.state, error);
            return Ok(redirect.to_uri(&house.base_url));
        }
    };
    let pending = pending(checked, launch, now);
    let id = house.storage.pending().open(&pending, now).await;
    id.map(|id| format!("{CONSENT_PATH}?request={id}"))
        .map_err(page)
}

/// SHA-256 of the launch the request comes from, or why it comes from none.
async fn launched(
    house: &House,
    checked: &Checked,
    now: Timestamp,
) -> Result<Result<Option<String>, Error>, storage::Error> {
    let Some(handle) = &checked.launch else {
        return Ok(Ok(None));
    };
    let launches = house.storage.launches();
    let found = launches.of_handle(handle, &checked.client_id, now).await?;
    Ok(match found {
        Some((hash, _)) => Ok(Some(hash)),
        None => Err(Error::new(
            ErrorCode::InvalidRequest,
            "this launch is over, was used, or is for another app; open the app again",
        )),
    })
}

fn pending(checked: Checked, launch: Option<String>, now: Timestamp) -> Pending {
    let age = if checked.sign_in_again {
        Some(0)
    } else {
        checked.max_age
    };
    Pending {
        id: String::new(),
        client: checked.client_id,
        redirect_uri: checked.redirect_uri.as_str().to_owned(),
        state: checked.state,
        scopes: checked.scopes.to_text(),
        challenge: checked.challenge.as_str().to_owned(),
        nonce: checked.nonce,
        sign_in_after: age.map(|seconds| {
            now.checked_sub(SignedDuration::from_secs(seconds))
                .unwrap_or(Timestamp::MIN)
        }),
        launch,
    }
}

/// 303, so that a POST becomes a GET at the next place.
pub(crate) fn see_other(uri: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(uri) else {
        return Failure::House("an address that is no header".to_owned()).page();
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(header::LOCATION, location);
    response
}
