//! Ending and protecting an account: closed by its owner, by staff for them, or taken away by the organization; what
//! follows from that; copies of the record for whoever has no account; the report that somebody else uses one.

mod closing;
pub mod copies;
mod incident;
mod letters;
mod request;
mod revocation;
mod settling;
mod tasks;

use access::Access;
use storage::Storage;
use storage::accounts::Account;

use crate::break_glass::is_privacy_office;
use crate::proxies::{Desk, Error, Part, decides};

pub use closing::{Closed, Consequences, Scope, close, close_for, consequences};
pub use incident::{Secured, secure};
pub(crate) use request::asks;
pub use request::{Request, Verdict, ask, decide, notice, waiting, withdraw};
pub use revocation::{
    REASONS, Status, hold, lift, restore, restore_account, revoke, revoke_account, status,
};
pub use settling::{settle, settle_all};

/// Characters of a note that are kept.
pub const NOTE_MAX: usize = 1_000;

/// Whose account is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// The patient of that id.
    Patient(&'a str),
    /// Somebody who acts for others: the Person of that id.
    Person(&'a str),
}

impl Owner<'_> {
    /// Their account, whatever became of it.
    ///
    /// # Errors
    /// `Absent` where there is none.
    pub async fn account(self, storage: &Storage) -> Result<Account, Error> {
        let accounts = storage.accounts();
        let found = match self {
            Self::Patient(id) => accounts.find_by_patient(id).await?,
            Self::Person(id) => accounts.find_by_person(id).await?,
        };
        found.ok_or(Error::Absent)
    }
    /// Whether it is that account.
    pub fn is(self, account: &Account) -> bool {
        match self {
            Self::Patient(id) => account.patient.as_deref() == Some(id),
            Self::Person(id) => account.person.as_deref() == Some(id),
        }
    }
}

/// Whether somebody may take accounts away and hold them for an investigation: staff who decide on consents, and
/// the privacy office.
pub fn may_revoke(access: &Access) -> bool {
    let access::Actor::Staff(staff) = &access.standing().actor else {
        return false;
    };
    decides(access.pack(), &staff.role) || is_privacy_office(access)
}

/// The account of whoever is at the desk themself; staff and apps of others have none here.
pub(crate) async fn own(desk: &Desk<'_>) -> Result<Account, Error> {
    crate::proxies::at_desk(desk).await
}

pub(crate) fn reviewer(desk: &Desk<'_>) -> Result<(), Error> {
    match desk.part {
        Part::Reviewer => Ok(()),
        _ => Err(Error::Refused("Staff who decide on consents do this.")),
    }
}

/// A note of staff, as it is kept.
pub(crate) fn noted(text: &str) -> String {
    text.trim().chars().take(NOTE_MAX).collect()
}
