//! Current rows in memory, where this process is the only one that writes to them (SQLite).

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use fhir::ResourceType;
use moka::{ops::compute::Op, sync::Cache};

use crate::records::stored::Stored;

/// Bodies kept in memory, in bytes.
const WEIGHT_MAX: u64 = 24 * 1024 * 1024;
/// What a row costs beside its body, in bytes.
const ROW_BYTES: usize = 320;

/// Rows by `Type/id`. On PostgreSQL it keeps nothing: other nodes write there.
pub(crate) struct Rows {
    rows: Option<Cache<Box<str>, Arc<Stored>>>,
    /// Raised after every commit, before the rows it wrote are put here.
    commits: AtomicU64,
}

/// `Type/id`
pub(crate) fn key(resource_type: ResourceType, id: &str) -> Box<str> {
    let name = resource_type.name();
    let mut key = String::with_capacity(name.len() + 1 + id.len());
    key.push_str(name);
    key.push('/');
    key.push_str(id);
    key.into_boxed_str()
}

impl Rows {
    pub(crate) fn new(enabled: bool) -> Self {
        let rows: Option<Cache<Box<str>, Arc<Stored>>> = enabled.then(|| {
            Cache::builder()
                .max_capacity(WEIGHT_MAX)
                .weigher(|_, row: &Arc<Stored>| {
                    u32::try_from(row.body.len() + ROW_BYTES).unwrap_or(u32::MAX)
                })
                .build()
        });
        Self {
            rows,
            commits: AtomicU64::new(0),
        }
    }

    pub(crate) fn get(&self, resource_type: ResourceType, id: &str) -> Option<Arc<Stored>> {
        self.rows.as_ref()?.get(&*key(resource_type, id))
    }

    /// To be read before a row is read from the database, and given to [`Self::offer`] with it.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// Keeps a row read from the database, unless something was committed since.
    pub(crate) fn offer(&self, row: Arc<Stored>, commits: u64) {
        let Some(rows) = &self.rows else { return };
        let key = key(row.resource_type, &row.id);
        rows.entry(key).and_compute_with(|_| {
            if self.commits() == commits {
                Op::Put(row)
            } else {
                Op::Nop
            }
        });
    }

    /// Says that something was committed: from here on no older reading is kept.
    pub(crate) fn committed(&self) {
        self.commits.fetch_add(1, Ordering::AcqRel);
    }

    /// Keeps rows as just committed, after [`Self::committed`].
    pub(crate) fn put(&self, row: Arc<Stored>) {
        if let Some(rows) = &self.rows {
            let key = key(row.resource_type, &row.id);
            // Through the entry: it waits for an offer of the same row that is being decided.
            rows.entry(key).and_compute_with(|_| Op::Put(row));
        }
    }

    /// Forgets every row.
    pub(crate) fn clear(&self) {
        self.committed();
        if let Some(rows) = &self.rows {
            rows.invalidate_all();
        }
    }
}
