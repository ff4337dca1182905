//! What a parent would see of a visit and of all that came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::class::DataClass;
use access::preview::Preview;
use access::{Action, Actor};
use fhir::ResourceType;

use super::{
    Records,
    stored::{FACTS, Stored},
};
use crate::{Result, audit, sql::Statement};

/// Things of one visit looked at, at most.
const THINGS_MAX: usize = 2_000;
/// How far things are followed from the visit.
const STEPS_MAX: usize = 8;

/// One thing of a visit, which the caller may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previewed {
    pub resource_type: ResourceType,
    pub id: String,
    /// A parent would see it.
    pub visible: bool,
    /// The ground, or what stands in the way.
    pub reason: &'static str,
    /// It carries a label of care a minor may consent to alone, and a parent would see it all the same.
    pub gives_away: bool,
}

impl Records<'_> {
    /// What a parent of the patient would see now of a resource and of all that came of it, of what the caller
    /// may read. `None` for one the caller may not read, or whose patient nobody is.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn preview(
        &self,
        resource_type: ResourceType,
        id: &str,
    ) -> Result<Option<Vec<Previewed>>> {
        let inner = &self.storage.inner;
        let Some(row) = inner.current(resource_type, id).await? else {
            return Ok(None);
        };
        let reads = |row: &Stored| self.access.decide(Action::Read, &row.facts()).permits();
        let owner = row.owner.clone().filter(|_| reads(&row) && !row.deleted);
        let Some(owner) = owner else {
            return Ok(None);
        };
        let zone = inner.zone_name().to_owned();
        let Some((patient, consents)) = inner.patient_and_consents(&owner, &zone).await? else {
            return Ok(None);
        };
        let pack = self.access.pack().clone();
        let preview = Preview::of_parent(patient, consents, pack, self.access.now());
        let mut found: BTreeMap<String, Stored> = BTreeMap::new();
        found.insert(row.reference(), Stored::clone(&row));
        let mut names = vec![row.reference()];
        for _ in 0..STEPS_MAX {
            let mut next = Vec::new();
            for row in inner.that_came_of(std::mem::take(&mut names)).await? {
                let name = row.reference();
                let own = row.owner.as_ref() == Some(&owner);
                if own && found.len() < THINGS_MAX && !found.contains_key(&name) {
                    next.push(name.clone());
                    found.insert(name, row);
                }
            }
            names = next;
            if names.is_empty() {
                break;
            }
        }
        // Whoever treats the patient is told of the bill as well, though not what it says.
        let told = |row: &Stored| self.treats(&owner) && is_of_the_desk(row.resource_type);
        let seen = found.into_values().filter(|row| reads(row) || told(row));
        let seen = seen.filter(|row| row.resource_type != ResourceType::AUDIT_EVENT);
        let all = seen.map(|row| {
            let decision = preview.decide(&row.facts());
            Previewed {
                resource_type: row.resource_type,
                id: row.id.to_string(),
                visible: decision.permits(),
                reason: decision.reason.0,
                gives_away: preview.gives_away(&row.facts()),
            }
        });
        let all: Vec<Previewed> = all.collect();
        let record = audit::Record {
            at: self.access.now().as_microsecond(),
            action: audit::Action::Read,
            permitted: true,
            reason: "PREVIEW".into(),
            patient: Some(Arc::clone(&owner)),
            entity: Some(row.reference()),
            query: Some("$preview-release".to_owned()),
            request_id: None,
            suspended_until: None,
        };
        inner.record(self.access, record).await;
        Ok(Some(all))
    }

    /// Whether the caller treats this patient: a clinician on the care team.
    pub fn treats(&self, patient: &str) -> bool {
        matches!(&self.access.standing().actor, Actor::Staff(staff)
            if staff.role == "clinician" && staff.care_team_of.iter().any(|one| one == patient))
    }
}

/// Bills and appointments: the front desk's rather than the clinician's.
fn is_of_the_desk(resource_type: ResourceType) -> bool {
    let class = access::class::treatment(resource_type).map(|treatment| treatment.class);
    matches!(class, Some(DataClass::Financial | DataClass::Scheduling))
}

impl crate::Inner {
    /// What takes over from those names, or is given to by them, facts only.
    async fn that_came_of(&self, names: Vec<String>) -> Result<Vec<Stored>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let targets = self.db.in_list("g.target", 1);
        let sql = format!(
            "SELECT {FACTS} FROM guard_source g JOIN resource r ON r.rid = g.rid \
             WHERE g.gives = 0 AND r.deleted = 0 AND {targets}"
        );
        let mut rows = self
            .db
            .fetch_all(Statement::made(sql).bind(names.clone()))
            .await?;
        let name = match self.db.is_sqlite() {
            true => {
                "r.type = substr(g.target, 1, instr(g.target, '/') - 1) \
                     AND r.id = substr(g.target, instr(g.target, '/') + 1)"
            }
            false => {
                "r.type = split_part(g.target, '/', 1) AND r.id = split_part(g.target, '/', 2)"
            }
        };
        let sql = format!(
            "SELECT {FACTS} FROM resource n JOIN guard_source g ON g.rid = n.rid \
             JOIN resource r ON {name} \
             WHERE g.gives = 1 AND r.deleted = 0 AND {}",
            self.db.in_list("n.rid", 1)
        );
        let rids = self.rids(&names).await?;
        rows.extend(self.db.fetch_all(Statement::made(sql).bind(rids)).await?);
        self.stored(&rows).await
    }

    async fn rids(&self, names: &[String]) -> Result<Vec<i64>> {
        let sql = format!("SELECT r.rid {}", self.db.naming(1));
        let rows = self
            .db
            .fetch_all(Statement::made(sql).bind(names.to_vec()))
            .await?;
        rows.iter().map(|row| row.int(0)).collect()
    }
}
