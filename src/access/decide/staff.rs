//! Gate G4 for staff: role matrix, queues, ticket, pool, treatment relationship.

use super::{Case, Verdict, refuse};
use crate::actor::Staff;
use crate::class::DataClass;
use crate::vocabulary::TASK_CODE;
use crate::{Action, Facet, Pack};
use fhir::ResourceType;

pub(super) const CLINICIAN: &str = "clinician";
pub(super) const SUPPORT: &str = "support";
const POOL_AGENT: &str = "pool-agent";
/// Who reads and answers the messages of their own pools, and no others.
const OF_POOLS: [&str; 3] = [POOL_AGENT, SUPPORT, "billing"];

/// Whether a staff member is on the care team of the resource's patient.
pub(super) fn on_care_team(case: &Case<'_>, staff: &Staff) -> bool {
    case.facts
        .owner
        .is_some_and(|owner| staff.care_team_of.iter().any(|patient| patient == owner))
}

fn in_pool(case: &Case<'_>, staff: &Staff) -> bool {
    case.facts
        .pool
        .is_some_and(|pool| staff.pools.iter().any(|own| own == pool))
}

/// What a Task of the house is to a role: work of a queue of its own, or somebody else's. `None` for whatever is
/// no such Task.
fn queued(facet: &Facet, pack: &Pack, role: &str) -> Option<bool> {
    if facet.resource_type != ResourceType::TASK {
        return None;
    }
    let codes = facet.categories.iter();
    let codes = codes.filter_map(|category| category.strip_prefix(TASK_CODE)?.strip_prefix('|'));
    codes
        .map(|code| pack.queues.holds(role, code))
        .reduce(|one, other| one || other)
}

/// A Task by which somebody asked support for help.
pub(super) fn is_support_ticket(facet: &Facet) -> bool {
    let code = |one: &String| one.strip_prefix(TASK_CODE) == Some("|support-ticket");
    facet.resource_type == ResourceType::TASK && facet.categories.iter().any(code)
}

/// Besides its queue support sees of an account what its role may while it works on that person's question. It
/// changes nothing.
fn supports(case: &Case<'_>, staff: &Staff) -> bool {
    let (owner, now) = (case.facts.owner, case.scene.now);
    let mut tickets = staff.tickets.iter();
    case.reads() && tickets.any(|ticket| ticket.opens(owner, now))
}

