//! Security labels: which codes of `meta.security` speak of sensitivity, and what patients read for
//! them.

/// Code system of v3-ActCode.
pub const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
/// Code system of v3-Confidentiality.
pub const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// Systems whose codes never speak of sensitivity (purposes, integrity, tags of ours and of US
/// Core).
const OTHER_SYSTEMS: &[&str] = &[
    "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "http://hl7.org/fhir/us/core/CodeSystem/us-core-tags",
];

/// Sensitivity codes of v3-ActCode and what each one is about, in plain words.
const SENSITIVITIES: &[(&str, &str)] = &[
    ("42CFRPart2", "Substance use treatment (federal Part 2)"),
    ("ADOL", "Confidential adolescent care"),
    ("B", "Business information"),
    ("BH", "Behavioral health"),
    ("CEL", "Well-known person"),
    ("COGN", "Cognitive disability"),
    ("DEMO", "All demographic details"),
    ("DIA", "Diagnosis"),
    ("DOB", "Date of birth"),
    ("DRGIS", "Drug information"),
    ("DV", "Domestic violence"),
    ("DVD", "Developmental disability"),
    ("EMOTDIS", "Emotional disturbance"),
    ("EMP", "Employee"),
    ("EMPL", "Employer"),
    ("ETH", "Substance use"),
    ("ETHUD", "Alcohol use disorder"),
    ("GDIS", "Genetic disease"),
    ("GENDER", "Gender and sexual orientation"),
    ("HIPAAPsyNotes", "Psychotherapy notes"),
    ("HIPAAROA", "Right of access"),
    ("HIPAASelfPay", "Paid for by the patient"),
    ("HIV", "HIV and AIDS"),
    ("LIVARG", "Living arrangement"),
    ("LOCIS", "Location"),
    ("MARST", "Marital status"),
    ("MH", "Mental health"),
    ("MST", "Military sexual trauma"),
    ("OPIOIDUD", "Opioid use disorder"),
    ("PATLOC", "Patient location"),
    ("PDS", "Patient's default"),
    ("PHY", "Physician requested"),
    ("PREGNANT", "Pregnancy"),
    ("PRS", "Marked private by the patient"),
    ("PSY", "Psychiatry"),
    ("PSYTHPN", "Psychotherapy notes"),
    ("RACE", "Race"),
    ("REL", "Religion"),
    ("SCA", "Sickle cell disease"),
    ("SDV", "Sexual assault, abuse or domestic violence"),
    ("SEX", "Sexuality and reproductive health"),
    ("SICKLE", "Sickle cell disease"),
    ("SOC", "Social security number"),
    ("SPI", "Specially protected information"),
    ("STD", "Sexually transmitted disease"),
    ("SUD", "Substance use disorder"),
    ("SUDP", "Substance use disorder"),
    ("TBOO", "Taboo"),
    ("TRADE", "Trade secret"),
    ("VIO", "Violence"),
    ("VIP", "Well-known person"),
];

/// Codes of v3-ActCode that may stand in `meta.security` and are no sensitivities: obligations,
/// refrains, policies.
const HANDLING: &[&str] = &[
    "ANONY",
    "AOD",
    "AUDIT",
    "AUDTR",
    "CPLYCC",
    "CPLYCD",
    "CPLYCUI",
    "CPLYJPP",
    "CPLYOPP",
    "CPLYOSP",
    "CPLYPOL",
    "DEID",
    "DELAU",
    "DELETE",
    "ENCRYPT",
    "ENCRYPTR",
    "ENCRYPTT",
    "ENCRYPTU",
    "HUAPRV",
    "LABEL",
    "MASK",
    "MINEC",
    "NOAUTH",
    "NOCOLLECT",
    "NODSCLCD",
    "NODSCLCDS",
    "NOINTEGRATE",
    "NOLIST",
    "NOMOU",
    "NOORGPOL",
    "NOPAT",
    "NOPERSISTP",
    "NORDSCLCD",
    "NORDSCLCDS",
    "NORDSLCD",
    "NORDSCLW",
    "NORELINK",
    "NOREUSE",
    "NOVIP",
    "OPTIN",
    "OPTOUT",
    "ORCON",
    "PERSISTLABEL",
    "PRIVMARK",
    "PSEUD",
    "REDACT",
    "CUIMark",
    "PHI",
    "PII",
];

/// The text of a sensitivity label; `None` for a label nobody knows.
pub fn describe(label: &str) -> Option<&'static str> {
    SENSITIVITIES
        .iter()
        .find(|(code, _)| *code == label)
        .map(|(_, text)| *text)
}

/// Whether a label is a sensitivity we know.
pub fn is_known(label: &str) -> bool {
    describe(label).is_some()
}

/// Labels of care so common that every role of a practice meets it; whoever excludes sensitive care excludes
/// it all the same.
pub fn is_common(label: &str) -> bool {
    matches!(label, "BH" | "MH" | "PREGNANT" | "SEX")
}

/// Psychotherapy notes, which are nobody's to read here (45 CFR 164.524).
pub fn is_psychotherapy_note(label: &str) -> bool {
    matches!(label, "PSYTHPN" | "HIPAAPsyNotes")
}

/// The label of what the patient marked private: for them and the people who treat them here.
pub const PRIVATE: &str = "PRS";

/// Whether a label is the patient's own mark.
pub fn is_private(label: &str) -> bool {
    label == PRIVATE
}

/// Records of a federally assisted substance use programme (42 CFR Part 2).
pub fn is_part2(label: &str) -> bool {
    label == "42CFRPart2"
}

/// The label a security coding stands for, if it speaks of sensitivity. A coding of a system nobody
/// knows is kept as `system|code`: what it guards is unknown, so it is guarded.
pub fn sensitivity(system: Option<&str>, code: &str) -> Option<String> {
    match system {
        Some(ACT_CODE) | None => (!HANDLING.contains(&code)).then(|| code.to_owned()),
        Some(CONFIDENTIALITY) => None,
        Some(known) if OTHER_SYSTEMS.contains(&known) => None,
        Some(other) => Some(format!("{other}|{code}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handling_instructions_are_no_sensitivities() {
        assert_eq!(sensitivity(Some(ACT_CODE), "HIV").as_deref(), Some("HIV"));
        assert_eq!(sensitivity(Some(ACT_CODE), "NORDSCLCD"), None);
        assert_eq!(sensitivity(Some(CONFIDENTIALITY), "R"), None);
    }

    #[test]
    fn a_label_of_an_unknown_system_is_kept_and_unknown() {
        let label = sensitivity(Some("http://example.org/s"), "X");
        assert_eq!(label.as_deref(), Some("http://example.org/s|X"));
        assert!(!is_known("http://example.org/s|X"));
        assert!(is_known("PSYTHPN"));
    }
}
