//! The versions of resources in the order of time, as one statement: current rows and earlier ones,
//! each visible by its own facts.

use access::Rows;
use fhir::ResourceType;

use crate::{
    db::Db,
    records::{stored::COLUMNS, visible},
    sql::Statement,
};

/// Which versions are asked for, and from where on.
pub(crate) struct Versions<'q> {
    pub(crate) db: &'q Db,
    /// Each type with the rows of it that are visible.
    pub(crate) types: &'q [(ResourceType, Rows)],
    /// One resource of the one type.
    pub(crate) id: Option<&'q str>,
    /// Made at or after this, in microseconds.
    pub(crate) since: Option<i64>,
    /// Current at some point of this span, in microseconds, half open.
    pub(crate) at: Option<(i64, i64)>,
    pub(crate) oldest_first: bool,
    pub(crate) now: i64,
}

/// A place in the order: time, row, version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) updated: i64,
    pub(crate) rid: i64,
    pub(crate) version: i64,
}

/// Where versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Current,
    Earlier,
}

impl Versions<'_> {
    /// Versions with their bodies, after a spot, in order, at most `take`.
    pub(crate) fn page(&self, after: Option<Spot>, take: usize) -> Statement {
        let mut s = Statement::new("WITH p AS MATERIALIZED (");
        self.spots(&mut s, after, take);
        s.push(") SELECT ").push(COLUMNS);
        s.push(" FROM p CROSS JOIN resource r WHERE r.rid = p.rid AND r.version = p.version");
        s.push(" UNION ALL SELECT h.rid, r.type, r.id, h.version, h.updated, h.method, ");
        s.push("h.deleted, h.owner, h.facet, h.hold_until, h.pool, h.body ");
        s.push("FROM p CROSS JOIN history h CROSS JOIN resource r ");
        s.push("WHERE h.rid = p.rid AND h.version = p.version AND r.rid = h.rid");
        s
    }

    /// How many there are, counted up to `most`.
    pub(crate) fn count(&self, most: usize) -> Statement {
        let mut s = Statement::new("SELECT COUNT(*) FROM (");
        self.spots(&mut s, None, most);
        s.push(") c");
        s
    }

    /// Writes the SELECT of `updated, rid, version`.
    fn spots(&self, s: &mut Statement, after: Option<Spot>, take: usize) {
        let take = i64::try_from(take).unwrap_or(i64::MAX);
        s.push("SELECT v.updated AS updated, v.rid AS rid, v.version AS version FROM (");
        let mut first = true;
        for (resource_type, rows) in self.types {
            for kept in [Kept::Current, Kept::Earlier] {
                s.push(if first { "" } else { " UNION ALL " });
                first = false;
                s.push("SELECT u.* FROM (");
                self.branch(s, (*resource_type, rows), kept, after);
                s.push(" LIMIT ").push_bind(take).push(") u");
            }
        }
        s.push(") v");
        self.order(s, "v");
        s.push(" LIMIT ").push_bind(take);
    }

    fn branch(
        &self,
        s: &mut Statement,
        (resource_type, rows): (ResourceType, &Rows),
        kept: Kept,
        after: Option<Spot>,
    ) {
        let seen = |s: &mut Statement| {
            s.push(" FROM ");
            self.source(s, resource_type, kept);
            s.push(" WHERE ");
            visible::write(s, self.db, rows, self.now);
        };
        let narrowed = |s: &mut Statement, of: &str| {
            if let Some(since) = self.since {
                s.push(&format!(" AND {of}.updated >= ")).push_bind(since);
            }
            if let Some(spot) = after {
                self.beyond(s, of, spot);
            }
        };
        let Some((low, high)) = self.at else {
            s.push("SELECT r.updated AS updated, r.rid AS rid, r.version AS version");
            seen(s);
            narrowed(s, "r");
            self.order(s, "r");
            return;
        };
        s.push("SELECT o.updated AS updated, o.rid AS rid, o.version AS version FROM (");
        s.push("SELECT r.updated AS updated, r.rid AS rid, r.version AS version");
        s.push(", r.deleted AS deleted");
        seen(s);
        s.push(") o WHERE o.updated < ").push_bind(high);
        // What is deleted is no longer current: only its end itself falls into a span.
        s.push(" AND (o.deleted = 0 OR o.updated >= ")
            .push_bind(low);
        s.push(")");
        narrowed(s, "o");
        for later in [Kept::Current, Kept::Earlier] {
            s.push(" AND NOT EXISTS (SELECT 1 FROM ");
            self.source(s, resource_type, later);
            s.push(" WHERE r.rid = o.rid AND r.version > o.version AND r.updated <= ");
            s.push_bind(low).push(" AND ");
            visible::write(s, self.db, rows, self.now);
            s.push(")");
        }
        self.order(s, "o");
    }

    /// Writes `(SELECT …) r`: all versions of the type, or of the one resource, kept there.
    fn source(&self, s: &mut Statement, resource_type: ResourceType, kept: Kept) {
        const OWN: &str = "hold_until, pool, updated, version, deleted";
        match kept {
            Kept::Current => {
                s.push("(SELECT rid, type, id, owner, facet, ").push(OWN);
                s.push(" FROM resource WHERE type = ");
                s.push_bind(resource_type.name());
                if let Some(id) = self.id {
                    s.push(" AND id = ").push_bind(id);
                }
            }
            Kept::Earlier => {
                s.push("(SELECT h.rid AS rid, n.type AS type, n.id AS id, h.owner AS owner, ");
                s.push("h.facet AS facet, h.hold_until AS hold_until, h.pool AS pool, ");
                s.push("h.updated AS updated, h.version AS version, h.deleted AS deleted");
                if let Some(id) = self.id {
                    s.push(" FROM resource n CROSS JOIN history h WHERE h.rid = n.rid");
                    s.push(" AND n.type = ").push_bind(resource_type.name());
                    s.push(" AND n.id = ").push_bind(id);
                } else {
                    s.push(" FROM history h CROSS JOIN resource n WHERE n.rid = h.rid");
                    s.push(" AND h.type = ").push_bind(resource_type.name());
                }
            }
        }
        s.push(") r");
    }

    /// Versions of one resource are ordered by number, whatever the clock said.
    fn order(&self, s: &mut Statement, of: &str) {
        let fall = if self.oldest_first { "" } else { " DESC" };
        s.push(" ORDER BY ");
        if self.id.is_none() {
            s.push(&format!("{of}.updated{fall}, {of}.rid{fall}, "));
        }
        s.push(&format!("{of}.version{fall}"));
    }

    /// Writes ` AND …`: after a spot.
    fn beyond(&self, s: &mut Statement, of: &str, spot: Spot) {
        let sign = if self.oldest_first { '>' } else { '<' };
        if self.id.is_some() {
            s.push(&format!(" AND {of}.version {sign} "));
            s.push_bind(spot.version);
            return;
        }
        let updated = s.number(spot.updated);
        s.push(&format!(" AND {of}.updated {sign}= "))
            .push_number(updated);
        s.push(&format!(
            " AND ({of}.updated, {of}.rid, {of}.version) {sign} ("
        ));
        s.push_number(updated).push(", ");
        s.push_bind(spot.rid).push(", ");
        s.push_bind(spot.version).push(")");
    }
}
