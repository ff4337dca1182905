//! Why somebody may see or do something: the whole trace for those it tells nothing new, and for all
//! others an answer of one shape that no data goes into.

use crate::class::DataClass;
use crate::words::why_not;
use crate::{Access, Action, Actor, Decision, Facet, Pack, ResourceFacts, citation};
use fhir::ResourceType;

/// How much may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The patients themselves, and the house's own people and systems.
    Whole,
    /// Proxies, outside apps, other organizations: nothing that rests on what is in the record.
    Constant,
}

impl Audience {
    /// Who asks.
    pub fn of(access: &Access) -> Self {
        let standing = access.standing();
        let outside = standing
            .client
            .as_ref()
            .is_some_and(|client| client.third_party);
        match &standing.actor {
            Actor::SelfPatient { .. } if !outside && standing.charts.is_empty() => Self::Whole,
            Actor::Staff(_) | Actor::Backend if !outside => Self::Whole,
            _ => Self::Constant,
        }
    }
}

/// One rule that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `G4`, or `permit` for the ground of a permit.
    pub gate: &'static str,
    pub title: &'static str,
    /// `pass`, or the code of what it said.
    pub outcome: &'static str,
    /// The same in plain words; empty for `pass`.
    pub text: &'static str,
    /// Where it is written.
    pub source: String,
}

/// The rules of a decision, in their order.
pub fn steps(decision: &Decision, pack: &Pack) -> Vec<Step> {
    let steps = decision.trace.iter().map(|&(gate, outcome)| Step {
        gate,
        title: citation::gate_title(gate),
        outcome,
        text: match outcome {
            "pass" => "",
            _ if gate == "permit" => why(outcome),
            _ => why_not(outcome),
        },
        source: citation::source(outcome, pack),
    });
    steps.collect()
}

/// The ground of a permit in plain words.
pub fn why(reason: &str) -> &'static str {
    match reason {
        "PERMIT_SELF" => "It is your own record.",
        "PERMIT_PROXY_FULL" => "You act for this patient with full access.",
        "PERMIT_PROXY_LEVEL" => "Your level of access includes this.",
        "PERMIT_PROXY_DEMOGRAPHICS" => "At this age your access is name and address only.",
        "PERMIT_OWN_RELATIONSHIP" => "It is your own relationship to the patient.",
        "PERMIT_STAFF_ROLE" => "Your role includes this.",
        "PERMIT_BTG" => "You declared an emergency: the patient is told and it is reviewed.",
        "PERMIT_BACKEND" => "This service’s scopes include it.",
        _ => "It is permitted.",
    }
}

/// What one may do with things of a class, were nothing special about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    pub class: DataClass,
    /// A type of the class, which was asked about.
    pub resource_type: ResourceType,
    /// `r`, `cru`…; empty for nothing.
    pub may: String,
    /// The code of the rule that says so.
    pub reason: &'static str,
    pub text: &'static str,
    pub source: String,
}

/// A type that stands for each class.
fn types() -> [(DataClass, ResourceType); 9] {
    [
        (DataClass::Demographics, ResourceType::PATIENT),
        (DataClass::Clinical, ResourceType::OBSERVATION),
        (DataClass::Immunization, ResourceType::IMMUNIZATION),
        (DataClass::Scheduling, ResourceType::APPOINTMENT),
        (DataClass::Messaging, ResourceType::COMMUNICATION),
        (DataClass::Financial, ResourceType::INVOICE),
        (DataClass::Consent, ResourceType::CONSENT),
        (DataClass::Audit, ResourceType::AUDIT_EVENT),
        (DataClass::Directory, ResourceType::ORGANIZATION),
    ]
}

/// What the caller may do with each class, from relationship, age, pack, scopes and consents alone.
pub fn classes(access: &Access) -> Vec<Allowed> {
    let all = types().into_iter();
    all.map(|(class, resource_type)| allowed(access, class, resource_type))
        .collect()
}

/// The same for one type.
pub fn of_type(access: &Access, resource_type: ResourceType) -> Option<Allowed> {
    let class = crate::class::treatment(resource_type)?.class;
    Some(allowed(access, class, resource_type))
}

fn allowed(access: &Access, class: DataClass, resource_type: ResourceType) -> Allowed {
    let of = |action| plain(access, resource_type, action);
    let read = of(Action::Read);
    let actions = [Action::Create, Action::Read, Action::Update, Action::Delete];
    let may = actions
        .into_iter()
        .filter(|action| of(*action).permits())
        .map(Action::letter)
        .collect();
    Allowed {
        class,
        resource_type,
        may,
        reason: read.reason.0,
        text: match read.permits() {
            true => why(read.reason.0),
            false => why_not(read.reason.0),
        },
        source: citation::source(read.reason.0, access.pack()),
    }
}

