//! Some resources taken from the record, indexed again, and their index rows put in place of the
//! old ones, except of those that changed meanwhile: whoever wrote them indexed them.

use std::collections::HashMap;
use std::sync::Arc;

use access::Facet;
use bytes::Bytes;
use fhir::{
    Element, ResourceType, index,
    search::posted::{Posted, PostedParams},
};

use crate::{
    Error, Inner, Result,
    records::{
        guards::tokens,
        index::{IndexRows, NO_SORT_KEY, delete},
        stored::document,
    },
    sql::Statement,
};

/// Resources of a batch, at most.
const RESOURCES_MAX: usize = 256;
/// Their size together, in bytes, unless one alone is larger.
const BYTES_MAX: i64 = 4 * 1024 * 1024;

/// By what resources are indexed.
pub(super) enum Scope {
    /// All there is; the old rows go.
    Whole(Arc<PostedParams>),
    /// One new parameter; rows of others stay.
    Parameter(Box<Posted>),
}

impl Scope {
    /// The one type meant, if it is one.
    pub(super) fn resource_type(&self) -> Option<ResourceType> {
        match self {
            Self::Whole(_) => None,
            Self::Parameter(posted) => Some(posted.param.resource_type),
        }
    }
}

struct Row {
    rid: i64,
    resource_type: ResourceType,
    version: i64,
    body: Bytes,
    facet: Option<Arc<Facet>>,
}

/// Current rows as read, all that there are up to a number.
pub(super) struct Batch {
    rows: Vec<Row>,
    last: i64,
}

struct Indexed {
    rid: i64,
    version: i64,
    sort_key: i64,
    resource_type: ResourceType,
    entries: Vec<index::Entry>,
    contained: Vec<index::Contained>,
    words: index::Words,
}

/// The same, indexed.
pub(super) struct Ready {
    /// The rows take the place of all old ones.
    replaces: bool,
    rows: Vec<Indexed>,
    last: i64,
}

/// The next resources of a scope from `next` on, before `until`; `None` when there are none.
pub(super) async fn read(
    inner: &Inner,
    scope: &Scope,
    (next, until): (i64, i64),
) -> Result<Option<Batch>> {
    let of_type = match scope.resource_type() {
        Some(_) => " AND type = $4",
        None => "",
    };
    let limit = i64::try_from(RESOURCES_MAX).unwrap_or(i64::MAX);
    let sql = format!(
        "SELECT rid, length(body) FROM resource WHERE rid >= $1 AND rid < $2 AND deleted = 0\
         {of_type} ORDER BY rid LIMIT $3"
    );
    let mut sizes = Statement::made(sql).bind(next).bind(until).bind(limit);
    if let Some(one) = scope.resource_type() {
        sizes = sizes.bind(one.name());
    }
    let (mut last, mut bytes) = (None, 0);
    for row in inner.db.fetch_all(sizes).await? {
        bytes += row.opt_int(1)?.unwrap_or_default();
        if bytes > BYTES_MAX && last.is_some() {
            break;
        }
        last = Some(row.int(0)?);
    }
    let Some(last) = last else { return Ok(None) };
    let bodies = Statement::new(
        "SELECT rid, type, version, body, facet FROM resource \
         WHERE rid >= $1 AND rid <= $2 AND deleted = 0 ORDER BY rid",
    );
    let mut rows = Vec::new();
    for row in inner.db.fetch_all(bodies.bind(next).bind(last)).await? {
        if scope
            .resource_type()
            .is_some_and(|one| Some(one) != ResourceType::from_name(row.str(1).unwrap_or_default()))
        {
            continue;
        }
        // A type of a later version of this program is left as it is.
        if let Some(resource_type) = ResourceType::from_name(row.str(1)?) {
            rows.push(Row {
                rid: row.int(0)?,
                resource_type,
                version: row.int(2)?,
                body: row.opt_bytes(3)?.unwrap_or_default(),
                facet: inner.facets.get(row.int(4)?),
            });
        }
    }
    Ok(Some(Batch { rows, last }))
}

