//! Patients who wish to hear new results from a clinician first, known to every writer, and forgotten the moment a
//! Consent changes, on every node.

use access::time::later;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use access::facts::{ConsentKind, OwnerHint, owner_hint};
use access::standing::consent_fact;
use access::time::{start_instant, within};
use access::vocabulary::CONSENT_KIND;
use access::{Access, Action, Task, shape, waiting};
use fhir::index::ParamId;
use fhir::{Document, ResourceType, Valid};
use jiff::{SignedDuration, Timestamp};

use super::stored::{COLUMNS, document};
use super::write::{again, relative_to};
use super::{Records, Seen};
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Inner, Result};

/// Since when a patient wishes it, and for which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wish {
    since: Option<Timestamp>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
}

type Wishes = Arc<HashMap<String, Vec<Wish>>>;

/// Who wishes it, once asked for.
#[derive(Default)]
pub(crate) struct Waiting(RwLock<Option<Wishes>>);

impl Waiting {
    fn known(&self) -> Option<Wishes> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }
    fn keep(&self, wishes: Option<Wishes>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = wishes;
    }
    pub(crate) fn forget(&self, changed: &[Changed]) {
        let of_consent = |one: &Changed| match one {
            Changed::Fact { resource, .. } => resource.starts_with("Consent/"),
            Changed::Everything => true,
            _ => false,
        };
        if changed.iter().any(of_consent) {
            self.keep(None);
        }
    }
}

impl Records<'_> {
    /// What of a patient's is held for a reason just now, as far as the caller may read it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn held(&self, patient: &str, reason: &str) -> Result<Vec<Seen>> {
        let inner = &self.storage.inner;
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.owner = $1 AND r.deleted = 0 \
             AND r.hold_until > $2 ORDER BY r.rid"
        ))
        .bind(patient)
        .bind(self.access.now());
        let rows = inner.db.fetch_all(statement).await?;
        let mut held = Vec::new();
        for row in inner.stored(&rows).await? {
            let hold = row.facet.hold.as_ref();
            if hold.is_some_and(|hold| hold.reason == reason) {
                held.extend(inner.seen(self.access, Action::Read, &row)?.1);
            }
        }
        Ok(held)
    }
}

impl Inner {
    async fn wishes(&self) -> Result<Wishes> {
        if let Some(wishes) = self.waiting.known() {
            return Ok(wishes);
        }
        let generation = self.hooks.generation();
        let category = ParamId::of(ResourceType::CONSENT, "category");
        let statement = Statement::made(format!(
            "SELECT {COLUMNS} FROM resource r WHERE r.deleted = 0 AND r.rid IN (\
             SELECT x.rid FROM ix_token x WHERE x.param = $1 AND x.code = 'wait' AND x.system = $2)"
        ))
        .bind(i64::from(category.0))
        .bind(CONSENT_KIND);
        let rows = self.db.fetch_all(statement).await?;
        let mut wishes: HashMap<String, Vec<Wish>> = HashMap::new();
        for row in self.stored(&rows).await? {
            let consent = document(&row.body)?;
            let fact = consent_fact(consent.root(), self.zone_name());
            let (Some(owner), Some(fact)) = (row.owner, fact) else {
                continue;
            };
            if !fact.active || fact.kind != ConsentKind::Wait {
                continue;
            }
            let said = consent.root().text_at("dateTime");
            wishes.entry(owner.to_string()).or_default().push(Wish {
                since: said.and_then(|said| start_instant(&said, self.settings.pack.zone())),
                start: fact.start,
                end: fact.end,
            });
        }
        let wishes = Arc::new(wishes);
        if self.hooks.generation() == generation {
            self.waiting.keep(Some(wishes.clone()));
        }
        Ok(wishes)
    }

    /// What somebody else writes, with a hold where the patient wishes to hear new results from a clinician and this
    /// is one. What came to be before the wish, and what is there already, stays as it is.
    pub(crate) async fn with_wait(&self, access: &Access, valid: Valid, id: &str) -> Result<Valid> {
        let resource_type = valid.resource_type();
        let root = valid.document().root();
        let by_house = !matches!(access.task(), None | Some(Task::Load));
        if by_house
            || shape::applies(access)
            || !waiting::is_result(resource_type, root)
            || waiting::is_held(root)
        {
            return Ok(valid);
        }
        let wishes = self.wishes().await?;
        if wishes.is_empty() {
            return Ok(valid);
        }
        let relative = relative_to(&self.settings.base, valid.document());
        let about = relative.as_ref().map_or(root, Document::root);
        let OwnerHint::Patient(patient) = owner_hint(resource_type, about) else {
            return Ok(valid);
        };
        let now = access.now();
        let made = waiting::time_of(root);
        let of_patient = wishes.get(&patient).into_iter().flatten();
        let wished = of_patient
            .filter(|wish| within(wish.start, wish.end, now))
            .any(|wish| {
                made.zip(wish.since)
                    .is_none_or(|(made, since)| made >= since)
            });
        if !wished {
            return Ok(valid);
        }
        let before = self.current(resource_type, id).await?;
        if before.is_some_and(|row| !row.deleted) {
            return Ok(valid);
        }
        let days = i64::from(access.pack().holds.preference_days_max);
        let until = later(now, SignedDuration::from_hours(24 * days));
        Ok(again(valid, |document| {
            waiting::held(document, &patient, until)
        }))
    }
}
