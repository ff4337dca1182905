//! The security page: where one is signed in, proofs before what is dangerous, passwords.

use super::browser::{Browser, PASSWORD};
use super::second_factor::set_up_totp;
use crate::support::{House, Launch, query_of};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";

async fn signed_in(house: &House) -> Browser {
    let browser = Browser::of(house).from("203.0.113.7").agent(FIREFOX);
    let opened = browser.sign_in("ada", PASSWORD, "").await;
    assert_eq!(opened.status(), 303);
    browser
}

#[tokio::test]
async fn sessions_are_listed_without_naming_a_house_and_end_at_once() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    house.with_password("dan").await;
    let (one, two) = (signed_in(&house).await, signed_in(&house).await);
    let page = one.get("/account/security").await;
    assert!(page.html.contains("Firefox on Linux"));
    assert!(page.html.contains("network 203.0.113.…"));
    assert!(!page.html.contains("203.0.113.7"));
    assert_eq!(page.html.matches("This browser").count(), 1);
    let (csrf, session) = (page.field("csrf"), page.field("session"));
    // Not by somebody else.
    let dan = Browser::of(&house);
    dan.sign_in("dan", PASSWORD, "").await;
    let path = "/account/security/sessions/end";
    let fields = [
        ("csrf", dan.get("/account").await.field("csrf")),
        ("session", session.clone()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, &**v)).collect();
    dan.post(path, &fields).await;
    assert_eq!(two.get("/account").await.status(), 200);
    let fields = [("csrf", &*csrf), ("session", &session)];
    one.post(path, &fields).await;
    assert_eq!(two.get("/account").await.status(), 303);
    assert_eq!(one.get("/account").await.status(), 200);
}

#[tokio::test]
async fn signing_out_everywhere_else_leaves_apps_unless_ticked() {
    let house = House::with_apps().await;
    house.with_password("ada").await;
    let launch = Launch::of(
        "public-app",
        "launch/patient offline_access patient/Patient.rs",
    );
    let uri = house.agree(&launch, "ada", "ada", &launch.scope).await;
    let token = house.tokens(&query_of(&uri)["code"]).await["access_token"].clone();
    let app = house.bearer(token.as_str().unwrap());
    let one = signed_in(&house).await;
    let path = "/account/security/sessions/end-others";
    for (ticked, word, status) in [("", "others", 200), ("yes", "apps", 401)] {
        let two = signed_in(&house).await;
        let csrf = one.get("/account/security").await.field("csrf");
        let done = one.post(path, &[("csrf", &csrf), ("apps", ticked)]).await;
        assert_eq!(done.location(), format!("/account/security?done={word}"));
        assert_eq!(two.get("/account").await.status(), 303);
        assert_eq!(app.get("/fhir/Patient/ada").await.status, status, "{word}");
    }
}

#[tokio::test]
async fn a_browser_never_seen_before_is_told_of_by_mail_without_health_information() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    house.with_mail("account-ada").await;
    signed_in(&house).await;
    assert!(house.storage.mail().list(10).await.unwrap().is_empty());
    let browser = signed_in(&house).await;
    let mail = house.storage.mail().list(10).await.unwrap();
    assert_eq!(mail.len(), 1);
    assert_eq!(mail[0].subject, "A new sign-in to your account");
    assert!(
        mail[0].text.contains("Firefox on Linux"),
        "{}",
        mail[0].text
    );
    assert!(mail[0].text.contains("203.0.113.…"));
    assert!(!mail[0].text.contains("http") && !mail[0].text.contains("Ada"));
    browser.sign_in("ada", PASSWORD, "").await;
    assert_eq!(house.storage.mail().list(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_dangerous_asks_for_a_fresh_proof() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let browser = signed_in(&house).await;
    for path in ["password", "totp"] {
        let page = browser.get(&format!("/account/security/{path}")).await;
        assert_eq!(page.status(), 200, "{path}: signed in just now");
    }
    house.clock.advance_seconds(11 * 60);
    let csrf = browser.get("/account/security").await.field("csrf");
    for path in [
        "password",
        "totp",
        "totp/remove",
        "passkeys/remove",
        "recovery-codes",
    ] {
        let path = format!("/account/security/{path}");
        let sent = browser.post(&path, &[("csrf", &csrf)]).await;
        assert!(
            sent.location().starts_with("/account/security/prove?next="),
            "{path}"
        );
    }
    let sent = browser.get("/account/security/password").await.location();
    assert_eq!(
        sent,
        "/account/security/prove?next=%2Faccount%2Fsecurity%2Fpassword"
    );
    let answer = |password: &'static str| {
        let (browser, sent) = (&browser, sent.clone());
        async move {
            let page = browser.get(&sent).await;
            let (csrf, next) = (page.field("csrf"), page.field("next"));
            let fields = [("csrf", &*csrf), ("next", &next), ("password", password)];
            browser.post("/account/security/prove", &fields).await
        }
    };
    assert_eq!(answer("wrong").await.status(), 401);
    assert_eq!(
        answer(PASSWORD).await.location(),
        "/account/security/password"
    );
    let page = browser.get("/account/security/password").await;
    assert_eq!(page.status(), 200);
    for _ in 0..5 {
        assert_eq!(answer("wrong").await.status(), 401);
    }
    assert_eq!(answer(PASSWORD).await.status(), 429);
}

