//! The sealed proof that a caller was let in. Only this file makes one.

use crate::decide::{Acting, Scene, decide, decide_traced, reaches};
use crate::pack::Matrix;
use crate::rows::Owner;
use crate::standing::Agent;
use crate::{Action, Actor, Decision, Facet, Pack, Reason, ResourceFacts, Rows, Standing};
use crate::{rows, words};
use fhir::ResourceType;
use jiff::Timestamp;
use smart::scope::Context;
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
    /// Holds a result back and lets it go.
    Release,
    /// Writes and ends the Consent by which a person lets an app in.
    Consent,
    /// Writes who may act for whom, once a workflow has settled that it may be.
    Family,
    /// Hands work to the privacy office.
    Review,
    /// Opens accounts: proves who somebody is and writes down that they have one.
    Opening,
    /// Marks what a patient keeps private, and writes down the leave a minor gives.
    Privacy,
    /// Moves work of the house from one pair of hands to the next.
    Work,
    /// Keeps what people ask support.
    Support,
}

impl Task {
    /// As AuditEvent names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Seed => "seed",
            Self::Reindex => "reindex",
            Self::Audit => "audit",
            Self::Standing => "standing",
            Self::Retention => "retention",
            Self::Release => "release",
            Self::Consent => "consent",
            Self::Family => "family",
            Self::Review => "review",
            Self::Opening => "opening",
            Self::Privacy => "privacy",
            Self::Work => "work",
            Self::Support => "support",
        }
    }
}

/// Why a caller was not let in at all (G0, G2) or may not do this to any resource of a type (G3,
/// role).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    pub http: u16,
    pub reason: Reason,
    pub message: String,
}

impl Denial {
    /// The same as a decision about one resource.
    pub fn to_decision(&self) -> Decision {
        Decision {
            effect: crate::Effect::Deny,
            reason: self.reason,
            trace: Vec::new(),
            redaction: None,
            obligations: crate::Obligations::default(),
            http: self.http,
            valid_until: None,
        }
    }
    pub(crate) fn new(reason: Reason, http: u16) -> Self {
        Self {
            http,
            reason,
            message: words::why_not(reason.0).to_owned(),
        }
    }
}

/// What a caller may do at one instant. Needed to ask storage for anything clinical. Cheap to
/// clone.
#[derive(Debug, Clone)]
pub struct Access {
    scene: Arc<Scene>,
    /// The same person in other charts, to read them only.
    charts: Arc<[Scene]>,
    task: Option<Task>,
}

