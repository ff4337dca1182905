//! Deciding a list of changes over the rows as they are and as they will be.

use std::{collections::HashMap, sync::Arc};

use access::shape::{self, Refusal};
use access::{Action, Decision, Effect, ResourceFacts, facts::OwnerHint, inherit};
use bytes::Bytes;
use fhir::ResourceType;

use super::{
    Method, WriteFaultKind,
    guards::Name,
    index::NO_SORT_KEY,
    stored::{Stored, document, is_marked},
    write::{Content, Kind, Prepared, locate},
    writer::{Done, Job, Refused},
};
use crate::{
    Inner,
    audit::{self, Record},
};

/// How far ownership is followed from resource to resource within one list.
const OWNER_STEPS_MAX: usize = 8;

/// Current rows by type and id.
#[derive(Default)]
pub(crate) struct Known {
    rows: HashMap<ResourceType, HashMap<Arc<str>, Arc<Stored>>>,
}

impl Known {
    pub(crate) fn get(&self, resource_type: ResourceType, id: &str) -> Option<&Arc<Stored>> {
        self.rows.get(&resource_type)?.get(id)
    }
    pub(crate) fn has(&self, resource_type: ResourceType, id: &str) -> bool {
        self.get(resource_type, id).is_some()
    }
    pub(crate) fn insert(&mut self, row: Arc<Stored>) {
        let rows = self.rows.entry(row.resource_type).or_default();
        rows.insert(row.id.clone(), row);
    }
}

impl Prepared {
    /// Resources whose rows must be known to decide about this change.
    pub(crate) fn names(&self) -> Vec<(ResourceType, Arc<str>)> {
        let Some(content) = &self.content else {
            return Vec::new();
        };
        let mut named = content.references.clone();
        if let OwnerHint::SameAs(resource_type, id) = &content.owner {
            named.push((*resource_type, id.as_str().into()));
        }
        named
    }

    /// Resources whose rows must not change while this is stored, as they were when its labels were
    /// worked out.
    pub(crate) fn sources(&self) -> &[(Name, Option<(i64, i64)>)] {
        self.content
            .as_ref()
            .map_or(&[], |content| &content.guards.seen)
    }
}

/// A change that may be made, ready to be stored.
pub(crate) struct Judged {
    pub(crate) row: Arc<Stored>,
    /// The row was not there, or was deleted.
    pub(crate) created: bool,
    /// A version is there already, to be moved to the history.
    pub(crate) replaces: bool,
    /// What the row says to search; `None` when nothing is to be stored at all.
    pub(crate) content: Option<Arc<Content>>,
    pub(crate) unchanged: bool,
    reason: &'static str,
}

impl Judged {
    pub(crate) fn done(&self) -> Done {
        Done {
            row: self.row.clone(),
            created: self.created,
        }
    }

    pub(crate) fn record(&self, job: &Job, action: audit::Action) -> Record {
        Record {
            at: job.access.now().as_microsecond(),
            action,
            permitted: true,
            reason: self.reason.into(),
            patient: self.row.owner.clone(),
            entity: Some(self.row.reference()),
            query: None,
            request_id: None,
            suspended_until: None,
        }
    }
}

/// One list, before what is known of the record.
pub(crate) struct Judge<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) job: &'a Job,
    pub(crate) known: &'a Known,
}

