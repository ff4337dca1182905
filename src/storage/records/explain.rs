//! Why one resource may be seen, and how much of a chart there is to see.

use std::sync::Arc;

use access::{Access, Action, Decision, Facet, ResourceFacts};
use fhir::ResourceType;

use super::Records;
use crate::{Inner, Result, audit, sql::Statement};

/// Rows of a chart that decide alike.
#[derive(Debug, Clone)]
pub struct Counted {
    pub resource_type: ResourceType,
    facet: Arc<Facet>,
    hold_until: Option<i64>,
    pool: Option<String>,
    pub count: i64,
}

impl Counted {
    /// What `access` is told about each of them.
    pub fn decide(&self, access: &Access, patient: &str) -> Decision {
        let facts = ResourceFacts {
            hold_until: self.hold_until,
            pool: self.pool.as_deref(),
            ..ResourceFacts::some(&self.facet, patient)
        };
        access.decide(Action::Search, &facts)
    }
    /// What makes them sensitive.
    pub fn labels(&self) -> &[String] {
        &self.facet.labels
    }
    /// The end of their hold in microseconds since 1970 UTC.
    pub fn held_until(&self) -> Option<i64> {
        self.hold_until
    }
}

impl Records<'_> {
    /// The decision about one resource with what every rule said. `None` for one that is not there,
    /// or that the caller must not know to be there. `made_up`: everybody in the chart is, and who
    /// develops against it may know what is hidden in it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn explained(
        &self,
        resource_type: ResourceType,
        id: &str,
        action: Action,
        made_up: bool,
    ) -> Result<Option<Decision>> {
        let inner = &self.storage.inner;
        let row = inner.current(resource_type, id).await?;
        let row = row.filter(|row| !row.deleted);
        let decision = row
            .as_ref()
            .map(|row| self.access.decide_traced(action, &row.facts()));
        let own = self.access.standing().patient.as_ref();
        let own = own.map(|patient| patient.id.as_str());
        let owned = row
            .as_ref()
            .is_some_and(|row| own.is_some() && row.owner.as_deref() == own);
        let shown = decision
            .filter(|decision| decision.permits() || decision.http != 404 || (made_up && owned));
        let owner = row.as_ref().and_then(|row| row.owner.clone());
        let record = audit::Record {
            at: self.access.now().as_microsecond(),
            action: audit::Action::Read,
            permitted: shown.is_some(),
            reason: shown.as_ref().map_or("NOT_FOUND", |_| "EXPLAINED").into(),
            patient: owner.filter(|_| shown.is_some()),
            entity: Some(format!("{resource_type}/{id}")),
            query: Some("$explain-access".to_owned()),
            request_id: None,
            suspended_until: None,
        };
        inner.record(self.access, record).await;
        Ok(shown)
    }

    /// How many resources of each kind a chart holds: only those the caller may see.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn census(&self, patient: &str) -> Result<Vec<Counted>> {
        let mut counted = self.storage.inner.counted(patient).await?;
        counted.retain(|one| one.decide(self.access, patient).permits());
        Ok(counted)
    }
}

impl Inner {
    /// How many current resources of a patient decide alike, whoever asks.
    pub(crate) async fn counted(&self, patient: &str) -> Result<Vec<Counted>> {
        let statement = Statement::new(
            "SELECT r.type, r.facet, r.hold_until, r.pool, count(*) FROM resource r \
             WHERE r.owner = $1 AND r.deleted = 0 GROUP BY r.type, r.facet, r.hold_until, r.pool",
        );
        let rows = self.db.fetch_all(statement.bind(patient)).await?;
        let mut counted = Vec::new();
        for row in &rows {
            let number = row.int(1)?;
            if self.facets.get(number).is_none() {
                self.facets.load(&self.db).await?;
            }
            let known = self.facets.get(number);
            let resource_type = ResourceType::from_name(row.str(0)?);
            let (Some(facet), Some(resource_type)) = (known, resource_type) else {
                continue;
            };
            counted.push(Counted {
                resource_type,
                facet,
                hold_until: row.opt_int(2)?,
                pool: row.opt_text(3)?,
                count: row.int(4)?,
            });
        }
        Ok(counted)
    }
}
