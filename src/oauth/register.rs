//! Dynamic client registration (RFC 7591) and its management (RFC 7592): apps that read for a
//! patient are live when the answer arrives, others wait for an administrator.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use config::limits;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Map, Value};
use smart::jwk::hash_of_secret;
use smart::registration::Metadata;
use smart::{Error, ErrorCode};
use storage::clients::{Client, Origin};
use web::request_id::RequestId;
use web::{House, Visit};
use workflows::registration::{self, Registrant};

use crate::error::{Attempt, Failure, json};

mod answer;
mod udap;

/// `POST /oauth2/register`. A bearer token of an app that a person let in makes the new client an
/// installation of that app, with a key of its own. With the member `udap` it is of UDAP: a software
/// statement says it all.
/// Refusals have the codes of RFC 7591 section 3.2.2 and name the member at fault.
pub async fn create(
    State(house): State<House>,
    request_id: RequestId,
    visit: Visit,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let attempt = Attempt::new(&house, request_id, None);
    attempt.conclude(made(&house, &visit, &headers, &body).await)
}

async fn made(
    house: &House,
    visit: &Visit,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, Failure> {
    let now = house.clock.now();
    check_rate(house, visit, now).await?;
    let members = members(body)?;
    if members.contains_key("udap") {
        return udap::made(house, &members).await;
    }
    let parent = match bearer(headers)? {
        None => None,
        Some(token) => Some(app_behind(house, &token, now).await?),
    };
    let metadata = Metadata::read(&named_after(members, parent.as_ref()));
    let metadata = metadata.map_err(|fault| fault.error())?;
    let registrant = Registrant {
        origin: Origin::Dynamic,
        owner: None,
        parent: parent.as_ref(),
    };
    let made = registration::register(&house.storage, metadata, registrant, now);
    let made = made.await.map_err(failure)?;
    let token = made.registration_token.unwrap_or_default();
    let text = answer::client(house, &made.client, made.secret.as_deref(), &token);
    Ok(json(StatusCode::CREATED, text))
}

/// `GET /oauth2/register/{client}`: 401 `invalid_token` unless the registration access token is the
/// client's.
pub async fn read(
    State(house): State<House>,
    request_id: RequestId,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answered = owned(&house, &id, &headers).await.map(|(client, token)| {
        let text = answer::client(&house, &client, None, &token);
        json(StatusCode::OK, text)
    });
    Attempt::new(&house, request_id, Some(id)).conclude(answered)
}

/// `PUT /oauth2/register/{client}`: the whole registration anew; members left out are gone.
pub async fn replace(
    State(house): State<House>,
    request_id: RequestId,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answered = replaced(&house, &id, &headers, &body).await;
    Attempt::new(&house, request_id, Some(id)).conclude(answered)
}

async fn replaced(
    house: &House,
    id: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Response, Failure> {
    let (client, token) = owned(house, id, headers).await?;
    let members = members(body)?;
    check_same(&client, &members)?;
    let metadata = Metadata::read(&members).map_err(|fault| fault.error())?;
    let now = house.clock.now();
    let made = registration::amend(&house.storage, &client, metadata, now).await;
    let made = made.map_err(failure)?;
    let text = answer::client(house, &made.client, made.secret.as_deref(), &token);
    Ok(json(StatusCode::OK, text))
}

/// `DELETE /oauth2/register/{client}`: the client and its tokens are dead when this returns.
pub async fn delete(
    State(house): State<House>,
    request_id: RequestId,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let answered = deleted(&house, &id, &headers).await;
    Attempt::new(&house, request_id, Some(id)).conclude(answered)
}

async fn deleted(house: &House, id: &str, headers: &HeaderMap) -> Result<Response, Failure> {
    const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
    let (client, _) = owned(house, id, headers).await?;
    let ended = registration::retire(&house.storage, &client).await;
    ended.map_err(failure)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    Ok(response)
}

/// Anybody may register, but not without end: counted by network and in all.
async fn check_rate(house: &House, visit: &Visit, now: Timestamp) -> Result<(), Failure> {
    let throttle = house.storage.throttle();
    let near = format!("register:{}", visit.counted);
    let hour = 3_600;
    let may = throttle.allow(&near, limits::REGISTRATIONS_OF_NETWORK_MAX, hour, now);
    if !may.await? {
        return Err(Failure::Throttled);
    }
    let all = throttle.allow("register", limits::REGISTRATIONS_MAX, hour, now);
    if all.await? {
        Ok(())
    } else {
        Err(Failure::Throttled)
    }
}

fn members(body: &Bytes) -> Result<Map<String, Value>, Error> {
    let invalid = |text: &str| Error::new(ErrorCode::InvalidClientMetadata, text);
    if body.len() > limits::REGISTRATION_BYTES_MAX {
        return Err(invalid("a registration has at most 64 KiB"));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(invalid("send one JSON object with the members of RFC 7591")),
        Err(error) => Err(invalid(&format!("the body is not JSON: {error}"))),
    }
}

/// An installation is called as its app is, unless it says otherwise.
fn named_after(mut members: Map<String, Value>, parent: Option<&Client>) -> Map<String, Value> {
    if let Some(parent) = parent {
        let name = members.get("client_name").filter(|name| !name.is_null());
        if name.is_none() {
            members.insert("client_name".to_owned(), parent.name.clone().into());
        }
    }
    members
}

fn bearer(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let pair = value.to_str().ok().and_then(|text| text.split_once(' '));
    match pair {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(token.trim().to_owned()))
        }
        _ => Err(unknown_token()),
    }
}

