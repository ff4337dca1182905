//! Search by words, in the language of each database.

use fhir::ResourceType;
use fhir::search::text::{Asked, Place, Text};

use crate::{db::Db, sql::Statement};

/// Writes the condition that the row `r` has the words asked for.
pub(super) fn probe(s: &mut Statement, db: &Db, text: &Text) {
    combined(s, db, text.place, &text.asked);
}

fn combined(s: &mut Statement, db: &Db, place: Place, asked: &Asked) {
    if asked.is_positive() {
        let words = native(db, place, asked);
        s.push("EXISTS (SELECT 1 FROM ix_text WHERE ");
        found(s, db, words);
        s.push(if db.is_sqlite() {
            " AND ix_text.rowid = r.rid)"
        } else {
            " AND ix_text.rid = r.rid)"
        });
        return;
    }
    let (parts, word) = match asked {
        Asked::Not(inner) => {
            s.push("NOT (");
            combined(s, db, place, inner);
            s.push(")");
            return;
        }
        Asked::Any(parts) => (parts.as_slice(), " OR "),
        Asked::All(parts) => (parts.as_slice(), " AND "),
        Asked::Word { .. } | Asked::Phrase(_) => (&[][..], " AND "),
    };
    s.push("(");
    for (at, part) in parts.iter().enumerate() {
        s.push(if at == 0 { "" } else { word });
        combined(s, db, place, part);
    }
    s.push(if parts.is_empty() { "1 = 0)" } else { ")" });
}

/// What a search may start from: a part that must hold and negates nothing.
pub(super) fn start(text: &Text) -> Option<&Asked> {
    match &text.asked {
        one if one.is_positive() => Some(one),
        Asked::All(parts) => parts.iter().find(|part| part.is_positive()),
        _ => None,
    }
}

/// Writes the SELECT of the rids of a type that have the words a search starts from.
pub(super) fn drive(
    s: &mut Statement,
    db: &Db,
    (text, asked): (&Text, &Asked),
    resource_type: ResourceType,
    after: Option<i64>,
) {
    let number = if db.is_sqlite() { "rowid" } else { "rid" };
    s.push(&format!(
        "SELECT m.rid FROM (SELECT {number} AS rid FROM ix_text WHERE "
    ));
    found(s, db, native(db, text.place, asked));
    if let Some(after) = after {
        s.push(&format!(" AND {number} > ")).push_bind(after);
    }
    s.push(") t CROSS JOIN resource m WHERE m.rid = t.rid AND m.type = ");
    s.push_bind(resource_type.name());
}

/// Writes the condition that a row of `ix_text` has words.
fn found(s: &mut Statement, db: &Db, words: String) {
    if db.is_sqlite() {
        s.push("ix_text MATCH ").push_bind(words);
    } else {
        s.push("words @@ CAST(").push_bind(words);
        s.push(" AS text)::tsquery");
    }
}

/// Writes how well the row `r` fits what is asked; more is better, nothing is 0.
pub(super) fn score(s: &mut Statement, db: &Db, text: &Text) {
    let words = wanted(db, text);
    s.push("COALESCE((SELECT ");
    value(s, db, words.clone());
    s.push(" FROM ix_text WHERE ");
    found(s, db, words);
    s.push(if db.is_sqlite() {
        " AND ix_text.rowid = r.rid), 0.0)"
    } else {
        " AND ix_text.rid = r.rid), 0.0)"
    });
}

/// The same of some rows: `rid, score`.
pub(crate) fn scores(db: &Db, text: &Text, rids: Vec<i64>) -> Statement {
    let words = wanted(db, text);
    let number = if db.is_sqlite() { "rowid" } else { "rid" };
    let mut s = Statement::made(format!("SELECT {number}, "));
    value(&mut s, db, words.clone());
    s.push(" FROM ix_text WHERE ");
    found(&mut s, db, words);
    let rids = s.number(rids);
    s.push(" AND ").push(&db.in_list(number, rids));
    s
}

fn value(s: &mut Statement, db: &Db, words: String) {
    if db.is_sqlite() {
        s.push("-bm25(ix_text)");
    } else {
        s.push("ts_rank(words, CAST(").push_bind(words);
        s.push(" AS text)::tsquery)::double precision");
    }
}

/// Any of the words asked for.
fn wanted(db: &Db, text: &Text) -> String {
    let mut parts = Vec::new();
    text.asked.positive(&mut parts);
    let any = Asked::Any(parts.into_iter().cloned().collect());
    native(db, text.place, &any)
}

/// Words that negate nothing, as the database's own text. They hold letters and digits only, so
/// nothing in them is a sign of either language.
fn native(db: &Db, place: Place, asked: &Asked) -> String {
    if db.is_sqlite() {
        let words = fts5(asked);
        match place {
            Place::Narrative => format!("{{narrative}} : ({words})"),
            Place::Everything => words,
        }
    } else {
        tsquery(place, asked)
    }
}

fn fts5(asked: &Asked) -> String {
    match asked {
        Asked::Word { word, prefix } => format!("\"{word}\"{}", if *prefix { " *" } else { "" }),
        Asked::Phrase(words) => format!("\"{}\"", words.join(" ")),
        Asked::All(parts) => joined(parts.iter().map(fts5), " AND "),
        Asked::Any(parts) => joined(parts.iter().map(fts5), " OR "),
        Asked::Not(_) => NO_WORD.to_owned(),
    }
}

fn tsquery(place: Place, asked: &Asked) -> String {
    let weight = match place {
        Place::Narrative => "A",
        Place::Everything => "",
    };
    let word = |word: &str, prefix: bool| {
        let star = if prefix { "*" } else { "" };
        match (weight, prefix) {
            ("", false) => format!("'{word}'"),
            _ => format!("'{word}':{star}{weight}"),
        }
    };
    match asked {
        Asked::Word { word: one, prefix } => word(one, *prefix),
        Asked::Phrase(words) => joined(words.iter().map(|w| word(w, false)), " <-> "),
        Asked::All(parts) => joined(parts.iter().map(|p| tsquery(place, p)), " & "),
        Asked::Any(parts) => joined(parts.iter().map(|p| tsquery(place, p)), " | "),
        Asked::Not(_) => NO_WORD.to_owned(),
    }
}

/// What no resource holds: words are never this long.
const NO_WORD: &str =
    "00000000000000000000000000000000000000000000000000000000000000000000000000000000";

fn joined(parts: impl Iterator<Item = String>, sign: &str) -> String {
    let parts: Vec<String> = parts.collect();
    match parts.is_empty() {
        true => NO_WORD.to_owned(),
        false => format!("({})", parts.join(sign)),
    }
}
