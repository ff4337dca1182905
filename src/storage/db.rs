//! The two databases behind one face: connections, rows, transactions. The only match on the
//! backend.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use sqlx::{
    AssertSqlSafe, Executor, Row as _, SqlSafeStr,
    postgres::{PgPool, PgRow},
    query::Query,
    sqlite::{SqliteConnection, SqlitePool, SqliteRow},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{
    Error, Result,
    sql::{Bind, Rows, Statement, Table},
};

mod bind;
mod insert;
mod open;

pub(crate) use open::{last_migration, migrate_postgres_to, sqlite_path};

/// An open database. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Db {
    Sqlite(Arc<SqliteFile>),
    Postgres(PgPool),
}

/// One SQLite file: many readers, one writer.
pub(crate) struct SqliteFile {
    readers: SqlitePool,
    writer: Arc<Mutex<Writer>>,
    /// Of `sqlite::memory:`: a folder that goes when the last user does.
    _folder: Option<tempfile::TempDir>,
}

/// The one connection that writes to a SQLite file.
pub(crate) struct Writer {
    connection: SqliteConnection,
    /// A transaction was dropped half way and must be undone before the next begins.
    unfinished: bool,
}

impl Db {
    /// Opens `sqlite:PATH`, `sqlite::memory:` or `postgres://…` and brings its tables up to date.
    ///
    /// # Errors
    /// `Unavailable` when the database cannot be reached or a migration fails.
    pub(crate) async fn open(url: &str, read_connections: u32) -> Result<Self> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            open::postgres(url, read_connections).await
        } else {
            open::sqlite(url, read_connections).await
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// The pool, where another node may write to the same database.
    pub(crate) fn postgres(&self) -> Option<&PgPool> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(pool) => Some(pool),
        }
    }

    /// All rows of a SELECT, on a read connection.
    pub(crate) async fn fetch_all(&self, statement: Statement) -> Result<Vec<Row>> {
        fits(&statement)?;
        match self {
            Self::Sqlite(file) => sqlite_rows(statement, &file.readers).await,
            Self::Postgres(pool) => postgres_rows(statement, pool).await,
        }
    }

    /// The first row of a SELECT, on a read connection.
    pub(crate) async fn fetch_optional(&self, statement: Statement) -> Result<Option<Row>> {
        Ok(self.fetch_all(statement).await?.into_iter().next())
    }

    /// One statement that writes, on its own; the number of rows it touched. On disk when this
    /// returns.
    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64> {
        match self {
            Self::Sqlite(file) => {
                let mut writer = file.writer().await;
                sqlite_execute(statement, &mut writer.connection).await
            }
            Self::Postgres(pool) => postgres_execute(statement, pool).await,
        }
    }

    /// One statement that writes and returns rows (`… RETURNING …`), on its own.
    pub(crate) async fn execute_returning(&self, statement: Statement) -> Result<Vec<Row>> {
        match self {
            Self::Sqlite(file) => {
                let mut writer = file.writer().await;
                sqlite_rows(statement, &mut writer.connection).await
            }
            Self::Postgres(pool) => postgres_rows(statement, pool).await,
        }
    }

    /// Begins a transaction that may write. On SQLite it waits for the writer's turn: keep it
    /// short, and do not call [`Self::execute`] or `begin` while holding it.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        match self {
            Self::Sqlite(file) => {
                let mut turn = Turn(file.writer().await);
                // Set before: the caller may go away while BEGIN runs.
                turn.0.unfinished = true;
                (&mut turn.0.connection)
                    .execute(Self::BEGIN_SQLITE)
                    .await
                    .map_err(fault)?;
                Ok(Tx::Sqlite(turn))
            }
            Self::Postgres(pool) => Ok(Tx::Postgres(Box::new(pool.begin().await.map_err(fault)?))),
        }
    }

    /// A number that changes when another process commits to the same SQLite file; always 0 on
    /// PostgreSQL. `None` while the writer is busy (its next transaction looks for itself).
    pub(crate) async fn data_version(&self) -> Result<Option<i64>> {
        let Self::Sqlite(file) = self else {
            return Ok(Some(0));
        };
        let Ok(mut writer) = file.writer.clone().try_lock_owned() else {
            return Ok(None);
        };
        if writer.unfinished {
            return Ok(None);
        }
        let rows = sqlite_rows(
            Statement::new("PRAGMA data_version"),
            &mut writer.connection,
        );
        Ok(Some(first_int(rows.await?)?))
    }

    /// Closes every connection; what was committed is on disk.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(file) => {
                file.readers.close().await;
                let mut writer = file.writer.lock().await;
                let statement = Statement::new("PRAGMA wal_checkpoint(TRUNCATE)");
                if let Err(error) = sqlite_rows(statement, &mut writer.connection).await {
                    tracing::warn!(%error, "the write-ahead log stays for the next start");
                }
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

