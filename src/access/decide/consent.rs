//! Gate G7: what the patient said of apps, of people, of other organizations and of sharing by link.

use super::{Case, Verdict, grant, refuse};
use crate::ConsentFact;
use crate::actor::{Actor, Client};
use crate::facts::ConsentKind;
use crate::time::within;
use fhir::ResourceType;

/// G7: an outside app has a live consent; no refusal of the patient names the app, the person or the
/// organization that asks, or speaks of links.
pub(super) fn given(case: &Case<'_>) -> Verdict {
    match &case.scene.standing.actor {
        Actor::SelfPatient { .. } => app(case),
        Actor::Proxy { related_person, .. } => {
            person(case, related_person)?;
            app(case)
        }
        Actor::ShareLink(link) => {
            if let Some(related_person) = &link.related_person {
                person(case, related_person)?;
            }
            by_link(case)
        }
        Actor::Organization { id, .. } => exchange(case, id),
        Actor::Staff(staff) => {
            let who = format!("Practitioner/{}", staff.practitioner);
            let named = |consent: &ConsentFact| {
                // Not a refusal of everybody who acts for the patient: staff do not.
                consent.people.contains(&who)
            };
            // Who somebody is they see all the same: else they could not say whose emergency it is.
            let of = case.facts.facet.resource_type;
            if of != ResourceType::PATIENT
                && denied_person(case, case.scene.consents_of(case.facts.owner), named)
            {
                return case.unless_glass_broken(refuse("G7", "DENY_CONSENT", 403));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Nothing goes out by a link that the patient keeps from all links, or from all but named exceptions.
fn by_link(case: &Case<'_>) -> Verdict {
    let consents = &case.scene.standing.consents;
    let refused = consents.iter().any(|consent| {
        consent.kind == ConsentKind::Link
            && !consent.permit
            && is_live(case, consent)
            && consent.reaches(case.facts.facet)
    });
    match refused && !case.is_public() {
        true => Err(refuse("G7", "DENY_CONSENT", 404)),
        false => Ok(()),
    }
}

/// In force at the instant of the request.
pub(super) fn is_live(case: &Case<'_>, consent: &ConsentFact) -> bool {
    consent.active && within(consent.start, consent.end, case.scene.now)
}

fn denied_person(
    case: &Case<'_>,
    consents: &[ConsentFact],
    named: impl Fn(&ConsentFact) -> bool,
) -> bool {
    consents.iter().any(|consent| {
        consent.kind == ConsentKind::PersonDeny
            && !consent.permit
            && is_live(case, consent)
            && consent.reaches(case.facts.facet)
            && named(consent)
    })
}

/// Somebody who acts for the patient, unless the patient keeps this from them. What parents of a minor may see is
/// the law's to say, not one consent's.
fn person(case: &Case<'_>, related_person: &str) -> Verdict {
    let scene = case.scene;
    let parental = scene.standing.relationship.as_ref();
    let parental = parental.is_some_and(|one| grant::is_parental(one.kind));
    let emancipated = scene.patient().is_some_and(|patient| patient.emancipated);
    // Their own relationship, and what is nobody's, they see all the same.
    if (parental && !emancipated) || grant::is_own_relationship(case) || case.is_public() {
        return Ok(());
    }
    let who = format!("RelatedPerson/{related_person}");
    match denied_person(case, &scene.standing.consents, |one| {
        one.is_about_person(&who)
    }) {
        true => Err(refuse("G7", "DENY_CONSENT", 404)),
        false => Ok(()),
    }
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
        if !concerns(case, consent, client) {
            continue;
        }
        if !consent.permit {
            if consent.reaches(facet) && !case.is_public() {
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

/// Whether a live consent speaks about an app: a denial that names none is about every one.
fn concerns(case: &Case<'_>, consent: &ConsentFact, client: &Client) -> bool {
    let names_it = consent.client.as_deref() == Some(client.id.as_str());
    let of_kind = match consent.kind {
        ConsentKind::App => names_it,
        ConsentKind::AppDeny => !consent.permit && (names_it || consent.client.is_none()),
        _ => false,
    };
    of_kind && is_live(case, consent)
}

fn exchange(case: &Case<'_>, organization: &str) -> Verdict {
    let consents = case.scene.consents_of(case.facts.owner);
    let refused = consents.iter().any(|consent| {
        matches!(
            consent.kind,
            ConsentKind::Exchange | ConsentKind::OrganizationDeny
        ) && !consent.permit
            && consent.is_about_organization(organization)
            && is_live(case, consent)
            && consent.reaches(case.facts.facet)
    });
    if refused {
        return case.unless_glass_broken(refuse("G7", "DENY_CONSENT", 404));
    }
    Ok(())
}
