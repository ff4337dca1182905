//! The first proof: a username and its password, with tries counted so that guessing is slow and
//! nobody can lock out somebody else.
//!
//! A browser that signed in before is counted by itself; any other by its network and the username.
//! Whatever strangers do, the person's own browsers stay open to them.

use std::sync::LazyLock;
use std::time::Duration;

use access::actor::Account as State;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use config::limits;
use jiff::Timestamp;
use storage::accounts::Account;
use tokio::sync::Semaphore;
use web::{House, Visit, caller};

use super::entry::{Entry, note};

/// How long somebody waits for a turn at checking a password.
const TURN: Duration = Duration::from_secs(15);
/// Checking a password costs 19 MiB and a core for a while: two at a time.
static TURNS: Semaphore = Semaphore::const_new(2);
/// What a password is checked against when nobody has that username, so that it takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    Argon2::default()
        .hash_password(b"nobody has this password")
        .map(|hash| hash.to_string())
        .unwrap_or_default()
});

/// Somebody who knew the password.
pub struct Recognised {
    pub account: Account,
    /// So many wrong passwords were tried lately that a browser new to the account needs more.
    pub besieged: bool,
}

/// The counters one try is counted by.
struct Counters {
    /// This browser, or this network, under this username.
    near: String,
    /// This network under any username, and this username from any network: not for browsers known to
    /// the account.
    wide: Option<(String, String)>,
}

impl Counters {
    /// `known`: the cookie of a browser the account was signed in to from.
    fn of(username: &str, known: Option<&str>, visit: &Visit) -> Self {
        let who = caller::token_hash(&username.to_lowercase());
        match known {
            Some(device) => Self {
                near: format!("sign-in:device:{}:{who}", caller::token_hash(device)),
                wide: None,
            },
            None => Self {
                near: format!("sign-in:source:{}:{who}", visit.counted),
                wide: Some((
                    format!("sign-in:source:{}", visit.counted),
                    format!("sign-in:account:{who}"),
                )),
            },
        }
    }

    /// Counts the try before it is looked at, so that many at once count as many. Whether it may be
    /// made, and whether the account is besieged.
    async fn count(&self, house: &House, now: Timestamp) -> Result<(bool, bool), storage::Error> {
        let throttle = house.storage.throttle();
        let window = limits::SIGN_IN_LOCK_SECONDS;
        let near = limits::SIGN_IN_FAILURES_MAX;
        let may = throttle.allow(&self.near, near, window, now).await?;
        let Some((source, account)) = &self.wide else {
            return Ok((may, false));
        };
        let most = limits::SIGN_IN_SOURCE_FAILURES_MAX;
        let may_here = throttle.allow(source, most, window, now).await?;
        let (most, window) = (
            limits::SIGN_IN_SIEGE_FAILURES_MAX,
            limits::SIGN_IN_SIEGE_SECONDS,
        );
        let calm = throttle.allow(account, most, window, now).await?;
        Ok((may && may_here, !calm))
    }

    /// The try was a right one.
    async fn forgive(&self, house: &House) -> Result<(), storage::Error> {
        let throttle = house.storage.throttle();
        throttle.clear(&self.near).await?;
        if let Some((source, account)) = &self.wide {
            throttle.forgive(source).await?;
            throttle.forgive(account).await?;
        }
        Ok(())
    }
}

/// The account of a username and its password; `None` for every other case there is, after the same
/// questions to the database and the same work.
pub async fn recognise(
    entry: Entry<'_>,
    username: &str,
    password: &str,
) -> Result<Option<Recognised>, storage::Error> {
    let Entry {
        house, visit, now, ..
    } = entry;
    let account = house.storage.accounts().find_by_username(username).await?;
    let id = account.as_ref().map_or("", |account| &account.id);
    let device = visit.device.as_deref().unwrap_or_default();
    let known = house.storage.devices().knows(id, device, now).await?;
    let counters = Counters::of(username, known.then_some(device), visit);
    let (may_try, besieged) = counters.count(house, now).await?;
    if !may_try || password.len() > limits::PASSWORD_BYTES_MAX {
        return Ok(None);
    }
    let hash = account
        .as_ref()
        .map_or_else(|| NOBODY.clone(), |account| account.password_hash.clone());
    let right = is_right(password.to_owned(), hash).await;
    let Some(account) = account else {
        return Ok(None);
    };
    if !right || account.state != State::Active {
        note(house, &account, false, now);
        return Ok(None);
    }
    // Nowhere to send the code that a besieged account needs: as if it were wrong.
    if besieged && account.email.is_none() {
        let held = house.storage.factors().of(&account.id).await?;
        if !held.is_any() {
            return Ok(None);
        }
    }
    counters.forgive(house).await?;
    Ok(Some(Recognised { account, besieged }))
}

/// Whether a password is the one of a PHC string.
pub async fn is_right(password: String, hash: String) -> bool {
    let Ok(Ok(_turn)) = tokio::time::timeout(TURN, TURNS.acquire()).await else {
        return false;
    };
    let check = move || {
        Argon2::default()
            .verify_password(password.as_bytes(), hash.as_str())
            .is_ok()
    };
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_password_is_right_or_not_and_nobody_has_none() {
        let hash = Argon2::default().hash_password(b"correct horse").unwrap();
        assert!(is_right("correct horse".to_owned(), hash.to_string()).await);
        assert!(!is_right("wrong horse".to_owned(), hash.to_string()).await);
        assert!(!is_right(String::new(), NOBODY.clone()).await);
        assert!(!is_right("x".to_owned(), "no hash".to_owned()).await);
    }
}
