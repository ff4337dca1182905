//! What a result is ordered by, and the place in that order where a page begins.

use fhir::index;
use fhir::search::{Condition, Query, Sort, Subject, text::Text};

use super::filter::table;
use super::text;
use crate::{
    Result,
    db::{Db, Row},
    records::index::NO_SORT_KEY,
    sql::{Bind, Statement},
};

/// The value of one sort key of one row.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub(crate) enum Key {
    Int(i64),
    Real(f64),
    Text(String),
}

/// JSON has no infinity.
const LEAST: &str = "-inf";
const MOST: &str = "inf";

impl Key {
    /// The key as a cursor writes it.
    pub(super) fn written(&self) -> Self {
        match self {
            Self::Real(value) if *value == f64::NEG_INFINITY => Self::Text(LEAST.to_owned()),
            Self::Real(value) if *value == f64::INFINITY => Self::Text(MOST.to_owned()),
            other => other.clone(),
        }
    }
}

impl From<Key> for Bind {
    fn from(key: Key) -> Self {
        match key {
            Key::Int(value) => Self::Int(value),
            Key::Real(value) => Self::Real(value),
            Key::Text(value) => Self::Text(value),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Int,
    Real,
    Text,
}

/// One sort key as SQL.
#[derive(Debug, Clone)]
pub(crate) struct SortKey {
    source: Source,
    shape: Shape,
    pub(super) descending: bool,
}

#[derive(Debug, Clone)]
enum Source {
    Id,
    Updated,
    /// The principal date, in a column of `r`.
    Date,
    /// How well the words fit.
    Score(Text),
    /// The least or greatest value of a parameter.
    Index {
        table: &'static str,
        column: &'static str,
        param: i32,
    },
}

/// The sort keys of a query.
pub(crate) fn keys(query: &Query) -> Vec<SortKey> {
    query.sort.iter().map(|sort| key(query, sort)).collect()
}

/// The words a query asks for, those of the first parameter.
pub(crate) fn words(query: &Query) -> Option<&Text> {
    query.filters.iter().find_map(|condition| match condition {
        Condition::Text(text) => Some(text),
        _ => None,
    })
}

fn key(query: &Query, sort: &Sort) -> SortKey {
    let column = |source, shape| SortKey {
        source,
        shape,
        descending: sort.descending,
    };
    let param = match &sort.by {
        Subject::Id => return column(Source::Id, Shape::Text),
        Subject::LastUpdated => return column(Source::Updated, Shape::Int),
        Subject::Text => {
            return match words(query) {
                Some(text) => column(Source::Score(text.clone()), Shape::Real),
                None => column(Source::Id, Shape::Text),
            };
        }
        Subject::Param(param) => param,
    };
    if index::sort_key_param(query.resource_type) == Some(param.code) {
        return column(Source::Date, Shape::Int);
    }
    let table = table(param.kind);
    let (value, shape) = match table {
        "ix_string" => ("folded", Shape::Text),
        "ix_token" => ("code", Shape::Text),
        "ix_reference" => ("target", Shape::Text),
        "ix_date" => ("low", Shape::Int),
        "ix_quantity" => ("low", Shape::Real),
        _ => ("value", Shape::Text),
    };
    SortKey {
        source: Source::Index {
            table,
            column: value,
            param: param.id.0,
        },
        shape,
        descending: sort.descending,
    }
}

impl SortKey {
    /// Whether there is an index of a type's rows in this order.
    pub(super) fn is_sorted(&self) -> bool {
        self.descending && matches!(self.source, Source::Date)
    }

    /// Whether rows change their place by being written again.
    pub(super) fn is_updated(&self) -> bool {
        matches!(self.source, Source::Updated)
    }

    /// Writes the value of the row `r`, as it was when pages began to be turned where `as_of` (a
    /// number bound to microseconds) is given. A row without one comes last.
    pub(super) fn write(&self, s: &mut Statement, db: &Db, as_of: Option<usize>) {
        match (&self.source, as_of) {
            (Source::Id, _) => {
                s.push("r.id");
            }
            (Source::Score(words), _) => text::score(s, db, words),
            (Source::Updated, None) => {
                s.push("r.updated");
            }
            (Source::Updated, Some(as_of)) => {
                s.push(
                    "(SELECT MAX(h.updated) FROM history h WHERE h.rid = r.rid AND h.updated <= ",
                );
                s.push_number(as_of).push(")");
            }
            (Source::Date, _) if self.descending => {
                s.push("r.sort_key");
            }
            (Source::Date, _) => {
                let none = s.number(NO_SORT_KEY);
                s.push("CASE WHEN r.sort_key = ").push_number(none);
                s.push(" THEN ").push_bind(i64::MAX);
                s.push(" ELSE r.sort_key END");
            }
            (
                Source::Index {
                    table,
                    column,
                    param,
                },
                _,
            ) => {
                let pick = if self.descending { "MAX" } else { "MIN" };
                let param = s.number(*param);
                s.push("COALESCE((SELECT ").push(pick).push("(x.");
                s.push(column).push(") ").push(&db.of_row(table, param));
                if *table == "ix_quantity" {
                    s.push(" AND x.system <> ").push_bind(index::CANONICAL);
                }
                s.push("), ").push_bind(self.last()).push(")");
            }
        }
    }

    /// What stands for no value: beyond every real one.
    fn last(&self) -> Key {
        match (self.shape, self.descending) {
            (Shape::Int, false) => Key::Int(i64::MAX),
            (Shape::Int, true) => Key::Int(i64::MIN),
            (Shape::Real, false) => Key::Real(f64::INFINITY),
            (Shape::Real, true) => Key::Real(f64::NEG_INFINITY),
            (Shape::Text, false) => Key::Text('\u{10FFFF}'.to_string()),
            (Shape::Text, true) => Key::Text(String::new()),
        }
    }
}

/// Whether ties are broken by falling `rid`: as the last key falls, so that one index serves both.
pub(super) fn rid_falls(keys: &[SortKey]) -> bool {
    keys.last().is_some_and(|k| k.descending)
}

/// Writes `k0 DESC, k1, rid` of the table named.
pub(super) fn order(s: &mut Statement, keys: &[SortKey], of: &str) {
    for (at, key) in keys.iter().enumerate() {
        s.push(&format!("{of}.k{at}"));
        s.push(if key.descending { " DESC, " } else { ", " });
    }
    s.push(of).push(".rid");
    s.push(if rid_falls(keys) { " DESC" } else { "" });
}

/// Writes the condition that a row of `s` comes after a place in the order.
pub(super) fn after(s: &mut Statement, keys: &[SortKey], values: &[Key], rid: i64) {
    let numbers: Vec<usize> = values.iter().map(|v| s.number(v.clone())).collect();
    let rid = s.number(rid);
    let mut place: Vec<(String, usize, bool)> = Vec::new();
    for (at, (key, number)) in keys.iter().zip(&numbers).enumerate() {
        place.push((format!("s.k{at}"), *number, key.descending));
    }
    place.push(("s.rid".to_owned(), rid, rid_falls(keys)));
    // Says nothing new, but lets an index start there.
    if let Some((name, number, descending)) = place.first() {
        s.push(name).push(if *descending { " <= " } else { " >= " });
        s.push_number(*number).push(" AND ");
    }
    s.push("(");
    for at in 0..place.len() {
        s.push(if at == 0 { "(" } else { " OR (" });
        for (name, number, _) in place.iter().take(at) {
            s.push(name).push(" = ").push_number(*number).push(" AND ");
        }
        if let Some((name, number, descending)) = place.get(at) {
            s.push(name).push(if *descending { " < " } else { " > " });
            s.push_number(*number);
        }
        s.push(")");
    }
    s.push(")");
}

/// Reads the sort keys of a row from column `at` on.
pub(crate) fn read_keys(row: &Row, keys: &[SortKey], at: usize) -> Result<Vec<Key>> {
    let one = |(i, key): (usize, &SortKey)| {
        Ok(match key.shape {
            Shape::Int => Key::Int(row.int(at + i)?),
            Shape::Real => Key::Real(row.real(at + i)?),
            Shape::Text => Key::Text(row.text(at + i)?),
        })
    };
    keys.iter().enumerate().map(one).collect()
}

/// Whether values from a client's cursor have the shapes these keys compare.
pub(super) fn fit(keys: &[SortKey], values: &[Key]) -> Option<Vec<Key>> {
    if keys.len() != values.len() {
        return None;
    }
    let one = |(key, value): (&SortKey, &Key)| match (key.shape, value) {
        (Shape::Int, Key::Int(_)) | (Shape::Text, Key::Text(_)) => Some(value.clone()),
        (Shape::Real, Key::Real(_)) => Some(value.clone()),
        (Shape::Real, Key::Text(text)) if text == LEAST => Some(Key::Real(f64::NEG_INFINITY)),
        (Shape::Real, Key::Text(text)) if text == MOST => Some(Key::Real(f64::INFINITY)),
        // JSON writes whole numbers without a point.
        (Shape::Real, Key::Int(value)) => Some(Key::Real(*value as f64)),
        _ => None,
    };
    keys.iter().zip(values).map(one).collect()
}
