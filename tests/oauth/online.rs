//! `online_access`: an app is in for as long as the person stays signed in.

use serde_json::Value;
use smart::scope::Scopes;
use storage::accounts::Kind;
use storage::sessions::Opening;

use crate::support::{House, Launch, code_form, query_of};

const ASKED: &str = "launch/patient openid online_access patient/*.rs";

/// A session of ada's, and what an app was given in it.
async fn online(house: &House, scope: &str) -> (String, Value) {
    let clients = house.storage.clients();
    let mut app = clients.find("public-app").await.unwrap().unwrap();
    app.scopes = format!("{ASKED} offline_access");
    clients.save(&app).await.unwrap();
    let account = house.account("ada", Kind::Patient).await;
    let account = house
        .storage
        .accounts()
        .find(&account)
        .await
        .unwrap()
        .unwrap();
    let sessions = house.storage.sessions();
    let opening = Opening {
        account: &account.id,
        amr: "pwd",
        agent: "a browser",
        source: "127.0.0.0",
        device: None,
        lifetime_seconds: 7_200,
        shared: false,
    };
    let cookie = sessions.open(opening, house.now()).await.unwrap();
    let session = sessions.find(&cookie, house.now()).await.unwrap().unwrap();
    let path = format!(
        "/oauth2/authorize?{}",
        Launch::of("public-app", scope).query()
    );
    let asked = house.anonymous().get(&path).await.expect(303);
    let request = query_of(asked.header("location"))["request"].clone();
    let approval = oauth::issue::Approval {
        account: &account,
        signed_in_at: house.now(),
        session: Some(&session.id),
        patient: Some("ada"),
        encounter: None,
        without: Vec::new(),
        chosen: &Scopes::parse(scope),
    };
    let back = oauth::issue::approve(&house.web, &request, approval)
        .await
        .unwrap();
    let code = query_of(&back)["code"].clone();
    let answer = house.exchange("public-app", None, &code_form(&code)).await;
    (cookie, answer.expect(200).json())
}

async fn refreshed(house: &House, answer: &Value) -> crate::support::Reply {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", answer["refresh_token"].as_str().unwrap()),
    ];
    house.exchange("public-app", None, &form).await
}

#[tokio::test]
async fn signing_out_ends_it_at_once() {
    let house = House::with_apps().await;
    let (cookie, first) = online(&house, ASKED).await;
    assert_eq!(first["scope"], ASKED);
    let second = refreshed(&house, &first).await.expect(200).json();
    let app = house.bearer(second["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    house.storage.sessions().close(&cookie).await.unwrap();
    app.get("/fhir/Patient/ada").await.expect(401);
    let refused = refreshed(&house, &second).await.expect(400).json();
    assert_eq!(refused["error"], "invalid_grant");
}

#[tokio::test]
async fn it_ends_with_a_session_that_ran_out() {
    let house = House::with_apps().await;
    let (_, first) = online(&house, ASKED).await;
    house.clock.advance_seconds(7_201);
    let refused = refreshed(&house, &first).await.expect(400).json();
    assert_eq!(refused["error"], "invalid_grant");
    let why = refused["error_description"].as_str().unwrap();
    assert!(why.contains("signed out"), "{why}");
}

#[tokio::test]
async fn offline_access_stays_when_the_person_leaves() {
    let house = House::with_apps().await;
    let both = format!("{ASKED} offline_access");
    let (cookie, first) = online(&house, &both).await;
    house.storage.sessions().close(&cookie).await.unwrap();
    let second = refreshed(&house, &first).await.expect(200).json();
    let app = house.bearer(second["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
}
