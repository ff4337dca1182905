//! Search: one page of what a caller may see and asked for, with what it includes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use access::{Access, Action, Actor, Redaction, Rows};
use fhir::ResourceType;
use fhir::search::{Condition, Include, Query, Subject, Summary, Total};

use super::look::Look;
use super::stored::Stored;
use super::visible::{self, Sights};
use super::{Records, SearchPage, Seen};
use crate::{
    Result,
    search::{self, Cursor, Level, Request, Scope, SortKey},
};

/// A total nobody asked for is given when there are fewer matches than this.
const COUNTED_MAX: usize = 500;
/// Matches are counted one by one as far as this before their number is estimated.
const ESTIMATED_FROM: u64 = 5_000;
/// Sort keys follow the columns of a stored row.
const COLUMNS: usize = 12;

/// A resource on the page, with what the decision about it hides.
pub(super) struct Placed {
    pub(super) stored: Stored,
    pub(super) seen: Seen,
    pub(super) redaction: Option<&'static Redaction>,
}

impl Placed {
    /// Whether a parameter may be looked at.
    pub(super) fn shows(&self, code: &str) -> bool {
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

/// Whether a query looks for rows of a kind that older releases did not make.
fn asks_of_new_rows(query: &Query) -> bool {
    query.filters.iter().any(|condition| match condition {
        Condition::Text(_) | Condition::Contained(_) => true,
        Condition::Filter(filter) => matches!(
            filter.param,
            Subject::Param(param) if param.kind == fhir::search::ParamType::Composite
        ),
        _ => false,
    })
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
    let standing = access.standing();
    let charts = standing.charts.iter().map(|chart| &chart.actor);
    std::iter::once(&standing.actor).chain(charts).any(|actor| {
        matches!(
            actor,
            Actor::Proxy { .. } | Actor::ShareLink(_) | Actor::Guest { .. }
        )
    }) && access.task().is_none()
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
        let (page, look) = self.looked_for(queries).await?;
        if let Some(look) = look {
            self.audit_search(look).await;
        }
        Ok(page)
    }

    /// A page, and what the audit trail must say of it; nothing of no search at all.
    pub(super) async fn looked_for(&self, queries: &[Query]) -> Result<(SearchPage, Option<Look>)> {
        let resolved = self.resolved(queries).await?;
        let queries = resolved.as_deref().unwrap_or(queries);
        let with_kin = self.with_kin(queries).await?;
        let queries = with_kin.as_deref().unwrap_or(queries);
        let Some(first) = queries.first() else {
            return Ok((SearchPage::of_nothing(), None));
        };
        if queries.iter().any(asks_of_new_rows) {
            self.storage.has_upgraded().await?;
        }
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
        let look = Look {
            entity: (queries.len() == 1).then(|| first.resource_type.name().to_owned()),
            permitted: !requests.is_empty(),
            owners,
            named: self.named_owner(first).map(Arc::from),
            shown: Look::shown(first),
        };
        Ok((page, Some(look)))
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

    /// How many there are, about: counted as far as [`ESTIMATED_FROM`], then carried on to the last
    /// one as thick as they lay until there.
    async fn estimate(&self, requests: &[Request<'_>]) -> Result<u64> {
        let db = &self.storage.inner.db;
        let mut sum: u64 = 0;
        for request in requests {
            let statement = search::extent(request, ESTIMATED_FROM);
            let Some(row) = db.fetch_optional(statement).await? else {
                continue;
            };
            let counted = row.int(0)?.unsigned_abs();
            if counted < ESTIMATED_FROM {
                sum += counted;
                continue;
            }
            let (first, reached, last) = (row.int(1)?, row.int(2)?, row.int(3)?);
            let counted_over = u128::from(reached.abs_diff(first)) + 1;
            let all_over = u128::from(last.abs_diff(first)) + 1;
            let about = u128::from(counted) * all_over / counted_over;
            sum = sum.saturating_add(u64::try_from(about).unwrap_or(u64::MAX));
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
        if total.is_none() {
            total = match query.total {
                Some(Total::Accurate) => Some(self.count(requests).await?),
                Some(Total::Estimate) => Some(self.estimate(requests).await?),
                _ => None,
            };
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
        let included = self.include(query, &turned.includes, &matches).await?;
        let scores = self.scores(query, &matches).await?;
        let shown = matches.iter().chain(&included);
        let owners = shown.filter_map(|m| m.stored.owner.clone()).collect();
        let page = SearchPage {
            matches: matches.into_iter().map(|m| m.seen).collect(),
            included: included.into_iter().map(|m| m.seen).collect(),
            scores,
            next,
            estimated: query.total == Some(Total::Estimate)
                && total.is_some_and(|total| total >= ESTIMATED_FROM),
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
}
