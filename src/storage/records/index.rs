//! The rows of the search index as tables, written together with the resource they come from.

use fhir::{
    ResourceType,
    index::{CONTAINED_MAX, Contained, Entry, Value, Words},
};

use super::words::{self, WordRows};

use crate::{
    Result,
    db::{Db, Tx},
    sql::{Column, Rows, Statement, Table},
};

/// The sort key of a resource that has none: before every real one.
pub(crate) const NO_SORT_KEY: i64 = i64::MIN;

/// The rows of a resource are distinct already; this guards against texts that only differ where
/// they were cut.
const ONCE: &str = "ON CONFLICT DO NOTHING";

pub(crate) static STRING: Table = Table {
    name: "ix_string",
    columns: &[
        ("rid", Column::Int),
        ("param", Column::Int),
        ("folded", Column::Text),
        ("exact", Column::Text),
        ("sort_key", Column::Int),
    ],
    tail: ONCE,
};
pub(crate) static TOKEN: Table = Table {
    name: "ix_token",
    columns: &[
        ("rid", Column::Int),
        ("param", Column::Int),
        ("code", Column::Text),
        ("system", Column::Text),
        ("sort_key", Column::Int),
    ],
    tail: ONCE,
};
pub(crate) static REFERENCE: Table = Table {
    name: "ix_reference",
    columns: &[
        ("rid", Column::Int),
        ("param", Column::Int),
        ("target", Column::Text),
        ("type", Column::Text),
        ("sort_key", Column::Int),
    ],
    tail: ONCE,
};
pub(crate) static DATE: Table = Table {
    name: "ix_date",
    columns: &[
        ("rid", Column::Int),
        ("param", Column::Int),
        ("low", Column::Int),
        ("high", Column::Int),
    ],
    tail: ONCE,
};
pub(crate) static QUANTITY: Table = Table {
    name: "ix_quantity",
    columns: &[
        ("rid", Column::Int),
        ("param", Column::Int),
        ("low", Column::Real),
        ("high", Column::Real),
        ("code", Column::Text),
        ("system", Column::Text),
    ],
    tail: ONCE,
};
pub(crate) static URI: Table = Table {
    name: "ix_uri",
    columns: &[
        ("rid", Column::Int),
        ("param", Column::Int),
        ("value", Column::Text),
        ("sort_key", Column::Int),
    ],
    tail: ONCE,
};

pub(crate) static CONTAINED: Table = Table {
    name: "contained",
    columns: &[
        ("rid", Column::Int),
        ("holder", Column::Int),
        ("holder_type", Column::Text),
        ("type", Column::Text),
        ("id", Column::Text),
    ],
    tail: ONCE,
};

/// The tables that hold values of parameters.
const VALUES: [&Table; 6] = [&STRING, &TOKEN, &REFERENCE, &DATE, &QUANTITY, &URI];

/// Index rows of many resources, by table.
#[derive(Default)]
pub(crate) struct IndexRows {
    string: Rows,
    token: Rows,
    reference: Rows,
    date: Rows,
    quantity: Rows,
    uri: Rows,
    words: WordRows,
    contained: Rows,
}

impl IndexRows {
    /// Adds the words of one resource.
    pub(crate) fn add_words(&mut self, rid: i64, words: Words) {
        self.words.add(rid, words);
    }

    /// Adds what is inside one resource, under numbers below zero.
    pub(crate) fn add_contained(
        &mut self,
        (holder, holder_type): (i64, ResourceType),
        inside: Vec<Contained>,
    ) {
        let most = i64::try_from(CONTAINED_MAX).unwrap_or(i64::MAX);
        for (at, one) in (1_i64..).zip(inside) {
            let rid = -(holder.saturating_mul(most).saturating_add(at));
            let rows = self.contained.push(rid).push(holder);
            let rows = rows.push(holder_type.name()).push(one.resource_type.name());
            rows.push(one.id);
            self.add(rid, NO_SORT_KEY, one.entries);
        }
    }

    /// Adds what one resource says.
    pub(crate) fn add(&mut self, rid: i64, sort_key: i64, entries: Vec<Entry>) {
        for Entry { param, value } in entries {
            let param = param.0;
            match value {
                Value::String { exact, folded } => {
                    let rows = self.string.push(rid).push(param);
                    rows.push(folded).push(exact).push(sort_key);
                }
                Value::Token { system, code } => {
                    let rows = self.token.push(rid).push(param);
                    rows.push(code).push(system).push(sort_key);
                }
                Value::Reference { resource_type, id } => {
                    let name = resource_type.map_or("", |t| t.name());
                    let rows = self.reference.push(rid).push(param);
                    rows.push(id).push(name).push(sort_key);
                }
                Value::Date { low, high } => {
                    self.date.push(rid).push(param).push(low).push(high);
                }
                Value::Quantity {
                    low,
                    high,
                    system,
                    code,
                } => {
                    // Not a number compares with nothing.
                    if !low.is_nan() && !high.is_nan() {
                        let rows = self.quantity.push(rid).push(param);
                        rows.push(low).push(high).push(code).push(system);
                    }
                }
                Value::Uri(value) => {
                    let rows = self.uri.push(rid).push(param);
                    rows.push(value).push(sort_key);
                }
            }
        }
    }

    pub(crate) async fn insert(self, db: &Db, tx: &mut Tx) -> Result<()> {
        tx.insert(&STRING, self.string).await?;
        tx.insert(&TOKEN, self.token).await?;
        tx.insert(&REFERENCE, self.reference).await?;
        tx.insert(&DATE, self.date).await?;
        tx.insert(&QUANTITY, self.quantity).await?;
        tx.insert(&URI, self.uri).await?;
        tx.insert(&CONTAINED, self.contained).await?;
        self.words.insert(db, tx).await
    }
}

async fn delete_values(db: &Db, tx: &mut Tx, rids: &[i64]) -> Result<()> {
    let in_rids = db.in_list("rid", 1);
    for table in VALUES {
        let sql = format!("DELETE FROM {} WHERE {in_rids}", table.name);
        tx.execute(Statement::made(sql).bind(rids.to_vec())).await?;
    }
    Ok(())
}

/// Removes every index row of some resources.
pub(crate) async fn delete(db: &Db, tx: &mut Tx, rids: &[i64]) -> Result<()> {
    delete_values(db, tx, rids).await?;
    let sql = format!(
        "SELECT rid FROM contained WHERE {}",
        db.in_list("holder", 1)
    );
    let mut inside = Vec::new();
    for row in tx
        .fetch_all(Statement::made(sql).bind(rids.to_vec()))
        .await?
    {
        inside.push(row.int(0)?);
    }
    if !inside.is_empty() {
        delete_values(db, tx, &inside).await?;
        let sql = format!("DELETE FROM contained WHERE {}", db.in_list("rid", 1));
        tx.execute(Statement::made(sql).bind(inside)).await?;
    }
    words::delete(db, tx, rids).await
}
