//! A query and a visible set as one statement.

use super::sort::{self, SortKey};
use super::{Cursor, Level};
use crate::{records::stored::COLUMNS, sql::Statement};

/// What a statement is made of.
pub(crate) struct Request<'q> {
    pub(crate) level: Level<'q>,
    pub(crate) keys: &'q [SortKey],
}

impl Request<'_> {
    /// Writes the SELECT of `rid` and the sort keys, in order, after the cursor, at most `limit`.
    fn candidates(&self, s: &mut Statement, cursor: Option<&Cursor>, limit: usize) {
        match cursor {
            // Rows written while pages are turned keep the place they had at the first page, and
            // what is new since then has none: nothing is shown twice or left out.
            Some(cursor) if self.keys.iter().any(SortKey::is_updated) => {
                let as_of = s.number(cursor.started);
                s.push("SELECT u.* FROM (SELECT a.* FROM (");
                self.sorted(s, Some(cursor), limit, Some(Rewritten::Before(as_of)));
                s.push(") a UNION ALL SELECT b.* FROM (");
                self.sorted(s, Some(cursor), limit, Some(Rewritten::Since(as_of)));
                s.push(") b) u ORDER BY ");
                sort::order(s, self.keys, "u");
                s.push(" LIMIT ").push_bind(int(limit));
            }
            _ if self.keys.is_empty() => {
                s.push("SELECT r.rid AS rid");
                self.level.write(s, cursor.map(|c| c.rid));
                s.push(" ORDER BY r.rid LIMIT ").push_bind(int(limit));
            }
            _ => self.sorted(s, cursor, limit, None),
        }
    }

    fn sorted(
        &self,
        s: &mut Statement,
        cursor: Option<&Cursor>,
        limit: usize,
        rewritten: Option<Rewritten>,
    ) {
        let since = match rewritten {
            Some(Rewritten::Since(as_of)) => Some(as_of),
            _ => None,
        };
        s.push("SELECT s.* FROM (SELECT r.rid AS rid");
        for (at, key) in self.keys.iter().enumerate() {
            s.push(", ");
            key.write(s, self.level.scope.db, since);
            s.push(&format!(" AS k{at}"));
        }
        self.level.write(s, None);
        if let Some(true) = self.keys.first().map(SortKey::is_sorted) {
            self.level.in_order(s);
        }
        match rewritten {
            Some(Rewritten::Before(as_of)) => s.push(" AND r.updated <= ").push_number(as_of),
            Some(Rewritten::Since(as_of)) => s.push(" AND r.updated > ").push_number(as_of),
            None => s,
        };
        s.push(") s");
        if let Some(cursor) = cursor {
            s.push(" WHERE ");
            sort::after(s, self.keys, &cursor.keys, cursor.rid);
        }
        if since.is_some() {
            let keys = self.keys.iter().enumerate();
            for (at, _) in keys.filter(|(_, key)| key.is_updated()) {
                s.push(&format!(" AND s.k{at} IS NOT NULL"));
            }
        }
        s.push(" ORDER BY ");
        sort::order(s, self.keys, "s");
        s.push(" LIMIT ").push_bind(int(limit));
    }
}

/// Rows written before or since an instant (a number bound to microseconds).
#[derive(Clone, Copy)]
enum Rewritten {
    Before(usize),
    Since(usize),
}

/// Writes the SELECT of the candidates of every request, in their common order.
fn candidates(s: &mut Statement, requests: &[Request<'_>], cursor: Option<&Cursor>, limit: usize) {
    if let [one] = requests {
        one.candidates(s, cursor, limit);
        return;
    }
    let keys = requests.first().map_or(&[][..], |request| request.keys);
    s.push("SELECT a.* FROM (");
    for (at, request) in requests.iter().enumerate() {
        s.push(if at == 0 { "" } else { " UNION ALL " });
        s.push("SELECT b.* FROM (");
        request.candidates(s, cursor, limit);
        s.push(") b");
    }
    s.push(") a ORDER BY ");
    sort::order(s, keys, "a");
    s.push(" LIMIT ").push_bind(int(limit));
}

/// One page over one type or several: at most `take` rows of [`COLUMNS`], then the sort keys, then
/// how many candidates there are up to `counted` (0: not counted). All requests have the same keys.
pub(crate) fn page(
    requests: &[Request<'_>],
    cursor: Option<&Cursor>,
    take: usize,
    counted: usize,
) -> Statement {
    let keys = requests.first().map_or(&[][..], |request| request.keys);
    let mut s = Statement::default();
    if counted > take {
        s.push("WITH m AS MATERIALIZED (");
        candidates(&mut s, requests, cursor, counted);
        s.push(") ");
    }
    s.push("SELECT ").push(COLUMNS);
    for at in 0..keys.len() {
        s.push(&format!(", p.k{at}"));
    }
    if counted > take {
        s.push(", (SELECT COUNT(*) FROM m) FROM (SELECT m.* FROM m ORDER BY ");
        sort::order(&mut s, keys, "m");
        s.push(" LIMIT ").push_bind(int(take));
    } else {
        s.push(", 0 FROM (");
        candidates(&mut s, requests, cursor, take);
    }
    s.push(") p CROSS JOIN resource r WHERE r.rid = p.rid ORDER BY ");
    sort::order(&mut s, keys, "p");
    s
}

/// How many rows match, all of them: one number for each request.
pub(crate) fn count(requests: &[Request<'_>]) -> Statement {
    let mut s = Statement::default();
    for (at, request) in requests.iter().enumerate() {
        s.push(if at == 0 { "" } else { " UNION ALL " });
        s.push("SELECT COUNT(*)");
        request.level.write(&mut s, None);
    }
    s
}

/// Where the matches of a request lie: how many of the first there are (up to a limit), the first and
/// the last of these, and the last of all, by number.
pub(crate) fn extent(request: &Request<'_>, limit: u64) -> Statement {
    let mut s =
        Statement::new("SELECT COUNT(*), COALESCE(MIN(e.rid), 0), COALESCE(MAX(e.rid), 0), ");
    s.push("COALESCE((SELECT r.rid");
    request.level.write(&mut s, None);
    s.push(" ORDER BY r.rid DESC LIMIT 1), 0) FROM (SELECT r.rid AS rid");
    request.level.write(&mut s, None);
    s.push(" ORDER BY r.rid LIMIT ");
    s.push_bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .push(") e");
    s
}

fn int(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
