//! Activation codes: how a patient without an account comes to one. Only hashes are kept.
use crate::accounts::{Account, insert};
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Error, Result, Storage};
use jiff::Timestamp;

/// A code to be given out.
#[derive(Debug, Clone, Copy)]
pub struct Issue<'a> {
    /// SHA-256 (base64url) of the code.
    pub code_hash: &'a str,
    pub patient: &'a str,
    /// How the code reaches the person.
    pub channel: &'a str,
    /// Id of the Task that tells of it.
    pub task: Option<&'a str>,
    pub expires: Timestamp,
}

/// What a good code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub patient: String,
    pub channel: String,
    pub task: Option<String>,
}

/// What came of using a code up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redeemed {
    Done,
    /// The code is not good any more: used, expired, burnt, or another was given out.
    Gone,
    UsernameTaken,
    /// The patient has an account, or the account a patient.
    HasAccount,
}

pub struct Activation<'a> {
    pub(crate) storage: &'a Storage,
}

impl Activation<'_> {
    /// Keeps a code's hash for a patient; earlier codes given in the same way stop working (and no others:
    /// who asks for a code online must not be able to spoil a printed one). Returns the Tasks that told of
    /// those.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn issue(&self, issue: Issue<'_>, now: Timestamp) -> Result<Vec<String>> {
        let mut tx = self.storage.inner.db.begin().await?;
        let earlier = Statement::new(
            "SELECT task FROM activation WHERE patient = $1 AND channel = $2 AND used IS NULL",
        );
        let earlier = earlier.bind(issue.patient).bind(issue.channel);
        let earlier = tx.fetch_all(earlier).await?;
        let tasks: Result<Vec<_>> = earlier.iter().map(|row| row.opt_text(0)).collect();
        let gone = Statement::new(
            "DELETE FROM activation WHERE patient = $1 AND channel = $2 AND used IS NULL",
        );
        tx.execute(gone.bind(issue.patient).bind(issue.channel))
            .await?;
        let statement = Statement::new(
            "INSERT INTO activation (code_hash, patient, created, expires, channel, task) \
             VALUES ($1,$2,$3,$4,$5,$6)",
        )
        .bind(issue.code_hash)
        .bind(issue.patient)
        .bind(now)
        .bind(issue.expires)
        .bind(issue.channel)
        .bind(issue.task.map(str::to_owned));
        tx.execute(statement).await?;
        tx.commit().await?;
        Ok(tasks?.into_iter().flatten().collect())
    }
    /// Counts a try of a code before it is looked at who tries it, so that many at once count as many;
    /// what it stands for, unless it is used, expired, or `wrong_max` tries named somebody else.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn try_code(
        &self,
        code_hash: &str,
        wrong_max: i64,
        now: Timestamp,
    ) -> Result<Option<Code>> {
        let statement = Statement::new(
            "UPDATE activation SET wrong = wrong + 1 \
             WHERE code_hash = $1 AND used IS NULL AND expires > $2 AND wrong < $3 \
             RETURNING patient, channel, task",
        )
        .bind(code_hash)
        .bind(now)
        .bind(wrong_max);
        let rows = self.storage.inner.db.execute_returning(statement).await?;
        rows.first()
            .map(|row| {
                Ok(Code {
                    patient: row.text(0)?,
                    channel: row.text(1)?,
                    task: row.opt_text(2)?,
                })
            })
            .transpose()
    }
    /// Takes a counted try back: it named the right person.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn forgive(&self, code_hash: &str) -> Result<()> {
        let statement = Statement::new(
            "UPDATE activation SET wrong = wrong - 1 WHERE code_hash = $1 AND wrong > 0",
        );
        let db = &self.storage.inner.db;
        db.execute(statement.bind(code_hash)).await?;
        Ok(())
    }
    /// What a code stands for while it is unused and not expired, whoever shows it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, code_hash: &str, now: Timestamp) -> Result<Option<Code>> {
        let statement = Statement::new(
            "SELECT patient, channel, task FROM activation \
             WHERE code_hash = $1 AND used IS NULL AND expires > $2",
        )
        .bind(code_hash)
        .bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| {
            Ok(Code {
                patient: row.text(0)?,
                channel: row.text(1)?,
                task: row.opt_text(2)?,
            })
        })
        .transpose()
    }
    /// Uses a code up and opens the account in one step: of two who do so at once one finds it gone. An
    /// account the patient gave up before is opened again under the new username; `account.id` is then
    /// not taken.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open_account(
        &self,
        code_hash: &str,
        account: &Account,
        now: Timestamp,
    ) -> Result<(Redeemed, String)> {
        let patient = account.patient.clone().unwrap_or_default();
        let mut tx = self.storage.inner.db.begin().await?;
        if !use_up(&mut tx, code_hash, &patient, now).await? {
            return Ok((Redeemed::Gone, String::new()));
        }
        let before = Statement::new("SELECT id, state FROM account WHERE patient = $1");
        let before = tx.fetch_all(before.bind(&patient)).await?;
        let given_up = access::actor::Account::Deactivated.as_str();
        let mut reopened = None;
        for row in &before {
            if row.str(1)? != given_up {
                return Ok((Redeemed::HasAccount, row.text(0)?));
            }
            reopened = Some(row.text(0)?);
        }
        let (statement, id) = match reopened {
            None => (insert(account, now), account.id.clone()),
            Some(id) => {
                let statement = Statement::new(
                    "UPDATE account SET username = $2, username_folded = $3, password_hash = $4, \
                     state = $5, display = $6, email = NULL, failed_sign_ins = 0, locked_until = NULL \
                     WHERE id = $1",
                )
                .bind(&id)
                .bind(&account.username)
                .bind(crate::accounts::folded(&account.username))
                .bind(&account.password_hash)
                .bind(account.state.as_str())
                .bind(&account.display);
                (statement, id)
            }
        };
        // What came into being while the account was being closed stays shut.
        let earlier = "UPDATE app_grant SET revoked = $2 WHERE account = $1 AND revoked IS NULL";
        tx.execute(Statement::new(earlier).bind(&id).bind(now))
            .await?;
        match tx.execute(statement).await {
            Ok(_) => {}
            Err(Error::Duplicate) => return Ok((Redeemed::UsernameTaken, String::new())),
            Err(fault) => return Err(fault),
        }
        tx.commit().await?;
        self.storage
            .inner
            .forget(&[Changed::Account(id.clone())])
            .await?;
        Ok((Redeemed::Done, id))
    }
    /// Uses a code up for an account that has no chart of its own yet: from now on the patient is its
    /// owner.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn join_account(
        &self,
        code_hash: &str,
        patient: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<Redeemed> {
        let mut tx = self.storage.inner.db.begin().await?;
        if !use_up(&mut tx, code_hash, patient, now).await? {
            return Ok(Redeemed::Gone);
        }
        let statement = Statement::new(
            "UPDATE account SET patient = $2, kind = 'patient' \
             WHERE id = $1 AND patient IS NULL AND kind = 'proxy' \
             AND NOT EXISTS (SELECT 1 FROM account other WHERE other.patient = $2)",
        )
        .bind(account)
        .bind(patient);
        if tx.execute(statement).await? == 0 {
            return Ok(Redeemed::HasAccount);
        }
        tx.commit().await?;
        let changed = Changed::Account(account.to_owned());
        self.storage.inner.forget(&[changed]).await?;
        Ok(Redeemed::Done)
    }
    /// Uses a code up as a proof of who somebody is; false when it is gone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn spend(&self, code_hash: &str, patient: &str, now: Timestamp) -> Result<bool> {
        let mut tx = self.storage.inner.db.begin().await?;
        let spent = use_up(&mut tx, code_hash, patient, now).await?;
        tx.commit().await?;
        Ok(spent)
    }
}

/// Marks all unused codes of a patient as used; whether this one was among them.
async fn use_up(
    tx: &mut crate::db::Tx,
    code_hash: &str,
    patient: &str,
    now: Timestamp,
) -> Result<bool> {
    let statement = Statement::new(
        "UPDATE activation SET used = $2 WHERE patient = $1 AND used IS NULL \
         AND EXISTS (SELECT 1 FROM activation mine WHERE mine.code_hash = $3 \
                     AND mine.patient = $1 AND mine.used IS NULL AND mine.expires > $2)",
    )
    .bind(patient)
    .bind(now)
    .bind(code_hash);
    Ok(tx.execute(statement).await? > 0)
}
