//! Gate G4 for those without an account here: guests who pay a bill, openers of a share link.

use super::{Case, Refusal, Scene, Verdict, grant, refuse};
use crate::Action;
use crate::actor::{Actor, ShareLink};
use fhir::ResourceType;

/// Why a visitor is not let in at all: with a guest's token beyond the balance, with a link that is over.
pub(super) fn barred(scene: &Scene) -> Option<Refusal> {
    match &scene.standing.actor {
        Actor::Guest {
            matched: true,
            locked: false,
            detail: true,
            ..
        } => Some(refuse("G4", "DENY_GUEST_DETAIL", 401)),
        Actor::ShareLink(link) => opens(scene, link).err(),
        _ => None,
    }
}

pub(super) fn guest(case: &Case<'_>) -> Verdict {
    let Actor::Guest {
        matched,
        locked,
        detail,
        coded,
    } = &case.scene.standing.actor
    else {
        return Ok(());
    };
    // Locked, wrong and unknown must look the same from outside.
    if *locked {
        return Err(refuse("G4", "DENY_GUEST_LOCKED", 404));
    }
    let facet = case.facts.facet;
    // A confidential bill needs a code of its own.
    let confidential = facet.minor_consented || facet.is_sensitive();
    if !matched || (confidential && !coded) {
        return Err(refuse("G4", "DENY_GUEST_NO_MATCH", 404));
    }
    let is_balance = facet.resource_type == ResourceType::INVOICE && !detail;
    if !is_balance || case.action != Action::Read {
        return Err(refuse("G4", "DENY_GUEST_DETAIL", 401));
    }
    Ok(())
}

/// Whether a link is one that can be opened, and is opened with what it takes. The link of somebody who died
/// is over: what is left to say about their record, others say.
fn opens(scene: &Scene, link: &ShareLink) -> Verdict {
    let over = link.revoked || link.expires.is_some_and(|at| scene.now >= at);
    let died = scene.patient().is_some_and(|patient| patient.deceased);
    if over || (died && !link.created_by_proxy) {
        return Err(refuse("G4", "DENY_SHL_INACTIVE", 404));
    }
    if link.passcode_required && !link.passcode_ok {
        return Err(refuse("G4", "DENY_SHL_PASSCODE", 401));
    }
    Ok(())
}

/// A link shows what its maker may still see at the moment it is opened.
pub(super) fn share_link(case: &Case<'_>, link: &ShareLink) -> Verdict {
    opens(case.scene, link)?;
    if !case.reads() {
        return Err(refuse("G4", "DENY_ACTION", 403));
    }
    if link.created_by_proxy {
        grant::proxy(case)
    } else {
        grant::own(case)
    }
}
