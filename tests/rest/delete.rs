//! delete, also conditional.

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
