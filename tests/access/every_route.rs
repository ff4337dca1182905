//! Walks the whole route table as nobody, with dead tokens, with a narrower scope, and as a
//! stranger.

use axum::http::Method;
use kinchart::routes::{Guard, Route, table};

use crate::support::{Caller, House, Reply};

/// Routes that need no bearer token; a new one is read before it is accepted here.
const EXEMPT: &str = include_str!("exempt_routes.txt");

/// Operations that any good token may invoke: they tell nothing of anybody.
const TELLS_NOTHING: &[&str] = &[
    "explain-access",
    "validate",
    "expand",
    "validate-code",
    "lookup",
    "subsumes",
    "translate",
];

/// Addresses over all types: they answer with what the scopes cover.
const OF_ALL_TYPES: &[(Method, &str)] = &[
    (Method::GET, "/fhir/_history"),
    (Method::GET, "/fhir"),
    (Method::GET, "/fhir/"),
    (Method::POST, "/fhir/_search"),
];

/// An address of the route, about ada.
fn address(route: &Route) -> String {
    route
        .path
        .replace("{type}", "Patient")
        .replace("{id}", "ada")
        .replace("{version}", "1")
        .replace("{member}", "Observation")
        .replace("{*path}", "x")
}

async fn call(caller: &Caller, route: &Route) -> Reply {
    let path = address(route);
    let body = match (&route.method, path.as_str()) {
        (_, path) if path.ends_with("_search") => {
            let form = caller.with("content-type", "application/x-www-form-urlencoded");
            return form.send(route.method.clone(), path, Some("")).await;
        }
        (&Method::GET | &Method::DELETE, _) => None,
        (_, "/fhir" | "/fhir/") => Some(
            r#"{"resourceType":"Bundle","type":"transaction","entry":[
                {"request":{"method":"DELETE","url":"Patient/ada"}}]}"#,
        ),
        _ => Some(r#"{"resourceType":"Patient","id":"ada"}"#),
    };
    caller.send(route.method.clone(), &path, body).await
}

fn bearer_routes() -> Vec<Route> {
    let mut routes = table();
    routes.retain(|route| route.guard == Guard::Bearer);
    assert!(routes.len() > 10);
    routes
}

/// 401, with the challenge and the issue code RFC 6750 and FHIR want.
fn assert_unauthorized(reply: &Reply, route: &Route, error: &str, code: &str) {
    let shown = format!("{} {}", route.method, route.path);
    assert_eq!(reply.status, 401, "{shown}");
    let challenge = reply.header("www-authenticate");
    assert!(challenge.starts_with("Bearer realm="), "{shown}");
    assert_eq!(challenge.contains("error="), !error.is_empty(), "{shown}");
    assert!(challenge.contains(error), "{shown}: {challenge}");
    assert_eq!(reply.issue(), code, "{shown}");
}

#[test]
fn routes_open_to_all_are_the_ones_we_know() {
    let mut exempt: Vec<String> = table()
        .iter()
        .filter(|route| route.guard != Guard::Bearer)
        .map(|route| format!("{:?} {} {}", route.guard, route.method, route.path))
        .collect();
    exempt.sort();
    let known: Vec<&str> = EXEMPT.lines().collect();
    assert_eq!(exempt, known, "\n{}\n", exempt.join("\n"));
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let house = House::with_people().await;
    for route in bearer_routes() {
        let reply = call(&house.anonymous(), &route).await;
        assert_unauthorized(&reply, &route, "", "login");
    }
    // Not even to learn that an address does not exist.
    for path in ["/fhir", "/fhir/x/y/z/u/v", "/fhir/Nope/1"] {
        assert_eq!(house.anonymous().get(path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn pages_of_an_account_lead_nobody_to_sign_in() {
    let house = House::empty().await;
    let mut routes = table();
    routes.retain(|route| route.guard == Guard::Session);
    assert!(!routes.is_empty());
    for route in routes {
        let form = house
            .anonymous()
            .with("content-type", "application/x-www-form-urlencoded");
        let reply = form
            .send(route.method.clone(), &address(&route), Some("csrf=x"))
            .await;
        let shown = format!("{} {}: {}", route.method, route.path, reply.status);
        assert_eq!(reply.status, 303, "{shown}");
        let sign_in = reply.header("location").starts_with("/account/sign-in");
        assert!(sign_in, "{shown} {}", reply.header("location"));
    }
}

#[tokio::test]
async fn dead_and_foreign_tokens_open_nothing() {
    let house = House::with_people().await;
    let expired = house.patient_token("ada", "patient/*.cruds", 60).await;
    house.clock.advance_seconds(61);
    for route in bearer_routes() {
        let reply = call(&house.bearer("not-one-of-ours"), &route).await;
        assert_unauthorized(&reply, &route, "invalid_token", "login");
        let reply = call(&house.bearer(&expired), &route).await;
        assert_unauthorized(&reply, &route, "invalid_token", "expired");
    }
}

#[tokio::test]
async fn a_narrower_scope_is_403() {
    let house = House::with_people().await;
    let narrow = house.patient_with("ada", "patient/Immunization.rs").await;
    for route in bearer_routes() {
        // Asks for nothing about anybody.
        let operation = route.path.split_once('$').map(|(_, code)| code);
        if operation.is_some_and(|code| TELLS_NOTHING.contains(&code))
            // Tells of each type what may be read of it.
            || route.path.starts_with("/fhir/$")
            || (route.method == Method::POST && route.path == "/fhir/{type}/{id}")
        {
            continue;
        }
        let reply = call(&narrow, &route).await;
        let shown = format!("{} {}: {}", route.method, route.path, reply.text());
        if OF_ALL_TYPES.contains(&(route.method.clone(), route.path)) {
            assert_eq!(reply.status, 200, "{shown}");
            assert!(!reply.text().contains("\"Ada\""), "{shown}");
            continue;
        }
        assert_eq!(reply.status, 403, "{shown}");
        assert!(
            reply
                .header("www-authenticate")
                .contains("insufficient_scope"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn a_stranger_reads_and_changes_nothing_of_ada() {
    let house = House::with_people().await;
    let dan = house.patient_with("dan", "patient/*.cruds").await;
    for route in bearer_routes() {
        let reply = call(&dan, &route).await;
        let shown = format!("{} {}: {}", route.method, route.path, reply.text());
        if reply.status == 200 {
            assert!(!reply.text().contains("\"Ada\""), "{shown}");
        } else {
            assert!(reply.status.is_client_error(), "{shown}");
        }
    }
    let ada = house
        .backend()
        .await
        .get("/fhir/Patient/ada")
        .await
        .expect(200);
    assert_eq!(ada.header("etag"), "W/\"1\"");
}
