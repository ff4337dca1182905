//! The B2B authorization extension (`hl7-b2b`, UDAP Security section 5.2.1.1): for which organization, which
//! person and what purpose a client asks.

use serde_json::{Map, Value};

/// Name of the extension.
pub const NAME: &str = "hl7-b2b";
/// Name of our own beside it: `{"version": "1", "reason": "…"}`, why it is an emergency. The guide has codes
/// for emergencies (ETREAT, BTG) and no place for the reason that emergency access needs.
pub const EMERGENCY: &str = "kinchart-emergency";
/// Purposes it goes with.
const EMERGENCIES: [&str; 2] = ["ETREAT", "BTG"];

/// Codes of the value set v3-PurposeOfUse.
const PURPOSES: &[&str] = &[
    "BIORCH",
    "BTG",
    "CAREMGT",
    "CLINTRCH",
    "CLINTRCHNPC",
    "CLINTRCHPC",
    "CLMATTCH",
    "COC",
    "COVAUTH",
    "COVERAGE",
    "DISASTER",
    "DONAT",
    "DSRCH",
    "ELIGDTRM",
    "ELIGVER",
    "ENROLLM",
    "ERTREAT",
    "ETREAT",
    "FAMRQT",
    "FRAUD",
    "GOV",
    "HACCRED",
    "HCOMPL",
    "HDECD",
    "HDIRECT",
    "HDM",
    "HLEGAL",
    "HMARKT",
    "HOPERAT",
    "HOUTCOMS",
    "HPAYMT",
    "HPRGRP",
    "HQUALIMP",
    "HRESCH",
    "HSYSADMIN",
    "HTEST",
    "LABELING",
    "MEMADMIN",
    "METAMGT",
    "MILCDM",
    "MILDCRG",
    "PATADMIN",
    "PATRQT",
    "PATSFTY",
    "PERFMSR",
    "POARCH",
    "POPHLTH",
    "PRECLINTRCH",
    "PUBHLTH",
    "PWATRNY",
    "RECORDMGT",
    "REMITADV",
    "SUPNWK",
    "SYSDEV",
    "THREAT",
    "TRAIN",
    "TRANSRCH",
    "TREAT",
];
/// Exchange purposes of TEFCA.
const TEFCA: &[&str] = &[
    "T-TREAT",
    "T-TRTMNT",
    "T-PYMNT",
    "T-HCO",
    "T-HCO-CC",
    "T-HCO-HED",
    "T-HCO-QM",
    "T-PH",
    "T-PH-ECR",
    "T-PH-ELR",
    "T-IAS",
    "T-GOVDTRM",
];
/// Code systems those codes may be written with, before `#` or `|`.
const PURPOSE_SYSTEMS: &[&str] = &[
    "urn:oid:2.16.840.1.113883.5.8",
    "http://terminology.hl7.org/CodeSystem/v3-ActReason",
];
const TEFCA_SYSTEM: &str = "urn:oid:2.16.840.1.113883.3.7204.1.5.2.1";

/// Characters of one text, and texts of one list, at most.
const CHARACTERS_MAX: usize = 500;
const ITEMS_MAX: usize = 10;

/// What the extension says, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct B2b {
    pub subject_name: Option<String>,
    pub subject_id: Option<String>,
    pub subject_role: Option<String>,
    pub organization_name: Option<String>,
    /// A URI.
    pub organization_id: String,
    /// Bare codes, at least one.
    pub purposes: Vec<String>,
    /// URIs of policies, and of Consent or DocumentReference resources under them.
    pub consent_policies: Vec<String>,
    pub consent_references: Vec<String>,
    /// Why it is an emergency, from [`EMERGENCY`].
    pub emergency_reason: Option<String>,
}

