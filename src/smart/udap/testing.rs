//! Authorities and certificates made for a test.
#![allow(clippy::unwrap_used)]

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SanType, SerialNumber,
};
use serde_json::{Value, json};

use super::{Chain, Identity};

/// Where the clock of these tests stands.
pub(crate) const NOW: i64 = 1_780_000_000;
pub(crate) const BASE: &str = "https://kinchart.test/fhir";
pub(crate) const URI: &str = "https://client.example/app";

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// Claims of a software statement or authentication token for that place.
pub(crate) fn claims(aud: &str, jti: &str) -> Value {
    json!({"iss": URI, "sub": URI, "aud": aud, "iat": NOW, "exp": NOW + 300, "jti": jti})
}

fn on(day: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(NOW + day * 86_400).unwrap()
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = on(-365);
    params.not_after = on(365);
    params
}

/// Somebody who issues certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn of(pem: String, params: CertificateParams, key: KeyPair) -> Self {
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }
    fn params() -> CertificateParams {
        let mut params = params("Trust");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
    }
    pub(crate) fn new() -> Self {
        let mut params = Self::params();
        let mut salt = [0_u8; 8];
        aws_lc_rs::rand::fill(&mut salt).unwrap();
        params
            .distinguished_name
            .push(DnType::OrganizationName, format!("{salt:?}"));
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self::of(pem, params, key)
    }
    /// An authority this one vouches for.
    pub(crate) fn subordinate(&self) -> Self {
        let mut params = Self::params();
        params
            .distinguished_name
            .push(DnType::OrganizationName, "between");
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Self::of(pem, params, key)
    }
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }
    /// A certificate with an elliptic key.
    pub(crate) fn leaf(&self, uri: &str) -> Leaf {
        self.leaf_for(uri, "ES256")
    }
    pub(crate) fn leaf_for(&self, uri: &str, algorithm: &str) -> Leaf {
        self.leaf_with(uri, algorithm, KeyUsagePurpose::DigitalSignature)
    }
    pub(crate) fn leaf_with(&self, uri: &str, algorithm: &str, usage: KeyUsagePurpose) -> Leaf {
        let (made, signs) = match algorithm {
            "RS256" => (&rcgen::PKCS_RSA_SHA256, Algorithm::RS256),
            "RS384" => (&rcgen::PKCS_RSA_SHA256, Algorithm::RS384),
            "ES384" => (&rcgen::PKCS_ECDSA_P384_SHA384, Algorithm::ES384),
            _ => (&rcgen::PKCS_ECDSA_P256_SHA256, Algorithm::ES256),
        };
        let mut params = params("Client");
        params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
        params.key_usages = vec![usage];
        let mut serial = [1_u8; 9];
        aws_lc_rs::rand::fill(&mut serial[1..]).unwrap();
        params.serial_number = Some(SerialNumber::from(serial.to_vec()));
        let key = KeyPair::generate_for(made).unwrap();
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Leaf {
            pem,
            key,
            signs,
            serial: serial.to_vec(),
        }
    }
    /// A certificate and key of the server at that FHIR base.
    pub(crate) fn identity(&self, base: &str) -> Identity {
        let leaf = self.leaf_for(base, "RS256");
        Identity::of_pem(leaf.pem().as_bytes(), leaf.key_pem().as_bytes(), base).unwrap()
    }
    /// A revocation list, good for thirty days.
    pub(crate) fn revoking(&self, gone: &[&Leaf]) -> String {
        let revoked = |leaf: &&Leaf| RevokedCertParams {
            serial_number: SerialNumber::from(leaf.serial.clone()),
            revocation_time: on(-1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: on(-1),
            next_update: on(30),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: gone.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

/// A certificate with its key.
pub(crate) struct Leaf {
    pem: String,
    key: KeyPair,
    signs: Algorithm,
    serial: Vec<u8>,
}

impl Leaf {
    pub(crate) fn pem(&self) -> String {
        self.pem.clone()
    }
    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }
    pub(crate) fn chain(&self) -> Chain {
        Chain::of_pem(self.pem.as_bytes()).unwrap()
    }
    pub(crate) fn x5c(&self) -> Vec<String> {
        self.chain().to_x5c()
    }
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(self, claims)
    }
    /// Signs with this key under the certificate of another.
    pub(crate) fn sign_as(&self, other: &Self, claims: &Value) -> String {
        let pem = self.key_pem();
        let key = match self.signs {
            Algorithm::RS256 | Algorithm::RS384 => EncodingKey::from_rsa_pem(pem.as_bytes()),
            _ => EncodingKey::from_ec_pem(pem.as_bytes()),
        };
        let header = Header {
            x5c: Some(other.x5c()),
            ..Header::new(self.signs)
        };
        jsonwebtoken::encode(&header, claims, &key.unwrap()).unwrap()
    }
}
