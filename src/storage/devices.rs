//! Browsers somebody has signed in with before, each known by the hash of a cookie it keeps.
use crate::secret;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;

/// How long a browser is known after its last sign-in, in days.
const KNOWN_DAYS: i64 = 400;

/// What a browser was to an account before it signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquaintance {
    /// The account had never been signed in to from anywhere.
    First,
    /// The account has others, this one is new.
    New,
    Known,
}

pub struct Devices<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// The browsers accounts are used from.
    pub fn devices(&self) -> Devices<'_> {
        Devices { storage: self }
    }
}

impl Devices<'_> {
    /// A value for the cookie of a browser that has none.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn fresh(&self) -> Result<String> {
        secret::random()
    }
    /// Whether the account was signed in to from this browser before.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn knows(&self, account: &str, cookie: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "SELECT account FROM device WHERE account = $1 AND hash = $2 AND last_seen > $3",
        )
        .bind(account)
        .bind(hash_of_secret(cookie))
        .bind(oldest(now));
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        Ok(row.is_some())
    }
    /// Writes down a sign-in from this browser; what it was to the account before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn greet(
        &self,
        account: &str,
        cookie: &str,
        agent: &str,
        now: Timestamp,
    ) -> Result<Acquaintance> {
        let db = &self.storage.inner.db;
        let old = Statement::new("DELETE FROM device WHERE last_seen < $1").bind(oldest(now));
        db.execute(old).await?;
        let any = Statement::new("SELECT account FROM device WHERE account = $1 LIMIT 1");
        let acquaintance = if self.knows(account, cookie, now).await? {
            Acquaintance::Known
        } else if db.fetch_optional(any.bind(account)).await?.is_some() {
            Acquaintance::New
        } else {
            Acquaintance::First
        };
        let statement = Statement::new(
            "INSERT INTO device (account, hash, agent, first_seen, last_seen) \
             VALUES ($1,$2,$3,$4,$4) ON CONFLICT (account, hash) DO UPDATE SET \
             agent = excluded.agent, last_seen = excluded.last_seen",
        )
        .bind(account)
        .bind(hash_of_secret(cookie))
        .bind(agent)
        .bind(now);
        db.execute(statement).await?;
        Ok(acquaintance)
    }
    /// Forgets every browser of an account.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn forget(&self, account: &str) -> Result<()> {
        let statement = Statement::new("DELETE FROM device WHERE account = $1").bind(account);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
}

fn oldest(now: Timestamp) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(KNOWN_DAYS * 24))
        .unwrap_or(Timestamp::MIN)
}
