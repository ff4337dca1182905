//! JWTs by which CDS clients prove who calls a decision support service (CDS Hooks 2.0, “Trusting CDS Clients”).

use jiff::Timestamp;
use serde::Deserialize;

use crate::assertion::{Audience, LIFETIME_SECONDS_MAX, SKEW_SECONDS, fits};
use crate::jwk::{self, Jwk};

/// What a call proved: an id that must not be used again before it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    pub jti: String,
    pub expires: Timestamp,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    jti: String,
}

/// Whether a bearer token is a JWT rather than an access token of ours, which holds no dot.
pub fn is_jwt(token: &str) -> bool {
    token.split('.').count() == 3
}

/// The issuer a JWT claims to be from, unverified: only to look its keys up.
pub fn claimed_issuer(jwt: &str) -> Option<String> {
    let claims: Claims = jsonwebtoken::dangerous::insecure_decode_claims(jwt).ok()?;
    Some(claims.iss)
}

/// Verifies the JWT of a call to one of these addresses. A `jku` in it is not looked at: keys come from where
/// the settings say the issuer has them.
///
/// # Errors
/// What is wrong with it.
pub fn verify(
    jwt: &str,
    keys: &[Jwk],
    audiences: &[&str],
    now: Timestamp,
) -> Result<Proved, &'static str> {
    let header = jsonwebtoken::decode_header(jwt).map_err(|_| "it is not a signed JWT")?;
    let claims = keys
        .iter()
        .filter(|key| fits(key, header.alg, header.kid.as_deref()))
        .find_map(|key| jwk::signed_claims::<Claims>(jwt, key, header.alg))
        .ok_or("no key of its issuer verifies it (ES384 or RS384; check kid, iss, aud, exp, iat and jti)")?;
    let now = now.as_second();
    if !claims.aud.names(audiences) {
        return Err("aud must be the address of the service that is called");
    }
    if claims.exp <= now - SKEW_SECONDS {
        return Err("it has expired");
    }
    if claims.exp > claims.iat.saturating_add(LIFETIME_SECONDS_MAX) {
        return Err("exp must be at most five minutes after iat");
    }
    if claims.iat > now + SKEW_SECONDS {
        return Err("iat is in the future");
    }
    if claims.jti.is_empty() || claims.jti.len() > 256 || claims.jti.contains('\0') {
        return Err("jti must have 1 to 256 characters");
    }
    let expires = Timestamp::from_second(claims.exp).map_err(|_| "exp is no time")?;
    Ok(Proved {
        jti: claims.jti,
        expires,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    use serde_json::json;

    const SERVICE: &str = "https://h/cds-services/patient-view";
    const NOW: i64 = 1_780_000_000;

    #[test]
    fn each_bad_claim_and_another_key_are_refused() {
        let made = || {
            let rng = aws_lc_rs::rand::SystemRandom::new();
            let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &rng).unwrap();
            let key = EncodingKey::from_ec_der(der.as_ref());
            let public = Jwk::from_encoding_key(&key, Algorithm::ES384).unwrap();
            (key, public)
        };
        let ((key, public), (_, other)) = (made(), made());
        let sign = |name: &str, value: serde_json::Value| {
            let mut claims = json!({"iss": "https://ehr.example", "aud": SERVICE, "exp": NOW + 300,
                "iat": NOW, "jti": "a"});
            claims[name] = value;
            jsonwebtoken::encode(&Header::new(Algorithm::ES384), &claims, &key).unwrap()
        };
        let now = Timestamp::from_second(NOW).unwrap();
        let keys = [public];
        let good = sign("jti", json!("b"));
        assert!(is_jwt(&good) && !is_jwt("opaque-token"));
        assert_eq!(
            claimed_issuer(&good).as_deref(),
            Some("https://ehr.example")
        );
        assert_eq!(verify(&good, &keys, &[SERVICE], now).unwrap().jti, "b");
        assert!(verify(&good, &[other], &[SERVICE], now).is_err());
        for (name, value) in [
            ("aud", json!("https://elsewhere/cds-services/x")),
            ("exp", json!(NOW - 61)),
            ("exp", json!(NOW + 301)),
            ("iat", json!(NOW + 120)),
            ("iat", json!(null)),
            ("jti", json!("")),
        ] {
            let jwt = sign(name, value.clone());
            assert!(
                verify(&jwt, &keys, &[SERVICE], now).is_err(),
                "{name}={value}"
            );
        }
    }
}
