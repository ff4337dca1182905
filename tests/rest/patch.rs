//! patch: JSON Patch and FHIRPath Patch, alone, conditional and in Bundles.

use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::patient_with;
use crate::support::{Caller, House, Reply};

const JSON_PATCH: &str = "application/json-patch+json";

async fn patch(caller: &Caller, path: &str, operations: Value) -> Reply {
    let caller = caller.with("content-type", JSON_PATCH);
    caller.send(Method::PATCH, path, Some(operations)).await
}

/// Parameters of one FHIRPath Patch operation.
fn operation(kind: &str, path: &str, more: &[Value]) -> Value {
    let mut parts = vec![
        json!({ "name": "type", "valueCode": kind }),
        json!({ "name": "path", "valueString": path }),
    ];
    parts.extend_from_slice(more);
    json!({
        "resourceType": "Parameters",
        "parameter": [{ "name": "operation", "part": parts }],
    })
}

#[tokio::test]
async fn a_json_patch_is_an_update_of_the_clients_own_text() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let text = r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}"#;
    let id = backend
        .post("/fhir/Observation", text)
        .await
        .expect(201)
        .id();
    let path = format!("/fhir/Observation/{id}");
    let reply = patch(
        &backend,
        &path,
        json!([
            { "op": "test", "path": "/status", "value": "final" },
            { "op": "replace", "path": "/status", "value": "amended" },
            { "op": "add", "path": "/valueQuantity/unit", "value": "kg" },
        ]),
    )
    .await
    .expect(200);
    assert_eq!(reply.header("etag"), "W/\"2\"");
    assert!(
        reply
            .text()
            .contains(r#""valueQuantity":{"value":1.50,"unit":"kg"}"#)
    );
    assert_eq!(reply.json()["meta"]["versionId"], "2");
    let before = backend.get(&format!("{path}/_history/1")).await.json();
    assert_eq!(before["status"], "final");
}

#[tokio::test]
async fn what_does_not_fit_is_told_from_what_makes_no_sense() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let id = backend.post("/fhir/Patient", super::patient()).await.id();
    let path = format!("/fhir/Patient/{id}");
    for (status, operations) in [
        (
            422,
            json!([{ "op": "test", "path": "/gender", "value": "male" }]),
        ),
        (422, json!([{ "op": "remove", "path": "/nope" }])),
        (400, json!([{ "op": "fly", "path": "/gender" }])),
        (400, json!({ "op": "remove", "path": "/gender" })),
        // The result is judged as an update would be.
        (
            400,
            json!([{ "op": "replace", "path": "/gender", "value": "banana" }]),
        ),
        (
            400,
            json!([{ "op": "replace", "path": "/id", "value": "other" }]),
        ),
        (400, json!([{ "op": "remove", "path": "/id" }])),
        (
            400,
            json!([{ "op": "replace", "path": "", "value": { "resourceType": "Group" } }]),
        ),
    ] {
        let reply = patch(&backend, &path, operations.clone()).await;
        assert_eq!(reply.status, status, "{operations} {}", reply.text());
        assert_eq!(reply.json()["resourceType"], "OperationOutcome");
    }
    let none = json!([]);
    patch(&backend, "/fhir/Patient/nope", none.clone())
        .await
        .expect(404);
    backend.delete(&path).await.expect(204);
    patch(&backend, &path, none).await.expect(410);
    let typed = backend.with("content-type", "text/plain");
    let reply = typed
        .send(Method::PATCH, &path, Some("x"))
        .await
        .expect(415);
    assert!(reply.text().contains(JSON_PATCH));
}

#[tokio::test]
async fn a_fhirpath_patch_comes_as_json_or_xml() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let id = backend.post("/fhir/Patient", super::patient()).await.id();
    let path = format!("/fhir/Patient/{id}");
    let value = json!({ "name": "value", "valueDate": "1981-02-03" });
    let body = operation("replace", "Patient.birthDate", &[value]);
    let reply = backend
        .send(Method::PATCH, &path, Some(&body))
        .await
        .expect(200);
    assert_eq!(reply.json()["birthDate"], "1981-02-03");
    let xml = "<Parameters xmlns='http://hl7.org/fhir'><parameter><name value='operation'/>\
        <part><name value='type'/><valueCode value='delete'/></part>\
        <part><name value='path'/><valueString value='Patient.birthDate'/></part></parameter></Parameters>";
    let typed = backend.with("content-type", "application/fhir+xml");
    let reply = typed
        .send(Method::PATCH, &path, Some(xml))
        .await
        .expect(200);
    assert!(reply.json().get("birthDate").is_none());
    let body = operation(
        "replace",
        "Patient.name.given.given",
        &[json!({ "name": "value", "valueString": "x" })],
    );
    backend
        .send(Method::PATCH, &path, Some(&body))
        .await
        .expect(422);
    let body = operation(
        "replace",
        "Patient.((",
        &[json!({ "name": "value", "valueString": "x" })],
    );
    backend
        .send(Method::PATCH, &path, Some(&body))
        .await
        .expect(400);
}