/// The decision about something of a type that is nobody's secret: no data goes into it.
pub fn plain(access: &Access, resource_type: ResourceType, action: Action) -> Decision {
    let facet = Facet::plain(resource_type);
    let owner = access.standing().patient.as_ref();
    let unowned = crate::class::treatment(resource_type).is_some_and(|t| t.readable_unowned);
    let facts = ResourceFacts {
        facet: &facet,
        id: "",
        owner: owner
            .map(|patient| patient.id.as_str())
            .filter(|_| !unowned),
        hold_until: None,
        pool: None,
        content: crate::Content::Unknown,
    };
    access.decide_traced(action, &facts)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Standing;
    use crate::actor::{Account, Client};
    use crate::actor::{RelationshipKind, RelationshipStatus};
    use crate::standing::Agent;
    use crate::{PatientFacts, Relationship};
    use smart::scope::Scopes;
    use std::sync::Arc;

    /// A mother of a child born that day, through an app.
    fn mother(born: &str, third_party: bool) -> Access {
        let standing = Standing {
            actor: Actor::Proxy {
                account: Account::Active,
                terms_accepted: true,
                adult: true,
                related_person: "m".to_owned(),
            },
            client: Some(Client {
                id: "app".to_owned(),
                scopes: Scopes::parse("patient/*.rs"),
                patient: Some("c".to_owned()),
                expires: None,
                revoked: false,
                active: true,
                bound_to: None,
                third_party,
            }),
            patient: Some(PatientFacts {
                id: "c".to_owned(),
                birth_date: Some(born.to_owned()),
                ..PatientFacts::default()
            }),
            relationship: Some(Relationship {
                kind: RelationshipKind::Parent,
                status: RelationshipStatus::Active,
                level: None,
                consented_at: None,
                start: None,
                end: None,
                court_restricted: false,
                exclude_sensitive: false,
                read_only: false,
            }),
            consents: Vec::new(),
            others: Default::default(),
            charts: Vec::new(),
            agent: Agent::default(),
        };
        let now = "2026-06-15T16:00:00Z".parse().unwrap();
        let pack = Arc::new(Pack::shipped("middlesex").unwrap());
        Access::open(Arc::new(standing), pack, now).unwrap()
    }

    #[test]
    fn a_proxy_is_told_by_age_and_level_and_never_by_data() {
        let young = mother("2020-01-01", false);
        assert_eq!(Audience::of(&young), Audience::Constant);
        let classes = classes(&young);
        assert_eq!(classes.len(), DataClass::ALL.len());
        let clinical = classes
            .iter()
            .find(|c| c.class == DataClass::Clinical)
            .unwrap();
        assert_eq!(
            (clinical.may.as_str(), clinical.reason),
            ("r", "PERMIT_PROXY_FULL")
        );
        let teen = mother("2011-01-01", false);
        let clinical = of_type(&teen, ResourceType::OBSERVATION).unwrap();
        assert_eq!(
            (clinical.may.as_str(), clinical.reason),
            ("", "DENY_PROXY_LEVEL_AGE")
        );
        assert!(clinical.source.contains("middlesex"));
        let patient = of_type(&teen, ResourceType::PATIENT).unwrap();
        assert_eq!(
            patient.text,
            "At this age your access is name and address only."
        );
    }

    #[test]
    fn the_rules_of_a_decision_are_told_in_their_order() {
        let teen = mother("2011-01-01", false);
        let decision = plain(&teen, ResourceType::OBSERVATION, Action::Read);
        let steps = steps(&decision, teen.pack());
        let gates: Vec<&str> = steps.iter().map(|step| step.gate).collect();
        assert_eq!(
            gates,
            ["G0", "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8"]
        );
        assert_eq!(steps[4].outcome, "DENY_PROXY_LEVEL_AGE");
        assert_eq!(steps[0].text, "");
    }

    #[test]
    fn outside_apps_and_proxies_get_the_answer_of_one_shape() {
        assert_eq!(
            Audience::of(&mother("2020-01-01", true)),
            Audience::Constant
        );
        let pack = Arc::new(Pack::shipped("middlesex").unwrap());
        let now = "2026-06-15T16:00:00Z".parse().unwrap();
        let house = Access::for_task(crate::Task::Standing, pack, now);
        assert_eq!(Audience::of(&house), Audience::Whole);
    }
}
