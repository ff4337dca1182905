//! An app opened from a chart: the browser of whoever opened it goes on without another sign-in.

use serde_json::json;

use super::browser::{Browser, PASSWORD, Page};
use crate::support::{House, Launch, query_of};

const ASKED: &str = "launch openid user/Patient.rs";

/// A house with an app to open; the organization runs it itself, or not.
async fn house(first_party: bool) -> House {
    let house = House::with_apps().await;
    let clients = house.storage.clients();
    let mut app = clients.find("public-app").await.unwrap().unwrap();
    app.scopes = ASKED.to_owned();
    app.first_party = first_party;
    clients.save(&app).await.unwrap();
    house.clinician().await;
    house.with_password("dr-wu").await;
    house
}

/// The doctor opens the app in ada's chart; the address of the page that follows in the browser.
async fn open(house: &House, browser: &Browser) -> String {
    let asked = json!({"resourceType": "Parameters", "parameter": [
        {"name": "client", "valueString": "public-app"}]});
    let doctor = house.clinician().await;
    let opened = doctor.post("/fhir/Patient/ada/$launch", &asked).await;
    let handle = opened.expect(200).json()["parameter"][0]["valueString"].clone();
    let launch = Launch {
        more: format!("&launch={}", handle.as_str().unwrap()),
        ..Launch::of("public-app", ASKED)
    };
    let path = format!("/oauth2/authorize?{}", launch.query());
    browser.get(&path).await.location()
}

async fn signed_in(house: &House, person: &str) -> Browser {
    let browser = Browser::of(house);
    let page = browser.sign_in(person, PASSWORD, "%2Faccount").await;
    assert_eq!(page.status(), 303, "{}", page.html);
    browser
}

async fn patient_of(house: &House, page: &Page) -> String {
    let token = house.tokens(&query_of(&page.location())["code"]).await;
    token["patient"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_opened_it_is_asked_once_and_not_for_a_patient() {
    let house = house(false).await;
    let browser = signed_in(&house, "dr-wu").await;
    let consent = open(&house, &browser).await;
    let page = browser.get(&consent).await;
    assert_eq!(page.status(), 200);
    assert!(!page.html.contains("name=\"patient\""));
    let (csrf, request) = (page.field("csrf"), page.field("request"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("request", &request),
        ("scope", "openid"),
        ("scope", "user/Patient.rs"),
        ("decision", "approve"),
    ];
    let sent = browser.post("/account/consent", &fields).await;
    assert_eq!(patient_of(&house, &sent).await, "ada");
}

#[tokio::test]
async fn staff_go_on_without_a_question_to_an_app_of_their_own_organization() {
    let house = house(true).await;
    let browser = signed_in(&house, "dr-wu").await;
    let consent = open(&house, &browser).await;
    let sent = browser.get(&consent).await;
    assert_eq!(sent.status(), 303, "{}", sent.html);
    assert_eq!(patient_of(&house, &sent).await, "ada");
    assert_eq!(browser.get(&consent).await.status(), 410);
}

#[tokio::test]
async fn somebody_else_gets_no_further() {
    for first_party in [false, true] {
        let house = house(first_party).await;
        house.with_password("ada").await;
        let browser = signed_in(&house, "ada").await;
        let consent = open(&house, &browser).await;
        let page = browser.get(&consent).await;
        assert_eq!(page.status(), 403);
        assert!(page.html.contains("opened by somebody else"));
    }
}
