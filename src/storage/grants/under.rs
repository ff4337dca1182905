//! Ending what was given to apps under the authority of somebody who acts for a patient no longer.
use super::{COLUMNS, Grant, Grants, grant_of};
use crate::Result;
use crate::invalidate::Changed;
use crate::sql::Statement;
use jiff::Timestamp;

impl Grants<'_> {
    /// Ends every grant made as this RelatedPerson, with all its tokens at once, and gives what was ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn revoke_under(
        &self,
        related_person: &str,
        patient: &str,
        now: Timestamp,
    ) -> Result<Vec<Grant>> {
        let db = &self.storage.inner.db;
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM app_grant g WHERE g.patient = $1 AND g.fhir_user = $2 \
             AND g.revoked IS NULL"
        ))
        .bind(patient)
        .bind(format!("RelatedPerson/{related_person}"));
        let rows = db.fetch_all(statement).await?;
        let mut ended = Vec::new();
        for grant in rows.iter().map(grant_of) {
            let grant = grant?;
            if self.revoke(&grant.id, now).await? {
                ended.push(grant);
            }
        }
        Ok(ended)
    }
    /// Closes this patient's chart to every grant of an account that opened it besides another. Gives the
    /// Consents that let apps in so.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn close_chart(&self, account: &str, patient: &str) -> Result<Vec<String>> {
        let statement = Statement::new(
            "DELETE FROM grant_chart WHERE patient = $1 \
             AND app_grant IN (SELECT id FROM app_grant WHERE account = $2) RETURNING consent",
        )
        .bind(patient)
        .bind(account);
        let rows = self.storage.inner.db.execute_returning(statement).await?;
        let changed = Changed::Account(account.to_owned());
        self.storage.inner.forget(&[changed]).await?;
        let mut consents = Vec::new();
        for row in &rows {
            consents.extend(row.opt_text(0)?);
        }
        Ok(consents)
    }
}
