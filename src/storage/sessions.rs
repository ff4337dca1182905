//! Browser sessions of the server's own pages.
use crate::secret;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;

#[derive(Debug, Clone)]
pub struct Session {
    pub account: String,
    pub csrf: String,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub authenticated_at: Timestamp,
}

pub struct Sessions<'a> {
    pub(crate) storage: &'a Storage,
}

impl Sessions<'_> {
    /// Opens a session and returns the cookie's value (only its hash is kept).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open(
        &self,
        account: &str,
        now: Timestamp,
        lifetime_seconds: i64,
    ) -> Result<String> {
        let db = &self.storage.inner.db;
        db.execute(Statement::new("DELETE FROM session WHERE expires < $1").bind(now))
            .await?;
        let cookie = secret::random()?;
        let expires = now
            .checked_add(SignedDuration::from_secs(lifetime_seconds))
            .unwrap_or(Timestamp::MAX);
        let statement = Statement::new(
            "INSERT INTO session (hash, account, csrf, created, expires, authenticated_at) \
             VALUES ($1,$2,$3,$4,$5,$4)",
        )
        .bind(hash_of_secret(&cookie))
        .bind(account)
        .bind(secret::random()?)
        .bind(now)
        .bind(expires);
        db.execute(statement).await?;
        Ok(cookie)
    }
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, cookie: &str, now: Timestamp) -> Result<Option<Session>> {
        let statement = Statement::new(
            "SELECT account, csrf, created, expires, authenticated_at FROM session \
             WHERE hash = $1 AND expires > $2",
        )
        .bind(hash_of_secret(cookie))
        .bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| {
            Ok(Session {
                account: row.text(0)?,
                csrf: row.text(1)?,
                created: row.time(2)?,
                expires: row.time(3)?,
                authenticated_at: row.time(4)?,
            })
        })
        .transpose()
    }
    /// # Errors
    /// When it cannot be written.
    pub async fn close(&self, cookie: &str) -> Result<()> {
        let statement =
            Statement::new("DELETE FROM session WHERE hash = $1").bind(hash_of_secret(cookie));
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// # Errors
    /// When it cannot be written.
    pub async fn close_all(&self, account: &str) -> Result<()> {
        let statement = Statement::new("DELETE FROM session WHERE account = $1").bind(account);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
}
