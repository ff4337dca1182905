//! Links sent by mail: each for one purpose, good once and for a while.
use crate::secret;
use crate::sql::Statement;
use crate::{Error, Result, Storage};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;

/// Wrong proofs after which a link is used up.
const WRONG_MAX: i64 = 5;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Proves that the address is its owner's.
    VerifyEmail,
    /// Leads to choosing another password, with one more proof.
    NewPassword,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify-email",
            Self::NewPassword => "new-password",
        }
    }
}

/// A link as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailLink {
    pub account: String,
    /// Where it was sent to.
    pub email: String,
}

pub struct MailLinks<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Links sent by mail.
    pub fn mail_links(&self) -> MailLinks<'_> {
        MailLinks { storage: self }
    }
}

impl MailLinks<'_> {
    /// Makes one and returns its secret (only the hash is kept); earlier ones of that purpose are good
    /// no more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn make(
        &self,
        purpose: Purpose,
        link: &MailLink,
        lifetime_seconds: i64,
        now: Timestamp,
    ) -> Result<String> {
        let secret = secret::random()?;
        let lifetime = SignedDuration::from_secs(lifetime_seconds);
        let expires = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
        let mut tx = self.storage.inner.db.begin().await?;
        let earlier = Statement::new("DELETE FROM mail_link WHERE account = $1 AND purpose = $2");
        tx.execute(earlier.bind(&link.account).bind(purpose.as_str()))
            .await?;
        let statement = Statement::new(
            "INSERT INTO mail_link (hash, purpose, account, email, wrong, created, expires) \
             VALUES ($1,$2,$3,$4,0,$5,$6)",
        )
        .bind(hash_of_secret(&secret))
        .bind(purpose.as_str())
        .bind(&link.account)
        .bind(&link.email)
        .bind(now)
        .bind(expires);
        match tx.execute(statement).await {
            Err(Error::Duplicate) => return Err(Error::Busy),
            done => done?,
        };
        tx.commit().await?;
        Ok(secret)
    }
    /// The link behind a secret, unless it is over; it stays good.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(
        &self,
        purpose: Purpose,
        secret: &str,
        now: Timestamp,
    ) -> Result<Option<MailLink>> {
        let statement = Statement::new(
            "SELECT account, email FROM mail_link \
             WHERE hash = $1 AND purpose = $2 AND expires > $3 AND wrong < $4",
        )
        .bind(hash_of_secret(secret))
        .bind(purpose.as_str())
        .bind(now)
        .bind(WRONG_MAX);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| {
            Ok(MailLink {
                account: row.text(0)?,
                email: row.text(1)?,
            })
        })
        .transpose()
    }
    /// Whether an account was sent a link that proves an address, and has not followed it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_waiting(&self, account: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "SELECT 1 FROM mail_link WHERE account = $1 AND purpose = $2 AND expires > $3",
        )
        .bind(account)
        .bind(Purpose::VerifyEmail.as_str())
        .bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        Ok(row.is_some())
    }
    /// Counts a proof before it is looked at; false once too many were wrong.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn count(&self, secret: &str) -> Result<bool> {
        let statement =
            Statement::new("UPDATE mail_link SET wrong = wrong + 1 WHERE hash = $1 AND wrong < $2")
                .bind(hash_of_secret(secret))
                .bind(WRONG_MAX);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// Takes a counted proof back: it was right.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn forgive(&self, secret: &str) -> Result<()> {
        let statement =
            Statement::new("UPDATE mail_link SET wrong = wrong - 1 WHERE hash = $1 AND wrong > 0");
        let db = &self.storage.inner.db;
        db.execute(statement.bind(hash_of_secret(secret))).await?;
        Ok(())
    }
    /// Uses a link up; false when somebody else just did.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn take(&self, purpose: Purpose, secret: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "DELETE FROM mail_link WHERE hash = $1 AND purpose = $2 AND expires > $3",
        )
        .bind(hash_of_secret(secret))
        .bind(purpose.as_str())
        .bind(now);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
}
