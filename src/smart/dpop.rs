//! Proof of possession of a key (DPoP, RFC 9449): what a proof must hold, and the key it proves.

use crate::{Error, ErrorCode, jwk};
use aws_lc_rs::constant_time;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, ThumbprintHash};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

/// Algorithms a proof may be signed with, as discovery names them.
pub const ALGORITHMS: &[&str] = &["ES256", "ES384", "RS256"];
/// How old a proof may be, and how far ahead its maker's clock may go, in seconds.
pub const AGE_SECONDS_MAX: i64 = 120;
pub const AHEAD_SECONDS_MAX: i64 = 60;
/// Size of a proof, in bytes.
pub const BYTES_MAX: usize = 8_192;

const TYPE: &str = "dpop+jwt";
/// Members of a JWK that only its owner may know.
const PRIVATE: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The request a proof must be for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub method: &'a str,
    /// Its address as the client knows it; query and fragment do not count.
    pub uri: &'a str,
    /// SHA-256 of the access token shown with it (base64url), at a resource.
    pub token_hash: Option<&'a str>,
}

/// What a proof proved: a key, and the id that must not be used again while the proof is good, at most
/// [`AGE_SECONDS_MAX`] and [`AHEAD_SECONDS_MAX`] from now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// SHA-256 thumbprint of the key (RFC 7638), base64url.
    pub jkt: String,
    pub jti: String,
    /// What the server gave before, where the proof says so (section 8).
    pub nonce: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Claims {
    jti: String,
    htm: String,
    htu: String,
    iat: f64,
    ath: Option<String>,
    nonce: Option<String>,
}

fn invalid(text: &str) -> Error {
    Error::new(ErrorCode::InvalidDpopProof, text)
}

/// Checks a proof by RFC 9449 section 4.3, all but whether it was seen before.
///
/// # Errors
/// `invalid_dpop_proof`, saying what is wrong with it.
pub fn verify(proof: &str, request: &Request<'_>, now: Timestamp) -> Result<Proven, Error> {
    if proof.len() > BYTES_MAX {
        return Err(invalid("the DPoP proof is too long"));
    }
    let header =
        header(proof).ok_or_else(|| invalid("the DPoP header must hold one signed JWT"))?;
    if header.get("typ").and_then(Value::as_str) != Some(TYPE) {
        return Err(invalid("typ of the DPoP proof must be dpop+jwt"));
    }
    if header.contains_key("crit") {
        return Err(invalid("the DPoP proof must not use crit"));
    }
    let algorithm = match header.get("alg").and_then(Value::as_str) {
        Some("ES256") => Algorithm::ES256,
        Some("ES384") => Algorithm::ES384,
        Some("RS256") => Algorithm::RS256,
        _ => {
            let text = "the DPoP proof must be signed with ES256, ES384 or RS256";
            return Err(invalid(text));
        }
    };
    let key = key(&header, algorithm)?;
    let claims = jwk::signed_claims::<Claims>(proof, &key, algorithm).ok_or_else(|| {
        invalid("the DPoP proof is not signed by the key in its jwk, or lacks jti, htm, htu or iat")
    })?;
    check(&claims, request, now)?;
    let jkt = key
        .thumbprint(ThumbprintHash::SHA256)
        .map_err(|_| invalid("the jwk of the DPoP proof is not complete"))?;
    Ok(Proven {
        jkt,
        jti: claims.jti,
        nonce: claims.nonce,
    })
}

fn header(proof: &str) -> Option<Map<String, Value>> {
    let mut parts = proof.split('.');
    let first = parts.next()?;
    (parts.count() == 2).then_some(())?;
    let bytes = URL_SAFE_NO_PAD.decode(first).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn key(header: &Map<String, Value>, algorithm: Algorithm) -> Result<Jwk, Error> {
    let jwk = header.get("jwk").and_then(Value::as_object);
    let jwk = jwk.ok_or_else(|| invalid("the DPoP proof must hold the public key as jwk"))?;
    if PRIVATE.iter().any(|name| jwk.contains_key(*name)) {
        return Err(invalid(
            "the jwk of the DPoP proof holds a private key: make a new one and keep it private",
        ));
    }
    let known: Option<Jwk> = serde_json::from_value(Value::Object(jwk.clone())).ok();
    let fits = |key: &Jwk| match &key.algorithm {
        AlgorithmParameters::RSA(_) => algorithm == Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(p) => match p.curve {
            EllipticCurve::P256 => algorithm == Algorithm::ES256,
            EllipticCurve::P384 => algorithm == Algorithm::ES384,
            _ => false,
        },
        _ => false,
    };
    known
        .filter(fits)
        .ok_or_else(|| invalid("the jwk of the DPoP proof does not fit its alg"))
}

fn check(claims: &Claims, request: &Request<'_>, now: Timestamp) -> Result<(), Error> {
    if claims.jti.is_empty() || claims.jti.len() > 256 || claims.jti.contains('\0') {
        return Err(invalid(
            "the DPoP proof needs a jti of at most 256 characters",
        ));
    }
    if claims.htm != request.method {
        return Err(invalid(
            "htm of the DPoP proof must be the method of this request",
        ));
    }
    if !same_place(&claims.htu, request.uri) {
        return Err(invalid(
            "htu of the DPoP proof must be the address of this request without its query",
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "seconds; a cast saturates")]
    let made = claims.iat as i64;
    let age = now.as_second().saturating_sub(made);
    if !claims.iat.is_finite() || !(-AHEAD_SECONDS_MAX..=AGE_SECONDS_MAX).contains(&age) {
        return Err(invalid(
            "iat of the DPoP proof must be the present: make a proof for each request and check the clock",
        ));
    }
    let bound = match (request.token_hash, &claims.ath) {
        (None, _) => true,
        (Some(hash), Some(ath)) => {
            constant_time::verify_slices_are_equal(hash.as_bytes(), ath.as_bytes()).is_ok()
        }
        (Some(_), None) => false,
    };
    if !bound {
        let text = "ath of the DPoP proof must be the base64url SHA-256 of the access token";
        return Err(invalid(text));
    }
    Ok(())
}

/// Whether two addresses are the same after syntax- and scheme-based normalization.
fn same_place(claimed: &str, ours: &str) -> bool {
    let plain = |text: &str| {
        let mut url = Url::parse(text).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    plain(claimed).is_some_and(|claimed| plain(ours) == Some(claimed))
}

#[cfg(test)]
mod tests;
