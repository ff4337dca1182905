//! The browser session a grant was given in, for those who ask about it later.
use super::Grants;
use crate::Result;
use crate::sql::Statement;

impl Grants<'_> {
    /// Writes down the id of the session a grant was given in.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn note_session(&self, grant: &str, session: &str) -> Result<()> {
        let statement = Statement::new("UPDATE app_grant SET session = $2 WHERE id = $1");
        let statement = statement.bind(grant).bind(session);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// The id of the session a grant was given in, open or not.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn session_of(&self, grant: &str) -> Result<Option<String>> {
        let statement = Statement::new("SELECT session FROM app_grant WHERE id = $1").bind(grant);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        Ok(row.map(|row| row.opt_text(0)).transpose()?.flatten())
    }
}
