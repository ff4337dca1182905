//! Gates G0 token, G1 context and G2 account.

use super::{Case, Refusal, Scene, Verdict, refuse};
use crate::Standing;
use crate::actor::{Account, Actor};
use smart::scope::Context;

/// G0 and G2 together, and G4 of visitors: whether the caller is let in at all.
pub(super) fn barred(scene: &Scene) -> Option<Refusal> {
    token(scene)
        .or_else(|| person(scene))
        .or_else(|| super::visitor::barred(scene))
}

/// G0: a token that is current, of a client that is.
pub(super) fn presented(case: &Case<'_>) -> Verdict {
    token(case.scene).map_or(Ok(()), Err)
}

fn token(scene: &Scene) -> Option<Refusal> {
    let refused = |reason| Some(refuse("G0", reason, 401));
    match &scene.standing.actor {
        Actor::Anonymous => return refused("DENY_TOKEN_MISSING"),
        Actor::Organization { trusted: false, .. } => return refused("DENY_CLIENT_INACTIVE"),
        _ => {}
    }
    let client = scene.standing.client.as_ref()?;
    if client.revoked {
        refused("DENY_TOKEN_REVOKED")
    } else if client.expires.is_some_and(|at| scene.now >= at) {
        refused("DENY_TOKEN_EXPIRED")
    } else if !client.active {
        refused("DENY_CLIENT_INACTIVE")
    } else {
        None
    }
}

/// The patient a caller is bound to: the token's, else the session's.
pub(super) fn context(standing: &Standing) -> Option<&str> {
    let of_token = standing
        .client
        .as_ref()
        .and_then(|client| client.patient.as_deref());
    of_token.or_else(|| standing.patient.as_ref().map(|patient| patient.id.as_str()))
}

/// Whether a staff member's token is for one patient's chart only (launched with it, no `user/`
/// scope).
fn is_bound_to_chart(standing: &Standing) -> bool {
    standing.client.as_ref().is_some_and(|client| {
        client.patient.is_some()
            && !client
                .scopes
                .resources
                .iter()
                .any(|scope| scope.context == Context::User)
    })
}

/// G1: the resource is the patient's in context, by its subject.
pub(super) fn in_context(case: &Case<'_>) -> Verdict {
    let standing = &*case.scene.standing;
    let mismatch = Err(refuse("G1", "DENY_CONTEXT_MISMATCH", 404));
    let bound = match &standing.actor {
        Actor::SelfPatient { .. }
        | Actor::Proxy { .. }
        | Actor::Guest { .. }
        | Actor::ShareLink(_) => true,
        Actor::Staff(_) => is_bound_to_chart(standing),
        // Another organization asks about patients; what is nobody's and not public is not for it.
        Actor::Organization { .. } => {
            return if case.facts.owner.is_none() && !case.is_public() {
                mismatch
            } else {
                Ok(())
            };
        }
        Actor::Backend | Actor::Anonymous => false,
    };
    if !bound {
        return Ok(());
    }
    match (case.facts.owner, context(standing)) {
        (None, _) if case.is_public() => Ok(()),
        (Some(owner), Some(patient)) if owner == patient => {
            // A token for one patient with the standing of another would be a fault of ours:
            // nothing is shown.
            match case.scene.patient() {
                Some(known) if known.id != patient => mismatch,
                _ => Ok(()),
            }
        }
        _ => mismatch,
    }
}

/// G2: an account that is open, its terms accepted, its owner old enough.
pub(super) fn account(case: &Case<'_>) -> Verdict {
    person(case.scene).map_or(Ok(()), Err)
}

fn person(scene: &Scene) -> Option<Refusal> {
    let inactive = refuse("G2", "DENY_ACCOUNT_INACTIVE", 401);
    let no_terms = refuse("G2", "DENY_TERMS_NOT_ACCEPTED", 403);
    match &scene.standing.actor {
        Actor::SelfPatient { account, .. }
        | Actor::Proxy { account, .. }
        | Actor::Staff(crate::actor::Staff { account, .. })
            if *account != Account::Active =>
        {
            Some(inactive)
        }
        Actor::SelfPatient {
            terms_accepted: false,
            ..
        }
        | Actor::Proxy {
            terms_accepted: false,
            ..
        } => Some(no_terms),
        Actor::SelfPatient { .. } => own_age(scene),
        Actor::Proxy { adult: false, .. } => Some(refuse("G2", "DENY_PROXY_UNDERAGE", 403)),
        _ => None,
    }
}

fn own_age(scene: &Scene) -> Option<Refusal> {
    let patient = scene.patient()?;
    if !scene.ages.may_have_account && !patient.emancipated {
        Some(refuse("G2", "DENY_ACCOUNT_MIN_AGE", 403))
    } else if patient.deceased {
        Some(refuse("G2", "DENY_PATIENT_DECEASED", 403))
    } else {
        None
    }
}
