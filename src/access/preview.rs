//! What a parent will see of a thing, asked before it is released: the same gates, for a parent who may see all
//! that the child's age lets parents see.

use crate::actor::{Account, RelationshipKind, RelationshipStatus};
use crate::decide::{Scene, decide};
use crate::standing::Agent;
use crate::{
    Action, Actor, ConsentFact, Decision, Pack, PatientFacts, Relationship, ResourceFacts, Standing,
};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A parent's eyes on one child's chart, at one instant. Decides, and opens nothing.
#[derive(Debug)]
pub struct Preview {
    scene: Scene,
}

impl Preview {
    /// For a child and the consents in force.
    pub fn of_parent(
        patient: PatientFacts,
        consents: Vec<ConsentFact>,
        pack: Arc<Pack>,
        now: Timestamp,
    ) -> Self {
        let relationship = Relationship {
            kind: RelationshipKind::Parent,
            status: RelationshipStatus::Active,
            level: None,
            consented_at: None,
            start: None,
            end: None,
            court_restricted: false,
            exclude_sensitive: false,
            read_only: false,
        };
        let standing = Standing {
            actor: Actor::Proxy {
                account: Account::Active,
                terms_accepted: true,
                adult: true,
                related_person: String::new(),
            },
            client: None,
            patient: Some(patient),
            relationship: Some(relationship),
            consents,
            others: BTreeMap::new(),
            charts: Vec::new(),
            agent: Agent::default(),
        };
        Self {
            scene: Scene::new(Arc::new(standing), pack, now),
        }
    }
    /// Whether, and on what ground, a parent may read it.
    pub fn decide(&self, facts: &ResourceFacts<'_>) -> Decision {
        decide(&self.scene, Action::Read, facts)
    }
    /// Whether a thing that a parent sees carries a label of care minors may consent to alone: a result of such
    /// care that was not marked as such.
    pub fn gives_away(&self, facts: &ResourceFacts<'_>) -> bool {
        let pack = &self.scene.pack;
        !facts.facet.minor_consented
            && self.decide(facts).permits()
            && facts.facet.labels.iter().any(|label| {
                let kinds = &pack.minor_consents;
                kinds.iter().any(|kind| kind.labels.contains(label))
            })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Facet;
    use fhir::ResourceType;

    fn at(birth_date: &str) -> Preview {
        let patient = PatientFacts {
            id: "p".to_owned(),
            birth_date: Some(birth_date.to_owned()),
            ..PatientFacts::default()
        };
        let pack = Arc::new(Pack::shipped("middlesex").unwrap());
        let now = "2026-06-15T16:00:00Z".parse().unwrap();
        Preview::of_parent(patient, Vec::new(), pack, now)
    }

    #[test]
    fn a_parent_of_a_young_child_sees_all_but_the_childs_own_secrets() {
        let mut facet = Facet::plain(ResourceType::OBSERVATION);
        let facts = |facet: &Facet| {
            let facts = ResourceFacts {
                facet,
                id: "o",
                owner: Some("p"),
                hold_until: None,
                pool: None,
                content: crate::Content::Unknown,
            };
            (
                at("2015-02-01").decide(&facts).permits(),
                at("2015-02-01").gives_away(&facts),
                at("2011-02-01").decide(&facts).permits(),
            )
        };
        assert_eq!(facts(&facet), (true, false, false));
        facet.labels.push("STD".to_owned());
        assert_eq!(facts(&facet), (true, true, false));
        facet.minor_consented = true;
        assert_eq!(facts(&facet), (false, false, false));
    }
}
