//! What a client may do in each state between its registration and its approval.

use oauth::issue::{Approval, ApproveFault};
use serde_json::json;
use smart::scope::Scopes;
use storage::accounts::Kind as AccountKind;
use storage::clients::{Client, Kind, Origin, State};

use crate::support::{House, Launch, query_of};

/// The app of the launch, in that state, with these scopes.
async fn put(house: &House, state: State, scopes: &str, approved: &str) {
    let clients = house.storage.clients();
    let client = clients.find("public-app").await.unwrap().unwrap();
    let client = Client {
        state,
        scopes: scopes.to_owned(),
        approved_scopes: approved.to_owned(),
        ..client
    };
    clients.save(&client).await.unwrap();
}

const WRITES: &str = "openid fhirUser launch/patient offline_access patient/*.cruds";

#[tokio::test]
async fn a_client_in_review_keeps_only_what_needs_no_approval() {
    let house = House::with_apps().await;
    let answer = house.launched(&Launch::default()).await;
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    let reads = "openid fhirUser launch/patient offline_access patient/Observation.rs";
    put(
        &house,
        State::Review,
        &format!("{reads} patient/Patient.cruds"),
        "",
    )
    .await;
    app.get("/fhir/Patient/ada").await.expect(403);
    app.get("/fhir/Observation?patient=ada").await.expect(200);
    // Approved, it is whole again at the next request.
    put(&house, State::Review, WRITES, "patient/*.cruds").await;
    app.get("/fhir/Patient/ada").await.expect(200);
}

#[tokio::test]
async fn a_sandbox_client_sees_test_people_only() {
    let house = House::with_apps().await;
    let answer = house.launched(&Launch::default()).await;
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    put(&house, State::Sandbox, WRITES, "").await;
    app.get("/fhir/Patient/ada").await.expect(401);
    let backend = house.backend().await;
    let mut ada = backend.get("/fhir/Patient/ada").await.expect(200).json();
    ada["meta"]["tag"] = json!([{
        "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST",
    }]);
    let put = backend.put("/fhir/Patient/ada", ada.to_string()).await;
    put.expect(200);
    app.get("/fhir/Patient/ada").await.expect(200);
}

#[tokio::test]
async fn where_everybody_is_made_up_a_sandbox_client_sees_everybody() {
    let house = House::with_apps().await;
    house.storage.mark(storage::MADE_UP, "now").await.unwrap();
    put(&house, State::Sandbox, WRITES, "").await;
    let answer = house.launched(&Launch::default()).await;
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
}

#[tokio::test]
async fn a_backend_in_the_sandbox_or_in_review_reads_nobody() {
    let house = House::with_people().await;
    let id = house.client("backend", Kind::Backend, false).await;
    let token = house.token(house.grant(&id, "system/*.rs"), 600).await;
    let app = house.bearer(&token);
    app.get("/fhir/Patient/ada").await.expect(200);
    let clients = house.storage.clients();
    clients.set_state(&id, State::Review).await.unwrap();
    app.get("/fhir/Patient/ada").await.expect(403);
    clients.set_state(&id, State::Sandbox).await.unwrap();
    app.get("/fhir/Patient/ada").await.expect(401);
    clients.set_state(&id, State::Live).await.unwrap();
    app.get("/fhir/Patient/ada").await.expect(200);
}

/// What becomes of a person's yes.
async fn agreed(house: &House, kind: AccountKind, person: &str) -> Result<String, ApproveFault> {
    let launch = Launch::default();
    let path = format!("/oauth2/authorize?{}", launch.query());
    let asked = house.anonymous().get(&path).await.expect(303);
    let request = query_of(asked.header("location"))["request"].clone();
    let account = house.account(person, kind).await;
    let account = house
        .storage
        .accounts()
        .find(&account)
        .await
        .unwrap()
        .unwrap();
    let approval = Approval {
        account: &account,
        signed_in_at: house.now(),
        session: None,
        patient: Some("ada"),
        encounter: None,
        without: Vec::new(),
        chosen: &Scopes::parse("launch/patient patient/*.rs"),
    };
    oauth::issue::approve(&house.web, &request, approval).await
}

#[tokio::test]
async fn an_app_in_the_sandbox_is_not_connected_to_a_real_person() {
    let house = House::with_apps().await;
    put(&house, State::Sandbox, WRITES, "").await;
    let refused = agreed(&house, AccountKind::Patient, "ada").await;
    assert!(matches!(refused, Err(ApproveFault::Sandbox)));
    house.storage.mark(storage::MADE_UP, "now").await.unwrap();
    assert!(agreed(&house, AccountKind::Patient, "ada").await.is_ok());
}

#[tokio::test]
async fn staff_let_in_only_what_somebody_here_vouches_for() {
    let house = House::with_apps().await;
    let clients = house.storage.clients();
    let app = clients.find("public-app").await.unwrap().unwrap();
    let app = Client {
        origin: Origin::Dynamic,
        ..app
    };
    clients.save(&app).await.unwrap();
    let refused = agreed(&house, AccountKind::Staff, "dr-wu").await;
    assert!(matches!(refused, Err(ApproveFault::NotVouchedFor)));
    assert!(agreed(&house, AccountKind::Patient, "ada").await.is_ok());
    let app = Client {
        approved_scopes: "patient/*.rs".to_owned(),
        ..app
    };
    clients.save(&app).await.unwrap();
    assert!(agreed(&house, AccountKind::Staff, "dr-wu").await.is_ok());
}
