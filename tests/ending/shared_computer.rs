//! A computer that others use too: a short session that goes with the window, no way back without a new sign-in,
//! and nothing kept.

use super::house;
use crate::pages::browser::{Browser, PASSWORD, Page};
use crate::support::{House, Launch, query_of};

async fn sign_in_here(house: &House) -> (Browser, Page) {
    let browser = Browser::of(house);
    let page = browser.get("/account/sign-in?again=1").await;
    assert!(page.html.contains("Others use this computer too"));
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("next", ""),
        ("username", "ada"),
        ("password", PASSWORD),
        ("shared_computer", "yes"),
    ];
    let opened = browser.post("/account/sign-in", &fields).await;
    assert_eq!(opened.status(), 303, "{}", opened.html);
    (browser, opened)
}

#[tokio::test]
async fn the_session_is_short_goes_with_the_window_and_leaves_nothing() {
    let house = house().await;
    let (browser, opened) = sign_in_here(&house).await;
    let cookies: Vec<&str> = opened
        .reply
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|it| it.to_str().unwrap())
        .collect();
    let session = cookies.iter().find(|it| it.starts_with("kinchart="));
    assert!(!session.unwrap().contains("Max-Age"), "{cookies:?}");
    assert!(!cookies.iter().any(|it| it.starts_with("kinchart-device=")));
    let home = browser.get("/account").await;
    assert!(home.html.contains("sign out when you are done"));
    assert_eq!(home.reply.header("cache-control"), "no-store");
    // No file is left behind.
    let root = browser.get("/account/access-log/roots/2026-06-14").await;
    assert_eq!(root.status(), 403);
    assert!(root.html.contains("No downloads on this computer"));
    // Half an hour, whatever is done.
    house.move_clock("2026-06-15T16:29:59Z");
    assert_eq!(browser.get("/account").await.status(), 200);
    house.move_clock("2026-06-15T16:30:01Z");
    assert_eq!(browser.get("/account").await.status(), 303);
}

#[tokio::test]
async fn signing_out_clears_the_browser_and_ends_what_apps_got_there() {
    let house = House::with_apps().await;
    house.with_password("ada").await;
    let (browser, _) = sign_in_here(&house).await;
    let launch = Launch::of(
        "public-app",
        "launch/patient offline_access patient/Patient.rs",
    );
    let asked = format!("/oauth2/authorize?{}", launch.query());
    let consent = browser.get(&asked).await.location();
    let page = browser.get(&consent).await;
    let (csrf, request) = (page.field("csrf"), page.field("request"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("request", &request),
        ("patient", "ada"),
        ("decision", "approve"),
        ("scope", "offline_access"),
        ("scope", "patient/Patient.rs"),
    ];
    let uri = browser.post("/account/consent", &fields).await.location();
    let tokens = house.tokens(&query_of(&uri)["code"]).await;
    assert!(tokens["refresh_token"].is_null(), "{tokens}");
    assert!(!tokens["scope"].as_str().unwrap().contains("offline_access"));
    let app = house.bearer(tokens["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    let csrf = browser.get("/account").await.field("csrf");
    let out = browser.post("/account/sign-out", &[("csrf", &*csrf)]).await;
    assert!(out.reply.header("clear-site-data").contains("storage"));
    app.get("/fhir/Patient/ada").await.expect(401);
}

#[tokio::test]
async fn elsewhere_everything_is_as_ever() {
    let house = house().await;
    let browser = Browser::of(&house);
    let opened = browser.sign_in("ada", PASSWORD, "").await;
    let cookies: Vec<&str> = opened
        .reply
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|it| it.to_str().unwrap())
        .collect();
    assert!(cookies.iter().any(|it| it.starts_with("kinchart-device=")));
    assert!(
        !browser
            .get("/account")
            .await
            .html
            .contains("sign out when you are done")
    );
    house.move_clock("2026-06-15T17:30:00Z");
    assert_eq!(browser.get("/account").await.status(), 200);
}
