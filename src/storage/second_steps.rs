//! Sign-ins under way: a first proof was given, the rest is to come. None of them is a session.
use crate::secret;
use crate::sql::Statement;
use crate::{Error, Result, Storage};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;

/// How long somebody may take over the second step.
const STEP_SECONDS: i64 = 10 * 60;
/// Wrong answers after which one begins anew.
const TRIES_MAX: i64 = 5;

/// What is still to be proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// A code of an authenticator app, a recovery code, or a passkey.
    Factor,
    /// A second factor must be set up first.
    Enrolment,
    /// A code sent by mail: the account is being guessed at, and this browser is new to it.
    Mail,
}

impl Wants {
    fn as_str(self) -> &'static str {
        match self {
            Self::Factor => "factor",
            Self::Enrolment => "enrolment",
            Self::Mail => "mail",
        }
    }
    fn parse(text: &str) -> Option<Self> {
        [Self::Factor, Self::Enrolment, Self::Mail]
            .into_iter()
            .find(|wants| wants.as_str() == text)
    }
}

/// Somebody who gave a first proof.
#[derive(Debug, Clone)]
pub struct SecondStep {
    pub account: String,
    /// How the first proof was given (RFC 8176).
    pub amr: String,
    pub wants: Wants,
    /// SHA-256 (base64url) of the code that was mailed.
    pub mailed: Option<String>,
}

pub struct SecondSteps<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Sign-ins that wait for a second proof.
    pub fn second_steps(&self) -> SecondSteps<'_> {
        SecondSteps { storage: self }
    }
}

impl SecondSteps<'_> {
    /// Begins one, and returns the cookie's value (only its hash is kept).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open(&self, step: &SecondStep, now: Timestamp) -> Result<String> {
        let db = &self.storage.inner.db;
        db.execute(Statement::new("DELETE FROM second_step WHERE expires < $1").bind(now))
            .await?;
        let cookie = secret::random()?;
        let expires = now
            .checked_add(SignedDuration::from_secs(STEP_SECONDS))
            .unwrap_or(Timestamp::MAX);
        let statement = Statement::new(
            "INSERT INTO second_step (hash, account, amr, wants, mailed, tries, created, expires) \
             VALUES ($1,$2,$3,$4,$5,0,$6,$7)",
        )
        .bind(hash_of_secret(&cookie))
        .bind(&step.account)
        .bind(&step.amr)
        .bind(step.wants.as_str())
        .bind(step.mailed.clone())
        .bind(now)
        .bind(expires);
        db.execute(statement).await?;
        Ok(cookie)
    }
    /// The one behind a cookie, unless it is over.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, cookie: &str, now: Timestamp) -> Result<Option<SecondStep>> {
        let statement = Statement::new(
            "SELECT account, amr, wants, mailed FROM second_step \
             WHERE hash = $1 AND expires > $2 AND tries < $3",
        )
        .bind(hash_of_secret(cookie))
        .bind(now)
        .bind(TRIES_MAX);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| {
            let wants = Wants::parse(row.str(2)?).ok_or_else(|| Error::Corrupt {
                table: "second_step",
                what: "wants".to_owned(),
            })?;
            Ok(SecondStep {
                account: row.text(0)?,
                amr: row.text(1)?,
                wants,
                mailed: row.opt_text(3)?,
            })
        })
        .transpose()
    }
    /// Counts an answer before it is looked at; false once there were too many.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn count(&self, cookie: &str) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE second_step SET tries = tries + 1 WHERE hash = $1 AND tries < $2",
        )
        .bind(hash_of_secret(cookie))
        .bind(TRIES_MAX);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// Ends one; false when somebody else just did (an answer sent twice).
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn close(&self, cookie: &str) -> Result<bool> {
        let statement =
            Statement::new("DELETE FROM second_step WHERE hash = $1").bind(hash_of_secret(cookie));
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
}
