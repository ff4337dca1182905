//! Gate G4 for other organizations: the purpose of use they state.

use super::{Case, Reason, Verdict, consent, refuse};
use crate::actor::Actor;
use crate::class::DataClass;
use crate::facts::ConsentKind;

/// A v3-PurposeOfUse code, reduced to what decides. TEFCA's `T-` codes mean the same here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Treatment,
    Payment,
    Operations,
    PatientRequest,
    Emergency,
    BreakGlass,
    PublicHealth,
    Unknown,
}

pub(super) fn purpose(code: &str) -> Purpose {
    match code {
        "TREAT" | "T-TREAT" | "T-TRTMNT" | "COC" | "CAREMGT" => Purpose::Treatment,
        "HPAYMT" | "T-PYMNT" => Purpose::Payment,
        "HOPERAT" | "T-HCO" => Purpose::Operations,
        "PATRQT" | "T-IAS" => Purpose::PatientRequest,
        "ETREAT" => Purpose::Emergency,
        "BTG" => Purpose::BreakGlass,
        "PUBHLTH" | "T-PH" => Purpose::PublicHealth,
        _ => Purpose::Unknown,
    }
}

/// Of several stated purposes the one that opens least, which is the one that counts: for another a client
/// asks for another token. One that is not known opens nothing.
pub fn narrowest(codes: &[String]) -> Option<&str> {
    let reach = |code: &&String| match purpose(code) {
        Purpose::Unknown => 0,
        Purpose::PatientRequest => 1,
        Purpose::PublicHealth => 2,
        Purpose::BreakGlass => 3,
        Purpose::Payment => 4,
        Purpose::Operations => 5,
        Purpose::Treatment => 6,
        Purpose::Emergency => 7,
    };
    codes.iter().min_by_key(reach).map(String::as_str)
}

/// Purposes under which the glass may be broken.
pub(super) fn is_emergency(code: &str) -> bool {
    matches!(purpose(code), Purpose::Emergency | Purpose::BreakGlass)
}

pub(super) fn permit(code: &str) -> Reason {
    Reason(match purpose(code) {
        Purpose::PatientRequest => "PERMIT_ORG_AUTHORIZED",
        Purpose::PublicHealth => "PERMIT_ORG_PUBLIC_HEALTH",
        _ => "PERMIT_ORG_TPO",
    })
}

pub(super) fn organization(case: &Case<'_>) -> Verdict {
    let Actor::Organization {
        id, purpose_of_use, ..
    } = &case.scene.standing.actor
    else {
        return Ok(());
    };
    let wrong_purpose = refuse("G4", "DENY_PURPOSE", 403);
    let class = match case.treatment {
        Some(treatment) => super::grant::facet_class(case.facts.facet, treatment.class),
        None => return Err(refuse("G4", "DENY_TYPE", 404)),
    };
    if case.facts.facet.is_staff_only() {
        return Err(refuse("G4", "DENY_STAFF_ONLY", 404));
    }
    let purpose = purpose(purpose_of_use);
    let in_purpose = match purpose {
        Purpose::Unknown => false,
        Purpose::PublicHealth => matches!(
            class,
            DataClass::Demographics
                | DataClass::Clinical
                | DataClass::Immunization
                | DataClass::Directory
        ),
        // The patient's own request reaches what the patient could.
        Purpose::PatientRequest => class == DataClass::Directory || authorized(case, id),
        _ => !matches!(
            class,
            DataClass::Messaging | DataClass::Consent | DataClass::Audit
        ),
    };
    if !in_purpose {
        return Err(wrong_purpose);
    }
    if !case.reads() {
        return Err(refuse("G4", "DENY_ACTION", 403));
    }
    if purpose == Purpose::BreakGlass && !case.is_public() {
        return case.unless_glass_broken(wrong_purpose);
    }
    Ok(())
}

/// Whether the patient has authorized this organization (or its client) to ask in their name.
fn authorized(case: &Case<'_>, organization: &str) -> bool {
    let client = case.scene.standing.client.as_ref().map(|c| c.id.as_str());
    case.scene.consents_of(case.facts.owner).iter().any(|one| {
        let names_it = one.organizations.iter().any(|named| named == organization)
            || (one.client.is_some() && one.client.as_deref() == client);
        matches!(one.kind, ConsentKind::App | ConsentKind::Exchange)
            && one.permit
            && names_it
            && consent::is_live(case, one)
            && one.reaches(case.facts.facet)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_purposes_the_one_that_opens_least_counts() {
        let of = |codes: &[&str]| {
            let codes: Vec<String> = codes.iter().map(|code| (*code).to_owned()).collect();
            narrowest(&codes).map(str::to_owned)
        };
        assert_eq!(of(&["TREAT", "HPAYMT"]).as_deref(), Some("HPAYMT"));
        assert_eq!(of(&["ETREAT", "TREAT"]).as_deref(), Some("TREAT"));
        assert_eq!(of(&["TREAT", "SYSDEV"]).as_deref(), Some("SYSDEV"));
        assert_eq!(of(&["TREAT", "T-IAS"]).as_deref(), Some("T-IAS"));
        assert_eq!(of(&[]), None);
    }
}
