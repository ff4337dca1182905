//! Signing keys: the private halves are sealed.
use crate::sealed::Place;
use crate::sql::Statement;
use crate::{Error, Result, Storage};
use jiff::Timestamp;

/// A private key. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct Key {
    pub kid: String,
    pub algorithm: String,
    /** PKCS#8 DER */
    pub private: Vec<u8>,
    /// One more than that of the key before it: two nodes cannot both make the same next key.
    pub generation: i64,
    /// Published from then on.
    pub created: Timestamp,
    /// Signs from then on, until a later one does.
    pub signs_from: Timestamp,
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

fn place(kid: &str) -> Place<'_> {
    Place {
        table: "signing_key",
        column: "secret",
        row: kid,
    }
}

impl Keys<'_> {
    /// All there are, the latest generation first.
    ///
    /// # Errors
    /// When the database cannot be asked, or a key was sealed with an encryption key not given here.
    pub async fn list(&self) -> Result<Vec<Key>> {
        let statement = Statement::new(
            "SELECT kid, algorithm, secret, generation, created, signs_from, retired FROM signing_key \
             ORDER BY generation DESC",
        );
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter()
            .map(|row| {
                let kid = row.text(0)?;
                let private = self.storage.sealing().open(place(&kid), row.str(2)?)?;
                Ok(Key {
                    kid,
                    algorithm: row.text(1)?,
                    private,
                    generation: row.int(3)?,
                    created: row.time(4)?,
                    signs_from: row.time(5)?,
                    retired: row.opt_time(6)?,
                })
            })
            .collect()
    }
    /// Stores a key. False when there is one of that generation already (another node was quicker).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn add(&self, key: &Key) -> Result<bool> {
        let secret = self.storage.sealing().seal(place(&key.kid), &key.private)?;
        let statement = Statement::new(
            "INSERT INTO signing_key (kid, algorithm, secret, generation, created, signs_from, retired) \
             VALUES ($1,$2,$3,$4,$5,$6,$7)",
        )
        .bind(&key.kid)
        .bind(&key.algorithm)
        .bind(secret)
        .bind(key.generation)
        .bind(key.created)
        .bind(key.signs_from)
        .bind(key.retired);
        match self.storage.inner.db.execute(statement).await {
            Ok(_) => Ok(true),
            Err(Error::Duplicate) => Ok(false),
            Err(fault) => Err(fault),
        }
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
    /// Erases a key: what it signed verifies no more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn erase(&self, kid: &str) -> Result<bool> {
        let statement = Statement::new("DELETE FROM signing_key WHERE kid = $1").bind(kid);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
}
