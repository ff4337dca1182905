//! delete, also conditional.

use serde_json::json;

use super::patient;
use crate::support::House;

#[tokio::test]
async fn what_was_deleted_is_gone_but_its_history_stays() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let id = backend.post("/fhir/Patient", patient()).await.id();
    let path = format!("/fhir/Patient/{id}");
    backend.delete(&path).await.expect(204);
    let reply = backend.get(&path).await.expect(410);
    assert_eq!(reply.issue(), "deleted");
    backend.get(&format!("{path}/_history/1")).await.expect(200);
    let found = backend.get("/fhir/Patient").await.expect(200);
    assert_eq!(found.json()["total"], 0);
    let history = backend.get(&format!("{path}/_history")).await.expect(200);
    assert_eq!(history.json()["entry"][0]["request"]["method"], "DELETE");
}

#[tokio::test]
async fn a_stranger_cannot_tell_deleted_from_absent() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    backend
        .delete("/fhir/Observation/ada-weight")
        .await
        .expect(204);
    let dan = house.patient("dan").await;
    let hidden = dan.get("/fhir/Observation/ada-weight").await.expect(404);
    let absent = dan.get("/fhir/Observation/nothing").await.expect(404);
    assert_eq!(hidden.text(), absent.text());
}

#[tokio::test]
async fn a_condition_deletes_one_or_nothing() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let one = "/fhir/Observation?patient=dan&code=2345-7";
    backend.delete(one).await.expect(204);
    backend
        .get("/fhir/Observation/dan-glucose")
        .await
        .expect(410);
    backend.delete(one).await.expect(204);
    let several = backend
        .delete("/fhir/Observation?patient=dan")
        .await
        .expect(412);
    assert_eq!(several.issue(), "multiple-matches");
    backend.delete("/fhir/Observation").await.expect(400);
}

#[tokio::test]
async fn a_condition_deletes_all_where_the_settings_allow_it() {
    let house = House::deleting_several().await;
    let backend = house.backend().await;
    for n in 0..4 {
        let family = if n < 3 { "Many" } else { "Few" };
        let patient = json!({"resourceType": "Patient", "id": format!("p{n}"),
            "name": [{"family": family}]});
        backend
            .put(&format!("/fhir/Patient/p{n}"), &patient)
            .await
            .expect(201);
    }
    let statement = house.anonymous().get("/fhir/metadata").await.json();
    let of_type = &statement["rest"][0]["resource"];
    let patient = of_type.as_array().unwrap().iter();
    let patient = patient.clone().find(|r| r["type"] == "Patient").unwrap();
    assert_eq!(patient["conditionalDelete"], "multiple");
    let several = "/fhir/Patient?family=Many";
    // A version is of one resource.
    backend
        .with("if-match", "W/\"1\"")
        .delete(several)
        .await
        .expect(412);
    let reply = backend.delete(several).await.expect(200);
    assert!(reply.text().contains("3 resources"), "{}", reply.text());
    assert_eq!(
        backend.get("/fhir/Patient").await.expect(200).ids(None),
        ["p3"]
    );
    backend.delete(several).await.expect(204);
    // As an entry of a transaction too.
    for id in ["p0", "p1"] {
        let patient = json!({"resourceType": "Patient", "id": id, "name": [{"family": "Many"}]});
        backend
            .put(&format!("/fhir/Patient/{id}"), &patient)
            .await
            .expect(201);
    }
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"request": {"method": "DELETE", "url": "Patient?family=Many"}},
        {"request": {"method": "DELETE", "url": "Patient?family=Few"}}]});
    let reply = backend.post("/fhir", &bundle).await.expect(200);
    assert_eq!(reply.json()["entry"].as_array().unwrap().len(), 2);
    assert_eq!(backend.get("/fhir/Patient").await.json()["total"], 0);
}
