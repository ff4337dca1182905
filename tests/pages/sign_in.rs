//! Signing in: one answer for every failure, a lock, a way back, and an end.

use super::browser::{Browser, PASSWORD};
use crate::support::House;

#[tokio::test]
async fn a_password_opens_a_session_and_leads_back() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let browser = Browser::of(&house);
    let sent = browser.get("/account/family").await;
    assert_eq!(sent.status(), 303);
    assert_eq!(sent.location(), "/account/sign-in?next=%2Faccount%2Ffamily");
    let back = browser
        .sign_in("ADA", PASSWORD, "%2Faccount%2Ffamily")
        .await;
    assert_eq!(
        (back.status(), back.location().as_str()),
        (303, "/account/family")
    );
    let cookie = back.reply.header("set-cookie").to_owned();
    for word in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let family = browser.get("/account/family").await;
    assert_eq!(family.status(), 200);
    assert!(family.html.contains("You see the whole record"));
}

#[tokio::test]
async fn nobody_and_a_wrong_password_look_the_same() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let wrong = Browser::of(&house).sign_in("ada", "wrong", "").await;
    let nobody = Browser::of(&house).sign_in("nobody", "wrong", "").await;
    assert_eq!((wrong.status(), nobody.status()), (401, 401));
    let plain = |page: &super::browser::Page, name: &str| {
        let csrf = page.field("csrf");
        page.html.replace(&csrf, "").replace(name, "")
    };
    assert_eq!(plain(&wrong, "\"ada\""), plain(&nobody, "\"nobody\""));
}

#[tokio::test]
async fn five_wrong_passwords_lock_out_the_right_one_for_a_while() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let browser = Browser::of(&house);
    for _ in 0..5 {
        assert_eq!(browser.sign_in("ada", "wrong", "").await.status(), 401);
    }
    assert_eq!(browser.sign_in("ada", PASSWORD, "").await.status(), 401);
    house.clock.advance_seconds(16 * 60);
    assert_eq!(browser.sign_in("ada", PASSWORD, "").await.status(), 303);
}

#[tokio::test]
async fn strangers_cannot_lock_out_a_person_or_her_own_browser() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let own = Browser::of(&house).from("203.0.113.5");
    assert_eq!(own.sign_in("ada", PASSWORD, "").await.status(), 303);
    let stranger = Browser::of(&house).from("198.51.100.9");
    for _ in 0..6 {
        assert_eq!(stranger.sign_in("ada", "wrong", "").await.status(), 401);
    }
    assert_eq!(stranger.sign_in("ada", PASSWORD, "").await.status(), 401);
    // Her own browser, even from the stranger's network, and a new one from elsewhere.
    let own = own.from("198.51.100.9");
    assert_eq!(own.sign_in("ada", PASSWORD, "").await.status(), 303);
    let new = Browser::of(&house).from("192.0.2.77");
    assert_eq!(new.sign_in("ada", PASSWORD, "").await.status(), 303);
}

#[tokio::test]
async fn a_known_browser_has_a_lock_of_its_own() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let own = Browser::of(&house);
    assert_eq!(own.sign_in("ada", PASSWORD, "").await.status(), 303);
    for _ in 0..5 {
        assert_eq!(own.sign_in("ada", "wrong", "").await.status(), 401);
    }
    assert_eq!(own.sign_in("ada", PASSWORD, "").await.status(), 401);
    house.clock.advance_seconds(16 * 60);
    assert_eq!(own.sign_in("ada", PASSWORD, "").await.status(), 303);
}

#[tokio::test]
async fn one_network_tries_no_password_on_everybody() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    house.with_password("dan").await;
    let own = Browser::of(&house).from("198.51.100.9");
    assert_eq!(own.sign_in("dan", PASSWORD, "").await.status(), 303);
    let throttle = house.storage.throttle();
    let most = config::limits::SIGN_IN_SOURCE_FAILURES_MAX;
    for _ in 0..most {
        let key = "sign-in:source:198.51.100.9";
        assert!(throttle.allow(key, most, 900, house.now()).await.unwrap());
    }
    let sprayed = Browser::of(&house).from("198.51.100.9");
    assert_eq!(sprayed.sign_in("ada", PASSWORD, "").await.status(), 401);
    assert_eq!(own.sign_in("dan", PASSWORD, "").await.status(), 303);
    let elsewhere = Browser::of(&house).from("198.51.100.10");
    assert_eq!(elsewhere.sign_in("ada", PASSWORD, "").await.status(), 303);
}

#[tokio::test]
async fn a_form_of_somebody_else_is_not_used() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let browser = Browser::of(&house);
    let page = browser.get("/account/sign-in").await;
    let csrf = page.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("username", "ada"),
        ("password", PASSWORD),
    ];
    let foreign = Some("https://evil.example");
    let post = |origin, csrf| {
        let mut fields = fields;
        fields[0].1 = csrf;
        async move { (origin, fields) }
    };
    for (origin, token) in [(foreign, csrf.as_str()), (None, "guess"), (None, "")] {
        let (origin, fields) = post(origin, token).await;
        let refused = browser.post_from(origin, "/account/sign-in", &fields).await;
        assert_eq!(refused.status(), 403);
    }
    // Another browser does not hold the token's cookie.
    let other = Browser::of(&house).post("/account/sign-in", &fields).await;
    assert_eq!(other.status(), 403);
}

#[tokio::test]
async fn one_is_never_led_to_another_place() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    for next in [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil",
    ] {
        let browser = Browser::of(&house);
        let page = browser.sign_in("ada", PASSWORD, next).await;
        assert_eq!(page.location(), "/account");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_itself() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    let home = browser.get("/account").await;
    assert_eq!(home.status(), 200);
    let csrf = home.field("csrf");
    let stolen = Browser::of(&house);
    let refused = stolen.post("/account/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(
        refused.location(),
        "/account/sign-in?next=%2Faccount%2Fsign%2Dout"
    );
    let out = browser.post("/account/sign-out", &[("csrf", &csrf)]).await;
    assert_eq!(out.location(), "/account/sign-in");
    assert_eq!(browser.get("/account").await.status(), 303);
}

#[tokio::test]
async fn pages_run_no_script_and_are_kept_by_nobody() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    let browser = Browser::of(&house);
    browser.sign_in("ada", PASSWORD, "").await;
    for path in [
        "/account",
        "/account/family",
        "/account/apps",
        "/account/access-log",
        "/account/terms",
        "/account/sign-in?again=1",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status(), 200, "{path}");
        let policy = page.reply.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{policy}"
        );
        assert_eq!(page.reply.header("cache-control"), "no-store");
        assert!(
            !page.html.contains("<script") && !page.html.contains("style="),
            "{path}"
        );
        assert!(
            page.html.contains("<html lang=\"en\">") && page.html.contains("<h1>"),
            "{path}"
        );
    }
}
