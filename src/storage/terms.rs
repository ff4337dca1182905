//! Which version of which terms somebody accepted, and when.
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Result, Storage};
use access::terms::Document;
use jiff::Timestamp;

pub struct Terms<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Terms accepted.
    pub fn terms(&self) -> Terms<'_> {
        Terms { storage: self }
    }
}

impl Terms<'_> {
    /// Writes down that an account accepted a version; its tokens and sessions go by that at once, on
    /// every node. False when it had accepted that one before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn accept(
        &self,
        account: &str,
        document: Document,
        version: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let inner = &self.storage.inner;
        let statement = insert(account, document, version, now);
        let fresh = inner.db.execute(statement).await? > 0;
        inner
            .forget(&[Changed::Account(account.to_owned())])
            .await?;
        Ok(fresh)
    }
    /// Whether the version of a document that is in force was accepted.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn has_accepted(&self, account: &str, document: Document) -> Result<bool> {
        let version = document.version(&self.storage.inner.settings.pack);
        let statement = Statement::new(
            "SELECT 1 FROM terms_acceptance WHERE account = $1 AND document = $2 AND version = $3",
        )
        .bind(account)
        .bind(document.as_str())
        .bind(version);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        Ok(row.is_some())
    }
    /// Whether any version of any document was accepted.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn has_accepted_any(&self, account: &str) -> Result<bool> {
        let statement = Statement::new("SELECT 1 FROM terms_acceptance WHERE account = $1 LIMIT 1");
        let row = self
            .storage
            .inner
            .db
            .fetch_optional(statement.bind(account));
        Ok(row.await?.is_some())
    }
    /// Forgets what an account accepted: it is asked again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn forget(&self, account: &str) -> Result<()> {
        let inner = &self.storage.inner;
        let statement = Statement::new("DELETE FROM terms_acceptance WHERE account = $1");
        inner.db.execute(statement.bind(account)).await?;
        inner.forget(&[Changed::Account(account.to_owned())]).await
    }
}

/// The statement that adds an acceptance, once.
pub(crate) fn insert(
    account: &str,
    document: Document,
    version: &str,
    now: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO terms_acceptance (account, document, version, accepted) VALUES ($1,$2,$3,$4) \
         ON CONFLICT (account, document, version) DO NOTHING",
    )
    .bind(account)
    .bind(document.as_str())
    .bind(version)
    .bind(now)
}
