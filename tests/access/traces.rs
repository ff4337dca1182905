//! Every permit leaves one trace: n requests, n rows of the audit trail, each naming who, for whom and by which grant.

use std::collections::HashSet;

use axum::http::Method;
use kinchart::routes::{Guard, Route, table};
use serde_json::Value;

use crate::support::{Caller, House};

/// What tells nothing of anybody's record: definitions, what a decision would be, and how the caller's own requests,
/// tickets and work stand.
const NO_TRACE: &[&str] = &[
    "metadata",
    "OperationDefinition",
    "$validate",
    "$expand",
    "$lookup",
    "$subsumes",
    "$translate",
    "$explain-access",
    "$audit-roots",
    "$index-status",
    "$launchable-apps",
    "$break-glass-status",
    "$proxy-requests",
    "$support-tickets",
    "$ticket-status",
    "$work-queues",
    "$notice-settings",
];

fn address(route: &Route) -> String {
    route
        .path
        .replace("{type}", "Patient")
        .replace("{id}", "ben")
        .replace("{version}", "1")
        .replace("{member}", "Observation")
        .replace("{*path}", "x")
}

/// Addresses of every route that reads with a token, and a few more ways to read.
fn readings() -> Vec<(Method, String)> {
    let mut all: Vec<(Method, String)> = table()
        .iter()
        .filter(|route| route.guard == Guard::Bearer && route.method == Method::GET)
        .map(|route| (Method::GET, address(route)))
        .collect();
    for path in [
        "/fhir/Observation/ben-glucose",
        "/fhir/Observation",
        "/fhir/Observation?patient=ben&_include=Observation:subject",
        "/fhir/Observation?_summary=count",
        "/fhir/Patient?_revinclude=Observation:subject",
        "/fhir/Observation/ben-glucose/_history",
        "/fhir/Observation/ben-glucose/_history/1",
        "/fhir/Patient/ben/$everything",
        "/fhir/Patient/ben/$proxy-preview",
        "/fhir/Patient/ben/$view-as?related-person=ada-for-ben",
        "/fhir?_type=Observation,Patient",
        "/fhir/Observation/$lastn?patient=ben&category=laboratory",
    ] {
        all.push((Method::GET, path.to_owned()));
    }
    all.push((Method::POST, "/fhir/Observation/_search".to_owned()));
    // Over all types it asks for a list of types, which stands above.
    all.retain(|(_, path)| path.trim_end_matches('/') != "/fhir");
    all.retain(|(_, path)| !NO_TRACE.iter().any(|no| path.contains(no)));
    all.sort_by(|a, b| (a.0.as_str(), &a.1).cmp(&(b.0.as_str(), &b.1)));
    all.dedup();
    all
}

/// The rows of the trail that `who` left.
async fn traces(house: &House, who: &str) -> Vec<Value> {
    let query = format!("/fhir/AuditEvent?agent={who}&_count=500");
    let found = house.backend().await.get(&query).await.expect(200).json();
    let entries = found["entry"].as_array().cloned().unwrap_or_default();
    let events = entries.into_iter().map(|entry| entry["resource"].clone());
    events.collect()
}

/// Whose record a row is about.
fn patient_of(row: &Value) -> String {
    let entities = row["entity"].as_array().cloned().unwrap_or_default();
    let mut named = entities
        .iter()
        .filter_map(|it| it["what"]["reference"].as_str());
    let patient = named.find(|it| it.starts_with("Patient/"));
    patient.unwrap_or_default().to_owned()
}

/// Asks everything; how many requests were permitted, and which left another number of traces than one, or one that
/// does not name who and by which grant.
async fn asked(house: &House, caller: &Caller, who: &str, grant: &str) -> (usize, Vec<String>) {
    let (mut permitted, mut faults) = (0, Vec::new());
    let mut before = traces(house, who).await;
    for (method, path) in readings() {
        let form = caller.with("content-type", "application/x-www-form-urlencoded");
        let reply = match method {
            Method::POST => form.send(method.clone(), &path, Some("patient=ben")).await,
            _ => caller.get(&path).await,
        };
        let after = traces(house, who).await;
        let mut rows = after.clone();
        rows.retain(|row| !before.iter().any(|it| it["id"] == row["id"]));
        before = after;
        if !matches!(reply.status.as_u16(), 200 | 202) {
            continue;
        }
        permitted += 1;
        let named = |row: &Value| {
            let agents = row["agent"].to_string();
            row["outcome"] == "0" && agents.contains(who) && agents.contains(grant)
        };
        let of: HashSet<String> = rows.iter().map(patient_of).collect();
        // A look over several patients leaves a trace in the record of each.
        if rows.is_empty() || rows.len() != of.len() || !rows.iter().all(named) {
            faults.push(format!("{method} {path} left {} of {of:?}", rows.len()));
        }
    }
    (permitted, faults)
}

#[tokio::test]
async fn every_permit_of_a_parent_leaves_one_trace_that_names_the_relationship_and_the_grant() {
    let house = House::with_people().await;
    let scopes = "openid launch/patient patient/*.cruds";
    let (parent, grant) = house.proxy_with("ada", "ben", scopes).await;
    let (permitted, faults) = asked(&house, &parent, "RelatedPerson/ada-for-ben", &grant).await;
    assert!(permitted >= 15, "{permitted}");
    assert_eq!(faults, Vec::<String>::new(), "{permitted} permitted");
}

#[tokio::test]
async fn every_permit_of_staff_leaves_one_trace_that_names_them() {
    let house = House::with_people().await;
    let clinician = house.clinician().await;
    let (permitted, faults) = asked(&house, &clinician, "Practitioner/dr-wu", "").await;
    assert!(permitted >= 15, "{permitted}");
    assert_eq!(faults, Vec::<String>::new(), "{permitted} permitted");
}
