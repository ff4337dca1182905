//! A signed root of the audit trail: a JWS by which the house vouches for everything recorded so far,
//! for anybody to keep.
//!
//! The public key is in the header, so that a root can be checked when the house has long forgotten
//! the key; that the key was the house's is what the roots after it, and everybody's copies, tell.

use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, Serialize};

use crate::jwk::{KeyError, SIGNING, SigningKey, hash_of_secret, signed_claims};

/// The `typ` of its header.
const TYPE: &str = "audit-root+jwt";

/// What a root says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Base URL of the house.
    pub iss: String,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// The last local day that was over, such as `2026-06-14`.
    pub day: String,
    /// The number of the last entry it vouches for.
    pub seq: i64,
    /// The link of that entry: SHA-256, hexadecimal.
    pub link: String,
    /// SHA-256 of the root before it, base64url; none for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// Signs a root.
pub fn sign(key: &SigningKey, claims: &Claims) -> Result<String, KeyError> {
    key.sign_as(TYPE, claims)
}

/// Reads a root that was signed with the key it names, and the name of that key.
pub fn read(root: &str) -> Option<(Claims, String)> {
    let header = jsonwebtoken::decode_header(root).ok()?;
    if header.alg != SIGNING || header.typ.as_deref() != Some(TYPE) {
        return None;
    }
    let key: Jwk = header.jwk?;
    let claims = signed_claims(root, &key, SIGNING)?;
    Some((claims, header.kid?))
}

/// What the next root says of this one.
pub fn fingerprint(root: &str) -> String {
    hash_of_secret(root)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::jwk::generate;

    #[test]
    fn a_root_is_read_as_it_was_signed_and_not_when_changed() {
        let (kid, der) = generate().unwrap();
        let key = SigningKey::from_pkcs8(&kid, &der).unwrap();
        let claims = Claims {
            iss: "http://h".to_owned(),
            iat: 1,
            day: "2026-06-14".to_owned(),
            seq: 7,
            link: "abc".to_owned(),
            before: None,
        };
        let root = sign(&key, &claims).unwrap();
        assert_eq!(read(&root), Some((claims, kid)));
        let parts: Vec<&str> = root.split('.').collect();
        let other = sign(
            &key,
            &Claims {
                seq: 8,
                ..read(&root).unwrap().0
            },
        )
        .unwrap();
        let claims_of_other = other.split('.').nth(1).unwrap();
        assert_eq!(read(&[parts[0], claims_of_other, parts[2]].join(".")), None);
        // Another kind of token of the same key is no root.
        assert_eq!(
            read(&key.sign(&serde_json::json!({"iss": "http://h"})).unwrap()),
            None
        );
        assert_ne!(fingerprint(&root), fingerprint(&other));
    }
}
