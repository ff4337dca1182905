//! When a patient first looked at a thing, as the trail has it.

use jiff::Timestamp;

use super::Action;
use crate::db::timestamp;
use crate::sql::Statement;
use crate::{Records, Result};

impl Records<'_> {
    /// When the patient, themself, first read a thing of theirs (`Observation/…`); `None` where they have not. What
    /// was only listed among others was not read.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn first_view(&self, patient: &str, reference: &str) -> Result<Option<Timestamp>> {
        let inner = &self.storage.inner;
        inner.audit.flush(&inner.db).await?;
        let statement = Statement::new(
            "SELECT MIN(e.at) FROM audit e JOIN audit_agent a ON a.id = e.agent \
             WHERE e.patient = $1 AND e.entity = $2 AND e.action = $3 AND e.permitted = 1 AND a.who = $4",
        )
        .bind(patient)
        .bind(reference)
        .bind(Action::Read.number())
        .bind(format!("Patient/{patient}"));
        let row = inner.db.fetch_optional(statement).await?;
        let at = row.map(|row| row.opt_int(0)).transpose()?.flatten();
        at.map(timestamp).transpose()
    }
}
