//! Chains of X.509 certificates: as a JWT's header carries them (`x5c`), what the leaf says, and whether an
//! anchor vouches for it.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use pki_types::pem::PemObject;
use pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, ExtendedKeyUsageValidator,
    KeyPurposeIdIter, RevocationOptionsBuilder,
};

use super::der;

/// Certificates of one chain, and the bytes of each, at most.
pub const CERTIFICATES_MAX: usize = 6;
const CERTIFICATE_BYTES_MAX: usize = 8 * 1024;

/// `keyUsage` (RFC 5280 section 4.2.1.3), and in it the bit of digital signatures.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const DIGITAL_SIGNATURE: u8 = 0x80;

/// A certificate with those that lead from it to an anchor.
#[derive(Clone, PartialEq, Eq)]
pub struct Chain {
    leaf: CertificateDer<'static>,
    others: Vec<CertificateDer<'static>>,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chain({} certificates)", 1 + self.others.len())
    }
}

/// What certificates are for differs by community; all that matters here is what a signature proves.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}

impl Chain {
    /// Reads `x5c` (RFC 7515 section 4.1.6): the leaf first.
    ///
    /// # Errors
    /// Why it is no chain, in words.
    pub fn of_x5c(x5c: &[String]) -> Result<Self, String> {
        let mut chain = Vec::new();
        for text in x5c {
            if x5c.len() > CERTIFICATES_MAX || text.len() > CERTIFICATE_BYTES_MAX * 4 / 3 {
                return Err(format!(
                    "x5c holds at most {CERTIFICATES_MAX} certificates of 8 KiB each"
                ));
            }
            let der = STANDARD.decode(text).map_err(|_| {
                "x5c holds certificates as base64 (not base64url) of their DER".to_owned()
            })?;
            chain.push(CertificateDer::from(der));
        }
        Self::of(chain).ok_or_else(|| "x5c must hold at least the signer's certificate".to_owned())
    }
    /// Reads a PEM file: the leaf first.
    ///
    /// # Errors
    /// Why it holds no chain, in words.
    pub fn of_pem(pem: &[u8]) -> Result<Self, String> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let read = read.map_err(|fault| format!("is no PEM: {fault}"))?;
        Self::of(read).ok_or_else(|| "holds no certificate (PEM)".to_owned())
    }
    fn of(chain: Vec<CertificateDer<'static>>) -> Option<Self> {
        let mut chain = chain.into_iter();
        let leaf = chain.next()?;
        let others = chain.collect();
        Some(Self { leaf, others })
    }
    /// As the header of a JWT carries it.
    pub fn to_x5c(&self) -> Vec<String> {
        let all = std::iter::once(&self.leaf).chain(&self.others);
        all.map(|one| STANDARD.encode(one)).collect()
    }
    /// URIs in the leaf's subject alternative name, exactly as they stand there.
    pub fn uris(&self) -> Vec<String> {
        let Ok(leaf) = EndEntityCert::try_from(&self.leaf) else {
            return Vec::new();
        };
        leaf.valid_uri_names().map(str::to_owned).collect()
    }
    /// Whether the leaf is of that URI. Compared as text: nothing is normalised.
    pub fn names(&self, uri: &str) -> bool {
        self.uris().iter().any(|one| one == uri)
    }
    /// The leaf's public key (SubjectPublicKeyInfo, DER), if it may sign.
    ///
    /// # Errors
    /// Why it may not, in words.
    pub(super) fn signing_key(&self) -> Result<Vec<u8>, String> {
        let leaf = EndEntityCert::try_from(&self.leaf)
            .map_err(|_| "the first certificate cannot be read as X.509 version 3".to_owned())?;
        if let Some(usage) = der::extension(&self.leaf, KEY_USAGE) {
            // A BIT STRING: how many bits of the last byte are unused, then the bits.
            let bits = der::element(usage).map(|(_, content, _)| content);
            let signs = bits
                .and_then(|bits| bits.get(1))
                .is_some_and(|b| b & DIGITAL_SIGNATURE != 0);
            if !signs {
                return Err(
                    "keyUsage of the certificate does not allow digitalSignature".to_owned(),
                );
            }
        }
        Ok(leaf.subject_public_key_info().to_vec())
    }
    /// Whether a path leads from the leaf to one of the anchors, all of it valid at `now` and, where there
    /// are revocation lists, none of it revoked or of unknown standing.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) fn verify(
        &self,
        anchors: &[TrustAnchor<'_>],
        crls: &[CertRevocationList<'static>],
        now: Timestamp,
    ) -> Result<(), String> {
        let leaf = EndEntityCert::try_from(&self.leaf).map_err(|error| in_words(&error))?;
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let crls: Vec<&CertRevocationList<'_>> = crls.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&crls).ok();
        let revocation = revocation.map(|options| {
            options
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        });
        leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            anchors,
            &self.others,
            time,
            AnyPurpose,
            revocation,
            None,
        )
        .map(|_| ())
        .map_err(|error| in_words(&error))
    }
}

fn in_words(error: &Error) -> String {
    match error {
        Error::UnknownIssuer => "no anchor of a community this server is a member of vouches for the \
            certificate; send the certificates between them in x5c, leaf first"
            .to_owned(),
        Error::CertExpired { .. } => "a certificate of the chain has expired".to_owned(),
        Error::CertNotValidYet { .. } => "a certificate of the chain is not valid yet".to_owned(),
        Error::CertRevoked => "a certificate of the chain was revoked".to_owned(),
        Error::UnknownRevocationStatus | Error::CrlExpired { .. } => {
            "whether the certificate was revoked cannot be told: the community's revocation lists do \
             not cover it or are out of date"
                .to_owned()
        }
        Error::CaUsedAsEndEntity => {
            "the first certificate of x5c is one of an authority, not the signer's own".to_owned()
        }
        other => format!("the certificate chain is not acceptable: {other}"),
    }
}

/// The anchors of a PEM file.
///
/// # Errors
/// Why there are none, in words.
pub(super) fn anchors(pem: &[u8]) -> Result<Vec<TrustAnchor<'static>>, String> {
    let chain = Chain::of_pem(pem)?;
    std::iter::once(&chain.leaf)
        .chain(&chain.others)
        .map(|one| {
            let anchor = webpki::anchor_from_trusted_cert(one);
            anchor
                .map(|anchor| anchor.to_owned())
                .map_err(|error| format!("holds a certificate that cannot be an anchor: {error}"))
        })
        .collect()
}

/// A revocation list, as PEM (one or several) or DER.
///
/// # Errors
/// Why it is none, in words.
pub(super) fn revocation_lists(bytes: &[u8]) -> Result<Vec<CertRevocationList<'static>>, String> {
    use pki_types::CertificateRevocationListDer;
    let read: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(bytes).collect();
    let mut lists = read.map_err(|fault| format!("is no PEM: {fault}"))?;
    if lists.is_empty() {
        lists.push(CertificateRevocationListDer::from(bytes.to_vec()));
    }
    let owned = |list: &CertificateRevocationListDer<'_>| {
        webpki::OwnedCertRevocationList::from_der(list)
            .map(CertRevocationList::Owned)
            .map_err(|error| format!("is no certificate revocation list: {error}"))
    };
    lists.iter().map(owned).collect()
}
