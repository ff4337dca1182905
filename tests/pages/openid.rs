//! What apps ask of a sign-in (OpenID Connect): no page, another page, another person, its end; and keys that
//! change without anybody noticing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::browser::{Browser, PASSWORD, Page};
use crate::support::{House, Launch, query_of};

const ASKED: &str = "launch/patient openid profile patient/Patient.rs";
const BYE: &str = "https://app.example/bye";

/// A house with an app that may ask for all that and send people away afterwards.
async fn house() -> House {
    let house = House::with_apps().await;
    let clients = house.storage.clients();
    let mut app = clients.find("public-app").await.unwrap().unwrap();
    app.scopes = format!("{} profile online_access", app.scopes);
    app.post_logout_redirect_uris = vec![BYE.to_owned()];
    clients.save(&app).await.unwrap();
    house.with_password("ada").await;
    house
}

fn authorize(scope: &str, more: &str) -> String {
    let launch = Launch {
        more: more.to_owned(),
        ..Launch::of("public-app", scope)
    };
    format!("/oauth2/authorize?{}", launch.query())
}

/// Says yes on the consent page one is on; the address of the app.
async fn agree(browser: &Browser, consent: &str) -> String {
    let page = browser.get(consent).await;
    assert_eq!(page.status(), 200, "{consent} leads to {}", page.location());
    let (csrf, request) = (page.field("csrf"), page.field("request"));
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("request", &request),
        ("patient", "ada"),
        ("decision", "approve"),
    ];
    for scope in ["openid", "profile", "online_access", "patient/Patient.rs"] {
        if page
            .html
            .contains(&format!("name=\"scope\" value=\"{scope}\""))
        {
            fields.push(("scope", scope));
        }
    }
    browser.post("/account/consent", &fields).await.location()
}

/// Ada, signed in, and what the app got.
async fn connected(house: &House, scope: &str) -> (Browser, Value) {
    let browser = Browser::of(house);
    assert_eq!(browser.sign_in("ada", PASSWORD, "").await.status(), 303);
    let consent = browser
        .get(&authorize(scope, "&nonce=n-1"))
        .await
        .location();
    let back = agree(&browser, &consent).await;
    let tokens = house.tokens(&query_of(&back)["code"]).await;
    (browser, tokens)
}

