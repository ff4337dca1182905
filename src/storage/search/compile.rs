//! A query and a visible set as one statement.

use access::Rows;
use fhir::search::{Filter, Query};

use super::driver::{self, Driver};
use super::sort::{self, SortKey};
use super::{Cursor, filter};
use crate::{
    db::Db,
    records::{stored::COLUMNS, visible},
    sql::Statement,
};

/// What a statement is made of.
pub(crate) struct Request<'q> {
    pub(crate) db: &'q Db,
    pub(crate) query: &'q Query,
    /// Already without the clauses the query may not look into.
    pub(crate) rows: &'q Rows,
    /// Microseconds since 1970 UTC.
    pub(crate) now: i64,
    pub(crate) keys: &'q [SortKey],
}

impl<'q> Request<'q> {
    /// The filter that only says whose rows these are, with the patient.
    fn owner(&self) -> Option<(usize, &'q str)> {
        driver::implied_owner(self.query)
    }

    fn driver(&self) -> Driver<'q> {
        let owned = self.owner().is_some() || visible::one_owner(self.rows).is_some();
        driver::choose(self.query, owned)
    }

    /// Writes `FROM … WHERE …`: candidates after a place in the order of `rid`, visible, that pass
    /// every filter.
    fn write(&self, s: &mut Statement, after: Option<i64>) {
        let (driver, owner) = (self.driver(), self.owner());
        s.push(" FROM resource r WHERE ");
        if let Driver::Index(at, param) = driver {
            // SQLite walks such a list in the order of rid, and stops when the page is full.
            s.push("r.rid IN (");
            if let Some(filter) = self.query.filters.get(at) {
                filter::drive(s, param, filter, after);
            }
            s.push(")");
        } else {
            s.push("r.type = ")
                .push_bind(self.query.resource_type.name());
            if let Some(after) = after {
                s.push(" AND r.rid > ").push_bind(after);
            }
        }
        if let Some((_, owner)) = owner {
            s.push(" AND r.owner = ").push_bind(owner);
        }
        s.push(" AND r.deleted = 0 AND ");
        visible::write(s, self.db, self.rows, self.now);
        let done = |at: usize| {
            matches!(driver, Driver::Index(driven, _) if driven == at)
                || owner.is_some_and(|(named, _)| named == at)
        };
        let rest = self.query.filters.iter().enumerate();
        for (_, filter) in rest.filter(|(at, _): &(usize, &Filter)| !done(*at)) {
            filter::probe(s, self.db, filter);
        }
    }

    /// Writes the SELECT of `rid` and the sort keys, in order, after the cursor, at most `limit`.
    fn candidates(&self, s: &mut Statement, cursor: Option<&Cursor>, limit: usize) {
        if self.keys.is_empty() {
            s.push("SELECT r.rid AS rid");
            self.write(s, cursor.map(|c| c.rid));
            s.push(" ORDER BY r.rid");
        } else {
            s.push("SELECT s.* FROM (SELECT r.rid AS rid");
            for (at, key) in self.keys.iter().enumerate() {
                s.push(", ");
                key.write(s, self.db);
                s.push(&format!(" AS k{at}"));
            }
            self.write(s, None);
            s.push(") s");
            if let Some(cursor) = cursor {
                s.push(" WHERE ");
                sort::after(s, self.keys, &cursor.keys, cursor.rid);
            }
            s.push(" ORDER BY ");
            sort::order(s, self.keys, "s");
        }
        s.push(" LIMIT ").push_bind(int(limit));
    }
}

/// One page: at most `take` rows of [`COLUMNS`], then the sort keys, then how many candidates there
/// are
/// up to `counted` (0: not counted).
pub(crate) fn page(
    request: &Request<'_>,
    cursor: Option<&Cursor>,
    take: usize,
    counted: usize,
) -> Statement {
    let mut s = Statement::default();
    if counted > take {
        s.push("WITH m AS MATERIALIZED (");
        request.candidates(&mut s, cursor, counted);
        s.push(") ");
    }
    s.push("SELECT ").push(COLUMNS);
    for at in 0..request.keys.len() {
        s.push(&format!(", p.k{at}"));
    }
    if counted > take {
        s.push(", (SELECT COUNT(*) FROM m) FROM (SELECT m.* FROM m ORDER BY ");
        sort::order(&mut s, request.keys, "m");
        s.push(" LIMIT ").push_bind(int(take));
    } else {
        s.push(", 0 FROM (");
        request.candidates(&mut s, cursor, take);
    }
    s.push(") p CROSS JOIN resource r WHERE r.rid = p.rid ORDER BY ");
    sort::order(&mut s, request.keys, "p");
    s
}

/// How many rows match, all of them.
pub(crate) fn count(request: &Request<'_>) -> Statement {
    let mut s = Statement::new("SELECT COUNT(*)");
    request.write(&mut s, None);
    s
}

fn int(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
