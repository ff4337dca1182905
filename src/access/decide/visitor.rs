//! Gate G4 for those without an account here: guests who pay a bill, openers of a share link.

use super::{Case, Verdict, grant, refuse};
use crate::Action;
use crate::actor::{Actor, ShareLink};
use fhir::ResourceType;

pub(super) fn guest(case: &Case<'_>) -> Verdict {
    let Actor::Guest {
        matched,
        locked,
        detail,
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
    if !matched || facet.minor_consented || facet.is_sensitive() {
        return Err(refuse("G4", "DENY_GUEST_NO_MATCH", 404));
    }
    let is_balance = facet.resource_type == ResourceType::INVOICE && !detail;
    if !is_balance || case.action != Action::Read {
        return Err(refuse("G4", "DENY_GUEST_DETAIL", 401));
    }
    Ok(())
}

/// A link shows what its maker may still see at the moment it is opened.
pub(super) fn share_link(case: &Case<'_>, link: &ShareLink) -> Verdict {
    if link.revoked || link.expires.is_some_and(|at| case.scene.now >= at) {
        return Err(refuse("G4", "DENY_SHL_INACTIVE", 404));
    }
    if link.passcode_required && !link.passcode_ok {
        return Err(refuse("G4", "DENY_SHL_PASSCODE", 401));
    }
    if !case.reads() {
        return Err(refuse("G4", "DENY_ACTION", 403));
    }
    if link.created_by_proxy {
        grant::proxy(case)
    } else {
        grant::own(case)
    }
}
