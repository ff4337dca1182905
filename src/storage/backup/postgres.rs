//! A PostgreSQL database as a copy: a compressed text, line by line a heading, then each table as COPY
//! writes it, then how many rows that were.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _, Write};
use std::path::Path;

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, PgConnection, PgPool};

use super::{USED, Version, not_empty, other, too_new, unreadable, unwritable};
use crate::db::{fault, last_migration, migrate_postgres_to};
use crate::{Error, Result};

/// The form of the text; another one is another number.
const FORM: u32 = 1;
/// How many bytes are handed to the database at once.
const CHUNK: usize = 256 * 1024;
/// The longest line of a heading.
const HEADING_BYTES_MAX: u64 = 64 * 1024;
/// The line after the rows of a table.
const END_OF_ROWS: &[u8] = b"\\.\n";

/// A line that is not a row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Heading {
    Copy { form: u32, migration: i64 },
    Table { name: String, columns: Vec<String> },
    End { rows: u64 },
}

/// See [`super::version`].
pub(super) async fn version(url: &str) -> Result<Version> {
    let mut connection = PgConnection::connect(url).await.map_err(fault)?;
    let found = found(&mut connection).await?;
    connection.close().await.map_err(fault)?;
    let ours = last_migration(false);
    Ok(Version { found, ours })
}

/// Writes all rows as of one instant.
pub(super) async fn copy(pool: &PgPool, to: &File) -> Result<()> {
    let mut connection = pool.acquire().await.map_err(fault)?;
    for text in [
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        "SET LOCAL statement_timeout = 0",
    ] {
        sqlx::query(text)
            .execute(&mut *connection)
            .await
            .map_err(fault)?;
    }
    let written = write(&mut connection, to).await;
    let ended = sqlx::query("ROLLBACK").execute(&mut *connection).await;
    written?;
    ended.map_err(fault).map(drop)
}

async fn write(connection: &mut PgConnection, to: &File) -> Result<()> {
    let mut out = GzEncoder::new(to, Compression::fast());
    let migration = found(connection).await?.unwrap_or_default();
    line(
        &mut out,
        &Heading::Copy {
            form: FORM,
            migration,
        },
    )?;
    let mut rows = 0;
    for name in tables(connection).await? {
        let columns = columns(connection, &name).await?;
        let text = format!("COPY {} ({}) TO STDOUT", quoted(&name), list(&columns));
        line(&mut out, &Heading::Table { name, columns })?;
        let mut stream = connection.copy_out_raw(&text).await.map_err(fault)?;
        // Line breaks within values are escaped, so that each one ends a row.
        while let Some(piece) = stream.try_next().await.map_err(fault)? {
            rows += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
            out.write_all(&piece).map_err(unwritable)?;
        }
        out.write_all(END_OF_ROWS).map_err(unwritable)?;
    }
    line(&mut out, &Heading::End { rows })?;
    out.finish().map_err(unwritable).map(drop)
}

/// Puts a copy into an empty database, in one transaction.
pub(super) async fn restore(url: &str, copy: &Path) -> Result<()> {
    let file = File::open(copy).map_err(unreadable)?;
    let mut text = BufReader::with_capacity(CHUNK, MultiGzDecoder::new(file));
    let Heading::Copy { form, migration } = heading(&mut text)? else {
        return other("this is not a copy made by `kinchart backup`");
    };
    if form > FORM || migration > last_migration(false) {
        return too_new();
    }
    let mut connection = PgConnection::connect(url).await.map_err(fault)?;
    make_ready(&mut connection, migration).await?;
    let mut tx = connection.begin().await.map_err(fault)?;
    sqlx::query("SET LOCAL statement_timeout = 0")
        .execute(&mut *tx)
        .await
        .map_err(fault)?;
    fill(&mut tx, &mut text).await?;
    tx.commit().await.map_err(fault)
}

/// Errors: something is stored, a server runs, or the tables are of another release than the copy.
async fn make_ready(connection: &mut PgConnection, migration: i64) -> Result<()> {
    let others = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'kinchart' \
                  AND datname = current_database() AND pid <> pg_backend_pid()";
    let others = sqlx::query(others).fetch_optional(&mut *connection).await;
    if others.map_err(fault)?.is_some() {
        return other("a server runs on this database; stop it first");
    }
    match found(connection).await? {
        None => migrate_postgres_to(connection, migration).await,
        Some(_) => {
            let known = tables(connection).await?;
            for table in USED
                .iter()
                .filter(|table| known.iter().any(|name| name == **table))
            {
                let any = format!("SELECT 1 FROM {table} LIMIT 1");
                let any = sqlx::query(sqlx::AssertSqlSafe(any));
                if any
                    .fetch_optional(&mut *connection)
                    .await
                    .map_err(fault)?
                    .is_some()
                {
                    return not_empty();
                }
            }
            match found(connection).await? == Some(migration) {
                true => Ok(()),
                false => other(
                    "the tables here are of another release than the copy; restore into a database without any",
                ),
            }
        }
    }
}

