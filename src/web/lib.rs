//! What the edges share: the caller behind a bearer token, sessions, replies, headers, addresses. No rules.

use std::sync::Arc;

/// What every handler is given.
#[derive(Clone)]
pub struct House {
    pub storage: storage::Storage,
    pub clock: config::Clock,
    pub pack: Arc<access::Pack>,
    /// `http://127.0.0.1:8080`, without trailing slash.
    pub base_url: Arc<str>,
    /// `{base_url}/fhir`
    pub fhir_base: Arc<str>,
}
