//! Less of what was given: what a person leaves of a grant, in force for every token of it at once.
use super::{COLUMNS, Grant, Grants, grant_of};
use crate::Result;
use crate::sql::Statement;
use jiff::Timestamp;
use smart::scope::Scopes;

/// A grant as the person manages it.
#[derive(Debug, Clone)]
pub struct Managed {
    /// Its scopes are what is in force.
    pub grant: Grant,
    /// What was given at first, verbatim.
    pub given: String,
    /// When it was narrowed last; `None` while all of it is in force.
    pub narrowed: Option<Timestamp>,
}

impl Grants<'_> {
    /// Leaves of a grant only what `kept` and the scopes first given have in common; all of those
    /// again when that is everything. Tokens, present ones too, carry no more from now on. Returns
    /// what is in force; `None` when there is no such grant or it has ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn narrow(
        &self,
        grant: &str,
        kept: &Scopes,
        now: Timestamp,
    ) -> Result<Option<Scopes>> {
        let Some(managed) = self.managed(grant).await? else {
            return Ok(None);
        };
        if managed.grant.revoked.is_some() {
            return Ok(None);
        }
        let given = Scopes::parse(&managed.given);
        let left = given.narrow(kept);
        let (narrowed, at) = if left == given {
            (None, None)
        } else {
            (Some(left.to_text()), Some(now))
        };
        let statement = Statement::new(
            "UPDATE app_grant SET narrowed = $2, narrowed_at = $3 WHERE id = $1 AND revoked IS NULL",
        );
        let statement = statement.bind(grant).bind(narrowed).bind(at);
        let touched = self.storage.inner.db.execute(statement).await?;
        self.forget(grant).await?;
        Ok((touched > 0).then_some(left))
    }

    /// A grant with what was first given, whatever became of it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn managed(&self, grant: &str) -> Result<Option<Managed>> {
        let Some(found) = self.find(grant).await? else {
            return Ok(None);
        };
        let statement = Statement::new("SELECT scopes, narrowed_at FROM app_grant WHERE id = $1");
        let db = &self.storage.inner.db;
        let Some(row) = db.fetch_optional(statement.bind(grant)).await? else {
            return Ok(None);
        };
        Ok(Some(Managed {
            grant: found,
            given: row.text(0)?,
            narrowed: row.opt_time(1)?,
        }))
    }

    /// Live grants to outside apps that open a patient's record and that others gave (proxies),
    /// newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_patient_by_others(
        &self,
        patient: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<Vec<Grant>> {
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM app_grant g JOIN account a ON a.id = g.account \
             WHERE g.account <> $2 AND a.kind <> 'staff' AND g.revoked IS NULL \
             AND ((g.patient = $1 AND g.consent IS NOT NULL) OR EXISTS \
             (SELECT 1 FROM grant_chart c WHERE c.app_grant = g.id AND c.patient = $1 \
              AND c.consent IS NOT NULL)) AND EXISTS \
             (SELECT 1 FROM token t WHERE t.app_grant = g.id AND t.expires > $3 AND t.used IS NULL \
              AND t.revoked IS NULL) ORDER BY g.created DESC, g.id"
        ));
        let statement = statement.bind(patient).bind(account).bind(now);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(grant_of).collect()
    }
}
