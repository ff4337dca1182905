//! Client authentication by signed JWT (RFC 7523; SMART asymmetric: RS384 or ES384, at most five
//! minutes).

use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use serde::Deserialize;

use crate::jwk;

/// `client_assertion_type`.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Clock skew allowed, seconds.
pub(crate) const SKEW_SECONDS: i64 = 60;
/// Furthest `exp` in the future, seconds.
pub(crate) const LIFETIME_SECONDS_MAX: i64 = 300;

/// What an assertion proved: who, and the id that must not be used again before it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    pub client_id: String,
    pub jti: String,
    pub expires: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    jti: String,
    nbf: Option<i64>,
    iat: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub(crate) fn names(&self, ours: &[&str]) -> bool {
        match self {
            Self::One(aud) => ours.contains(&aud.as_str()),
            Self::Many(auds) => auds.iter().any(|aud| ours.contains(&aud.as_str())),
        }
    }
}

/// The client an assertion claims to be from, unverified: only to look its keys up.
pub fn claimed_client(assertion: &str) -> Option<String> {
    let claims: Claims = jsonwebtoken::dangerous::insecure_decode_claims(assertion).ok()?;
    (claims.iss == claims.sub).then_some(claims.iss)
}

/// Whether one of these keys may have signed an assertion, by its kid and algorithm.
pub fn is_by_one_of(assertion: &str, keys: &[Jwk]) -> bool {
    jsonwebtoken::decode_header(assertion).is_ok_and(|header| {
        keys.iter()
            .any(|key| fits(key, header.alg, header.kid.as_deref()))
    })
}

/// Verifies an assertion against the client's keys. The error says what is wrong with it.
pub fn verify(
    assertion: &str,
    keys: &[Jwk],
    audiences: &[&str],
    now: Timestamp,
) -> Result<Proved, &'static str> {
    let header = jsonwebtoken::decode_header(assertion)
        .map_err(|_| "the client_assertion is not a signed JWT")?;
    if !matches!(header.alg, Algorithm::RS384 | Algorithm::ES384) {
        return Err("the client_assertion must be signed with RS384 or ES384");
    }
    let claims = keys
        .iter()
        .filter(|key| fits(key, header.alg, header.kid.as_deref()))
        .find_map(|key| jwk::signed_claims::<Claims>(assertion, key, header.alg))
        .ok_or(
            "no registered key of this client verifies the client_assertion (check kid and alg)",
        )?;
    check(&claims, audiences, now.as_second())?;
    let expires =
        Timestamp::from_second(claims.exp).map_err(|_| "the client_assertion's exp is no time")?;
    Ok(Proved {
        client_id: claims.iss,
        jti: claims.jti,
        expires,
    })
}

pub(crate) fn fits(key: &Jwk, algorithm: Algorithm, kid: Option<&str>) -> bool {
    let kind = match &key.algorithm {
        AlgorithmParameters::RSA(_) => algorithm == Algorithm::RS384,
        AlgorithmParameters::EllipticCurve(p) => {
            algorithm == Algorithm::ES384 && p.curve == EllipticCurve::P384
        }
        _ => false,
    };
    kind && (kid.is_none() || key.common.key_id.as_deref() == kid)
}

fn check(claims: &Claims, audiences: &[&str], now: i64) -> Result<(), &'static str> {
    if claims.iss != claims.sub {
        return Err("iss and sub of the client_assertion must both be the client_id");
    }
    if !claims.aud.names(audiences) {
        return Err("aud of the client_assertion must be the token endpoint's address");
    }
    if claims.exp <= now - SKEW_SECONDS {
        return Err("the client_assertion has expired");
    }
    if claims.exp > now + LIFETIME_SECONDS_MAX + SKEW_SECONDS {
        return Err("exp of the client_assertion must be at most five minutes ahead");
    }
    let future = now + SKEW_SECONDS;
    if claims.nbf.is_some_and(|t| t > future) || claims.iat.is_some_and(|t| t > future) {
        return Err("the client_assertion is not valid yet");
    }
    if claims.jti.is_empty() || claims.jti.len() > 256 {
        return Err("the client_assertion needs a jti of at most 256 characters");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;

    const AUD: &str = "http://127.0.0.1:8080/oauth2/token";
    const NOW: i64 = 1_780_000_000;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn key() -> (EncodingKey, Jwk) {
        let der = EcdsaKeyPair::generate_pkcs8(
            &ECDSA_P384_SHA384_FIXED_SIGNING,
            &aws_lc_rs::rand::SystemRandom::new(),
        )
        .unwrap();
        let private = EncodingKey::from_ec_der(der.as_ref());
        let mut public = Jwk::from_encoding_key(&private, Algorithm::ES384).unwrap();
        public.common.key_id = Some("k1".to_owned());
        (private, public)
    }

    fn assertion(key: &EncodingKey, change: impl Fn(&mut serde_json::Value)) -> String {
        let mut claims = json!({
            "iss": "backend", "sub": "backend", "aud": AUD, "exp": NOW + 300, "jti": "j1",
        });
        change(&mut claims);
        let mut header = Header::new(Algorithm::ES384);
        header.kid = Some("k1".to_owned());
        jsonwebtoken::encode(&header, &claims, key).unwrap()
    }

    #[test]
    fn a_good_assertion_proves_its_client() {
        let (private, public) = key();
        let jwt = assertion(&private, |_| {});
        assert_eq!(claimed_client(&jwt).as_deref(), Some("backend"));
        let proved = verify(&jwt, &[public], &[AUD], now()).unwrap();
        assert_eq!(proved.jti, "j1");
        assert_eq!(proved.expires.as_second(), NOW + 300);
    }

    #[test]
    fn each_bad_claim_is_refused() {
        let (private, public) = key();
        let bad = [
            ("iss", json!("other")),
            ("aud", json!("http://elsewhere.example/token")),
            ("exp", json!(NOW - 61)),
            ("exp", json!(NOW + 3_600)),
            ("nbf", json!(NOW + 3_600)),
            ("jti", json!("")),
        ];
        for (name, value) in bad {
            let jwt = assertion(&private, |claims| claims[name] = value.clone());
            let verified = verify(&jwt, std::slice::from_ref(&public), &[AUD], now());
            assert!(verified.is_err(), "{name}={value}");
        }
    }

    #[test]
    fn another_key_or_kid_or_nonsense_is_refused() {
        let (private, mut public) = key();
        let (_, other) = key();
        let jwt = assertion(&private, |_| {});
        assert!(verify(&jwt, &[other], &[AUD], now()).is_err());
        assert!(verify(&jwt, &[], &[AUD], now()).is_err());
        public.common.key_id = Some("k2".to_owned());
        assert!(verify(&jwt, &[public], &[AUD], now()).is_err());
        assert!(verify("x.y.z", &[], &[AUD], now()).is_err());
    }
}