impl Access {
    /// Lets a caller in (gates G0 and G2) at `now`.
    ///
    /// # Errors
    /// A token that is missing, revoked, expired or of a disabled client (401); an account that is
    /// not open (401),
    /// without terms or too young (403).
    pub fn open(standing: Arc<Standing>, pack: Arc<Pack>, now: Timestamp) -> Result<Self, Denial> {
        let scene = Scene::new(standing, pack, now);
        if let Some(refusal) = scene.barred() {
            return Err(Denial::new(refusal.reason, refusal.http));
        }
        let own = scene.patient().map(|patient| &patient.id);
        let charts = scene.standing.charts.iter().filter(|chart| {
            let patient = chart.patient.as_ref().map(|patient| &patient.id);
            patient.is_some() && patient != own
        });
        let charts = charts.map(|chart| Scene::new(chart.clone(), scene.pack.clone(), now));
        let charts = charts.filter(|chart| chart.barred().is_none()).collect();
        Ok(Self {
            charts,
            scene: Arc::new(scene),
            task: None,
        })
    }
    /// The house's own access for a chore: everything, audited as the chore.
    pub fn for_task(task: Task, pack: Arc<Pack>, now: Timestamp) -> Self {
        let agent = Agent {
            who: "Device/kinchart".to_owned(),
            display: format!("Kinchart ({})", task.name()),
            ..Agent::default()
        };
        Self::for_task_by(task, agent, pack, now)
    }
    /// The same at somebody's request: the audit trail names them.
    pub fn for_task_by(task: Task, agent: Agent, pack: Arc<Pack>, now: Timestamp) -> Self {
        let standing = Standing::bare(Actor::Backend, None, agent);
        Self {
            scene: Arc::new(Scene::new(Arc::new(standing), pack, now)),
            charts: Arc::default(),
            task: Some(task),
        }
    }
    pub fn now(&self) -> Timestamp {
        self.scene.now
    }
    pub fn standing(&self) -> &Standing {
        &self.scene.standing
    }
    pub fn pack(&self) -> &Arc<Pack> {
        &self.scene.pack
    }
    pub fn task(&self) -> Option<Task> {
        self.task
    }
    /// The next instant at which something decisions rest on changes by itself (a birthday, the end
    /// of a
    /// consent, of the token); holds on single resources are left aside.
    pub fn valid_until(&self) -> Option<Timestamp> {
        let charts = self.charts.iter().filter_map(Scene::next);
        self.scene.next().into_iter().chain(charts).min()
    }
    /// Whether more than one chart is open to the caller, though not every patient's.
    pub fn spans_charts(&self) -> bool {
        !self.charts.is_empty()
    }
    /// How the caller is named where it is about this patient.
    pub fn agent(&self, patient: Option<&str>) -> &Agent {
        &self.scene_of(patient).standing.agent
    }
    /// The scene of a patient's chart: the caller's first one, unless it is one of the others.
    fn scene_of(&self, owner: Option<&str>) -> &Scene {
        let is_of = |scene: &&Scene| {
            let patient = scene.patient().map(|patient| patient.id.as_str());
            patient.is_some() && patient == owner
        };
        let other = self.charts.iter().find(is_of);
        other.unwrap_or(&self.scene)
    }
    /// The scene a question about a row is answered in: other charts are for reading.
    fn scene_for(&self, action: Action, owner: Option<&str>) -> &Scene {
        match action {
            Action::Read | Action::Search => self.scene_of(owner),
            Action::Create | Action::Update | Action::Delete => &self.scene,
        }
    }
    /// What the person may do to each data class of the patient in context.
    pub(crate) fn matrix(&self) -> Matrix {
        match self.scene.acting {
            Acting::Itself(matrix) => matrix,
            Acting::For(acting) if acting.refusal.is_none() => acting.matrix,
            _ => Matrix::default(),
        }
    }
    /// The one decision about one resource.
    pub fn decide(&self, action: Action, facts: &ResourceFacts<'_>) -> Decision {
        match self.task {
            Some(_) => chore(),
            None => decide(self.scene_for(action, facts.owner), action, facts),
        }
    }
    /// The decision with what every gate said: for explanations and tests.
    pub fn decide_traced(&self, action: Action, facts: &ResourceFacts<'_>) -> Decision {
        match self.task {
            Some(_) => chore(),
            None => decide_traced(self.scene_for(action, facts.owner), action, facts),
        }
    }
    /// Whether any resource of the type could be permitted; the denial otherwise (403 for a scope
    /// or role that lacks it).
    ///
    /// # Errors
    /// No scope, role or purpose that could ever allow it. What is merely hidden is no error here.
    pub fn may(&self, action: Action, resource_type: ResourceType) -> Result<(), Denial> {
        if self.task.is_some() {
            return Ok(());
        }
        let refused = |reason| Err(Denial::new(Reason(reason), 403));
        let standing = &self.scene.standing;
        if !reaches(standing, action, resource_type.name()) {
            return refused("DENY_SCOPE");
        }
        let Some(treatment) = crate::class::treatment(resource_type) else {
            return refused("DENY_TYPE");
        };
        match &standing.actor {
            Actor::Staff(staff) => {
                let matrix = self.scene.pack.staff_role(&staff.role).unwrap_or_default();
                let any = if resource_type == ResourceType::TASK {
                    let reads = matches!(action, Action::Read | Action::Search);
                    let works = reads && !self.scene.pack.queues.of(&staff.role).is_empty();
                    works
                        || crate::class::DataClass::ALL
                            .into_iter()
                            .any(|class| matrix.allows(class, action))
                } else {
                    matrix.allows(treatment.class, action)
                };
                if any { Ok(()) } else { refused("DENY_ROLE") }
            }
            Actor::Organization { .. } if !matches!(action, Action::Read | Action::Search) => {
                refused("DENY_ACTION")
            }
            _ => Ok(()),
        }
    }
    /// Whether the caller is staff with work of their own, through scopes that let it be changed; the role.
    ///
    /// # Errors
    /// `DENY_SCOPE` or `DENY_ROLE` (403) for everybody else.
    pub fn may_work(&self) -> Result<&str, Denial> {
        let standing = &self.scene.standing;
        if !reaches(standing, Action::Update, ResourceType::TASK.name()) {
            return Err(Denial::new(Reason("DENY_SCOPE"), 403));
        }
        match &standing.actor {
            Actor::Staff(staff) if !self.scene.pack.queues.of(&staff.role).is_empty() => {
                Ok(&staff.role)
            }
            _ => Err(Denial::new(Reason("DENY_ROLE"), 403)),
        }
    }
    /// Whether the caller may look for a person among all patients: staff whose role does, other
    /// organizations and systems, but nobody bound to one chart.
    ///
    /// # Errors
    /// `DENY_ROLE` (403) for everybody else.
    pub fn may_search_across(&self) -> Result<(), Denial> {
        let bound = !matches!(
            self.scene.standing.actor,
            Actor::Staff(_) | Actor::Organization { .. } | Actor::Backend
        );
        if bound || self.scene.standing.patient.is_some() {
            return Err(Denial::new(Reason("DENY_ROLE"), 403));
        }
        Ok(())
    }
    /// Whether the caller may take a copy of many records at once: systems and other organizations,
    /// by their `system/` scopes, but nobody bound to one chart, and no person. What it then holds is
    /// decided row by row.
    ///
    /// # Errors
    /// `DENY_ROLE` (403) for everybody else.
    pub fn may_export(&self) -> Result<(), Denial> {
        let standing = &self.scene.standing;
        let system = matches!(standing.actor, Actor::Backend | Actor::Organization { .. });
        match &standing.client {
            Some(client) if system && standing.patient.is_none() && client.patient.is_none() => {
                Ok(())
            }
            _ => Err(Denial::new(Reason("DENY_ROLE"), 403)),
        }
    }
    /// Whether the caller may erase what is stored for good: an administrator's token, that is one
    /// of a system of this organization whose scopes let it delete everything.
    ///
    /// # Errors
    /// `DENY_ROLE` (403) for everybody else.
    pub fn may_erase(&self) -> Result<(), Denial> {
        let standing = &self.scene.standing;
        let administers = match (&standing.actor, &standing.client) {
            (Actor::Backend, None) => self.task.is_some(),
            (Actor::Backend, Some(client)) => client.scopes.resources.iter().any(|scope| {
                scope.context == Context::System
                    && scope.constraints.is_empty()
                    && ResourceType::all().all(|of| scope.allows(Action::Delete, of.name()))
            }),
            _ => false,
        };
        if administers {
            Ok(())
        } else {
            Err(Denial::new(Reason("DENY_ROLE"), 403))
        }
    }
    /// The visible rows of a type among the facets given (number, facet): exactly those for which
    /// [`Self::decide`] permits.
    pub fn rows(
        &self,
        action: Action,
        resource_type: ResourceType,
        facets: &[(i64, Arc<Facet>)],
    ) -> Rows {
        if self.task.is_some() {
            return rows::everything(facets);
        }
        let mut all = rows::rows(&self.scene, action, resource_type, facets);
        if matches!(action, Action::Read | Action::Search) {
            for chart in self.charts.iter() {
                let mut more = rows::rows(chart, action, resource_type, facets).clauses;
                // What is nobody's is decided in the first chart.
                more.retain(|clause| matches!(clause.owner, Owner::Is(_)));
                all.clauses.append(&mut more);
            }
        }
        all
    }
}

fn chore() -> Decision {
    Decision {
        effect: crate::Effect::Permit,
        reason: Reason("PERMIT_HOUSE"),
        trace: Vec::new(),
        redaction: None,
        obligations: crate::decide::Obligations::default().with(crate::Obligation::Audit),
        http: 200,
        valid_until: None,
    }
}
