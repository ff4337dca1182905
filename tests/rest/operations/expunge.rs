//! `$expunge`: erases for good, for administrators alone, and leaves the audit trail.

use serde_json::{Value, json};

use crate::support::{Caller, House};

fn asked(names: &[&str]) -> Value {
    let parameters: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "valueBoolean": true}))
        .collect();
    json!({"resourceType": "Parameters", "parameter": parameters})
}

async fn count(caller: &Caller, path: &str, body: Value) -> i64 {
    let reply = caller.post(path, body).await.expect(200).json();
    assert_eq!(reply["parameter"][0]["name"], "count");
    reply["parameter"][0]["valueInteger"].as_i64().unwrap()
}

/// Two patients of two versions each, the second deleted.
async fn house() -> (House, Caller) {
    let house = House::empty().await;
    let backend = house.backend().await;
    for id in ["kept", "gone"] {
        for active in [true, false] {
            let patient = json!({"resourceType": "Patient", "id": id, "active": active});
            backend.put(&format!("/fhir/Patient/{id}"), &patient).await;
        }
    }
    backend.delete("/fhir/Patient/gone").await.expect(204);
    (house, backend)
}

#[tokio::test]
async fn what_was_deleted_is_as_if_it_had_never_been() {
    let (_house, backend) = house().await;
    backend.get("/fhir/Patient/gone").await.expect(410);
    let deleted = asked(&["expungeDeletedResources"]);
    assert_eq!(
        count(&backend, "/fhir/Patient/kept/$expunge", deleted.clone()).await,
        0
    );
    assert_eq!(
        count(&backend, "/fhir/Observation/$expunge", deleted.clone()).await,
        0
    );
    assert_eq!(
        count(&backend, "/fhir/Patient/$expunge", deleted.clone()).await,
        3
    );
    backend.get("/fhir/Patient/gone").await.expect(404);
    backend.get("/fhir/Patient/gone/_history").await.expect(404);
    backend
        .get("/fhir/Patient/gone/_history/1")
        .await
        .expect(404);
    backend
        .get("/fhir/Patient/kept/_history/1")
        .await
        .expect(200);
    assert_eq!(count(&backend, "/fhir/$expunge", deleted).await, 0);
    let events = backend
        .get("/fhir/AuditEvent?entity=Patient/gone&_count=100")
        .await
        .expect(200);
    assert!(events.text().contains("expunge") || !events.ids(None).is_empty());
    let again = json!({"resourceType": "Patient", "id": "gone"});
    let reply = backend.put("/fhir/Patient/gone", &again).await.expect(201);
    assert_eq!(reply.header("etag"), "W/\"1\"");
}

#[tokio::test]
async fn earlier_versions_go_and_the_current_one_stays() {
    let (_house, backend) = house().await;
    let earlier = asked(&["expungePreviousVersions"]);
    assert_eq!(
        count(&backend, "/fhir/Patient/kept/$expunge", earlier.clone()).await,
        1
    );
    backend
        .get("/fhir/Patient/kept/_history/1")
        .await
        .expect(404);
    let read = backend.get("/fhir/Patient/kept").await.expect(200).json();
    assert_eq!(read["active"], false);
    let mut limited = earlier.clone();
    let limit = json!({"name": "limit", "valuePositiveInt": 1});
    limited["parameter"].as_array_mut().unwrap().push(limit);
    assert_eq!(count(&backend, "/fhir/$expunge", limited).await, 1);
    assert_eq!(count(&backend, "/fhir/$expunge", earlier).await, 1);
    backend.get("/fhir/Patient/gone").await.expect(410);
}

#[tokio::test]
async fn nobody_but_an_administrator_may() {
    let house = House::with_people().await;
    let body = asked(&["expungeDeletedResources", "expungePreviousVersions"]);
    let callers = [
        house
            .patient_with("ada", "launch/patient patient/*.cruds")
            .await,
        house.clinician().await,
        house.backend_with("system/*.rs").await,
        house.backend_with("system/Patient.cruds").await,
    ];
    for caller in callers {
        for path in [
            "/fhir/$expunge",
            "/fhir/Patient/$expunge",
            "/fhir/Patient/ada/$expunge",
        ] {
            caller.post(path, &body).await.expect(403);
        }
    }
}

#[tokio::test]
async fn faults_are_named_and_get_is_not_enough() {
    let (_house, backend) = house().await;
    let limit = |limit: i64| {
        let mut body = asked(&["expungePreviousVersions"]);
        let limit = json!({"name": "limit", "valueInteger": limit});
        body["parameter"].as_array_mut().unwrap().push(limit);
        body
    };
    for (body, named) in [
        (asked(&[]), "expunge"),
        (asked(&["expungeEverything"]), "expungeEverything"),
        (limit(0), "limit"),
        (limit(1_001), "limit"),
    ] {
        let reply = backend
            .post("/fhir/Patient/$expunge", body)
            .await
            .expect(400);
        assert!(reply.text().contains(named), "{}", reply.text());
    }
    backend.get("/fhir/$expunge").await.expect(405);
}
