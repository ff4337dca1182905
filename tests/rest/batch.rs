//! batch: entries on their own.

use super::patient;
use crate::support::House;
use serde_json::{Value, json};

fn batch(entries: Value) -> Value {
    json!({ "resourceType": "Bundle", "type": "batch", "entry": entries })
}

fn get(url: &str) -> Value {
    json!({ "request": { "method": "GET", "url": url } })
}

#[tokio::test]
async fn each_entry_has_its_own_status() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let json = backend
        .post(
            "/fhir",
            batch(json!([
                get("Patient/ada"),
                get("Patient/nobody"),
                get("Observation?patient=ada&_count=1"),
                get("Patient?nosuch=1"),
                { "resource": patient(), "request": { "method": "POST", "url": "Patient" } },
                { "resource": patient(), "request": { "method": "POST", "url": "Observation" } },
                { "request": { "method": "DELETE", "url": "Observation/dan-weight" } },
            ])),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(json["type"], "batch-response");
    let statuses: Vec<&str> = json["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["response"]["status"].as_str().unwrap()[..3])
        .collect();
    assert_eq!(statuses, ["200", "404", "200", "400", "201", "400", "204"]);
    assert_eq!(json["entry"][0]["resource"]["id"], "ada");
    let outcome = &json["entry"][1]["response"]["outcome"];
    assert_eq!(outcome["issue"][0]["code"], "not-found");
}

#[tokio::test]
async fn scopes_are_checked_entry_by_entry() {
    let house = House::with_people().await;
    let narrow = house.patient_with("ada", "patient/Observation.rs").await;
    let json = narrow
        .post(
            "/fhir",
            batch(json!([get("Observation/ada-glucose"), get("Patient/ada")])),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(json["entry"][0]["response"]["status"], "200 OK");
    assert_eq!(json["entry"][1]["response"]["status"], "403 Forbidden");
    assert!(json["entry"][1].get("resource").is_none());
}
