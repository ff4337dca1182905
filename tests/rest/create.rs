//! create, also conditional.

use super::{patient, patient_with};
use crate::support::{BASE, House};
use serde_json::json;

#[tokio::test]
async fn a_create_says_where_the_resource_is() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let reply = backend.post("/fhir/Patient", patient()).await.expect(201);
    let id = reply.id();
    let place = format!("{BASE}/fhir/Patient/{id}/_history/1");
    assert_eq!(reply.header("location"), place);
    assert_eq!(reply.header("etag"), "W/\"1\"");
    assert_eq!(reply.json()["meta"]["versionId"], "1");
    backend
        .get(&format!("/fhir/Patient/{id}"))
        .await
        .expect(200);
}

#[tokio::test]
async fn prefer_says_how_much_comes_back() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let minimal = backend.with("prefer", "return=minimal");
    let reply = minimal.post("/fhir/Patient", patient()).await.expect(201);
    assert!(reply.body.is_empty());
    let outcome = backend.with("prefer", "return=OperationOutcome");
    let reply = outcome.post("/fhir/Patient", patient()).await.expect(201);
    assert_eq!(reply.issue(), "informational");
}

#[tokio::test]
async fn a_condition_creates_once() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let body = patient_with("identifier", json!([{ "system": "urn:t", "value": "1" }]));
    let once = backend.with("if-none-exist", "identifier=urn:t|1");
    let first = once.post("/fhir/Patient", &body).await.expect(201);
    let second = once.post("/fhir/Patient", &body).await.expect(200);
    assert_eq!(first.id(), second.id());
    backend.post("/fhir/Patient", &body).await.expect(201);
    let reply = once.post("/fhir/Patient", &body).await.expect(412);
    assert_eq!(reply.issue(), "multiple-matches");
}

#[tokio::test]
async fn a_condition_sent_many_times_at_once_creates_once() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let body = patient_with("identifier", json!([{ "system": "urn:t", "value": "1" }]));
    let once = backend.with("if-none-exist", "identifier=urn:t|1");
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [{
        "resource": body,
        "request": { "method": "POST", "url": "Patient", "ifNoneExist": "identifier=urn:t|1" },
    }] });
    let mut waiting = Vec::new();
    for _ in 0..8 {
        let (once, body) = (once.clone(), body.clone());
        waiting.push(tokio::spawn(async move {
            once.post("/fhir/Patient", &body).await.status
        }));
        let (backend, bundle) = (backend.clone(), bundle.clone());
        waiting.push(tokio::spawn(async move {
            backend.post("/fhir", &bundle).await.status
        }));
    }
    for answer in waiting {
        assert!(answer.await.unwrap().is_success());
    }
    let found = backend
        .get("/fhir/Patient?identifier=urn:t|1&_summary=count")
        .await;
    assert_eq!(found.json()["total"], 1);
}

#[tokio::test]
async fn a_scope_without_create_is_403() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let reply = ada.post("/fhir/Patient", patient()).await.expect(403);
    assert_eq!(reply.issue(), "forbidden");
    assert!(
        reply
            .header("www-authenticate")
            .contains("insufficient_scope")
    );
}

#[tokio::test]
async fn a_body_may_come_compressed() {
    use std::io::Write;
    let house = House::empty().await;
    let backend = house.backend().await.with("content-encoding", "gzip");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(patient().to_string().as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    backend.post("/fhir/Patient", packed).await.expect(201);
}
