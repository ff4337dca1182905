//! Contained resources: which types contain some, and which of those on a page were meant.

use std::collections::{BTreeMap, HashMap};

use fhir::ResourceType;
use fhir::search::{Condition, Contained, Query};

use super::visible::Sights;
use super::{Records, Seen};
use crate::{
    Result,
    search::{self, Scope},
};

impl Records<'_> {
    /// The types of resources that contain some of a type, whoever may see them.
    ///
    /// # Errors
    /// When the database cannot be asked, or is being brought up to date for this.
    pub async fn holder_types(&self, of: ResourceType) -> Result<Vec<ResourceType>> {
        self.storage.has_upgraded().await?;
        let statement = search::holder_types(of.name());
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        let mut types = Vec::with_capacity(rows.len());
        for row in rows {
            types.extend(ResourceType::from_name(row.str(0)?));
        }
        types.sort_unstable();
        Ok(types)
    }

    /// For each of some containers found, the ids of what a query's condition on contained resources
    /// fits inside.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn inside(&self, query: &Query, holders: &[Seen]) -> Result<Vec<Vec<String>>> {
        let resolved = self.resolved(std::slice::from_ref(query)).await?;
        let query = resolved.as_deref().and_then(<[_]>::first).unwrap_or(query);
        let Some(asked) = query.filters.iter().find_map(contained) else {
            return Ok(vec![Vec::new(); holders.len()]);
        };
        let sights = Sights {
            rows: BTreeMap::new(),
            hides_labels: false,
            lists: BTreeMap::new(),
        };
        let scope = Scope {
            db: &self.storage.inner.db,
            now: self.access.now().as_microsecond(),
            sights: &sights,
        };
        let name = |seen: &Seen| format!("{}/{}", seen.resource_type(), seen.id());
        let statement = search::inside(scope, asked, holders.iter().map(name).collect());
        let mut found: HashMap<String, Vec<String>> = HashMap::new();
        for row in self.storage.inner.db.fetch_all(statement).await? {
            let holder = format!("{}/{}", row.str(0)?, row.str(1)?);
            found.entry(holder).or_default().push(row.text(2)?);
        }
        let ids = |seen: &Seen| found.remove(&name(seen)).unwrap_or_default();
        Ok(holders.iter().map(ids).collect())
    }
}

/// The condition on contained resources that a condition is or allows for.
fn contained(condition: &Condition) -> Option<&Contained> {
    match condition {
        Condition::Contained(contained) => Some(contained),
        Condition::Any(parts) => parts.iter().find_map(contained),
        _ => None,
    }
}
