//! The versions of one resource, of a type, or of all: each decided by its own facts.

use access::{Action, Decision, Rows};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use fhir::ResourceType;
use jiff::Timestamp;

use super::{
    Page, Records, Version,
    stored::{COLUMNS, Stored},
};
use crate::{
    Error, Inner, Result,
    audit::{self, Record},
    db::timestamp,
    search::{Spot, Versions},
    sql::Statement,
};

/// Versions are counted up to this; when there are more, no total is told.
const COUNTED_MAX: usize = 10_000;
/// Longest position read, in bytes.
const POSITION_BYTES_MAX: usize = 512;

/// What is asked of a history.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Of which types; of one, where `id` is given.
    pub types: Vec<ResourceType>,
    pub id: Option<String>,
    /// Made at or after this.
    pub since: Option<Timestamp>,
    /// Current at some point of this span: microseconds, half open.
    pub at: Option<(i64, i64)>,
    pub oldest_first: bool,
    /// Page size.
    pub count: usize,
    /// A position given by the page before.
    pub from: Option<String>,
}

/// What a position is written as: shape of what was asked, then the spot, then the total.
type Written = (u32, i64, i64, i64, Option<u64>);

impl Timeline {
    /// All versions of one resource, newest first.
    pub fn of(resource_type: ResourceType, id: &str, count: usize, from: Option<&str>) -> Self {
        Self {
            types: vec![resource_type],
            id: Some(id.to_owned()),
            since: None,
            at: None,
            oldest_first: false,
            count,
            from: from.map(str::to_owned),
        }
    }

    /// The versions of one resource are a read; to list what there is of a type is a search (SMART
    /// App Launch 2.2 section 4.2).
    fn action(&self) -> Action {
        match self.id {
            Some(_) => Action::Read,
            None => Action::Search,
        }
    }

    /// A hash of what is asked, so that the position of another history is refused. Which types a
    /// caller may read can change from page to page; what is asked does not.
    fn shape(&self) -> u32 {
        let one = (self.types.len() == 1).then(|| self.types.first());
        let text = format!(
            "{one:?} {:?} {:?} {:?} {}",
            self.id, self.since, self.at, self.oldest_first
        );
        text.bytes().fold(0x811c_9dc5, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
    }

    fn position(&self) -> Result<Option<(Spot, Option<u64>)>> {
        let Some(text) = &self.from else {
            return Ok(None);
        };
        if text.len() > POSITION_BYTES_MAX {
            return Err(Error::BadCursor);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text);
        let bytes = bytes.map_err(|_| Error::BadCursor)?;
        let (of, updated, rid, version, total): Written =
            serde_json::from_slice(&bytes).map_err(|_| Error::BadCursor)?;
        if of != self.shape() {
            return Err(Error::BadCursor);
        }
        let spot = Spot {
            updated,
            rid,
            version,
        };
        Ok(Some((spot, total)))
    }

    fn write(&self, row: &Stored, total: Option<u64>) -> String {
        let written: Written = (self.shape(), row.updated, row.rid, row.version, total);
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&written).unwrap_or_default())
    }
}

