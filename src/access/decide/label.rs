//! Gates G5 minor consent, G6 release hold and G8 sensitivity.

use super::{Case, Refusal, Verdict, consent, grant, refuse, staff, system};
use crate::actor::{Actor, RelationshipKind, Staff};
use crate::facts::{Confidentiality, ConsentKind, HoldKind};
use crate::{Action, labels};

/// A patient's own way in, or somebody's in the patient's name: `Some(true)` for a proxy's.
fn patient_facing(case: &Case<'_>) -> Option<bool> {
    match &case.scene.standing.actor {
        Actor::SelfPatient { .. } => Some(false),
        Actor::Proxy { .. } => Some(true),
        Actor::ShareLink(link) => Some(link.created_by_proxy),
        Actor::Organization { purpose_of_use, .. }
            if system::purpose(purpose_of_use) == system::Purpose::PatientRequest =>
        {
            Some(false)
        }
        _ => None,
    }
}

/// G5: care a minor consented to alone is hidden from the parents until the minor releases it.
pub(super) fn minor_consent(case: &Case<'_>) -> Verdict {
    let facet = case.facts.facet;
    if !facet.minor_consented || facet.minor_released || patient_facing(case) != Some(true) {
        return Ok(());
    }
    let parental = case
        .scene
        .standing
        .relationship
        .as_ref()
        .is_none_or(|r| grant::is_parental(r.kind));
    // Whoever stands in for a minor stands where the parents do; an adult's own proxy does not.
    if !parental && case.scene.ages.surely_adult {
        return Ok(());
    }
    let who = match &case.scene.standing.actor {
        Actor::Proxy { related_person, .. } => format!("RelatedPerson/{related_person}"),
        _ => case.scene.standing.agent.who.clone(),
    };
    let released = case.scene.standing.consents.iter().any(|consent| {
        consent.kind == ConsentKind::MinorRelease
            && consent.permit
            && consent::is_live(case, consent)
            && consent.is_about_person(&who)
            && consent.reaches(facet)
    });
    if released {
        Ok(())
    } else {
        Err(refuse("G5", "DENY_MINOR_CONSENTED", 404))
    }
}

/// Whether a hold is one the law knows (45 CFR 171.201, .202): for whom it binds.
fn binds(hold: &HoldKind, proxy: bool) -> bool {
    match hold.reason.as_str() {
        // The patient asked to wait: that binds the patient's own view, and everybody in their
        // name.
        "patient-preference" => true,
        "law" => hold.signed,
        "harm" => {
            hold.signed
                && match hold.harm.as_deref() {
                    Some("life-or-physical-safety") => true,
                    Some("substantial") => proxy,
                    _ => false,
                }
        }
        _ => false,
    }
}

/// Whether a hold made for a wish of the patient's stands on one that is still there. What another organization asks
/// for the patient waits for its end: of that wish it is told nothing.
fn still_wished(case: &Case<'_>, hold: &HoldKind) -> bool {
    let standing = &case.scene.standing;
    !hold.standing
        || matches!(standing.actor, Actor::Organization { .. })
        || standing
            .consents
            .iter()
            .any(|one| one.kind == ConsentKind::Wait && consent::is_live(case, one))
}

/// G6: a documented hold with an end, for the patient and those in the patient's name.
pub(super) fn hold(case: &Case<'_>) -> Verdict {
    let Some(hold) = &case.facts.facet.hold else {
        return Ok(());
    };
    let (Some(proxy), Some(until)) = (patient_facing(case), case.facts.hold_until) else {
        return Ok(());
    };
    if !binds(hold, proxy) || !still_wished(case, hold) || case.scene.now.as_microsecond() >= until
    {
        return Ok(());
    }
    Err(refuse(
        "G6",
        "DENY_RELEASE_HOLD",
        if proxy { 404 } else { 403 },
    ))
}

/// G8: psychotherapy notes, exclusions, Part 2, payment, confidentiality outside the care team.
pub(super) fn sensitivity(case: &Case<'_>) -> Verdict {
    let facet = case.facts.facet;
    if facet.labels.is_empty() && facet.confidentiality < Confidentiality::R {
        return Ok(());
    }
    if facet
        .labels
        .iter()
        .any(|label| labels::is_psychotherapy_note(label))
    {
        psychotherapy(case)?;
    }
    if facet.is_private() {
        private(case)?;
    }
    match &case.scene.standing.actor {
        Actor::SelfPatient { .. } => unknown_to_apps(case),
        Actor::Proxy { .. } => proxy(case),
        Actor::ShareLink(link) => {
            let ticked = facet
                .labels
                .iter()
                .all(|label| link.included_labels.iter().any(|named| named == label));
            if !ticked || (facet.labels.is_empty() && facet.is_sensitive()) {
                return Err(refuse("G8", "DENY_LABEL", 404));
            }
            if link.created_by_proxy {
                proxy(case)
            } else {
                Ok(())
            }
        }
        Actor::Organization { purpose_of_use, .. } => organization(case, purpose_of_use),
        Actor::Staff(member) => confidential(case, member),
        Actor::Guest { .. } | Actor::Backend | Actor::Anonymous => Ok(()),
    }
}

