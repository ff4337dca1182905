//! What is decided about a client: each decision holds only if nothing else was decided meanwhile.
use super::{Client, Clients, State};
use crate::Result;
use crate::sql::Statement;

impl Clients<'_> {
    /// Keeps a decision about a client in review: its state, scopes, approved scopes and note. False when
    /// it is in review no longer, or its developer asks for other scopes than `seen` by now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn decide(&self, seen: &str, decided: &Client) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE client SET state = $3, scopes = $4, approved_scopes = $5, review_note = $6 \
             WHERE id = $1 AND scopes = $2 AND state = 'review'",
        )
        .bind(&decided.id)
        .bind(seen)
        .bind(decided.state.as_str())
        .bind(&decided.scopes)
        .bind(&decided.approved_scopes)
        .bind(decided.review_note.clone());
        self.settle(&decided.id, statement).await
    }

    /// Stops a client, with a note to its developer; its tokens are dead at once, on every node. False
    /// when it was stopped before, or is not there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn stop(&self, id: &str, note: Option<&str>) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE client SET state = 'disabled', review_note = $2 WHERE id = $1 AND state <> 'disabled'",
        );
        let statement = statement.bind(id).bind(note.map(str::to_owned));
        self.settle(id, statement).await
    }

    /// Lets a stopped client work again, in that state. False when it was not stopped.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn resume(&self, id: &str, state: State) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE client SET state = $2, review_note = NULL WHERE id = $1 AND state = 'disabled'",
        );
        self.settle(id, statement.bind(id).bind(state.as_str()))
            .await
    }

    async fn settle(&self, id: &str, statement: Statement) -> Result<bool> {
        let touched = self.storage.inner.db.execute(statement).await?;
        self.forget(id).await?;
        Ok(touched > 0)
    }
}
