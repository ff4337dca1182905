//! Second factors of accounts: an authenticator app, passkeys, and recovery codes.
use crate::sealed::Place;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;
use smart::jwk::hash_of_secret;
use smart::totp;

mod passkeys;

pub use passkeys::{HeldPasskey, KnownPasskey};

/// Recovery codes made at a time.
const RECOVERY_CODES: usize = 10;
/// Random bytes of a recovery code: sixteen letters and digits.
const RECOVERY_BYTES: usize = 10;

/// An authenticator app that was confirmed.
#[derive(Debug, Clone)]
pub struct HeldTotp {
    pub since: Timestamp,
    pub last_used: Option<Timestamp>,
}

/// The second factors of an account.
#[derive(Debug, Clone, Default)]
pub struct Held {
    pub totp: Option<HeldTotp>,
    pub passkeys: Vec<HeldPasskey>,
    /// Recovery codes not used yet.
    pub recovery_codes: i64,
}

impl Held {
    /// Whether there is any: recovery codes alone are none.
    pub fn is_any(&self) -> bool {
        self.totp.is_some() || !self.passkeys.is_empty()
    }
}

pub struct Factors<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// What people prove themselves with besides a password.
    pub fn factors(&self) -> Factors<'_> {
        Factors { storage: self }
    }
}

fn place(account: &str) -> Place<'_> {
    Place {
        table: "totp",
        column: "sealed",
        row: account,
    }
}

impl Factors<'_> {
    /// What an account has.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of(&self, account: &str) -> Result<Held> {
        let db = &self.storage.inner.db;
        let totp = Statement::new(
            "SELECT confirmed, last_used FROM totp WHERE account = $1 AND confirmed IS NOT NULL",
        );
        let codes = Statement::new(
            "SELECT COUNT(*) FROM recovery_code WHERE account = $1 AND used IS NULL",
        );
        let totp = db.fetch_optional(totp.bind(account)).await?;
        let codes = db.fetch_optional(codes.bind(account)).await?;
        Ok(Held {
            totp: totp
                .map(|row| {
                    Ok::<_, crate::Error>(HeldTotp {
                        since: row.time(0)?,
                        last_used: row.opt_time(1)?,
                    })
                })
                .transpose()?,
            passkeys: self.passkeys(account).await?,
            recovery_codes: codes.map_or(Ok(0), |row| row.int(0))?,
        })
    }
    /// The secret an authenticator app is to be set up with: the one proposed before, or a new one.
    /// `None` when one is set up already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn propose_totp(&self, account: &str, now: Timestamp) -> Result<Option<Vec<u8>>> {
        let mut secret = vec![0_u8; totp::SECRET_BYTES];
        aws_lc_rs::rand::fill(&mut secret)
            .map_err(|_| crate::Error::Other("no randomness".to_owned()))?;
        let sealed = self.storage.sealing().seal(place(account), &secret)?;
        let statement = Statement::new(
            "INSERT INTO totp (account, sealed, last_step, created) VALUES ($1,$2,0,$3) \
             ON CONFLICT (account) DO NOTHING",
        )
        .bind(account)
        .bind(sealed)
        .bind(now);
        self.storage.inner.db.execute(statement).await?;
        self.secret(account, "confirmed IS NULL").await
    }
    /// Makes the proposed app count, by the step of the code that was typed from it.
    /// False when there is none proposed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn confirm_totp(&self, account: &str, step: i64, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE totp SET confirmed = $2, last_used = $2, last_step = $3 \
             WHERE account = $1 AND confirmed IS NULL",
        )
        .bind(account)
        .bind(now)
        .bind(step);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// The secret that was proposed and not confirmed yet.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn proposed_totp(&self, account: &str) -> Result<Option<Vec<u8>>> {
        self.secret(account, "confirmed IS NULL").await
    }
    /// The secret of the app that is set up.
    ///
    /// # Errors
    /// When it does not open.
    pub async fn totp(&self, account: &str) -> Result<Option<Vec<u8>>> {
        self.secret(account, "confirmed IS NOT NULL").await
    }
    async fn secret(&self, account: &str, which: &'static str) -> Result<Option<Vec<u8>>> {
        let statement = Statement::made(format!(
            "SELECT sealed FROM totp WHERE account = $1 AND {which}"
        ));
        let row = self
            .storage
            .inner
            .db
            .fetch_optional(statement.bind(account))
            .await?;
        row.map(|row| self.storage.sealing().open(place(account), row.str(0)?))
            .transpose()
    }
    /// Uses up a step of time; false when it, or a later one, was used before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn use_step(&self, account: &str, step: i64, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE totp SET last_step = $2, last_used = $3 \
             WHERE account = $1 AND confirmed IS NOT NULL AND last_step < $2",
        )
        .bind(account)
        .bind(step)
        .bind(now);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// Removes the authenticator app, confirmed or not; false when there was none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn remove_totp(&self, account: &str) -> Result<bool> {
        let statement = Statement::new("DELETE FROM totp WHERE account = $1").bind(account);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// Makes new recovery codes in place of all earlier ones; the only moment they exist in clear.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn replace_recovery_codes(
        &self,
        account: &str,
        now: Timestamp,
    ) -> Result<Vec<String>> {
        let mut tx = self.storage.inner.db.begin().await?;
        let delete = Statement::new("DELETE FROM recovery_code WHERE account = $1").bind(account);
        tx.execute(delete).await?;
        let mut codes = Vec::with_capacity(RECOVERY_CODES);
        for _ in 0..RECOVERY_CODES {
            let mut bytes = [0_u8; RECOVERY_BYTES];
            aws_lc_rs::rand::fill(&mut bytes)
                .map_err(|_| crate::Error::Other("no randomness".to_owned()))?;
            let code = totp::base32(&bytes);
            let insert = Statement::new(
                "INSERT INTO recovery_code (account, hash, created) VALUES ($1,$2,$3)",
            );
            tx.execute(insert.bind(account).bind(hash_of_secret(&code)).bind(now))
                .await?;
            codes.push(grouped(&code));
        }
        tx.commit().await?;
        Ok(codes)
    }
    /// Uses up a recovery code; false when it is none of the account's, or was used before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn use_recovery_code(
        &self,
        account: &str,
        typed: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let plain: String = typed
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let statement = Statement::new(
            "UPDATE recovery_code SET used = $3 \
             WHERE account = $1 AND hash = $2 AND used IS NULL",
        )
        .bind(account)
        .bind(hash_of_secret(&plain))
        .bind(now);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// Removes every recovery code.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn remove_recovery_codes(&self, account: &str) -> Result<()> {
        let statement =
            Statement::new("DELETE FROM recovery_code WHERE account = $1").bind(account);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
}

/// Four and four, so that people can copy it.
fn grouped(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|four| four.iter().collect())
        .collect();
    groups.join("-")
}
