//! Choices about sharing: each counts from the next request on, on every node, and can be taken back.

use super::browser::{Browser, PASSWORD};
use crate::support::{House, Launch, query_of};
use serde_json::json;

const CONSENT_KIND: &str = "https://kinchart.org/fhir/CodeSystem/consent-kind";

async fn choose(browser: &Browser, fields: &[(&str, &str)]) -> super::browser::Page {
    let csrf = browser.get("/account/privacy").await.field("csrf");
    let mut all = vec![("csrf", csrf.as_str()), ("patient", "ada")];
    all.extend(fields);
    browser.post("/account/privacy", &all).await
}

#[tokio::test]
async fn choices_are_consents_in_the_record_and_can_be_taken_back() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let backend = house.backend().await;
    backend
        .put(
            "/fhir/Organization/other",
            json!({"resourceType": "Organization", "id": "other", "name": "Other Clinic"}),
        )
        .await
        .expect(201);
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    let page = browser.get("/account/privacy").await;
    assert!(
        page.html.contains("Shared for care") && page.html.contains("Other Clinic"),
        "{}",
        page.html
    );
    let count = |kind: &'static str| {
        let backend = &backend;
        async move {
            let path =
                format!("/fhir/Consent?patient=ada&status=active&category={CONSENT_KIND}|{kind}");
            backend.get(&path).await.ids(None).len()
        }
    };
    for (kind, choice, named) in [
        ("exchange", "exchange", ""),
        ("org-deny", "organization", "other"),
        ("part2-tpo", "part2", ""),
    ] {
        let fields = [("choice", choice), ("named", named), ("on", "yes")];
        let done = choose(&browser, &fields).await;
        assert_eq!(
            done.location(),
            "/account/privacy?patient=ada&done=saved",
            "{}",
            done.html
        );
        // Twice is once.
        choose(&browser, &fields).await;
        assert_eq!(count(kind).await, 1, "{kind}");
        choose(
            &browser,
            &[("choice", choice), ("named", named), ("on", "no")],
        )
        .await;
        assert_eq!(count(kind).await, 0, "{kind}");
    }
    let asked = choose(
        &browser,
        &[
            ("choice", "restriction"),
            ("restriction", "Not to my employer"),
        ],
    )
    .await;
    assert_eq!(
        asked.location(),
        "/account/privacy?patient=ada&done=asked",
        "{}",
        asked.html
    );
    let tasks = backend.get("/fhir/Task?patient=ada").await.text();
    assert!(tasks.contains("restriction-request") && tasks.contains("Not to my employer"));
    let empty = choose(&browser, &[("choice", "restriction"), ("restriction", " ")]).await;
    assert!(
        empty.html.contains("Say what should be restricted"),
        "{}",
        empty.html
    );
}

#[tokio::test]
async fn sensitive_care_is_kept_from_an_app_at_its_next_request_on_every_node() {
    let house = House::with_apps().await;
    house.with_password("ada").await;
    let hiv = json!({"resourceType": "Observation", "id": "hiv", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "56888-1"}]}, "subject": {"reference": "Patient/ada"}});
    house
        .backend()
        .await
        .put("/fhir/Observation/hiv", hiv)
        .await
        .expect(201);
    let scopes = "launch/patient patient/Patient.rs patient/Observation.rs";
    let launch = Launch::of("public-app", scopes);
    let uri = house.agree(&launch, "ada", "ada", &launch.scope).await;
    let token = house.tokens(&query_of(&uri)["code"]).await["access_token"].clone();
    let token = token.as_str().unwrap();
    let node = house.node().await;
    for app in [house.bearer(token), node.bearer(token)] {
        app.get("/fhir/Observation/hiv").await.expect(200);
    }
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    choose(
        &browser,
        &[("choice", "app"), ("named", "public-app"), ("on", "yes")],
    )
    .await;
    let page = browser.get("/account/privacy").await;
    assert!(
        page.html.contains("Kept back: sensitive care"),
        "{}",
        page.html
    );
    let app = house.bearer(token);
    app.get("/fhir/Observation/hiv").await.expect(403);
    app.get("/fhir/Observation/ada-glucose").await.expect(200);
    let found = app.get("/fhir/Observation?patient=ada").await.ids(None);
    assert!(!found.contains(&"hiv".to_owned()) && !found.is_empty());
    let other = node.bearer(token);
    for _ in 0..100 {
        if other.get("/fhir/Observation/hiv").await.status == 403 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    other.get("/fhir/Observation/hiv").await.expect(403);
    choose(
        &browser,
        &[("choice", "app"), ("named", "public-app"), ("on", "no")],
    )
    .await;
    app.get("/fhir/Observation/hiv").await.expect(200);
}
