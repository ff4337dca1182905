//! Gate G4 for staff: role matrix, ticket, pool, treatment relationship.

use super::{Case, Verdict, refuse};
use crate::Action;
use crate::actor::Staff;
use crate::class::DataClass;

pub(super) const CLINICIAN: &str = "clinician";
pub(super) const SUPPORT: &str = "support";
const POOL_AGENT: &str = "pool-agent";

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

pub(super) fn granted(case: &Case<'_>, staff: &Staff) -> Verdict {
    let no_role = refuse("G4", "DENY_ROLE", 403);
    let matrix = case.scene.pack.staff_role(&staff.role).ok_or(no_role)?;
    let class = match case.treatment {
        Some(treatment) => super::grant::facet_class(case.facts.facet, treatment.class),
        None => return Err(no_role),
    };
    if !matrix.allows(class, case.action) {
        return Err(no_role);
    }
    // Support sees an account only to work on somebody's ticket.
    if staff.role == SUPPORT && staff.ticket.is_none() && !case.is_public() {
        return Err(no_role);
    }
    if staff.role == POOL_AGENT && class == DataClass::Messaging && !in_pool(case, staff) {
        let unrouted = case.action == Action::Create && case.facts.pool.is_none();
        if !unrouted {
            return Err(refuse("G4", "DENY_POOL", 403));
        }
    }
    let treats = staff.role == CLINICIAN
        && !case.is_public()
        && matches!(
            class,
            DataClass::Clinical | DataClass::Immunization | DataClass::Messaging
        );
    let routed_here = class == DataClass::Messaging && in_pool(case, staff);
    if treats && !on_care_team(case, staff) && !routed_here {
        return case.unless_glass_broken(refuse("G4", "DENY_NO_TREATMENT_RELATIONSHIP", 403));
    }
    Ok(())
}
