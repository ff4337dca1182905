//! What is asked of an outside provider from server to server: its documents and the exchange of a code.

use axum::body::Bytes;
use base64::{Engine, engine::general_purpose::STANDARD};
use config::IdentityProvider;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use jiff::Timestamp;
use serde::Deserialize;
use smart::provider::{self, Expected, Fault, Identity, Metadata};
use url::form_urlencoded::{Serializer, byte_serialize};
use web::House;
use web::outside::Want;

/// Why somebody is not signed in.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Nothing waits for this answer in this browser.
    Over,
    /// The provider said no; true: because the person did.
    Refused(bool),
    /// The account is closed, or the provider is not there for such accounts.
    Closed,
    TooMany,
    /// What the provider did wrong, for the log: never a token or code.
    Wrong(String),
    Storage(storage::Error),
}

impl From<storage::Error> for Trouble {
    fn from(fault: storage::Error) -> Self {
        Self::Storage(fault)
    }
}

impl From<web::outside::Fault> for Trouble {
    fn from(fault: web::outside::Fault) -> Self {
        Self::Wrong(fault.to_string())
    }
}

/// What the provider says of itself.
pub(super) async fn metadata(
    house: &House,
    provider: &IdentityProvider,
    now: Timestamp,
) -> Result<Metadata, Trouble> {
    let address = Metadata::address(&provider.issuer);
    let document = house.outside.document(&address, Want::Kept, now).await?;
    Metadata::parse(&document, &provider.issuer).map_err(Trouble::Wrong)
}

/// What is exchanged for an id_token.
pub(super) struct Exchange<'a> {
    pub code: &'a str,
    pub redirect_uri: &'a str,
    pub verifier: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    id_token: String,
}

/// Exchanges the code (OpenID Connect Core section 3.1.3).
pub(super) async fn id_token(
    house: &House,
    provider: &IdentityProvider,
    metadata: &Metadata,
    exchange: Exchange<'_>,
) -> Result<String, Trouble> {
    let (headers, body) = request(provider, metadata, &exchange)?;
    let address = &metadata.token_endpoint;
    let answer = house
        .outside
        .send(Method::POST, address, headers, body)
        .await?;
    if answer.status != StatusCode::OK {
        let status = answer.status.as_u16();
        return Err(Trouble::Wrong(format!(
            "its token endpoint answered with status {status}"
        )));
    }
    let read: Result<Answer, _> = serde_json::from_slice(&answer.body);
    let read = read.map_err(|_| Trouble::Wrong("it sent no id_token".to_owned()))?;
    Ok(read.id_token)
}

/// Head and form of the exchange; this server proves who it is in the way the provider takes.
fn request(
    provider: &IdentityProvider,
    metadata: &Metadata,
    exchange: &Exchange<'_>,
) -> Result<(HeaderMap, Bytes), Trouble> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", exchange.code)
        .append_pair("redirect_uri", exchange.redirect_uri)
        .append_pair("code_verifier", exchange.verifier);
    let mut headers = HeaderMap::new();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(header::CONTENT_TYPE, kind);
    match provider.client_secret() {
        Some(secret) if metadata.wants_secret_in_form() => {
            form.append_pair("client_id", &provider.client_id)
                .append_pair("client_secret", secret);
        }
        Some(secret) => {
            headers.insert(header::AUTHORIZATION, basic(&provider.client_id, secret)?);
        }
        None => {
            form.append_pair("client_id", &provider.client_id);
        }
    }
    Ok((headers, Bytes::from(form.finish())))
}

/// RFC 6749 section 2.3.1: both parts are form-encoded first.
fn basic(id: &str, secret: &str) -> Result<HeaderValue, Trouble> {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(id), encoded(secret));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
        .map_err(|_| Trouble::Wrong("the client secret is no header".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Verifies an id_token with the provider's keys; asks for newer ones once if none of them signed it.
pub(super) async fn verify(
    house: &House,
    metadata: &Metadata,
    token: &str,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Identity, Trouble> {
    let mut judged = Err(Fault::UnknownKey);
    for want in [Want::Kept, Want::Newer] {
        let set = house
            .outside
            .document(&metadata.jwks_uri, want, now)
            .await?;
        let keys = smart::jwk::client_set(&String::from_utf8_lossy(&set));
        let keys = keys.map_err(|fault| Trouble::Wrong(format!("its keys: {fault}")))?;
        judged = provider::verify(token, &keys, expected);
        if judged != Err(Fault::UnknownKey) {
            break;
        }
    }
    judged.map_err(|fault| Trouble::Wrong(format!("its id_token: {fault}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_secret_is_encoded_before_it_is_packed_and_hidden_from_logs() {
        let value = basic("a:b", "100% +").unwrap();
        let expected = STANDARD.encode("a%3Ab:100%25+%2B");
        assert_eq!(value.to_str().unwrap(), format!("Basic {expected}"));
        assert!(value.is_sensitive());
    }
}
