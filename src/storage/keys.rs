//! Signing keys.
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;

/// A private key. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct Key {
    pub kid: String,
    pub algorithm: String,
    /** PKCS#8 DER */
    pub private: Vec<u8>,
    pub created: Timestamp,
    pub retired: Option<Timestamp>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .field("retired", &self.retired)
            .finish_non_exhaustive()
    }
}

pub struct Keys<'a> {
    pub(crate) storage: &'a Storage,
}

impl Keys<'_> {
    /// Newest first; the first one not retired signs.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(&self) -> Result<Vec<Key>> {
        let statement = Statement::new(
            "SELECT kid, algorithm, private, created, retired FROM signing_key ORDER BY created DESC, kid",
        );
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter()
            .map(|row| {
                Ok(Key {
                    kid: row.text(0)?,
                    algorithm: row.text(1)?,
                    private: row.bytes(2)?.to_vec(),
                    created: row.time(3)?,
                    retired: row.opt_time(4)?,
                })
            })
            .collect()
    }
    /// # Errors
    /// `Duplicate` when the kid is taken.
    pub async fn add(&self, key: &Key) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO signing_key (kid, algorithm, private, created, retired) VALUES ($1,$2,$3,$4,$5)",
        )
        .bind(&key.kid)
        .bind(&key.algorithm)
        .bind(key.private.clone())
        .bind(key.created)
        .bind(key.retired);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// A retired key signs no more; what it signed still verifies. False when there is no such key.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn retire(&self, kid: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE signing_key SET retired = $2 WHERE kid = $1 AND retired IS NULL",
        )
        .bind(kid)
        .bind(now);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
}
