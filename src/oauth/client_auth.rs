//! Who a client is: by secret (Basic or in the body), by signed assertion, or by name alone if it
//! is public.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};
use jiff::Timestamp;
use serde_json::Value;
use smart::assertion::{self, Proved};
use smart::client::Proof;
use smart::jwk::{Jwk, hash_of_secret};
use smart::params::Params;
use smart::{Error, ErrorCode, udap};
use storage::clients::{Client, Origin};
use storage::grants::TokenKind;
use web::House;
use web::outside::Want;

use crate::error::Failure;

/// Failed requests a client may make in a minute before it is told to wait.
const FAILURES_MAX: i64 = 120;
const WINDOW_SECONDS: i64 = 60;

/// What the request offers as proof.
enum Offer {
    Name(String),
    Secret { id: String, secrets: Vec<String> },
    Assertion(String),
}

/// The client behind a request to the token, introspection or revocation endpoint.
///
/// # Errors
/// `invalid_client` when it does not prove who it is, `invalid_request` when it tries two ways at
/// once.
pub async fn client(
    house: &House,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Client, Failure> {
    let proven = proven_client(house, headers, params).await?;
    Ok(proven.client)
}

/// A client that proved who it is.
#[derive(Debug)]
pub struct Proven {
    pub client: Client,
    /// `extensions` of its authentication token (UDAP), not judged yet.
    pub extensions: Option<Value>,
}

impl From<Client> for Proven {
    fn from(client: Client) -> Self {
        Self {
            client,
            extensions: None,
        }
    }
}

/// The same, with what a client of UDAP says besides.
///
/// # Errors
/// As [`client`].
pub async fn proven_client(
    house: &House,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Proven, Failure> {
    if let Some(client) = by_refresh_token(house, headers, params).await? {
        return Ok(client.into());
    }
    let (id, proof) = match offer(headers, params)? {
        Offer::Name(id) => (id, None),
        Offer::Secret { id, secrets } => (id, Some(secrets)),
        Offer::Assertion(text) => return by_assertion(house, params, &text).await,
    };
    let client = find(house, &id).await?;
    let good = match (client.registered().proof, proof) {
        (Proof::None, None) => true,
        // Some libraries send an empty secret for a public client.
        (Proof::None, Some(secrets)) => secrets.iter().all(String::is_empty),
        (Proof::Secret, Some(secrets)) => {
            secrets.iter().any(|secret| knows_secret(&client, secret))
        }
        _ => false,
    };
    if good {
        Ok(client.into())
    } else {
        Err(failed(house, &client.id, wrong(&client)).await)
    }
}

/// The client a request says it is from, unproven: to find its log.
pub fn claimed(headers: &HeaderMap, params: &Params) -> Option<String> {
    match offer(headers, params).ok()? {
        Offer::Name(id) | Offer::Secret { id, .. } => Some(id),
        Offer::Assertion(text) => assertion::claimed_client(&text),
    }
}

/// The public client a refresh token was given to, where the request names nobody: the token is all such a
/// client could show anyway, and some libraries send nothing else (RFC 6749 section 6).
async fn by_refresh_token(
    house: &House,
    headers: &HeaderMap,
    params: &Params,
) -> Result<Option<Client>, Failure> {
    let names = [
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
    ];
    let names_somebody = headers.contains_key(header::AUTHORIZATION)
        || names.iter().any(|name| params.get(name).is_some());
    let refreshes = params.get("grant_type") == Some("refresh_token");
    let Some(shown) = params
        .get("refresh_token")
        .filter(|_| refreshes && !names_somebody)
    else {
        return Ok(None);
    };
    let token = house.storage.grants().token(&hash_of_secret(shown)).await?;
    let Some(token) = token.filter(|token| token.kind == TokenKind::Refresh) else {
        return Ok(None);
    };
    let client = house.storage.clients().find(&token.grant.client).await?;
    Ok(client.filter(|client| client.is_active() && client.registered().proof == Proof::None))
}

/// Counts a failure; says `Throttled` instead once there were too many.
pub async fn failed(house: &House, client: &str, error: Error) -> Failure {
    let key = format!("token:{client}");
    let counted = house
        .storage
        .throttle()
        .allow(&key, FAILURES_MAX, WINDOW_SECONDS, house.clock.now())
        .await;
    match counted {
        Ok(true) => Failure::OAuth(error),
        Ok(false) => Failure::Throttled,
        Err(fault) => Failure::Storage(fault),
    }
}

async fn find(house: &House, id: &str) -> Result<Client, Failure> {
    let found = house.storage.clients().find(id).await?;
    match found.filter(|client| client.is_active()) {
        Some(client) => Ok(client),
        None => {
            let text = "no active client is registered under this client_id";
            let error = Error::new(ErrorCode::InvalidClient, text);
            Err(failed(house, "unknown", error).await)
        }
    }
}

fn wrong(client: &Client) -> Error {
    let text = match client.registered().proof {
        Proof::None => "this client is public: send client_id in the body and no secret",
        Proof::Secret => "the client secret is missing or wrong (send it by HTTP Basic)",
        Proof::Key => "this client proves itself with a client_assertion signed by its key",
    };
    Error::new(ErrorCode::InvalidClient, text)
}

/// Compares hashes, so that the time taken says nothing about the secret.
fn knows_secret(client: &Client, secret: &str) -> bool {
    client.secret_hash.as_ref().is_some_and(|known| {
        let given = hash_of_secret(secret);
        aws_lc_rs::constant_time::verify_slices_are_equal(known.as_bytes(), given.as_bytes())
            .is_ok()
    })
}

fn offer(headers: &HeaderMap, params: &Params) -> Result<Offer, Error> {
    let basic = basic(headers)?;
    let assertion = params.get("client_assertion").or_else(|| {
        // A type without an assertion is a try too, and a failed one.
        params.get("client_assertion_type").map(|_| "")
    });
    let secret = params.get("client_secret");
    let ways = [basic.is_some(), assertion.is_some(), secret.is_some()];
    if ways.iter().filter(|way| **way).count() > 1 {
        return Err(Error::new(
            ErrorCode::InvalidRequest,
            "the client proves itself in more than one way; use one",
        ));
    }
    if let Some((id, secret)) = basic {
        return named(&id, params, with_decoded(id.clone(), secret));
    }
    if let Some(assertion) = assertion {
        if params.get("client_assertion_type") != Some(assertion::TYPE) {
            return Err(Error::new(
                ErrorCode::InvalidRequest,
                format!("client_assertion_type must be {}", assertion::TYPE),
            ));
        }
        return Ok(Offer::Assertion(assertion.to_owned()));
    }
    let id = params.get("client_id").ok_or_else(|| {
        Error::new(
            ErrorCode::InvalidClient,
            "the client does not say who it is: use HTTP Basic, a client_assertion, or client_id",
        )
    })?;
    Ok(match secret {
        None => Offer::Name(id.to_owned()),
        Some(secret) => Offer::Secret {
            id: id.to_owned(),
            secrets: vec![secret.to_owned()],
        },
    })
}

/// A `client_id` in the body must be the one that authenticates.
fn named(id: &str, params: &Params, offer: Offer) -> Result<Offer, Error> {
    match params.get("client_id") {
        Some(other) if other != id => Err(Error::new(
            ErrorCode::InvalidClient,
            "client_id and the Authorization header name different clients",
        )),
        _ => Ok(offer),
    }
}

/// RFC 6749 section 2.3.1 wants the parts form-encoded, many clients send them as they are: both
/// are tried.
fn with_decoded(id: String, secret: String) -> Offer {
    let mut secrets = vec![secret.clone()];
    if secret.contains(['%', '+']) {
        let text = format!("x={}", secret.replace('&', "%26"));
        secrets.extend(Params::parse(&text).get("x").map(str::to_owned));
    }
    Offer::Secret { id, secrets }
}

fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let malformed = || {
        Error::new(
            ErrorCode::InvalidClient,
            "the Authorization header must be: Basic base64(client_id:client_secret)",
        )
    };
    let text = value.to_str().map_err(|_| malformed())?;
    let Some((scheme, encoded)) = text.split_once(' ') else {
        return Err(malformed());
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| malformed())?;
    let pair = String::from_utf8(bytes).map_err(|_| malformed())?;
    let parts = pair.split_once(':').filter(|_| !pair.contains('\0'));
    let (id, secret) = parts.ok_or_else(malformed)?;
    Ok(Some((id.to_owned(), secret.to_owned())))
}

async fn by_assertion(house: &House, params: &Params, text: &str) -> Result<Proven, Failure> {
    let invalid = |text: &str| Error::new(ErrorCode::InvalidClient, text);
    let Some(id) = assertion::claimed_client(text) else {
        let error = invalid("the client_assertion is no JWT with iss = sub = client_id");
        return Err(failed(house, "unknown", error).await);
    };
    if params.get("client_id").is_some_and(|other| other != id) {
        let error = invalid("client_id and client_assertion name different clients");
        return Err(failed(house, "unknown", error).await);
    }
    let client = find(house, &id).await?;
    if client.registered().proof != Proof::Key {
        let error = invalid("this client is not registered with keys");
        return Err(failed(house, &id, error).await);
    }
    let by_certificate = client.origin == Origin::Udap;
    if by_certificate && params.get("udap") != Some("1") {
        let error = invalid("this client is registered by UDAP: send udap=1");
        return Err(failed(house, &id, error).await);
    }
    let proven = match by_certificate {
        true => certified(house, &client, text).await?,
        false => proven(house, &client, text)
            .await
            .map(|(proved, now)| (proved, None, now)),
    };
    let (proved, extensions, now) = match proven {
        Ok(proven) => proven,
        Err(why) => return Err(failed(house, &id, invalid(&why)).await),
    };
    let fresh = house
        .storage
        .clients()
        .use_assertion(&id, &proved.jti, proved.expires, now)
        .await?;
    if fresh {
        Ok(Proven { client, extensions })
    } else {
        let error = invalid("this client_assertion was used before: make a new one with a new jti");
        Err(failed(house, &id, error).await)
    }
}

/// What an authentication token proves with a certificate of the client's community, its extensions, and the
/// instant at which it does.
async fn certified(
    house: &House,
    client: &Client,
    text: &str,
) -> Result<Result<(Proved, Option<Value>, Timestamp), String>, Failure> {
    let enrolment = house.storage.clients().enrolment(&client.id).await?;
    let membership = house.udap.membership();
    let found = membership.as_deref().zip(enrolment.as_ref());
    let found = found.and_then(|(membership, one)| {
        let community = membership.community(&one.community)?;
        Some((community, one.uri.as_str()))
    });
    let Some((community, uri)) = found else {
        let text = "this server is no member of the community this client is registered in";
        return Ok(Err(text.to_owned()));
    };
    let endpoint = |name: &str| format!("{}/oauth2/{name}", house.base_url);
    let (token, par) = (endpoint("token"), endpoint("par"));
    let audiences = [token.as_str(), par.as_str()];
    let now = house.clock.now();
    let at = |now| {
        let proved = udap::client::authenticate(text, uri, community, &audiences, now);
        proved.map(|one| (one.proved, one.extensions, now))
    };
    let theirs = house.clock.outside(now);
    Ok(at(theirs).or_else(|first| at(now).map_err(|_| first)))
}

/// What an assertion proves with the client's keys, and the instant at which it does. A `jku` in the
/// assertion is not looked at: keys come from where the client is registered to have them.
async fn proven(house: &House, client: &Client, text: &str) -> Result<(Proved, Timestamp), String> {
    let mut keys = keys(house, client, Want::Kept).await?;
    // A key that is not there yet may have been published since.
    if client.jwks.is_none() && !assertion::is_by_one_of(text, &keys) {
        keys = self::keys(house, client, Want::Newer).await?;
    }
    let endpoint = |name: &str| format!("{}/oauth2/{name}", house.base_url);
    let (token, par) = (endpoint("token"), endpoint("par"));
    let audiences = [token.as_str(), par.as_str(), &*house.base_url];
    let now = house.clock.now();
    // A client signs by its own clock; one that knows of a moved clock may follow ours.
    let theirs = house.clock.outside(now);
    assertion::verify(text, &keys, &audiences, theirs)
        .map(|proved| (proved, theirs))
        .or_else(|_| assertion::verify(text, &keys, &audiences, now).map(|p| (p, now)))
        .map_err(str::to_owned)
}

/// The keys a client is registered with: inline, or at its `jwks_uri`.
async fn keys(house: &House, client: &Client, want: Want) -> Result<Vec<Jwk>, String> {
    let text = match (&client.jwks, &client.jwks_uri) {
        (Some(jwks), _) => jwks.clone(),
        (None, Some(uri)) => {
            let now = house.clock.now();
            let fetched = house.outside.document(uri, want, now).await;
            let fetched = fetched.map_err(|why| format!("the jwks_uri of this client: {why}"))?;
            String::from_utf8_lossy(&fetched).into_owned()
        }
        (None, None) => return Err("this client is not registered with keys".to_owned()),
    };
    smart::jwk::client_set(&text).map_err(|_| {
        "the keys of this client are not a JWK Set: publish {'keys': [...]}".to_owned()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http::HeaderValue;

    fn with_basic(pair: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let value = format!("Basic {}", STANDARD.encode(pair));
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_str(&value).unwrap(),
        );
        headers
    }

    #[test]
    fn basic_is_read_raw_and_decoded() {
        let offer = offer(&with_basic("app:a%2Bb:c"), &Params::default()).unwrap();
        assert!(matches!(offer, Offer::Secret { id, secrets }
            if id == "app" && secrets == ["a%2Bb:c", "a+b:c"]));
    }

    #[test]
    fn two_proofs_at_once_are_refused() {
        let params = Params::parse("client_id=app&client_secret=s");
        assert!(offer(&with_basic("app:s"), &params).is_err());
        assert!(offer(&HeaderMap::new(), &params).is_ok());
    }

    #[test]
    fn the_header_and_the_body_must_name_the_same_client() {
        assert!(offer(&with_basic("app:s"), &Params::parse("client_id=other")).is_err());
        assert!(offer(&with_basic("app:s"), &Params::parse("client_id=app")).is_ok());
    }

    #[test]
    fn a_wrong_assertion_type_is_an_invalid_request() {
        let params = Params::parse("client_assertion_type=not_one&client_assertion=x");
        let error = offer(&HeaderMap::new(), &params).err().unwrap();
        assert_eq!(error.code, ErrorCode::InvalidRequest);
        let nobody = offer(&HeaderMap::new(), &Params::default()).err().unwrap();
        assert_eq!(nobody.code, ErrorCode::InvalidClient);
    }
}
