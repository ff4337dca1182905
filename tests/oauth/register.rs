//! Apps register themselves (RFC 7591), look after their registration (RFC 7592), and work at once.

use std::time::Instant;

use axum::http::Method;
use serde_json::{Value, json};
use storage::clients::State;

use crate::support::{House, Key, Launch, REDIRECT, Reply, query_of};

const READS: &str = "openid fhirUser launch/patient offline_access patient/*.rs";

fn app() -> Value {
    json!({
        "client_name": "Lab Lens", "token_endpoint_auth_method": "none",
        "redirect_uris": [REDIRECT], "scope": READS,
    })
}

async fn register(house: &House, request: &Value) -> Reply {
    let anyone = house.anonymous().with("content-type", "application/json");
    anyone.post("/oauth2/register", request.to_string()).await
}

async fn manage(house: &House, method: Method, client: &Value, body: Option<Value>) -> Reply {
    let uri = client["registration_client_uri"].as_str().unwrap();
    let path = uri.strip_prefix(&*house.web.base_url).unwrap();
    let token = client["registration_access_token"].as_str().unwrap();
    let caller = house.bearer(token).with("content-type", "application/json");
    caller.send(method, path, body.map(|b| b.to_string())).await
}

#[tokio::test]
async fn discovery_names_the_endpoint() {
    let house = House::empty().await;
    let path = "/fhir/.well-known/smart-configuration";
    let found = house.anonymous().get(path).await.expect(200).json();
    let expected = format!("{}/oauth2/register", house.web.base_url);
    assert_eq!(found["registration_endpoint"], json!(expected));
}

#[tokio::test]
async fn an_app_that_reads_for_a_patient_is_live_within_a_second() {
    let house = House::with_apps().await;
    let began = Instant::now();
    let answer = register(&house, &app()).await.expect(201);
    assert!(began.elapsed().as_millis() < 1_000, "{:?}", began.elapsed());
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let client = answer.json();
    assert_eq!(client["environment"], "live");
    assert_eq!(client["scope"], READS);
    assert!(client.get("client_secret").is_none() && client.get("scope_in_review").is_none());
    let id: &'static str = client["client_id"].as_str().unwrap().to_owned().leak();
    let launch = Launch::of(id, READS);
    let uri = house.agree(&launch, "ada", "ada", READS).await;
    let code = query_of(&uri)["code"].clone();
    let form = crate::support::code_form(&code);
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, &**v)).collect();
    let tokens = house.exchange(id, None, &form).await.expect(200).json();
    let reader = house.bearer(tokens["access_token"].as_str().unwrap());
    reader.get("/fhir/Patient/ada").await.expect(200);
    // Deleted by itself, its tokens are dead and so is its registration.
    manage(&house, Method::DELETE, &client, None)
        .await
        .expect(204);
    reader.get("/fhir/Patient/ada").await.expect(401);
    manage(&house, Method::GET, &client, None).await.expect(401);
}

#[tokio::test]
async fn what_writes_waits_for_an_administrator() {
    let house = House::with_people().await;
    let mut request = app();
    request["scope"] = json!("launch/patient patient/*.rs patient/Observation.c");
    let client = register(&house, &request).await.expect(201).json();
    assert_eq!(client["scope_in_review"], "patient/Observation.c");
    let clients = house.storage.clients();
    let id = client["client_id"].as_str().unwrap();
    let kept = clients.find(id).await.unwrap().unwrap();
    assert_eq!(kept.state, State::Review);
    assert_eq!(
        kept.usable_scopes().to_text(),
        "launch/patient patient/*.rs"
    );
    // In the sandbox everything works at once, but only for people made up.
    request["environment"] = json!("sandbox");
    let client = register(&house, &request).await.expect(201).json();
    assert_eq!(client["environment"], "sandbox");
}

#[tokio::test]
async fn a_secret_is_told_once_and_proves_the_client() {
    let house = House::with_people().await;
    let mut request = app();
    request["token_endpoint_auth_method"] = json!("client_secret_post");
    let client = register(&house, &request).await.expect(201).json();
    let secret = client["client_secret"].as_str().unwrap();
    assert_eq!(client["client_secret_expires_at"], 0);
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_post");
    let id = client["client_id"].as_str().unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("redirect_uri", REDIRECT),
    ];
    let right = house.exchange(id, Some(secret), &form).await.expect(400);
    assert_eq!(right.json()["error"], "invalid_grant");
    let wrong = house.exchange(id, Some("guess"), &form).await.expect(401);
    assert_eq!(wrong.json()["error"], "invalid_client");
    let again = manage(&house, Method::GET, &client, None)
        .await
        .expect(200)
        .json();
    assert!(again.get("client_secret").is_none());
    assert_eq!(
        again["registration_access_token"],
        client["registration_access_token"]
    );
}

