//! Standing: from a token or session to the facts `access` decides on, cached until one of them
//! changes.
use crate::{Result, Storage};
use access::Standing;
use jiff::Timestamp;
use std::sync::Arc;

/// One person an account may act for, as the family and patient-choice pages show them.
#[derive(Debug, Clone)]
pub struct Person {
    pub patient: String,
    pub name: String,
    pub birth_date: Option<String>,
    pub is_self: bool,
    pub related_person: Option<String>,
    pub relationship_label: Option<String>,
    /// What a session of this account for this patient stands on; open it with `Access::open` to
    /// learn what is possible now.
    pub standing: Arc<Standing>,
}

impl Storage {
    /// The standing behind an access token (its SHA-256, base64url), or `None` for a token that
    /// never was or is gone.
    /// Expired and revoked tokens do have a standing that says so.
    pub async fn standing_of_token(&self, _token_hash: &str) -> Result<Option<Arc<Standing>>> {
        todo!()
    }
    /// The standing of a signed-in account acting for a patient (no client: first-party pages).
    pub async fn standing_of_account(
        &self,
        _account: &str,
        _patient: &str,
        _now: Timestamp,
    ) -> Result<Option<Arc<Standing>>> {
        todo!()
    }
}
