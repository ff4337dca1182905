//! A SQLite database as a copy: a file of the same form, compact and without a log beside it.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{USED, Version, not_empty, other, too_new, unreadable, unwritable};
use crate::Result;
use crate::db::{Db, fault, last_migration, sqlite_path};
use crate::sql::Statement;

/// Copies as of one instant; the file is there and empty.
pub(super) async fn copy(db: &Db, to: &Path) -> Result<()> {
    let Some(to) = to.to_str() else {
        return other("the name of the copy is not Unicode");
    };
    db.execute(Statement::new("VACUUM INTO $1").bind(to))
        .await?;
    Ok(())
}

/// See [`super::version`].
pub(super) async fn version(url: &str) -> Result<Option<Version>> {
    let Some(path) = sqlite_path(url).filter(|path| path.exists()) else {
        return Ok(None);
    };
    let mut connection = open(path, true).await?;
    let found = found(&mut connection).await?;
    connection.close().await.map_err(fault)?;
    let ours = last_migration(true);
    Ok(Some(Version { found, ours }))
}

/// Puts the copy where the database is to be, after looking at both.
pub(super) async fn restore(url: &str, copy: &Path) -> Result<()> {
    let Some(target) = sqlite_path(url) else {
        return other("--database names no file to restore into");
    };
    if std::fs::metadata(target).is_ok_and(|file| file.len() > 0) {
        clear(target).await?;
    }
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
    std::fs::copy(copy, file.path()).map_err(unreadable)?;
    examine(file.path()).await?;
    file.as_file().sync_all().map_err(unwritable)?;
    file.persist(target)
        .map_err(|fault| unwritable(fault.error))?;
    let folder = std::fs::File::open(folder).map_err(unwritable)?;
    folder.sync_all().map_err(unwritable)
}

/// Makes way for the copy. Errors: something is stored there, or somebody has it open.
async fn clear(target: &Path) -> Result<()> {
    let mut connection = open(target, false).await?;
    if found(&mut connection).await?.is_some() {
        for table in USED {
            let any = format!("SELECT 1 FROM {table} LIMIT 1");
            let any = sqlx::query(sqlx::AssertSqlSafe(any));
            if any
                .fetch_optional(&mut connection)
                .await
                .map_err(fault)?
                .is_some()
            {
                return not_empty();
            }
        }
    }
    // The log can be given up only by the last who has the file open.
    let alone = sqlx::query("PRAGMA journal_mode = DELETE");
    let alone = alone.execute(&mut connection).await;
    connection.close().await.map_err(fault)?;
    match alone {
        Ok(_) => Ok(()),
        Err(_) => other("a server runs on this database; stop it first"),
    }
}

/// Errors: the copy is damaged, or is none of ours.
async fn examine(copy: &Path) -> Result<()> {
    let mut connection = open(copy, true).await?;
    let said: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(&mut connection)
        .await
        .map_err(fault)?;
    let version = found(&mut connection).await?;
    connection.close().await.map_err(fault)?;
    if said != "ok" {
        return other(&format!("the copy is damaged: {said}"));
    }
    match version {
        None => other("this is a SQLite database, but not one of Kinchart"),
        Some(version) if version > last_migration(true) => too_new(),
        Some(_) => Ok(()),
    }
}

async fn open(path: &Path, only_read: bool) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(only_read)
        .disable_statement_logging();
    options.connect().await.map_err(fault)
}

/// The last migration a file went through; `None` when it has none of our tables.
async fn found(connection: &mut SqliteConnection) -> Result<Option<i64>> {
    let known = "SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations'";
    let known = sqlx::query(known).fetch_optional(&mut *connection).await;
    if known.map_err(fault)?.is_none() {
        return Ok(None);
    }
    let last = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success");
    last.fetch_one(connection).await.map_err(fault)
}
