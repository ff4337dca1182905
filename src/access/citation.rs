//! What each rule rests on: the gate it belongs to, what it says, and where that is written.

use crate::Pack;

/// What a gate asks, in one sentence.
pub fn gate_title(gate: &str) -> &'static str {
    match gate {
        "G0" => "The access token is current and of an app that is",
        "G1" => "It belongs to the patient in context",
        "G2" => "The account is open, its terms accepted, its owner old enough",
        "G3" => "The token’s scopes cover it",
        "G4" => "The relationship, level or role covers it",
        "G5" => "Care a minor consented to alone",
        "G6" => "A lawful hold on release",
        "G7" => "Consents of the patient",
        "G8" => "Sensitive records",
        "G9" => "Emergency access",
        _ => "The decision",
    }
}

/// Where a rule is written; empty for one that needs no source.
pub fn source(reason: &str, pack: &Pack) -> String {
    let text = match reason {
        "DENY_TOKEN_MISSING" | "DENY_TOKEN_REVOKED" | "DENY_TOKEN_EXPIRED" => {
            "RFC 6750 section 3.1"
        }
        "DENY_SCOPE" => "SMART App Launch 2.2, scopes",
        "DENY_CONTEXT_MISMATCH" => "SMART App Launch 2.2, launch context",
        "DENY_ACCOUNT_MIN_AGE" | "DENY_PROXY_UNDERAGE" | "DENY_TERMS_NOT_ACCEPTED" => {
            return of_pack(pack, "accounts and terms");
        }
        "DENY_PROXY_LEVEL_AGE" | "DENY_PROXY_AGED_OUT_18" | "PERMIT_PROXY_DEMOGRAPHICS" => {
            return of_pack(pack, "what parents see by the child’s age");
        }
        "DENY_PROXY_LEVEL"
        | "DENY_PROXY_READ_ONLY"
        | "PERMIT_PROXY_LEVEL"
        | "PERMIT_PROXY_FULL" => {
            return of_pack(pack, "levels of access for those who act for others");
        }
        "DENY_ADULT_PROXY_NEEDS_ADULT_CONSENT" => "45 CFR 164.502(g)(2); Conn. Gen. Stat. 1-1d",
        "DENY_COURT_ORDER" => "Conn. Gen. Stat. 46b-56",
        "DENY_PATIENT_DECEASED" => "45 CFR 164.502(f), (g)(4)",
        "DENY_ROLE" | "DENY_QUEUE" | "DENY_POOL" | "PERMIT_STAFF_ROLE" => {
            return of_pack(pack, "staff roles; 45 CFR 164.514(d)(2)");
        }
        "DENY_NO_TREATMENT_RELATIONSHIP" => "45 CFR 164.502(b)",
        "DENY_MINOR_CONSENTED" => return minor_sources(pack),
        "DENY_RELEASE_HOLD" => "45 CFR 171.201, 171.202",
        "DENY_CONSENT" | "DENY_CONSENT_TYPE" => "The patient’s own choice; 45 CFR 164.522(a)",
        "DENY_PART2_CONSENT" => "42 CFR 2.31, 2.33",
        "DENY_PSYCHOTHERAPY_NOTE" => "45 CFR 164.524(a)(1)(i)",
        "DENY_LABEL" => "The security labels of the record",
        "DENY_PURPOSE" => "45 CFR 164.506",
        "PERMIT_BTG" | "DENY_BTG_NEEDS_REASON" => "45 CFR 164.312(a)(2)(ii)",
        "PERMIT_SELF" => "45 CFR 164.524",
        "PERMIT_OWN_RELATIONSHIP" => "One’s own relationship",
        _ => "",
    };
    text.to_owned()
}

fn of_pack(pack: &Pack, what: &str) -> String {
    format!("Policy {}: {what}", pack.id)
}

/// The laws under which minors consent alone, as the pack names them.
fn minor_sources(pack: &Pack) -> String {
    let mut cited: Vec<&str> = Vec::new();
    for one in &pack.minor_consents {
        if !one.citation.is_empty() && !cited.contains(&one.citation.as_str()) {
            cited.push(&one.citation);
        }
    }
    match cited.is_empty() {
        true => "45 CFR 164.502(g)(3)".to_owned(),
        false => format!("45 CFR 164.502(g)(3); {}", cited.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rules_of_law_name_it_and_rules_of_the_house_name_the_pack() {
        let pack = Pack::shipped("middlesex").unwrap();
        assert!(source("DENY_RELEASE_HOLD", &pack).contains("171.201"));
        assert!(source("DENY_PROXY_LEVEL_AGE", &pack).starts_with("Policy middlesex"));
        assert!(source("DENY_MINOR_CONSENTED", &pack).contains("164.502(g)(3)"));
        assert_eq!(source("PERMIT_BACKEND", &pack), "");
        for gate in ["G0", "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9"] {
            assert_ne!(gate_title(gate), "The decision");
        }
    }
}
