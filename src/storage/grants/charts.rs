//! The charts a grant opens besides the one it began in: of everybody a person acts for.
use super::Grants;
use crate::Result;
use crate::sql::Statement;

/// One more chart, and the Consent that lets an outside app into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    pub patient: String,
    pub consent: Option<String>,
}

impl Grants<'_> {
    /// Opens one more chart to a grant.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn add_chart(&self, grant: &str, chart: &Chart) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO grant_chart (app_grant, patient, consent) VALUES ($1,$2,$3)",
        )
        .bind(grant)
        .bind(&chart.patient)
        .bind(chart.consent.clone());
        self.storage.inner.db.execute(statement).await?;
        self.forget(grant).await
    }
    /// Closes one of those charts to a grant again. False when it was not open.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn remove_chart(&self, grant: &str, patient: &str) -> Result<bool> {
        let statement =
            Statement::new("DELETE FROM grant_chart WHERE app_grant = $1 AND patient = $2");
        let statement = statement.bind(grant).bind(patient);
        let touched = self.storage.inner.db.execute(statement).await?;
        self.forget(grant).await?;
        Ok(touched > 0)
    }
    /// The charts opened so, by patient.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn charts(&self, grant: &str) -> Result<Vec<Chart>> {
        let statement = Statement::new(
            "SELECT patient, consent FROM grant_chart WHERE app_grant = $1 ORDER BY patient",
        );
        let db = &self.storage.inner.db;
        let rows = db.fetch_all(statement.bind(grant)).await?;
        let chart = |row: &crate::db::Row| {
            Ok(Chart {
                patient: row.text(0)?,
                consent: row.opt_text(1)?,
            })
        };
        rows.iter().map(chart).collect()
    }
}
