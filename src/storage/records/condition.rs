//! Conditions of a write (R4 3.1.0.8.1, 3.1.0.4.3): that a search still finds what it found when
//! the write was decided on.
//!
//! A condition is asked again inside the transaction that stores the change, and whoever stores
//! under a condition on the same type waits until that transaction has ended, on every node: of two
//! that looked at once and found nothing, the second sees what the first made.

use std::collections::BTreeSet;

use access::Action;
use fhir::{ResourceType, search::Query};

use super::{Records, writer::Job};
use crate::{
    Inner, Result, Storage,
    db::Tx,
    search::{self, Request},
    sql::Statement,
};

/// Begins the numbers of our advisory locks, one per type; any number nobody else takes will do.
const LOCKS: i64 = 0x6b69_6e63_6800;

/// What a search found when its caller looked.
#[derive(Debug, Clone)]
pub struct Condition {
    /// With filters only; never more matches are asked for than one beyond those found.
    pub query: Query,
    /// The ids of all matches; none where nothing fitted.
    pub found: Vec<String>,
}

impl Condition {
    fn resource_type(&self) -> ResourceType {
        self.query.resource_type
    }
}

/// Lets nobody else store under conditions on the types of these until the transaction ends. SQLite
/// has one writer at a time anyway.
pub(super) async fn lock(inner: &Inner, tx: &mut Tx, batch: &[Job]) -> Result<()> {
    let conditions = batch.iter().flat_map(|job| &job.conditions);
    // In one order everywhere, so that nobody waits in a circle.
    let types: BTreeSet<usize> = conditions.map(|c| c.resource_type().ordinal()).collect();
    if types.is_empty() {
        return Ok(());
    }
    if !inner.db.is_sqlite() {
        for number in types {
            let key = LOCKS + i64::try_from(number).unwrap_or_default();
            let statement = Statement::new("SELECT 1 FROM pg_advisory_xact_lock($1)").bind(key);
            tx.fetch_all(statement).await?;
        }
    }
    // What other processes made may carry facets that are new here.
    let counted = tx.fetch_all(Statement::new("SELECT COUNT(*) FROM facet"));
    let count = counted.await?.first().map_or(Ok(0), |row| row.int(0))?;
    if usize::try_from(count).ok() != Some(inner.facets.count()) {
        inner.facets.load(&inner.db).await?;
    }
    Ok(())
}

/// Whether every condition of a list still holds, the changes of lists before it in the same
/// transaction being stored already.
pub(super) async fn hold(storage: &Storage, tx: &mut Tx, job: &Job) -> Result<bool> {
    let records = Records {
        storage,
        access: &job.access,
    };
    for condition in &job.conditions {
        let take = condition.found.len() + 1;
        let mut now = records.matching(tx, &condition.query, take).await?;
        let mut before = condition.found.clone();
        now.sort_unstable();
        before.sort_unstable();
        if now != before {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Records<'_> {
    /// The ids of the first matches, as a transaction sees them.
    async fn matching(&self, tx: &mut Tx, query: &Query, take: usize) -> Result<Vec<String>> {
        let sights = self.sights(std::slice::from_ref(query)).await?;
        let level = self.level(query, &sights);
        if level.is_empty() {
            return Ok(Vec::new());
        }
        let request = Request { level, keys: &[] };
        let found = tx
            .fetch_all(search::page(&[request], None, take, 0))
            .await?;
        let inner = &self.storage.inner;
        let mut ids = Vec::new();
        for row in inner.stored(&found).await? {
            let (_, seen) = inner.seen(self.access, Action::Search, &row)?;
            ids.extend(seen.map(|seen| seen.id().to_owned()));
        }
        Ok(ids)
    }
}
