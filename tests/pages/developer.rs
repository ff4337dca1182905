//! A developer joins, registers an app, sees what was refused to it; a member of staff decides about it.

use std::time::Instant;

use storage::accounts::Kind as AccountKind;
use storage::clients::{Client, State};

use super::browser::{Browser, PASSWORD, Page};
use crate::support::House;

const MAIL: &str = "dev@lens.example";
const SECRET_WORDS: &str = "Copper-Walnut-River-92";

/// A browser in which a new developer is signed in.
pub(super) async fn developer(house: &House) -> Browser {
    let browser = Browser::of(house);
    let page = browser.get("/account/developer/join").await;
    let csrf = page.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("email", " Dev@Lens.example ")];
    let sent = browser.post("/account/developer/join", &fields).await;
    assert!(sent.html.contains(MAIL), "{}", sent.html);
    let made = browser
        .post(
            "/account/developer/join/confirm",
            &joined(&csrf, &code(house).await),
        )
        .await;
    assert_eq!(made.status(), 303, "{}", made.html);
    let back = browser.sign_in(MAIL, SECRET_WORDS, "").await;
    assert_eq!(back.location(), "/account/developer");
    browser
}

async fn code(house: &House) -> String {
    let mail = house.storage.mail().list(1).await.unwrap();
    let text = mail[0].text.split("code is ").nth(1).unwrap();
    text.split_whitespace().next().unwrap().to_owned()
}

fn joined<'a>(csrf: &'a str, code: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("csrf", csrf),
        ("email", MAIL),
        ("code", code),
        ("name", "Lens Labs"),
        ("password", SECRET_WORDS),
        ("password_repeat", SECRET_WORDS),
        ("accept", "yes"),
    ]
}

pub(super) async fn register(browser: &Browser, more: &[(&str, &str)]) -> Page {
    let path = "/account/developer/apps/new";
    let csrf = browser.get(path).await.field("csrf");
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("client_name", "Lab Lens"),
        ("redirect_uris", "https://lens.example/cb"),
        ("scope", "patient/*.rs"),
    ];
    for (name, value) in more {
        fields.retain(|(known, _)| known != name || *name == "scope");
        fields.push((name, value));
    }
    browser.post(path, &fields).await
}

pub(super) async fn only_app(house: &House) -> Client {
    let accounts = house.storage.accounts();
    let owner = accounts.find_by_username(MAIL).await.unwrap().unwrap();
    let mut apps = house.storage.clients().of_owner(&owner.id).await.unwrap();
    assert_eq!(apps.len(), 1);
    apps.remove(0)
}

#[tokio::test]
async fn a_developer_joins_with_a_mail_address_and_nothing_else() {
    let house = House::empty().await;
    let browser = developer(&house).await;
    let home = browser.get("/account").await;
    assert_eq!(home.location(), "/account/developer");
    let apps = browser.get("/account/developer").await;
    assert!(apps.html.contains("You have no app yet"));
    // The address is taken: the page says the same, the mail tells its owner.
    let other = Browser::of(&house);
    let csrf = other.get("/account/developer/join").await.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("email", MAIL)];
    let again = other.post("/account/developer/join", &fields).await;
    assert!(again.html.contains("Code from the mail"));
    let mail = house.storage.mail().list(1).await.unwrap();
    assert!(mail[0].text.contains("There is one already"));
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_address_only() {
    let house = House::empty().await;
    let browser = Browser::of(&house);
    let csrf = browser.get("/account/developer/join").await.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("email", MAIL)];
    browser.post("/account/developer/join", &fields).await;
    let code = code(&house).await;
    let path = "/account/developer/join/confirm";
    let wrong = browser.post(path, &joined(&csrf, "guess")).await;
    assert!(wrong.status() == 422 && wrong.html.contains("does not fit"));
    let mut weak = joined(&csrf, &code);
    (weak[4].1, weak[5].1) = ("password1234", "password1234");
    assert_eq!(browser.post(path, &weak).await.status(), 422);
    let mut other = joined(&csrf, &code);
    other[1].1 = "else@lens.example";
    assert_eq!(browser.post(path, &other).await.status(), 422);
    house.clock.advance_seconds(3_601);
    assert_eq!(
        browser.post(path, &joined(&csrf, &code)).await.status(),
        422
    );
    // Ten tries in an hour, and then not even the right one.
    browser.post("/account/developer/join", &fields).await;
    let code = self::code(&house).await;
    for _ in 0..10 {
        browser.post(path, &joined(&csrf, "guess")).await;
    }
    assert_eq!(
        browser.post(path, &joined(&csrf, &code)).await.status(),
        422
    );
}