impl B2b {
    /// Reads it from the `extensions` of a client assertion.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn read(extensions: Option<&Value>) -> Result<Self, String> {
        let found = extensions.and_then(|all| all.get(NAME));
        let Some(object) = found.and_then(Value::as_object) else {
            return Err(
                "the client_assertion needs extensions with an object hl7-b2b: version, \
                        organization_id and purpose_of_use at least"
                    .to_owned(),
            );
        };
        if object.get("version").and_then(Value::as_str) != Some("1") {
            return Err("hl7-b2b.version must be the text 1".to_owned());
        }
        let organization_id = text(object, "organization_id")?
            .ok_or_else(|| "hl7-b2b.organization_id is missing".to_owned())?;
        if !is_uri(&organization_id) {
            return Err("hl7-b2b.organization_id must be a URI".to_owned());
        }
        let stated = list(object, "purpose_of_use")?;
        if stated.is_empty() {
            return Err("hl7-b2b.purpose_of_use must name at least one purpose".to_owned());
        }
        let read = Self {
            subject_name: text(object, "subject_name")?,
            subject_id: text(object, "subject_id")?,
            subject_role: text(object, "subject_role")?,
            organization_name: text(object, "organization_name")?,
            organization_id,
            purposes: stated
                .iter()
                .map(|one| purpose(one))
                .collect::<Result<_, _>>()?,
            consent_policies: list(object, "consent_policy")?,
            consent_references: list(object, "consent_reference")?,
            emergency_reason: emergency(extensions)?,
        };
        let urgent = |code: &String| EMERGENCIES.contains(&code.as_str());
        if read.emergency_reason.is_some() && !read.purposes.iter().all(urgent) {
            return Err(format!(
                "{EMERGENCY} goes with purpose_of_use ETREAT or BTG"
            ));
        }
        if read.consent_policies.is_empty() && !read.consent_references.is_empty() {
            return Err("hl7-b2b.consent_reference goes with consent_policy".to_owned());
        }
        let uris = read.consent_policies.iter().chain(&read.consent_references);
        match uris.clone().find(|uri| !is_uri(uri)) {
            Some(odd) => Err(format!("hl7-b2b: {odd} must be a URI")),
            None => Ok(read),
        }
    }
}

/// The reason of an emergency, where one is declared.
fn emergency(extensions: Option<&Value>) -> Result<Option<String>, String> {
    let wrong = || format!("{EMERGENCY} is an object with version (the text 1) and reason");
    let Some(found) = extensions.and_then(|all| all.get(EMERGENCY)) else {
        return Ok(None);
    };
    let object = found.as_object().ok_or_else(wrong)?;
    if object.get("version").and_then(Value::as_str) != Some("1") {
        return Err(wrong());
    }
    let reason = text(object, "reason")?.filter(|reason| !reason.trim().is_empty());
    reason.map(Some).ok_or_else(wrong)
}

/// The bare code of a purpose, written plainly or as a URI with `#` (section 5.3.3).
fn purpose(text: &str) -> Result<String, String> {
    let (system, code) = match text.rsplit_once(['#', '|']) {
        Some((system, code)) => (Some(system), code),
        None => (None, text),
    };
    let in_v3 = system.is_none_or(|system| PURPOSE_SYSTEMS.contains(&system));
    let in_tefca = system.is_none_or(|system| system == TEFCA_SYSTEM);
    if (in_v3 && PURPOSES.contains(&code)) || (in_tefca && TEFCA.contains(&code)) {
        return Ok(code.to_owned());
    }
    Err(format!(
        "hl7-b2b.purpose_of_use: {text} is not known here; take a code of v3-PurposeOfUse such as \
         urn:oid:2.16.840.1.113883.5.8#TREAT"
    ))
}

fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => checked(value, name).map(Some),
    }
}

fn list(object: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(all)) if all.len() <= ITEMS_MAX => {
            all.iter().map(|one| checked(one, name)).collect()
        }
        Some(_) => Err(format!(
            "hl7-b2b.{name} is a list of at most {ITEMS_MAX} texts"
        )),
    }
}

fn checked(value: &Value, name: &str) -> Result<String, String> {
    let sound = |text: &&str| {
        !text.is_empty()
            && text.chars().count() <= CHARACTERS_MAX
            && !text.contains(char::is_control)
    };
    let text = value.as_str().filter(sound);
    text.map(str::to_owned).ok_or_else(|| {
        format!("hl7-b2b.{name}: texts have 1 to {CHARACTERS_MAX} characters, none of them control")
    })
}

