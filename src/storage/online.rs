//! Grants that last as long as the browser session they were given in (`online_access`).
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;

pub struct Online<'a> {
    pub(crate) storage: &'a Storage,
}

impl Storage {
    /// Grants bound to a session.
    pub fn online(&self) -> Online<'_> {
        Online { storage: self }
    }
}

impl Online<'_> {
    /// Binds a grant to the session of that id.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn bind(&self, grant: &str, session: &str, account: &str) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO session_grant (app_grant, session, account) VALUES ($1,$2,$3)",
        );
        let statement = statement.bind(grant).bind(session).bind(account);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }
    /// Whether the session a grant is bound to is still open; false for a grant bound to none.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_open(&self, grant: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "SELECT g.app_grant FROM session_grant g JOIN session s ON s.id = g.session \
             WHERE g.app_grant = $1 AND s.expires > $2",
        );
        let db = &self.storage.inner.db;
        let row = db.fetch_optional(statement.bind(grant).bind(now)).await?;
        Ok(row.is_some())
    }
    /// Ends what was given in sessions of an account that are closed by now: its tokens are gone when
    /// this returns, on every node.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn end(&self, account: &str) -> Result<()> {
        let inner = &self.storage.inner;
        let select = Statement::new(
            "SELECT app_grant FROM session_grant g WHERE g.account = $1 \
             AND NOT EXISTS (SELECT 1 FROM session s WHERE s.id = g.session)",
        );
        let mut changed = Vec::new();
        for row in inner.db.fetch_all(select.bind(account)).await? {
            let grant = row.text(0)?;
            for end in [
                "DELETE FROM code WHERE app_grant = $1",
                "DELETE FROM token WHERE app_grant = $1",
                "DELETE FROM session_grant WHERE app_grant = $1",
            ] {
                inner.db.execute(Statement::new(end).bind(&grant)).await?;
            }
            changed.push(Changed::Grant(grant));
        }
        inner.forget(&changed).await
    }
}
