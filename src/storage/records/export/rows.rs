//! The rows of an export, stretch by stretch: found as a search finds them, each decided again in
//! memory, as they were at the instant the export is of.

use std::collections::HashMap;

use access::Rows;
use fhir::ResourceType;
use fhir::search::{Condition, Query, Summary};

use super::super::stored::{FACTS, Stored};
use super::{Exported, PATIENTS_AT_ONCE, Part, Records, STEP_ROWS, Whose};
use crate::exports::Export;
use crate::search::walk::{self, Among, Stretch};
use crate::sql::Statement;
use crate::{Result, records::visible};

/// What is walked over.
#[derive(Clone, Copy)]
pub(super) struct Walked<'a> {
    pub(super) of: &'a Export,
    pub(super) asked: &'a Exported,
    pub(super) part: &'a Part,
}

/// A row to be delivered, the version of the instant meant, without its body.
pub(super) struct Row {
    pub(super) stored: Stored,
    /// Whether that is the version which is current.
    pub(super) current: bool,
    /// Changed since the instant asked for; otherwise it only matters what it points to.
    pub(super) new: bool,
    /// Size of the body in bytes, about.
    pub(super) size: usize,
    pub(super) place: i64,
}

/// A stretch of rows.
#[derive(Default)]
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    /// How many were looked at.
    pub(super) looked: usize,
    /// The last that is to be delivered.
    pub(super) last: Option<(i64, i64)>,
    /// Where to go on; `None` at the end.
    pub(super) next: Option<(i64, i64)>,
}

/// A query for all of a type.
fn all_of(resource_type: ResourceType) -> Query {
    Query {
        resource_type,
        filters: Vec::new(),
        sort: Vec::new(),
        count: 0,
        total: None,
        includes: Vec::new(),
        include_rounds_max: 0,
        included_max: 0,
        summary: Summary::False,
        elements: Vec::new(),
        cursor: None,
        applied: Vec::new(),
        ignored: Vec::new(),
    }
}

impl Walked<'_> {
    fn resource_type(&self) -> ResourceType {
        match self.part {
            Part::Rows(t) | Part::Follow(t) | Part::Support(t) | Part::Deleted(t) => *t,
        }
    }

    /// How many places patients stand at; one where it is not about listed ones.
    fn places(&self) -> i64 {
        let listed = matches!(self.part, Part::Rows(_) | Part::Deleted(_));
        match self.of.members {
            Some(members) if listed && self.asked.whose == Whose::Members => members,
            _ => 1,
        }
    }

    fn among(&self, place: i64) -> Among<'_> {
        let export = self.of.id.as_str();
        match (self.part, self.asked.whose) {
            (Part::Follow(_) | Part::Support(_), _) => Among::Support { export },
            (_, Whose::All) => Among::All,
            (_, Whose::Patients) => Among::Owned,
            (_, Whose::Members) => Among::Members {
                export,
                from: place,
                to: place + PATIENTS_AT_ONCE,
            },
        }
    }

    /// Nothing older is looked at, where what older rows point to does not matter.
    fn since(&self) -> Option<i64> {
        let follows = ResourceType::all().any(|t| self.asked.supports(t) && self.asked.wants(t));
        let whole = match self.part {
            Part::Rows(_) => follows,
            Part::Follow(_) => true,
            Part::Support(_) | Part::Deleted(_) => false,
        };
        let since = self.asked.since.filter(|_| !whole);
        since.map(|since| since.as_microsecond())
    }

    /// Whether the version of a row counts as changed.
    fn is_new(&self, row: &Stored) -> bool {
        let since = self.asked.since.map(|since| since.as_microsecond());
        since.is_none_or(|since| row.updated > since)
    }
}

