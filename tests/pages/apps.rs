//! Connected apps: seen, and ended at once.

use super::browser::{Browser, PASSWORD};
use crate::support::{House, Launch, query_of};

#[tokio::test]
async fn disconnecting_bites_at_once() {
    let house = House::with_apps().await;
    house.with_password("ada").await;
    let launch = Launch::of("public-app", "launch/patient patient/Patient.rs");
    let uri = house.agree(&launch, "ada", "ada", &launch.scope).await;
    let token = house.tokens(&query_of(&uri)["code"]).await["access_token"].clone();
    let app = house.bearer(token.as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);

    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    let page = browser.get("/account/apps").await;
    assert!(page.html.contains("public-app") && page.html.contains("May see"));
    let (csrf, grant) = (page.field("csrf"), page.field("grant"));
    let fields = [("csrf", csrf.as_str()), ("grant", &grant)];
    let done = browser.post("/account/apps/disconnect", &fields).await;
    assert_eq!(done.location(), "/account/apps?ended=1");

    app.get("/fhir/Patient/ada").await.expect(401);
    let page = browser.get("/account/apps?ended=1").await;
    assert!(page.html.contains("No app is connected"));
}

#[tokio::test]
async fn nobody_ends_the_app_of_somebody_else() {
    let house = House::with_apps().await;
    house.with_password("dan").await;
    let launch = Launch::of("public-app", "launch/patient patient/Patient.rs");
    let uri = house.agree(&launch, "ada", "ada", &launch.scope).await;
    let token = house.tokens(&query_of(&uri)["code"]).await["access_token"].clone();
    let account = "account-ada";
    let grants = house.storage.grants();
    let grant = grants.of_account(account, house.now()).await.unwrap();

    let browser = Browser::of(&house);
    browser.sign_in("dan", PASSWORD, "").await;
    let csrf = browser.get("/account").await.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("grant", &grant[0].id)];
    browser.post("/account/apps/disconnect", &fields).await;
    let app = house.bearer(token.as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
}

#[tokio::test]
async fn the_log_of_a_chart_names_the_app_and_the_deed() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let ada = house.patient("ada").await;
    ada.get("/fhir/Observation/ada-glucose").await.expect(200);
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    let page = browser.get("/account/access-log?patient=ada").await;
    assert!(
        page.html.contains("looked at test results"),
        "{}",
        page.html
    );
    // A chart one may not look into has no log either.
    let other = browser.get("/account/access-log?patient=dan").await;
    assert!(other.html.contains("the record of Ada Berg"));
}
