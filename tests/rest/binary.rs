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

#[tokio::test]
async fn content_of_any_type_may_be_sent_as_it_is() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let bytes: Vec<u8> = (0..=255).collect();
    let sent = backend
        .with("content-type", "image/png")
        .with("x-security-context", "Patient/ada");
    let made = sent.post("/fhir/Binary", bytes.clone()).await.expect(201);
    let json = made.json();
    assert_eq!(json["contentType"], "image/png");
    assert_eq!(json["securityContext"]["reference"], "Patient/ada");
    let path = format!("/fhir/Binary/{}", made.id());
    let raw = backend
        .with("accept", "image/*")
        .get(&path)
        .await
        .expect(200);
    assert_eq!(
        (raw.header("content-type"), &raw.body),
        ("image/png", &bytes)
    );
    let text = backend.with("content-type", "text/plain; charset=utf-8");
    text.put(&path, "hello").await.expect(200);
    let raw = backend.with("accept", "text/plain").get(&path).await;
    assert_eq!(
        (raw.header("content-type"), raw.text().as_str()),
        ("text/plain; charset=utf-8", "hello")
    );
    text.post("/fhir/Patient", "hello").await.expect(415);
}
