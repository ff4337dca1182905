//! How often cards were taken or overridden: counts by service and rule, and nothing of the cards.
use crate::sql::Statement;
use crate::{Result, Storage};
use jiff::Timestamp;

pub struct Feedback<'a> {
    pub(crate) storage: &'a Storage,
}

/// How often one rule's cards ended so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    pub service: String,
    pub rule: String,
    /// `accepted` or `overridden`
    pub outcome: String,
    pub count: i64,
    pub latest: Timestamp,
}

impl Feedback<'_> {
    /// Counts one card. All three come from closed lists, so that rows stay few.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn count(
        &self,
        service: &'static str,
        rule: &'static str,
        outcome: &'static str,
        now: Timestamp,
    ) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO card_feedback (service, rule, outcome, count, latest) \
             VALUES ($1, $2, $3, 1, $4) ON CONFLICT (service, rule, outcome) DO UPDATE SET \
             count = card_feedback.count + 1, latest = excluded.latest",
        )
        .bind(service)
        .bind(rule)
        .bind(outcome)
        .bind(now);
        self.storage.inner.db.execute(statement).await?;
        Ok(())
    }

    /// All counts, by service and rule.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn counts(&self) -> Result<Vec<Count>> {
        let statement = Statement::new(
            "SELECT service, rule, outcome, count, latest FROM card_feedback \
             ORDER BY service, rule, outcome",
        );
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter()
            .map(|row| {
                Ok(Count {
                    service: row.text(0)?,
                    rule: row.text(1)?,
                    outcome: row.text(2)?,
                    count: row.int(3)?,
                    latest: row.time(4)?,
                })
            })
            .collect()
    }
}
