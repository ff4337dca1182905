//! Bad and odd input: each gets an OperationOutcome with the right status, and nothing is stored.

use super::{observation, patient, patient_with};
use crate::support::{Caller, House, Reply};
use axum::http::Method;
use serde_json::{Value, json};

/// What a create of this body comes to: a client error with an OperationOutcome.
async fn refused(backend: &Caller, path: &str, body: String) -> Reply {
    let reply = backend.post(path, body.clone()).await;
    let status = reply.status.as_u16();
    assert!(matches!(status, 400 | 422), "{status} for {body:.200}");
    reply.issue();
    reply
}

#[tokio::test]
async fn bodies_that_are_no_valid_resource_are_refused() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let deep = format!(
        "{{\"resourceType\":\"Patient\",\"extension\":{}[]{}}}",
        "[{\"url\":\"http://x\",\"extension\":".repeat(2000),
        "}]".repeat(2000)
    );
    let bodies: Vec<String> = vec![
        "{\"resourceType\":\"Patient\",".into(),
        String::new(),
        "[]".into(),
        "{\"resourceType\":\"Patient\",\"gender\":\"male\",\"gender\":\"female\"}".into(),
        "{\"name\":[]}".into(),
        observation().to_string(),
        patient_with("foo", json!("bar")).to_string(),
        patient_with("gender", json!("banana")).to_string(),
        patient_with("birthDate", json!("1980-13-45")).to_string(),
        patient_with("active", json!("yes")).to_string(),
        patient_with("name", json!({ "family": "X" })).to_string(),
        patient_with("name", json!([])).to_string(),
        "{\"resourceType\":\"Patient\",\"gender\":null}".into(),
        patient_with("contact", json!([{ "gender": "male" }])).to_string(),
        deep,
    ];
    for body in bodies {
        refused(&backend, "/fhir/Patient", body).await;
    }
    let missing = json!({ "resourceType": "Observation", "status": "final" });
    refused(&backend, "/fhir/Observation", missing.to_string()).await;
    for subject in ["Patient/nope-404", "Practitioner/x"] {
        let mut dangling = observation();
        dangling["subject"] = json!({ "reference": subject });
        refused(&backend, "/fhir/Observation", dangling.to_string()).await;
    }
    for path in ["/fhir/Patient", "/fhir/Observation"] {
        assert_eq!(backend.get(path).await.json()["total"], 0, "{path}");
    }
}

