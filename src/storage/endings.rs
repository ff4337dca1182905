//! The end of accounts: closed by their owner, taken away by the organization, held for an investigation, opened
//! again. Whatever ends an account ends its sessions and tokens in the same transaction.

use jiff::Timestamp;

use crate::db::{Row, Tx};
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Error, Result, Storage};

/// Endings of one account that are looked at, newest first.
const LISTED_MAX: i64 = 100;

/// What became of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Its owner closed it.
    Closed,
    /// Its owner gave up their own chart and goes on acting for others.
    Left,
    /// The organization took it away.
    Revoked,
    /// The organization opened it again.
    Restored,
}

impl What {
    const ALL: [Self; 4] = [Self::Closed, Self::Left, Self::Revoked, Self::Restored];
    /// The word it is kept and shown as.
    pub fn code(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Left => "left",
            Self::Revoked => "revoked-by-org",
            Self::Restored => "restored",
        }
    }
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// One thing that became of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub id: String,
    pub account: String,
    /// Whose chart was the account's own then.
    pub patient: Option<String>,
    pub what: What,
    /// A code of the house, for the house.
    pub reason: String,
    /// What was noted; it stays inside.
    pub note: String,
    /// Reference of whoever did it.
    pub said_by: String,
    pub at: Timestamp,
}

/// An investigation of what an account did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    pub id: String,
    pub account: String,
    pub patient: Option<String>,
    pub reason: String,
    pub note: String,
    pub opened_by: String,
    pub opened: Timestamp,
    pub lifted: Option<Timestamp>,
}

pub struct Endings<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// The end of accounts.
    pub fn endings(&self) -> Endings<'_> {
        Endings { storage: self }
    }
}

const ENDING: &str = "id, account, patient, what, reason, note, said_by, at";
const HOLD: &str = "id, account, patient, reason, note, opened_by, opened, lifted";

/// Its owner closes it: not under investigation, and once.
const CLOSE: &str = "UPDATE account SET state = 'deactivated' WHERE id = $1 \
    AND state IN ('active', 'locked', 'suspended') \
    AND NOT EXISTS (SELECT 1 FROM account_hold h WHERE h.account = $1 AND h.lifted IS NULL)";
const LEAVE: &str = "UPDATE account SET patient = NULL, kind = 'proxy' WHERE id = $1 AND patient = $2 \
    AND state = 'active' AND kind = 'patient' AND person IS NOT NULL \
    AND NOT EXISTS (SELECT 1 FROM account_hold h WHERE h.account = $1 AND h.lifted IS NULL)";
const REVOKE: &str =
    "UPDATE account SET state = 'revoked-by-org' WHERE id = $1 AND state <> 'revoked-by-org'";
const RESTORE: &str =
    "UPDATE account SET state = 'active' WHERE id = $1 AND state = 'revoked-by-org'";

