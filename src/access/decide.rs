//! The decision: gates G0 to G10 in order, first deny wins.

mod consent;
mod grant;
mod label;
mod scene;
mod scope;
mod staff;
mod system;
mod token;
mod visitor;

use crate::actor::Actor;
use crate::class::Treatment;
use crate::{Action, ResourceFacts};
use jiff::Timestamp;
use std::cell::Cell;

pub use grant::SUBSETTED_PATIENT;
pub(crate) use grant::{Acting, DEMOGRAPHICS_ONLY};
pub(crate) use scene::Scene;
pub(crate) use scope::reaches;
pub use system::narrowest as narrowest_purpose;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Permit,
    PermitRedacted,
    Deny,
}

impl Effect {
    /// `permit`, `permit-redacted` or `deny`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::PermitRedacted => "permit-redacted",
            Self::Deny => "deny",
        }
    }
}

/// A reason code such as `PERMIT_SELF` or `DENY_PROXY_LEVEL_AGE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reason(pub &'static str);

/// What must be left of a resource: only these paths. `params` are the only search parameters that
/// may match.
#[derive(Debug, PartialEq, Eq)]
pub struct Redaction {
    pub keep: &'static [&'static str],
    pub params: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obligation {
    Audit,
    NotifyPatient,
    RedisclosureNotice,
    StripLabels,
    PrivacyReviewTask,
    Watermark,
}

impl Obligation {
    const ALL: [Self; 6] = [
        Self::Audit,
        Self::NotifyPatient,
        Self::RedisclosureNotice,
        Self::StripLabels,
        Self::PrivacyReviewTask,
        Self::Watermark,
    ];
}

/// A set of obligations that costs no allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Obligations(u8);

impl Obligations {
    /// The set with one more.
    #[must_use]
    pub fn with(self, obligation: Obligation) -> Self {
        Self(self.0 | 1 << obligation as u8)
    }
    pub fn contains(&self, obligation: &Obligation) -> bool {
        self.0 & 1 << *obligation as u8 != 0
    }
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }
    pub fn iter(&self) -> impl Iterator<Item = Obligation> + use<> {
        let set = *self;
        Obligation::ALL
            .into_iter()
            .filter(move |one| set.contains(one))
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub effect: Effect,
    pub reason: Reason,
    /// Gate and reason of each rule that spoke, in order. Empty unless the decision was asked for
    /// with its trace.
    pub trace: Vec<(&'static str, &'static str)>,
    pub redaction: Option<&'static Redaction>,
    pub obligations: Obligations,
    /// 200, 401, 403 or 404.
    pub http: u16,
    /// The next instant at which a time-dependent input flips.
    pub valid_until: Option<Timestamp>,
}

impl Decision {
    pub fn permits(&self) -> bool {
        self.effect != Effect::Deny
    }
}

/// A gate's no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub gate: &'static str,
    pub reason: Reason,
    pub http: u16,
}

pub(crate) fn refuse(gate: &'static str, reason: &'static str, http: u16) -> Refusal {
    Refusal {
        gate,
        reason: Reason(reason),
        http,
    }
}

/// What a gate says: nothing, or no.
pub(crate) type Verdict = Result<(), Refusal>;

/// One question put to the gates.
pub(crate) struct Case<'a> {
    pub scene: &'a Scene,
    pub action: Action,
    pub facts: &'a ResourceFacts<'a>,
    pub treatment: Option<Treatment>,
    /// A rule stood in the way and break-glass overrode it.
    pub broke_glass: Cell<bool>,
}

type Gate = for<'a> fn(&Case<'a>) -> Verdict;

/// The gates in their order; each one looks at who asks and says nothing where it has no say.
const GATES: &[(&str, Gate)] = &[
    ("G0", token::presented),
    ("G1", token::in_context),
    ("G2", token::account),
    ("G3", scope::granted),
    ("G4", grant::granted),
    ("G5", label::minor_consent),
    ("G6", label::hold),
    ("G7", consent::given),
    ("G8", label::sensitivity),
];

