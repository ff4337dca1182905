//! Gate G3: SMART scopes, granular ones included.

use super::{Case, Verdict, refuse};
use crate::actor::Actor;
use crate::constraint::{self, CATEGORY};
use crate::{Facet, ResourceFacts, Standing};
use fhir::ResourceType;
use smart::scope::{Action, Context, ResourceScope};

/// G3: some scope of the token lets this be done to this resource. First-party sessions carry no
/// scopes.
pub(super) fn granted(case: &Case<'_>) -> Verdict {
    let standing = &*case.scene.standing;
    let Some(client) = &standing.client else {
        return Ok(());
    };
    // What a link never does is refused as that, whatever it shows.
    if matches!(standing.actor, Actor::ShareLink(_)) && !case.reads() {
        return Ok(());
    }
    let facet = case.facts.facet;
    let name = facet.resource_type.name();
    let in_chart = case.facts.owner.is_none() || case.facts.owner == client.patient.as_deref();
    let granted = client.scopes.resources.iter().any(|scope| {
        scope.allows(case.action, name)
            && speaks_for(standing, scope.context)
            && (scope.context != Context::Patient || in_chart)
            && meets(scope, case.facts)
    });
    if granted {
        Ok(())
    } else {
        Err(refuse("G3", "DENY_SCOPE", 403))
    }
}

/// Whether a caller may use scopes of a context at all.
fn speaks_for(standing: &Standing, context: Context) -> bool {
    match (&standing.actor, context) {
        (Actor::Backend | Actor::Organization { .. }, Context::System) => true,
        (
            Actor::SelfPatient { .. }
            | Actor::Proxy { .. }
            | Actor::Staff(_)
            // The categories a link was made for are scopes of its own.
            | Actor::ShareLink(_),
            Context::Patient,
        ) => standing
            .client
            .as_ref()
            .is_some_and(|client| client.patient.is_some()),
        (Actor::SelfPatient { .. } | Actor::Proxy { .. } | Actor::Staff(_), Context::User) => true,
        _ => false,
    }
}

/// Whether a resource satisfies every constraint of a scope. A constraint nobody knows is satisfied
/// by nothing.
fn meets(scope: &ResourceScope, facts: &ResourceFacts<'_>) -> bool {
    let facet = facts.facet;
    scope.constraints.iter().all(|pair| match pair {
        (name, value) if name == CATEGORY => value.split(',').any(|v| is_in(facet, v)),
        pair => facts.content.meets(facet.resource_type, pair),
    })
}

/// Whether a facet has a category, as a token search would match it: `system|code`, `code`, `|code`
/// or `system|`.
fn is_in(facet: &Facet, wanted: &str) -> bool {
    facet.categories.iter().any(|category| {
        let (system, code) = category.split_once('|').unwrap_or(("", category));
        match wanted.split_once('|') {
            Some((wanted_system, "")) => !wanted_system.is_empty() && wanted_system == system,
            Some((wanted_system, wanted_code)) => {
                wanted_system == system && wanted_code.eq_ignore_ascii_case(code)
            }
            None => wanted.eq_ignore_ascii_case(code),
        }
    })
}

/// Whether any scope could let the action be done to some resource of the type.
pub(crate) fn reaches(standing: &Standing, action: Action, type_name: &str) -> bool {
    let Some(client) = &standing.client else {
        return true;
    };
    let resource_type = ResourceType::from_name(type_name);
    let is_enforced = |scope: &ResourceScope| {
        constraint::of_content(scope)
            .all(|pair| resource_type.is_some_and(|of| constraint::filter(of, pair).is_some()))
    };
    client.scopes.resources.iter().any(|scope| {
        scope.allows(action, type_name) && speaks_for(standing, scope.context) && is_enforced(scope)
    })
}
