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

#[tokio::test]
async fn what_one_app_gets_is_chosen_part_by_part_and_for_a_time() {
    let house = House::with_apps().await;
    house.with_password("ada").await;
    let scopes = "launch/patient patient/Patient.rs patient/Observation.rs patient/Consent.rs";
    let launch = Launch::of("public-app", scopes);
    let uri = house.agree(&launch, "ada", "ada", &launch.scope).await;
    let token = house.tokens(&query_of(&uri)["code"]).await["access_token"].clone();
    let app = house.bearer(token.as_str().unwrap());
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    let limit = "/account/privacy/limit?patient=ada&kind=app&named=public-app";
    let page = browser.get(limit).await;
    assert!(
        page.html.contains("Test results and vital signs"),
        "{}",
        page.html
    );
    let csrf = page.field("csrf");
    let save = |more: &'static [(&'static str, &'static str)]| {
        let (browser, csrf) = (&browser, csrf.as_str());
        async move {
            let mut fields = vec![
                ("csrf", csrf),
                ("patient", "ada"),
                ("kind", "app"),
                ("named", "public-app"),
            ];
            fields.extend(more);
            browser.post("/account/privacy/limit", &fields).await
        }
    };
    let path = "/fhir/Observation/ada-glucose";
    app.get(path).await.expect(200);
    let saved = save(&[
        ("may", "notes"),
        ("sensitive", "yes"),
        ("until", "2026-06-20"),
    ])
    .await;
    assert_eq!(
        saved.location(),
        "/account/privacy?patient=ada&done=saved",
        "{}",
        saved.html
    );
    app.get(path).await.expect(403);
    let page = browser.get("/account/privacy").await;
    assert!(page.html.contains("until 2026-06-20"), "{}", page.html);
    // Said anew it takes the place of what was said before.
    save(&[("may", "results"), ("may", "notes")]).await;
    app.get(path).await.expect(200);
    let wrong = save(&[("may", "notes"), ("until", "2020-01-01")]).await;
    assert_eq!(wrong.status(), 422);
    assert!(wrong.html.contains("That day is over."), "{}", wrong.html);
    app.get(path).await.expect(200);
    save(&[("choose", "nothing")]).await;
    app.get("/fhir/Patient/ada").await.expect(403);
    save(&[("choose", "everything")]).await;
    app.get(path).await.expect(200);
    // Of nobody's else, and of nobody there is.
    for wrong in [
        "/account/privacy/limit?patient=dan&kind=app&named=public-app",
        "/account/privacy/limit?patient=ada&kind=app&named=nothing",
        "/account/privacy/limit?patient=ada&kind=stranger&named=public-app",
        "/account/privacy/limit",
    ] {
        assert_eq!(browser.get(wrong).await.status(), 404, "{wrong}");
    }
    let fields = [
        ("csrf", csrf.as_str()),
        ("patient", "dan"),
        ("kind", "app"),
        ("named", "public-app"),
    ];
    assert_eq!(
        browser
            .post("/account/privacy/limit", &fields)
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn single_things_are_marked_private_and_receipts_are_downloaded() {
    let house = House::with_apps().await;
    house.with_password("ada").await;
    let launch = Launch::of(
        "public-app",
        "launch/patient patient/Patient.rs patient/Observation.rs",
    );
    let uri = house.agree(&launch, "ada", "ada", &launch.scope).await;
    let token = house.tokens(&query_of(&uri)["code"]).await["access_token"].clone();
    let app = house.bearer(token.as_str().unwrap());
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    let csrf = browser.get("/account/privacy/private").await.field("csrf");
    let mark = |id: &'static str, on: &'static str| {
        let (browser, csrf) = (&browser, csrf.as_str());
        async move {
            let fields = [
                ("csrf", csrf),
                ("of", "Observation"),
                ("id", id),
                ("on", on),
            ];
            browser.post("/account/privacy/private", &fields).await
        }
    };
    assert_eq!(mark("ada-glucose", "yes").await.status(), 303);
    app.get("/fhir/Observation/ada-glucose").await.expect(403);
    let page = browser.get("/account/privacy/private").await;
    assert!(page.html.contains("1 private"), "{}", page.html);
    mark("ada-glucose", "no").await;
    app.get("/fhir/Observation/ada-glucose").await.expect(200);
    assert_eq!(mark("dan-glucose", "yes").await.status(), 404);
    let page = browser.get("/account/privacy/receipts").await;
    assert!(
        page.html.contains("An app may use this record."),
        "{}",
        page.html
    );
    let start = "/account/privacy/receipt?patient=ada&amp;consent=";
    let link = page
        .html
        .split(start)
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let receipt = browser
        .get(&format!(
            "/account/privacy/receipt?patient=ada&consent={link}"
        ))
        .await;
    let (claims, _) = smart::receipt::read(&receipt.html).unwrap();
    assert_eq!(claims.sub, "Patient/ada");
    let stranger = browser
        .get("/account/privacy/receipt?patient=dan&consent=x")
        .await;
    assert_eq!(stranger.status(), 404);
}

#[tokio::test]
async fn a_teenager_looks_ahead_and_lets_a_parent_see_what_is_confidential() {
    let house = House::under("ct-exemplar").await;
    house.fill().await;
    house.with_password("cleo").await;
    house.with_password("ada").await;
    let backend = house.backend().await;
    let cleo = json!({"reference": "Patient/cleo"});
    for resource in [
        json!({"resourceType": "Encounter", "id": "secret", "status": "finished", "class": {"code": "AMB"},
            "subject": cleo, "period": {"start": "2026-06-10"}, "type": [{"text": "Clinic visit"}],
            "extension": [{"url": "https://kinchart.org/fhir/StructureDefinition/consent-basis",
                "valueCode": "minor:19a-216"}]}),
        json!({"resourceType": "Immunization", "id": "shot", "status": "completed", "patient": cleo,
            "vaccineCode": {"text": "HPV vaccine"}, "occurrenceDateTime": "2026-06-10",
            "encounter": {"reference": "Encounter/secret"}}),
        json!({"resourceType": "Encounter", "id": "open", "status": "finished", "class": {"code": "AMB"},
            "subject": cleo, "period": {"start": "2026-05-10"}, "type": [{"text": "Check-up"}]}),
        json!({"resourceType": "Immunization", "id": "flu", "status": "completed", "patient": cleo,
            "vaccineCode": {"text": "Flu vaccine"}, "occurrenceDateTime": "2026-05-10",
            "encounter": {"reference": "Encounter/open"}}),
    ] {
        let path = format!(
            "/fhir/{}/{}",
            resource["resourceType"].as_str().unwrap(),
            resource["id"].as_str().unwrap()
        );
        let reply = backend.put(&path, resource).await;
        assert!(reply.status.is_success(), "{}", reply.text());
    }
    house.proxy_of("ada", "cleo").await;
    let browser = Browser::of(&house);
    browser.sign_in("cleo", PASSWORD, "").await;
    let page = browser.get("/account/preview").await;
    let visit = |page: &super::browser::Page, title: &str| {
        let from = page.html.find(&format!("{title} <span")).unwrap();
        page.html[from..]
            .split("</section>")
            .next()
            .unwrap()
            .to_owned()
    };
    assert!(
        visit(&page, "Clinic visit").contains("A parent sees nothing of it."),
        "{}",
        page.html
    );
    let open = visit(&page, "Check-up");
    let (seen, hidden) = open.split_once("A parent does not see").unwrap();
    assert!(
        seen.contains("Flu vaccine") && hidden.contains("Check-up"),
        "{open}"
    );
    let csrf = browser.get("/account/privacy").await.field("csrf");
    for (on, expected) in [
        ("yes", "HPV vaccine"),
        ("no", "A parent sees nothing of it."),
    ] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("patient", "cleo"),
            ("choice", "confide"),
            ("named", "ada-for-cleo"),
            ("on", on),
        ];
        let done = browser.post("/account/privacy", &fields).await;
        assert_eq!(
            done.location(),
            "/account/privacy?patient=cleo&done=saved",
            "{}",
            done.html
        );
        let mother = house.proxy_of("ada", "cleo").await;
        let status = mother.get("/fhir/Immunization/shot").await.status.as_u16();
        assert_eq!(status, if on == "yes" { 200 } else { 404 }, "{expected}");
    }
    // Nobody releases in somebody else's name.
    let mother = Browser::of(&house);
    mother.sign_in("ada", PASSWORD, "").await;
    let csrf = mother.get("/account/privacy").await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("patient", "cleo"),
        ("choice", "confide"),
        ("named", "ada-for-cleo"),
        ("on", "yes"),
    ];
    assert_eq!(mother.post("/account/privacy", &fields).await.status(), 404);
    assert!(
        mother
            .get("/account/preview")
            .await
            .html
            .contains("You are of age")
    );
}
