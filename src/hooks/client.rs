//! The system that calls: proven by a JWT where the settings name who may (CDS Hooks 2.0, “Trusting CDS
//! Clients”).

use config::cds::{CdsClient, Keys};
use http::{HeaderMap, header};
use smart::cds;
use smart::jwk::Jwk;
use web::House;
use web::outside::Want;

use crate::error::Error;

/// Whether a system of the settings called a service: it opens nothing by itself, rows come through the access
/// token handed over. Where the settings name systems, a token handed over by none of them is not taken; an
/// access token of ours in the header says itself who calls.
///
/// # Errors
/// `Client`, saying what to change.
pub(crate) async fn is_proven(
    house: &House,
    headers: &HeaderMap,
    service: &str,
    hands_over: bool,
) -> Result<bool, Error> {
    let trusted = &house.cds_clients;
    if trusted.is_empty() {
        return Ok(false);
    }
    let refused = |why: &str| Err(Error::Client(why.to_owned()));
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()?.split_once(' '));
    let jwt = match shown {
        Some((_, token)) if cds::is_jwt(token.trim()) => token.trim(),
        None if hands_over => {
            return refused("the system that calls must prove itself: Authorization: Bearer JWT");
        }
        _ => return Ok(false),
    };
    let issuer = cds::claimed_issuer(jwt).unwrap_or_default();
    let Some(client) = trusted.iter().find(|client| client.issuer == issuer) else {
        return refused(
            "iss of the JWT is no system this server knows (cds-client in its settings)",
        );
    };
    let proved = proved(house, client, jwt, service).await?;
    let used = format!("cds:{}", client.issuer);
    let now = house.clock.now();
    let clients = house.storage.clients();
    let fresh = clients.use_assertion(&used, &proved.jti, proved.expires, now);
    if fresh.await? {
        Ok(true)
    } else {
        refused("this JWT was used before: sign one for each call, with a new jti")
    }
}

async fn proved(
    house: &House,
    client: &CdsClient,
    jwt: &str,
    service: &str,
) -> Result<cds::Proved, Error> {
    let address = format!("{}/cds-services/{service}", house.base_url);
    let feedback = format!("{address}/feedback");
    let audiences = [address.as_str(), feedback.as_str()];
    let now = house.clock.now();
    let theirs = house.clock.outside(now);
    let check = |keys: &[Jwk]| {
        cds::verify(jwt, keys, &audiences, theirs)
            .or_else(|first| cds::verify(jwt, keys, &audiences, now).map_err(|_| first))
    };
    let found = check(&keys(house, client, Want::Kept).await?);
    let found = match (found, &client.keys) {
        // A key that is not there yet may have been published since.
        (Err(_), Keys::At(_)) => check(&keys(house, client, Want::Newer).await?),
        (found, _) => found,
    };
    found.map_err(|why| Error::Client(format!("the JWT: {why}")))
}

async fn keys(house: &House, client: &CdsClient, want: Want) -> Result<Vec<Jwk>, Error> {
    let text = match &client.keys {
        Keys::Are(text) => text.clone(),
        Keys::At(uri) => {
            let fetched = house.outside.document(uri, want, house.clock.now()).await;
            let fetched =
                fetched.map_err(|why| Error::Client(format!("the keys of this system: {why}")))?;
            String::from_utf8_lossy(&fetched).into_owned()
        }
    };
    smart::jwk::client_set(&text)
        .map_err(|_| Error::Client("the keys of this system are not a JWK Set".to_owned()))
}