impl Endings<'_> {
    /// Does it, with all sessions and tokens, on every node when this returns. False when it was so before, or may
    /// not be: then nothing changed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn end(&self, ending: &Ending) -> Result<bool> {
        let inner = &self.storage.inner;
        let mut tx = inner.db.begin().await?;
        let state = match ending.what {
            What::Closed => Statement::new(CLOSE).bind(&ending.account),
            What::Left => Statement::new(LEAVE)
                .bind(&ending.account)
                .bind(ending.patient.clone()),
            What::Revoked => Statement::new(REVOKE).bind(&ending.account),
            What::Restored => Statement::new(RESTORE).bind(&ending.account),
        };
        let done = tx.execute(state).await? > 0;
        if done {
            shut(&mut tx, ending).await?;
            tx.execute(insert(ending)).await?;
            let changed = [Changed::Account(ending.account.clone())];
            inner.notify(&mut tx, &changed).await?;
        }
        tx.commit().await?;
        if done {
            inner
                .forget(&[Changed::Account(ending.account.clone())])
                .await?;
            self.storage.online().end(&ending.account).await?;
        }
        Ok(done)
    }
    /// Whatever of an ending is still to be followed up, oldest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn unsettled(&self) -> Result<Vec<Ending>> {
        let statement = Statement::made(format!(
            "SELECT {ENDING} FROM account_ending WHERE settled IS NULL ORDER BY at, id LIMIT {LISTED_MAX}"
        ));
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(ending).collect()
    }
    /// Writes down that all of it was followed up. False when somebody else had done so.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn settle(&self, id: &str, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE account_ending SET settled = $2 WHERE id = $1 AND settled IS NULL";
        let statement = Statement::new(sql).bind(id).bind(now);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// What became of an account, newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_account(&self, account: &str) -> Result<Vec<Ending>> {
        let statement = Statement::made(format!(
            "SELECT {ENDING} FROM account_ending WHERE account = $1 ORDER BY at DESC, id LIMIT {LISTED_MAX}"
        ));
        let db = &self.storage.inner.db;
        let rows = db.fetch_all(statement.bind(account)).await?;
        rows.iter().map(ending).collect()
    }
    /// The Consents of everything an account let in, that is of all its grants (of `patient` alone, where one is
    /// named), ended or not.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn consents(&self, account: &str, patient: Option<&str>) -> Result<Vec<String>> {
        let statement = Statement::new(
            "SELECT g.consent FROM app_grant g WHERE g.account = $1 AND g.consent IS NOT NULL \
             AND ($2 = '' OR g.patient = $2) UNION \
             SELECT c.consent FROM grant_chart c JOIN app_grant g ON g.id = c.app_grant \
             WHERE g.account = $1 AND c.consent IS NOT NULL AND ($2 = '' OR c.patient = $2)",
        )
        .bind(account)
        .bind(patient.unwrap_or_default());
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }
    /// Begins to hold an account for an investigation. False when it is held already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn hold(&self, hold: &Hold) -> Result<bool> {
        let statement = Statement::new(
            "INSERT INTO account_hold (id, account, patient, reason, note, opened_by, opened) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        )
        .bind(&hold.id)
        .bind(&hold.account)
        .bind(hold.patient.clone())
        .bind(&hold.reason)
        .bind(&hold.note)
        .bind(&hold.opened_by)
        .bind(hold.opened);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// Ends it. False when there was none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn lift(&self, account: &str, by: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE account_hold SET lifted = $2, lifted_by = $3 WHERE account = $1 AND lifted IS NULL",
        )
        .bind(account)
        .bind(now)
        .bind(by);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
    /// The investigation an account is held for.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn held(&self, account: &str) -> Result<Option<Hold>> {
        let statement = Statement::made(format!(
            "SELECT {HOLD} FROM account_hold WHERE account = $1 AND lifted IS NULL"
        ));
        let db = &self.storage.inner.db;
        let row = db.fetch_optional(statement.bind(account)).await?;
        row.as_ref().map(hold).transpose()
    }
}

/// Sessions, steps under way, links and tokens of an account that ends; of its own chart alone where it is only
/// left. Codes that were not exchanged fall with their grant.
async fn shut(tx: &mut Tx, ending: &Ending) -> Result<()> {
    let account = &ending.account;
    let grants = match ending.what {
        What::Left => {
            let sql = "UPDATE app_grant SET revoked = $2 WHERE account = $1 AND revoked IS NULL \
                 AND patient = $3";
            let statement = Statement::new(sql).bind(account).bind(ending.at);
            statement.bind(ending.patient.clone())
        }
        _ => {
            let sql = "UPDATE app_grant SET revoked = $2 WHERE account = $1 AND revoked IS NULL";
            Statement::new(sql).bind(account).bind(ending.at)
        }
    };
    tx.execute(grants).await?;
    for sql in [
        "DELETE FROM session WHERE account = $1",
        "DELETE FROM second_step WHERE account = $1",
        "DELETE FROM mail_link WHERE account = $1",
    ] {
        tx.execute(Statement::new(sql).bind(account)).await?;
    }
    Ok(())
}

fn insert(ending: &Ending) -> Statement {
    Statement::new(
        "INSERT INTO account_ending (id, account, patient, what, reason, note, said_by, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&ending.id)
    .bind(&ending.account)
    .bind(ending.patient.clone())
    .bind(ending.what.code())
    .bind(&ending.reason)
    .bind(&ending.note)
    .bind(&ending.said_by)
    .bind(ending.at)
}

fn ending(row: &Row) -> Result<Ending> {
    let what = What::from_code(row.str(3)?).ok_or_else(|| Error::Corrupt {
        table: "account_ending",
        what: "what became of it".to_owned(),
    })?;
    Ok(Ending {
        id: row.text(0)?,
        account: row.text(1)?,
        patient: row.opt_text(2)?,
        what,
        reason: row.text(4)?,
        note: row.text(5)?,
        said_by: row.text(6)?,
        at: row.time(7)?,
    })
}

fn hold(row: &Row) -> Result<Hold> {
    Ok(Hold {
        id: row.text(0)?,
        account: row.text(1)?,
        patient: row.opt_text(2)?,
        reason: row.text(3)?,
        note: row.text(4)?,
        opened_by: row.text(5)?,
        opened: row.time(6)?,
        lifted: row.opt_time(7)?,
    })
}
