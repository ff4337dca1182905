//! What the matches of a search bring along, through what the caller may see.

use std::collections::{BTreeMap, HashMap, HashSet};

use access::{Action, Rows};
use fhir::ResourceType;
use fhir::search::{Include, Param, Query};

use super::Records;
use super::search::Placed;
use crate::{Error, Result, search::include};

impl Records<'_> {
    /// What the matches bring along, round by round.
    ///
    /// # Errors
    /// `TooCostly` when there is more than a page may hold, or it goes on for too many rounds.
    pub(super) async fn include(
        &self,
        query: &Query,
        includes: &[&Include],
        matches: &[Placed],
    ) -> Result<Vec<Placed>> {
        let mut included: Vec<Placed> = Vec::new();
        if includes.is_empty() || matches.is_empty() {
            return Ok(included);
        }
        let mut known: HashSet<i64> = matches.iter().map(|m| m.stored.rid).collect();
        let mut from = 0;
        // What a round finds may be known already; one more than all that tells there are too many.
        let limit = query.included_max * 2 + matches.len() + 1;
        for round in 0.. {
            let active = includes.iter().copied();
            let active: Vec<&Include> = active.filter(|i| round == 0 || i.iterate).collect();
            let sources: Vec<&Placed> = match round {
                0 => matches.iter().collect(),
                _ => included.iter().skip(from).collect(),
            };
            if active.is_empty() || sources.is_empty() {
                break;
            }
            let mut found = self.forward(&active, &sources, limit).await?;
            found.extend(self.reverse(&active, &sources, limit).await?);
            from = included.len();
            included.extend(found.into_iter().filter(|f| known.insert(f.stored.rid)));
            if included.len() > query.included_max {
                return Err(Error::TooCostly(format!(
                    "a page includes more than {} resources; ask for a smaller _count",
                    query.included_max
                )));
            }
            if round >= query.include_rounds_max && included.len() > from {
                return Err(Error::TooCostly(format!(
                    "_include:iterate goes on for more than {} rounds",
                    query.include_rounds_max
                )));
            }
        }
        Ok(included)
    }

    async fn forward(
        &self,
        active: &[&Include],
        sources: &[&Placed],
        limit: usize,
    ) -> Result<Vec<Placed>> {
        let by_rid: HashMap<i64, &&Placed> = sources.iter().map(|p| (p.stored.rid, p)).collect();
        let types: HashSet<ResourceType> = sources.iter().map(|p| p.stored.resource_type).collect();
        let mut wanted_params: HashMap<i64, Vec<(&Include, &'static Param)>> = HashMap::new();
        for include in active.iter().filter(|i| !i.reverse) {
            for param in types.iter().flat_map(|t| include.params(*t)) {
                let one = wanted_params.entry(i64::from(param.id.0)).or_default();
                one.push((include, param));
            }
        }
        if wanted_params.is_empty() {
            return Ok(Vec::new());
        }
        let db = &self.storage.inner.db;
        let rids = by_rid.keys().copied().collect();
        let statement = include::targets(db, rids, wanted_params.keys().copied().collect());
        let mut wanted: BTreeMap<ResourceType, HashSet<String>> = BTreeMap::new();
        for row in db.fetch_all(statement).await? {
            let (rid, param) = (row.int(0)?, row.int(1)?);
            let Some(target) = ResourceType::from_name(row.str(2)?) else {
                continue;
            };
            let asked = wanted_params.get(&param).is_some_and(|meant| {
                meant.iter().any(|(include, param)| {
                    include.target.is_none_or(|t| t == target)
                        && by_rid.get(&rid).is_some_and(|p| p.shows(param.code))
                })
            });
            if asked {
                wanted.entry(target).or_default().insert(row.text(3)?);
            }
        }
        let wanted: Vec<(ResourceType, Vec<String>, Rows)> = wanted
            .into_iter()
            .map(|(t, ids)| (t, ids.into_iter().collect(), self.visible(Action::Read, t)))
            .filter(|(_, _, rows)| !rows.clauses.is_empty())
            .collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.access.now().as_microsecond();
        let statement = include::by_id(db, &wanted, now, limit);
        let found = db.fetch_all(statement).await?;
        self.place(Action::Read, self.storage.inner.stored(&found).await?)
    }

    async fn reverse(
        &self,
        active: &[&Include],
        sources: &[&Placed],
        limit: usize,
    ) -> Result<Vec<Placed>> {
        let db = &self.storage.inner.db;
        let now = self.access.now().as_microsecond();
        let mut by_type: BTreeMap<ResourceType, Vec<String>> = BTreeMap::new();
        for source in sources {
            let ids = by_type.entry(source.stored.resource_type).or_default();
            ids.push(source.stored.id.to_string());
        }
        let mut placed = Vec::new();
        for include in active.iter().filter(|i| i.reverse) {
            let types: Vec<ResourceType> = match include.source {
                Some(source) => vec![source],
                None => ResourceType::all().collect(),
            };
            for source in types {
                let visible = self.visible(Action::Search, source);
                for (resource_type, ids) in &by_type {
                    let params = pointing(include, source, *resource_type);
                    let mut rows = visible.clone();
                    rows.clauses.retain(|clause| {
                        let hides = |p: &&Param| {
                            clause
                                .redaction
                                .is_some_and(|r| !r.params.contains(&p.code))
                        };
                        !params.iter().any(hides)
                    });
                    if rows.clauses.is_empty() || params.is_empty() {
                        continue;
                    }
                    let params = params.iter().map(|p| i64::from(p.id.0)).collect();
                    let by = include::By {
                        source,
                        params,
                        target: *resource_type,
                        ids: ids.clone(),
                    };
                    let statement = include::pointing(db, by, &rows, now, limit);
                    let found = db.fetch_all(statement).await?;
                    let stored = self.storage.inner.stored(&found).await?;
                    placed.extend(self.place(Action::Search, stored)?);
                }
            }
        }
        Ok(placed)
    }
}

/// The parameters by which a type may point to another.
fn pointing(include: &Include, source: ResourceType, target: ResourceType) -> Vec<&'static Param> {
    let mut params = include.params(source);
    params.retain(|p| {
        include.target.is_none_or(|t| t == target)
            && (p.targets.is_empty() || p.targets.contains(&target))
    });
    params
}
