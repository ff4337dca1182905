//! What proofs of a key must hold where the house asks for fresh ones (RFC 9449 section 8): the same on every
//! node, and known to nobody before its time.
use crate::sql::Statement;
use crate::{Result, Storage, secret};
use jiff::Timestamp;

/// How long a nonce is handed out, in seconds; it is taken for as long again.
const SLOT_SECONDS: i64 = 120;

pub struct Nonces<'a> {
    storage: &'a Storage,
}

impl Storage {
    pub fn nonces(&self) -> Nonces<'_> {
        Nonces { storage: self }
    }
}

impl Nonces<'_> {
    /// The nonce to hand out at `now`, made if need be.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn current(&self, now: Timestamp) -> Result<String> {
        let slot = slot(now);
        if let Some(nonce) = self.of(slot).await? {
            return Ok(nonce);
        }
        let db = &self.storage.inner.db;
        let past = Statement::new("DELETE FROM dpop_nonce WHERE slot < $1").bind(slot - 1);
        db.execute(past).await?;
        let made = secret::random()?;
        let statement = Statement::new(
            "INSERT INTO dpop_nonce (slot, nonce) VALUES ($1,$2) ON CONFLICT DO NOTHING",
        );
        db.execute(statement.bind(slot).bind(&made)).await?;
        // Another node may have been first.
        Ok(self.of(slot).await?.unwrap_or(made))
    }
    /// Whether a nonce was handed out lately.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_fresh(&self, nonce: &str, now: Timestamp) -> Result<bool> {
        if secret::is_impossible(nonce) {
            return Ok(false);
        }
        let slot = slot(now);
        let statement = Statement::new(
            "SELECT slot FROM dpop_nonce WHERE nonce = $1 AND slot >= $2 AND slot <= $3",
        );
        let statement = statement.bind(nonce).bind(slot - 1).bind(slot);
        let found = self.storage.inner.db.fetch_optional(statement).await?;
        Ok(found.is_some())
    }
    async fn of(&self, slot: i64) -> Result<Option<String>> {
        let statement = Statement::new("SELECT nonce FROM dpop_nonce WHERE slot = $1").bind(slot);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| row.text(0)).transpose()
    }
}

fn slot(now: Timestamp) -> i64 {
    now.as_second().div_euclid(SLOT_SECONDS)
}
