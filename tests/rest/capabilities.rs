//! The CapabilityStatement says what runs and nothing else: every line of it is tried against the
//! true router, and what is not in it is refused.

use std::collections::BTreeSet;

use axum::http::Method;
use fhir::{ResourceType, operation::OPERATIONS, search::params};
use kinchart::routes::{Guard, table};
use serde_json::{Value, json};

use crate::support::{Caller, House, Reply};

async fn statement(house: &House) -> Value {
    house
        .anonymous()
        .get("/fhir/metadata")
        .await
        .expect(200)
        .json()
}

fn all<'a>(of: &'a Value, name: &str) -> Vec<&'a Value> {
    of[name]
        .as_array()
        .map(|items| items.iter().collect())
        .unwrap_or_default()
}

fn texts(of: &Value, list: &str, name: &str) -> Vec<String> {
    let items = all(of, list);
    items
        .iter()
        .map(|item| item[name].as_str().unwrap().to_owned())
        .collect()
}

/// Whether something answered that knows the address and the method.
fn is_served(reply: &Reply) -> bool {
    let text = reply.text();
    ![405, 500, 501].contains(&reply.status.as_u16())
        && !text.contains("there is nothing at this address")
        && !text.contains("is not a resource type")
}

async fn interact(backend: &Caller, of: &str, code: &str) -> Reply {
    let body = json!({ "resourceType": of }).to_string();
    let type_path = format!("/fhir/{of}");
    let path = format!("{type_path}/never-was");
    match code {
        "read" => backend.get(&path).await,
        "vread" => backend.get(&format!("{path}/_history/1")).await,
        "history-instance" => backend.get(&format!("{path}/_history")).await,
        "history-type" => backend.get(&format!("{type_path}/_history")).await,
        "search-type" => backend.get(&type_path).await,
        "create" => backend.post(&type_path, body).await,
        "update" => backend.put(&path, body).await,
        "delete" => backend.delete(&path).await,
        "patch" => {
            let patch = backend.with("content-type", "application/json-patch+json");
            patch.send(Method::PATCH, &path, Some("[]")).await
        }
        other => panic!("{other} is not tried"),
    }
}

#[tokio::test]
async fn every_interaction_that_is_declared_is_served() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let statement = statement(&house).await;
    let rest = &statement["rest"][0];
    assert_eq!(all(rest, "resource").len(), ResourceType::COUNT);
    for resource in all(rest, "resource") {
        let of = resource["type"].as_str().unwrap();
        let declared = texts(resource, "interaction", "code");
        for code in &declared {
            let reply = interact(&backend, of, code).await;
            assert!(
                is_served(&reply),
                "{of} {code} {} {}",
                reply.status,
                reply.text()
            );
        }
        if of != "AuditEvent" {
            assert_eq!(declared.len(), 9, "{of} {declared:?}");
        }
    }
    let system = texts(rest, "interaction", "code");
    for (code, path) in [
        ("history-system", "/fhir/_history"),
        ("search-system", "/fhir?_type=Patient"),
    ] {
        let served = is_served(&backend.get(path).await);
        assert_eq!(served, system.contains(&code.to_owned()), "{code}");
    }
    for kind in ["batch", "transaction"] {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": []});
        backend.post("/fhir", bundle).await.expect(200);
        assert!(system.contains(&kind.to_owned()));
    }
}

#[test]
fn every_route_below_the_base_is_an_interaction_or_an_operation() {
    /// Other addresses and other methods of what is declared.
    const KNOWN: &[&str] = &[
        "/fhir",
        "/fhir/",
        "/fhir/_search",
        "/fhir/_history",
        "/fhir/{type}",
        "/fhir/{type}/_search",
        "/fhir/{type}/_history",
        "/fhir/{type}/{id}",
        "/fhir/{type}/{id}/_history",
        "/fhir/{type}/{id}/_history/{version}",
        "/fhir/{type}/{id}/{member}",
        "/fhir/{type}/{id}/{member}/_search",
        // Where `$export` leads.
        "/fhir/bulk/{export}",
        "/fhir/bulk/{export}/{file}",
    ];
    for route in table()
        .into_iter()
        .filter(|route| route.guard == Guard::Bearer && route.path.starts_with("/fhir"))
    {
        match route.path.split_once('$') {
            None => assert!(
                KNOWN.contains(&route.path),
                "{} is not declared",
                route.path
            ),
            Some((_, code)) => assert!(OPERATIONS.iter().any(|o| o.code == code), "{code}"),
        }
    }
}

