//! Connected apps: seen, narrowed and ended, each from the app's next request on.

use super::browser::{Browser, PASSWORD, Page};
use crate::support::{House, Launch, SECRET, query_of};
use storage::accounts::{Account, Kind};

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
    assert!(other.html.contains("looked at your record"));
}

const LABORATORY: &str = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
const VITAL_SIGNS: &str = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs";

/// An account of one of the fixtures' people that mail reaches.
async fn with_mail(house: &House, person: &str) {
    let account = Account {
        id: format!("account-{person}"),
        username: person.to_owned(),
        password_hash: demo::sign_ins::password_hash().unwrap(),
        kind: Kind::Patient,
        state: access::actor::Account::Active,
        role: None,
        display: person.to_owned(),
        email: Some(format!("{person}@example.org")),
        person: Some(format!("person-{person}")),
        patient: Some(person.to_owned()),
        practitioner: None,
        pools: Vec::new(),
        terms_accepted: true,
        failed_sign_ins: 0,
        locked_until: None,
    };
    let accounts = house.storage.accounts();
    accounts.create(&account, house.now()).await.unwrap();
}

/// Subjects of the mail to a person, newest first.
async fn mail_to(house: &House, person: &str) -> Vec<String> {
    let mail = house.storage.mail().list(50).await.unwrap();
    let to = format!("{person}@example.org");
    let own = mail.into_iter().filter(|one| one.to == to);
    own.map(|one| one.subject).collect()
}

/// Ticks these scopes on the page of the only app, and saves.
async fn narrow(browser: &Browser, scopes: &[&str]) -> Page {
    let page = browser.get("/account/apps").await;
    let (csrf, grant) = (page.field("csrf"), page.field("grant"));
    let mut fields = vec![("csrf", csrf.as_str()), ("grant", &grant)];
    fields.extend(scopes.iter().map(|scope| ("scope", *scope)));
    browser.post("/account/apps/narrow", &fields).await
}

#[tokio::test]
async fn what_is_unticked_is_out_of_reach_from_the_next_request_and_comes_back_when_ticked() {
    let house = House::with_apps().await;
    house.with_password("ada").await;
    let launch = Launch::of(
        "confidential-app",
        "launch/patient openid offline_access patient/Patient.rs patient/Observation.rs",
    );
    let token = house.launched(&launch).await;
    let app = house.bearer(token["access_token"].as_str().unwrap());
    app.get("/fhir/Observation/ada-weight").await.expect(200);

    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    let saved = narrow(&browser, &["patient/Patient.rs", LABORATORY]).await;
    assert!(saved.location().ends_with("&saved=1"), "{}", saved.html);
    let page = browser.get(&saved.location()).await;
    assert!(page.html.contains("Saved.") && page.html.contains("open>"));

    app.get("/fhir/Observation/ada-weight").await.expect(403);
    app.get("/fhir/Observation/ada-glucose").await.expect(200);
    let found = app.get("/fhir/Observation").await.expect(200);
    assert_eq!(found.ids(None), ["ada-glucose", "ada-sodium"]);

    let left = format!("openid offline_access patient/Patient.rs {LABORATORY} launch/patient");
    let set = |text: &str| {
        let words = text.split(' ').map(str::to_owned);
        words.collect::<std::collections::BTreeSet<String>>()
    };
    let told = house
        .client_post(
            "/oauth2/introspect",
            "confidential-app",
            Some(SECRET),
            &[("token", token["access_token"].as_str().unwrap())],
        )
        .await
        .json();
    assert_eq!(set(told["scope"].as_str().unwrap()), set(&left));
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token["refresh_token"].as_str().unwrap()),
    ];
    let next = house
        .exchange("confidential-app", Some(SECRET), &form)
        .await;
    let next = next.expect(200).json();
    assert_eq!(set(next["scope"].as_str().unwrap()), set(&left));

    narrow(&browser, &["patient/Patient.rs", "patient/Observation.rs"]).await;
    app.get("/fhir/Observation/ada-weight").await.expect(200);
}

#[tokio::test]
async fn nothing_beyond_what_was_granted_can_be_ticked_and_nothing_at_all_is_an_end() {
    let house = House::with_apps().await;
    house.with_password("ada").await;
    let launch = Launch::of("confidential-app", &format!("launch/patient {LABORATORY}"));
    let token = house.launched(&launch).await;
    let app = house.bearer(token["access_token"].as_str().unwrap());
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;

    narrow(&browser, &["patient/*.cruds", VITAL_SIGNS, "system/*.rs"]).await;
    app.get("/fhir/Observation/ada-weight").await.expect(403);
    app.get("/fhir/Observation/ada-glucose").await.expect(200);
    app.get("/fhir/Patient/ada").await.expect(403);

    let refused = narrow(&browser, &[VITAL_SIGNS]).await;
    assert_eq!(refused.status(), 422);
    assert!(refused.html.contains("Leave at least one thing ticked"));
    app.get("/fhir/Observation/ada-glucose").await.expect(200);
}

