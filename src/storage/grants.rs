//! Authorizations, codes and tokens. Secrets are stored as SHA-256 only.
use crate::{Result, Storage};
use jiff::Timestamp;

/// What a person (or administrator, or a backend's assertion) granted a client.
#[derive(Debug, Clone)]
pub struct Grant {
    pub id: String,
    pub client: String,
    pub account: Option<String>,
    pub patient: Option<String>,
    pub encounter: Option<String>,
    /// Granted scopes, verbatim.
    pub scopes: String,
    /// `Patient/…`, `RelatedPerson/…`, `Practitioner/…`, `Person/…`
    pub fhir_user: Option<String>,
    pub nonce: Option<String>,
    pub auth_time: Option<Timestamp>,
    pub created: Timestamp,
    pub revoked: Option<Timestamp>,
    pub last_used: Option<Timestamp>,
    /// The app Consent resource written when it was given.
    pub consent: Option<String>,
}

/// A fresh pair; the only moment the secrets exist in clear.
#[derive(Debug, Clone)]
pub struct Issued {
    pub access_token: String,
    pub expires_in_seconds: i64,
    pub refresh_token: Option<String>,
}

/// What a refresh token turned out to be.
#[derive(Debug, Clone)]
pub enum Refreshed {
    Issued(Grant, Issued),
    /// Used before: the whole family is now revoked.
    Reused(Grant),
    Unknown,
}

pub struct Grants<'a> {
    pub(crate) storage: &'a Storage,
}

impl Grants<'_> {
    /// Stores a grant and a first token pair (`kinchart admin token mint`, client_credentials, code redemption).
    pub async fn issue(
        &self,
        _grant: &Grant,
        _lifetime_seconds: i64,
        _refresh: bool,
        _now: Timestamp,
    ) -> Result<Issued> {
        let _ = self.storage;
        todo!()
    }
    /// Exchanges a refresh token of that client, rotating it.
    pub async fn refresh(
        &self,
        _refresh_token: &str,
        _client: &str,
        _scopes: Option<&str>,
        _lifetime_seconds: i64,
        _now: Timestamp,
    ) -> Result<Refreshed> {
        todo!()
    }
    /// Ends a grant with all its tokens at once.
    pub async fn revoke(&self, _grant: &str, _now: Timestamp) -> Result<bool> {
        todo!()
    }
    pub async fn find(&self, _grant: &str) -> Result<Option<Grant>> {
        todo!()
    }
    /// Live grants of an account, newest first (connected apps).
    pub async fn of_account(&self, _account: &str) -> Result<Vec<Grant>> {
        todo!()
    }
}
