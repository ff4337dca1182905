//! Signing in at an outside OpenID Provider, seen from here (OpenID Connect Core 1.0 section 3.1, as its
//! Relying Party): what its documents must say, what is asked of it, and what its id_token must prove.

use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use serde::Deserialize;
use url::Url;

use crate::jwk;
use crate::pkce::Challenge;

/// Clock skew allowed, seconds.
const SKEW_SECONDS: i64 = 60;
/// Oldest id_token taken: it was asked for a moment ago (Core section 3.1.3.7, rule 10).
const AGE_SECONDS_MAX: i64 = 600;
/// Longest `sub` (Core section 2).
const SUBJECT_BYTES_MAX: usize = 255;
/// What is shown of a name.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// Signatures that are believed: asymmetric ones. `none` and secrets shared with us never are.
const ALGORITHMS: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// What a provider says of itself (OpenID Connect Discovery 1.0 section 3).
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Its answers carry `iss` (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Where it is to be found.
    pub fn address(issuer: &str) -> String {
        let issuer = issuer.trim_end_matches('/');
        format!("{issuer}/.well-known/openid-configuration")
    }
    /// Reads the document of an issuer. The error says what is wrong with it.
    pub fn parse(text: &[u8], issuer: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_slice(text)
            .map_err(|fault| format!("its openid-configuration cannot be read: {fault}"))?;
        if read.issuer != issuer {
            return Err("its openid-configuration names another issuer".to_owned());
        }
        let plain = issuer.starts_with("http://");
        for address in [
            &read.authorization_endpoint,
            &read.token_endpoint,
            &read.jwks_uri,
        ] {
            let scheme = Url::parse(address).map(|url| url.scheme().to_owned());
            match scheme.as_deref() {
                Ok("https") => {}
                Ok("http") if plain => {}
                _ => return Err(format!("its address {address} is not https")),
            }
        }
        Ok(read)
    }
    /// Whether a secret goes into the form rather than into a header (Core section 9).
    pub fn wants_secret_in_form(&self) -> bool {
        let methods = &self.token_endpoint_auth_methods_supported;
        let has = |name: &str| methods.iter().any(|method| method == name);
        has("client_secret_post") && !has("client_secret_basic")
    }
}

/// What is asked of a provider.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    /// One space apart.
    pub scope: &'a str,
    pub state: &'a str,
    pub nonce: &'a str,
    pub challenge: &'a Challenge,
    /// Empty when any way of signing in will do.
    pub acr_values: &'a str,
    /// Sign in anew, whoever is signed in there.
    pub again: bool,
}

impl Question<'_> {
    /// The address to send the browser to; `more` is what else was agreed with the provider. `None` when its
    /// endpoint is no address.
    pub fn address<'a>(
        &self,
        metadata: &Metadata,
        more: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Option<String> {
        let mut url = Url::parse(&metadata.authorization_endpoint).ok()?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("scope", self.scope)
            .append_pair("state", self.state)
            .append_pair("nonce", self.nonce)
            .append_pair("code_challenge", self.challenge.as_str())
            .append_pair("code_challenge_method", "S256");
        if !self.acr_values.is_empty() {
            query.append_pair("acr_values", self.acr_values);
        }
        if self.again {
            // The second makes the provider tell when it was (Core section 2, `auth_time`).
            query
                .append_pair("prompt", "login")
                .append_pair("max_age", "0");
        }
        query.extend_pairs(more);
        drop(query);
        Some(url.into())
    }
}

/// What an id_token must say to be taken.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub acr_values: &'a [String],
    pub hosted_domain: Option<&'a str>,
    /// The person had to sign in anew, at this instant or later.
    pub signed_in_after: Option<Timestamp>,
    pub now: Timestamp,
}

/// Who somebody is at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `sub`: with the issuer, the one thing an account is ever found by.
    pub subject: String,
    /// A name or address for the person themselves to recognise; it proves nothing.
    pub shown: String,
    /// More than one kind of proof was given there (`amr` holds `mfa`).
    pub has_second_factor: bool,
}

/// Why an id_token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// None of the keys at hand; newer ones may be at the provider.
    #[error("it is signed with a key the provider does not publish")]
    UnknownKey,
    #[error("{0}")]
    Wrong(&'static str),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    auth_time: Option<i64>,
    acr: Option<String>,
    amr: Option<OneOrMany>,
    hd: Option<String>,
    email: Option<String>,
    preferred_username: Option<String>,
    name: Option<String>,
}

