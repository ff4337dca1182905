//! What somebody says about mail: whether news are wanted, and where mail goes.

use access::Pack;
use jiff::Timestamp;
use storage::accounts::{Account, Kind};
use storage::{Error, Storage};

/// How it stands with the address of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// There is none.
    None,
    /// Its owner has not followed the link sent there.
    Unproven,
    /// It was taken from the account: somebody who acts for its owner reads mail there too.
    Shared,
    /// Mail to it came back.
    Bounced,
    Good,
}

impl Address {
    /// As operations name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unproven => "unproven",
            Self::Shared => "shared",
            Self::Bounced => "bounced",
            Self::Good => "good",
        }
    }
}

/// What somebody said, and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Mail about news is wanted.
    pub notify: bool,
    pub address: Address,
    /// The address, but for most of what is left of the @.
    pub shown: String,
    /// Shortest time between two mails about news, in minutes.
    pub minutes: u16,
    /// Days after which somebody is reminded of a message nobody opened; 0: never.
    pub reminder_days: u16,
}

impl Preferences {
    /// News are told, as things stand.
    pub fn is_told(&self) -> bool {
        self.notify && self.address == Address::Good
    }
    /// Something is to be done about the address, or no mail arrives that is wanted.
    pub fn needs_address(&self) -> bool {
        let mail_ends = matches!(self.address, Address::Bounced | Address::Shared);
        mail_ends || self.notify && self.address != Address::Good
    }
}

/// Whether news are for an account: those of patients and of who acts for them.
pub fn concern(account: &Account) -> bool {
    matches!(account.kind, Kind::Patient | Kind::Proxy)
}

/// What an account says about mail.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of(storage: &Storage, pack: &Pack, account: &Account) -> Result<Preferences, Error> {
    let contact = storage.contacts().of(&account.id).await?;
    let address = match (&account.email, contact.verified, contact.bounced) {
        (None, ..) if contact.apart.is_some() => Address::Shared,
        (None, ..) => Address::None,
        (Some(_), _, Some(_)) => Address::Bounced,
        (Some(_), None, None) => Address::Unproven,
        (Some(_), Some(_), None) => Address::Good,
    };
    Ok(Preferences {
        notify: contact.notify,
        address,
        shown: account.email.as_deref().map(masked).unwrap_or_default(),
        minutes: pack.notify.digest_minutes,
        reminder_days: pack.notify.reminder_days,
    })
}

/// Says whether mail about news is wanted; counts for what comes from now on, and for what waits to be told.
///
/// # Errors
/// When it cannot be written.
pub async fn choose(
    storage: &Storage,
    account: &Account,
    notify: bool,
    now: Timestamp,
) -> Result<(), Error> {
    storage
        .contacts()
        .set_notify(&account.id, notify, now)
        .await
}

/// An address its owner recognises and a neighbour cannot write down.
fn masked(email: &str) -> String {
    match email.split_once('@') {
        Some((name, host)) => {
            let first: String = name.chars().take(1).collect();
            format!("{first}…@{host}")
        }
        None => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_recognised_and_not_told() {
        assert_eq!(masked("ana.ruiz@mail.example"), "a…@mail.example");
        assert_eq!(masked("nonsense"), "…");
    }
}
