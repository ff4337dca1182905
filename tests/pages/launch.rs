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
    open_with(house, browser, "").await
}

async fn open_with(house: &House, browser: &Browser, more: &str) -> String {
    let asked = json!({"resourceType": "Parameters", "parameter": [
        {"name": "client", "valueString": "public-app"}]});
    let doctor = house.clinician().await;
    let opened = doctor.post("/fhir/Patient/ada/$launch", &asked).await;
    let handle = opened.expect(200).json()["parameter"][0]["valueString"].clone();
    let launch = Launch {
        more: format!("{more}&launch={}", handle.as_str().unwrap()),
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

#[tokio::test]
async fn a_launch_is_answered_without_a_page_where_nothing_would_be_asked() {
    for first_party in [true, false] {
        let house = house(first_party).await;
        let browser = signed_in(&house, "dr-wu").await;
        let consent = open_with(&house, &browser, "&prompt=none").await;
        let told = query_of(&consent);
        if first_party {
            let token = house.tokens(&told["code"]).await;
            assert_eq!(token["patient"], "ada");
        } else {
            assert_eq!(told["error"], "consent_required", "{consent}");
        }
    }
    // Nobody signed in, or somebody else: the app is told to ask again with a page.
    let house = house(true).await;
    house.with_password("ada").await;
    let stranger = signed_in(&house, "ada").await;
    for browser in [Browser::of(&house), stranger] {
        let back = open_with(&house, &browser, "&prompt=none").await;
        assert_eq!(query_of(&back)["error"], "login_required", "{back}");
    }
}

/// A house whose staff may open an app for a chart they choose; ada and ben are on the doctor's list.
async fn standalone(asked: &str, first_party: bool) -> (House, Browser, String) {
    let house = house(first_party).await;
    let clients = house.storage.clients();
    let mut app = clients.find("public-app").await.unwrap().unwrap();
    app.scopes = asked.to_owned();
    clients.save(&app).await.unwrap();
    let browser = signed_in(&house, "dr-wu").await;
    let launch = Launch::of("public-app", asked);
    let path = format!("/oauth2/authorize?{}", launch.query());
    let next = browser.get(&path).await.location();
    (house, browser, next)
}

#[tokio::test]
async fn staff_meet_no_page_on_the_way_to_their_own_workspace() {
    let (house, browser, next) = standalone("openid fhirUser user/*.rs", true).await;
    let sent = browser.get(&next).await;
    assert_eq!(sent.status(), 303, "{}", sent.html);
    let token = house.tokens(&query_of(&sent.location())["code"]).await;
    assert_eq!(token["patient"], serde_json::Value::Null);
    // An app of somebody else still asks.
    let (_, browser, next) = standalone("openid user/*.rs", false).await;
    assert_eq!(browser.get(&next).await.status(), 200);
}

#[tokio::test]
async fn staff_find_the_patient_by_name_birth_date_or_number() {
    let (house, browser, next) = standalone("launch/patient patient/*.rs", true).await;
    let page = browser.get(&next).await;
    assert!(page.html.contains("name=\"find\"") && !page.html.contains("type=\"radio\""));
    let nobody = browser.get(&format!("{next}&find=zzz")).await;
    assert!(nobody.html.contains("Nobody fits “zzz”"), "{}", nobody.html);
    let ada = house
        .backend()
        .await
        .get("/fhir/Patient/ada")
        .await
        .expect(200)
        .json();
    let born = ada["birthDate"].as_str().unwrap();
    let name = ada["name"][0]["given"][0]
        .as_str()
        .or(ada["name"][0]["text"].as_str());
    for find in [name.unwrap(), born] {
        let found = browser.get(&format!("{next}&find={find}")).await;
        assert!(
            found.html.contains("value=\"ada\""),
            "{find}: {}",
            found.html
        );
    }
    let fields = |patient: &'static str| {
        [
            ("csrf", page.field("csrf")),
            ("request", page.field("request")),
            ("scope", "patient/*.rs".to_owned()),
            ("patient", patient.to_owned()),
            ("decision", "approve".to_owned()),
        ]
    };
    for wrong in ["", "nobody", "../x"] {
        let sent = fields(wrong);
        let sent: Vec<_> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(browser.post("/account/consent", &sent).await.status(), 422);
    }
    let sent = fields("ada");
    let sent: Vec<_> = sent.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let sent = browser.post("/account/consent", &sent).await;
    assert_eq!(patient_of(&house, &sent).await, "ada");
}
