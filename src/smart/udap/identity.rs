//! This server's own certificate and key: with them it signs what its metadata says.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use super::Chain;
use super::jws::Signed;

/// A certificate with the key it is of.
pub struct Identity {
    chain: Chain,
    key: EncodingKey,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl Identity {
    /// Reads a chain and an RSA key (PKCS #8 or PKCS #1), both PEM. The certificate must be of this key and
    /// have the FHIR base among its names, else nobody would believe what it signs.
    ///
    /// # Errors
    /// What is wrong and what it must be, in words.
    pub fn of_pem(chain: &[u8], key: &[u8], fhir_base: &str) -> Result<Self, String> {
        let chain = Chain::of_pem(chain).map_err(|why| format!("the certificate file {why}"))?;
        let key = EncodingKey::from_rsa_pem(key)
            .map_err(|_| "the key file holds no RSA private key (PEM)".to_owned())?;
        if !chain.names(fhir_base) {
            return Err(format!(
                "the certificate must have URI:{fhir_base} as subject alternative name; it has {:?}",
                chain.uris()
            ));
        }
        let identity = Self { chain, key };
        let trial = identity.sign(&serde_json::json!({"iss": fhir_base}))?;
        Signed::read(&trial).map_err(|why| format!("the key is not the certificate's: {why}"))?;
        Ok(identity)
    }
    /// Signs claims with the certificate in the header (RS256, which everybody must know).
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, String> {
        let header = Header {
            x5c: Some(self.chain.to_x5c()),
            ..Header::new(Algorithm::RS256)
        };
        jsonwebtoken::encode(&header, claims, &self.key).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::testing::{Authority, BASE};
    use super::*;

    #[test]
    fn a_certificate_must_be_of_this_server_and_of_this_key() {
        let authority = Authority::new();
        let (ours, other) = (
            authority.leaf_for(BASE, "RS256"),
            authority.leaf_for(BASE, "RS256"),
        );
        let of =
            |cert: &str, key: &str, base| Identity::of_pem(cert.as_bytes(), key.as_bytes(), base);
        assert!(of(&ours.pem(), &ours.key_pem(), BASE).is_ok());
        let why = of(&ours.pem(), &ours.key_pem(), "https://other.example/fhir").unwrap_err();
        assert!(why.contains("URI:https://other.example/fhir"), "{why}");
        assert!(
            of(&ours.pem(), &other.key_pem(), BASE)
                .unwrap_err()
                .contains("not the certificate's")
        );
        let elliptic = authority.leaf(BASE);
        assert!(
            of(&elliptic.pem(), &elliptic.key_pem(), BASE)
                .unwrap_err()
                .contains("RSA")
        );
        assert!(of("", &ours.key_pem(), BASE).is_err());
    }
}
