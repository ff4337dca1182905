//! Sign-in accounts: one per human.
use crate::{Result, Storage};
use jiff::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Patient,
    Proxy,
    Staff,
}

/// An account row. `password_hash` is a PHC string.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: String,
    pub username: String,
    pub password_hash: String,
    pub kind: Kind,
    pub state: access::actor::Account,
    /// Staff role (`clinician`, `registration`, …).
    pub role: Option<String>,
    pub display: String,
    pub email: Option<String>,
    /// FHIR ids: the login's Person, the person's own Patient, the staff member's Practitioner.
    pub person: Option<String>,
    pub patient: Option<String>,
    pub practitioner: Option<String>,
    /// HealthcareService ids of a staff member's pools.
    pub pools: Vec<String>,
    pub terms_accepted: bool,
    pub failed_sign_ins: i64,
    pub locked_until: Option<Timestamp>,
}

pub struct Accounts<'a> {
    pub(crate) storage: &'a Storage,
}

impl Accounts<'_> {
    pub async fn create(&self, _account: &Account, _now: Timestamp) -> Result<()> {
        let _ = self.storage;
        todo!()
    }
    /// By username, case folded.
    pub async fn find_by_username(&self, _username: &str) -> Result<Option<Account>> {
        todo!()
    }
    pub async fn find(&self, _id: &str) -> Result<Option<Account>> {
        todo!()
    }
    pub async fn set_state(&self, _id: &str, _state: access::actor::Account) -> Result<bool> {
        todo!()
    }
    /// Counts a wrong password; locks the account for a while from the pack's limit on.
    pub async fn sign_in_failed(&self, _id: &str, _now: Timestamp) -> Result<()> {
        todo!()
    }
    pub async fn sign_in_succeeded(&self, _id: &str, _now: Timestamp) -> Result<()> {
        todo!()
    }
    /// Whom this account may open: self first, then everyone it is or was proxy for, with the standing of each.
    pub async fn people(
        &self,
        _account: &Account,
        _now: Timestamp,
    ) -> Result<Vec<crate::standing::Person>> {
        todo!()
    }
}
