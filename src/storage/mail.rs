//! The outbox of e-mails (no health information in any of them).
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;

#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub queued_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

pub struct Mail<'a> {
    pub(crate) storage: &'a Storage,
}

impl Mail<'_> {
    /// # Errors
    /// When it cannot be written.
    pub async fn queue(&self, to: &str, subject: &str, text: &str, now: Timestamp) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO mail (id, recipient, subject, text, queued_at) VALUES ($1,$2,$3,$4,$5)",
        )
        .bind(uuid::Uuid::now_v7().to_string())
        .bind(to)
        .bind(subject)
        .bind(text)
        .bind(now);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// Newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(&self, limit: i64) -> Result<Vec<Message>> {
        self.select("ORDER BY queued_at DESC, id DESC LIMIT $1", limit)
            .await
    }
    /// Those still to be sent, oldest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn unsent(&self, limit: i64) -> Result<Vec<Message>> {
        self.select(
            "WHERE sent_at IS NULL ORDER BY queued_at, id LIMIT $1",
            limit,
        )
        .await
    }
    /// # Errors
    /// When it cannot be written.
    pub async fn mark_sent(&self, id: &str, now: Timestamp) -> Result<()> {
        let statement = Statement::new("UPDATE mail SET sent_at = $2 WHERE id = $1")
            .bind(id)
            .bind(now);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    async fn select(&self, rest: &'static str, limit: i64) -> Result<Vec<Message>> {
        let statement = Statement::made(format!(
            "SELECT id, recipient, subject, text, queued_at, sent_at FROM mail {rest}"
        ))
        .bind(limit);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter()
            .map(|row| {
                Ok(Message {
                    id: row.text(0)?,
                    to: row.text(1)?,
                    subject: row.text(2)?,
                    text: row.text(3)?,
                    queued_at: row.time(4)?,
                    sent_at: row.opt_time(5)?,
                })
            })
            .collect()
    }
}
