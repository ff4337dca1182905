//! Sharing by link over the true router: what a link shows, to whom, until when, and how it ends.

mod ending;
pub mod receiver;
mod sharing;

use serde_json::{Value, json};

use crate::support::{Caller, House, Reply};
use receiver::{Receiver, output, wish};

const ALL: &str = "patient/*.cruds";

/// The fixtures' people, and something sensitive of ada's.
async fn house() -> House {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let laboratory = json!([{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category",
        "code": "laboratory"}]}]);
    let labelled = |code: &str| {
        json!({"security": [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": code}]})
    };
    for (id, code) in [("ada-private", "HIV"), ("ada-other", "SUD")] {
        let observation = json!({"resourceType": "Observation", "id": id, "meta": labelled(code),
            "status": "final", "category": laboratory, "code": {"text": "A test"},
            "subject": {"reference": "Patient/ada"}, "effectiveDateTime": "2026-05-01", "valueString": "x"});
        backend
            .put(&format!("/fhir/Observation/{id}"), observation)
            .await
            .expect(201);
    }
    house
}

async fn share(person: &Caller, patient: &str, pairs: &[(&str, Value)]) -> Reply {
    person
        .post(&format!("/fhir/Patient/{patient}/$share"), wish(pairs))
        .await
}

/// A link of ada's with these inputs beside her results: its id and its receiver.
async fn link(house: &House, more: &[(&str, Value)]) -> (String, Receiver) {
    let ada = house.patient_with("ada", ALL).await;
    let mut pairs = vec![("category", json!("results")), ("label", json!("Knee"))];
    pairs.extend(more.iter().cloned());
    let made = share(&ada, "ada", &pairs).await.expect(200).json();
    let text = output(&made, "shlink");
    (output(&made, "link"), Receiver::of(house, &text))
}