impl Batch {
    /// Reads every resource again, off the threads that answer requests.
    pub(super) async fn index(self, scope: Scope, base: String) -> Result<Ready> {
        let work = tokio::task::spawn_blocking(move || {
            let one = |row: Row| match document(&row.body) {
                Ok(document) => Some(indexed(&row, document.root(), &scope, &base)),
                Err(error) => {
                    tracing::warn!(rid = row.rid, %error, "a resource keeps its old index rows");
                    None
                }
            };
            Ready {
                replaces: matches!(scope, Scope::Whole(_)),
                rows: self.rows.into_iter().filter_map(one).collect(),
                last: self.last,
            }
        });
        work.await.map_err(|error| Error::Other(error.to_string()))
    }
}

fn indexed(row: &Row, root: Element<'_>, scope: &Scope, base: &str) -> Indexed {
    let (entries, words, contained) = match scope {
        Scope::Whole(posted) => {
            let mut entries = index::entries(row.resource_type, root, base);
            entries.extend(index::posted_entries(posted, row.resource_type, root, base));
            entries.extend(row.facet.iter().flat_map(|facet| tokens(facet)));
            let words = index::words(root, access::vocabulary::INTERNAL);
            (entries, words, index::contained(root, base))
        }
        Scope::Parameter(posted) => (
            index::entries_of(posted, root, base),
            index::Words::default(),
            Vec::new(),
        ),
    };
    Indexed {
        rid: row.rid,
        version: row.version,
        sort_key: index::sort_key(row.resource_type, root).unwrap_or(NO_SORT_KEY),
        resource_type: row.resource_type,
        entries,
        contained,
        words,
    }
}

impl Ready {
    /// Puts the rows in place and notes how far the work has come, at once. The number of
    /// resources.
    ///
    /// # Errors
    /// `Busy` when the work went over to another node meanwhile.
    pub(super) async fn store(self, inner: &Inner, work: &str) -> Result<usize> {
        let db = &inner.db;
        let in_rids = db.in_list("rid", 1);
        let rids: Vec<i64> = self.rows.iter().map(|row| row.rid).collect();
        let mut tx = db.begin().await?;
        let count = rids.len();
        let current = format!(
            "SELECT rid, version, sort_key FROM resource WHERE {in_rids} ORDER BY rid{}",
            db.for_update()
        );
        let mut unchanged: HashMap<i64, (i64, i64)> = HashMap::new();
        for row in tx.fetch_all(Statement::made(current).bind(rids)).await? {
            unchanged.insert(row.int(0)?, (row.int(1)?, row.int(2)?));
        }
        let mut entries = IndexRows::default();
        let mut replaced = Vec::with_capacity(count);
        for row in self.rows {
            let Some((version, sort_key)) = unchanged.get(&row.rid) else {
                continue;
            };
            if *version != row.version {
                continue;
            }
            if self.replaces && *sort_key != row.sort_key {
                let set = Statement::new("UPDATE resource SET sort_key = $1 WHERE rid = $2");
                tx.execute(set.bind(row.sort_key).bind(row.rid)).await?;
            }
            replaced.push(row.rid);
            entries.add(row.rid, row.sort_key, row.entries);
            entries.add_words(row.rid, row.words);
            entries.add_contained((row.rid, row.resource_type), row.contained);
        }
        if self.replaces {
            delete(db, &mut tx, &replaced).await?;
        }
        entries.insert(db, &mut tx).await?;
        let note = Statement::new(
            "UPDATE index_work SET next = $1, done = done + $2 WHERE name = $3 AND holder = $4",
        );
        let note = note
            .bind(self.last + 1)
            .bind(i64::try_from(count).unwrap_or_default())
            .bind(work)
            .bind(&inner.node);
        if tx.execute(note).await? != 1 {
            return Err(Error::Busy);
        }
        tx.commit().await?;
        Ok(count)
    }
}
