//! The rows of a level in the order of their numbers, a stretch at a time, without their bodies.

use super::Level;
use crate::{
    records::stored::FACTS,
    sql::{Bind, Statement},
};

/// Which rows of a level an export is of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Among<'q> {
    All,
    /// Somebody's, whoever's.
    Owned,
    /// Of the patients of an export from one place to before another.
    Members {
        export: &'q str,
        from: i64,
        to: i64,
    },
    /// What an export brings along.
    Support {
        export: &'q str,
    },
}

/// A stretch of rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch<'q> {
    pub(crate) among: Among<'q>,
    /// After this row, up to that one.
    pub(crate) after: i64,
    pub(crate) until: i64,
    /// Changed after this, in microseconds.
    pub(crate) since: Option<i64>,
    pub(crate) limit: usize,
}

/// Writes the SELECT of [`FACTS`] and the size of the body.
pub(crate) fn walk(level: &Level<'_>, stretch: &Stretch<'_>) -> Statement {
    let mut s = Statement::new("SELECT ");
    s.push(FACTS).push(", length(r.body)");
    level.write(&mut s, Some(stretch.after));
    s.push(" AND r.rid <= ").push_bind(stretch.until);
    if let Some(since) = stretch.since {
        s.push(" AND r.updated > ").push_bind(since);
    }
    among(&mut s, stretch.among, level.resource_type.name());
    s.push(" ORDER BY r.rid LIMIT ");
    s.push_bind(i64::try_from(stretch.limit).unwrap_or(i64::MAX));
    s
}

/// Writes ` AND …`: the row `r` of a type is among those meant.
pub(crate) fn among(s: &mut Statement, among: Among<'_>, type_name: &str) {
    match among {
        Among::All => {}
        Among::Owned => {
            s.push(" AND r.owner IS NOT NULL");
        }
        Among::Members { export, from, to } => {
            s.push(" AND r.rid IN (SELECT o.rid FROM bulk_member m CROSS JOIN resource o ");
            s.push("WHERE m.export = ").push_bind(export);
            s.push(" AND m.place >= ").push_bind(from);
            s.push(" AND m.place < ").push_bind(to);
            s.push(" AND o.owner = m.patient AND o.type = ");
            s.push_bind(type_name).push(")");
        }
        Among::Support { export } => {
            s.push(" AND r.rid IN (SELECT u.rid FROM bulk_support u WHERE u.export = ");
            s.push_bind(export).push(" AND u.type = ");
            s.push_bind(type_name).push(")");
        }
    }
}

/// The rows of some numbers with the last version before an instant, where they have changed since:
/// pairs of row and version.
pub(crate) fn versions_at(in_rids: &str, rids: Vec<i64>, at: impl Into<Bind>) -> Statement {
    let mut s = Statement::made(format!(
        "SELECT h.rid, MAX(h.version) FROM history h WHERE {in_rids} AND h.updated <= "
    ));
    s.number(rids);
    s.push_bind(at).push(" GROUP BY h.rid");
    s
}