#[tokio::test]
async fn bodies_that_are_too_large_are_413() {
    use std::io::Write;
    let house = House::empty().await;
    let backend = house.backend().await;
    let large = "A".repeat(17 * 1024 * 1024);
    let body = patient_with("photo", json!([{ "data": large }]));
    let reply = backend.post("/fhir/Patient", body).await.expect(413);
    assert_eq!(reply.issue(), "too-long");
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..40 {
        bomb.write_all(&vec![b'a'; 1 << 20]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    let packed = backend.with("content-encoding", "gzip");
    packed.post("/fhir/Patient", bomb).await.expect(413);
    packed.post("/fhir/Patient", "no gzip").await.expect(400);
}

#[tokio::test]
async fn other_media_types_are_415_and_406() {
    let house = House::empty().await;
    let backend = house.backend().await;
    for kind in [
        "text/plain",
        "application/json-patch+json",
        "application/fhir+json; charset=latin1",
        "application/fhir+json; fhirVersion=5.0",
    ] {
        let typed = backend.with("content-type", kind);
        let reply = typed.post("/fhir/Patient", patient()).await.expect(415);
        assert_eq!(reply.issue(), "not-supported");
    }
    let id = backend.post("/fhir/Patient", patient()).await.id();
    let turtle = backend.with("accept", "text/turtle");
    let reply = turtle.get(&format!("/fhir/Patient/{id}")).await.expect(406);
    assert!(reply.text().contains("application/fhir+xml"));
    backend
        .get(&format!("/fhir/Patient/{id}?_format=ttl"))
        .await
        .expect(406);
}

#[tokio::test]
async fn updates_must_name_their_resource_rightly() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let id = backend.post("/fhir/Patient", patient()).await.id();
    let path = format!("/fhir/Patient/{id}");
    let own = patient_with("id", json!(id));
    backend
        .put(&path, patient_with("id", json!("other")))
        .await
        .expect(400);
    backend.put(&path, patient()).await.expect(400);
    for bad in ["bad_id!", &"a".repeat(80)] {
        let reply = backend
            .put(
                &format!("/fhir/Patient/{bad}"),
                patient_with("id", json!(bad)),
            )
            .await;
        assert_eq!(reply.status, 400, "{bad}");
    }
    backend
        .with("if-match", "W/\"999\"")
        .put(&path, &own)
        .await
        .expect(412);
    backend
        .with("if-match", "zzz")
        .put(&path, &own)
        .await
        .expect(400);
}

#[tokio::test]
async fn addresses_that_lead_nowhere_are_404_or_405() {
    let house = House::empty().await;
    let backend = house.backend().await;
    backend.post("/fhir/Patientt", patient()).await.expect(404);
    backend
        .get("/fhir/Patient/does-not-exist")
        .await
        .expect(404);
    backend.get("/fhir/a/b/c/d/e").await.expect(404).issue();
    let reply = backend.get("/fhir/Patient/%ff").await.expect(404);
    assert_eq!(reply.issue(), "not-found");
    let parameters = json!({ "resourceType": "Parameters" });
    let reply = backend
        .post("/fhir/Patient/$nope", parameters)
        .await
        .expect(404);
    assert_eq!(reply.issue(), "not-supported");
    backend.get("/fhir/Patient/$nope").await.expect(404);
    let reply = backend
        .send(Method::DELETE, "/fhir", None::<&str>)
        .await
        .expect(405);
    assert_eq!(reply.issue(), "not-supported");
    assert!(reply.header("allow").contains("POST"));
}

#[tokio::test]
async fn searches_that_cannot_be_understood_are_400() {
    let house = House::empty().await;
    let backend = house.backend().await;
    for query in [
        "nosuch=1",
        "name:banana=x",
        "birthdate=notadate",
        "_count=abc",
        "_sort=nosuch",
        "_include=Patient:nosuch",
        "name=%00",
    ] {
        let reply = backend.get(&format!("/fhir/Patient?{query}")).await;
        assert_eq!(reply.status, 400, "{query}: {}", reply.text());
        reply.issue();
    }
    for query in ["name=x%27%20OR%201=1%20--", "name=%ff%fe"] {
        backend
            .get(&format!("/fhir/Patient?{query}"))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn bundles_that_are_wrong_are_refused_whole() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let no_type = json!({ "resourceType": "Bundle", "entry": [] });
    refused(&backend, "/fhir", no_type.to_string()).await;
    let mut lost = observation();
    lost["subject"] = json!({ "reference": "urn:uuid:11111111-1111-4111-8111-111111111111" });
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
        { "resource": lost, "request": { "method": "POST", "url": "Observation" } } ] });
    refused(&backend, "/fhir", bundle.to_string()).await;
    refused(&backend, "/fhir", patient().to_string()).await;
    let collection = json!({ "resourceType": "Bundle", "type": "collection" });
    refused(&backend, "/fhir", collection.to_string()).await;
}

#[tokio::test]
async fn validate_says_what_a_create_would() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let errors = async |body: Value| -> Vec<Value> {
        let reply = backend
            .post("/fhir/Patient/$validate", body)
            .await
            .expect(200);
        let issues = reply.json()["issue"].as_array().unwrap().clone();
        issues
            .into_iter()
            .filter(|issue| issue["severity"] == "error")
            .collect()
    };
    assert_eq!(errors(patient()).await, Vec::<Value>::new());
    let mut bad = patient_with("gender", json!("banana"));
    bad["foo"] = json!(1);
    assert_eq!(errors(bad.clone()).await.len(), 2);
    let wrapped = json!({ "resourceType": "Parameters",
                          "parameter": [{ "name": "resource", "resource": bad }] });
    assert_eq!(errors(wrapped).await.len(), 2);
    assert_eq!(backend.get("/fhir/Patient").await.json()["total"], 0);
}
