//! Revocation bites at once, by the app and by the person.

use storage::clients::State;

use crate::support::{House, Launch, SECRET};

#[tokio::test]
async fn a_revoked_access_token_is_401_at_once() {
    let house = House::with_apps().await;
    let answer = house.launched(&Launch::default()).await;
    let token = answer["access_token"].as_str().unwrap();
    let app = house.bearer(token);
    app.get("/fhir/Patient/ada").await.expect(200);
    let form = [("token", token)];
    // Another client cannot.
    house
        .client_post("/oauth2/revoke", "confidential-app", Some(SECRET), &form)
        .await
        .expect(200);
    app.get("/fhir/Patient/ada").await.expect(200);
    house
        .client_post("/oauth2/revoke", "public-app", None, &form)
        .await
        .expect(200);
    app.get("/fhir/Patient/ada").await.expect(401);
}

#[tokio::test]
async fn revoking_the_refresh_token_ends_everything() {
    let house = House::with_apps().await;
    let answer = house.launched(&Launch::default()).await;
    let refresh = answer["refresh_token"].as_str().unwrap();
    house
        .client_post("/oauth2/revoke", "public-app", None, &[("token", refresh)])
        .await
        .expect(200);
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(401);
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    house.exchange("public-app", None, &form).await.expect(400);
    let path = "/fhir/Consent?patient=ada&category=app&status=inactive";
    let ended = house.backend().await.get(path).await.expect(200);
    assert_eq!(ended.ids(None).len(), 1);
}

#[tokio::test]
async fn a_person_disconnects_an_app() {
    let house = House::with_apps().await;
    let answer = house.launched(&Launch::default()).await;
    let grants = house.storage.grants();
    let connected = grants.of_account("account-ada", house.now()).await.unwrap();
    assert_eq!(connected.len(), 1);
    let grant = &connected[0];
    let ada = house.storage.accounts().find("account-ada").await.unwrap();
    let now = house.now();
    let desk = workflows::apps::Desk {
        storage: &house.storage,
        pack: &house.web.pack,
        now,
    };
    let ada = ada.unwrap();
    let ended = workflows::apps::disconnect(desk, &ada, grant);
    assert!(ended.await.unwrap());
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(401);
    let left = grants.of_account("account-ada", now).await.unwrap();
    assert!(left.is_empty());
}

#[tokio::test]
async fn a_disabled_client_is_out_at_once() {
    let house = House::with_apps().await;
    let answer = house.launched(&Launch::default()).await;
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    let clients = house.storage.clients();
    assert!(
        clients
            .set_state("public-app", State::Disabled)
            .await
            .unwrap()
    );
    app.get("/fhir/Patient/ada").await.expect(401);
}