fn unknown_token() -> Error {
    let text = "the bearer token is not one for this: to change a registration send its \
                registration_access_token, to register an installation an access token of its app";
    Error::new(ErrorCode::InvalidToken, text)
}

/// The app that holds a live access token of a person.
async fn app_behind(house: &House, token: &str, now: Timestamp) -> Result<Client, Failure> {
    let found = house.storage.grants().token(&hash_of_secret(token)).await?;
    let live = found.filter(|token| token.is_live(now) && token.grant.account.is_some());
    let client = match live {
        Some(token) => house.storage.clients().find(&token.grant.client).await?,
        None => None,
    };
    let client = client.filter(|client| client.is_active() && !client.first_party);
    client.ok_or_else(|| unknown_token().into())
}

/// The client, for who holds its registration access token, and that token.
async fn owned(house: &House, id: &str, headers: &HeaderMap) -> Result<(Client, String), Failure> {
    let token = bearer(headers)?.ok_or_else(unknown_token)?;
    let given = hash_of_secret(&token);
    let client = house.storage.clients().find(id).await?;
    let known = client
        .as_ref()
        .filter(|client| client.is_active())
        .and_then(|client| client.registration_token_hash.as_deref())
        .unwrap_or_default();
    let same =
        aws_lc_rs::constant_time::verify_slices_are_equal(known.as_bytes(), given.as_bytes());
    match client {
        Some(client) if same.is_ok() => Ok((client, token)),
        _ => Err(unknown_token().into()),
    }
}

/// RFC 7592 section 2.2: who replaces a registration names it, and its secret if any.
fn check_same(client: &Client, members: &Map<String, Value>) -> Result<(), Error> {
    let invalid = |text: &str| Err(Error::new(ErrorCode::InvalidClientMetadata, text));
    if members.get("client_id").and_then(Value::as_str) != Some(&client.id) {
        return invalid("client_id: is that of the registration to be replaced");
    }
    match members.get("client_secret") {
        None | Some(Value::Null) => Ok(()),
        Some(secret) => {
            let given = secret.as_str().map(hash_of_secret).unwrap_or_default();
            let known = client.secret_hash.as_deref().unwrap_or_default();
            let same = aws_lc_rs::constant_time::verify_slices_are_equal(
                known.as_bytes(),
                given.as_bytes(),
            );
            if same.is_ok() && !known.is_empty() {
                Ok(())
            } else {
                invalid("client_secret: is the secret this client has now; it cannot be chosen")
            }
        }
    }
}

fn failure(error: registration::Error) -> Failure {
    match error {
        registration::Error::Storage(error) => Failure::Storage(error),
        registration::Error::Fault(fault) => Failure::OAuth(fault.error()),
    }
}