/// Nobody reads them here; who writes them may file them.
fn psychotherapy(case: &Case<'_>) -> Verdict {
    let files = match &case.scene.standing.actor {
        Actor::Backend => !case.reads(),
        Actor::Staff(_) => case.action == Action::Create,
        _ => false,
    };
    if files {
        return Ok(());
    }
    let http = match &case.scene.standing.actor {
        Actor::SelfPatient { .. } | Actor::Staff(_) | Actor::Backend => 403,
        _ => 404,
    };
    Err(refuse("G8", "DENY_PSYCHOTHERAPY_NOTE", http))
}

/// What the patient marked private is for them and the people who treat them here: not for apps of others, nor
/// for other organizations, nor for who acts for them, except parents of a child too young to keep anything private
/// and whoever the law puts in the patient's place. A link shows it where it was ticked.
fn private(case: &Case<'_>) -> Verdict {
    let standing = &case.scene.standing;
    let outside = standing.client.as_ref().is_some_and(|it| it.third_party);
    match &standing.actor {
        Actor::SelfPatient { .. } if outside => Err(refuse("G8", "DENY_LABEL", 403)),
        Actor::Proxy { .. } | Actor::ShareLink(_) if private_to_the_patient(case) => {
            Err(refuse("G8", "DENY_LABEL", 404))
        }
        Actor::Proxy { .. } if outside => Err(refuse("G8", "DENY_LABEL", 404)),
        Actor::Organization { .. } => case.unless_glass_broken(refuse("G8", "DENY_LABEL", 404)),
        _ => Ok(()),
    }
}

/// Whether somebody in the patient's name is one whom the patient may keep things from.
fn private_to_the_patient(case: &Case<'_>) -> bool {
    let scene = case.scene;
    if patient_facing(case) != Some(true) {
        return false;
    }
    let Some(relationship) = &scene.standing.relationship else {
        return true;
    };
    let emancipated = scene.patient().is_some_and(|patient| patient.emancipated);
    match relationship.kind {
        RelationshipKind::Adult => true,
        RelationshipKind::Parent | RelationshipKind::Guardian => {
            scene.ages.may_have_account || emancipated
        }
        RelationshipKind::PersonalRepresentative
        | RelationshipKind::EstateRepresentative
        | RelationshipKind::DiminishedCapacity => false,
    }
}

fn unknown_to_apps(case: &Case<'_>) -> Verdict {
    let outside = case
        .scene
        .standing
        .client
        .as_ref()
        .is_some_and(|client| client.third_party);
    if outside && has_unknown(case) {
        return Err(refuse("G8", "DENY_LABEL", 403));
    }
    Ok(())
}

fn has_unknown(case: &Case<'_>) -> bool {
    case.facts
        .facet
        .labels
        .iter()
        .any(|label| !labels::is_known(label))
}

fn proxy(case: &Case<'_>) -> Verdict {
    let Some(relationship) = &case.scene.standing.relationship else {
        return Ok(());
    };
    let pack = &case.scene.pack;
    let excluded = relationship.exclude_sensitive
        || (!grant::is_parental(relationship.kind) && !pack.adult_proxy_sees_sensitive);
    if (excluded && case.facts.facet.is_sensitive()) || has_unknown(case) {
        return Err(refuse("G8", "DENY_LABEL", 404));
    }
    Ok(())
}

fn organization(case: &Case<'_>, code: &str) -> Verdict {
    let facet = case.facts.facet;
    let purpose = system::purpose(code);
    if facet.is_part2() && purpose != system::Purpose::PatientRequest && !part2_consented(case) {
        case.unless_glass_broken(refuse("G8", "DENY_PART2_CONSENT", 404))?;
    }
    let plain_only = matches!(
        purpose,
        system::Purpose::Payment | system::Purpose::PublicHealth
    );
    if plain_only && facet.is_sensitive() {
        return Err(refuse("G8", "DENY_LABEL", 404));
    }
    Ok(())
}

fn part2_consented(case: &Case<'_>) -> bool {
    let Actor::Organization { id, .. } = &case.scene.standing.actor else {
        return false;
    };
    case.scene.consents_of(case.facts.owner).iter().any(|one| {
        one.kind == ConsentKind::Part2
            && one.permit
            && one.is_about_organization(id)
            && consent::is_live(case, one)
            && one.reaches(case.facts.facet)
    })
}

fn confidential(case: &Case<'_>, member: &Staff) -> Verdict {
    if !case.facts.facet.is_restricted() || staff::on_care_team(case, member) {
        return Ok(());
    }
    let refusal: Refusal = refuse("G8", "DENY_LABEL", 403);
    case.unless_glass_broken(refusal)
}
