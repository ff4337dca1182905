//! A copy of a whole database while it is in use, and a copy put back into an empty database.
//!
//! Of SQLite the copy is a database file; of PostgreSQL a compressed text of all rows as of one
//! instant. Secrets stay sealed in both: the encryption key is kept elsewhere.

mod postgres;
mod sqlite;

use std::io::{ErrorKind, Read as _};
use std::path::Path;

use crate::sql::Statement;
use crate::{Error, Result, Storage};

/// How a SQLite file begins.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
/// How a compressed text begins (RFC 1952).
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// What must not outlive a restore: it may have been ended after the copy was made.
const SIGN_INS: [&str; 8] = [
    "session",
    "session_grant",
    "token",
    "code",
    "pending",
    "pushed",
    "second_step",
    "launch",
];

/// Which tables hold something in a database that is not new.
const USED: [&str; 5] = ["mark", "resource", "account", "client", "audit"];

/// What a database is before it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The last migration of the database; none when there are no tables yet.
    pub found: Option<i64>,
    /// The last migration of this release.
    pub ours: i64,
}

/// Asks how far a database has come, without changing it. `None`: there is no such file.
///
/// # Errors
/// `Unavailable` when it cannot be reached.
pub async fn version(url: &str) -> Result<Option<Version>> {
    if is_postgres(url) {
        postgres::version(url).await.map(Some)
    } else {
        sqlite::version(url).await
    }
}

/// Puts a copy back into a database that holds nothing and that no server uses. Whole or not at all.
///
/// # Errors
/// `Other` with what to do when the copy, or the database, is not fit for it.
pub async fn restore(url: &str, copy: &Path) -> Result<()> {
    let mut start = Vec::new();
    let file = std::fs::File::open(copy).map_err(unreadable)?;
    file.take(16).read_to_end(&mut start).map_err(unreadable)?;
    match (start.starts_with(SQLITE_MAGIC), is_postgres(url)) {
        (true, false) => sqlite::restore(url, copy).await,
        (false, true) if start.starts_with(GZIP_MAGIC) => postgres::restore(url, copy).await,
        (true, true) => {
            other("this is a copy of a SQLite database; restore it with --database sqlite:FILE")
        }
        (false, false) if start.starts_with(GZIP_MAGIC) => other(
            "this is a copy of a PostgreSQL database; restore it with --database postgres://…",
        ),
        _ => other("this is not a copy made by `kinchart backup`"),
    }
}

impl Storage {
    /// Writes a copy of everything as of one instant to a new file only its owner may read; readers
    /// and writers go on meanwhile.
    ///
    /// # Errors
    /// When the file is there already or cannot be written.
    pub async fn back_up(&self, to: &Path) -> Result<()> {
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        if to.exists() {
            return other("there is a file of that name already");
        }
        // Temporary files are readable by their owner alone, and stay so.
        let file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
        match self.inner.db.postgres() {
            None => sqlite::copy(&self.inner.db, file.path()).await?,
            Some(pool) => postgres::copy(pool, file.as_file()).await?,
        }
        file.as_file().sync_all().map_err(unwritable)?;
        file.persist_noclobber(to)
            .map_err(|fault| match fault.error.kind() {
                ErrorKind::AlreadyExists => {
                    Error::Other("there is a file of that name already".into())
                }
                _ => unwritable(fault.error),
            })?;
        // The name is on disk only when its folder is.
        let folder = std::fs::File::open(folder).map_err(unwritable)?;
        folder.sync_all().map_err(unwritable)
    }

    /// Ends every session, token, code and request under way; what people allowed apps stays.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn end_sign_ins(&self) -> Result<()> {
        let mut tx = self.inner.db.begin().await?;
        for table in SIGN_INS {
            let statement = Statement::made(format!("DELETE FROM {table}"));
            tx.execute(statement).await?;
        }
        tx.commit().await
    }

    /// What the database says of its own soundness; `None` when it finds nothing wrong.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn unsoundness(&self) -> Result<Option<String>> {
        if !self.inner.db.is_sqlite() {
            return Ok(None);
        }
        let rows = self
            .inner
            .db
            .fetch_all(Statement::new("PRAGMA quick_check(1)"))
            .await?;
        let said = rows.first().map(|row| row.text(0)).transpose()?;
        Ok(said.filter(|said| said != "ok"))
    }

    /// When the record was last written to.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn last_written(&self) -> Result<Option<jiff::Timestamp>> {
        let statement = Statement::new("SELECT max(updated) FROM resource");
        let row = self.inner.db.fetch_optional(statement).await?;
        Ok(row.map(|row| row.opt_time(0)).transpose()?.flatten())
    }

    /// The database's own time, where it has one: nodes and database should agree.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn database_time(&self) -> Result<Option<jiff::Timestamp>> {
        if self.inner.db.is_sqlite() {
            return Ok(None);
        }
        let text = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        let row = self.inner.db.fetch_optional(Statement::new(text)).await?;
        row.map(|row| row.time(0)).transpose()
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

fn other<T>(text: &str) -> Result<T> {
    Err(Error::Other(text.to_owned()))
}

fn not_empty<T>() -> Result<T> {
    other("this database is not empty; restore into a new one")
}

fn too_new<T>() -> Result<T> {
    other("the copy was made by a later release of Kinchart; restore it with that one")
}

fn unreadable(why: std::io::Error) -> Error {
    Error::Other(format!("the copy cannot be read: {why}"))
}

fn unwritable(why: std::io::Error) -> Error {
    Error::Other(format!("the copy cannot be written: {why}"))
}
