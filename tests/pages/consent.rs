//! Choosing a patient, choosing what an app may have, saying yes or no.

use super::browser::{Browser, PASSWORD, Page};
use crate::support::{House, Launch, query_of};

const LABORATORY: &str = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
const ASKED: &str = "launch/patient openid patient/Patient.rs patient/Observation.rs";

/// Somebody on the consent page of an app that asked.
struct Asked {
    house: House,
    browser: Browser,
    page: Page,
}

impl Asked {
    async fn by(person: &str) -> Self {
        let house = House::with_apps().await;
        house.with_password(person).await;
        let browser = Browser::of(&house);
        let launch = Launch::of("public-app", ASKED);
        let path = format!("/oauth2/authorize?{}", launch.query());
        let consent = browser.get(&path).await.location();
        let to_sign_in = browser.get(&consent).await.location();
        let next = to_sign_in.split_once("next=").unwrap().1;
        let back = browser.sign_in(person, PASSWORD, next).await;
        assert_eq!(back.location(), consent);
        let page = browser.get(&consent).await;
        assert_eq!(page.status(), 200);
        Self {
            house,
            browser,
            page,
        }
    }
    async fn answer(&self, patient: &str, scopes: &[&str], decision: &str) -> Page {
        let (csrf, request) = (self.page.field("csrf"), self.page.field("request"));
        let mut fields = vec![
            ("csrf", csrf.as_str()),
            ("request", &request),
            ("patient", patient),
            ("decision", decision),
        ];
        fields.extend(scopes.iter().map(|scope| ("scope", *scope)));
        self.browser.post("/account/consent", &fields).await
    }
}

#[tokio::test]
async fn a_person_sees_whom_and_what_it_is_about() {
    let asked = Asked::by("ada").await;
    let html = &asked.page.html;
    for part in [
        "name=\"patient\" value=\"ada\" checked",
        "name=\"patient\" value=\"ben\"",
        "name=\"scope\" value=\"patient/Observation.rs\" checked",
        &format!("name=\"scope\" value=\"{LABORATORY}\">"),
        "value=\"approve\"",
        "value=\"deny\"",
        "Only name, address and contact details.",
        "not run by your care organization",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let policy = asked.page.reply.header("content-security-policy");
    assert!(
        policy.contains("form-action 'self' https: http:;"),
        "{policy}"
    );
}

#[tokio::test]
async fn a_part_may_be_given_for_the_whole() {
    let asked = Asked::by("ada").await;
    let scopes = ["openid", "patient/Patient.rs", LABORATORY];
    let sent = asked.answer("ben", &scopes, "approve").await;
    assert_eq!(sent.status(), 303);
    let code = query_of(&sent.location())["code"].clone();
    let token = asked.house.tokens(&code).await;
    assert_eq!(token["patient"], "ben");
    let granted = token["scope"].as_str().unwrap();
    assert!(
        granted.contains(LABORATORY) && granted.contains("launch/patient"),
        "{granted}"
    );
    assert!(
        !granted
            .split(' ')
            .any(|scope| scope == "patient/Observation.rs")
    );
    let app = asked.house.bearer(token["access_token"].as_str().unwrap());
    assert_eq!(app.get("/fhir/Observation/ben-glucose").await.status, 200);
    assert_eq!(app.get("/fhir/Observation/ben-weight").await.status, 403);
}

#[tokio::test]
async fn a_no_goes_back_to_the_app_and_ends_the_request() {
    let asked = Asked::by("ada").await;
    let sent = asked.answer("ada", &[], "deny").await;
    assert_eq!(query_of(&sent.location())["error"], "access_denied");
    let again = asked
        .answer("ada", &["patient/Patient.rs"], "approve")
        .await;
    assert_eq!(again.status(), 410);
}

#[tokio::test]
async fn what_is_missing_is_said_and_nothing_is_lost() {
    let asked = Asked::by("ada").await;
    for (patient, scopes, words) in [
        (
            "dan",
            ["patient/Patient.rs"].as_slice(),
            "Choose whose record",
        ),
        ("", &["patient/Patient.rs"], "Choose whose record"),
        ("ada", &[], "Leave at least one thing ticked"),
    ] {
        let shown = asked.answer(patient, scopes, "approve").await;
        assert_eq!(shown.status(), 422);
        assert!(shown.html.contains(words), "{words}");
        assert!(shown.html.contains("role=\"alert\""));
    }
    let sent = asked
        .answer("ada", &["patient/Patient.rs"], "approve")
        .await;
    assert_eq!(sent.status(), 303);
}

#[tokio::test]
async fn an_app_cannot_be_given_more_than_it_asked_for() {
    let asked = Asked::by("ada").await;
    let more = [
        "patient/Patient.rs",
        "patient/Condition.rs",
        "patient/*.cruds",
    ];
    let sent = asked.answer("ada", &more, "approve").await;
    let code = query_of(&sent.location())["code"].clone();
    let granted = asked.house.tokens(&code).await["scope"].clone();
    assert_eq!(granted, "patient/Patient.rs launch/patient");
}