fn claims(tokens: &Value) -> Value {
    let token = tokens["id_token"].as_str().unwrap();
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The error an app is told of without a page.
async fn silent(browser: &Browser, scope: &str, more: &str) -> String {
    let page = browser
        .get(&authorize(scope, &format!("&prompt=none{more}")))
        .await;
    let told = query_of(&page.location());
    assert!(
        page.location().starts_with("http://127.0.0.1:8765/"),
        "{}",
        page.location()
    );
    told.get("error").cloned().unwrap_or_default()
}

#[tokio::test]
async fn who_agreed_before_needs_no_page_and_everybody_else_does() {
    let house = house().await;
    let (browser, first) = connected(&house, ASKED).await;
    let again = browser
        .get(&authorize(ASKED, "&prompt=none&nonce=n-2"))
        .await;
    let told = query_of(&again.location());
    assert_eq!(told["state"], "s-1 &");
    let second = house.tokens(&told["code"]).await;
    assert_eq!(second["patient"], "ada");
    assert_eq!(second["scope"], first["scope"]);
    let (before, now) = (claims(&first), claims(&second));
    assert_eq!(
        (before["nonce"].as_str(), now["nonce"].as_str()),
        (Some("n-1"), Some("n-2"))
    );
    assert_eq!((&before["sub"], &before["sid"]), (&now["sub"], &now["sid"]));
    assert_eq!(now["amr"], serde_json::json!(["pwd"]));
    // One connection still, and no second mail or consent for it.
    let grants = house
        .storage
        .grants()
        .of_account("account-ada", house.now())
        .await;
    assert_eq!(grants.unwrap().len(), 1);

    assert_eq!(
        silent(&Browser::of(&house), ASKED, "").await,
        "login_required"
    );
    assert_eq!(
        silent(&browser, "openid profile", "").await,
        "consent_required"
    );
    assert_eq!(
        silent(&browser, ASKED, "&login_hint=ben").await,
        "login_required"
    );
    assert_eq!(silent(&browser, ASKED, "&login_hint=ADA").await, "");
    assert_eq!(
        silent(&browser, ASKED, "&id_token_hint=x.y.z").await,
        "login_required"
    );
    let hint = format!("&id_token_hint={}", first["id_token"].as_str().unwrap());
    assert_eq!(silent(&browser, ASKED, &hint).await, "");
    assert_eq!(silent(&browser, ASKED, "+login").await, "invalid_request");
    house.clock.advance_seconds(120);
    assert_eq!(
        silent(&browser, ASKED, "&max_age=60").await,
        "login_required"
    );
    assert_eq!(silent(&browser, ASKED, "&max_age=600").await, "");
}

#[tokio::test]
async fn a_connection_that_ended_or_was_narrowed_gives_no_more_silently() {
    let house = house().await;
    let (browser, _) = connected(&house, ASKED).await;
    let grants = house.storage.grants();
    let grant = grants
        .of_account("account-ada", house.now())
        .await
        .unwrap()
        .remove(0);
    let kept = smart::scope::Scopes::parse("launch/patient openid");
    grants.narrow(&grant.id, &kept, house.now()).await.unwrap();
    let again = browser.get(&authorize(ASKED, "&prompt=none")).await;
    let tokens = house.tokens(&query_of(&again.location())["code"]).await;
    let scope = tokens["scope"].as_str().unwrap();
    assert!(!scope.contains("patient/"), "{scope}");
    grants.revoke(&grant.id, house.now()).await.unwrap();
    assert_eq!(silent(&browser, ASKED, "").await, "consent_required");
}

#[tokio::test]
async fn the_account_is_asked_for_where_the_app_wants_it_or_expects_another() {
    let house = house().await;
    house.with_password("ben").await;
    let browser = Browser::of(&house);
    assert_eq!(browser.sign_in("ada", PASSWORD, "").await.status(), 303);
    let choose = async |more: &str, decision: &str| -> (String, Page) {
        let consent = browser.get(&authorize(ASKED, more)).await.location();
        let page = browser.get(&consent).await;
        assert!(page.html.contains("Which account?"), "{}", page.html);
        let (csrf, request) = (page.field("csrf"), page.field("request"));
        let fields = [
            ("csrf", csrf.as_str()),
            ("request", &request),
            ("decision", decision),
        ];
        (consent, browser.post("/account/choose", &fields).await)
    };
    let (consent, chosen) = choose("&prompt=select_account", "continue").await;
    assert_eq!(chosen.location(), consent);
    assert!(agree(&browser, &consent).await.contains("code="));
    // The consent form cannot be sent around the question.
    let (consent, other) = choose("&login_hint=ben", "other").await;
    let sign_in = browser.get(&other.location()).await;
    assert_eq!(sign_in.field("username"), "ben");
    let next = consent.replace('=', "%3D").replace('?', "%3F");
    browser.sign_in("ben", PASSWORD, &next).await;
    let page = browser.get(&consent).await;
    assert!(!page.html.contains("Which account?"));
}

#[tokio::test]
async fn an_app_that_shows_whom_it_means_signs_out_at_once() {
    let house = house().await;
    let scope = &format!("{ASKED} online_access");
    let (browser, tokens) = connected(&house, scope).await;
    let app = house.bearer(tokens["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    let hint = tokens["id_token"].as_str().unwrap();
    let out = format!("/oauth2/logout?id_token_hint={hint}&state=z");
    // Nobody is sent where the app did not say before, and nobody signed out for that.
    for uri in ["https://evil.example/", "https://app.example/bye/"] {
        let refused = browser
            .get(&format!("{out}&post_logout_redirect_uri={uri}"))
            .await;
        assert_eq!(refused.status(), 400);
    }
    assert_eq!(browser.get("/account").await.status(), 200);
    let gone = browser
        .get(&format!("{out}&post_logout_redirect_uri={BYE}"))
        .await;
    assert_eq!(gone.location(), format!("{BYE}?state=z"));
    assert_eq!(browser.get("/account").await.status(), 303);
    app.get("/fhir/Patient/ada").await.expect(401);
    let again = browser.get(&out).await;
    assert!(again.html.contains("You are signed out"));
}

#[tokio::test]
async fn an_app_that_does_not_is_asked_about_first() {
    let house = house().await;
    let (browser, tokens) = connected(&house, ASKED).await;
    let sent = browser
        .post_from(
            Some("https://app.example"),
            "/oauth2/logout",
            &[
                ("client_id", "public-app"),
                ("post_logout_redirect_uri", BYE),
            ],
        )
        .await;
    let page = browser.get(&sent.location()).await;
    assert!(page.html.contains("Sign out?"), "{}", page.html);
    assert!(page.html.contains("public-app"));
    let (csrf, target) = (page.field("csrf"), page.field("target"));
    let answer = |decision: &'static str| {
        vec![
            ("csrf", csrf.clone()),
            ("client_id", "public-app".to_owned()),
            ("target", target.clone()),
            ("decision", decision.to_owned()),
        ]
    };
    let send = async |fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        browser.post("/account/leave", &fields).await
    };
    assert_eq!(send(answer("stay")).await.location(), "/account");
    // Another session of the same person is not the one in this browser.
    let other = Browser::of(&house);
    assert_eq!(other.sign_in("ada", PASSWORD, "").await.status(), 303);
    let hint = tokens["id_token"].as_str().unwrap();
    let asked = other
        .get(&format!("/oauth2/logout?id_token_hint={hint}"))
        .await;
    assert!(asked.html.contains("Sign out?"));
    let mut forged = answer("sign-out");
    forged[2].1 = "https://evil.example/".to_owned();
    assert_eq!(send(forged).await.status(), 400);
    assert_eq!(send(answer("sign-out")).await.location(), BYE);
    assert_eq!(browser.get("/account").await.status(), 303);
}

#[tokio::test]
async fn an_access_token_tells_who_it_is_of() {
    let house = house().await;
    let (_, tokens) = connected(&house, ASKED).await;
    let app = house.bearer(tokens["access_token"].as_str().unwrap());
    let told = app.get("/oauth2/userinfo").await.expect(200).json();
    assert_eq!(told["sub"], claims(&tokens)["sub"]);
    assert_eq!(told["fhirUser"], claims(&tokens)["fhirUser"]);
    assert_eq!(told["name"], "ada");
    app.post("/oauth2/userinfo", "").await.expect(200);
    house.anonymous().get("/oauth2/userinfo").await.expect(401);
    house
        .backend()
        .await
        .get("/oauth2/userinfo")
        .await
        .expect(403);
}

#[tokio::test]
async fn the_next_key_is_published_before_it_signs_and_nobody_is_signed_out() {
    let house = house().await;
    let kids = async || -> Vec<String> {
        let set = house
            .anonymous()
            .get("/.well-known/jwks.json")
            .await
            .expect(200)
            .json();
        let keys = set["keys"].as_array().unwrap().clone();
        let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
        keys.iter().map(kid).collect()
    };
    let kid_of = |tokens: &Value| {
        let token = tokens["id_token"].as_str().unwrap();
        let head = URL_SAFE_NO_PAD
            .decode(token.split('.').next().unwrap())
            .unwrap();
        let head: Value = serde_json::from_slice(&head).unwrap();
        head["kid"].as_str().unwrap().to_owned()
    };
    const DAY: i64 = 24 * 3_600;
    let keep = async || web::keys::keep(&house.storage, house.now()).await.unwrap();
    let (_, first) = connected(&house, ASKED).await;
    let old = kid_of(&first);
    assert_eq!(keep().await, None);
    house.clock.advance_seconds(89 * DAY);
    // Two nodes at once publish one key.
    let (one, two) = tokio::join!(keep(), keep());
    assert_eq!(usize::from(one.is_some()) + usize::from(two.is_some()), 1);
    let both = kids().await;
    assert_eq!((both.len(), &both[0]), (2, &old));
    let (browser, second) = connected(&house, ASKED).await;
    assert_eq!(kid_of(&second), old);
    house.clock.advance_seconds(DAY);
    let (_, third) = connected(&house, ASKED).await;
    assert_eq!(kid_of(&third), both[1]);
    // What the old key signed is still believed, and the session still there was not touched.
    let hint = second["id_token"].as_str().unwrap();
    let (fresh, fourth) = connected(&house, ASKED).await;
    let own = fourth["id_token"].as_str().unwrap();
    assert_eq!(
        browser.get("/account").await.status(),
        303,
        "its half day is over"
    );
    assert_eq!(
        silent(&fresh, ASKED, &format!("&id_token_hint={hint}")).await,
        ""
    );
    assert_eq!(
        silent(&fresh, ASKED, &format!("&id_token_hint={own}")).await,
        ""
    );
    house.clock.advance_seconds(30 * DAY);
    keep().await;
    assert_eq!(kids().await, [both[1].clone()]);
}