impl Records<'_> {
    /// One page of a history. Neither repeats nor skips a version while others are written. `None`
    /// when one resource is asked for and the caller may see none of its versions.
    ///
    /// # Errors
    /// `BadCursor` when `from` is not a position of ours.
    pub async fn history(&self, asked: &Timeline) -> Result<Option<Page>> {
        let position = asked.position()?;
        if asked.types.contains(&ResourceType::AUDIT_EVENT) && asked.id.is_none() {
            self.show_audit(None).await?;
        }
        let types = self.readable(asked);
        let db = &self.storage.inner.db;
        let versions = Versions {
            db,
            types: &types,
            id: asked.id.as_deref(),
            since: asked.since.map(Timestamp::as_microsecond),
            at: asked.at,
            oldest_first: asked.oldest_first,
            now: self.access.now().as_microsecond(),
        };
        let mut page = Page {
            versions: Vec::new(),
            next: None,
            total: Some(0),
        };
        let mut reason = None;
        if !types.is_empty() {
            (page, reason) = self.versions(asked, &versions, position).await?;
        }
        let mut known = !page.versions.is_empty() || asked.id.is_none();
        if !known && !types.is_empty() {
            // None in the span asked for is not the same as none at all.
            let all = Versions {
                since: None,
                at: None,
                ..versions
            };
            known = !db.fetch_all(all.page(None, 1)).await?.is_empty();
        }
        let reason = reason.unwrap_or(if known { "HISTORY" } else { "NOT_FOUND" });
        self.record_history(asked, (known, reason), &page).await;
        Ok(known.then_some(page))
    }

    /// The types of which any row may be visible, with those rows.
    fn readable(&self, asked: &Timeline) -> Vec<(ResourceType, Rows)> {
        let facets = &self.storage.inner.facets;
        let rows = asked.types.iter().map(|t| {
            let known = facets.of_type(*t);
            (*t, self.access.rows(asked.action(), *t, &known))
        });
        rows.filter(|(_, rows)| !rows.clauses.is_empty()).collect()
    }

    async fn versions(
        &self,
        asked: &Timeline,
        versions: &Versions<'_>,
        position: Option<(Spot, Option<u64>)>,
    ) -> Result<(Page, Option<&'static str>)> {
        let inner = &self.storage.inner;
        let statement = versions.page(position.map(|(spot, _)| spot), asked.count + 1);
        let found = inner.db.fetch_all(statement).await?;
        let mut rows = inner.stored(&found).await?;
        let key = |row: &Stored| match asked.id {
            Some(_) => (0, 0, row.version),
            None => (row.updated, row.rid, row.version),
        };
        rows.sort_by_key(key);
        if !asked.oldest_first {
            rows.reverse();
        }
        let more = rows.len() > asked.count;
        rows.truncate(asked.count);
        let total = match position {
            Some((_, total)) => total,
            None if !more => Some(rows.len() as u64),
            None => {
                let count = inner.db.fetch_optional(versions.count(COUNTED_MAX)).await?;
                let count = count.map_or(Ok(0), |row| row.int(0))?.unsigned_abs();
                (count < COUNTED_MAX as u64).then_some(count)
            }
        };
        let next = rows.last().filter(|_| more);
        let next = next.map(|row| asked.write(row, total));
        let mut page = Page {
            versions: Vec::with_capacity(rows.len()),
            next,
            total,
        };
        let mut reason = None;
        for row in rows {
            let decision = self.access.decide(asked.action(), &row.facts());
            if decision.permits() {
                reason = reason.or(Some(decision.reason.0));
                page.versions.push(version(&row, &decision)?);
            }
        }
        Ok((page, reason))
    }

    async fn record_history(
        &self,
        asked: &Timeline,
        (permitted, reason): (bool, &'static str),
        page: &Page,
    ) {
        let owner = |v: &Version| v.owner.clone();
        let entity = match (asked.types.as_slice(), &asked.id) {
            ([one], Some(id)) => Some(format!("{one}/{id}")),
            ([one], None) => Some(one.name().to_owned()),
            _ => None,
        };
        let standing = self.access.standing();
        let own = standing.patient.as_ref().map(|p| p.id.as_str().into());
        let own = own.filter(|_| !self.access.spans_charts());
        let record = Record {
            at: self.access.now().as_microsecond(),
            action: audit::Action::History,
            permitted,
            reason: reason.into(),
            patient: None,
            entity,
            query: None,
            request_id: None,
            suspended_until: None,
        };
        let backend = matches!(standing.actor, access::Actor::Backend);
        let mut patients: Vec<_> = match (own, &asked.id) {
            (_, Some(_)) => page.versions.iter().take(1).filter_map(owner).collect(),
            (Some(own), None) => vec![own],
            (None, None) if backend => Vec::new(),
            (None, None) => page.versions.iter().filter_map(owner).collect(),
        };
        patients.sort_unstable();
        patients.dedup();
        let mut patients: Vec<Option<_>> = patients.into_iter().map(Some).collect();
        if patients.is_empty() {
            patients.push(None);
        }
        for patient in patients {
            let record = Record {
                patient,
                ..record.clone()
            };
            self.storage.inner.record(self.access, record).await;
        }
    }
}

fn version(row: &Stored, decision: &Decision) -> Result<Version> {
    let seen = match row.deleted {
        true => None,
        false => Some(row.seen(decision)?),
    };
    Ok(Version {
        seen,
        resource_type: row.resource_type,
        id: row.id.to_string(),
        version: row.version,
        updated: timestamp(row.updated)?,
        method: row.method,
        owner: row.owner.clone(),
    })
}

impl Inner {
    /// One version of the resource `row` is a version of, body included.
    pub(crate) async fn earlier(&self, row: &Stored, version: i64) -> Result<Option<Stored>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.rid = $1 AND r.version = $2 \
             UNION ALL SELECT h.rid, r.type, r.id, h.version, h.updated, h.method, h.deleted, \
             h.owner, h.facet, h.hold_until, h.pool, h.body \
             FROM history h JOIN resource r ON r.rid = h.rid WHERE h.rid = $1 AND h.version = $2"
        );
        let statement = Statement::made(sql).bind(row.rid).bind(version);
        let rows = self.db.fetch_all(statement).await?;
        Ok(self.stored(&rows).await?.into_iter().next())
    }
}
