//! Choosing a patient, choosing what an app may have, saying yes or no.

use serde_json::json;

use super::browser::{Browser, PASSWORD, Page};
use crate::access::consents::{EVERYTHING, consent, said};
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
        Self::by_asking(person, ASKED).await
    }
    async fn by_asking(person: &str, scope: &str) -> Self {
        Self::at(House::with_apps().await, person, scope).await
    }
    async fn at(house: House, person: &str, scope: &str) -> Self {
        Self::signing_in(house, (person, scope), false).await
    }
    async fn on_a_shared_computer(person: &str, scope: &str) -> Self {
        let house = House::with_apps().await;
        Self::signing_in(house, (person, scope), true).await
    }
    async fn signing_in(house: House, (person, scope): (&str, &str), shared: bool) -> Self {
        house.with_password(person).await;
        let browser = Browser::of(&house);
        let launch = Launch::of("public-app", scope);
        let path = format!("/oauth2/authorize?{}", launch.query());
        let consent = browser.get(&path).await.location();
        let to_sign_in = browser.get(&consent).await.location();
        let next = to_sign_in.split_once("next=").unwrap().1;
        let back = match shared {
            true => browser.sign_in_shared(person, next).await,
            false => browser.sign_in(person, PASSWORD, next).await,
        };
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

#[tokio::test]
async fn an_app_about_one_visit_asks_which_after_the_patient_is_known() {
    let asked = Asked::by_asking(
        "ada",
        "launch/patient launch/encounter patient/Encounter.rs",
    )
    .await;
    let visit = |id: &str, patient: &str| {
        serde_json::json!({
            "resourceType": "Encounter", "id": id, "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [{"text": "Visit for a <cough>"}],
            "period": {"start": "2026-05-04T09:00:00-04:00"},
            "subject": {"reference": format!("Patient/{patient}")},
        })
    };
    let backend = asked.house.backend().await;
    for (id, patient) in [("hers", "ada"), ("his", "ben")] {
        let path = format!("/fhir/Encounter/{id}");
        backend.put(&path, visit(id, patient)).await.expect(201);
    }
    let scope = "patient/Encounter.rs";
    let (csrf, request) = (asked.page.field("csrf"), asked.page.field("request"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("request", &request),
        ("patient", "ada"),
        ("without", "ben"),
        ("scope", scope),
        ("decision", "approve"),
    ];
    let page = asked.browser.post("/account/consent", &fields).await;
    assert_eq!(page.status(), 200);
    for part in [
        "name=\"without\" value=\"ben\"",
        "name=\"encounter\" value=\"hers\" checked",
        "Visit for a &#60;cough&#62;",
        "May 4, 2026",
        "name=\"encounter\" value=\"none\"",
        "name=\"scope\" value=\"patient/Encounter.rs\"",
    ] {
        assert!(page.html.contains(part), "{part}: {}", page.html);
    }
    assert!(!page.html.contains("value=\"his\""));
    let go_on = async |encounter: &str| {
        let (csrf, request) = (page.field("csrf"), page.field("request"));
        let fields = [
            ("csrf", csrf.as_str()),
            ("request", &request),
            ("patient", "ada"),
            ("scope", scope),
            ("encounter", encounter),
            ("decision", "approve"),
        ];
        asked.browser.post("/account/consent", &fields).await
    };
    for other in ["his", "nowhere", "a b"] {
        let refused = go_on(other).await;
        assert_eq!(refused.status(), 422, "{other}");
        assert!(refused.html.contains("one of the visits"));
    }
    let sent = go_on("hers").await;
    assert_eq!(sent.status(), 303, "{}", sent.html);
    let token = asked
        .house
        .tokens(&query_of(&sent.location())["code"])
        .await;
    assert_eq!(token["patient"], "ada");
    assert_eq!(token["encounter"], "hers");
    assert!(token.get("need_patient_banner").is_none());
}

#[tokio::test]
async fn an_app_about_one_visit_opens_without_where_there_is_none() {
    let asked = Asked::by_asking("ada", "launch/patient launch/encounter patient/Patient.rs").await;
    let sent = asked
        .answer("ada", &["patient/Patient.rs"], "approve")
        .await;
    assert_eq!(sent.status(), 303);
    let token = asked
        .house
        .tokens(&query_of(&sent.location())["code"])
        .await;
    assert!(token.get("encounter").is_none());
}

#[tokio::test]
async fn of_the_whole_record_single_types_may_be_given() {
    let asked = Asked::by_asking("ada", "launch/patient patient/*.rs").await;
    let single = ["patient/Patient.rs", "patient/Condition.rs"];
    for scope in single {
        let part = format!("name=\"scope\" value=\"{scope}\"");
        assert!(asked.page.html.contains(&part), "{scope}");
    }
    let sent = asked.answer("ada", &single, "approve").await;
    let token = asked
        .house
        .tokens(&query_of(&sent.location())["code"])
        .await;
    assert_eq!(
        token["scope"],
        "patient/Patient.rs patient/Condition.rs launch/patient"
    );
    let app = asked.house.bearer(token["access_token"].as_str().unwrap());
    app.get("/fhir/Condition?patient=ada").await.expect(200);
    app.get("/fhir/Observation?patient=ada").await.expect(403);
}

#[tokio::test]
async fn what_is_kept_back_already_is_told_in_a_line_and_nothing_of_its_content() {
    let house = House::with_apps().await;
    let ada = house.patient_with("ada", EVERYTHING).await;
    let of_app = json!([{"role": {"text": "recipient"}, "reference": {"identifier": {
        "system": "https://kinchart.org/fhir/NamingSystem/client-id", "value": "public-app"}}}]);
    let notes = json!({"type": "deny", "actor": of_app, "securityLabel": [{"code": "R"}]});
    said(&ada, consent("app-deny", "ada", &notes)).await;
    let messages = access::sharing::types(&["messages".to_owned()]).into_iter();
    let messages: serde_json::Value = messages.map(|code| json!({"code": code})).collect();
    let all = json!({"type": "deny", "class": messages});
    said(&ada, consent("app-deny", "ada", &all)).await;
    said(&ada, consent("wait", "ada", &json!({"type": "deny"}))).await;
    let mark = json!({"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"security": [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PRS"}]}}]});
    for id in ["ada-glucose", "ada-sodium"] {
        let path = format!("/fhir/Observation/{id}/$meta-add");
        ada.post(&path, mark.clone()).await.expect(200);
    }
    let asked = Asked::at(house, "ada", ASKED).await;
    let html = &asked.page.html;
    let line = "You already keep back: sensitive care (from this app), messages (from all apps), 2 things marked \
                private and new results that wait for a clinician.";
    assert!(html.contains(line), "{html}");
    assert!(
        html.contains("href=\"/account/privacy?patient=ada\""),
        "{html}"
    );
    for content in ["ada-glucose", "Glucose", "Sodium"] {
        assert!(!html.contains(content), "{content}");
    }
    // Who acts for her is told of neither.
    assert_eq!(html.matches("already keep back").count(), 1);
    // Its own app shows her all that is hers.
    let other = Asked::by("dan").await;
    assert!(
        !other.page.html.contains("already keep back"),
        "{}",
        other.page.html
    );
}

