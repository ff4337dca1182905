//! A patient's registration: names, addresses, what is asked about race, language and sex.

use crate::chart::Home;
use crate::words::{Code, THO, coded, snomed, to, us_core};
use serde_json::{Value, json};

/// What the desk asks.
#[derive(Debug, Clone)]
pub struct Registration<'r> {
    pub id: &'r str,
    pub record_number: &'r str,
    pub given: Vec<&'r str>,
    pub family: &'r str,
    pub suffix: Option<&'r str>,
    pub female: bool,
    /// ISO date.
    pub birth_date: String,
    pub street: &'r str,
    pub city: &'r str,
    pub postal_code: &'r str,
    pub phone: &'r str,
    pub email: Option<&'r str>,
    /// OMB category.
    pub race: Code,
    pub hispanic: bool,
    /// A detailed ethnicity if Hispanic, else a detailed race.
    pub detail: Option<Code>,
    /// BCP 47 with its name.
    pub language: (&'r str, &'r str),
    pub general_practitioner: &'r str,
    /// Moment of death.
    pub died: Option<String>,
}

/// The Patient.
pub fn patient(it: &Registration<'_>, home: &Home) -> Value {
    let mut name = json!({"use": "official", "family": it.family, "given": it.given});
    if let (Some(suffix), Some(map)) = (it.suffix, name.as_object_mut()) {
        map.insert("suffix".into(), json!([suffix]));
    }
    let mut telecom = vec![json!({"system": "phone", "value": it.phone, "use": "mobile"})];
    if let Some(email) = it.email {
        telecom.push(json!({"system": "email", "value": email, "use": "home"}));
    }
    let mut patient = json!({
        "resourceType": "Patient",
        "id": it.id,
        "meta": {"profile": [us_core("us-core-patient")]},
        "extension": extensions(it),
        "identifier": [{
            "use": "usual",
            "type": {"coding": [{"system": format!("{THO}v2-0203"), "code": "MR",
                "display": "Medical record number"}]},
            "system": format!("{}/mrn", home.site),
            "value": it.record_number
        }],
        "active": true,
        "name": [name],
        "telecom": telecom,
        "gender": if it.female { "female" } else { "male" },
        "birthDate": it.birth_date,
        "address": [{"use": "home", "type": "both", "line": [it.street], "city": it.city,
            "state": "CT", "postalCode": it.postal_code, "country": "US"}],
        "communication": [{"language": coded("urn:ietf:bcp:47", it.language.0, it.language.1),
            "preferred": true}],
        "generalPractitioner": [to(it.general_practitioner)],
        "managingOrganization": to(home.organization)
    });
    if let (Some(died), Some(map)) = (&it.died, patient.as_object_mut()) {
        map.insert("deceasedDateTime".into(), json!(died));
    }
    patient
}

fn extensions(it: &Registration<'_>) -> Value {
    let ethnicity = if it.hispanic {
        ("2135-2", "Hispanic or Latino")
    } else {
        ("2186-5", "Not Hispanic or Latino")
    };
    let omb = it.race.system;
    let sex = if it.female {
        ("248152002", "F")
    } else {
        ("248153007", "M")
    };
    let mut race = vec![
        json!({"url": "ombCategory", "valueCoding": it.race.coding()}),
        json!({"url": "text", "valueString": it.race.display}),
    ];
    let mut origin = vec![
        json!({"url": "ombCategory", "valueCoding":
            {"system": omb, "code": ethnicity.0, "display": ethnicity.1}}),
        json!({"url": "text", "valueString": ethnicity.1}),
    ];
    if let Some(detail) = it.detail {
        let detailed = json!({"url": "detailed", "valueCoding": detail.coding()});
        let list = if it.hispanic { &mut origin } else { &mut race };
        list.insert(1, detailed);
    }
    let interpreter = if it.language.0 == "en" {
        snomed("373067005", "No")
    } else {
        snomed("373066001", "Yes")
    };
    json!([
        {"url": us_core("us-core-race"), "extension": race},
        {"url": us_core("us-core-ethnicity"), "extension": origin},
        {"url": us_core("us-core-sex"), "valueCode": sex.0},
        {"url": us_core("us-core-birthsex"), "valueCode": sex.1},
        {"url": us_core("us-core-interpreter-needed"), "valueCoding": interpreter.coding()}
    ])
}

/// Adds a name of earlier years.
pub fn former_name(patient: &mut Value, family: &str, given: &[&str], from: &str, until: &str) {
    push(
        patient,
        "name",
        json!({"use": "old", "family": family, "given": given,
            "period": {"start": from, "end": until}}),
    );
}

/// Adds an address of earlier years, the street not on record any more.
pub fn former_address(patient: &mut Value, city: &str, postal_code: &str, from: &str, until: &str) {
    let absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    push(
        patient,
        "address",
        json!({"use": "old",
            "_line": [{"extension": [{"url": absent, "valueCode": "unknown"}]}],
            "city": city, "state": "CT", "postalCode": postal_code, "country": "US",
            "period": {"start": from, "end": until}}),
    );
}

/// Adds a tribal affiliation (v3-TribalEntityUS).
pub fn tribe(patient: &mut Value, code: &str, display: &str, text: &str, enrolled: bool) {
    push(
        patient,
        "extension",
        json!({"url": us_core("us-core-tribal-affiliation"), "extension": [
            {"url": "tribalAffiliation", "valueCodeableConcept": {"coding": [
                {"system": format!("{THO}v3-TribalEntityUS"), "code": code, "display": display}],
                "text": text}},
            {"url": "isEnrolled", "valueBoolean": enrolled}]}),
    );
}

fn push(patient: &mut Value, name: &str, value: Value) {
    if let Some(list) = patient.get_mut(name).and_then(Value::as_array_mut) {
        list.push(value);
    }
}
