//! The versions of one resource, newest first, each decided by its own facts.

use std::collections::HashMap;

use access::{Action, Decision};
use fhir::ResourceType;

use super::{
    Page, Records, Version,
    stored::{COLUMNS, FACTS, Stored},
};
use crate::{
    Error, Inner, Result,
    audit::{self, Record},
    db::timestamp,
    sql::Statement,
};

/// Versions of one resource that are looked at, newest first.
const VERSIONS_MAX: i64 = 10_000;

/// Columns of an earlier version (`h`) of a current row (`r`), in the order of [`COLUMNS`].
fn earlier_columns(body: &str) -> String {
    format!(
        "h.rid, r.type, r.id, h.version, h.updated, h.method, h.deleted, h.owner, h.facet, \
         h.hold_until, h.pool, {body}"
    )
}

impl Records<'_> {
    /// Instance history, newest first. `None` when the caller may see none of it.
    ///
    /// # Errors
    /// `BadCursor` when `from` is not a position of ours.
    pub async fn history(
        &self,
        resource_type: ResourceType,
        id: &str,
        count: usize,
        from: Option<&str>,
    ) -> Result<Option<Page>> {
        let below = match from {
            None => i64::MAX,
            Some(from) => from.parse().map_err(|_| Error::BadCursor)?,
        };
        let rows = self.storage.inner.versions(resource_type, id).await?;
        let visible: Vec<(Stored, Decision)> = rows
            .into_iter()
            .map(|row| {
                let decision = self.access.decide(Action::Read, &row.facts());
                (row, decision)
            })
            .filter(|(_, decision)| decision.permits())
            .collect();
        self.record_history(resource_type, id, visible.first())
            .await;
        if visible.is_empty() {
            return Ok(None);
        }
        let total = u64::try_from(visible.len()).unwrap_or(u64::MAX);
        let mut left = visible.into_iter().filter(|(row, _)| row.version < below);
        let page: Vec<(Stored, Decision)> = left.by_ref().take(count).collect();
        let more = left.next().is_some();
        let last = page.last().map(|(row, _)| row.version.to_string());
        Ok(Some(Page {
            versions: self.versions_of(page).await?,
            next: last.filter(|_| more),
            total,
        }))
    }

    async fn versions_of(&self, page: Vec<(Stored, Decision)>) -> Result<Vec<Version>> {
        let (Some((newest, _)), Some((oldest, _))) = (page.first(), page.last()) else {
            return Ok(Vec::new());
        };
        let inner = &self.storage.inner;
        let full = inner
            .between(newest.rid, oldest.version, newest.version)
            .await?;
        let mut full: HashMap<i64, Stored> =
            full.into_iter().map(|row| (row.version, row)).collect();
        let mut versions = Vec::with_capacity(page.len());
        for (row, decision) in page {
            let full = full.remove(&row.version).filter(|full| !full.deleted);
            versions.push(Version {
                seen: full.map(|full| full.seen(&decision)).transpose()?,
                id: row.id.to_string(),
                version: row.version,
                updated: timestamp(row.updated)?,
                method: row.method,
            });
        }
        Ok(versions)
    }

    async fn record_history(
        &self,
        resource_type: ResourceType,
        id: &str,
        first: Option<&(Stored, Decision)>,
    ) {
        let record = Record {
            at: self.access.now().as_microsecond(),
            action: audit::Action::History,
            permitted: first.is_some(),
            reason: first
                .map_or("NOT_FOUND", |(_, decision)| decision.reason.0)
                .into(),
            patient: first.and_then(|(row, _)| row.owner.clone()),
            entity: Some(format!("{resource_type}/{id}")),
            query: None,
            request_id: None,
        };
        self.storage.inner.record(self.access, record).await;
    }
}

impl Inner {
    /// The facts of every version, newest first, without bodies.
    async fn versions(&self, resource_type: ResourceType, id: &str) -> Result<Vec<Stored>> {
        let sql = format!(
            "SELECT {FACTS} FROM resource r WHERE r.type = $1 AND r.id = $2 \
             UNION ALL SELECT {} FROM resource r JOIN history h ON h.rid = r.rid \
             WHERE r.type = $1 AND r.id = $2 ORDER BY 4 DESC LIMIT $3",
            earlier_columns("NULL")
        );
        let statement = Statement::made(sql)
            .bind(resource_type.name())
            .bind(id)
            .bind(VERSIONS_MAX);
        let rows = self.db.fetch_all(statement).await?;
        self.stored(&rows).await
    }

    /// One version of the resource `row` is a version of, body included.
    pub(crate) async fn earlier(&self, row: &Stored, version: i64) -> Result<Option<Stored>> {
        let found = self.between(row.rid, version, version).await?;
        Ok(found.into_iter().next())
    }

    /// The versions from `low` to `high` of a row, bodies included, in no particular order.
    async fn between(&self, rid: i64, low: i64, high: i64) -> Result<Vec<Stored>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.rid = $1 AND r.version BETWEEN $2 AND $3 \
             UNION ALL SELECT {} FROM history h JOIN resource r ON r.rid = h.rid \
             WHERE h.rid = $1 AND h.version BETWEEN $2 AND $3",
            earlier_columns("h.body")
        );
        let statement = Statement::made(sql).bind(rid).bind(low).bind(high);
        let rows = self.db.fetch_all(statement).await?;
        self.stored(&rows).await
    }
}
