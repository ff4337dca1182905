//! Search: one page of what a caller may see and asked for, with what it includes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use access::{Access, Action, Actor, Redaction, Rows};
use fhir::ResourceType;
use fhir::search::{Condition, Include, Query, Subject, Summary, Total};

use super::stored::Stored;
use super::visible::{self, Sights};
use super::{Records, SearchPage, Seen};
use crate::{
    Error, Result, audit,
    search::{self, Cursor, Level, Request, Scope, SortKey, include},
};

/// A total nobody asked for is given when there are fewer matches than this.
const COUNTED_MAX: usize = 500;
/// Sort keys follow the columns of a stored row.
const COLUMNS: usize = 12;

/// A resource on the page, with what the decision about it hides.
pub(super) struct Placed {
    pub(super) stored: Stored,
    pub(super) seen: Seen,
    pub(super) redaction: Option<&'static Redaction>,
}

impl Placed {
    fn shows(&self, code: &str) -> bool {
        self.redaction.is_none_or(|r| r.params.contains(&code))
    }
}

/// What the pages of one search have in common.
struct Turned<'q> {
    query: &'q Query,
    /// A hash of what is searched for and its order.
    shape: u32,
    includes: Vec<&'q Include>,
    keys: &'q [SortKey],
}

/// The includes of all forms of a query, once each.
fn includes(queries: &[Query]) -> Vec<&Include> {
    let mut all: Vec<&Include> = Vec::new();
    for include in queries.iter().flat_map(|query| &query.includes) {
        if !all.contains(&include) {
            all.push(include);
        }
    }
    all
}

/// What a query looks at in the rows themselves.
fn subjects(query: &Query) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = query.sort.iter().map(|sort| sort.by).collect();
    for condition in &query.filters {
        condition.each_subject(&mut |subject| subjects.push(subject));
    }
    subjects
}

/// Whether labels are taken off what a caller reads: then no search may tell them either.
pub(super) fn hides_labels(access: &Access) -> bool {
    matches!(
        access.standing().actor,
        Actor::Proxy { .. } | Actor::ShareLink(_) | Actor::Guest { .. }
    ) && access.task().is_none()
}

