//! The trust community of the demonstration (UDAP): an authority, this server's certificate, and members whose
//! keys scripts may use.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256,
    RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use smart::udap::{Chain, Community, Identity, Membership};

use crate::Error;
use crate::manifest::{Udap, UdapClient};

/// By which the community is known.
pub const COMMUNITY: &str = "urn:kinchart:demo:exchange";

/// Of which organization the members say they are.
const ORGANIZATION: &str = "https://harbor.example/organization";

/// Key, URI, grant types and scopes of each member in the manifest.
const MEMBERS: [(&str, &str, &[&str], &str); 2] = [
    (
        "udap-backend",
        "https://exchange.harbor.example/backend",
        &["client_credentials"],
        "system/*.rs",
    ),
    (
        "udap-app",
        "https://notebook.harbor.example/app",
        &["authorization_code", "refresh_token"],
        "openid fhirUser launch/patient offline_access patient/*.rs",
    ),
];

/// Who issues the community's certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, both PEM.
pub struct Certificate {
    pub pem: String,
    pub key_pem: String,
    serial: Vec<u8>,
}

fn fault<E>(_: E) -> Error {
    Error::Keys
}

fn params(name: &str) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    // The clock of a demonstration may be moved anywhere.
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2099, 12, 31);
    let mut serial = vec![1_u8; 16];
    aws_lc_rs::rand::fill(serial.get_mut(1..).unwrap_or_default()).map_err(fault)?;
    params.serial_number = Some(SerialNumber::from(serial));
    Ok(params)
}

impl Authority {
    /// A new one, with a key of its own.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn new() -> Result<Self, Error> {
        let mut params = params("Kinchart demonstration exchange")?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(fault)?;
        let pem = params.self_signed(&key).map_err(fault)?.pem();
        let issuer = Issuer::new(params, key);
        Ok(Self { issuer, pem })
    }
    /// The anchor, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }
    /// A certificate with an RSA key for whoever is known by that URI.
    ///
    /// # Errors
    /// When no key can be made or the URI is none.
    pub fn certify(&self, name: &str, uri: &str) -> Result<Certificate, Error> {
        let mut params = params(name)?;
        params.subject_alt_names = vec![SanType::URI(uri.try_into().map_err(fault)?)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let serial = params.serial_number.as_ref().map(SerialNumber::to_bytes);
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).map_err(fault)?;
        let made = params.signed_by(&key, &self.issuer).map_err(fault)?;
        Ok(Certificate {
            pem: made.pem(),
            key_pem: key.serialize_pem(),
            serial: serial.unwrap_or_default(),
        })
    }
    /// A list of certificates that count no longer, PEM.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn revoke(&self, gone: &[&Certificate]) -> Result<String, Error> {
        let revoked = |one: &&Certificate| RevokedCertParams {
            serial_number: SerialNumber::from(one.serial.clone()),
            revocation_time: date_time_ymd(2020, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(2099, 12, 31),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: gone.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let signed = list.signed_by(&self.issuer).map_err(fault)?;
        signed.pem().map_err(fault)
    }
    /// What a server at that FHIR base is as a member of this community alone. Apps of version 1.0 of the
    /// guide, which know no PKCE, are welcome.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn membership(&self, fhir_base: &str) -> Result<Membership, Error> {
        let own = self.certify("Kinchart demonstration", fhir_base)?;
        let identity = Identity::of_pem(own.pem.as_bytes(), own.key_pem.as_bytes(), fhir_base);
        let community = Community::new(COMMUNITY, self.pem.as_bytes(), None);
        let mut community = community.map_err(fault)?;
        community.requires_pkce = false;
        Ok(Membership::new(identity.map_err(fault)?, vec![community]))
    }
}

impl Certificate {
    /// As the header of a JWT carries it.
    ///
    /// # Errors
    /// Never for a certificate made here.
    pub fn x5c(&self) -> Result<Vec<String>, Error> {
        let chain = Chain::of_pem(self.pem.as_bytes()).map_err(fault)?;
        Ok(chain.to_x5c())
    }
}

/// A community of its own for each start: what the server is in it, and what the manifest tells of it.
///
/// # Errors
/// When no key can be made.
pub fn community(fhir_base: &str) -> Result<(Membership, Udap), Error> {
    let authority = Authority::new()?;
    let mut clients = Vec::new();
    for (key, uri, grant_types, scopes) in MEMBERS {
        let certificate = authority.certify(key, uri)?;
        clients.push(UdapClient {
            key,
            uri,
            organization_id: ORGANIZATION,
            grant_types,
            scopes,
            x5c: certificate.x5c()?,
            certificate_pem: certificate.pem,
            private_key_pem: certificate.key_pem,
        });
    }
    let told = Udap {
        community: COMMUNITY,
        anchor_pem: authority.pem().to_owned(),
        clients,
    };
    Ok((authority.membership(fhir_base)?, told))
}
