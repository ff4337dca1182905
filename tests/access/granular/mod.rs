//! Scopes for a part of a type, and for one act alone, at every door: what ada's record holds for
//! these tests, and who looks at it.

mod constraints;
mod letters;
mod seeing;
mod writing;

use serde_json::{Value, json};

use crate::support::{Caller, House, Reply};

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const NOTE: &str = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";
/// Everything the tests look up besides Observations.
const REST: &str = "patient/Patient.rs patient/DiagnosticReport.rs patient/DocumentReference.rs \
                    patient/Binary.rs patient/Provenance.rs patient/List.rs patient/Composition.rs \
                    patient/Encounter.rs";

fn laboratory(letters: &str) -> String {
    format!("patient/Observation.{letters}?category={CATEGORY}|laboratory")
}
fn vital_signs(letters: &str) -> String {
    format!("patient/Observation.{letters}?category={CATEGORY}|vital-signs")
}

fn observation(id: &str, categories: &[&str]) -> Value {
    let category = |code: &&str| json!({"coding": [{"system": CATEGORY, "code": code}]});
    let mut resource = json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8302-2"}], "text": "Tall tale"},
        "subject": {"reference": "Patient/ada"},
        "encounter": {"reference": "Encounter/ada-visit"},
        "effectiveDateTime": "2026-05-02",
        "valueString": "secretive words",
    });
    if !categories.is_empty() {
        resource["category"] = categories.iter().map(category).collect();
    }
    resource
}

fn note(id: &str, category: &str, binary: &str) -> Value {
    json!({
        "resourceType": "DocumentReference", "id": id, "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
        "category": [{"coding": [{"system": NOTE, "code": category}]}],
        "subject": {"reference": "Patient/ada"},
        "content": [{"attachment": {"contentType": "text/plain", "url": format!("Binary/{binary}")}}],
    })
}

fn referring(of: &str, id: &str, more: Value) -> Value {
    let mut resource = json!({"resourceType": of, "id": id});
    if let (Some(members), Some(more)) = (resource.as_object_mut(), more.as_object()) {
        members.extend(more.clone());
    }
    resource
}

/// What ada's record holds besides the fixtures: things that lead from one part of it to another.
fn more_of_ada() -> Vec<Value> {
    let reference = |to: &str| json!({"reference": to});
    let subject = reference("Patient/ada");
    let both = [
        reference("Observation/ada-glucose"),
        reference("Observation/ada-weight"),
    ];
    let coded = |code: &str| json!({"coding": [{"system": "http://loinc.org", "code": code}]});
    vec![
        referring(
            "Encounter",
            "ada-visit",
            json!({
                "status": "finished", "subject": subject,
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            }),
        ),
        observation("ada-both", &["laboratory", "vital-signs"]),
        observation("ada-none", &[]),
        observation("ada-tall", &["vital-signs"]),
        json!({"resourceType": "Binary", "id": "ada-note-text", "contentType": "text/plain", "data": "bm90ZQ=="}),
        json!({"resourceType": "Binary", "id": "ada-letter-text", "contentType": "text/plain", "data": "bGV0dGVy"}),
        note("ada-note", "clinical-note", "ada-note-text"),
        note("ada-letter", "letter", "ada-letter-text"),
        referring(
            "DiagnosticReport",
            "ada-report",
            json!({
                "status": "final", "code": coded("24323-8"), "subject": subject, "result": both,
            }),
        ),
        referring(
            "Provenance",
            "ada-origin",
            json!({
                "target": [both[1]], "recorded": "2026-05-01T12:00:00Z",
                "agent": [{"who": reference("Practitioner/dr-wu")}],
            }),
        ),
        referring(
            "List",
            "ada-list",
            json!({
                "status": "current", "mode": "working", "subject": subject,
                "entry": [{"item": both[0]}, {"item": both[1]}],
            }),
        ),
        referring(
            "Composition",
            "ada-summary",
            json!({
                "status": "final", "type": coded("60591-5"), "subject": subject, "date": "2026-05-03",
                "author": [reference("Practitioner/dr-wu")], "title": "Summary",
                "section": [{"title": "Results", "entry": both}],
            }),
        ),
    ]
}

async fn house() -> House {
    let house = House::with_people().await;
    let backend = house.backend().await;
    for resource in more_of_ada() {
        let (of, id) = (&resource["resourceType"], &resource["id"]);
        let path = format!("/fhir/{}/{}", of.as_str().unwrap(), id.as_str().unwrap());
        backend.put(&path, resource).await.expect(201);
    }
    house
}

/// An app on ada's record with these scopes.
async fn app(house: &House, scopes: &str) -> Caller {
    house.patient_with("ada", scopes).await
}

/// Laboratory results may be seen, and everything else that leads to other Observations.
async fn of_laboratory(house: &House) -> Caller {
    app(house, &format!("{} {REST}", laboratory("rs"))).await
}

const LABORATORY: [&str; 3] = ["ada-both", "ada-glucose", "ada-sodium"];
/// Words of what is outside: of its ids, its code and its value.
const OUTSIDE: [&str; 6] = [
    "\"ada-weight\"",
    "\"ada-none\"",
    "\"ada-tall\"",
    "29463-7",
    "secretive",
    "Tall tale",
];

/// The ids of Observations in a Bundle, sorted; those of other types left out.
fn observations(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let entries = json["entry"].as_array().cloned().unwrap_or_default();
    let mut ids: Vec<String> = entries
        .iter()
        .map(|entry| &entry["resource"])
        .filter(|resource| resource["resourceType"] == "Observation")
        .map(|resource| resource["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    ids
}
