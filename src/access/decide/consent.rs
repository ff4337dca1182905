//! Gate G7: consents to apps and to exchange.

use super::{Case, Verdict, refuse};
use crate::ConsentFact;
use crate::actor::Actor;
use crate::facts::ConsentKind;
use crate::time::within;

/// G7: an outside app has a live consent; no refusal of the patient names the organization that
/// asks.
pub(super) fn given(case: &Case<'_>) -> Verdict {
    match &case.scene.standing.actor {
        Actor::SelfPatient { .. } | Actor::Proxy { .. } => app(case),
        Actor::Organization { id, .. } => exchange(case, id),
        _ => Ok(()),
    }
}

fn is_live(case: &Case<'_>, consent: &ConsentFact) -> bool {
    consent.active && within(consent.start, consent.end, case.scene.now)
}

fn app(case: &Case<'_>) -> Verdict {
    let Some(client) = &case.scene.standing.client else {
        return Ok(());
    };
    if !client.third_party {
        return Ok(());
    }
    let facet = case.facts.facet;
    let mut any = false;
    let mut covered = false;
    for consent in &case.scene.standing.consents {
        let concerns = consent.kind == ConsentKind::App
            && consent.client.as_deref() == Some(client.id.as_str())
            && is_live(case, consent);
        if !concerns {
            continue;
        }
        if !consent.permit {
            if consent.covers(facet.resource_type) {
                return Err(refuse("G7", "DENY_CONSENT", 403));
            }
            continue;
        }
        any = true;
        covered |= consent.reaches(facet);
    }
    match (any, covered || case.is_public()) {
        (false, _) => Err(refuse("G7", "DENY_CONSENT", 403)),
        (true, false) => Err(refuse("G7", "DENY_CONSENT_TYPE", 403)),
        (true, true) => Ok(()),
    }
}

fn exchange(case: &Case<'_>, organization: &str) -> Verdict {
    let consents = case.scene.consents_of(case.facts.owner);
    let refused = consents.iter().any(|consent| {
        let names_it = consent
            .organization
            .as_deref()
            .is_none_or(|named| named == organization);
        matches!(
            consent.kind,
            ConsentKind::Exchange | ConsentKind::OrganizationDeny
        ) && !consent.permit
            && names_it
            && is_live(case, consent)
            && consent.covers(case.facts.facet.resource_type)
    });
    if refused {
        return case.unless_glass_broken(refuse("G7", "DENY_CONSENT", 404));
    }
    Ok(())
}