/// A scheme, a colon and something behind it, without spaces (RFC 3986 section 3).
fn is_uri(text: &str) -> bool {
    let sound = |(scheme, rest): (&str, &str)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
            && !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_graphic())
    };
    text.split_once(':').is_some_and(sound)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn good() -> Value {
        json!({"version": "1", "subject_name": "Dr. Ruth Lind",
            "subject_id": "urn:oid:2.16.840.1.113883.4.6#1234567890",
            "organization_name": "Harbor Clinic", "organization_id": "https://harbor.example/org",
            "purpose_of_use": ["urn:oid:2.16.840.1.113883.5.8#TREAT"]})
    }
    fn read(object: Value) -> Result<B2b, String> {
        B2b::read(Some(&json!({ NAME: object })))
    }

    #[test]
    fn an_emergency_is_declared_with_a_reason_and_for_an_emergency_only() {
        let read = |purpose: &str, emergency: Value| {
            let mut all = good();
            all["purpose_of_use"] = json!([purpose]);
            B2b::read(Some(&json!({ NAME: all, EMERGENCY: emergency })))
        };
        let said = json!({"version": "1", "reason": "Unconscious in our emergency room"});
        let found = read("BTG", said.clone()).unwrap().emergency_reason;
        assert_eq!(found.as_deref(), Some("Unconscious in our emergency room"));
        assert!(read("TREAT", said).unwrap_err().contains("ETREAT"));
        for odd in [
            json!("unconscious"),
            json!({"version": "1"}),
            json!({"version": "1", "reason": "  "}),
            json!({"version": "2", "reason": "x"}),
            json!({"version": "1", "reason": "a\nb"}),
        ] {
            assert!(read("ETREAT", odd.clone()).is_err(), "{odd}");
        }
    }

    #[test]
    fn purposes_are_known_codes_however_they_are_written() {
        assert_eq!(read(good()).unwrap().purposes, ["TREAT"]);
        for (written, code) in [
            ("TREAT", "TREAT"),
            ("SYSDEV", "SYSDEV"),
            (
                "http://terminology.hl7.org/CodeSystem/v3-ActReason#PUBHLTH",
                "PUBHLTH",
            ),
            (
                "http://terminology.hl7.org/CodeSystem/v3-ActReason|HPAYMT",
                "HPAYMT",
            ),
            ("urn:oid:2.16.840.1.113883.3.7204.1.5.2.1#T-IAS", "T-IAS"),
        ] {
            let mut all = good();
            all["purpose_of_use"] = json!([written]);
            assert_eq!(read(all).unwrap().purposes, [code], "{written}");
        }
        for odd in [
            "MARKETING",
            "treat",
            "urn:oid:1.2.3#TREAT",
            "urn:oid:2.16.840.1.113883.5.8#T-IAS",
        ] {
            let mut all = good();
            all["purpose_of_use"] = json!(["TREAT", odd]);
            assert!(read(all).unwrap_err().contains("purpose_of_use"), "{odd}");
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        assert!(B2b::read(None).unwrap_err().contains("hl7-b2b"));
        assert!(B2b::read(Some(&json!({}))).is_err());
        let bad = [
            ("version", json!(1)),
            ("version", json!("2")),
            ("organization_id", json!(null)),
            ("organization_id", json!("Harbor Clinic")),
            ("purpose_of_use", json!("TREAT")),
            ("purpose_of_use", json!([])),
            ("subject_name", json!(["x"])),
            ("subject_name", json!("a\u{7}b")),
            ("organization_name", json!("x".repeat(501))),
            (
                "consent_reference",
                json!(["https://harbor.example/fhir/Consent/1"]),
            ),
            ("consent_policy", json!(["a policy"])),
        ];
        for (name, value) in bad {
            let mut all = good();
            all[name] = value.clone();
            let why = read(all).unwrap_err();
            assert!(
                why.contains(name) || why.contains("URI"),
                "{name}={value}: {why}"
            );
        }
    }
}
