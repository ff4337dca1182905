//! Headers of every answer, sharing with other origins, compression, probes.

use crate::support::House;
use axum::http::Method;

#[tokio::test]
async fn every_answer_has_an_id_and_strict_headers() {
    let house = House::empty().await;
    for path in ["/", "/healthz", "/fhir/Patient", "/no/such/page"] {
        let reply = house.anonymous().get(path).await;
        assert!(!reply.header("x-request-id").is_empty(), "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            !reply.header("content-security-policy").is_empty(),
            "{path}"
        );
    }
    let named = house.anonymous().with("x-request-id", "mine-1");
    assert_eq!(named.get("/healthz").await.header("x-request-id"), "mine-1");
}

#[tokio::test]
async fn apps_of_any_origin_may_call_the_api_but_not_the_pages() {
    let house = House::empty().await;
    let app = house
        .anonymous()
        .with("origin", "https://app.example")
        .with("access-control-request-method", "GET")
        .with("access-control-request-headers", "authorization");
    let preflight = app
        .send(Method::OPTIONS, "/fhir/Patient/1", None::<&str>)
        .await
        .expect(204);
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert!(
        preflight
            .header("access-control-allow-headers")
            .contains("Authorization")
    );
    let refused = app.get("/fhir/Patient/1").await.expect(401);
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    let page = app.get("/").await.expect(200);
    assert_eq!(page.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn answers_are_compressed_when_asked() {
    let house = House::empty().await;
    let plain = house.anonymous().get("/fhir/metadata").await.expect(200);
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.json()["fhirVersion"], "4.0.1");
    let asks = house.anonymous().with("accept-encoding", "gzip");
    let packed = asks.get("/fhir/metadata").await.expect(200);
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.body.len() < plain.body.len() / 4);
}

#[tokio::test]
async fn probes_say_alive_ready_and_how_much() {
    let house = House::empty().await;
    let someone = house.anonymous();
    someone.get("/healthz").await.expect(200);
    someone.get("/readyz").await.expect(200);
    let text = someone.get("/metrics").await.expect(200).text();
    assert!(text.contains("http_requests_total{method=\"GET\",route=\"/healthz\""));
}
