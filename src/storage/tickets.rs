//! What people asked support, and the accounts support looks at for it: each opens one account to one
//! person for a while, through the authorization it was opened with and no other.

use jiff::Timestamp;

use crate::db::Row;
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Result, Storage};

/// Tickets of one account that are listed.
const LISTED_MAX: i64 = 50;

/// A question to support, beside the Task that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub task: String,
    /// What the person was told.
    pub number: String,
    /// Who asked, if they were signed in.
    pub account: Option<String>,
    pub opened: Timestamp,
}

/// An account that support looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub id: String,
    pub task: String,
    pub number: String,
    /// Of the member of staff.
    pub account: String,
    /// The authorization (and with it every token of its family) it holds for.
    pub grant: String,
    /// Whose account is open.
    pub patient: String,
    pub opened: Timestamp,
    pub expires: Timestamp,
    pub ended: Option<Timestamp>,
}

pub struct Tickets<'a> {
    pub(crate) storage: &'a Storage,
}

const COLUMNS: &str = "task, number, account, opened";
const VIEW: &str = "id, task, number, account, grant_id, patient, opened, expires, ended";

impl Storage {
    pub fn tickets(&self) -> Tickets<'_> {
        Tickets { storage: self }
    }
}

impl Tickets<'_> {
    /// Keeps a question's number and who asked.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn keep(&self, ticket: &Ticket) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO ticket (task, number, account, opened) VALUES ($1, $2, $3, $4)",
        )
        .bind(&ticket.task)
        .bind(&ticket.number)
        .bind(ticket.account.clone())
        .bind(ticket.opened);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }

    /// The questions of an account, newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_account(&self, account: &str) -> Result<Vec<Ticket>> {
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM ticket WHERE account = $1 ORDER BY opened DESC, task LIMIT $2"
        ));
        let statement = statement.bind(account).bind(LISTED_MAX);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(ticket).collect()
    }

    /// The question of a number.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn numbered(&self, number: &str) -> Result<Option<Ticket>> {
        self.one("number", number).await
    }

    /// The question a Task says.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_task(&self, task: &str) -> Result<Option<Ticket>> {
        self.one("task", task).await
    }

    async fn one(&self, column: &'static str, value: &str) -> Result<Option<Ticket>> {
        let statement =
            Statement::made(format!("SELECT {COLUMNS} FROM ticket WHERE {column} = $1"));
        let db = &self.storage.inner.db;
        let row = db.fetch_optional(statement.bind(value)).await?;
        row.as_ref().map(ticket).transpose()
    }

    /// Opens an account to look at, in force on every node when this returns; what the authorization had
    /// open is closed. False when the same ticket has the same account open already: then nothing changed.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn open(&self, view: &View) -> Result<bool> {
        let mut tx = self.storage.inner.db.begin().await?;
        let over = Statement::new(
            "UPDATE ticket_view SET ended = CASE WHEN expires < $2 THEN expires ELSE $2 END \
             WHERE grant_id = $1 AND ended IS NULL \
             AND (expires <= $2 OR task <> $3 OR patient <> $4)",
        );
        let over = over.bind(&view.grant).bind(view.opened);
        tx.execute(over.bind(&view.task).bind(&view.patient))
            .await?;
        let statement = Statement::new(
            "INSERT INTO ticket_view (id, task, number, account, grant_id, patient, opened, expires) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        )
        .bind(&view.id)
        .bind(&view.task)
        .bind(&view.number)
        .bind(&view.account)
        .bind(&view.grant)
        .bind(&view.patient)
        .bind(view.opened)
        .bind(view.expires);
        let made = tx.execute(statement).await? > 0;
        tx.commit().await?;
        self.forget(vec![view.grant.clone()]).await?;
        Ok(made)
    }

    /// What an authorization has open.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn in_force(&self, grant: &str, now: Timestamp) -> Result<Option<View>> {
        let statement = Statement::made(format!(
            "SELECT {VIEW} FROM ticket_view WHERE grant_id = $1 AND ended IS NULL AND expires > $2"
        ));
        let statement = statement.bind(grant).bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.as_ref().map(view).transpose()
    }

    /// Closes what an authorization has open. False when nothing was.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn close(&self, grant: &str, now: Timestamp) -> Result<bool> {
        let statement = Statement::new(
            "UPDATE ticket_view SET ended = $2 WHERE grant_id = $1 AND ended IS NULL AND expires > $2",
        );
        let statement = statement.bind(grant).bind(now);
        let ended = self.storage.inner.db.execute(statement).await? > 0;
        self.forget(vec![grant.to_owned()]).await?;
        Ok(ended)
    }

    /// Closes every account that is open for a ticket: it is answered.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn close_all(&self, task: &str, now: Timestamp) -> Result<()> {
        let db = &self.storage.inner.db;
        let statement = Statement::new(
            "UPDATE ticket_view SET ended = CASE WHEN expires < $2 THEN expires ELSE $2 END \
             WHERE task = $1 AND ended IS NULL RETURNING grant_id",
        );
        let rows = db.execute_returning(statement.bind(task).bind(now)).await?;
        let grants: Result<Vec<String>> = rows.iter().map(|row| row.text(0)).collect();
        self.forget(grants?).await
    }

    async fn forget(&self, grants: Vec<String>) -> Result<()> {
        let changed: Vec<Changed> = grants.into_iter().map(Changed::Grant).collect();
        self.storage.inner.forget(&changed).await
    }
}

fn ticket(row: &Row) -> Result<Ticket> {
    Ok(Ticket {
        task: row.text(0)?,
        number: row.text(1)?,
        account: row.opt_text(2)?,
        opened: row.time(3)?,
    })
}

fn view(row: &Row) -> Result<View> {
    Ok(View {
        id: row.text(0)?,
        task: row.text(1)?,
        number: row.text(2)?,
        account: row.text(3)?,
        grant: row.text(4)?,
        patient: row.text(5)?,
        opened: row.time(6)?,
        expires: row.time(7)?,
        ended: row.opt_time(8)?,
    })
}
