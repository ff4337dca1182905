//! Binary in its own media type.

use crate::support::House;
use serde_json::json;

#[tokio::test]
async fn the_content_comes_in_its_own_type_unless_json_is_asked_for() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let body = json!({ "resourceType": "Binary", "contentType": "text/plain", "data": "aGVsbG8=" });
    let id = backend.post("/fhir/Binary", body).await.expect(201).id();
    let path = format!("/fhir/Binary/{id}");
    let raw = backend
        .with("accept", "text/plain")
        .get(&path)
        .await
        .expect(200);
    assert_eq!(raw.text(), "hello");
    assert_eq!(raw.header("content-type"), "text/plain");
    let json = backend
        .with("accept", "application/fhir+json")
        .get(&path)
        .await;
    assert_eq!(json.expect(200).json()["data"], "aGVsbG8=");
}
