//! Values into each driver's own arguments.

use super::*;
use sqlx::{
    Arguments as _, Encode, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, types::Oid},
    sqlite::SqliteArguments,
};

/// NULL of no particular type: the server infers it from its place.
struct Untyped;

impl Type<sqlx::Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, sqlx::Postgres> for Untyped {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

pub(super) fn sqlite<'q>(statement: Statement) -> Result<Query<'q, sqlx::Sqlite, SqliteArguments>> {
    let arguments = sqlite_arguments(statement.binds)?;
    Ok(sqlx::query_with(sql(statement.sql), arguments))
}

pub(super) fn sqlite_arguments(binds: Vec<Bind>) -> Result<SqliteArguments> {
    collect_sqlite(binds).map_err(|error| fault(sqlx::Error::Encode(error)))
}

fn collect_sqlite(binds: Vec<Bind>) -> Result<SqliteArguments, BoxDynError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(binds.len(), 0);
    for bind in binds {
        match bind {
            Bind::Null => arguments.add(None::<i64>)?,
            Bind::Int(value) => arguments.add(value)?,
            Bind::Real(value) => arguments.add(value)?,
            Bind::Text(value) => arguments.add(value)?,
            Bind::Bytes(value) => arguments.add(Vec::from(value))?,
            Bind::Ints(values) => arguments.add(serde_json::to_string(&values)?)?,
            Bind::Texts(values) => arguments.add(serde_json::to_string(&values)?)?,
        }
    }
    Ok(arguments)
}

pub(super) fn postgres<'q>(statement: Statement) -> Result<Query<'q, sqlx::Postgres, PgArguments>> {
    let arguments =
        collect_postgres(statement.binds).map_err(|error| fault(sqlx::Error::Encode(error)))?;
    Ok(sqlx::query_with(sql(statement.sql), arguments))
}

fn collect_postgres(binds: Vec<Bind>) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    for bind in binds {
        match bind {
            Bind::Null => arguments.add(Untyped)?,
            Bind::Int(value) => arguments.add(value)?,
            Bind::Real(value) => arguments.add(value)?,
            Bind::Text(value) => arguments.add(value)?,
            Bind::Bytes(value) => arguments.add(&*value)?,
            Bind::Ints(values) => arguments.add(values)?,
            Bind::Texts(values) => arguments.add(values)?,
        }
    }
    Ok(arguments)
}
