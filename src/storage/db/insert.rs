//! Many rows with few statements: multi-row VALUES on SQLite, one `unnest` on PostgreSQL.

use super::*;
use crate::sql::Column;
use sqlx::postgres::PgConnection;
use std::{
    collections::HashMap,
    sync::{LazyLock, RwLock},
};

/// Rows per statement: a list of any length is cut into these, so that few distinct texts exist.
const CHUNKS: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];

/// The texts made so far, by table and chunk.
static TEXTS: LazyLock<RwLock<Texts>> = LazyLock::new(RwLock::default);

type Texts = HashMap<(&'static str, usize), Arc<str>>;

pub(super) async fn sqlite(
    connection: &mut SqliteConnection,
    table: &'static Table,
    rows: Rows,
) -> Result<()> {
    let width = table.columns.len();
    let mut left = rows.values.len() / width;
    let mut values = rows.values.into_iter();
    for chunk in CHUNKS {
        while left >= chunk {
            let binds = values.by_ref().take(chunk * width).collect();
            let arguments = bind::sqlite_arguments(binds)?;
            sqlx::query_with(AssertSqlSafe(values_text(table, chunk)), arguments)
                .execute(&mut *connection)
                .await
                .map_err(fault)?;
            left -= chunk;
        }
    }
    Ok(())
}

fn values_text(table: &'static Table, chunk: usize) -> Arc<str> {
    let key = (table.name, chunk);
    if let Ok(texts) = TEXTS.read()
        && let Some(text) = texts.get(&key)
    {
        return text.clone();
    }
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let row = format!("({})", vec!["?"; names.len()].join(","));
    let text: Arc<str> = format!(
        "INSERT INTO {} ({}) VALUES {} {}",
        table.name,
        names.join(","),
        vec![row.as_str(); chunk].join(","),
        table.tail
    )
    .into();
    if let Ok(mut texts) = TEXTS.write() {
        texts.insert(key, text.clone());
    }
    text
}

/// The values of one column, as an array.
enum Array {
    Int(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

pub(super) async fn postgres(
    connection: &mut PgConnection,
    table: &'static Table,
    rows: Rows,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut query = sqlx::query(AssertSqlSafe(unnest_text(table)));
    for array in columns(table, rows) {
        query = match array {
            Array::Int(values) => query.bind(values),
            Array::Real(values) => query.bind(values),
            Array::Text(values) => query.bind(values),
            Array::Bytes(values) => query.bind(values),
        };
    }
    query.execute(connection).await.map_err(fault)?;
    Ok(())
}

fn columns(table: &Table, rows: Rows) -> Vec<Array> {
    let count = rows.values.len() / table.columns.len();
    let mut arrays: Vec<Array> = table
        .columns
        .iter()
        .map(|(_, column)| match column {
            Column::Int => Array::Int(Vec::with_capacity(count)),
            Column::Real => Array::Real(Vec::with_capacity(count)),
            Column::Text => Array::Text(Vec::with_capacity(count)),
            Column::Bytes => Array::Bytes(Vec::with_capacity(count)),
        })
        .collect();
    let mut values = rows.values.into_iter();
    for _ in 0..count {
        for (array, value) in arrays.iter_mut().zip(values.by_ref()) {
            push(array, value);
        }
    }
    arrays
}

/// A value of another type than the column's becomes NULL, which NOT NULL columns refuse.
fn push(array: &mut Array, value: Bind) {
    match (array, value) {
        (Array::Int(values), Bind::Int(value)) => values.push(Some(value)),
        (Array::Real(values), Bind::Real(value)) => values.push(Some(value)),
        (Array::Text(values), Bind::Text(value)) => values.push(Some(without_nul(value))),
        (Array::Bytes(values), Bind::Bytes(value)) => values.push(Some(value.into())),
        (Array::Int(values), _) => values.push(None),
        (Array::Real(values), _) => values.push(None),
        (Array::Text(values), _) => values.push(None),
        (Array::Bytes(values), _) => values.push(None),
    }
}

/// PostgreSQL's text cannot hold U+0000.
fn without_nul(value: String) -> String {
    if value.contains('\0') {
        value.replace('\0', "")
    } else {
        value
    }
}

fn unnest_text(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
    let arrays: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, (_, column))| {
            let kind = match column {
                Column::Int => "bigint",
                Column::Real => "double precision",
                Column::Text => "text",
                Column::Bytes => "bytea",
            };
            format!("${}::{kind}[]", at + 1)
        })
        .collect();
    format!(
        "INSERT INTO {} ({}) SELECT * FROM unnest({}) {}",
        table.name,
        names.join(","),
        arrays.join(","),
        table.tail
    )
}
