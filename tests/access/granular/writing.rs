//! Nothing outside a part is written, made or turned into, by any way to write.

use axum::http::Method;
use serde_json::{Value, json};

use super::{CATEGORY, house, observation};

#[tokio::test]
async fn nothing_is_written_into_or_turned_out_of_the_part() {
    let house = house().await;
    let scope = format!("system/Observation.cruds?category={CATEGORY}|laboratory");
    let caller = house.backend_with(&scope).await;
    let inside = observation("x", &["laboratory"]);
    let outside = observation("x", &["vital-signs"]);
    let bare = observation("x", &[]);
    for wrong in [&outside, &bare] {
        caller.post("/fhir/Observation", wrong).await.expect(403);
        caller.put("/fhir/Observation/x", wrong).await.expect(403);
        let conditional = caller.with("if-none-exist", "identifier=urn:x|nobody");
        conditional
            .post("/fhir/Observation", wrong)
            .await
            .expect(403);
        caller
            .put("/fhir/Observation?identifier=urn:x|nobody", wrong)
            .await
            .expect(403);
    }
    caller.put("/fhir/Observation/x", &inside).await.expect(201);
    // Out of the part, by each way there is.
    for wrong in [&outside, &bare] {
        caller.put("/fhir/Observation/x", wrong).await.expect(403);
        caller
            .put("/fhir/Observation?_id=x", wrong)
            .await
            .expect(403);
    }
    let code = "/category/0/coding/0/code";
    let patch = json!([{"op": "replace", "path": code, "value": "vital-signs"}]);
    let patching = caller.with("content-type", "application/json-patch+json");
    patching
        .send(Method::PATCH, "/fhir/Observation/x", Some(&patch))
        .await
        .expect(403);
    patching
        .send(Method::PATCH, "/fhir/Observation?_id=x", Some(&patch))
        .await
        .expect(403);
    let removal = json!([{"op": "remove", "path": "/category"}]);
    patching
        .send(Method::PATCH, "/fhir/Observation/x", Some(&removal))
        .await
        .expect(403);
    let merge = caller.with("content-type", "application/merge-patch+json");
    let nothing = json!({"category": null});
    merge
        .send(Method::PATCH, "/fhir/Observation/x", Some(&nothing))
        .await
        .expect(403);
    // What lies outside already is not touched: not into the part either.
    let into = observation("ada-weight", &["laboratory"]);
    caller
        .put("/fhir/Observation/ada-weight", &into)
        .await
        .expect(403);
    let patch = json!([{"op": "test", "path": "/code/coding/0/code", "value": "29463-7"}]);
    let tested = patching
        .send(Method::PATCH, "/fhir/Observation/ada-weight", Some(&patch))
        .await;
    let guess = json!([{"op": "test", "path": "/code/coding/0/code", "value": "0-0"}]);
    let guessed = patching
        .send(Method::PATCH, "/fhir/Observation/ada-weight", Some(&guess))
        .await;
    assert_eq!(
        (tested.status, tested.status),
        (guessed.status, axum::http::StatusCode::FORBIDDEN)
    );
    caller
        .delete("/fhir/Observation/ada-weight")
        .await
        .expect(403);
    let none = caller
        .delete("/fhir/Observation?code=29463-7&patient=ada")
        .await;
    assert!(none.status != 200 || none.status == 204, "{}", none.status);
    house
        .backend()
        .await
        .get("/fhir/Observation/ada-weight")
        .await
        .expect(200);
    caller.delete("/fhir/Observation/x").await.expect(204);
}

#[tokio::test]
async fn an_entry_of_a_bundle_is_held_to_the_part_like_a_request() {
    let house = house().await;
    let scope = format!("system/Observation.cruds?category={CATEGORY}|laboratory");
    let caller = house.backend_with(&scope).await;
    let entry = |method: &str, url: &str, resource: Option<Value>| {
        let mut entry = json!({"request": {"method": method, "url": url}});
        if let Some(resource) = resource {
            entry["resource"] = resource;
        }
        entry
    };
    let outside = observation("x", &["vital-signs"]);
    let patch = json!({"resourceType": "Binary", "contentType": "application/json-patch+json", "data":
        "W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL2NhdGVnb3J5In1d"});
    let entries = [
        entry("GET", "Observation/ada-weight", None),
        entry("GET", "Observation/ada-weight/_history/1", None),
        entry("POST", "Observation", Some(outside.clone())),
        entry("PUT", "Observation/x", Some(outside.clone())),
        entry(
            "PUT",
            "Observation/ada-glucose",
            Some(observation("ada-glucose", &[])),
        ),
        entry("PATCH", "Observation/ada-glucose", Some(patch)),
        entry("DELETE", "Observation/ada-weight", None),
    ];
    let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": entries});
    let answers = caller.post("/fhir", &batch).await.expect(200).json();
    for (place, answer) in answers["entry"].as_array().unwrap().iter().enumerate() {
        let status = answer["response"]["status"].as_str().unwrap();
        assert!(
            status.starts_with("403") || status.starts_with("404"),
            "{place}: {answer}"
        );
    }
    // A look that is refused spoils no list; a write that is refused does.
    for entry in entries.into_iter().skip(2) {
        let inside = json!({"request": {"method": "POST", "url": "Observation"},
            "resource": observation("y", &["laboratory"])});
        let list =
            json!({"resourceType": "Bundle", "type": "transaction", "entry": [inside, entry]});
        let refused = caller.post("/fhir", &list).await;
        assert!(
            [403, 404].contains(&refused.status.as_u16()),
            "{entry}: {}",
            refused.text()
        );
    }
    let count = caller
        .get("/fhir/Observation?code=8302-2&_summary=count")
        .await
        .expect(200);
    assert_eq!(
        count.json()["total"],
        1,
        "a refused transaction left something"
    );
}

#[tokio::test]
async fn a_condition_of_the_part_neither_finds_nor_excludes_what_is_outside() {
    let house = house().await;
    let scope = format!("system/Observation.cruds?category={CATEGORY}|laboratory");
    let caller = house.backend_with(&scope).await;
    let body = observation("x", &["laboratory"]);
    let conditional = caller.with("if-none-exist", "code=29463-7&patient=ada");
    // There is one, but not for this caller: it is made, not pointed to.
    let made = conditional
        .post("/fhir/Observation", &body)
        .await
        .expect(201);
    assert!(!made.header("location").contains("ada-weight"));
    let found = caller.with("if-none-exist", "code=2345-7&patient=ada");
    found.post("/fhir/Observation", &body).await.expect(200);
}
