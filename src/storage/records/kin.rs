//! What lies above or below a resource in its hierarchy, as far as the caller may see.

use std::collections::BTreeSet;

use access::Action;
use fhir::ResourceType;
use fhir::search::{KIN_LEVELS_MAX, KIN_RESOURCES_MAX, Query, Subject, part_of};

use super::{Records, search::hides_labels, visible};
use crate::{Error, Result, search::kin};

impl Records<'_> {
    /// The queries with the hierarchies they ask of, where they ask any.
    pub(super) async fn with_kin(&self, queries: &[Query]) -> Result<Option<Vec<Query>>> {
        if queries.iter().all(|query| query.kin().is_empty()) {
            return Ok(None);
        }
        let mut queries = queries.to_vec();
        for query in &mut queries {
            let mut found = Vec::new();
            for kin in query.kin() {
                let (resource_type, id) = &kin.of;
                found.push(self.relatives(*resource_type, id, kin.below).await?);
            }
            let mut found = found.into_iter();
            query.each_kin_mut(&mut |kin| kin.ids = found.next().unwrap_or_default());
        }
        Ok(Some(queries))
    }

    /// The id itself and those above or below it, level by level.
    async fn relatives(
        &self,
        resource_type: ResourceType,
        id: &str,
        below: bool,
    ) -> Result<Vec<String>> {
        let mut known = BTreeSet::from([id.to_owned()]);
        let Some(param) = part_of(resource_type) else {
            return Ok(known.into_iter().collect());
        };
        let rows = self.visible(Action::Search, resource_type);
        let hides = hides_labels(self.access);
        let rows = visible::searchable(rows, &[Subject::Param(param)], hides);
        let db = &self.storage.inner.db;
        let now = self.access.now().as_microsecond();
        let mut level = vec![id.to_owned()];
        for _ in 0..=KIN_LEVELS_MAX {
            if level.is_empty() || rows.clauses.is_empty() {
                return Ok(known.into_iter().collect());
            }
            let ids = std::mem::take(&mut level);
            let statement = kin::next(db, (param, ids), below, &rows, now);
            for row in db.fetch_all(statement).await? {
                let found = row.text(0)?;
                if known.insert(found.clone()) {
                    level.push(found);
                }
            }
            if known.len() > KIN_RESOURCES_MAX {
                return Err(Error::TooCostly(format!(
                    "the hierarchy of {resource_type}/{id} has more than {KIN_RESOURCES_MAX} resources"
                )));
            }
        }
        Err(Error::TooCostly(format!(
            "the hierarchy of {resource_type}/{id} has more than {KIN_LEVELS_MAX} levels"
        )))
    }
}