#[tokio::test]
async fn the_receipt_and_the_consent_say_what_is_in_force() {
    let house = House::with_apps().await;
    house.with_password("ada").await;
    let launch = Launch::of("confidential-app", "launch/patient patient/*.rs");
    house.launched(&launch).await;
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    narrow(&browser, &["patient/Immunization.rs", LABORATORY]).await;

    let grant = browser.get("/account/apps").await.field("grant");
    let receipt = browser
        .get(&format!("/account/apps/receipt?grant={grant}"))
        .await;
    assert!(receipt.html.contains("patient/*.rs") && receipt.html.contains("In force now"));
    assert!(receipt.html.contains("patient/Immunization.rs"));
    let consent = browser
        .get(&format!("/account/apps/consent?grant={grant}"))
        .await;
    assert_eq!(consent.status(), 200, "{}", consent.html);
    let consent = consent.reply.json();
    assert_eq!(consent["status"], "active");
    let classes = consent["provision"]["class"].as_array().unwrap();
    let types: Vec<&str> = classes
        .iter()
        .map(|c| c["code"].as_str().unwrap())
        .collect();
    assert_eq!(types.len(), 2);
    assert!(types.contains(&"Immunization") && types.contains(&"Observation"));

    let csrf = receipt.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("grant", &grant)];
    browser.post("/account/apps/disconnect", &fields).await;
    let receipt = browser
        .get(&format!("/account/apps/receipt?grant={grant}"))
        .await;
    assert!(receipt.html.contains("<dt>Ended</dt>"));

    // Somebody else's receipts are nobody's.
    house.with_password("dan").await;
    let dan = Browser::of(&house);
    dan.sign_in("dan", PASSWORD, "").await;
    for page in ["receipt", "consent", "app"] {
        let hidden = dan
            .get(&format!("/account/apps/{page}?grant={grant}"))
            .await;
        assert_eq!(hidden.status(), 404, "{page}");
    }
}

#[tokio::test]
async fn the_patient_is_told_of_and_rules_over_what_somebody_connected_in_their_name() {
    let house = House::with_apps().await;
    with_mail(&house, "ada").await;
    with_mail(&house, "ben").await;
    let launch = Launch::of(
        "public-app",
        "launch/patient patient/Patient.rs patient/Goal.rs",
    );
    let uri = house.agree(&launch, "ada", "ben", &launch.scope).await;
    let token = house.tokens(&query_of(&uri)["code"]).await["access_token"].clone();
    let app = house.bearer(token.as_str().unwrap());
    assert_eq!(
        mail_to(&house, "ben").await,
        ["An app was connected to your record"]
    );

    let ben = Browser::of(&house);
    ben.sign_in("ben", PASSWORD, "").await;
    let page = ben.get("/account/apps").await;
    assert!(page.html.contains("connected by ada"), "{}", page.html);
    narrow(&ben, &["patient/Goal.rs"]).await;
    app.get("/fhir/Patient/ben").await.expect(403);
    let subjects = mail_to(&house, "ada").await;
    assert!(subjects.contains(&"An app of yours may see less".to_owned()));
    assert_eq!(mail_to(&house, "ben").await.len(), 1);

    let csrf = page.field("csrf");
    ben.post("/account/apps/disconnect-all", &[("csrf", csrf.as_str())])
        .await;
    app.get("/fhir/Goal").await.expect(401);
    let subjects = mail_to(&house, "ada").await;
    assert!(subjects.contains(&"An app of yours was disconnected".to_owned()));
}

#[tokio::test]
async fn an_app_is_seen_to_be_used() {
    let house = House::with_apps().await;
    house.with_password("ada").await;
    let launch = Launch::of("public-app", "launch/patient patient/Patient.rs");
    let uri = house.agree(&launch, "ada", "ada", &launch.scope).await;
    let token = house.tokens(&query_of(&uri)["code"]).await["access_token"].clone();
    house.move_clock("2026-06-15T16:30:00Z");
    let app = house.bearer(token.as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    let used: jiff::Timestamp = "2026-06-15T16:30:00Z".parse().unwrap();
    let grants = house.storage.grants();
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let grants = grants.of_account("account-ada", house.now()).await.unwrap();
        if grants[0].last_used >= Some(used) {
            return;
        }
    }
    panic!("the use was not noted");
}
