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

use super::entry::note;

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

/// The counters one try is counted by.
struct Counters {
    /// This browser, or this network, under this username.
    near: String,
    /// This network under any username; not for browsers known to the account.
    source: Option<String>,
}

impl Counters {
    /// `known`: the cookie of a browser the account was signed in to from.
    fn of(username: &str, known: Option<&str>, visit: &Visit) -> Self {
        let who = caller::token_hash(username);
        match known {
            Some(device) => Self {
                near: format!("sign-in:device:{}:{who}", caller::token_hash(device)),
                source: None,
            },
            None => Self {
                near: format!("sign-in:source:{}:{who}", visit.counted),
                source: Some(format!("sign-in:source:{}", visit.counted)),
            },
        }
    }
}

/// The account of a username and its password; `None` for every other case there is, after the same
/// questions to the database and the same work.
pub async fn recognise(
    house: &House,
    visit: &Visit,
    username: &str,
    password: &str,
    now: Timestamp,
) -> Result<Option<Account>, storage::Error> {
    let account = house.storage.accounts().find_by_username(username).await?;
    let id = account.as_ref().map_or("", |account| &account.id);
    let device = visit.device.as_deref().unwrap_or_default();
    let known = house.storage.devices().knows(id, device, now).await?;
    let counters = Counters::of(&username.to_lowercase(), known.then_some(device), visit);
    if !may_try(house, &counters, now).await? || password.len() > limits::PASSWORD_BYTES_MAX {
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
    let throttle = house.storage.throttle();
    throttle.clear(&counters.near).await?;
    if let Some(source) = &counters.source {
        throttle.forgive(source).await?;
    }
    Ok(Some(account))
}

/// Counts the try before it is looked at, so that many at once count as many.
async fn may_try(
    house: &House,
    counters: &Counters,
    now: Timestamp,
) -> Result<bool, storage::Error> {
    let throttle = house.storage.throttle();
    let window = limits::SIGN_IN_LOCK_SECONDS;
    let near = limits::SIGN_IN_FAILURES_MAX;
    let mut may = throttle.allow(&counters.near, near, window, now).await?;
    if let Some(source) = &counters.source {
        let most = limits::SIGN_IN_SOURCE_FAILURES_MAX;
        may &= throttle.allow(source, most, window, now).await?;
    }
    Ok(may)
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
