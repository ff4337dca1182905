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
use web::request_id::RequestId;
use web::{House, SignedIn};

use crate::error::{self, Failure};
use crate::{par, silent};

/// Where a person chooses patient and scopes; signs in first if need be. `?request=` names the
/// pending request.
pub const CONSENT_PATH: &str = "/account/consent";

/// `GET /oauth2/authorize`
pub async fn get(
    State(house): State<House>,
    id: RequestId,
    person: Option<SignedIn>,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&house, &id, person.as_ref(), &query.unwrap_or_default()).await
}

/// `POST /oauth2/authorize` (capability `authorize-post`): the same parameters as a form.
pub async fn post(
    State(house): State<House>,
    id: RequestId,
    person: Option<SignedIn>,
    body: Bytes,
) -> Response {
    let text = String::from_utf8_lossy(&body);
    answer(&house, &id, person.as_ref(), &text).await
}

async fn answer(house: &House, id: &RequestId, person: Option<&SignedIn>, text: &str) -> Response {
    let params = Params::parse(text);
    let client = || params.get("client_id").map(str::to_owned);
    let begun = match par::resolved(house, params.clone()).await {
        Ok(Ok(params)) => begin(house, &params, person).await,
        Ok(Err(error)) => Err(Refusal::Page(error).into()),
        Err(fault) => Err(fault.into()),
    };
    match begun {
        Ok(uri) => see_other(&uri),
        Err(Begun::Failed(failure)) => failure.page(),
        Err(Begun::Refused(Refusal::Page(error))) => {
            let page = error::page(StatusCode::BAD_REQUEST, &error, id);
            error::refused(client(), error).mark(page)
        }
        Err(Begun::Refused(Refusal::Redirect(redirect))) => {
            let response = see_other(&redirect.to_uri(&house.base_url, id.as_str()));
            error::refused(client(), redirect.error().clone()).mark(response)
        }
    }
}

/// Why a request did not begin.
enum Begun {
    Refused(Refusal),
    Failed(Failure),
}

impl From<Refusal> for Begun {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
impl From<storage::Error> for Begun {
    fn from(fault: storage::Error) -> Self {
        Self::Failed(Failure::Storage(fault))
    }
}

/// Checks the request; the address of the next page, or of the app where no page is needed.
async fn begin(house: &House, params: &Params, person: Option<&SignedIn>) -> Result<String, Begun> {
    let client = match params.get("client_id") {
        Some(id) => house.storage.clients().find(id).await?,
        None => None,
    };
    let registered = match &client {
        Some(client) => Some(crate::udap::registered(house, client).await?),
        None => None,
    };
    let mut checked = request::check(params, registered.as_ref(), &house.fhir_base)?;
    // A limit that could not be held against each resource is neither granted nor told.
    checked.scopes = checked.scopes.filter(access::enforces);
    if checked.scopes.is_empty() {
        let text = "each scope asked for is limited by what this server does not enforce; \
                    see /developer/docs/scopes";
        let error = Error::new(ErrorCode::InvalidScope, text);
        let redirect = Redirect::refuse(checked.redirect_uri, &checked.state, error);
        return Err(Refusal::Redirect(redirect).into());
    }
    let now = house.clock.now();
    if checked.prompt.silent {
        let answered = silent::answer(house, &checked, person, now).await;
        return answered.map_err(Begun::Failed)?.map_err(|error| {
            let redirect = Redirect::refuse(checked.redirect_uri, &checked.state, error);
            Refusal::Redirect(redirect).into()
        });
    }
    let launch = match launched(house, &checked, now).await? {
        Ok(launch) => launch,
        Err(error) => {
            let redirect = Redirect::refuse(checked.redirect_uri, &checked.state, error);
            return Err(Refusal::Redirect(redirect).into());
        }
    };
    let pending = pending(checked, launch, now);
    let id = house.storage.pending().open(&pending, now).await?;
    Ok(format!("{CONSENT_PATH}?request={id}"))
}

/// SHA-256 of the launch the request comes from, or why it comes from none.
pub(crate) async fn launched(
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

pub(crate) fn pending(checked: Checked, launch: Option<String>, now: Timestamp) -> Pending {
    let prompt = checked.prompt;
    let age = if prompt.sign_in_again {
        Some(0)
    } else {
        prompt.max_age
    };
    Pending {
        id: String::new(),
        client: checked.client_id,
        redirect_uri: checked.redirect_uri.as_str().to_owned(),
        state: checked.state,
        scopes: checked.scopes.to_text(),
        challenge: checked
            .challenge
            .as_ref()
            .map_or_else(String::new, |challenge| challenge.as_str().to_owned()),
        nonce: checked.nonce,
        sign_in_after: age.map(|seconds| {
            now.checked_sub(SignedDuration::from_secs(seconds))
                .unwrap_or(Timestamp::MIN)
        }),
        launch,
        jkt: checked.dpop_jkt,
        login_hint: prompt.login_hint,
        choose_account: prompt.choose_account,
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