#[tokio::test]
async fn an_app_is_registered_in_the_sandbox_within_a_second() {
    let house = House::with_people().await;
    let browser = developer(&house).await;
    let began = Instant::now();
    let page = register(&browser, &[("kind", "secret"), ("environment", "sandbox")]).await;
    assert!(began.elapsed().as_millis() < 1_000, "{:?}", began.elapsed());
    assert_eq!(page.status(), 200, "{}", page.html);
    let app = only_app(&house).await;
    assert_eq!(app.state, State::Sandbox);
    assert!(page.html.contains(&app.id) && page.html.contains("Copy the secret now"));
    assert_eq!(page.reply.header("cache-control"), "no-store");
    let path = format!("/account/developer/apps/{}", app.id);
    let shown = browser.get(&path).await;
    assert!(
        shown.html.contains("Sandbox") && !shown.html.contains(app.secret_hash.as_ref().unwrap())
    );
    // A new secret puts the old one out of use.
    let csrf = shown.field("csrf");
    let renewed = browser
        .post(&format!("{path}/secret"), &[("csrf", &csrf)])
        .await;
    assert!(renewed.html.contains("The old one is worth nothing"));
    assert_ne!(only_app(&house).await.secret_hash, app.secret_hash);
    // Out of the sandbox: it only reads, so it is live.
    let live = browser
        .post(&format!("{path}/live"), &[("csrf", &csrf)])
        .await;
    assert_eq!(live.location(), format!("{path}?done=live"));
    assert_eq!(only_app(&house).await.state, State::Live);
    let gone = [("csrf", csrf.as_str()), ("sure", "yes")];
    browser.post(&format!("{path}/remove"), &gone).await;
    assert_eq!(browser.get(&path).await.status(), 404);
    let left = house
        .storage
        .clients()
        .find(&app.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(left.state, State::Disabled);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_what_was_typed() {
    let house = House::empty().await;
    let browser = developer(&house).await;
    let wrong = [
        ("kind", "public"),
        ("redirect_uris", "http://lens.example/<cb>"),
    ];
    let page = register(&browser, &wrong).await;
    assert_eq!(page.status(), 422);
    assert!(
        page.html.contains("Where people come back to:") && page.html.contains("role=\"alert\"")
    );
    assert!(page.html.contains("value=\"Lab Lens\"") && !page.html.contains("<cb>"));
    let page = register(&browser, &[("kind", "key")]).await;
    assert!(page.status() == 422 && page.html.contains("needs the public keys"));
    let page = register(
        &browser,
        &[("kind", "public"), ("other_scopes", "patient/Goal.x")],
    )
    .await;
    assert!(page.status() == 422 && page.html.contains("patient/Goal.x is no scope"));
}

#[tokio::test]
async fn nobody_sees_or_changes_the_app_of_somebody_else() {
    let house = House::with_people().await;
    let browser = developer(&house).await;
    register(&browser, &[("kind", "public")]).await;
    let app = only_app(&house).await;
    house.with_password("ada").await;
    let other = Browser::of(&house);
    other.sign_in("ada", PASSWORD, "").await;
    let path = format!("/account/developer/apps/{}", app.id);
    assert_eq!(other.get(&path).await.status(), 404);
    assert_eq!(other.get(&format!("{path}/edit")).await.status(), 404);
    let csrf = other.get("/account/developer/apps/new").await.field("csrf");
    for act in ["edit", "secret", "live", "remove"] {
        let fields = [("csrf", csrf.as_str()), ("sure", "yes")];
        let refused = other.post(&format!("{path}/{act}"), &fields).await;
        assert_eq!(refused.status(), 404, "{act}");
    }
    let kept = only_app(&house).await;
    assert_eq!(format!("{kept:?}"), format!("{app:?}"));
}

#[tokio::test]
async fn a_refused_request_is_explained_on_the_apps_page() {
    let house = House::with_people().await;
    let browser = developer(&house).await;
    register(&browser, &[("kind", "secret"), ("environment", "live")]).await;
    let app = only_app(&house).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("redirect_uri", "y"),
    ];
    let refused = house
        .exchange(&app.id, Some("guess"), &form)
        .await
        .expect(401);
    let id = refused.header("x-request-id").to_owned();
    let shown = browser
        .get(&format!("/account/developer/apps/{}", app.id))
        .await;
    for part in [
        "/developer/errors#invalid_client",
        "POST /oauth2/token",
        "The app did not prove who it is",
        &id,
    ] {
        assert!(shown.html.contains(part), "{part}");
    }
    let uri = refused.json()["error_uri"].as_str().unwrap().to_owned();
    let path = uri.strip_prefix(&*house.web.base_url).unwrap();
    let (page, anchor) = path.split_once('#').unwrap();
    let page = house.anonymous().get(page).await.expect(200);
    assert!(page.text().contains(&format!("id=\"{anchor}\"")));
}

#[tokio::test]
async fn staff_who_answer_for_privacy_decide_and_the_developer_gets_a_mail() {
    let house = House::with_people().await;
    let browser = developer(&house).await;
    let wants = [
        ("kind", "public"),
        ("environment", "live"),
        ("scope", "patient/Appointment.cruds"),
    ];
    register(&browser, &wants).await;
    let app = only_app(&house).await;
    assert_eq!(app.state, State::Review);
    // A clinician does not decide.
    let clinician = staff(&house, "clinician").await;
    assert_eq!(clinician.get("/account/review/apps").await.status(), 403);
    let officer = staff(&house, "privacy").await;
    assert!(
        officer
            .get("/account")
            .await
            .html
            .contains("Apps to review")
    );
    let queue = officer.get("/account/review/apps").await;
    assert!(queue.html.contains("Lab Lens") && queue.html.contains("patient/Appointment.cruds"));
    let (csrf, scopes) = (queue.field("csrf"), queue.field("scopes"));
    let mut fields = [
        ("csrf", csrf.as_str()),
        ("client", &app.id),
        ("scopes", "patient/*.cruds"),
        ("note", "Welcome aboard."),
        ("decision", "approve"),
    ];
    // What was changed behind the reviewer's back is not approved.
    officer.post("/account/review/apps", &fields).await;
    assert_eq!(only_app(&house).await.state, State::Review);
    fields[2].1 = &scopes;
    let done = officer.post("/account/review/apps", &fields).await;
    assert_eq!(done.location(), "/account/review/apps?done=approve");
    let app = only_app(&house).await;
    assert_eq!(
        (app.state, &app.approved_scopes),
        (State::Live, &app.scopes)
    );
    let mail = house.storage.mail().list(5).await.unwrap();
    assert!(
        mail.iter()
            .any(|m| m.to == MAIL && m.text.contains("Welcome aboard."))
    );
}

/// A browser in which a member of staff of that role is signed in.
pub(super) async fn staff(house: &House, role: &str) -> Browser {
    let id = house.account("dr-wu", AccountKind::Staff).await;
    let accounts = house.storage.accounts();
    let mut account = accounts.find(&id).await.unwrap().unwrap();
    account.id = format!("account-{role}");
    account.username = role.to_owned();
    account.role = Some(role.to_owned());
    account.password_hash = demo::sign_ins::password_hash().unwrap();
    accounts.create(&account, house.now()).await.unwrap();
    let browser = Browser::of(house);
    let back = browser.sign_in(role, PASSWORD, "").await;
    assert_eq!(back.status(), 303, "{}", back.html);
    browser
}

#[tokio::test]
async fn the_documentation_is_open_and_runs_no_script() {
    let house = House::empty().await;
    for path in [
        "/developer",
        "/developer/docs/quickstart",
        "/developer/docs/registration",
        "/developer/docs/scopes",
        "/developer/errors",
        "/account/developer/join",
    ] {
        let page = house.anonymous().get(path).await.expect(200);
        assert!(
            page.header("content-security-policy")
                .starts_with("default-src 'none'")
        );
        let html = page.text();
        assert!(
            !html.contains("<script") && !html.contains("style=") && html.contains("<h1>"),
            "{path}"
        );
    }
    let landing = house.anonymous().get("/").await.expect(200).text();
    assert!(landing.contains("href=\"/developer\""));
}
