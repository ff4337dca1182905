//! A passkey in a test's hand: a P-256 key that answers as an authenticator does (WebAuthn 6).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// User present and verified.
pub const VERIFIED: u8 = 0x05;

pub struct Authenticator {
    pair: EcdsaKeyPair,
    pub credential: Vec<u8>,
    pub counter: u32,
    /// Whether uses are counted.
    pub counts: bool,
    pub flags: u8,
    /// The site it believes to be on.
    pub origin: String,
    pub party: String,
}

impl Authenticator {
    pub fn on(origin: &str, party: &str) -> Self {
        Self {
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            credential: vec![7; 32],
            counter: 0,
            counts: true,
            flags: VERIFIED,
            origin: origin.to_owned(),
            party: party.to_owned(),
        }
    }
    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let data = json!({"type": kind, "challenge": challenge, "origin": self.origin,
                          "crossOrigin": false});
        data.to_string().into_bytes()
    }
    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.party.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }
    /// The public key, as COSE.
    pub fn key(&self) -> Vec<u8> {
        let point = self.pair.public_key().as_ref();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 32];
        key.extend(&point[1..33]);
        key.extend([0x22, 0x58, 32]);
        key.extend(&point[33..65]);
        key
    }
    /// The answer to the wish for a new passkey.
    pub fn create(&self, challenge: &str) -> Value {
        let mut data = self.data(self.flags | 0x40);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential.len()).unwrap().to_be_bytes());
        data.extend(&self.credential);
        data.extend(self.key());
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        json!({
            "clientDataJSON": text(&self.client_data("webauthn.create", challenge)),
            "attestationObject": text(&object),
        })
    }
    /// The answer to a challenge.
    pub fn get(&mut self, challenge: &str) -> Value {
        self.counter = if self.counts { self.counter + 1 } else { 0 };
        let data = self.data(self.flags);
        let client_data = self.client_data("webauthn.get", challenge);
        let signed = [&*data, digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": text(&self.credential),
            "clientDataJSON": text(&client_data),
            "authenticatorData": text(&data),
            "signature": text(signature.as_ref()),
        })
    }
}

pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