/// Values that a parameter of the kind could take; composites are made of any two, or three.
fn values(kind: &str) -> Vec<String> {
    let simple = ["a", "Patient/1", "2024", "1", "http://a"];
    match kind {
        "reference" => vec!["Patient/1".into(), "http://a".into()],
        "date" => vec!["2024".into()],
        "number" | "quantity" => vec!["1".into()],
        "uri" => vec!["http://a".into()],
        "composite" => {
            let pairs = simple
                .iter()
                .flat_map(|a| simple.iter().map(move |b| format!("{a}${b}")));
            let triple = ["a$1$1".to_owned()];
            pairs.chain(triple).collect()
        }
        _ => vec!["a".into()],
    }
}

async fn is_searchable(backend: &Caller, of: &str, name: &str, kind: &str) -> bool {
    for value in values(kind) {
        let path = format!("/fhir/{of}?{name}={value}");
        if backend.get(&path).await.status == 200 {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn every_parameter_that_is_declared_works_and_no_other_does() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let statement = statement(&house).await;
    let mut tried = 0;
    for resource in all(&statement["rest"][0], "resource") {
        let of = resource["type"].as_str().unwrap();
        let mut declared = BTreeSet::new();
        for parameter in all(resource, "searchParam") {
            let text = |name: &str| parameter[name].as_str().unwrap();
            assert!(text("definition").starts_with("http"), "{parameter}");
            assert!(declared.insert(text("name").to_owned()), "{parameter}");
            let works = is_searchable(&backend, of, text("name"), text("type")).await;
            assert!(works, "{of}?{}", text("name"));
            tried += 1;
        }
        let resource_type = ResourceType::from_name(of).unwrap();
        for undeclared in params(resource_type)
            .iter()
            .filter(|p| !declared.contains(p.code))
        {
            let works = is_searchable(&backend, of, undeclared.code, "special").await;
            assert!(!works, "{of}?{} works and is not declared", undeclared.code);
        }
    }
    assert!(tried > 1_500, "{tried}");
}

#[tokio::test]
async fn parameters_of_every_search_are_declared_if_they_work() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let statement = statement(&house).await;
    let declared = texts(&statement["rest"][0], "searchParam", "name");
    for (name, value) in [
        ("_id", "a"),
        ("_lastUpdated", "2024"),
        ("_tag", "a"),
        ("_profile", "http://a"),
        ("_security", "a"),
        ("_source", "http://a"),
        ("_filter", "name eq a"),
        ("_list", "a"),
        ("_text", "a"),
        ("_content", "a"),
        ("_query", "a"),
    ] {
        let path = format!("/fhir/Patient?{name}={}", value.replace(' ', "%20"));
        let works = backend.get(&path).await.status == 200;
        assert_eq!(works, declared.contains(&name.to_owned()), "{name}");
    }
}

#[tokio::test]
async fn every_include_that_is_declared_works() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let statement = statement(&house).await;
    for resource in all(&statement["rest"][0], "resource") {
        let of = resource["type"].as_str().unwrap();
        for (list, name) in [
            ("searchInclude", "_include"),
            ("searchRevInclude", "_revinclude"),
        ] {
            let includes: Vec<String> = all(resource, list)
                .iter()
                .map(|include| format!("{name}={}", include.as_str().unwrap()))
                .collect();
            for some in includes.chunks(40) {
                let reply = backend.get(&format!("/fhir/{of}?{}", some.join("&"))).await;
                assert_eq!(reply.status, 200, "{of} {}", reply.text());
            }
        }
    }
}