#[tokio::test]
async fn on_a_shared_computer_keeping_access_is_not_offered_and_why_is_said() {
    let scope = format!("{ASKED} offline_access");
    let why = "This is a shared computer: the app cannot keep access while you are away.";
    let offer = "name=\"scope\" value=\"offline_access\"";
    let own = Asked::by_asking("ada", &scope).await;
    assert!(
        own.page.html.contains(offer) && !own.page.html.contains(why),
        "{}",
        own.page.html
    );
    let shared = Asked::on_a_shared_computer("ada", &scope).await;
    assert!(
        !shared.page.html.contains(offer) && shared.page.html.contains(why),
        "{}",
        shared.page.html
    );
    // Whoever sends it all the same is not given it.
    let scopes = ["openid", "patient/Patient.rs", "offline_access"];
    let sent = shared.answer("ada", &scopes, "approve").await;
    let code = &query_of(&sent.location())["code"];
    let tokens = shared.house.tokens(code).await;
    assert!(tokens.get("refresh_token").is_none(), "{tokens}");
    assert!(
        !tokens["scope"].as_str().unwrap().contains("offline_access"),
        "{tokens}"
    );
    // What was not asked for needs no word.
    let plain = Asked::on_a_shared_computer("ada", ASKED).await;
    assert!(!plain.page.html.contains(why), "{}", plain.page.html);
}
