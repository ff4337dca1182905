//! Opening either database: connection settings, sizes, and migrations.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
    sqlite::{
        SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions,
        SqliteSynchronous,
    },
};
use tokio::sync::Mutex;

use super::{Db, SqliteFile, Writer, fault};
use crate::{Error, Result};

/// Page cache of each SQLite read connection, in KiB.
const READ_CACHE_KIB: i64 = 4 * 1024;
/// Page cache of the SQLite write connection, in KiB.
const WRITE_CACHE_KIB: i64 = 32 * 1024;
/// How much of a SQLite file is mapped into memory, in bytes.
const MAPPED_BYTES: i64 = 64 * 1024 * 1024;
/// Pages in the write-ahead log before they are copied into the file: more means that pages
/// written often are copied once, less that reading the log after a crash is quicker.
const LOG_PAGES_MAX: i64 = 10_000;
/// What a write-ahead log is cut back to, in bytes.
const LOG_BYTES_MAX: i64 = 64 * 1024 * 1024;
/// How long one process waits for another's write to the same SQLite file, in seconds.
const BUSY_SECONDS: u64 = 20;
/// How long a statement may run on PostgreSQL, in milliseconds.
const STATEMENT_MS_MAX: &str = "30000";
/// Prepared statements kept per connection.
const STATEMENTS_KEPT: usize = 256;

/// How often a SQLite file is tried before an error in opening it counts.
const OPEN_TRIES_MAX: u32 = 7;
/// The first pause between two tries; each later one is longer by as much.
const OPEN_PAUSE: Duration = Duration::from_millis(25);
/// A pooled connection idle for longer is asked whether it still lives.
const ASKED_AFTER: Duration = Duration::from_secs(2);

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// The number of the last migration of this release.
pub(crate) fn last_migration(is_sqlite: bool) -> i64 {
    let migrator = if is_sqlite { &SQLITE } else { &POSTGRES };
    let versions = migrator.iter().map(|migration| migration.version);
    versions.max().unwrap_or_default()
}

/// Makes the tables of an empty database as they were after one migration.
pub(crate) async fn migrate_postgres_to(on: &mut PgConnection, version: i64) -> Result<()> {
    let made = POSTGRES.run_direct(Some(version), on, false).await;
    made.map_err(migration_fault)
}

/// The file a `sqlite:` URL names; `None` for one in memory.
pub(crate) fn sqlite_path(url: &str) -> Option<&Path> {
    let name = url.strip_prefix("sqlite:").unwrap_or(url);
    let name = name.strip_prefix("//").unwrap_or(name);
    (name != ":memory:").then(|| Path::new(name))
}

fn migration_fault(error: sqlx::migrate::MigrateError) -> Error {
    Error::Unavailable(format!("migrations: {error}"))
}

pub(super) async fn postgres(url: &str, read_connections: u32) -> Result<Db> {
    let options = PgConnectOptions::from_str(url)
        .map_err(fault)?
        .application_name("kinchart")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .options([
            ("statement_timeout", STATEMENT_MS_MAX),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
        ])
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(read_connections.max(2) + 4)
        .min_connections(2)
        .test_before_acquire(false)
        .before_acquire(|connection, idle| {
            // One that was not used for a while may be gone; asking each time would cost a round
            // trip.
            Box::pin(async move {
                if idle.idle_for >= ASKED_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options)
        .await
        .map_err(fault)?;
    // The migrator takes an advisory lock, so that nodes may start at the same time.
    POSTGRES.run(&pool).await.map_err(migration_fault)?;
    Ok(Db::Postgres(pool))
}

pub(super) async fn sqlite(url: &str, read_connections: u32) -> Result<Db> {
    let (path, folder) = match sqlite_path(url) {
        None => {
            let folder = memory_folder()?;
            (folder.path().join("kinchart.db"), Some(folder))
        }
        Some(path) => (PathBuf::from(path), None),
    };
    // What lives only as long as the process need not survive it.
    let synchronous = match folder {
        Some(_) => SqliteSynchronous::Off,
        None => SqliteSynchronous::Full,
    };
    let options = options(&path, synchronous);
    let writing = options
        .clone()
        .pragma("cache_size", format!("-{WRITE_CACHE_KIB}"))
        .thread_name(|_| "sqlite-writer".to_owned());
    let connection = migrated(&writing).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(read_connections.max(1))
        .min_connections(0)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(10))
        .connect_lazy_with(
            options
                .create_if_missing(false)
                .pragma("cache_size", format!("-{READ_CACHE_KIB}"))
                .pragma("query_only", "ON")
                .row_buffer_size(1_024)
                .thread_name(|n| format!("sqlite-reader-{n}")),
        );
    let writer = Writer {
        connection,
        unfinished: false,
    };
    Ok(Db::Sqlite(Arc::new(SqliteFile {
        readers,
        writer: Arc::new(Mutex::new(writer)),
        _folder: folder,
    })))
}

/// Two processes may open a new file at once, and one may lose the race at each migration: it looks
/// again, a little later each time.
async fn migrated(options: &SqliteConnectOptions) -> Result<SqliteConnection> {
    let mut tries = 1;
    loop {
        match connect_and_migrate(options).await {
            Err(_) if tries < OPEN_TRIES_MAX => {
                tokio::time::sleep(OPEN_PAUSE * tries).await;
                tries += 1;
            }
            ended => return ended,
        }
    }
}

async fn connect_and_migrate(options: &SqliteConnectOptions) -> Result<SqliteConnection> {
    let mut connection = options.connect().await.map_err(fault)?;
    SQLITE
        .run_direct(None, &mut connection, false)
        .await
        .map_err(migration_fault)?;
    Ok(connection)
}

fn options(path: &Path, synchronous: SqliteSynchronous) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .busy_timeout(Duration::from_secs(BUSY_SECONDS))
        .foreign_keys(true)
        .pragma("temp_store", "MEMORY")
        .pragma("mmap_size", MAPPED_BYTES.to_string())
        .pragma("wal_autocheckpoint", LOG_PAGES_MAX.to_string())
        .pragma("journal_size_limit", LOG_BYTES_MAX.to_string())
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging()
}

/// A folder for a database that need not outlive the process, in memory where the system offers
/// that.
fn memory_folder() -> Result<tempfile::TempDir> {
    let shared = Path::new("/dev/shm");
    let made = if shared.is_dir() {
        tempfile::TempDir::new_in(shared).or_else(|_| tempfile::TempDir::new())
    } else {
        tempfile::TempDir::new()
    };
    made.map_err(|error| Error::Unavailable(error.to_string()))
}
