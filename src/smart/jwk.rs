//! JSON Web Keys: our signing keys and their public half, and the keys a client registered.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use aws_lc_rs::{digest, rand};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
pub use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::jwk::{JwkSet, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The algorithm id_tokens are signed with (OpenID Connect Core section 15.1; SMART requires it).
pub const SIGNING_ALGORITHM: &str = "RS256";
/// The same, for the library.
pub(crate) const SIGNING: Algorithm = Algorithm::RS256;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key: {0}")]
pub struct KeyError(pub String);

/// A private key ready to sign id_tokens.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    private: EncodingKey,
    public: Jwk,
}

impl SigningKey {
    /// Reads an RSA key from PKCS#8 DER.
    pub fn from_pkcs8(kid: &str, der: &[u8]) -> Result<Self, KeyError> {
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der)
        );
        let fault = |e: jsonwebtoken::errors::Error| KeyError(e.to_string());
        let private = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(fault)?;
        let mut public = Jwk::from_encoding_key(&private, Algorithm::RS256).map_err(fault)?;
        public.common.key_id = Some(kid.to_owned());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        public.common.key_operations = None::<Vec<KeyOperations>>;
        Ok(Self {
            kid: kid.to_owned(),
            private,
            public,
        })
    }
    pub fn kid(&self) -> &str {
        &self.kid
    }
    /// The half everybody may have.
    pub(crate) fn public(&self) -> &Jwk {
        &self.public
    }
    /// Signs claims as a compact JWT (RS256, `kid` in the header).
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, KeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.private).map_err(|e| KeyError(e.to_string()))
    }
    /// The same for a JWT of another type that is checked when the key is long forgotten: the public half
    /// is in its header.
    pub(crate) fn sign_as(
        &self,
        media_type: &str,
        claims: &impl Serialize,
    ) -> Result<String, KeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.typ = Some(media_type.to_owned());
        header.kid = Some(self.kid.clone());
        header.jwk = Some(self.public.clone());
        jsonwebtoken::encode(&header, claims, &self.private).map_err(|e| KeyError(e.to_string()))
    }
}

/// A new RSA key of 2048 bits: its kid and PKCS#8 DER. Takes some hundred milliseconds.
pub fn generate() -> Result<(String, Vec<u8>), KeyError> {
    let unspecified = |_| KeyError("the key could not be made".to_owned());
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(unspecified)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(unspecified)?;
    let der = der.as_ref().to_vec();
    let mut salt = [0_u8; 9];
    rand::fill(&mut salt).map_err(unspecified)?;
    Ok((URL_SAFE_NO_PAD.encode(salt), der))
}

/// A new P-256 key pair: the private half as PKCS#8 PEM, the public half as SPKI PEM.
pub fn generate_p256() -> Result<(String, String), KeyError> {
    let unspecified = |_| KeyError("the key could not be made".to_owned());
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(unspecified)?;
    let private = pair.to_pkcs8v1().map_err(unspecified)?;
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(unspecified)?;
    Ok((
        pem("PRIVATE KEY", private.as_ref()),
        pem("PUBLIC KEY", public.as_ref()),
    ))
}

/// RFC 7468, in lines of 64.
fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, letter) in STANDARD.encode(der).chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text + &format!("\n-----END {label}-----\n")
}

/// The document at `jwks_uri`: public halves only.
pub fn public_set(keys: &[SigningKey]) -> Result<String, KeyError> {
    let set = JwkSet {
        keys: keys.iter().map(|k| k.public.clone()).collect(),
    };
    serde_json::to_string(&set).map_err(|e| KeyError(e.to_string()))
}

/// A client's registered keys; keys of kinds we do not know are passed over.
pub fn client_set(text: &str) -> Result<Vec<Jwk>, KeyError> {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|e| KeyError(e.to_string()))?;
    let keys = value.get("keys").and_then(|k| k.as_array());
    let keys = keys.ok_or_else(|| KeyError("a JWK Set has an array 'keys'".to_owned()))?;
    Ok(keys
        .iter()
        .filter_map(|key| serde_json::from_value(key.clone()).ok())
        .collect())
}

/// The claims of a JWT that this key signed with this algorithm. Times, issuer and audience are for the caller
/// to judge, by the clock handed to it.
pub(crate) fn signed_claims<T: DeserializeOwned>(
    jwt: &str,
    key: &Jwk,
    algorithm: Algorithm,
) -> Option<T> {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_jwk(key).ok()?;
    let token = jsonwebtoken::decode::<T>(jwt, &key, &validation).ok()?;
    Some(token.claims)
}

/// SHA-256, base64url: the only form in which secrets are stored.
pub fn hash_of_secret(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_made_key_signs_what_its_public_half_verifies() {
        let (kid, der) = generate().unwrap();
        let key = SigningKey::from_pkcs8(&kid, &der).unwrap();
        let jwt = key
            .sign(&serde_json::json!({"sub": "a", "exp": 4_000_000_000_u64}))
            .unwrap();
        let set: JwkSet = serde_json::from_str(&public_set(&[key]).unwrap()).unwrap();
        let jwk = set.find(&kid).unwrap();
        let validation = jsonwebtoken::Validation::new(Algorithm::RS256);
        let public = jsonwebtoken::DecodingKey::from_jwk(jwk).unwrap();
        let read = jsonwebtoken::decode::<serde_json::Value>(&jwt, &public, &validation).unwrap();
        assert_eq!(read.claims["sub"], "a");
        assert_eq!(read.header.kid.as_deref(), Some(kid.as_str()));
        assert!(!serde_json::to_string(&set).unwrap().contains("\"d\""));
    }

    #[test]
    fn a_key_of_an_unknown_kind_does_not_spoil_the_set() {
        let text = r#"{"keys":[{"kty":"XYZ"},{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}]}"#;
        assert!(client_set(text).is_ok_and(|keys| !keys.is_empty()));
        assert!(client_set("{}").is_err());
        assert!(client_set("[").is_err());
    }
}
