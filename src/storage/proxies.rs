//! Invitations to act for somebody, whose secrets are stored as SHA-256 only, and who asked to act for whom.
mod entrances;

pub use entrances::{Entrance, Entrances};

use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;

pub struct Proxies<'a> {
    pub(crate) storage: &'a Storage,
}

/// An invitation that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub task: String,
    pub patient: String,
    pub related_person: String,
    pub expires: Timestamp,
}

impl<'a> Proxies<'a> {
    /// Links by which people without a chart open an account.
    pub fn entrances(&self) -> Entrances<'a> {
        Entrances {
            storage: self.storage,
        }
    }
}

impl Proxies<'_> {
    /// Keeps an invitation under the hash of its secret.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn invite(&self, code_hash: &str, made: &Invitation, now: Timestamp) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO invitation (code_hash, task, patient, related_person, created, expires) \
             VALUES ($1,$2,$3,$4,$5,$6)",
        )
        .bind(code_hash)
        .bind(&made.task)
        .bind(&made.patient)
        .bind(&made.related_person)
        .bind(now)
        .bind(made.expires);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// An invitation that can still be answered.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn invitation(&self, code_hash: &str, now: Timestamp) -> Result<Option<Invitation>> {
        let statement = Statement::new(
            "SELECT task, patient, related_person, expires FROM invitation \
             WHERE code_hash = $1 AND used IS NULL AND expires > $2",
        )
        .bind(code_hash)
        .bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        let read = |row: crate::db::Row| {
            Ok(Invitation {
                task: row.text(0)?,
                patient: row.text(1)?,
                related_person: row.text(2)?,
                expires: row.time(3)?,
            })
        };
        row.map(read).transpose()
    }
    /// Uses an invitation up: true for one caller only.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn redeem(&self, code_hash: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE invitation SET used = $2 WHERE code_hash = $1 AND used IS NULL AND expires > $2",
        )
        .bind(code_hash)
        .bind(now);
        Ok(self.storage.inner.db.execute(statement).await? == 1)
    }
    /// Gives an invitation back that was used up for nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn give_back(&self, code_hash: &str) -> Result<()> {
        let sql = "UPDATE invitation SET used = NULL WHERE code_hash = $1";
        let statement = Statement::new(sql).bind(code_hash);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// Remembers who asked by a Task.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn asked(&self, task: &str, account: &str, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO proxy_request (task, account, created) VALUES ($1,$2,$3)";
        let statement = Statement::new(sql).bind(task).bind(account).bind(now);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// Who asked by a Task.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn asker(&self, task: &str) -> Result<Option<String>> {
        let statement = Statement::new("SELECT account FROM proxy_request WHERE task = $1");
        let row = self.storage.inner.db.fetch_optional(statement.bind(task));
        row.await?.map(|row| row.text(0)).transpose()
    }
    /// Tasks an account asked by, newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn asked_by(&self, account: &str, limit: i64) -> Result<Vec<String>> {
        let statement = Statement::new(
            "SELECT task FROM proxy_request WHERE account = $1 ORDER BY created DESC, task LIMIT $2",
        )
        .bind(account)
        .bind(limit);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }
}