#[tokio::test]
async fn formats_and_compartments_are_those_declared() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let statement = statement(&house).await;
    for format in all(&statement, "format") {
        let format = format.as_str().unwrap().replace('+', "%2B");
        let path = format!("/fhir/Patient?_format={format}");
        backend.get(&path).await.expect(200);
    }
    for format in ["ttl", "text/turtle", "application/x-ndjson"] {
        let path = format!("/fhir/Patient?_format={format}");
        assert_eq!(backend.get(&path).await.status, 406, "{format}");
    }
    let declared = all(&statement["rest"][0], "compartment");
    assert_eq!(declared.len(), 5);
    for of in [
        "Patient",
        "Encounter",
        "Practitioner",
        "RelatedPerson",
        "Device",
    ] {
        backend.put(&format!("/fhir/{of}/c"), minimal(of)).await;
        let reply = backend.get(&format!("/fhir/{of}/c/Observation")).await;
        assert_eq!(reply.status, 200, "{of} {}", reply.text());
    }
}

/// Enough of a resource of a compartment to be stored.
fn minimal(of: &str) -> Value {
    let mut made = json!({"resourceType": of, "id": "c"});
    match of {
        "Encounter" => {
            made["status"] = json!("planned");
            made["class"] = json!({"code": "AMB"});
        }
        "RelatedPerson" => made["patient"] = json!({"reference": "Patient/c"}),
        _ => {}
    }
    made
}

#[tokio::test]
async fn what_exams_look_for_is_there_and_the_statements_are_valid() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let statement = statement(&house).await;
    let told = statement.to_string();
    for text in [
        "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server",
        "\"http://hl7.org/fhir/uv/ipa/CapabilityStatement/ipa-server\"",
        "http://hl7.org/fhir/us/core/OperationDefinition/docref",
        "\"SMART-on-FHIR\"",
        "oauth-uris",
    ] {
        assert!(told.contains(text), "{text}");
    }
    assert_eq!(statement["fhirVersion"], "4.0.1");
    let declared: BTreeSet<String> = all(&statement["rest"][0], "resource")
        .iter()
        .flat_map(|resource| all(resource, "supportedProfile"))
        .map(|profile| profile.as_str().unwrap().to_owned())
        .collect();
    for line in include_str!("../../profiles/us-core/supported.txt").lines() {
        let (_, name) = line.split_once('\t').unwrap();
        let url = format!("http://hl7.org/fhir/us/core/StructureDefinition/{name}");
        assert!(declared.contains(&url), "{url}");
        assert!(declared.contains(&format!("{url}|7.0.0")), "{url}");
    }
    for version in ["6.1.0", "8.0.0"] {
        let of = declared.iter().filter(|url| url.ends_with(version)).count();
        assert!(of > 40, "{version} {of}");
    }
    for (path, of) in [
        ("/fhir/metadata", "CapabilityStatement"),
        ("/fhir/metadata?mode=terminology", "TerminologyCapabilities"),
    ] {
        let made = house.anonymous().get(path).await.expect(200).json();
        assert_eq!(made["resourceType"], of);
        let reply = backend
            .post(&format!("/fhir/{of}/$validate"), &made)
            .await
            .expect(200);
        let issues = reply.json()["issue"].as_array().unwrap().clone();
        let errors: Vec<&Value> = issues.iter().filter(|i| i["severity"] == "error").collect();
        assert!(errors.is_empty(), "{of} {errors:?}");
    }
    house
        .anonymous()
        .get("/fhir/metadata?mode=nosuch")
        .await
        .expect(400);
}

#[tokio::test]
async fn installed_profiles_are_declared() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let profile = json!({"resourceType": "StructureDefinition", "id": "own", "url": "http://example.org/own",
        "name": "Own", "status": "active", "kind": "resource", "abstract": false, "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint", "differential": {"element": [{"id": "Patient", "path": "Patient"}]}});
    let before = statement(&house).await.to_string();
    assert!(!before.contains("http://example.org/own"));
    backend
        .put("/fhir/StructureDefinition/own", &profile)
        .await
        .expect(201);
    let after = statement(&house).await.to_string();
    assert!(after.contains("http://example.org/own"));
    backend
        .delete("/fhir/StructureDefinition/own")
        .await
        .expect(204);
    assert!(
        !statement(&house)
            .await
            .to_string()
            .contains("http://example.org/own")
    );
}