/// Verifies an id_token (Core section 3.1.3.7) against the provider's keys.
pub fn verify(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Identity, Fault> {
    let header =
        jsonwebtoken::decode_header(token).map_err(|_| Fault::Wrong("it is not a signed JWT"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(Fault::Wrong(
            "it is not signed in a way that can be believed",
        ));
    }
    let fitting = |key: &&Jwk| fits(key, header.alg, header.kid.as_deref());
    let mut fitting = keys.iter().filter(fitting).peekable();
    if fitting.peek().is_none() {
        return Err(Fault::UnknownKey);
    }
    let claims = fitting
        .find_map(|key| jwk::signed_claims::<Claims>(token, key, header.alg))
        .ok_or(Fault::Wrong("its signature is wrong"))?;
    check(&claims, expected).map_err(Fault::Wrong)?;
    let amr = claims.amr.as_ref().map(OneOrMany::all).unwrap_or_default();
    let shown = [&claims.preferred_username, &claims.email, &claims.name];
    let shown = shown.into_iter().flatten().find(|text| !text.is_empty());
    Ok(Identity {
        has_second_factor: amr.iter().any(|way| way == "mfa"),
        shown: shown.map(|text| printable(text)).unwrap_or_default(),
        subject: claims.sub,
    })
}

fn fits(key: &Jwk, algorithm: Algorithm, kid: Option<&str>) -> bool {
    let kind = match &key.algorithm {
        AlgorithmParameters::RSA(_) => matches!(
            algorithm,
            Algorithm::RS256
                | Algorithm::RS384
                | Algorithm::RS512
                | Algorithm::PS256
                | Algorithm::PS384
                | Algorithm::PS512
        ),
        AlgorithmParameters::EllipticCurve(p) => match algorithm {
            Algorithm::ES256 => p.curve == EllipticCurve::P256,
            Algorithm::ES384 => p.curve == EllipticCurve::P384,
            _ => false,
        },
        AlgorithmParameters::OctetKeyPair(p) => {
            algorithm == Algorithm::EdDSA && p.curve == EllipticCurve::Ed25519
        }
        _ => false,
    };
    let signs = key.common.public_key_use != Some(PublicKeyUse::Encryption);
    kind && signs && (kid.is_none() || key.common.key_id.as_deref() == kid)
}

fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), &'static str> {
    if claims.iss != expected.issuer {
        return Err("iss is another issuer");
    }
    let audience = claims.aud.all();
    if !audience.iter().any(|one| one == expected.client_id) {
        return Err("aud is not this server's client there");
    }
    // A token made out to several, or asked for by somebody else, says who asked (rules 4 and 5).
    let asked_by_us = claims.azp.as_deref() == Some(expected.client_id);
    if !asked_by_us && (claims.azp.is_some() || audience.len() > 1) {
        return Err("azp is not this server's client there");
    }
    check_time(claims, expected)?;
    let nonce = claims.nonce.as_deref().unwrap_or_default();
    if !is_same(nonce, expected.nonce) {
        return Err("nonce is not the one this sign-in began with");
    }
    if claims.sub.trim().is_empty() || claims.sub.len() > SUBJECT_BYTES_MAX {
        return Err("sub is empty or too long");
    }
    let acr = claims.acr.as_deref().unwrap_or_default();
    if !expected.acr_values.is_empty() && !expected.acr_values.iter().any(|one| one == acr) {
        return Err("acr is none of those asked for");
    }
    if expected.hosted_domain.is_some() && claims.hd.as_deref() != expected.hosted_domain {
        return Err("hd is another organization");
    }
    Ok(())
}

fn check_time(claims: &Claims, expected: &Expected<'_>) -> Result<(), &'static str> {
    let now = expected.now.as_second();
    if claims.exp <= now.saturating_sub(SKEW_SECONDS) {
        return Err("it has expired");
    }
    let soon = now.saturating_add(SKEW_SECONDS);
    if claims.iat > soon || claims.nbf.is_some_and(|from| from > soon) {
        return Err("it is not good yet");
    }
    if claims.iat < now.saturating_sub(AGE_SECONDS_MAX + SKEW_SECONDS) {
        return Err("it was issued too long ago");
    }
    if let Some(after) = expected.signed_in_after {
        let after = after.as_second().saturating_sub(SKEW_SECONDS);
        if claims.auth_time.is_none_or(|at| at < after) {
            return Err("the person did not sign in anew");
        }
    }
    Ok(())
}

fn is_same(one: &str, other: &str) -> bool {
    !one.is_empty()
        && aws_lc_rs::constant_time::verify_slices_are_equal(one.as_bytes(), other.as_bytes())
            .is_ok()
}

/// What may be shown on a page: no control characters, and not more than a line.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(SHOWN_CHARACTERS_MAX)
        .collect()
}

#[cfg(test)]
mod tests;
