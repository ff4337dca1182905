//! `Observation/$lastn`: the latest of each code, ties included, within what the caller may see.

use access::vocabulary::CONSENT_BASIS;
use serde_json::{Value, json};

use crate::support::{Caller, House};

async fn observe(backend: &Caller, id: &str, code: Value, day: &str) {
    let resource = json!({"resourceType": "Observation", "id": id, "status": "final", "code": code,
        "category": [{"coding": [{"code": "laboratory"}]}],
        "subject": {"reference": "Patient/p"}, "effectiveDateTime": day});
    backend
        .put(&format!("/fhir/Observation/{id}"), &resource)
        .await
        .expect(201);
}

fn coded(codes: &[&str]) -> Value {
    let codings: Vec<Value> = codes
        .iter()
        .map(|code| json!({"system": "http://loinc.org", "code": code}))
        .collect();
    json!({ "coding": codings })
}

async fn house() -> (House, Caller) {
    let house = House::empty().await;
    let backend = house.backend().await;
    backend
        .put(
            "/fhir/Patient/p",
            json!({"resourceType": "Patient", "id": "p"}),
        )
        .await
        .expect(201);
    for (id, codes, day) in [
        ("a1", vec!["A"], "2024-01-01"),
        ("a2", vec!["A"], "2024-01-02"),
        ("a3", vec!["A"], "2024-01-03T10:00:00Z"),
        ("a4", vec!["A"], "2024-01-03T10:00:00Z"),
        ("b1", vec!["B"], "2024-01-01"),
        ("c1", vec!["C"], "2024-02-01"),
        ("cd", vec!["C", "D"], "2024-01-01"),
        ("d1", vec!["D"], "2024-03-01"),
    ] {
        observe(&backend, id, coded(&codes), day).await;
    }
    observe(&backend, "t1", json!({"text": "Mood"}), "2024-01-01").await;
    observe(&backend, "t2", json!({"text": "mood"}), "2024-01-01").await;
    (house, backend)
}

async fn last(backend: &Caller, query: &str) -> Vec<String> {
    let path = format!("/fhir/Observation/$lastn?patient=p&category=laboratory{query}");
    let mut ids = backend.get(&path).await.expect(200).ids(None);
    ids.sort();
    ids
}

#[tokio::test]
async fn the_latest_of_each_code_with_its_ties() {
    let (_house, backend) = house().await;
    assert_eq!(
        last(&backend, "").await,
        ["a3", "a4", "b1", "d1", "t1", "t2"]
    );
    assert_eq!(
        last(&backend, "&max=2").await,
        ["a3", "a4", "b1", "c1", "d1", "t1", "t2"]
    );
    assert_eq!(last(&backend, "&max=1000").await.len(), 10);
    assert_eq!(last(&backend, "&code=A&date=lt2024-01-03").await, ["a2"]);
    let posted = backend
        .post(
            "/fhir/Observation/$lastn",
            json!({"resourceType": "Parameters", "parameter": [
                {"name": "max", "valuePositiveInt": 3},
                {"name": "patient", "valueString": "Patient/p"},
                {"name": "code", "valueString": "http://loinc.org|A"}]}),
        )
        .await
        .expect(200);
    assert_eq!(posted.ids(None).len(), 3);
}

#[tokio::test]
async fn without_category_or_code_it_is_the_latest_of_every_code() {
    let (_house, backend) = house().await;
    let mut vital = json!({"resourceType": "Observation", "id": "v1", "status": "final",
        "code": coded(&["V"]), "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2023-01-01"});
    backend
        .put("/fhir/Observation/v1", &vital)
        .await
        .expect(201);
    backend
        .put(
            "/fhir/Patient/other",
            json!({"resourceType": "Patient", "id": "other"}),
        )
        .await
        .expect(201);
    vital["id"] = json!("v2");
    vital["subject"] = json!({"reference": "Patient/other"});
    backend
        .put("/fhir/Observation/v2", &vital)
        .await
        .expect(201);
    let reply = backend.get("/fhir/Observation/$lastn?patient=p").await;
    let mut ids = reply.expect(200).ids(None);
    ids.sort();
    assert_eq!(ids, ["a3", "a4", "b1", "d1", "t1", "t2", "v1"]);
}

#[tokio::test]
async fn whose_must_be_said() {
    let (_house, backend) = house().await;
    for (query, named) in [
        ("category=laboratory", "patient"),
        ("patient=p&category=x&max=0", "max"),
        ("patient=p&category=x&max=-1", "max"),
        ("patient=p&category=x&max=99999999999", "max"),
        ("patient=p&category=x&max=1&max=2", "max"),
        ("patient=p&category=x&nosuch=1", "nosuch"),
        ("patient=p&category=x&_sort=date", "_sort"),
    ] {
        let reply = backend
            .get(&format!("/fhir/Observation/$lastn?{query}"))
            .await
            .expect(400);
        assert!(reply.text().contains(named), "{query} {}", reply.text());
    }
}

#[tokio::test]
async fn what_is_hidden_does_not_stand_in_for_what_is_seen() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let label = json!([{"url": CONSENT_BASIS, "valueCode": "minor:19a-216"}]);
    for (id, day, label) in [
        ("seen", "2024-01-01", Value::Null),
        ("secret", "2024-02-01", label),
    ] {
        let mut made = json!({"resourceType": "Observation", "id": id, "status": "final",
            "code": coded(&["Z"]), "subject": {"reference": "Patient/ben"},
            "effectiveDateTime": day});
        if label.is_array() {
            made["extension"] = label;
        }
        backend
            .put(&format!("/fhir/Observation/{id}"), &made)
            .await
            .expect(201);
    }
    let path = "/fhir/Observation/$lastn?patient=ben&code=http://loinc.org|Z";
    assert_eq!(backend.get(path).await.expect(200).ids(None), ["secret"]);
    let mother = house.proxy_of("ada", "ben").await;
    assert_eq!(mother.get(path).await.expect(200).ids(None), ["seen"]);
    let stranger = house.patient("dan").await;
    assert_eq!(
        stranger.get(path).await.expect(200).ids(None),
        Vec::<String>::new()
    );
}
