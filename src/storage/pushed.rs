//! Authorization requests that clients pushed (RFC 9126), until a browser brings their request_uri.
use crate::secret;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;

pub struct Pushed<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Pushed authorization requests.
    pub fn pushed(&self) -> Pushed<'_> {
        Pushed { storage: self }
    }
}

impl Pushed<'_> {
    /// Keeps a request of a client and returns the reference to it, which is stored as a hash only.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn keep(
        &self,
        client: &str,
        parameters: &str,
        lifetime_seconds: i64,
        now: Timestamp,
    ) -> Result<String> {
        let db = &self.storage.inner.db;
        db.execute(Statement::new("DELETE FROM pushed WHERE expires < $1").bind(now))
            .await?;
        let reference = secret::random()?;
        let expires = now
            .checked_add(SignedDuration::from_secs(lifetime_seconds))
            .unwrap_or(Timestamp::MAX);
        let statement = Statement::new(
            "INSERT INTO pushed (hash, client, parameters, expires) VALUES ($1,$2,$3,$4)",
        )
        .bind(hash_of_secret(&reference))
        .bind(client)
        .bind(parameters)
        .bind(expires);
        db.execute(statement).await?;
        Ok(reference)
    }
    /// The request behind a reference, once: `None` when it never was, was taken, is too old, or is
    /// another client's.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn take(
        &self,
        reference: &str,
        client: &str,
        now: Timestamp,
    ) -> Result<Option<String>> {
        let statement = Statement::new(
            "DELETE FROM pushed WHERE hash = $1 AND client = $2 AND expires > $3 \
             RETURNING parameters",
        )
        .bind(hash_of_secret(reference))
        .bind(client)
        .bind(now);
        let db = &self.storage.inner.db;
        let rows = db.execute_returning(statement).await?;
        rows.first().map(|row| row.text(0)).transpose()
    }
}