#[tokio::test]
async fn a_registration_is_replaced_whole_by_who_holds_its_token() {
    let house = House::with_people().await;
    let client = register(&house, &app()).await.expect(201).json();
    let mut change = app();
    change["client_id"] = client["client_id"].clone();
    change["client_name"] = json!("Lab Lens 2");
    change["redirect_uris"] = json!(["com.example.lens:/cb"]);
    let changed = manage(&house, Method::PUT, &client, Some(change.clone())).await;
    let changed = changed.expect(200).json();
    assert_eq!(changed["client_name"], "Lab Lens 2");
    assert_eq!(changed["redirect_uris"], json!(["com.example.lens:/cb"]));
    change["client_id"] = json!("another");
    let refused = manage(&house, Method::PUT, &client, Some(change))
        .await
        .expect(400);
    assert_eq!(refused.json()["error"], "invalid_client_metadata");
    let other = register(&house, &app()).await.expect(201).json();
    let mut thief = client.clone();
    thief["registration_access_token"] = other["registration_access_token"].clone();
    let refused = manage(&house, Method::GET, &thief, None).await.expect(401);
    assert_eq!(refused.json()["error"], "invalid_token");
    thief["registration_client_uri"] =
        json!(format!("{}/oauth2/register/none", house.web.base_url));
    manage(&house, Method::GET, &thief, None).await.expect(401);
}

#[tokio::test]
async fn a_refusal_names_the_member_and_the_rule() {
    let house = House::with_people().await;
    let cases = [
        (
            "redirect_uris",
            json!(["http://app.example/cb"]),
            "invalid_redirect_uri",
        ),
        (
            "redirect_uris",
            json!(["javascript:alert(1)"]),
            "invalid_redirect_uri",
        ),
        ("scope", json!("patient/*.rx"), "invalid_client_metadata"),
        (
            "token_endpoint_auth_method",
            json!("private_key_jwt"),
            "invalid_client_metadata",
        ),
        (
            "jwks",
            json!({"keys": [{"kty": "oct", "k": "AA"}]}),
            "invalid_client_metadata",
        ),
        ("client_name", json!(""), "invalid_client_metadata"),
    ];
    for (member, value, code) in cases {
        let mut request = app();
        request[member] = value;
        let refused = register(&house, &request).await.expect(400).json();
        assert_eq!(refused["error"], code, "{member}");
        let text = refused["error_description"].as_str().unwrap();
        let named = text.starts_with(member) || text.starts_with("jwks_uri");
        assert!(named && text.len() > 20, "{text}");
    }
    let anyone = house.anonymous();
    for body in ["", "[]", "{", "client_name=x"] {
        let refused = anyone.post("/oauth2/register", body).await.expect(400);
        assert_eq!(refused.json()["error"], "invalid_client_metadata");
    }
}

#[tokio::test]
async fn nobody_takes_the_name_of_an_app_of_the_house() {
    let house = House::with_people().await;
    let kind = storage::clients::Kind::Public;
    house.client("Portal", kind, true).await;
    let mut request = app();
    request["client_name"] = json!("PORTAL ");
    let refused = register(&house, &request).await.expect(400).json();
    assert_eq!(refused["error"], "invalid_client_metadata");
}

#[tokio::test]
async fn an_installation_has_a_key_of_its_own_and_what_its_app_was_approved_for() {
    let house = House::with_apps().await;
    let clients = house.storage.clients();
    let mut parent = clients.find("public-app").await.unwrap().unwrap();
    parent.approved_scopes = "patient/*.cruds".to_owned();
    parent.owner = Some("dev".to_owned());
    clients.save(&parent).await.unwrap();
    let answer = house.launched(&Launch::default()).await;
    let token = answer["access_token"].as_str().unwrap();
    let request = json!({
        "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}]},
        "scope": "launch/patient offline_access patient/*.cruds",
    });
    let caller = house.bearer(token).with("content-type", "application/json");
    let made = caller.post("/oauth2/register", request.to_string()).await;
    let made = made.expect(201).json();
    assert_eq!(made["client_name"], parent.name.as_str());
    assert_eq!(made["software_id"], "public-app");
    let kept = clients.find(made["client_id"].as_str().unwrap()).await;
    let kept = kept.unwrap().unwrap();
    assert_eq!(
        (kept.state, kept.owner.as_deref()),
        (State::Live, Some("dev"))
    );
    let stranger = house
        .bearer("guess")
        .with("content-type", "application/json");
    let refused = stranger.post("/oauth2/register", request.to_string()).await;
    assert_eq!(refused.expect(401).json()["error"], "invalid_token");
}

#[tokio::test]
async fn registering_is_not_without_end() {
    let house = House::empty().await;
    for _ in 0..config::limits::REGISTRATIONS_OF_NETWORK_MAX {
        register(&house, &app()).await.expect(201);
    }
    let refused = register(&house, &app()).await.expect(429);
    assert_eq!(refused.json()["error"], "temporarily_unavailable");
    house.clock.advance_seconds(3_601);
    register(&house, &app()).await.expect(201);
}

/// RFC 7591 section 3.1.1: who trusts no issuer of software statements passes them over.
#[tokio::test]
async fn a_software_statement_of_nobody_known_says_nothing() {
    let house = House::empty().await;
    let statement = Key::new().sign(&json!({"iss": "https://vendor.example",
        "client_name": "Portal", "scope": "system/*.cruds", "redirect_uris": ["https://evil.example/"]}));
    let body = json!({"client_name": "Notebook", "redirect_uris": [REDIRECT],
        "token_endpoint_auth_method": "none", "scope": "launch/patient patient/*.rs",
        "software_statement": statement});
    let made = house
        .anonymous()
        .post("/oauth2/register", body.to_string())
        .await;
    let made = made.expect(201).json();
    assert_eq!(made["client_name"], "Notebook");
    assert_eq!(made["scope"], "launch/patient patient/*.rs");
    assert_eq!(made["redirect_uris"], json!([REDIRECT]));
    assert!(made.get("software_statement").is_none());
}
