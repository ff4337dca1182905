//! When each grant was last used: noted at memory speed, written with the audit trail's batches.

use std::collections::HashMap;

use crate::{Result, db::Db, sql::Statement};

/// A use this soon after the one written is not written again, in microseconds.
const STEP_US: i64 = 60_000_000;
/// Grants whose last use is remembered as written.
const WRITTEN_MAX: usize = 10_000;

/// Uses seen and not written yet, and those written.
#[derive(Default)]
pub(crate) struct Uses {
    waiting: HashMap<String, i64>,
    written: HashMap<String, i64>,
}

impl Uses {
    /// Notes a use at that instant (microseconds). True when it is the first to be written.
    pub(crate) fn note(&mut self, grant: &str, at: i64) -> bool {
        if let Some(latest) = self.waiting.get_mut(grant) {
            *latest = (*latest).max(at);
            return false;
        }
        let written = self.written.get(grant);
        if written.is_some_and(|written| (written - at).abs() < STEP_US) {
            return false;
        }
        self.waiting.insert(grant.to_owned(), at);
        self.waiting.len() == 1
    }

    /// What is to be written now.
    pub(crate) fn take(&mut self) -> HashMap<String, i64> {
        let waiting = std::mem::take(&mut self.waiting);
        if self.written.len() + waiting.len() > WRITTEN_MAX {
            self.written.clear();
        }
        for (grant, at) in &waiting {
            self.written.insert(grant.clone(), *at);
        }
        waiting
    }
}

/// Writes uses. One that is lost is no harm: the next one is written.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn write(db: &Db, uses: HashMap<String, i64>) -> Result<()> {
    let mut uses: Vec<(String, i64)> = uses.into_iter().collect();
    // In one order everywhere, so that nodes wait for each other instead of blocking each other.
    uses.sort_unstable();
    let mut tx = db.begin().await?;
    for (grant, at) in uses {
        let statement = Statement::new("UPDATE app_grant SET last_used = $2 WHERE id = $1");
        tx.execute(statement.bind(grant).bind(at)).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_in_steady_use_is_written_once_a_minute() {
        let mut uses = Uses::default();
        assert!(uses.note("g", 0));
        assert!(!uses.note("g", 5));
        assert!(!uses.note("h", 5));
        assert_eq!(uses.take().get("g"), Some(&5));
        assert!(!uses.note("g", STEP_US));
        assert!(uses.take().is_empty());
        assert!(uses.note("g", STEP_US + 5));
        uses.take();
        // A clock set back is followed.
        assert!(uses.note("g", -STEP_US));
    }
}