impl Records<'_> {
    /// The rows after a spot (patients and row), up to another, as far as they may be delivered.
    pub(super) async fn export_rows(
        &self,
        walked: &Walked<'_>,
        (mut place, mut after): (i64, i64),
        until: Option<(i64, i64)>,
        limit: usize,
    ) -> Result<Page> {
        let queries = self.export_queries(walked).await?;
        let query = one_of(walked.resource_type(), queries);
        let sights = self.sights(std::slice::from_ref(&query)).await?;
        let level = self.level(&query, &sights);
        let mut page = Page::default();
        if level.is_empty() {
            return Ok(page);
        }
        let inner = &self.storage.inner;
        while place < walked.places() && until.is_none_or(|(last, _)| place <= last) {
            let last = until.filter(|(last, _)| *last == place);
            let stretch = Stretch {
                among: walked.among(place),
                after,
                until: last.map_or(i64::MAX, |(_, rid)| rid),
                since: walked.since(),
                limit: limit - page.looked,
            };
            let found = inner.db.fetch_all(walk::walk(&level, &stretch)).await?;
            let mut sizes = HashMap::with_capacity(found.len());
            for row in &found {
                let size = row.opt_int(12)?.unwrap_or_default();
                sizes.insert(row.int(0)?, usize::try_from(size).unwrap_or_default());
            }
            let stored = inner.stored(&found).await?;
            page.looked += found.len();
            after = match found.last() {
                Some(row) => row.int(0)?,
                None => after,
            };
            let ended = page.looked < limit;
            self.take_in(walked, place, stored, &sizes, &mut page)
                .await?;
            if !ended {
                page.next = Some((place, after));
                return Ok(page);
            }
            (place, after) = (place + PATIENTS_AT_ONCE, 0);
        }
        Ok(page)
    }

    /// Adds what may be delivered of rows to a page.
    async fn take_in(
        &self,
        walked: &Walked<'_>,
        place: i64,
        stored: Vec<Stored>,
        sizes: &HashMap<i64, usize>,
        page: &mut Page,
    ) -> Result<()> {
        let mut permitted = stored;
        permitted.retain(|row| self.may_export(walked.asked, row));
        let at = walked.of.as_of.as_microsecond();
        let changed = permitted.iter().filter(|row| row.updated > at);
        let changed: Vec<i64> = changed.map(|row| row.rid).collect();
        let versions = self.versions_at(changed, at).await?;
        for row in permitted {
            let size = sizes.get(&row.rid).copied().unwrap_or_default();
            let current = row.updated <= at;
            let stored = if current {
                row
            } else {
                let Some(version) = versions.get(&row.rid) else {
                    continue;
                };
                match self.storage.inner.earlier(&row, *version).await? {
                    Some(then) if !then.deleted && self.may_export(walked.asked, &then) => then,
                    _ => continue,
                }
            };
            let new = walked.is_new(&stored);
            if new {
                page.last = Some((place, stored.rid));
            }
            page.rows.push(Row {
                stored,
                current,
                new,
                size,
                place,
            });
        }
        Ok(())
    }

    /// The version that each of some rows had at an instant.
    async fn versions_at(&self, rids: Vec<i64>, at: i64) -> Result<HashMap<i64, i64>> {
        let mut versions = HashMap::new();
        if rids.is_empty() {
            return Ok(versions);
        }
        let db = &self.storage.inner.db;
        let statement = walk::versions_at(&db.in_list("h.rid", 1), rids, at);
        for row in db.fetch_all(statement).await? {
            versions.insert(row.int(0)?, row.int(1)?);
        }
        Ok(versions)
    }

    /// The queries of a type, ready to be asked.
    async fn export_queries(&self, walked: &Walked<'_>) -> Result<Vec<Query>> {
        let filters = match walked.part {
            Part::Rows(t) | Part::Support(t) => walked.asked.filters.get(t),
            _ => None,
        };
        let Some(queries) = filters else {
            return Ok(Vec::new());
        };
        let resolved = self.resolved(queries).await?;
        let queries = resolved.as_ref().unwrap_or(queries);
        let with_kin = self.with_kin(queries).await?;
        Ok(with_kin.unwrap_or_else(|| queries.clone()))
    }

    /// Rows that were deleted since, by what they were last.
    pub(super) async fn deleted_rows(
        &self,
        of: &Export,
        asked: &Exported,
        resource_type: ResourceType,
        (mut place, mut after): (i64, i64),
    ) -> Result<Page> {
        let part = Part::Deleted(resource_type);
        let part = &part;
        let walked = Walked { of, asked, part };
        let rows = self.visible(access::Action::Search, resource_type);
        let mut page = Page::default();
        let Some(since) = asked.since.filter(|_| !rows.clauses.is_empty()) else {
            return Ok(page);
        };
        let inner = &self.storage.inner;
        while place < walked.places() {
            let limit = STEP_ROWS - page.looked;
            let span = (since.as_microsecond(), of.as_of.as_microsecond());
            let statement = self.gone(resource_type, &rows, span, walked.among(place));
            let found = inner
                .db
                .fetch_all(after_row(statement, after, limit))
                .await?;
            page.looked += found.len();
            let stored = inner.stored(&found).await?;
            for stored in stored.into_iter().filter(|row| self.may_export(asked, row)) {
                page.last = Some((place, stored.rid));
                page.rows.push(Row {
                    stored,
                    current: true,
                    new: true,
                    size: 0,
                    place,
                });
            }
            if page.looked >= STEP_ROWS {
                after = match found.last() {
                    Some(row) => row.int(0)?,
                    None => after,
                };
                page.next = Some((place, after));
                return Ok(page);
            }
            (place, after) = (place + PATIENTS_AT_ONCE, 0);
        }
        Ok(page)
    }

    fn gone(
        &self,
        resource_type: ResourceType,
        rows: &Rows,
        (since, at): (i64, i64),
        among: Among<'_>,
    ) -> Statement {
        let mut s = Statement::new("SELECT ");
        s.push(FACTS).push(" FROM resource r WHERE r.type = ");
        s.push_bind(resource_type.name());
        s.push(" AND r.deleted = 1 AND r.updated > ")
            .push_bind(since);
        s.push(" AND r.updated <= ").push_bind(at).push(" AND ");
        let now = self.access.now().as_microsecond();
        visible::write(&mut s, &self.storage.inner.db, rows, now);
        walk::among(&mut s, among, resource_type.name());
        s
    }
}

fn after_row(mut s: Statement, after: i64, limit: usize) -> Statement {
    s.push(" AND r.rid > ").push_bind(after);
    s.push(" ORDER BY r.rid LIMIT ");
    s.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    s
}

/// One query for what satisfies any of several.
fn one_of(resource_type: ResourceType, queries: Vec<Query>) -> Query {
    let mut query = all_of(resource_type);
    if !queries.is_empty() {
        let each = queries.into_iter().map(|one| Condition::All(one.filters));
        query.filters = vec![Condition::Any(each.collect())];
    }
    query
}