#[cfg(test)]
impl Db {
    /// Keeps the writer of a SQLite file busy as long as the answer lives.
    pub(crate) async fn occupied(&self) -> Option<OwnedMutexGuard<impl Sized>> {
        match self {
            Self::Sqlite(file) => Some(file.writer().await),
            Self::Postgres(_) => None,
        }
    }
}

impl SqliteFile {
    async fn writer(&self) -> OwnedMutexGuard<Writer> {
        Writer::ready(self.writer.clone()).await
    }
}

impl Writer {
    /// The writer when its turn comes, with nothing of an earlier transaction left.
    async fn ready(writer: Arc<Mutex<Self>>) -> OwnedMutexGuard<Self> {
        let mut writer = writer.lock_owned().await;
        if writer.unfinished {
            // Refused when there is nothing to undo: the caller went away just before BEGIN, or
            // just after COMMIT.
            if let Err(error) = (&mut writer.connection).execute("ROLLBACK").await {
                tracing::debug!(%error, "nothing to undo");
            }
            writer.unfinished = false;
        }
        writer
    }
}

/// A turn at writing to a SQLite file. Dropped half way it is undone at once, for until then no
/// other process gets at the file.
pub(crate) struct Turn(OwnedMutexGuard<Writer>);

impl Drop for Turn {
    fn drop(&mut self) {
        // Without a runtime the process ends, and the file's lock with it.
        if self.0.unfinished
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let writer = OwnedMutexGuard::mutex(&self.0).clone();
            runtime.spawn(async move { drop(Writer::ready(writer).await) });
        }
    }
}

/// A transaction; dropped without [`Tx::commit`], it never happened.
pub(crate) enum Tx {
    Sqlite(Turn),
    Postgres(Box<sqlx::Transaction<'static, sqlx::Postgres>>),
}

impl Tx {
    pub(crate) async fn fetch_all(&mut self, statement: Statement) -> Result<Vec<Row>> {
        fits(&statement)?;
        match self {
            Self::Sqlite(turn) => sqlite_rows(statement, &mut turn.0.connection).await,
            Self::Postgres(tx) => postgres_rows(statement, &mut ***tx).await,
        }
    }

    pub(crate) async fn fetch_optional(&mut self, statement: Statement) -> Result<Option<Row>> {
        Ok(self.fetch_all(statement).await?.into_iter().next())
    }

    /// The number of rows touched.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64> {
        match self {
            Self::Sqlite(turn) => sqlite_execute(statement, &mut turn.0.connection).await,
            Self::Postgres(tx) => postgres_execute(statement, &mut ***tx).await,
        }
    }

    /// Inserts many rows with few statements.
    pub(crate) async fn insert(&mut self, table: &'static Table, rows: Rows) -> Result<()> {
        match self {
            Self::Sqlite(turn) => insert::sqlite(&mut turn.0.connection, table, rows).await,
            Self::Postgres(tx) => insert::postgres(tx, table, rows).await,
        }
    }

    /// Whether other processes committed to the same SQLite file: see [`Db::data_version`].
    pub(crate) async fn data_version(&mut self) -> Result<i64> {
        match self {
            Self::Sqlite(turn) => {
                let statement = Statement::new("PRAGMA data_version");
                first_int(sqlite_rows(statement, &mut turn.0.connection).await?)
            }
            Self::Postgres(_) => Ok(0),
        }
    }

    /// Ends the transaction; on disk when this returns.
    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(mut turn) => {
                (&mut turn.0.connection)
                    .execute("COMMIT")
                    .await
                    .map_err(fault)?;
                turn.0.unfinished = false;
                Ok(())
            }
            Self::Postgres(tx) => tx.commit().await.map_err(fault),
        }
    }
}

/// One row of either database. Columns are named by position.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// Reads a column without asking whether its declared type is the very one.
macro_rules! column {
    ($row:expr, $at:expr, $type:ty) => {
        match $row {
            Row::Sqlite(row) => row.try_get_unchecked::<$type, _>($at),
            Row::Postgres(row) => row.try_get_unchecked::<$type, _>($at),
        }
        .map_err(fault)
    };
}