impl Records<'_> {
    /// One page of matches in the order asked for, the rows pages before it left off at
    /// `query.cursor`. Neither repeats nor skips a row that stays while pages are turned.
    ///
    /// # Errors
    /// `BadCursor` for a position of another search, `TooCostly` when more is included than a page
    /// may hold, `Terminology` when what is asked of it is not known, and what the database reports.
    pub async fn search(&self, query: &Query) -> Result<SearchPage> {
        self.search_types(std::slice::from_ref(query)).await
    }

    /// The same over several types, each with its own form of one query: one page of all of them in
    /// the order asked for.
    ///
    /// # Errors
    /// Those of [`Self::search`].
    pub async fn search_types(&self, queries: &[Query]) -> Result<SearchPage> {
        let resolved = self.resolved(queries).await?;
        let queries = resolved.as_deref().unwrap_or(queries);
        let Some(first) = queries.first() else {
            return Ok(SearchPage::of_nothing());
        };
        let sights = self.sights(queries).await?;
        // AuditEvents are made when somebody asks for them.
        let audit = ResourceType::AUDIT_EVENT;
        let asks = |q: &Query| q.filters.iter().any(|c| c.starts_from(audit));
        if queries.iter().any(|q| asks(q) || q.resource_type == audit) {
            self.show_audit(self.named_owner(first)).await?;
        }
        let keys = search::keys(first);
        let mut sort_keys = Vec::new();
        for query in queries {
            sort_keys.push(search::keys(query));
        }
        let mut requests = Vec::new();
        for (query, keys) in queries.iter().zip(&sort_keys) {
            let level = self.level(query, &sights);
            if !level.is_empty() {
                requests.push(Request { level, keys });
            }
        }
        let turned = Turned {
            query: first,
            shape: search::shape(queries),
            includes: includes(queries),
            keys: &keys,
        };
        let (page, owners) = if first.summary == Summary::Count {
            let page = SearchPage {
                total: Some(self.count(&requests).await?),
                ..SearchPage::default()
            };
            (page, BTreeSet::new())
        } else {
            self.page(&turned, &requests).await?
        };
        let entity = (queries.len() == 1).then(|| first.resource_type.name().to_owned());
        self.audit_search(first, entity, !requests.is_empty(), owners)
            .await;
        Ok(page)
    }

    /// Records that a search was made, by whom and for which patient's rows. Whoever is not bound
    /// to one patient leaves a line in the chart of each patient something was shown of; a backend,
    /// which pages through many, in that of the patient its search names.
    async fn audit_search(
        &self,
        query: &Query,
        entity: Option<String>,
        permitted: bool,
        owners: BTreeSet<Arc<str>>,
    ) {
        let standing = self.access.standing();
        let named = self.named_owner(query).map(Arc::from);
        let own = standing.patient.as_ref().map(|p| Arc::from(p.id.as_str()));
        let mut patients: Vec<Option<Arc<str>>> = match (own.or(named), &standing.actor) {
            (Some(patient), _) => vec![Some(patient)],
            (None, Actor::Backend) => Vec::new(),
            (None, _) => owners.into_iter().map(Some).collect(),
        };
        if patients.is_empty() {
            patients.push(None);
        }
        let pairs = query.applied.iter();
        let pairs: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let record = audit::Record {
            at: self.access.now().as_microsecond(),
            action: audit::Action::Search,
            permitted,
            reason: if permitted {
                "SEARCH"
            } else {
                "NOTHING_VISIBLE"
            }
            .into(),
            patient: None,
            entity,
            query: Some(pairs.join("&")),
            request_id: None,
        };
        for patient in patients {
            let record = audit::Record {
                patient,
                ..record.clone()
            };
            self.storage.inner.record(self.access, record).await;
        }
    }

    /// The patient a search names as the one whose rows it wants.
    fn named_owner<'q>(&self, query: &'q Query) -> Option<&'q str> {
        let compartment = query.filters.iter().find_map(|condition| match condition {
            Condition::Within(w) if w.resource_type == ResourceType::PATIENT => Some(w.id.as_str()),
            _ => None,
        });
        let named = search::implied_owner(query.filters.iter()).map(|(_, owner)| owner);
        compartment.or(named)
    }

    /// What may be seen of every type that the conditions pass through, and of the lists they name.
    pub(super) async fn sights(&self, queries: &[Query]) -> Result<Sights> {
        let mut sights = Sights {
            rows: BTreeMap::new(),
            hides_labels: hides_labels(self.access),
            lists: BTreeMap::new(),
        };
        for condition in queries.iter().flat_map(|query| &query.filters) {
            condition.each_far_type(&mut |far| {
                let rows = &mut sights.rows;
                rows.entry(far)
                    .or_insert_with(|| self.visible(Action::Search, far));
            });
            let Condition::Listed(ids) = condition else {
                continue;
            };
            for id in ids {
                if !sights.lists.contains_key(id) {
                    let items = self.list_items(id).await?;
                    sights.lists.insert(id.clone(), items);
                }
            }
        }
        Ok(sights)
    }

    /// What a query comes to among the rows that are visible and may be looked into.
    pub(super) fn level<'q>(&'q self, query: &'q Query, sights: &'q Sights) -> Level<'q> {
        let scope = Scope {
            db: &self.storage.inner.db,
            now: self.access.now().as_microsecond(),
            sights,
        };
        let rows = self.visible(Action::Search, query.resource_type);
        let rows = visible::searchable(rows, &subjects(query), sights.hides_labels);
        Level::new(scope, query.resource_type, &query.filters, rows)
    }

    /// The visible rows of a type.
    pub(super) fn visible(&self, action: Action, resource_type: ResourceType) -> Rows {
        let facets = self.storage.inner.facets.of_type(resource_type);
        self.access.rows(action, resource_type, &facets)
    }

    async fn count(&self, requests: &[Request<'_>]) -> Result<u64> {
        if requests.is_empty() {
            return Ok(0);
        }
        let db = &self.storage.inner.db;
        let mut sum = 0;
        for row in db.fetch_all(search::count(requests)).await? {
            sum += row.int(0)?.unsigned_abs();
        }
        Ok(sum)
    }

    /// The page, and whose resources are on it.
    async fn page(
        &self,
        turned: &Turned<'_>,
        requests: &[Request<'_>],
    ) -> Result<(SearchPage, BTreeSet<Arc<str>>)> {
        let query = turned.query;
        let cursor = match &query.cursor {
            Some(text) => Some(Cursor::read(text, turned.shape, turned.keys)?),
            None => None,
        };
        if requests.is_empty() {
            return Ok((SearchPage::of_nothing(), BTreeSet::new()));
        }
        let take = query.count.saturating_add(1);
        let wanted = query.total != Some(Total::None) && cursor.is_none();
        let counted = match wanted {
            true => COUNTED_MAX.max(take.saturating_add(1)),
            false => 0,
        };
        let statement = search::page(requests, cursor.as_ref(), take, counted);
        let found = self.storage.inner.db.fetch_all(statement).await?;
        let last = COLUMNS + turned.keys.len();
        let some = match found.first() {
            Some(row) if counted > 0 => usize::try_from(row.int(last)?).ok(),
            Some(_) => None,
            None => Some(0),
        };
        let more = found.len() > query.count;
        let mut total = match (&cursor, some) {
            (Some(cursor), _) => cursor.total,
            (None, _) if !more => Some(found.len() as u64),
            (None, Some(some)) if some < counted => Some(some as u64),
            (None, _) => None,
        };
        let asked = matches!(query.total, Some(Total::Accurate | Total::Estimate));
        if total.is_none() && asked {
            total = Some(self.count(requests).await?);
        }
        if query.total == Some(Total::None) {
            total = None;
        }
        let now = self.access.now().as_microsecond();
        let next = match (more, found.get(query.count.wrapping_sub(1))) {
            (true, Some(row)) => {
                let cursor = Cursor {
                    keys: search::read_keys(row, turned.keys, COLUMNS)?,
                    rid: row.int(0)?,
                    total,
                    started: cursor.map_or(now, |cursor| cursor.started),
                };
                Some(cursor.write(turned.shape))
            }
            _ => None,
        };
        let page = found.get(..found.len().min(query.count)).unwrap_or(&[]);
        let stored = self.storage.inner.stored(page).await?;
        let matches = self.place(Action::Search, stored)?;
        let included = self.include(turned, &matches).await?;
        let scores = self.scores(query, &matches).await?;
        let shown = matches.iter().chain(&included);
        let owners = shown.filter_map(|m| m.stored.owner.clone()).collect();
        let page = SearchPage {
            matches: matches.into_iter().map(|m| m.seen).collect(),
            included: included.into_iter().map(|m| m.seen).collect(),
            scores,
            next,
            total,
        };
        Ok((page, owners))
    }

    /// How well each match fits the words asked for, between 0 and 1.
    async fn scores(&self, query: &Query, matches: &[Placed]) -> Result<Vec<f64>> {
        let Some(words) = search::words(query) else {
            return Ok(Vec::new());
        };
        let db = &self.storage.inner.db;
        let rids = matches.iter().map(|m| m.stored.rid).collect();
        let mut scores: HashMap<i64, f64> = HashMap::new();
        for row in db.fetch_all(search::scores(db, words, rids)).await? {
            let value = row.real(1)?.max(0.0);
            scores.insert(row.int(0)?, value / (1.0 + value));
        }
        let one = |m: &Placed| scores.get(&m.stored.rid).copied().unwrap_or_default();
        Ok(matches.iter().map(one).collect())
    }

    /// The decision about each row, once more in memory.
    pub(super) fn place(&self, action: Action, stored: Vec<Stored>) -> Result<Vec<Placed>> {
        let mut placed = Vec::with_capacity(stored.len());
        for stored in stored {
            let (decision, seen) = self.storage.inner.seen(self.access, action, &stored)?;
            if let Some(seen) = seen {
                placed.push(Placed {
                    stored,
                    seen,
                    redaction: decision.redaction,
                });
            }
        }
        Ok(placed)
    }

    /// What the matches bring along, round by round.
    async fn include(&self, turned: &Turned<'_>, matches: &[Placed]) -> Result<Vec<Placed>> {
        let query = turned.query;
        let mut included: Vec<Placed> = Vec::new();
        if turned.includes.is_empty() || matches.is_empty() {
            return Ok(included);
        }
        let mut known: HashSet<i64> = matches.iter().map(|m| m.stored.rid).collect();
        let mut from = 0;
        // What a round finds may be known already; one more than all that tells there are too many.
        let limit = query.included_max * 2 + matches.len() + 1;
        for round in 0..query.include_rounds_max {
            let active: Vec<&Include> = turned
                .includes
                .iter()
                .copied()
                .filter(|i| round == 0 || i.iterate)
                .collect();
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
        }
        Ok(included)
    }

    async fn forward(
        &self,
        active: &[&Include],
        sources: &[&Placed],
        limit: usize,
    ) -> Result<Vec<Placed>> {
        let includes: Vec<&&Include> = active.iter().filter(|i| !i.reverse).collect();
        let by_rid: HashMap<i64, &&Placed> = sources.iter().map(|p| (p.stored.rid, p)).collect();
        let applies = |i: &Include| sources.iter().any(|p| p.stored.resource_type == i.source);
        let params: Vec<i64> = includes
            .iter()
            .filter(|i| applies(i))
            .map(|i| i64::from(i.param.id.0))
            .collect();
        if params.is_empty() {
            return Ok(Vec::new());
        }
        let db = &self.storage.inner.db;
        let statement = include::targets(db, by_rid.keys().copied().collect(), params);
        let mut wanted: BTreeMap<ResourceType, HashSet<String>> = BTreeMap::new();
        for row in db.fetch_all(statement).await? {
            let (rid, param) = (row.int(0)?, row.int(1)?);
            let Some(target) = ResourceType::from_name(row.str(2)?) else {
                continue;
            };
            let asked = includes.iter().any(|i| {
                i64::from(i.param.id.0) == param
                    && i.target.is_none_or(|t| t == target)
                    && by_rid.get(&rid).is_some_and(|p| p.shows(i.param.code))
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
            let mut rows = self.visible(Action::Search, include.source);
            rows.clauses.retain(|c| {
                c.redaction
                    .is_none_or(|r| r.params.contains(&include.param.code))
            });
            if rows.clauses.is_empty() {
                continue;
            }
            for (resource_type, ids) in &by_type {
                let fits = include.target.is_none_or(|t| t == *resource_type)
                    && (include.param.targets.is_empty()
                        || include.param.targets.contains(resource_type));
                if !fits {
                    continue;
                }
                let to = (*resource_type, ids.clone());

                let statement = include::pointing(db, include, to, &rows, now, limit);
                let found = db.fetch_all(statement).await?;
                let stored = self.storage.inner.stored(&found).await?;
                placed.extend(self.place(Action::Search, stored)?);
            }
        }
        Ok(placed)
    }
}
