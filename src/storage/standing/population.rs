//! Everybody who could open a chart, for trying other rules on them: facts and counts, no record.

use std::sync::Arc;

use access::{Actor, Standing};
use fhir::ResourceType;
use jiff::Timestamp;

use super::agent_of;
use super::facts::{Chart, patient_of};
use crate::accounts::{Account, Kind};
use crate::records::Counted;
use crate::records::stored::{COLUMNS, Stored};
use crate::sql::Statement;
use crate::{Result, Storage};

/// Resources read at once.
const PAGE: i64 = 500;

/// Who could open charts, page by page.
pub struct Population<'a> {
    storage: &'a Storage,
}

/// One way into one chart.
#[derive(Debug, Clone)]
pub struct WayIn {
    pub patient: String,
    /// What a session would stand on, its account open and its terms accepted.
    pub standing: Arc<Standing>,
}

impl Storage {
    /// The population to try rules on.
    pub fn population(&self) -> Population<'_> {
        Population { storage: self }
    }
}

impl Population<'_> {
    /// Patients after a position, each opening their own chart, and the position to go on from;
    /// `None` at the end.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn patients(&self, after: i64) -> Result<Option<(Vec<WayIn>, i64)>> {
        let Some((rows, last)) = self.page(ResourceType::PATIENT, after).await? else {
            return Ok(None);
        };
        let mut ways = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(chart) = self.storage.own_chart(&row.id).await? {
                ways.push(way(&anybody(), chart));
            }
        }
        Ok(Some((ways, last)))
    }

    /// The same of those who act for a patient, whatever became of their authority.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn proxies(&self, after: i64, now: Timestamp) -> Result<Option<(Vec<WayIn>, i64)>> {
        let Some((rows, last)) = self.page(ResourceType::RELATED_PERSON, after).await? else {
            return Ok(None);
        };
        let somebody = anybody();
        let mut ways = Vec::with_capacity(rows.len());
        for row in rows {
            let related = super::facts::parsed(&row.body)?;
            let Some(patient) = patient_of(&related) else {
                continue;
            };
            let storage = self.storage;
            let chart = storage.proxy_chart(&somebody, &patient, Some(related), now);
            ways.extend(chart.await?.map(|chart| way(&somebody, chart)));
        }
        Ok(Some((ways, last)))
    }

    /// How many current resources of a patient decide alike.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn counted(&self, patient: &str) -> Result<Vec<Counted>> {
        self.storage.inner.counted(patient).await
    }

    async fn page(&self, of: ResourceType, after: i64) -> Result<Option<(Vec<Stored>, i64)>> {
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.type = $1 AND r.rid > $2 AND r.deleted = 0 \
             ORDER BY r.rid LIMIT $3"
        ));
        let statement = statement.bind(of.name()).bind(after).bind(PAGE);
        let inner = &self.storage.inner;
        let rows = inner.db.fetch_all(statement).await?;
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        let last = last.int(0)?;
        Ok(Some((inner.stored(&rows).await?, last)))
    }
}

/// An open account of nobody in particular.
fn anybody() -> Account {
    Account::open(String::new(), Kind::Proxy)
}

fn way(account: &Account, mut chart: Chart) -> WayIn {
    if let Actor::Proxy { terms_accepted, .. } = &mut chart.actor {
        *terms_accepted = true;
    }
    let agent = agent_of(account, Some(&chart));
    WayIn {
        patient: chart.patient.id.clone(),
        standing: Arc::new(chart.into_standing(None, agent)),
    }
}
