//! The rows of the search index as tables, written together with the resource they come from.

use fhir::index::{Entry, Value, Words};

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
}

impl IndexRows {
    /// Adds the words of one resource.
    pub(crate) fn add_words(&mut self, rid: i64, words: Words) {
        self.words.add(rid, words);
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
        self.words.insert(db, tx).await
    }
}

/// Removes every index row of some resources.
pub(crate) async fn delete(db: &Db, tx: &mut Tx, rids: &[i64]) -> Result<()> {
    let in_rids = db.in_list("rid", 1);
    for table in [&STRING, &TOKEN, &REFERENCE, &DATE, &QUANTITY, &URI] {
        let sql = format!("DELETE FROM {} WHERE {in_rids}", table.name);
        tx.execute(Statement::made(sql).bind(rids.to_vec())).await?;
    }
    words::delete(db, tx, rids).await
}
