//! The words of resources, as each database keeps them: columns of a full-text table on SQLite, one
//! vector with places on PostgreSQL.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fhir::index::Words;

use crate::{
    Result,
    db::{Db, Tx},
    sql::{Column, Rows, Statement, Table},
};

/// Places PostgreSQL keeps of one word.
const PLACES_MAX: usize = 255;

static TEXT: Table = Table {
    name: "ix_text",
    columns: &[
        ("rowid", Column::Int),
        ("narrative", Column::Text),
        ("content", Column::Text),
    ],
    tail: "",
};

/// Words of many resources.
#[derive(Default)]
pub(crate) struct WordRows {
    rids: Vec<i64>,
    words: Vec<Words>,
}

impl WordRows {
    pub(crate) fn add(&mut self, rid: i64, words: Words) {
        if !words.is_empty() {
            self.rids.push(rid);
            self.words.push(words);
        }
    }

    pub(crate) async fn insert(self, db: &Db, tx: &mut Tx) -> Result<()> {
        if self.rids.is_empty() {
            return Ok(());
        }
        if db.is_sqlite() {
            let mut rows = Rows::default();
            for (rid, words) in self.rids.into_iter().zip(self.words) {
                rows.push(rid).push(words.narrative).push(words.content);
            }
            return tx.insert(&TEXT, rows).await;
        }
        let insert = Statement::new(
            "INSERT INTO ix_text (rid, words) SELECT u.rid, u.words::tsvector \
             FROM unnest($1::bigint[], $2::text[]) AS u(rid, words)",
        );
        let vectors: Vec<String> = self.words.iter().map(vector).collect();
        tx.execute(insert.bind(self.rids).bind(vectors)).await?;
        Ok(())
    }
}

/// Removes the words of some resources.
pub(crate) async fn delete(db: &Db, tx: &mut Tx, rids: &[i64]) -> Result<()> {
    let column = if db.is_sqlite() { "rowid" } else { "rid" };
    let sql = format!("DELETE FROM ix_text WHERE {}", db.in_list(column, 1));
    tx.execute(Statement::made(sql).bind(rids.to_vec())).await?;
    Ok(())
}

/// `'word':1A,7 'other':2A`. A place is left free between narrative and content, so that no phrase
/// spans both.
fn vector(words: &Words) -> String {
    let mut places: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
    let narrative = words.narrative.split(' ').filter(|word| !word.is_empty());
    let mut at = 0;
    for word in narrative {
        at += 1;
        places.entry(word).or_default().push((at, "A"));
    }
    at += 1;
    for word in words.content.split(' ').filter(|word| !word.is_empty()) {
        at += 1;
        places.entry(word).or_default().push((at, ""));
    }
    let mut out = String::new();
    for (word, places) in places {
        let _ = write!(out, "'{word}':");
        for (at, (place, weight)) in places.into_iter().take(PLACES_MAX).enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(out, "{comma}{place}{weight}");
        }
        out.push(' ');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_tells_words_places_and_weights() {
        let words = Words {
            narrative: "a b a".to_owned(),
            content: "b c".to_owned(),
        };
        assert_eq!(vector(&words), "'a':1A,3A 'b':2A,5 'c':6 ");
    }
}
