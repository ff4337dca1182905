//! `$meta`, `$meta-add`, `$meta-delete`: labels as sets, changed only by those who may.

use serde_json::{Value, json};

use crate::support::{Caller, House};

const LABELS: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

fn meta(value: Value) -> Value {
    json!({"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": value}]})
}

async fn told(caller: &Caller, path: &str) -> Value {
    let reply = caller.get(path).await.expect(200).json();
    assert_eq!(reply["parameter"][0]["name"], "return");
    reply["parameter"][0]["valueMeta"].clone()
}

#[tokio::test]
async fn labels_are_sets_and_each_change_is_a_version() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let patient = json!({"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01"});
    backend.put("/fhir/Patient/p", &patient).await.expect(201);
    let tag = json!({"system": "urn:t", "code": "a"});
    let add = meta(json!({"tag": [tag, tag], "profile": ["http://example.org/p"]}));
    let reply = backend
        .post("/fhir/Patient/p/$meta-add", &add)
        .await
        .expect(200);
    assert_eq!(reply.header("etag"), "W/\"2\"");
    let now = told(&backend, "/fhir/Patient/p/$meta").await;
    assert_eq!(now["tag"], json!([tag]));
    assert_eq!(now["profile"], json!(["http://example.org/p"]));
    assert_eq!(now["versionId"], "2");
    let again = backend
        .post("/fhir/Patient/p/$meta-add", &add)
        .await
        .expect(200);
    assert_eq!(again.json()["parameter"][0]["valueMeta"]["versionId"], "2");
    assert_eq!(
        backend.get("/fhir/Patient?_tag=urn:t|a").await.ids(None),
        ["p"]
    );

    assert_eq!(
        told(&backend, "/fhir/Patient/$meta").await["tag"],
        json!([tag])
    );
    assert_eq!(told(&backend, "/fhir/$meta").await["tag"], json!([tag]));
    assert_eq!(told(&backend, "/fhir/Observation/$meta").await, json!({}));

    let gone = meta(json!({"tag": [tag, {"code": "never-was"}]}));
    let reply = backend
        .post("/fhir/Patient/p/$meta-delete", &gone)
        .await
        .expect(200);
    assert!(reply.json()["parameter"][0]["valueMeta"]["tag"].is_null());
    let read = backend.get("/fhir/Patient/p").await.expect(200).json();
    assert_eq!(
        (&read["meta"]["versionId"], &read["birthDate"]),
        (&json!("3"), &json!("1980-01-01"))
    );
}

#[tokio::test]
async fn faults_are_named_and_nothing_is_changed_by_get() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let patient = json!({"resourceType": "Patient", "id": "p"});
    backend.put("/fhir/Patient/p", &patient).await.expect(201);
    for body in [
        json!({"resourceType": "Parameters"}),
        json!({"resourceType": "Parameters", "parameter": [{"name": "meta", "valueString": "x"}]}),
        meta(json!({"tag": "x"})),
        meta(json!({"nosuch": 1})),
        patient.clone(),
    ] {
        let reply = backend
            .post("/fhir/Patient/p/$meta-add", &body)
            .await
            .expect(400);
        let text = reply.text();
        assert!(text.contains("meta"), "{text}");
    }
    backend
        .post("/fhir/Patient/p/$meta-add", "")
        .await
        .expect(400);
    backend.get("/fhir/Patient/p/$meta-add").await.expect(405);
    backend
        .post(
            "/fhir/Patient/never/$meta-add",
            meta(json!({"tag": [{"code": "a"}]})),
        )
        .await
        .expect(404);
    backend.get("/fhir/Patient/never/$meta").await.expect(404);
}

#[tokio::test]
async fn patients_see_labels_as_they_read_them_and_change_none() {
    let house = House::with_people().await;
    let ada = house
        .patient_with("ada", "launch/patient patient/*.cruds")
        .await;
    let label = meta(json!({"security": [{"system": LABELS, "code": "R"}]}));
    for path in ["Patient/ada", "Patient/ben"] {
        let reply = ada.post(&format!("/fhir/{path}/$meta-add"), &label).await;
        assert_eq!(reply.status, 403, "{path} {}", reply.text());
    }
    let read = ada.get("/fhir/Patient/ada").await.expect(200).json();
    assert_eq!(told(&ada, "/fhir/Patient/ada/$meta").await, read["meta"]);
    // The mother sees no labels, on the resource or in the summary.
    let backend = house.backend().await;
    let made = json!({"resourceType": "Observation", "id": "x", "status": "final", "code": {"text": "x"},
        "meta": {"security": [{"system": LABELS, "code": "N"}]}, "subject": {"reference": "Patient/ben"}});
    backend.put("/fhir/Observation/x", &made).await.expect(201);
    let mother = house.proxy_of("ada", "ben").await;
    assert!(told(&mother, "/fhir/Observation/$meta").await["security"].is_null());
    assert!(!told(&backend, "/fhir/Observation/$meta").await["security"].is_null());
}