impl<'a> Case<'a> {
    pub fn new(scene: &'a Scene, action: Action, facts: &'a ResourceFacts<'a>) -> Self {
        Self {
            scene,
            action,
            facts,
            treatment: crate::class::treatment(facts.facet.resource_type),
            broke_glass: Cell::new(false),
        }
    }
    pub fn reads(&self) -> bool {
        matches!(self.action, Action::Read | Action::Search)
    }
    /// Whether the resource is one of nobody's that anybody may read.
    pub fn is_public(&self) -> bool {
        self.facts.owner.is_none() && self.treatment.is_some_and(|t| t.readable_unowned)
    }
    /// A rule that breaking the glass overrides (G9): with a reason, by those who may.
    pub fn unless_glass_broken(&self, refusal: Refusal) -> Verdict {
        let said: Vec<&str> = match &self.scene.standing.actor {
            Actor::Staff(staff) if staff.role == staff::CLINICIAN => {
                let broken = staff.break_glass.iter();
                let broken = broken.filter(|g| g.opens(self.facts.owner, self.scene.now));
                broken.map(|glass| stated(&glass.reason)).collect()
            }
            Actor::Organization {
                purpose_of_use,
                break_glass_reason,
                ..
            } if system::is_emergency(purpose_of_use) => vec![stated(break_glass_reason)],
            _ => Vec::new(),
        };
        if said.iter().any(|reason| !reason.is_empty()) {
            self.broke_glass.set(true);
            return Ok(());
        }
        Err(match said.is_empty() {
            true => refusal,
            false => refuse("G9", "DENY_BTG_NEEDS_REASON", 403),
        })
    }
    fn permit(&self) -> Decision {
        let (reason, redaction) = match &self.scene.standing.actor {
            Actor::SelfPatient { .. } => (Reason("PERMIT_SELF"), None),
            Actor::Proxy { .. } => grant::proxy_permit(self),
            Actor::Staff(_) => (Reason("PERMIT_STAFF_ROLE"), None),
            Actor::Organization { purpose_of_use, .. } => (system::permit(purpose_of_use), None),
            Actor::Backend => (Reason("PERMIT_BACKEND"), None),
            Actor::Guest { .. } => (Reason("PERMIT_GUEST_BALANCE"), None),
            Actor::ShareLink(_) => (Reason("PERMIT_SHL"), grant::proxy_permit(self).1),
            // Never reached: the first gate turns these away.
            Actor::Anonymous => (Reason("DENY_TOKEN_MISSING"), None),
        };
        let broke_glass = self.broke_glass.get();
        Decision {
            effect: if redaction.is_some() {
                Effect::PermitRedacted
            } else {
                Effect::Permit
            },
            reason: if broke_glass {
                Reason("PERMIT_BTG")
            } else {
                reason
            },
            trace: Vec::new(),
            redaction,
            obligations: self.obligations(broke_glass),
            http: 200,
            valid_until: None,
        }
    }
    fn obligations(&self, broke_glass: bool) -> Obligations {
        let mut set = Obligations::default().with(Obligation::Audit);
        if broke_glass {
            set = set
                .with(Obligation::NotifyPatient)
                .with(Obligation::PrivacyReviewTask);
        }
        match &self.scene.standing.actor {
            Actor::Organization { .. } if self.facts.facet.is_part2() => {
                set = set.with(Obligation::RedisclosureNotice);
            }
            Actor::Proxy { .. } | Actor::ShareLink(_) | Actor::Guest { .. }
                if self.facts.facet.tells() =>
            {
                set = set.with(Obligation::StripLabels);
            }
            Actor::Staff(staff) if staff.role == staff::SUPPORT => {
                set = set.with(Obligation::Watermark);
            }
            _ => {}
        }
        set
    }
}

/// A reason as far as it says anything.
fn stated(reason: &Option<String>) -> &str {
    reason.as_deref().unwrap_or_default().trim()
}

fn deny(refusal: Refusal) -> Decision {
    Decision {
        effect: Effect::Deny,
        reason: refusal.reason,
        trace: Vec::new(),
        redaction: None,
        obligations: Obligations::default(),
        http: refusal.http,
        valid_until: None,
    }
}

/// The decision without its trace.
pub(crate) fn decide(scene: &Scene, action: Action, facts: &ResourceFacts<'_>) -> Decision {
    let case = Case::new(scene, action, facts);
    let refusal = GATES.iter().find_map(|(_, gate)| gate(&case).err());
    finish(&case, refusal)
}

/// The decision with what every gate said, those after the first no included.
pub(crate) fn decide_traced(scene: &Scene, action: Action, facts: &ResourceFacts<'_>) -> Decision {
    let case = Case::new(scene, action, facts);
    let mut trace = Vec::with_capacity(GATES.len() + 1);
    let mut first = None;
    for (name, gate) in GATES {
        match gate(&case) {
            Ok(()) => trace.push((*name, "pass")),
            Err(refusal) => {
                trace.push((refusal.gate, refusal.reason.0));
                first = first.or(Some(refusal));
            }
        }
    }
    let mut decision = finish(&case, first);
    if decision.permits() {
        trace.push(("permit", decision.reason.0));
    }
    decision.trace = trace;
    decision
}

fn finish(case: &Case<'_>, refusal: Option<Refusal>) -> Decision {
    let mut decision = match refusal {
        Some(refusal) => deny(refusal),
        None => case.permit(),
    };
    decision.valid_until = case.scene.next_flip(case.facts);
    decision
}
