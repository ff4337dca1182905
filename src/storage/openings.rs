//! Accounts being opened: a good code was shown, the username and password are to come.
use crate::secret;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;

/// How long somebody may take over choosing a username and a password.
const OPENING_SECONDS: i64 = 30 * 60;

/// Who opens an account, and with which code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub code_hash: String,
    pub patient: String,
}

pub struct Openings<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Accounts being opened.
    pub fn openings(&self) -> Openings<'_> {
        Openings { storage: self }
    }
}

impl Openings<'_> {
    /// Begins one, and returns the cookie's value (only its hash is kept).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn begin(&self, opening: &Opening, now: Timestamp) -> Result<String> {
        let cookie = secret::random()?;
        let expires = now
            .checked_add(SignedDuration::from_secs(OPENING_SECONDS))
            .unwrap_or(Timestamp::MAX);
        let statement = Statement::new(
            "INSERT INTO opening (hash, code_hash, patient, created, expires) VALUES ($1,$2,$3,$4,$5)",
        )
        .bind(hash_of_secret(&cookie))
        .bind(&opening.code_hash)
        .bind(&opening.patient)
        .bind(now)
        .bind(expires);
        self.storage.inner.db.execute(statement).await?;
        Ok(cookie)
    }
    /// The one behind a cookie, unless it is over.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, cookie: &str, now: Timestamp) -> Result<Option<Opening>> {
        let statement = Statement::new(
            "SELECT code_hash, patient FROM opening WHERE hash = $1 AND expires > $2",
        )
        .bind(hash_of_secret(cookie))
        .bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| {
            Ok(Opening {
                code_hash: row.text(0)?,
                patient: row.text(1)?,
            })
        })
        .transpose()
    }
    /// # Errors
    /// When it cannot be written.
    pub async fn end(&self, cookie: &str) -> Result<()> {
        let statement = Statement::new("DELETE FROM opening WHERE hash = $1");
        let statement = statement.bind(hash_of_secret(cookie));
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
}