pub(super) fn granted(case: &Case<'_>, staff: &Staff) -> Verdict {
    let no_role = refuse("G4", "DENY_ROLE", 403);
    let matrix = case.scene.pack.staff_role(&staff.role).ok_or(no_role)?;
    let class = match case.treatment {
        Some(treatment) => super::grant::facet_class(case.facts.facet, treatment.class),
        None => return Err(no_role),
    };
    let queued = queued(case.facts.facet, &case.scene.pack, &staff.role);
    if queued == Some(false) {
        return Err(refuse("G4", "DENY_QUEUE", 403));
    }
    // Work is read by whose it is; it is changed by the verbs of the house, or by who may change such things.
    let is_own_work = queued == Some(true) && case.reads();
    if !is_own_work && !matrix.allows(class, case.action) {
        return Err(no_role);
    }
    let routable = class == DataClass::Messaging || is_own_work;
    let routed_here = routable && in_pool(case, staff);
    let asks_support = is_support_ticket(case.facts.facet);
    let supported = staff.role == SUPPORT && (asks_support || supports(case, staff));
    let by_pool = class == DataClass::Messaging && OF_POOLS.contains(&staff.role.as_str());
    if by_pool && !supported && !routed_here {
        let creates = case.action == Action::Create && staff.role == POOL_AGENT;
        if !creates || case.facts.pool.is_some() {
            return Err(refuse("G4", "DENY_POOL", 403));
        }
    }
    if staff.role == SUPPORT && !case.is_public() && !is_own_work && !supported && !by_pool {
        return Err(no_role);
    }
    let treats = staff.role == CLINICIAN
        && !case.is_public()
        && matches!(
            class,
            DataClass::Clinical | DataClass::Immunization | DataClass::Messaging
        );
    if treats && !on_care_team(case, staff) && !routed_here {
        return case.unless_glass_broken(refuse("G4", "DENY_NO_TREATMENT_RELATIONSHIP", 403));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::actor::{Account, Staff};
    use crate::decide::{Scene, decide};
    use crate::standing::Agent;
    use crate::{Action, Actor, Facet, Pack, ResourceFacts, Standing};
    use fhir::ResourceType;
    use std::sync::Arc;

    fn asked(role: &str, code: &str, action: Action) -> &'static str {
        asked_in("front", role, code, action)
    }

    /// What is answered about work, or a message where the code is empty, routed to a pool.
    fn asked_in(pool: &str, role: &str, code: &str, action: Action) -> &'static str {
        let pack = Arc::new(Pack::shipped("middlesex").unwrap());
        let actor = Actor::Staff(Staff {
            account: Account::Active,
            role: role.to_owned(),
            practitioner: "own".to_owned(),
            care_team_of: vec!["p1".to_owned()],
            pools: vec!["front".to_owned()],
            tickets: Vec::new(),
            break_glass: Vec::new(),
        });
        let standing = Standing::bare(actor, None, Agent::default());
        let now = "2026-11-22T17:00:00Z".parse().unwrap();
        let scene = Scene::new(Arc::new(standing), pack, now);
        let mut facet = match code {
            "" => Facet::plain(ResourceType::COMMUNICATION),
            _ => Facet::plain(ResourceType::TASK),
        };
        facet.categories = vec![code.to_owned()];
        let facts = ResourceFacts {
            pool: Some(pool),
            ..ResourceFacts::some(&facet, "p1")
        };
        decide(&scene, action, &facts).reason.0
    }

    fn house(code: &str) -> String {
        format!("https://kinchart.org/fhir/CodeSystem/task-code|{code}")
    }

    #[test]
    fn work_of_the_house_is_read_by_the_roles_whose_queue_it_is_in() {
        for (role, code) in [
            ("privacy", "privacy-review"),
            ("privacy", "restriction-request"),
            ("support", "support-ticket"),
            ("him", "proxy-request"),
            ("registration", "account-activation"),
            ("clinician", "discuss-result"),
            ("pool-agent", "message-handling"),
            ("billing", "payment"),
        ] {
            let code = house(code);
            assert_eq!(
                asked(role, &code, Action::Read),
                "PERMIT_STAFF_ROLE",
                "{role} {code}"
            );
            assert_eq!(
                asked(role, &code, Action::Search),
                "PERMIT_STAFF_ROLE",
                "{role} {code}"
            );
        }
    }

    #[test]
    fn work_of_others_and_of_nobody_is_not_read() {
        for (role, code) in [
            ("privacy", "proxy-request"),
            ("him", "privacy-review"),
            ("clinician", "proxy-request"),
            ("registration", "message-handling"),
            ("billing", "support-ticket"),
            ("him", "made-up"),
        ] {
            let code = house(code);
            assert_eq!(
                asked(role, &code, Action::Read),
                "DENY_QUEUE",
                "{role} {code}"
            );
            assert_eq!(
                asked(role, &code, Action::Update),
                "DENY_QUEUE",
                "{role} {code}"
            );
        }
        let code = house("privacy-review");
        assert_eq!(asked("wizard", &code, Action::Read), "DENY_ROLE");
    }

    #[test]
    fn a_queue_lets_nobody_rewrite_the_work_in_it() {
        for (role, code) in [("privacy", "privacy-review"), ("support", "support-ticket")] {
            let code = house(code);
            assert_eq!(
                asked(role, &code, Action::Update),
                "DENY_ROLE",
                "{role} {code}"
            );
        }
    }

    #[test]
    fn messages_and_their_work_are_for_the_pool_they_went_to() {
        let work = house("message-handling");
        for role in ["pool-agent", "support", "billing"] {
            for code in ["", &work] {
                let read = |pool| asked_in(pool, role, code, Action::Read);
                assert_eq!(read("front"), "PERMIT_STAFF_ROLE", "{role} {code}");
                assert_eq!(read("back"), "DENY_POOL", "{role} {code}");
            }
        }
        let ticket = house("support-ticket");
        let read = asked_in("back", "support", &ticket, Action::Read);
        assert_eq!(read, "PERMIT_STAFF_ROLE");
    }

    #[test]
    fn tasks_of_other_systems_go_by_the_role_as_before() {
        let other = "http://hl7.org/fhir/CodeSystem/task-code|fulfill";
        assert_eq!(asked("clinician", other, Action::Read), "PERMIT_STAFF_ROLE");
        assert_eq!(asked("billing", other, Action::Read), "DENY_ROLE");
    }
}
