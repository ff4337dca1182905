//! Codes by which developers prove a mail address before they have an account.
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;

pub struct DeveloperCodes<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Codes sent to developers.
    pub fn developer_codes(&self) -> DeveloperCodes<'_> {
        DeveloperCodes { storage: self }
    }
}

impl DeveloperCodes<'_> {
    /// Keeps the hash of the code sent to an address; an earlier one is good no more. What has expired
    /// goes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn put(
        &self,
        email: &str,
        hash: &str,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let db = &self.storage.inner.db;
        let past = Statement::new("DELETE FROM developer_code WHERE expires < $1").bind(now);
        db.execute(past).await?;
        let statement = Statement::new(
            "INSERT INTO developer_code (email, hash, expires) VALUES ($1, $2, $3) \
             ON CONFLICT (email) DO UPDATE SET hash = excluded.hash, expires = excluded.expires",
        );
        db.execute(statement.bind(email).bind(hash).bind(expires))
            .await?;
        Ok(())
    }
    /// Whether this is the code sent to the address, and still good. It is good once.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn take(&self, email: &str, hash: &str, now: Timestamp) -> Result<bool> {
        if crate::secret::is_impossible(email) {
            return Ok(false);
        }
        let statement = Statement::new(
            "DELETE FROM developer_code WHERE email = $1 AND hash = $2 AND expires > $3",
        );
        let statement = statement.bind(email).bind(hash).bind(now);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
}
