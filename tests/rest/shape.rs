//! What people may write: forced subject and tag, no labels, nobody's age.

use crate::support::House;

const ALL: &str = "launch/patient patient/*.cruds";
const WEIGHT: &str = r#"{"resourceType":"Observation","status":"final","code":{"text":"Weight"}}"#;
const OF_ADA: &str = r#""subject":{"reference":"Patient/ada"},"status""#;

#[tokio::test]
async fn what_a_patient_measures_is_theirs_and_tagged() {
    let house = House::with_people().await;
    let ada = house.patient_with("ada", ALL).await;
    let made = ada.post("/fhir/Observation", WEIGHT).await.expect(201);
    let made = made.json();
    assert_eq!(made["subject"]["reference"], "Patient/ada");
    assert_eq!(made["meta"]["tag"][0]["code"], "patient-supplied");
}

#[tokio::test]
async fn what_is_not_theirs_to_say_is_refused() {
    let house = House::with_people().await;
    let ada = house.patient_with("ada", ALL).await;
    let label = r#""meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}]},"#;
    let labelled = WEIGHT.replace("\"status\"", &format!("{label}{OF_ADA}"));
    ada.post("/fhir/Observation", &*labelled).await.expect(403);
    let order = r#"{"resourceType":"MedicationRequest","status":"active","intent":"order",
        "medicationCodeableConcept":{"text":"x"},"subject":{"reference":"Patient/ada"}}"#;
    ada.post("/fhir/MedicationRequest", order).await.expect(403);
}

#[tokio::test]
async fn one_may_move_house_but_not_grow_younger() {
    let house = House::with_people().await;
    let ada = house.patient_with("ada", ALL).await;
    let mine = ada.get("/fhir/Patient/ada").await.expect(200).json();
    let mut moved = mine.clone();
    moved["address"] = serde_json::json!([{"city": "Hartford"}]);
    let path = "/fhir/Patient/ada";
    ada.put(path, &*moved.to_string()).await.expect(200);
    let mut younger = mine;
    younger["birthDate"] = "2015-01-01".into();
    ada.put(path, &*younger.to_string()).await.expect(403);
}

#[tokio::test]
async fn what_tells_about_confidential_care_is_as_hidden_as_the_care() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let basis = "https://kinchart.org/fhir/StructureDefinition/consent-basis";
    let care = format!(
        r#"{{"resourceType":"Observation","id":"quiet","status":"final","code":{{"text":"Test"}},
        "extension":[{{"url":"{basis}","valueCode":"minor:19a-216"}}],
        "subject":{{"reference":"Patient/ben"}}}}"#
    );
    backend
        .put("/fhir/Observation/quiet", &*care)
        .await
        .expect(201);
    let provenance = r#"{"resourceType":"Provenance","recorded":"2026-06-01T10:00:00Z",
        "target":[{"reference":"Observation/quiet"}],"agent":[{"who":{"display":"Lab"}}]}"#;
    let made = backend
        .post("/fhir/Provenance", provenance)
        .await
        .expect(201);
    let path = format!("/fhir/Provenance/{}", made.id());
    let parent = house.proxy_of("ada", "ben").await;
    parent
        .get("/fhir/Observation/ben-glucose")
        .await
        .expect(200);
    parent.get("/fhir/Observation/quiet").await.expect(404);
    parent.get(&path).await.expect(404);
    let found = parent.get("/fhir/Provenance").await.expect(200);
    assert_eq!(found.ids(None), Vec::<String>::new());
}
