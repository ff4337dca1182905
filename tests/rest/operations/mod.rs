//! The framework of operations: table, router, CapabilityStatement and definitions agree; inputs at
//! fault are named.

mod access_log;
mod documents;
mod emergency;
mod everything;
mod explain;
mod expunge;
mod graphql;
mod lastn;
mod matching;
mod messages;
mod meta;
mod stats;
mod tickets;
mod view_as;
mod work;
mod work_nodes;

use axum::http::Method;
use fhir::{
    ResourceType,
    operation::{Level, OPERATIONS},
};
use serde_json::{Value, json};

use crate::support::House;

/// The addresses an operation is invoked at, about things that need not exist.
fn addresses(operation: &fhir::operation::Operation) -> Vec<String> {
    let of = operation.types.first().unwrap_or(&"Patient");
    let code = operation.code;
    let levels = operation.levels.iter();
    levels
        .map(|level| match level {
            Level::System => format!("/fhir/${code}"),
            Level::Type => format!("/fhir/{of}/${code}"),
            Level::Instance => format!("/fhir/{of}/never-was/${code}"),
        })
        .collect()
}

#[tokio::test]
async fn every_operation_of_the_table_is_routed_by_get_and_post() {
    let house = House::empty().await;
    let backend = house.backend().await;
    for operation in OPERATIONS {
        for address in addresses(operation) {
            let reply = backend
                .post(&address, r#"{"resourceType":"Parameters"}"#)
                .await;
            assert!(
                ![405, 500, 501].contains(&reply.status.as_u16()),
                "{address}"
            );
            assert!(!reply.text().contains("is not an operation"), "{address}");
            let reply = backend.get(&address).await;
            assert_eq!(reply.status == 405, operation.affects_state, "{address}");
            assert!(reply.status.as_u16() < 500, "{address} {}", reply.text());
            let reply = backend.delete(&address).await;
            assert_eq!(reply.status, 405, "{address}");
        }
    }
}

#[tokio::test]
async fn the_capability_statement_and_the_definitions_say_what_the_table_says() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let statement = backend.get("/fhir/metadata").await.expect(200).json();
    let rest = &statement["rest"][0];
    let told = |of: &Value| -> Vec<(String, String)> {
        let operations = of["operation"].as_array().cloned().unwrap_or_default();
        let pair = |o: &Value| {
            let text = |name: &str| o[name].as_str().unwrap().to_owned();
            (text("name"), text("definition"))
        };
        operations.iter().map(pair).collect()
    };
    for operation in OPERATIONS {
        let id = operation.id;
        let path = format!("/fhir/OperationDefinition/{id}");
        let definition = backend.get(&path).await.expect(200).json();
        assert_eq!(definition["code"], operation.code);
        assert_eq!(
            definition["system"],
            operation.levels.contains(&Level::System)
        );
        let declared = (
            operation.code.to_owned(),
            definition["url"].as_str().unwrap().to_owned(),
        );
        if operation.levels.contains(&Level::System) {
            assert!(told(rest).contains(&declared), "{id}");
        }
        let below = operation.levels.iter().any(|level| *level != Level::System);
        for resource in rest["resource"].as_array().unwrap() {
            let of = ResourceType::from_name(resource["type"].as_str().unwrap()).unwrap();
            let expected = below && operation.is_for(of);
            assert_eq!(told(resource).contains(&declared), expected, "{id} {of}");
        }
    }
    let count: usize = OPERATIONS.len();
    assert!(count > 0);
}

#[tokio::test]
async fn unknown_operations_are_not_found_at_any_level_and_by_any_method() {
    let house = House::empty().await;
    let backend = house.backend().await;
    for path in [
        "/fhir/$nope",
        "/fhir/Patient/$nope",
        "/fhir/Patient/a/$nope",
    ] {
        for method in [Method::GET, Method::POST] {
            let body = (method == Method::POST).then_some(r#"{"resourceType":"Parameters"}"#);
            let reply = backend.send(method.clone(), path, body).await;
            assert!(
                [404, 405].contains(&reply.status.as_u16()),
                "{method} {path} {}",
                reply.text()
            );
        }
    }
}

#[tokio::test]
async fn inputs_at_fault_are_named() {
    let house = House::empty().await;
    let backend = house.backend().await;
    for (query, body, named) in [
        ("?nosuch=1", json!({"resourceType": "Patient"}), "nosuch"),
        ("", json!({"resourceType": "Parameters"}), "resource"),
        (
            "",
            json!({"resourceType": "Parameters", "parameter": [{"name": "mode", "valueInteger": 1}]}),
            "mode",
        ),
        ("?mode=a&mode=b", json!({"resourceType": "Patient"}), "mode"),
    ] {
        let reply = backend
            .post(&format!("/fhir/Patient/$validate{query}"), body)
            .await
            .expect(400);
        assert!(reply.text().contains(named), "{}", reply.text());
    }
}

#[tokio::test]
async fn entries_of_a_bundle_invoke_operations_too() {
    let house = House::empty().await;
    let backend = house.backend().await;
    for kind in ["batch", "transaction"] {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": [
            {"resource": {"resourceType": "Patient", "gender": "banana"},
             "request": {"method": "POST", "url": "Patient/$validate"}},
            {"request": {"method": "GET", "url": "OperationDefinition/Resource-validate"}}]});
        let answer = backend.post("/fhir", bundle).await.expect(200).json();
        let outcome = &answer["entry"][0]["resource"];
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{answer}");
        assert_eq!(outcome["issue"][0]["severity"], "error");
        assert_eq!(answer["entry"][1]["resource"]["code"], "validate");
    }
}