async fn fill(connection: &mut PgConnection, text: &mut (impl BufRead + Send)) -> Result<()> {
    let known = tables(connection).await?;
    let all: Vec<String> = known.iter().map(|name| quoted(name)).collect();
    run(connection, format!("TRUNCATE {}", all.join(", "))).await?;
    let mut rows = 0;
    loop {
        match heading(text)? {
            Heading::Table { name, columns } => {
                if !known.contains(&name) {
                    return other(&format!("the copy holds a table {name:?} that is not ours"));
                }
                rows += fill_table(connection, &name, &columns, text).await?;
                count_on(connection, &name).await?;
            }
            Heading::End { rows: said } if said == rows => return Ok(()),
            Heading::End { .. } => return other("the copy is damaged: rows are missing"),
            Heading::Copy { .. } => return other("the copy is damaged: it begins twice"),
        }
    }
}

/// How many rows were put in.
async fn fill_table(
    connection: &mut PgConnection,
    name: &str,
    columns: &[String],
    text: &mut (impl BufRead + Send),
) -> Result<u64> {
    let statement = format!("COPY {} ({}) FROM STDIN", quoted(name), list(columns));
    let mut copy = connection.copy_in_raw(&statement).await.map_err(fault)?;
    let mut chunk = Vec::with_capacity(CHUNK);
    let mut rows = 0;
    loop {
        let before = chunk.len();
        text.read_until(b'\n', &mut chunk).map_err(unreadable)?;
        let Some(row) = chunk.get(before..).filter(|row| row.ends_with(b"\n")) else {
            // Dropping the sender would leave the connection in the middle of a COPY.
            let _ = copy.abort("the copy ends early").await;
            return other("the copy is damaged: it ends early");
        };
        if row == END_OF_ROWS {
            chunk.truncate(before);
            break;
        }
        rows += 1;
        if chunk.len() >= CHUNK {
            copy.send(std::mem::take(&mut chunk)).await.map_err(fault)?;
        }
    }
    copy.send(chunk).await.map_err(fault)?;
    copy.finish().await.map_err(fault)?;
    Ok(rows)
}

/// Numbers that the database hands out go on after the highest there is.
async fn count_on(connection: &mut PgConnection, table: &str) -> Result<()> {
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT column_name::text FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 AND is_identity = 'YES'",
    )
    .bind(table)
    .fetch_all(&mut *connection)
    .await
    .map_err(fault)?;
    for column in columns {
        let text = format!(
            "SELECT setval(pg_get_serial_sequence('{}', '{column}'), \
             greatest((SELECT max({}) FROM {}), 1))",
            quoted(table),
            quoted(&column),
            quoted(table),
        );
        run(connection, text).await?;
    }
    Ok(())
}

async fn run(connection: &mut PgConnection, text: String) -> Result<()> {
    let query = sqlx::query(sqlx::AssertSqlSafe(text));
    query.execute(connection).await.map_err(fault).map(drop)
}

async fn found(connection: &mut PgConnection) -> Result<Option<i64>> {
    let known = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    let known: bool = sqlx::query_scalar(known)
        .fetch_one(&mut *connection)
        .await
        .map_err(fault)?;
    if !known {
        return Ok(None);
    }
    let last = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success");
    last.fetch_one(connection).await.map_err(fault)
}

/// Our tables; the migrations a database went through are its own.
async fn tables(connection: &mut PgConnection) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' \
         AND table_name <> '_sqlx_migrations' ORDER BY 1",
    )
    .fetch_all(connection)
    .await
    .map_err(fault)
}

async fn columns(connection: &mut PgConnection, table: &str) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT column_name::text FROM information_schema.columns \
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
    )
    .bind(table)
    .fetch_all(connection)
    .await
    .map_err(fault)
}

/// A name as SQL takes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    columns.join(", ")
}

fn line(out: &mut impl Write, heading: &Heading) -> Result<()> {
    let text = serde_json::to_string(heading).map_err(|why| Error::Other(why.to_string()))?;
    writeln!(out, "{text}").map_err(unwritable)
}

fn heading(text: &mut (impl BufRead + Send)) -> Result<Heading> {
    let mut line = String::new();
    let read = text.by_ref().take(HEADING_BYTES_MAX).read_line(&mut line);
    read.map_err(unreadable)?;
    serde_json::from_str(&line).or_else(|_| other("the copy is damaged: a heading cannot be read"))
}
