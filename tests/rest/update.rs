//! update, also as create, also conditional.

use super::patient_with;
use crate::support::House;
use serde_json::json;

#[tokio::test]
async fn an_update_makes_a_new_version_and_may_create() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let body = patient_with("id", json!("eve"));
    let made = backend.put("/fhir/Patient/eve", &body).await.expect(201);
    assert_eq!(made.header("etag"), "W/\"1\"");
    let changed = backend.put("/fhir/Patient/eve", &body).await.expect(200);
    assert_eq!(changed.header("etag"), "W/\"2\"");
    assert_eq!(changed.json()["meta"]["versionId"], "2");
}

#[tokio::test]
async fn a_stale_version_is_412_and_changes_nothing() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let ada = backend.get("/fhir/Patient/ada").await.json();
    let right = backend.with("if-match", "W/\"1\"");
    right.put("/fhir/Patient/ada", &ada).await.expect(200);
    let reply = right.put("/fhir/Patient/ada", &ada).await.expect(412);
    assert_eq!(reply.issue(), "conflict");
    let now = backend.get("/fhir/Patient/ada").await.expect(200);
    assert_eq!(now.header("etag"), "W/\"2\"");
}

#[tokio::test]
async fn a_stranger_cannot_overwrite_what_they_cannot_see() {
    let house = House::with_people().await;
    let dan = house.patient_with("dan", "patient/*.cruds").await;
    let body = patient_with("id", json!("ada"));
    let reply = dan.put("/fhir/Patient/ada", &body).await;
    assert!(
        matches!(reply.status.as_u16(), 403 | 404),
        "{}",
        reply.text()
    );
    let backend = house.backend().await;
    let ada = backend.get("/fhir/Patient/ada").await.expect(200);
    assert_eq!(ada.header("etag"), "W/\"1\"");
}

#[tokio::test]
async fn a_condition_picks_what_is_updated() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let body = patient_with(
        "identifier",
        json!([{ "system": "urn:mrn", "value": "mrn-ada" }]),
    );
    let path = "/fhir/Patient?identifier=urn:mrn|mrn-ada";
    let reply = backend.put(path, &body).await.expect(200);
    assert_eq!(reply.id(), "ada");
    let path = "/fhir/Patient?identifier=urn:mrn|mrn-new";
    backend.put(path, &body).await.expect(201);
}

#[tokio::test]
async fn a_condition_sent_many_times_at_once_makes_one() {
    let house = House::empty().await;
    let backend = house.backend().await;
    // Several conditions that mean the same, one of them in transactions.
    let conditions = [
        "identifier=urn:s|one",
        "identifier=one",
        "identifier=urn:s|one&gender=female",
    ];
    let body = patient_with("identifier", json!([{ "system": "urn:s", "value": "one" }]));
    let all = (0..24).map(|n| {
        let (backend, body) = (backend.clone(), body.clone());
        tokio::spawn(async move {
            let condition = conditions[n % conditions.len()];
            let status = match n % 4 {
                0 => {
                    let entry = json!({
                        "resource": body,
                        "request": { "method": "POST", "url": "Patient", "ifNoneExist": condition },
                    });
                    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [entry] });
                    backend.post("/fhir", bundle).await.status
                }
                1 => backend.with("if-none-exist", condition).post("/fhir/Patient", &body).await.status,
                _ => backend.put(&format!("/fhir/Patient?{condition}"), &body).await.status,
            };
            assert!(matches!(status.as_u16(), 200 | 201 | 409), "{status}");
        })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    let found = backend.get("/fhir/Patient?identifier=one").await;
    assert_eq!(found.ids(None).len(), 1);
}
