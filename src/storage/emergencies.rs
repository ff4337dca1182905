//! Emergencies declared by staff (break-glass): each opens one chart to one person for a while,
//! through the authorization it was declared with and no other.

use jiff::Timestamp;

use crate::clients::list_of;
use crate::db::Row;
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Result, Storage};

/// Emergencies looked at when somebody asks for those of a chart.
const LISTED_MAX: i64 = 200;

/// One that was declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    pub id: String,
    pub account: String,
    /// The authorization (and with it every token of its family) it holds for.
    pub grant: String,
    pub patient: String,
    /// A code of ours.
    pub reason: String,
    /// What the person wrote: for the privacy office.
    pub said: String,
    pub opened: Timestamp,
    pub expires: Timestamp,
    pub ended: Option<Timestamp>,
}

/// A patient who is not to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    pub patient: String,
    /// The privacy officer's.
    pub account: String,
    pub reason: String,
    pub until: Timestamp,
}

/// A chart that another organization looked at in an emergency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    pub grant: String,
    pub patient: String,
    pub at: Timestamp,
    /// Codes of v3-PurposeOfUse.
    pub purposes: Vec<String>,
    /// What it said: for the privacy office.
    pub said: String,
    /// The organization's name, or its URI.
    pub organization: String,
    /// Who asked there, if it said.
    pub person: Option<String>,
}

pub struct Emergencies<'a> {
    pub(crate) storage: &'a Storage,
}

const COLUMNS: &str = "id, account, grant_id, patient, reason, said, opened, expires, ended";

impl Storage {
    pub fn emergencies(&self) -> Emergencies<'_> {
        Emergencies { storage: self }
    }
}

impl Emergencies<'_> {
    /// Declares one, in force on every node when this returns. False when that authorization has one
    /// for that chart already: then nothing changed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open(&self, emergency: &Emergency) -> Result<bool> {
        let inner = &self.storage.inner;
        let mut tx = inner.db.begin().await?;
        let over = Statement::new(
            "UPDATE break_glass SET ended = expires WHERE grant_id = $1 AND patient = $2 \
             AND ended IS NULL AND expires <= $3",
        );
        let over = over.bind(&emergency.grant).bind(&emergency.patient);
        tx.execute(over.bind(emergency.opened)).await?;
        let statement = Statement::new(
            "INSERT INTO break_glass (id, account, grant_id, patient, reason, said, opened, expires) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        )
        .bind(&emergency.id)
        .bind(&emergency.account)
        .bind(&emergency.grant)
        .bind(&emergency.patient)
        .bind(&emergency.reason)
        .bind(&emergency.said)
        .bind(emergency.opened)
        .bind(emergency.expires);
        let made = tx.execute(statement).await? > 0;
        tx.commit().await?;
        self.forget(&emergency.grant).await?;
        Ok(made)
    }

    /// Ends one before its time. False when there is none in force.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn end(&self, grant: &str, patient: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE break_glass SET ended = $3 WHERE grant_id = $1 AND patient = $2 \
             AND ended IS NULL AND expires > $3",
        )
        .bind(grant)
        .bind(patient)
        .bind(now);
        let ended = self.storage.inner.db.execute(statement).await? > 0;
        self.forget(grant).await?;
        Ok(ended)
    }

    /// Those in force for an authorization.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_grant(&self, grant: &str, now: Timestamp) -> Result<Vec<Emergency>> {
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM break_glass WHERE grant_id = $1 AND ended IS NULL \
             AND expires > $2 ORDER BY opened"
        ));
        let rows = self
            .storage
            .inner
            .db
            .fetch_all(statement.bind(grant).bind(now))
            .await?;
        rows.iter().map(emergency).collect()
    }

    /// Those of a chart, whatever became of them, newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_patient(&self, patient: &str) -> Result<Vec<Emergency>> {
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM break_glass WHERE patient = $1 ORDER BY opened DESC LIMIT $2"
        ));
        let statement = statement.bind(patient).bind(LISTED_MAX);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(emergency).collect()
    }

    /// Charts that another organization looked at in an emergency, and that nobody was handed to review yet.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_organizations(&self) -> Result<Vec<Outside>> {
        let statement = Statement::new(
            "SELECT e.grant_id, e.patient, e.at, b.purposes, b.emergency_reason, b.organization_name, \
             b.organization_id, b.subject_name FROM organization_emergency e \
             JOIN grant_b2b b ON b.app_grant = e.grant_id WHERE e.done IS NULL ORDER BY e.at LIMIT $1",
        );
        let inner = &self.storage.inner;
        inner.audit.flush(&inner.db).await?;
        let rows = inner.db.fetch_all(statement.bind(LISTED_MAX)).await?;
        rows.iter().map(outside).collect()
    }

    /// Notes that one of those is handed over and told. False when it was noted before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn handed_over(&self, grant: &str, patient: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE organization_emergency SET done = $3 \
             WHERE grant_id = $1 AND patient = $2 AND done IS NULL",
        );
        let statement = statement.bind(grant).bind(patient).bind(now);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }

    /// Keeps from a patient, until an instant, that the chart was opened.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn keep_untold(&self, untold: &Untold, now: Timestamp) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO untold (patient, account, reason, at, until) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (patient) DO UPDATE SET account = excluded.account, \
             reason = excluded.reason, at = excluded.at, until = excluded.until",
        )
        .bind(&untold.patient)
        .bind(&untold.account)
        .bind(&untold.reason)
        .bind(now)
        .bind(untold.until);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }

    /// Whether a patient is not to be told just now.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_untold(&self, patient: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new("SELECT 1 FROM untold WHERE patient = $1 AND until > $2");
        let statement = statement.bind(patient).bind(now);
        Ok(self
            .storage
            .inner
            .db
            .fetch_optional(statement)
            .await?
            .is_some())
    }

    async fn forget(&self, grant: &str) -> Result<()> {
        let changed = Changed::Grant(grant.to_owned());
        self.storage.inner.forget(&[changed]).await
    }
}

fn outside(row: &Row) -> Result<Outside> {
    let name = row.opt_text(5)?;
    Ok(Outside {
        grant: row.text(0)?,
        patient: row.text(1)?,
        at: row.time(2)?,
        purposes: list_of(row.str(3)?),
        said: row.opt_text(4)?.unwrap_or_default(),
        organization: name.map_or_else(|| row.text(6), Ok)?,
        person: row.opt_text(7)?,
    })
}

fn emergency(row: &Row) -> Result<Emergency> {
    Ok(Emergency {
        id: row.text(0)?,
        account: row.text(1)?,
        grant: row.text(2)?,
        patient: row.text(3)?,
        reason: row.text(4)?,
        said: row.text(5)?,
        opened: row.time(6)?,
        expires: row.time(7)?,
        ended: row.opt_time(8)?,
    })
}