#[tokio::test]
async fn a_merge_patch_is_taken_from_clients_that_know_no_other() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let id = backend.post("/fhir/Patient", super::patient()).await.id();
    let path = format!("/fhir/Patient/{id}");
    for (kind, body) in [
        ("application/merge-patch+json", json!({ "birthDate": null })),
        (
            "application/fhir+json",
            json!({ "resourceType": "Patient", "active": true }),
        ),
    ] {
        let typed = backend.with("content-type", kind);
        typed
            .send(Method::PATCH, &path, Some(body))
            .await
            .expect(200);
    }
    let read = backend.get(&path).await.json();
    assert!(read.get("birthDate").is_none());
    assert_eq!(
        (&read["active"], &read["gender"]),
        (&json!(true), &json!("female"))
    );
}

#[tokio::test]
async fn a_version_or_a_condition_says_what_is_patched() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let operations = json!([{ "op": "add", "path": "/active", "value": true }]);
    let stale = backend.with("if-match", "W/\"7\"");
    patch(&stale, "/fhir/Patient/ada", operations.clone())
        .await
        .expect(412);
    let right = backend.with("if-match", "W/\"1\"");
    patch(&right, "/fhir/Patient/ada", operations.clone())
        .await
        .expect(200);
    let by = "/fhir/Patient?identifier=urn:mrn|mrn-ada";
    let reply = patch(&backend, by, operations.clone()).await.expect(200);
    assert_eq!(
        (reply.id().as_str(), reply.header("etag")),
        ("ada", "W/\"3\"")
    );
    let none = "/fhir/Patient?identifier=urn:mrn|nobody";
    patch(&backend, none, operations.clone()).await.expect(404);
    let several = "/fhir/Patient?_lastUpdated=gt2000-01-01";
    patch(&backend, several, operations.clone())
        .await
        .expect(412);
    patch(&backend, "/fhir/Patient", operations)
        .await
        .expect(400);
}

#[tokio::test]
async fn patches_at_the_same_time_are_all_kept() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let body = patient_with("identifier", json!([{ "value": "0" }]));
    let id = backend.post("/fhir/Patient", body).await.id();
    let path = format!("/fhir/Patient/{id}");
    let all = (1..=8).map(|n| {
        let (backend, path) = (backend.clone(), path.clone());
        tokio::spawn(async move {
            let value = json!({ "value": n.to_string() });
            let operations = json!([{ "op": "add", "path": "/identifier/-", "value": value }]);
            patch(&backend, &path, operations).await.status.as_u16()
        })
    });
    let mut done = 1;
    for one in all.collect::<Vec<_>>() {
        let status = one.await.unwrap();
        assert!(matches!(status, 200 | 409), "{status}");
        done += usize::from(status == 200);
    }
    let read = backend.get(&path).await.json();
    assert_eq!(read["identifier"].as_array().unwrap().len(), done);
}

#[tokio::test]
async fn a_patch_tells_nothing_of_what_is_hidden() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let dan = house.patient_with("dan", "patient/*.cruds").await;
    let guess = |family: &str| json!([{ "op": "test", "path": "/name/0/family", "value": family }]);
    let family = backend.get("/fhir/Patient/ada").await.json()["name"][0]["family"].clone();
    let right = patch(&dan, "/fhir/Patient/ada", guess(family.as_str().unwrap())).await;
    let wrong = patch(&dan, "/fhir/Patient/ada", guess("Wrong")).await;
    let absent = patch(&dan, "/fhir/Patient/nobody-at-all", guess("Wrong")).await;
    assert_eq!((right.status, &right.body), (wrong.status, &wrong.body));
    assert_eq!((right.status, &right.body), (absent.status, &absent.body));
    // Shaped like an update: a patient may move house, but not grow younger.
    let own = json!([{ "op": "add", "path": "/birthDate", "value": "1999-01-01" }]);
    patch(&dan, "/fhir/Patient/dan", own).await.expect(403);
    let reader = house.patient_with("dan", "patient/*.rs").await;
    patch(&reader, "/fhir/Patient/dan", json!([]))
        .await
        .expect(403);
}

