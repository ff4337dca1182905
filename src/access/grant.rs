//! The sealed proof that a caller was let in. Only this file makes one.

use crate::{Action, Decision, Facet, Pack, Reason, ResourceFacts, Rows, Standing};
use fhir::ResourceType;
use jiff::Timestamp;
use std::sync::Arc;

/// The house's own chores: the only ways to act without a person or client behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    Load,
    Seed,
    Reindex,
    Audit,
    Standing,
    Retention,
}

/// Why a caller was not let in at all (G0, G2) or may not do this to any resource of a type (G3, role).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    pub http: u16,
    pub reason: Reason,
    pub message: String,
}

/// What a caller may do at one instant. Needed to ask storage for anything clinical. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Access {
    standing: Arc<Standing>,
    pack: Arc<Pack>,
    now: Timestamp,
    task: Option<Task>,
}

impl Access {
    /// Lets a caller in (gates G0 and G2) at `now`.
    pub fn open(
        _standing: Arc<Standing>,
        _pack: Arc<Pack>,
        _now: Timestamp,
    ) -> Result<Self, Denial> {
        todo!()
    }
    /// The house's own access for a chore: everything, audited as the chore.
    pub fn for_task(_task: Task, _pack: Arc<Pack>, _now: Timestamp) -> Self {
        todo!()
    }
    pub fn now(&self) -> Timestamp {
        self.now
    }
    pub fn standing(&self) -> &Standing {
        &self.standing
    }
    pub fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }
    pub fn task(&self) -> Option<Task> {
        self.task
    }
    /// The one decision about one resource.
    pub fn decide(&self, _action: Action, _facts: &ResourceFacts<'_>) -> Decision {
        todo!()
    }
    /// Whether any resource of the type could be permitted; the denial otherwise (403 for a scope or role that lacks it).
    pub fn may(&self, _action: Action, _resource_type: ResourceType) -> Result<(), Denial> {
        todo!()
    }
    /// The visible rows of a type among the facets given (number, facet): exactly those for which [`Self::decide`] permits.
    pub fn rows(
        &self,
        _action: Action,
        _resource_type: ResourceType,
        _facets: &[(i64, Arc<Facet>)],
    ) -> Rows {
        todo!()
    }
}
