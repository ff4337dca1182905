//! Discovery documents and signing keys.

use crate::support::{BASE, House};
use serde_json::json;

#[tokio::test]
async fn the_smart_configuration_needs_no_token_and_is_shared() {
    let house = House::empty().await;
    let origin = house.anonymous().with("origin", "https://app.example");
    let reply = origin
        .with("accept", "text/html")
        .get("/fhir/.well-known/smart-configuration")
        .await
        .expect(200);
    assert!(reply.header("content-type").starts_with("application/json"));
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    let read = reply.json();
    assert_eq!(read["issuer"], BASE);
    assert_eq!(read["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(read["token_endpoint"], format!("{BASE}/oauth2/token"));
    let capabilities = read["capabilities"].as_array().unwrap();
    assert!(capabilities.contains(&json!("permission-v2")));
    for ehr in ["launch-ehr", "context-ehr-patient", "context-style"] {
        assert!(capabilities.contains(&json!(ehr)), "{ehr}");
    }
}

#[tokio::test]
async fn openid_configuration_leads_to_a_key_that_stays() {
    let house = House::empty().await;
    let read = house
        .anonymous()
        .get("/.well-known/openid-configuration")
        .await
        .expect(200)
        .json();
    assert_eq!(
        read["id_token_signing_alg_values_supported"],
        json!(["RS256"])
    );
    assert_eq!(read["jwks_uri"], format!("{BASE}/.well-known/jwks.json"));
    let first = house.anonymous().get("/.well-known/jwks.json").await.json();
    let again = house.anonymous().get("/.well-known/jwks.json").await.json();
    assert_eq!(first, again);
    assert_eq!(first["keys"].as_array().unwrap().len(), 1);
    assert_eq!(first["keys"][0]["kty"], "RSA");
    assert!(first["keys"][0].get("d").is_none());
}
