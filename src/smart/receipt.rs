//! A signed receipt of a consent: a JWS by which the house says what it was given leave to do, for the person to
//! keep.
//!
//! The public key is in the header, so that a receipt can be checked when the house has long forgotten the key; that
//! the key is the house's is what its published keys say.

use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, Serialize};

use crate::jwk::{KeyError, SIGNING, SigningKey, signed_claims};

/// The `typ` of its header.
const TYPE: &str = "consent-receipt+jwt";

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Base URL of the house.
    pub iss: String,
    /// `Patient/…`: whose record it is about.
    pub sub: String,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// `Consent/…/_history/…`: the version it is a receipt of.
    pub jti: String,
    /// In plain words.
    pub says: Vec<String>,
    /// The Consent resource itself.
    pub consent: serde_json::Value,
}

/// Signs a receipt.
///
/// # Errors
/// When the key does not sign.
pub fn sign(key: &SigningKey, claims: &Claims) -> Result<String, KeyError> {
    key.sign_as(TYPE, claims)
}

/// Reads a receipt that was signed with the key it names, and the name of that key.
pub fn read(receipt: &str) -> Option<(Claims, String)> {
    let header = jsonwebtoken::decode_header(receipt).ok()?;
    if header.alg != SIGNING || header.typ.as_deref() != Some(TYPE) {
        return None;
    }
    let key: Jwk = header.jwk?;
    let claims = signed_claims(receipt, &key, SIGNING)?;
    Some((claims, header.kid?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::jwk::generate;

    #[test]
    fn a_receipt_is_read_as_it_was_signed_and_not_when_changed() {
        let (kid, der) = generate().unwrap();
        let key = SigningKey::from_pkcs8(&kid, &der).unwrap();
        let claims = Claims {
            iss: "http://h".to_owned(),
            sub: "Patient/p".to_owned(),
            iat: 1,
            jti: "Consent/c/_history/1".to_owned(),
            says: vec!["An app may read it.".to_owned()],
            consent: serde_json::json!({"resourceType": "Consent"}),
        };
        let signed = sign(&key, &claims).unwrap();
        assert_eq!(read(&signed), Some((claims, kid)));
        let mut parts: Vec<String> = signed.split('.').map(str::to_owned).collect();
        parts[1] = parts[1].chars().rev().collect();
        assert_eq!(read(&parts.join(".")), None);
    }
}
