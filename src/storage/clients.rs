//! OAuth clients.
use crate::{Result, Storage};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Public,
    ConfidentialSymmetric,
    ConfidentialAsymmetric,
    Backend,
}

#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    /// SHA-256 of the secret, base64url.
    pub secret_hash: Option<String>,
    pub redirect_uris: Vec<String>,
    pub launch_uri: Option<String>,
    /// Scopes it may ask for, space separated.
    pub scopes: String,
    pub jwks: Option<String>,
    pub jwks_uri: Option<String>,
    /// Run by the organization itself (the portal): no app consent page beyond the patient choice.
    pub first_party: bool,
    pub active: bool,
}

pub struct Clients<'a> {
    pub(crate) storage: &'a Storage,
}

impl Clients<'_> {
    /// Inserts or replaces.
    pub async fn save(&self, _client: &Client) -> Result<()> {
        let _ = self.storage;
        todo!()
    }
    pub async fn find(&self, _id: &str) -> Result<Option<Client>> {
        todo!()
    }
    pub async fn list(&self) -> Result<Vec<Client>> {
        todo!()
    }
    /// Every token of a disabled client is dead at once.
    pub async fn set_active(&self, _id: &str, _active: bool) -> Result<bool> {
        todo!()
    }
}