#[tokio::test]
async fn what_is_shown_in_part_is_not_patched_whatever_is_guessed() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let (parent, _) = house
        .proxy_with("ada", "cleo", "launch/patient patient/*.cruds")
        .await;
    let whole = backend.get("/fhir/Patient/cleo").await.json();
    let part = parent.get("/fhir/Patient/cleo").await.expect(200).json();
    assert_eq!(part["meta"]["tag"][0]["code"], "SUBSETTED");
    let hidden = whole["identifier"][0]["value"].clone();
    assert!(hidden.is_string() && part.get("identifier").is_none());
    let guess =
        |value: Value| json!([{ "op": "test", "path": "/identifier/0/value", "value": value }]);
    let right = patch(&parent, "/fhir/Patient/cleo", guess(hidden))
        .await
        .expect(403);
    let wrong = patch(&parent, "/fhir/Patient/cleo", guess(json!("x")))
        .await
        .expect(403);
    assert_eq!(right.body, wrong.body);
    let now = backend.get("/fhir/Patient/cleo").await;
    assert_eq!(now.header("etag"), "W/\"1\"");
}

#[tokio::test]
async fn bundles_bring_patches_too() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let id = backend.post("/fhir/Patient", super::patient()).await.id();
    let operations = json!([{ "op": "replace", "path": "/gender", "value": "other" }]);
    let binary = json!({
        "resourceType": "Binary",
        "contentType": JSON_PATCH,
        "data": STANDARD.encode(operations.to_string()),
    });
    let value = json!({ "name": "value", "valueDate": "1981-02-03" });
    let parameters = operation("replace", "Patient.birthDate", &[value]);
    let url = format!("Patient/{id}");
    for (kind, patch) in [
        ("batch", &binary),
        ("transaction", &parameters),
        ("transaction", &binary),
    ] {
        let bundle = json!({
            "resourceType": "Bundle",
            "type": kind,
            "entry": [{ "resource": patch, "request": { "method": "PATCH", "url": url } }],
        });
        let reply = backend.post("/fhir", bundle).await.expect(200);
        assert_eq!(
            reply.json()["entry"][0]["response"]["status"],
            "200 OK",
            "{}",
            reply.text()
        );
    }
    let read = backend.get(&format!("/fhir/Patient/{id}")).await.json();
    assert_eq!(
        (&read["gender"], &read["birthDate"]),
        (&json!("other"), &json!("1981-02-03"))
    );
    assert_eq!(read["meta"]["versionId"], "4");
}

#[tokio::test]
async fn an_xml_patch_is_an_update_like_any_other() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let made = json!({"resourceType": "Patient", "gender": "female", "name": [{"text": "A"}]});
    let id = backend.post("/fhir/Patient", &made).await.expect(201).id();
    let path = format!("/fhir/Patient/{id}");
    let typed = backend.with("content-type", "application/xml-patch+xml");
    let diff = |inner: &str| format!(r#"<diff xmlns:f="http://hl7.org/fhir">{inner}</diff>"#);
    let text = diff(
        r#"<add sel="f:Patient"><f:birthDate value="1981-02-03"/></add>
            <replace sel="f:Patient/f:gender/@value">other</replace>"#,
    );
    let reply = typed.send(Method::PATCH, &path, Some(text)).await;
    let reply = reply.expect(200);
    assert_eq!(reply.json()["birthDate"], "1981-02-03");
    assert_eq!(reply.json()["gender"], "other");
    assert_eq!(reply.json()["meta"]["versionId"], "2");
    for (status, text) in [
        (400, "<diff>".to_owned()),
        (400, diff(r#"<fly sel="f:Patient"/>"#)),
        (422, diff(r#"<remove sel="f:Patient/f:photo"/>"#)),
        (
            400,
            diff(r#"<replace sel="f:Patient/f:gender/@value">banana</replace>"#),
        ),
    ] {
        typed
            .send(Method::PATCH, &path, Some(text))
            .await
            .expect(status);
    }
    // In a transaction it comes in a Binary.
    let patch = STANDARD.encode(diff(
        r#"<replace sel="f:Patient/f:gender/@value">male</replace>"#,
    ));
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [{
        "resource": {"resourceType": "Binary", "contentType": "application/xml-patch+xml", "data": patch},
        "request": {"method": "PATCH", "url": format!("Patient/{id}")}}]});
    backend.post("/fhir", &bundle).await.expect(200);
    assert_eq!(backend.get(&path).await.json()["gender"], "male");
    // What is hidden cannot be felt for.
    let dan = house.patient("dan").await;
    let typed = dan.with("content-type", "application/xml-patch+xml");
    let probe = diff(r#"<replace sel="f:Observation/f:status/@value">final</replace>"#);
    let hidden = typed
        .send(Method::PATCH, "/fhir/Observation/ada-weight", Some(probe))
        .await;
    assert!(hidden.status.is_client_error(), "{}", hidden.text());
}
