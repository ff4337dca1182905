//! transaction: all or nothing.

use super::{observation, patient, patient_with};
use crate::support::House;
use serde_json::{Value, json};

const PATIENT: &str = "urn:uuid:11111111-1111-4111-8111-111111111111";

fn transaction(entries: Value) -> Value {
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries })
}

fn observation_of(reference: &str) -> Value {
    let mut observation = observation();
    observation["subject"] = json!({ "reference": reference });
    observation
}

fn post(resource: Value, full_url: &str) -> Value {
    let url = resource["resourceType"].clone();
    let mut entry = json!({ "resource": resource, "request": { "method": "POST", "url": url } });
    if !full_url.is_empty() {
        entry["fullUrl"] = json!(full_url);
    }
    entry
}

fn id_of(location: &Value) -> String {
    let location = location.as_str().unwrap();
    location.split('/').rev().nth(2).unwrap().to_owned()
}

#[tokio::test]
async fn references_between_entries_are_resolved() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let bundle = transaction(json!([
        post(observation_of(PATIENT), ""),
        post(patient(), PATIENT),
    ]));
    let json = backend.post("/fhir", bundle).await.expect(200).json();
    assert_eq!(json["type"], "transaction-response");
    let place = |n: usize| id_of(&json["entry"][n]["response"]["location"]);
    let observation = backend
        .get(&format!("/fhir/Observation/{}", place(0)))
        .await
        .expect(200)
        .json();
    let subject = format!("Patient/{}", place(1));
    assert_eq!(observation["subject"]["reference"], subject.as_str());
    assert_eq!(json["entry"][0]["response"]["status"], "201 Created");
    assert_eq!(json["entry"][0]["response"]["etag"], "W/\"1\"");
}

#[tokio::test]
async fn one_bad_entry_stops_all() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let marked = patient_with(
        "identifier",
        json!([{ "system": "urn:t", "value": "back" }]),
    );
    let bundle = transaction(json!([
        post(marked, ""),
        post(patient_with("gender", json!("banana")), ""),
    ]));
    let reply = backend.post("/fhir", bundle).await;
    assert!(matches!(reply.status.as_u16(), 400 | 422));
    assert!(reply.text().contains("Bundle.entry[1]"), "{}", reply.text());
    let found = backend.get("/fhir/Patient?identifier=urn:t|back").await;
    assert_eq!(found.json()["total"], 0);
}

#[tokio::test]
async fn a_stale_version_stops_all() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let bundle = transaction(json!([
        post(observation_of("Patient/ada"), ""),
        { "request": { "method": "DELETE", "url": "Observation/ada-weight",
                       "ifMatch": "W/\"7\"" } },
    ]));
    let reply = backend.post("/fhir", bundle).await.expect(412);
    assert!(reply.text().contains("Bundle.entry[1]"));
    let found = backend.get("/fhir/Observation?patient=ada").await;
    assert_eq!(found.json()["total"], 3);
}

#[tokio::test]
async fn conditions_are_looked_up_in_what_is_stored() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let condition = "identifier=urn:mrn|mrn-ada";
    let mut exists = post(patient(), PATIENT);
    exists["request"]["ifNoneExist"] = json!(condition);
    let bundle = transaction(json!([
        post(observation_of(&format!("Patient?{condition}")), ""),
        exists,
        post(observation_of(PATIENT), ""),
    ]));
    let json = backend.post("/fhir", bundle).await.expect(200).json();
    assert_eq!(json["entry"][1]["response"]["status"], "200 OK");
    for entry in [0, 2] {
        let id = id_of(&json["entry"][entry]["response"]["location"]);
        let stored = backend.get(&format!("/fhir/Observation/{id}")).await.json();
        assert_eq!(stored["subject"]["reference"], "Patient/ada");
    }
    let lost = transaction(json!([post(
        observation_of("Patient?identifier=urn:mrn|none"),
        ""
    )]));
    let reply = backend.post("/fhir", lost).await.expect(422);
    assert_eq!(reply.issue(), "not-found");
}

#[tokio::test]
async fn every_method_works_in_one_transaction() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let ada = backend.get("/fhir/Patient/ada").await.json();
    let bundle = transaction(json!([
        { "request": { "method": "GET", "url": "Observation?patient=ada" } },
        { "resource": ada, "request": { "method": "PUT", "url": "Patient/ada" } },
        post(observation_of("Patient/ada"), ""),
        { "request": { "method": "DELETE", "url": "Observation/ada-weight" } },
    ]));
    let json = backend.post("/fhir/", bundle).await.expect(200).json();
    let statuses: Vec<&str> = json["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["response"]["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["200 OK", "200 OK", "201 Created", "204 No Content"]
    );
    assert_eq!(json["entry"][0]["resource"]["total"], 3);
}

#[tokio::test]
async fn a_scope_that_lacks_one_entry_stops_all() {
    let house = House::with_people().await;
    let narrow = house.backend_with("system/Patient.cruds").await;
    let bundle = transaction(json!([
        post(patient(), ""),
        post(observation_of("Patient/ada"), ""),
    ]));
    narrow.post("/fhir", bundle).await.expect(403);
    let all = house.backend().await.get("/fhir/Patient").await;
    assert_eq!(all.json()["total"], 4);
}
