//! DPoP proofs: each is accepted once, whichever node it is shown to.
use super::Grants;
use crate::Result;
use crate::sql::Statement;
use jiff::Timestamp;

impl Grants<'_> {
    /// Remembers a proof's id for as long as the proof may be shown; false when it was used before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn use_proof(&self, jkt: &str, jti: &str, expires: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "INSERT INTO proof (jkt, jti, expires) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING",
        );
        let statement = statement.bind(jkt).bind(jti).bind(expires);
        Ok(self.storage.inner.db.execute(statement).await? > 0)
    }
}
