//! Each letter of a scope opens its own door and no other.

use axum::http::Method;
use serde_json::json;

use super::{house, observation};
use crate::support::{Caller, Reply};

/// Every way to each act; `*` where it takes more than one.
fn ways() -> Vec<(char, Method, &'static str)> {
    use Method as M;
    let (get, post, put, delete) = (M::GET, M::POST, M::PUT, M::DELETE);
    vec![
        ('r', get.clone(), "Observation/ada-glucose"),
        ('r', get.clone(), "Observation/ada-glucose/_history/1"),
        ('r', get.clone(), "Observation/ada-glucose/_history"),
        ('r', get.clone(), "Observation/ada-glucose/$meta"),
        ('s', get.clone(), "Observation"),
        ('s', get.clone(), "Observation?_summary=count"),
        ('s', get.clone(), "Observation/_history"),
        ('s', get.clone(), "Patient/ada/Observation"),
        ('s', post.clone(), "Observation/_search"),
        ('c', post.clone(), "Observation"),
        ('u', put.clone(), "Observation/ada-glucose"),
        ('d', delete.clone(), "Observation/ada-sodium"),
        // More than one act each.
        ('*', get.clone(), "Observation/$lastn?patient=Patient/ada"),
        ('*', M::PATCH, "Observation/ada-glucose"),
        ('*', put, "Observation?code=2345-7&patient=ada"),
        ('*', delete, "Observation?code=2345-7&patient=ada"),
        ('*', post, "Observation/ada-glucose/$meta-add"),
    ]
}

async fn go(caller: &Caller, method: Method, path: &str) -> Reply {
    let address = format!("/fhir/{path}");
    let glucose = observation("ada-glucose", &["laboratory"]);
    match (&method, path) {
        (_, "Observation/_search") => caller.post_form(&address, "").await,
        (&Method::PATCH, _) => {
            let patch = json!([{"op": "test", "path": "/status", "value": "final"}]);
            let caller = caller.with("content-type", "application/json-patch+json");
            caller.send(method, &address, Some(&patch)).await
        }
        (&Method::POST | &Method::PUT, _) => caller.send(method, &address, Some(&glucose)).await,
        _ => caller.send(method, &address, None::<&str>).await,
    }
}

#[tokio::test]
async fn each_letter_alone_opens_its_own_door_and_no_other() {
    let house = house().await;
    for letter in ['c', 'r', 'u', 'd', 's'] {
        let scopes = format!("system/Observation.{letter} system/Patient.rs");
        let caller = house.backend_with(&scopes).await;
        for (needs, method, path) in ways() {
            let reply = go(&caller, method.clone(), path).await;
            let at = format!(
                "{letter}: {method} {path}: {} {}",
                reply.status,
                reply.text()
            );
            if needs == letter {
                assert!(reply.status.is_success(), "{at}");
            } else {
                assert_eq!(reply.status, 403, "{at}");
            }
        }
    }
}

#[tokio::test]
async fn a_condition_is_no_way_to_search_for_who_may_only_write() {
    let house = house().await;
    let writer = house
        .backend_with("system/Observation.cu system/Patient.r")
        .await;
    let body = observation("x", &["laboratory"]);
    let conditional = writer.with("if-none-exist", "code=29463-7&patient=ada");
    conditional
        .post("/fhir/Observation", &body)
        .await
        .expect(403);
    writer
        .put("/fhir/Observation?code=29463-7&patient=ada", &body)
        .await
        .expect(403);
    // Nor is a reference that is to be looked up.
    let entry = json!({"request": {"method": "POST", "url": "Observation"}, "resource": {
        "resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": "Patient?identifier=urn:mrn|mrn-ada"}}});
    let list = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
    writer.post("/fhir", &list).await.expect(403);
    // In a list, an answer to a condition is an answer to a search.
    let entry = json!({"resource": body, "request": {
        "method": "POST", "url": "Observation", "ifNoneExist": "code=29463-7&patient=ada"}});
    let list = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
    writer.post("/fhir", &list).await.expect(403);
}
