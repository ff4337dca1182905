//! read and vread.

use crate::support::House;
use serde_json::json;

#[tokio::test]
async fn a_read_sends_the_resource_with_its_version() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let reply = ada.get("/fhir/Patient/ada").await.expect(200);
    assert_eq!(reply.header("etag"), "W/\"1\"");
    assert!(reply.header("last-modified").ends_with("GMT"));
    assert!(
        reply
            .header("content-type")
            .starts_with("application/fhir+json")
    );
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.json()["name"][0]["family"], "Berg");
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let first = ada.get("/fhir/Patient/ada").await.expect(200);
    for (name, value) in [
        ("if-none-match", first.header("etag")),
        ("if-modified-since", first.header("last-modified")),
    ] {
        let again = ada.with(name, value).get("/fhir/Patient/ada").await;
        assert_eq!(again.status, 304, "{name}");
        assert!(again.body.is_empty());
    }
}

#[tokio::test]
async fn a_stranger_sees_404_as_if_nothing_were_there() {
    let house = House::with_people().await;
    let dan = house.patient("dan").await;
    let hidden = dan.get("/fhir/Patient/ada").await.expect(404);
    let absent = dan.get("/fhir/Patient/nobody").await.expect(404);
    assert_eq!(hidden.text(), absent.text());
    assert_eq!(hidden.issue(), "not-found");
    let hidden = dan.get("/fhir/Patient/ada/_history/1").await.expect(404);
    assert_eq!(hidden.text(), absent.text());
}

#[tokio::test]
async fn numbers_and_extensions_come_back_as_sent() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let text = r#"{"resourceType":"Observation","status":"final","code":{"text":"caf\u00e9"},
        "valueQuantity":{"value":1.500,"unit":"mg"},
        "_status":{"extension":[{"url":"http://x.example/why","valueString":"y"}]}}"#;
    let id = backend
        .post("/fhir/Observation", text)
        .await
        .expect(201)
        .id();
    let back = backend.get(&format!("/fhir/Observation/{id}")).await.text();
    for part in [
        "1.500",
        "caf\\u00e9",
        "\"_status\":{\"extension\":[{\"url\":\"http://x.example/why\"",
    ] {
        assert!(back.contains(part), "{part} in {back}");
    }
}

#[tokio::test]
async fn each_version_can_be_read() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let mut ada = backend.get("/fhir/Patient/ada").await.json();
    ada["gender"] = json!("other");
    backend.put("/fhir/Patient/ada", &ada).await.expect(200);
    let old = backend
        .get("/fhir/Patient/ada/_history/1")
        .await
        .expect(200);
    assert_eq!(old.json()["gender"], "female");
    let new = backend
        .get("/fhir/Patient/ada/_history/2")
        .await
        .expect(200);
    assert_eq!(new.json()["gender"], "other");
    assert_eq!(new.header("etag"), "W/\"2\"");
    backend
        .get("/fhir/Patient/ada/_history/99")
        .await
        .expect(404);
    backend
        .get("/fhir/Patient/ada/_history/x")
        .await
        .expect(404);
}

#[tokio::test]
async fn less_can_be_asked_for() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let reply = ada
        .get("/fhir/Patient/ada?_elements=gender")
        .await
        .expect(200);
    let json = reply.json();
    assert_eq!(json["gender"], "female");
    assert!(json.get("name").is_none());
    assert_eq!(json["meta"]["tag"][0]["code"], "SUBSETTED");
    let pretty = ada.get("/fhir/Patient/ada?_pretty=true").await.text();
    assert!(pretty.contains("\n  \""), "{pretty}");
}

#[tokio::test]
async fn head_is_a_read_without_body() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let head = axum::http::Method::HEAD;
    let reply = ada
        .send(head, "/fhir/Patient/ada", None::<&str>)
        .await
        .expect(200);
    assert!(reply.body.is_empty());
    assert_eq!(reply.header("etag"), "W/\"1\"");
}
