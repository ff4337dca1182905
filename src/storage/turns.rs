//! What was said or noted once about a change of who may act for whom, and chores one node does for all.
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;
use std::collections::HashSet;

/// For how long a chore that a node is at is left alone by the others, in microseconds.
const LEASE_US: i64 = 120_000_000;

/// The memory of what was done once.
pub struct Turns<'a> {
    pub(crate) storage: &'a Storage,
}

impl Turns<'_> {
    /// Notes that something is said or done about a relationship and the instant it is about. False when it
    /// was noted before, here or on another node: then it is not to be done again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn first(
        &self,
        related_person: &str,
        kind: &str,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<bool> {
        let statement = Statement::new(
            "INSERT INTO turn (related_person, kind, at, done) VALUES ($1,$2,$3,$4) \
             ON CONFLICT (related_person, kind, at) DO NOTHING",
        )
        .bind(related_person)
        .bind(kind)
        .bind(at)
        .bind(now);
        Ok(self.storage.inner.db.execute(statement).await? == 1)
    }
    /// The relationships about which something of a kind was noted, for whatever instant.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn noted(&self, kind: &str) -> Result<HashSet<String>> {
        let statement = Statement::new("SELECT related_person FROM turn WHERE kind = $1");
        let rows = self
            .storage
            .inner
            .db
            .fetch_all(statement.bind(kind))
            .await?;
        rows.iter().map(|row| row.text(0)).collect()
    }
    /// Does a chore unless another node is at it; `None` then. Whatever comes of it, others may have it again.
    ///
    /// # Errors
    /// Those of the chore; when its turn cannot be written.
    pub async fn take<T, E: From<crate::Error>>(
        &self,
        chore: &str,
        now: Timestamp,
        work: impl Future<Output = std::result::Result<T, E>>,
    ) -> std::result::Result<Option<T>, E> {
        if !self.hold(chore, now).await? {
            return Ok(None);
        }
        let done = work.await;
        self.leave(chore).await?;
        done.map(Some)
    }
    /// Takes a chore on, or keeps it, unless another node has it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn hold(&self, chore: &str, now: Timestamp) -> Result<bool> {
        let inner = &self.storage.inner;
        let now = now.as_microsecond();
        // A lease that ends later than any could was taken before the clock was set back.
        let statement = Statement::new(
            "INSERT INTO chore (name, holder, lease) VALUES ($1,$2,$3) \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, lease = excluded.lease \
             WHERE chore.holder = excluded.holder OR chore.lease <= $4 OR chore.lease > $3",
        )
        .bind(chore)
        .bind(&inner.node)
        .bind(now.saturating_add(LEASE_US))
        .bind(now);
        Ok(inner.db.execute(statement).await? == 1)
    }
    /// Lets others have a chore.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) async fn leave(&self, chore: &str) -> Result<()> {
        let inner = &self.storage.inner;
        let statement = Statement::new("DELETE FROM chore WHERE name = $1 AND holder = $2")
            .bind(chore)
            .bind(&inner.node);
        inner.db.execute(statement).await?;
        Ok(())
    }
}
