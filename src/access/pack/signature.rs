//! Who stands for a collection of packs: a signature beside the file, bound to its exact text.
//!
//! The signature is a JWS (RFC 7515) with ES256 over the SHA-256 of the text, the signer's name and the
//! day. Which keys are believed is the configuration's business.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::civil::Date;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// `typ` of the JWS header, so that no other signed thing passes for this one.
const TYPE: &str = "policy-pack+jwt";

/// What a signer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// SHA-256 of the file, base64url.
    sha256: String,
    pub signed_by: String,
    /// The day, `YYYY-MM-DD`.
    pub signed_on: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the key cannot be used: {0}")]
    Key(String),
    #[error("no key the configuration names made this signature")]
    Stranger,
    #[error("the text was changed after it was signed")]
    Changed,
}

fn digest_of(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

/// Signs the text of a collection with a P-256 private key (PKCS#8 PEM).
///
/// # Errors
/// A key that is none.
pub fn sign(
    text: &str,
    signed_by: &str,
    signed_on: Date,
    private_pem: &[u8],
) -> Result<String, SignatureError> {
    let fault = |error: jsonwebtoken::errors::Error| SignatureError::Key(error.to_string());
    let key = EncodingKey::from_ec_pem(private_pem).map_err(fault)?;
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some(TYPE.to_owned());
    let claims = Signature {
        sha256: digest_of(text),
        signed_by: signed_by.to_owned(),
        signed_on: signed_on.to_string(),
    };
    jsonwebtoken::encode(&header, &claims, &key).map_err(fault)
}

/// Who signed the text, if one of the public keys (PEM) made the signature.
///
/// # Errors
/// A key that cannot be read, a signature of none of them, a text that is not the signed one.
pub fn verify(
    text: &str,
    signature: &str,
    public_pems: &[Vec<u8>],
) -> Result<Signature, SignatureError> {
    let mut rules = Validation::new(Algorithm::ES256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_aud = false;
    for pem in public_pems {
        let key = DecodingKey::from_ec_pem(pem)
            .map_err(|error| SignatureError::Key(error.to_string()))?;
        let Ok(read) = jsonwebtoken::decode::<Signature>(signature.trim(), &key, &rules) else {
            continue;
        };
        if read.header.typ.as_deref() != Some(TYPE) {
            continue;
        }
        return match read.claims.sha256 == digest_of(text) {
            true => Ok(read.claims),
            false => Err(SignatureError::Changed),
        };
    }
    Err(SignatureError::Stranger)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_signature_holds_for_its_text_and_its_key_only() {
        let (private, public) = smart::jwk::generate_p256().unwrap();
        let (_, other) = smart::jwk::generate_p256().unwrap();
        let keys = |pem: &str| vec![pem.as_bytes().to_vec()];
        let day = Date::constant(2026, 6, 15);
        let signature = sign("{}", "Ada Counsel", day, private.as_bytes()).unwrap();
        let read = verify("{}", &signature, &keys(&public)).unwrap();
        let said = (read.signed_by.as_str(), read.signed_on.as_str());
        assert_eq!(said, ("Ada Counsel", "2026-06-15"));
        let changed = verify("{ }", &signature, &keys(&public));
        assert_eq!(changed, Err(SignatureError::Changed));
        let stranger = verify("{}", &signature, &keys(&other));
        assert_eq!(stranger, Err(SignatureError::Stranger));
        assert!(verify("{}", "nonsense", &keys(&public)).is_err());
        assert!(verify("{}", &signature, &keys("nonsense")).is_err());
        let both = [keys(&other), keys(&public)].concat();
        assert!(verify("{}", &signature, &both).is_ok());
    }
}