#[tokio::test]
async fn who_has_a_second_factor_proves_that_one_and_not_the_password() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let browser = signed_in(&house).await;
    let (secret, codes) = set_up_totp(&house, &browser).await;
    assert_eq!(codes.len(), 10);
    house.clock.advance_seconds(11 * 60);
    let path = "/account/security/prove?next=%2Faccount%2Fsecurity%2Ftotp";
    let page = browser.get(path).await;
    assert!(!page.html.contains("name=\"password\""));
    let (csrf, next) = (page.field("csrf"), page.field("next"));
    let fields = [("csrf", &*csrf), ("next", &next), ("password", PASSWORD)];
    let refused = browser.post("/account/security/prove", &fields).await;
    assert_eq!(refused.status(), 401);
    // The step typed at setting up is used; the app shows the next one soon.
    let soon = house.clock.outside(house.now()).as_second() + 30;
    let next = smart::totp::code_at(&secret, soon);
    let proved = browser.type_code(path, &next).await;
    assert_eq!(proved.location(), "/account/security/totp");
    let proved = browser.type_code(path, &codes[0]).await;
    assert_eq!(proved.location(), "/account/security/totp");
    let page = browser.get("/account/security").await;
    assert!(page.html.contains("9 left"));
}

#[tokio::test]
async fn a_new_password_must_be_good_and_signs_out_everybody_else() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    house.with_mail("account-ada").await;
    let (browser, other) = (signed_in(&house).await, signed_in(&house).await);
    let change = |password: &'static str, repeat: &'static str| {
        let browser = &browser;
        async move {
            let page = browser.get("/account/security/password").await;
            let csrf = page.field("csrf");
            let fields = [
                ("csrf", &*csrf),
                ("password", password),
                ("password_repeat", repeat),
            ];
            browser.post("/account/security/password", &fields).await
        }
    };
    for (password, repeat, words) in [
        ("short", "short", "at least 12 characters"),
        ("Password2026!", "Password2026!", "people use most"),
        (
            "aaaaaaaaaaaaaa",
            "aaaaaaaaaaaaaa",
            "repeats a few characters",
        ),
        ("one two three four", "one two three five", "not the same"),
    ] {
        let refused = change(password, repeat).await;
        assert_eq!(refused.status(), 422);
        assert!(refused.html.contains(words), "{words}: {}", refused.html);
        assert!(!refused.html.contains(password), "never shown again");
    }
    let good = "sieben Zwerge im Wald";
    let done = change(good, good).await;
    assert_eq!(done.location(), "/account/security?done=password");
    assert_eq!(other.get("/account").await.status(), 303);
    assert_eq!(browser.get("/account").await.status(), 200);
    assert_eq!(other.sign_in("ada", PASSWORD, "").await.status(), 401);
    assert_eq!(other.sign_in("ada", good, "").await.status(), 303);
    let mail = house.storage.mail().list(10).await.unwrap();
    assert!(
        mail.iter()
            .any(|one| one.text.contains("password of your account was changed"))
    );
}

#[tokio::test]
async fn a_second_factor_set_up_or_removed_is_in_the_audit_trail() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let browser = signed_in(&house).await;
    super::second_factor::set_up_totp(&house, &browser).await;
    let csrf = browser.get("/account/security").await.field("csrf");
    let removed = browser
        .post("/account/security/totp/remove", &[("csrf", csrf.as_str())])
        .await;
    assert_eq!(removed.status(), 303, "{}", removed.html);
    let path = "/fhir/AuditEvent?subtype=second-factor";
    let found = house.backend().await.get(path).await.expect(200).json();
    let entries = found["entry"].as_array().unwrap();
    let mut said: Vec<_> = entries
        .iter()
        .map(|entry| entry["resource"]["outcomeDesc"].as_str().unwrap())
        .collect();
    said.sort_unstable();
    assert_eq!(said, ["totp-added", "totp-removed"]);
    assert_eq!(
        entries[0]["resource"]["agent"][0]["who"]["reference"],
        "Patient/ada"
    );
}