impl Row {
    pub(crate) fn int(&self, at: usize) -> Result<i64> {
        column!(self, at, i64)
    }
    pub(crate) fn opt_int(&self, at: usize) -> Result<Option<i64>> {
        column!(self, at, Option<i64>)
    }
    pub(crate) fn real(&self, at: usize) -> Result<f64> {
        column!(self, at, f64)
    }
    pub(crate) fn text(&self, at: usize) -> Result<String> {
        column!(self, at, String)
    }
    pub(crate) fn str(&self, at: usize) -> Result<&str> {
        column!(self, at, &str)
    }
    pub(crate) fn opt_text(&self, at: usize) -> Result<Option<String>> {
        column!(self, at, Option<String>)
    }
    pub(crate) fn opt_bytes(&self, at: usize) -> Result<Option<Bytes>> {
        Ok(column!(self, at, Option<&[u8]>)?.map(Bytes::copy_from_slice))
    }
    /// A column of microseconds.
    pub(crate) fn time(&self, at: usize) -> Result<jiff::Timestamp> {
        timestamp(self.int(at)?)
    }
    pub(crate) fn opt_time(&self, at: usize) -> Result<Option<jiff::Timestamp>> {
        self.opt_int(at)?.map(timestamp).transpose()
    }
    /// A 0/1 column.
    pub(crate) fn flag(&self, at: usize) -> Result<bool> {
        Ok(self.int(at)? != 0)
    }
}

/// Microseconds since 1970 UTC as an instant.
pub(crate) fn timestamp(microseconds: i64) -> Result<jiff::Timestamp> {
    jiff::Timestamp::from_microsecond(microseconds).map_err(|error| Error::Corrupt {
        table: "a time column",
        what: error.to_string(),
    })
}

/// Values a statement may bind: what both databases take.
const BINDS_MAX: usize = 32_000;

/// How SQLite says that a statement is larger than it takes.
const TOO_MUCH: [&str; 3] = [
    "Expression tree is too large",
    "too many terms in compound SELECT",
    "too many SQL variables",
];

fn too_much() -> Error {
    Error::TooCostly("this comes to more than one statement holds; ask for fewer values".to_owned())
}

/// A search over many types for a caller with many rules can come to more than a statement holds.
fn fits(statement: &Statement) -> Result<()> {
    match statement.binds.len() > BINDS_MAX {
        true => Err(Error::TooCostly(format!(
            "this comes to more than {BINDS_MAX} values to compare with; ask for fewer"
        ))),
        false => Ok(()),
    }
}

fn first_int(rows: Vec<Row>) -> Result<i64> {
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// The one place where text made at run time becomes SQL: every such text is put together by
/// [`Statement`] from our own words, values are bound.
fn sql(text: Cow<'static, str>) -> impl SqlSafeStr {
    AssertSqlSafe(text)
}

async fn sqlite_rows<'c, E>(statement: Statement, on: E) -> Result<Vec<Row>>
where
    E: Executor<'c, Database = sqlx::Sqlite>,
{
    let query = bind::sqlite(statement)?;
    let rows = query.fetch_all(on).await.map_err(fault)?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

async fn sqlite_execute<'c, E>(statement: Statement, on: E) -> Result<u64>
where
    E: Executor<'c, Database = sqlx::Sqlite>,
{
    let done = bind::sqlite(statement)?.execute(on).await.map_err(fault)?;
    Ok(done.rows_affected())
}

async fn postgres_rows<'c, E>(statement: Statement, on: E) -> Result<Vec<Row>>
where
    E: Executor<'c, Database = sqlx::Postgres>,
{
    let query = bind::postgres(statement)?;
    let rows = query.fetch_all(on).await.map_err(fault)?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

async fn postgres_execute<'c, E>(statement: Statement, on: E) -> Result<u64>
where
    E: Executor<'c, Database = sqlx::Postgres>,
{
    let done = bind::postgres(statement)?
        .execute(on)
        .await
        .map_err(fault)?;
    Ok(done.rows_affected())
}

/// A driver's error as one of ours. Driver texts name tables and columns, never values.
pub(crate) fn fault(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            match &*code {
                "57014" => Error::Timeout,
                "40001" | "40P01" | "5" | "261" | "517" => Error::Busy,
                _ if database.is_unique_violation() => Error::Duplicate,
                "54000" | "54001" | "54011" => too_much(),
                "1" if TOO_MUCH
                    .iter()
                    .any(|said| database.message().starts_with(said)) =>
                {
                    too_much()
                }
                "13" | "10" | "14" | "53100" | "57P01" | "57P02" | "57P03" => {
                    Error::Unavailable(database.message().to_owned())
                }
                _ => Error::Other(database.message().to_owned()),
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Error::Unavailable(error.to_string()),
        sqlx::Error::ColumnDecode { index, source } => Error::Corrupt {
            table: "a row",
            what: format!("column {index}: {source}"),
        },
        other => Error::Other(other.to_string()),
    }
}
