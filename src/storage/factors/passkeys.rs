//! Passkeys, and the challenges they are to sign.
use super::Factors;
use crate::secret;
use crate::sql::Statement;
use crate::{Result, Storage};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use smart::webauthn::{Passkey, Use};

/// How long somebody may take over a ceremony, in seconds.
const CEREMONY_SECONDS: i64 = 5 * 60;

/// A passkey as its owner sees it.
#[derive(Debug, Clone)]
pub struct HeldPasskey {
    pub credential: String,
    pub label: String,
    pub backed_up: bool,
    pub created: Timestamp,
    pub last_used: Option<Timestamp>,
}

/// A passkey as its signature is checked.
#[derive(Debug, Clone)]
pub struct KnownPasskey {
    pub account: String,
    /// COSE.
    pub public_key: Bytes,
    pub counter: u32,
}

impl Factors<'_> {
    /// An account's passkeys, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn passkeys(&self, account: &str) -> Result<Vec<HeldPasskey>> {
        let statement = Statement::new(
            "SELECT credential, label, backed_up, created, last_used FROM passkey \
             WHERE account = $1 ORDER BY created, credential",
        );
        let db = &self.storage.inner.db;
        let rows = db.fetch_all(statement.bind(account)).await?;
        rows.iter()
            .map(|row| {
                Ok(HeldPasskey {
                    credential: row.text(0)?,
                    label: row.text(1)?,
                    backed_up: row.flag(2)?,
                    created: row.time(3)?,
                    last_used: row.opt_time(4)?,
                })
            })
            .collect()
    }
    /// Keeps a new passkey. False when that credential is known already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn add_passkey(
        &self,
        account: &str,
        label: &str,
        passkey: &Passkey,
        now: Timestamp,
    ) -> Result<bool> {
        let statement = Statement::new(
            "INSERT INTO passkey (credential, account, label, public_key, counter, backed_up, \
             created) VALUES ($1,$2,$3,$4,$5,$6,$7) ON CONFLICT (credential) DO NOTHING",
        )
        .bind(&passkey.credential)
        .bind(account)
        .bind(label)
        .bind(passkey.public_key.clone())
        .bind(i64::from(passkey.counter))
        .bind(passkey.backed_up)
        .bind(now);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// A passkey by its credential id (base64url).
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn passkey(&self, credential: &str) -> Result<Option<KnownPasskey>> {
        if secret::is_impossible(credential) {
            return Ok(None);
        }
        let statement = Statement::new(
            "SELECT account, public_key, counter FROM passkey WHERE credential = $1",
        );
        let db = &self.storage.inner.db;
        let row = db.fetch_optional(statement.bind(credential)).await?;
        row.map(|row| {
            Ok(KnownPasskey {
                account: row.text(0)?,
                public_key: row.opt_bytes(1)?.unwrap_or_default(),
                counter: u32::try_from(row.int(2)?).unwrap_or(u32::MAX),
            })
        })
        .transpose()
    }
    /// Writes down a use; false when another use came in between (`counter`: what it was before).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn used_passkey(
        &self,
        credential: &str,
        counter: u32,
        used: Use,
        now: Timestamp,
    ) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE passkey SET counter = $3, backed_up = $4, last_used = $5 \
             WHERE credential = $1 AND counter = $2",
        )
        .bind(credential)
        .bind(i64::from(counter))
        .bind(i64::from(used.counter))
        .bind(used.backed_up)
        .bind(now);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// Forgets a passkey; false when the account has none of that id.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn remove_passkey(&self, account: &str, credential: &str) -> Result<bool> {
        let statement =
            Statement::new("DELETE FROM passkey WHERE account = $1 AND credential = $2")
                .bind(account)
                .bind(credential);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
}

/// Challenges under way; each is for one purpose and one bearer, and good for one answer.
pub struct Ceremonies<'a> {
    storage: &'a Storage,
}

impl Storage {
    /// What passkeys are asked to sign.
    pub fn ceremonies(&self) -> Ceremonies<'_> {
        Ceremonies { storage: self }
    }
}

impl Ceremonies<'_> {
    /// A fresh challenge, base64url.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open(&self, purpose: &str, bearer: &str, now: Timestamp) -> Result<String> {
        let db = &self.storage.inner.db;
        db.execute(Statement::new("DELETE FROM ceremony WHERE expires < $1").bind(now))
            .await?;
        let challenge = secret::random()?;
        let expires = now
            .checked_add(SignedDuration::from_secs(CEREMONY_SECONDS))
            .unwrap_or(Timestamp::MAX);
        let statement = Statement::new(
            "INSERT INTO ceremony (challenge, purpose, bearer, expires) VALUES ($1,$2,$3,$4)",
        )
        .bind(&challenge)
        .bind(purpose)
        .bind(bearer)
        .bind(expires);
        db.execute(statement).await?;
        Ok(challenge)
    }
    /// Uses a challenge up; false when it is not one of that bearer's for that purpose, or over.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn close(
        &self,
        challenge: &str,
        purpose: &str,
        bearer: &str,
        now: Timestamp,
    ) -> Result<bool> {
        if secret::is_impossible(challenge) {
            return Ok(false);
        }
        let statement = Statement::new(
            "DELETE FROM ceremony WHERE challenge = $1 AND purpose = $2 AND bearer = $3 \
             AND expires > $4",
        )
        .bind(challenge)
        .bind(purpose)
        .bind(bearer)
        .bind(now);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
}
