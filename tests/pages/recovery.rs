//! Finding the way back in: nothing is told to strangers, and a link by mail alone opens nothing.

use super::browser::{Browser, Page};
use super::opening::{PASSWORD, link_in};
use crate::support::House;

const MAIL: &str = "ivy@mail.example";
const NEW: &str = "nine brown owls at night";

/// Ivy, who opened her account herself and confirmed her address.
async fn house() -> (House, Browser) {
    let house = House::with_people().await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let browser = Browser::of(&house);
    let code = house.activation_code("ivy").await;
    browser.show_code(&code, "1990-05-17", "06457").await;
    let chosen = browser.choose("ivy.green", MAIL).await;
    browser.accept_terms(&chosen.location()).await;
    let mail = house.newest_mail(MAIL).await.unwrap();
    browser.confirm_address(&mail.text).await;
    (house, browser)
}

async fn ask(browser: &Browser, what: &str, field: &str, value: &str) -> Page {
    let page = browser.get("/account/recover").await;
    let fields = [("csrf", &*page.field("csrf")), (field, value)];
    let path = format!("/account/recover/{what}");
    browser.post(&path, &fields).await
}

async fn choose(browser: &Browser, link: &str, proof: (&str, &str)) -> Page {
    let page = browser.get(link).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("link", &page.field("link")),
        proof,
        ("password", NEW),
        ("password_repeat", NEW),
    ];
    browser.post("/account/recover/new-password", &fields).await
}

fn plain(page: &Page) -> String {
    page.html.replace(&page.field("csrf"), "")
}

#[tokio::test]
async fn a_link_and_the_answer_set_a_password_and_end_every_session_and_token() {
    let (house, own) = house().await;
    let token = house.patient_token_of("ivy").await;
    let app = house.bearer(&token);
    app.get("/fhir/Patient/ivy").await.expect(200);
    let stranger = Browser::of(&house);
    let asked = ask(&stranger, "password", "username", "IVY.green").await;
    let nobody = ask(&stranger, "password", "username", "nobody.here").await;
    assert_eq!((asked.status(), plain(&asked)), (200, plain(&nobody)));
    let mail = house.newest_mail(MAIL).await.unwrap();
    let link = link_in(&mail.text);
    let page = stranger.get(&link).await;
    assert!(page.html.contains("What did you want to become?"));
    let wrong = choose(&stranger, &link, ("security_answer", "a cook")).await;
    assert_eq!(wrong.status(), 422);
    app.get("/fhir/Patient/ivy").await.expect(200);
    let done = choose(&stranger, &link, ("security_answer", "a PILOT!")).await;
    assert_eq!(done.location(), "/account/sign-in?done=password");
    assert_eq!(own.get("/account").await.status(), 303);
    app.get("/fhir/Patient/ivy").await.expect(401);
    let told = house.newest_mail(MAIL).await.unwrap();
    assert_eq!(told.subject, "How you sign in was changed");
    assert_eq!(stranger.get(&link).await.status(), 410);
    assert_eq!(own.sign_in("ivy.green", PASSWORD, "").await.status(), 401);
    assert_eq!(own.sign_in("ivy.green", NEW, "").await.status(), 303);
}

#[tokio::test]
async fn five_wrong_answers_use_a_link_up() {
    let (house, _) = house().await;
    let browser = Browser::of(&house);
    ask(&browser, "password", "username", "ivy.green").await;
    let link = link_in(&house.newest_mail(MAIL).await.unwrap().text);
    for _ in 0..4 {
        let wrong = choose(&browser, &link, ("security_answer", "a cook")).await;
        assert_eq!(wrong.status(), 422);
    }
    let wrong = choose(&browser, &link, ("security_answer", "a cook")).await;
    assert_eq!(wrong.status(), 410);
    assert_eq!(browser.get(&link).await.status(), 410);
}

#[tokio::test]
async fn with_a_second_factor_its_code_is_asked_for_and_not_the_question() {
    let (house, _) = house().await;
    let account = house.account_of("ivy").await.unwrap();
    let secret = super::second_factor::with_totp(&house, &account.id).await;
    let browser = Browser::of(&house);
    ask(&browser, "password", "username", "ivy.green").await;
    let link = link_in(&house.newest_mail(MAIL).await.unwrap().text);
    assert!(!browser.get(&link).await.html.contains("What did you want"));
    let answered = choose(&browser, &link, ("security_answer", "A pilot")).await;
    assert_eq!(answered.status(), 422);
    let done = choose(&browser, &link, ("code", &house.code_of(&secret))).await;
    assert_eq!(done.status(), 303, "{}", done.html);
}

#[tokio::test]
async fn a_link_alone_is_never_enough_and_ends_after_half_an_hour() {
    let house = House::with_people().await;
    house.with_password("ada").await;
    house.with_mail("account-ada").await;
    let browser = Browser::of(&house);
    ask(&browser, "password", "username", "ada").await;
    let mail = house.newest_mail("person@mail.example").await.unwrap();
    let link = link_in(&mail.text);
    let page = browser.get(&link).await;
    assert!(page.html.contains("One more proof is needed"));
    let csrf = browser.get("/account/recover").await.field("csrf");
    let secret = link.split("link=").nth(1).unwrap();
    let fields = [
        ("csrf", csrf.as_str()),
        ("link", secret),
        ("security_answer", ""),
        ("password", NEW),
        ("password_repeat", NEW),
    ];
    let forced = browser.post("/account/recover/new-password", &fields).await;
    assert_eq!(forced.status(), 422);
    house.clock.advance_seconds(30 * 60);
    assert_eq!(browser.get(&link).await.status(), 410);
}

#[tokio::test]
async fn a_username_goes_to_the_proven_address_only_and_asking_is_slowed_down() {
    let (house, _) = house().await;
    let browser = Browser::of(&house);
    let known = ask(&browser, "username", "email", "IVY@mail.example").await;
    let unknown = ask(&browser, "username", "email", "eve@mail.example").await;
    assert_eq!(plain(&known), plain(&unknown));
    let mail = house.newest_mail(MAIL).await.unwrap();
    assert!(mail.subject == "Your username" && mail.text.contains("ivy.green"));
    assert!(house.newest_mail("eve@mail.example").await.is_none());
    for _ in 0..5 {
        ask(&browser, "username", "email", MAIL).await;
    }
    let all = house.storage.mail().list(100).await.unwrap();
    let sent = all.iter().filter(|mail| mail.subject == "Your username");
    assert_eq!(sent.count(), 3);
}
