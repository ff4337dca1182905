//! The id_token's claims (OpenID Connect Core section 2, with SMART's `fhirUser`), and an id_token of
//! ours that comes back as a hint.

use jsonwebtoken::{DecodingKey, Validation};
use serde::{Deserialize, Serialize};

use crate::jwk::{SIGNING, SigningKey};

/// Claims of an id_token; times in seconds since 1970.
#[derive(Debug, Clone, Serialize)]
pub struct Claims {
    pub iss: String,
    /// Stable for one person at this server, and no name.
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// How the person signed in (RFC 8176).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The browser session it was given in (RP-Initiated Logout 1.0).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Absolute URL of the person's resource.
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
}

/// What an id_token given out earlier says of whom it was for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Hint {
    iss: String,
    pub sub: String,
    /// The client it was for.
    pub aud: String,
    pub sid: Option<String>,
}

impl Hint {
    /// Reads an `id_token_hint`: one that any of these keys signed, for this issuer. That it has expired does
    /// not matter (RP-Initiated Logout 1.0 section 2).
    pub fn read(token: &str, keys: &[SigningKey], issuer: &str) -> Option<Self> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.alg != SIGNING {
            return None;
        }
        let kid = header.kid?;
        let key = keys.iter().find(|key| key.kid() == kid)?;
        let key = DecodingKey::from_jwk(key.public()).ok()?;
        let mut validation = Validation::new(SIGNING);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let hint: Self = jsonwebtoken::decode(token, &key, &validation).ok()?.claims;
        (hint.iss == issuer).then_some(hint)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::jwk::generate;

    fn key() -> SigningKey {
        let (kid, der) = generate().unwrap();
        SigningKey::from_pkcs8(&kid, &der).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            iss: "http://h".to_owned(),
            sub: "s".to_owned(),
            aud: "app".to_owned(),
            exp: 1,
            iat: 0,
            auth_time: None,
            nonce: None,
            amr: Vec::new(),
            sid: Some("session".to_owned()),
            fhir_user: None,
        }
    }

    #[test]
    fn a_hint_is_ours_however_old_and_nobody_elses() {
        let keys = [key(), key()];
        let token = keys[1].sign(&claims()).unwrap();
        let hint = Hint::read(&token, &keys, "http://h").unwrap();
        assert_eq!((hint.sub.as_str(), hint.aud.as_str()), ("s", "app"));
        assert_eq!(hint.sid.as_deref(), Some("session"));
        assert_eq!(Hint::read(&token, &keys[..1], "http://h"), None);
        assert_eq!(Hint::read(&token, &keys, "http://other"), None);
        assert_eq!(Hint::read("x.y.z", &keys, "http://h"), None);
        let (head, rest) = token.split_once('.').unwrap();
        let changed = format!("{head}.{}", rest.replacen('e', "f", 1));
        assert_eq!(Hint::read(&changed, &keys, "http://h"), None);
    }
}
