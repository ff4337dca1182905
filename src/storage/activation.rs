//! Activation codes: how a patient without an account comes to one. Only hashes are kept.
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;

pub struct Activation<'a> {
    pub(crate) storage: &'a Storage,
}

impl Activation<'_> {
    /// Stores a code's hash for a patient; earlier codes of that patient stop working.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn issue(
        &self,
        code_hash: &str,
        patient: &str,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<()> {
        let earlier = Statement::new("DELETE FROM activation WHERE patient = $1 AND used IS NULL");
        self.storage.inner.db.execute(earlier.bind(patient)).await?;
        let statement = Statement::new(
            "INSERT INTO activation (code_hash, patient, created, expires) VALUES ($1, $2, $3, $4)",
        )
        .bind(code_hash)
        .bind(patient)
        .bind(now)
        .bind(expires);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }

    /// The patient a code is for, if it is unused and not expired.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn patient_of(&self, code_hash: &str, now: Timestamp) -> Result<Option<String>> {
        let statement = Statement::new(
            "SELECT patient FROM activation \
             WHERE code_hash = $1 AND used IS NULL AND expires > $2",
        )
        .bind(code_hash)
        .bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.map(|row| row.text(0)).transpose()
    }
}