impl Judge<'_> {
    /// All changes of the list, or the first fault. Takes row numbers from `next`.
    pub(crate) fn judge(&self, next: &mut i64) -> Result<Vec<Judged>, Box<Refused>> {
        let mut judged = Vec::with_capacity(self.job.changes.len());
        let mut number = *next;
        for (place, change) in self.job.changes.iter().enumerate() {
            let old = self.known.get(change.resource_type, &change.id);
            let old = old.filter(|_| !change.fresh);
            let one = match &change.content {
                Some(content) => self.put(change, content, old, &mut number),
                None => self.delete(change, old),
            };
            let refuse = |kind| {
                let overtaken = matches!(kind, WriteFaultKind::ConditionChanged);
                let mut refused = Refused::new(self.job, place, kind, old.map(|old| &**old));
                refused.overtaken = overtaken;
                refused
            };
            judged.push(one.map_err(refuse)?);
        }
        *next = number;
        Ok(judged)
    }

    fn decide(
        &self,
        action: Action,
        facts: &ResourceFacts<'_>,
    ) -> Result<Decision, WriteFaultKind> {
        let decision = self.job.access.decide(action, facts);
        if decision.effect == Effect::Deny {
            return Err(WriteFaultKind::Denied(Box::new(decision)));
        }
        Ok(decision)
    }

    /// The decision about a row there is. To whoever may not even know of it, it is not there.
    fn decide_known(&self, action: Action, old: &Stored) -> Result<Decision, WriteFaultKind> {
        let decided = self.decide(action, &old.facts());
        if decided.is_err() {
            let read = self.job.access.decide(Action::Read, &old.facts());
            if !read.permits() && read.http == 404 {
                return Err(WriteFaultKind::Denied(Box::new(read)));
            }
        }
        decided
    }

    fn put(
        &self,
        change: &Prepared,
        content: &Arc<Content>,
        old: Option<&Arc<Stored>>,
        next: &mut i64,
    ) -> Result<Judged, WriteFaultKind> {
        let owner = self.owner(change, content);
        let facts = ResourceFacts {
            facet: &content.facet,
            id: &change.id,
            owner: owner.as_deref(),
            hold_until: content.hold_until,
            pool: content.pool.as_deref(),
            content: access::Content::Text(content.valid.document().text().as_bytes()),
        };
        let decision = match self.decide_put(change, &facts, old) {
            // It takes over from what is hidden: to its author that names nothing.
            Err(WriteFaultKind::Denied(denied)) if denied.http == 404 => {
                let alone = ResourceFacts {
                    facet: &content.guards.own,
                    hold_until: content.guards.own_hold_until,
                    ..facts.clone()
                };
                let action = old.map_or(Action::Create, |_| Action::Update);
                if self.job.access.decide(action, &alone).permits() {
                    self.check_references(content)?;
                }
                return Err(WriteFaultKind::Denied(denied));
            }
            decided => decided?,
        };
        self.check_shape(change, content, old)?;
        self.check_references(content)?;
        self.check_sources(change)?;
        let rid = match old {
            Some(old) => old.rid,
            None => {
                *next += 1;
                *next - 1
            }
        };
        let version = old.map_or(1, |old| old.version + 1);
        let updated = self.job.access.now().as_microsecond();
        let body = content
            .stamp(&change.id, version, updated)
            .unwrap_or_else(|_| content.body.clone());
        let row = Stored {
            rid,
            resource_type: change.resource_type,
            id: change.id.clone(),
            version,
            updated,
            method: match change.kind {
                Kind::Create => Method::Post,
                _ => Method::Put,
            },
            deleted: false,
            owner,
            facet: content.facet.clone(),
            facet_number: content.facet_number,
            hold_until: content.hold_until,
            pool: content.pool.clone(),
            marked: is_marked(&body),
            body,
        };
        Ok(Judged {
            row: Arc::new(row),
            created: old.is_none_or(|old| old.deleted),
            replaces: old.is_some(),
            content: Some(content.clone()),
            unchanged: false,
            reason: decision.reason.0,
        })
    }

    fn decide_put(
        &self,
        change: &Prepared,
        facts: &ResourceFacts<'_>,
        old: Option<&Arc<Stored>>,
    ) -> Result<Decision, WriteFaultKind> {
        match old {
            None if change.if_match.is_some() => Err(WriteFaultKind::NotFound),
            // People get ids, they do not choose them: else a PUT would tell a hidden id from a free one.
            None if change.kind == Kind::Update && shape::applies(&self.job.access) => {
                Err(WriteFaultKind::NotFound)
            }
            None => self.decide(Action::Create, facts),
            // Whoever may not see the row learns no more than that the id is not to be had.
            Some(_) if change.kind == Kind::Create => Err(WriteFaultKind::IdTaken),
            Some(old) => {
                self.decide_known(Action::Update, old)?;
                self.check_version(change, old)?;
                let action = if old.deleted {
                    Action::Create
                } else {
                    Action::Update
                };
                self.decide(action, facts)
            }
        }
    }

    fn delete(
        &self,
        change: &Prepared,
        old: Option<&Arc<Stored>>,
    ) -> Result<Judged, WriteFaultKind> {
        let old = old.ok_or(WriteFaultKind::NotFound)?;
        let decision = self.decide_known(Action::Delete, old)?;
        self.check_version(change, old)?;
        let judged = |row: Arc<Stored>, unchanged: bool| Judged {
            row,
            created: false,
            replaces: true,
            content: None,
            unchanged,
            reason: decision.reason.0,
        };
        if old.deleted {
            return Ok(judged(old.clone(), true));
        }
        let row = Stored {
            version: old.version + 1,
            updated: self.job.access.now().as_microsecond(),
            method: Method::Delete,
            deleted: true,
            body: Bytes::new(),
            marked: false,
            ..(**old).clone()
        };
        Ok(judged(Arc::new(row), false))
    }

    /// G10: what a person may not write, though the person may write (for staff and systems: all).
    fn check_shape(
        &self,
        change: &Prepared,
        content: &Content,
        old: Option<&Arc<Stored>>,
    ) -> Result<(), WriteFaultKind> {
        if let Some(refusal) = change.refused {
            return Err(WriteFaultKind::Misshapen(refusal));
        }
        let access = &self.job.access;
        let before = match old {
            _ if change.kind != Kind::Update || !shape::applies(access) => return Ok(()),
            Some(old) if !old.deleted => document(&old.body).ok(),
            _ => None,
        };
        let after = content.valid.document();
        match shape::shape(access, change.resource_type, before.as_ref(), after) {
            Ok(None) => Ok(()),
            // To make something under an id of one's choice would need things forced on it.
            Ok(Some(_)) => Err(WriteFaultKind::Misshapen(Refusal::WHOLE)),
            Err(refusal) => Err(WriteFaultKind::Misshapen(refusal)),
        }
    }

    fn check_version(&self, change: &Prepared, old: &Stored) -> Result<(), WriteFaultKind> {
        match change.if_match {
            Some(version) if version != old.version => Err(WriteFaultKind::VersionConflict {
                current: old.version,
            }),
            _ => Ok(()),
        }
    }

    /// A reference must name something that is, or is being made, and that is not hidden from the
    /// caller: otherwise writing would tell what reading does not.
    fn check_references(&self, content: &Content) -> Result<(), WriteFaultKind> {
        for (resource_type, id) in &content.references {
            if self.in_list(*resource_type, id).is_some() {
                continue;
            }
            let visible = self.known.get(*resource_type, id).is_some_and(|row| {
                let decision = self.job.access.decide(Action::Read, &row.facts());
                !row.deleted && (decision.permits() || decision.http != 404)
            });
            if !visible {
                let base = &self.inner.settings.base;
                let (reference, expression) = locate(&content.valid, base, *resource_type, id);
                return Err(WriteFaultKind::DanglingReference {
                    reference,
                    expression,
                });
            }
        }
        Ok(())
    }

    /// What labels were taken over from is as it was.
    fn check_sources(&self, change: &Prepared) -> Result<(), WriteFaultKind> {
        for ((resource_type, id), seen) in change.sources() {
            let row = self.known.get(*resource_type, id);
            let now = row.map(|row| (row.facet_number, row.version));
            let same = match (seen, now) {
                // What a place says stands in its text; elsewhere only the facet counts.
                (Some(was), Some(now)) if inherit::is_place(*resource_type) => *was == now,
                (Some(was), Some(now)) => was.0 == now.0,
                (None, None) => true,
                _ => false,
            };
            if !same {
                return Err(WriteFaultKind::ConditionChanged);
            }
        }
        Ok(())
    }

    /// What the same list is about to store under that name.
    fn in_list(&self, resource_type: ResourceType, id: &str) -> Option<(&Prepared, &Content)> {
        self.job
            .changes
            .iter()
            .filter(|change| change.resource_type == resource_type && &*change.id == id)
            .find_map(|change| Some((change, change.content.as_deref()?)))
    }

    fn owner(&self, change: &Prepared, content: &Content) -> Option<Arc<str>> {
        let mut at = (change, content);
        for _ in 0..OWNER_STEPS_MAX {
            match &at.1.owner {
                OwnerHint::Nobody => return None,
                OwnerHint::Patient(id) => return Some(id.as_str().into()),
                OwnerHint::SameAs(resource_type, id) => match self.in_list(*resource_type, id) {
                    Some(next) => at = next,
                    None => return self.known.get(*resource_type, id)?.owner.clone(),
                },
            }
        }
        None
    }
}

/// A sort key for every row, a deleted one included.
pub(crate) fn sort_key(judged: &Judged) -> i64 {
    judged
        .content
        .as_ref()
        .map_or(NO_SORT_KEY, |content| content.sort_key)
}
