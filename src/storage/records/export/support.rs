//! What the rows of an export point to, or what tells where they come from: brought along by number.

use std::collections::{BTreeMap, HashMap, HashSet};

use access::Action;
use fhir::{ResourceType, search as definitions};

use super::rows::Row;
use super::{Exported, PROVENANCE, Part, Provenance, Records, Stepped};
use crate::search::include;
use crate::sql::Statement;
use crate::{Result, records::visible};

impl Records<'_> {
    /// Notes what the rows of a part bring along.
    pub(super) async fn gather(
        &self,
        asked: &Exported,
        part: &Part,
        rows: &[Row],
        stepped: &mut Stepped,
    ) -> Result<()> {
        let follows = match part {
            Part::Rows(_) => true,
            Part::Follow(_) => true,
            Part::Support(_) | Part::Deleted(_) => false,
        };
        if !follows || rows.is_empty() {
            return Ok(());
        }
        let wanted = self.pointed_to_from(asked, rows).await?;
        let found = self.rows_named(wanted).await?;
        stepped.support.extend(found);
        if let (Some(which), true, Part::Rows(t)) =
            (asked.provenance, asked.brings_provenance(), part)
        {
            let new = rows.iter().filter(|row| row.new);
            let ids = new.map(|row| row.stored.id.to_string()).collect();
            let found = self.provenance_of(*t, ids, which).await?;
            stepped.support.extend(found);
        }
        Ok(())
    }

    /// What rows point to that is no patient's.
    async fn pointed_to_from(
        &self,
        asked: &Exported,
        rows: &[Row],
    ) -> Result<BTreeMap<ResourceType, HashSet<String>>> {
        let mut wanted: BTreeMap<ResourceType, HashSet<String>> = BTreeMap::new();
        // What is redacted may point to what its reader is not told of.
        let whole = rows.iter().filter(|row| {
            let decision = self.access.decide(Action::Read, &row.stored.facts());
            decision.redaction.is_none()
        });
        let rids: Vec<i64> = whole.map(|row| row.stored.rid).collect();
        if rids.is_empty() || !ResourceType::all().any(|t| asked.supports(t) && asked.wants(t)) {
            return Ok(wanted);
        }
        let db = &self.storage.inner.db;
        for row in db.fetch_all(include::any_targets(db, rids)).await? {
            let Some(target) = ResourceType::from_name(row.str(0)?) else {
                continue;
            };
            if asked.supports(target) {
                wanted.entry(target).or_default().insert(row.text(1)?);
            }
        }
        Ok(wanted)
    }

    /// The visible rows of some names.
    async fn rows_named(
        &self,
        wanted: BTreeMap<ResourceType, HashSet<String>>,
    ) -> Result<Vec<(ResourceType, i64)>> {
        let db = &self.storage.inner.db;
        let now = self.access.now().as_microsecond();
        let mut found = Vec::new();
        for (resource_type, ids) in wanted {
            let rows = self.visible(Action::Read, resource_type);
            if rows.clauses.is_empty() {
                continue;
            }
            let mut s = Statement::new("SELECT r.rid FROM resource r WHERE r.type = ");
            s.push_bind(resource_type.name()).push(" AND ");
            let ids = s.number(ids.into_iter().collect::<Vec<String>>());
            s.push(&db.in_list("r.id", ids));
            s.push(" AND r.deleted = 0 AND r.owner IS NULL AND ");
            visible::write(&mut s, db, &rows, now);
            for row in db.fetch_all(s).await? {
                found.push((resource_type, row.int(0)?));
            }
        }
        Ok(found)
    }

    /// The visible Provenances of some resources of one type.
    async fn provenance_of(
        &self,
        of: ResourceType,
        ids: Vec<String>,
        which: Provenance,
    ) -> Result<Vec<(ResourceType, i64)>> {
        let rows = self.visible(Action::Search, PROVENANCE);
        let target = definitions::param(PROVENANCE, "target");
        let Some(target) = target.filter(|_| !rows.clauses.is_empty() && !ids.is_empty()) else {
            return Ok(Vec::new());
        };
        let db = &self.storage.inner.db;
        let now = self.access.now().as_microsecond();
        let mut s = Statement::new("SELECT x.target, r.rid, r.sort_key FROM ix_reference x ");
        s.push("CROSS JOIN resource r WHERE x.param = ");
        s.push_bind(i64::from(target.id.0)).push(" AND ");
        let ids = s.number(ids);
        s.push(&db.in_list("x.target", ids));
        s.push(" AND x.type = ").push_bind(of.name());
        s.push(" AND r.rid = x.rid AND r.deleted = 0 AND ");
        visible::write(&mut s, db, &rows, now);
        let mut all = Vec::new();
        let mut latest: HashMap<String, (i64, i64)> = HashMap::new();
        for row in db.fetch_all(s).await? {
            let (rid, recorded) = (row.int(1)?, row.int(2)?);
            all.push((PROVENANCE, rid));
            let last = latest.entry(row.text(0)?).or_insert((recorded, rid));
            *last = (*last).max((recorded, rid));
        }
        Ok(match which {
            Provenance::All => all,
            Provenance::Latest => latest
                .into_values()
                .map(|(_, rid)| (PROVENANCE, rid))
                .collect(),
        })
    }
}
