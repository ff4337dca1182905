//! A key in a client's hand: DPoP proofs and client assertions made with it.

use jsonwebtoken::jwk::{Jwk, JwkSet, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{BASE, House};

/// A fresh P-384 key.
pub struct Key {
    private: EncodingKey,
    public: Jwk,
}

impl Key {
    pub fn new() -> Self {
        let der = aws_lc_rs::signature::EcdsaKeyPair::generate_pkcs8(
            &aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING,
            &aws_lc_rs::rand::SystemRandom::new(),
        )
        .unwrap();
        let private = EncodingKey::from_ec_der(der.as_ref());
        let public = Jwk::from_encoding_key(&private, Algorithm::ES384).unwrap();
        Self { private, public }
    }
    pub fn named(kid: &str) -> Self {
        let mut key = Self::new();
        key.public.common.key_id = Some(kid.to_owned());
        key
    }
    /// The document a client publishes, with these keys in it.
    pub fn set(keys: &[&Self]) -> String {
        let keys = keys.iter().map(|key| key.public.clone()).collect();
        serde_json::to_string(&JwkSet { keys }).unwrap()
    }
    pub fn thumbprint(&self) -> String {
        self.public.thumbprint(ThumbprintHash::SHA256).unwrap()
    }
    /// Any claims, signed.
    pub fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES384);
        header.kid.clone_from(&self.public.common.key_id);
        jsonwebtoken::encode(&header, claims, &self.private).unwrap()
    }
    /// A client assertion for the token endpoint.
    pub fn assertion(&self, house: &House, client: &str, jti: &str) -> String {
        self.signed(house, client, jti, None)
    }
    /// The same, naming a place on this machine as that of its keys (`jku`).
    pub fn assertion_from(&self, house: &House, client: &str, jti: &str, port: u16) -> String {
        let place = format!("http://127.0.0.1:{port}/jwks");
        self.signed(house, client, jti, Some(place))
    }
    fn signed(&self, house: &House, client: &str, jti: &str, jku: Option<String>) -> String {
        let claims = json!({
            "iss": client, "sub": client, "aud": format!("{BASE}/oauth2/token"),
            "exp": house.now().as_second() + 300, "jti": jti,
        });
        let mut header = Header::new(Algorithm::ES384);
        header.kid.clone_from(&self.public.common.key_id);
        header.jku = jku;
        jsonwebtoken::encode(&header, &claims, &self.private).unwrap()
    }
    /// A DPoP proof for a request, with a fresh id.
    pub fn proof(&self, house: &House, method: &str, path: &str, token: Option<&str>) -> String {
        self.proof_with(house, method, path, token, |_| {})
    }
    /// The same with its claims changed.
    pub fn proof_with(
        &self,
        house: &House,
        method: &str,
        path: &str,
        token: Option<&str>,
        change: impl Fn(&mut Value),
    ) -> String {
        let mut header = Header::new(Algorithm::ES384);
        header.typ = Some("dpop+jwt".to_owned());
        header.jwk = Some(self.public.clone());
        let mut claims = json!({
            "jti": uuid::Uuid::new_v4().to_string(), "htm": method, "htu": format!("{BASE}{path}"),
            "iat": house.now().as_second(),
        });
        if let Some(token) = token {
            claims["ath"] = smart::jwk::hash_of_secret(token).into();
        }
        change(&mut claims);
        jsonwebtoken::encode(&header, &claims, &self.private).unwrap()
    }
}
