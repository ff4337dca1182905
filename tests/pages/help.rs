//! Help and support as people use it, signed in or not; and the quick start guide.

use super::browser::{Browser, Page};
use crate::support::House;

const HELP: &str = "/account/help";
const TICKET: &str = "/account/help/ticket";

async fn ask(browser: &Browser, text: &str, contact: &str, calm: bool) -> Page {
    let page = browser.get(HELP).await;
    let calm = if calm { "yes" } else { "" };
    let fields = [
        ("csrf", &*csrf(&page)),
        ("category", "login"),
        ("text", text),
        ("contact", contact),
        ("calm", calm),
    ];
    browser.post(HELP, &fields).await
}

/// The token of the page's own form, which stands after the one to sign out.
fn csrf(page: &Page) -> String {
    let rest = page.html.rsplit("name=\"csrf\" value=\"").next().unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn number(page: &Page) -> String {
    let at = page.html.find("ticket is <strong>").unwrap() + 18;
    page.html[at..at + 11].to_owned()
}

async fn look(browser: &Browser, number: &str, contact: &str) -> Page {
    let page = browser.get(TICKET).await;
    let fields = [
        ("csrf", &*csrf(&page)),
        ("number", number),
        ("contact", contact),
    ];
    browser.post(TICKET, &fields).await
}

#[tokio::test]
async fn hours_and_number_are_the_packs_and_nobody_need_sign_in() {
    let house = House::with_people().await;
    let page = Browser::of(&house).get(HELP).await;
    assert_eq!(page.status(), 200);
    for said in [
        "860-358-4111",
        "8:00 AM to 5:00 PM",
        "3 business days",
        "911",
    ] {
        assert!(page.html.contains(said), "{said}");
    }
}

#[tokio::test]
async fn a_question_without_sign_in_gets_a_number_that_opens_its_answer() {
    let house = House::with_people().await;
    let browser = Browser::of(&house);
    let sent = ask(&browser, "My code does not work", "Kim@Mail.Example", false).await;
    assert_eq!(sent.status(), 200, "{}", sent.html);
    let number = number(&sent);
    let shown = look(&browser, &number.to_lowercase(), "kim@mail.example").await;
    assert_eq!(shown.status(), 200, "{}", shown.html);
    assert!(shown.html.contains("My code does not work"));
    let wrong = look(&browser, &number, "eve@mail.example").await;
    let never = look(&browser, "AAAAA-BBBBB", "eve@mail.example").await;
    assert_eq!((wrong.status(), never.status()), (422, 422));
    let plain = |page: &Page| {
        page.html
            .replace(&page.field("number"), "")
            .replace(&csrf(page), "")
    };
    assert_eq!(plain(&wrong), plain(&never));
    // Guessing is counted, and looks the same.
    let guesser = Browser::of(&house).from("203.0.113.9");
    for _ in 0..12 {
        look(&guesser, &number, "eve@mail.example").await;
    }
    assert_eq!(
        look(&guesser, &number, "kim@mail.example").await.status(),
        422
    );
}

#[tokio::test]
async fn danger_comes_before_everything_and_health_goes_to_the_practice() {
    let house = House::with_people().await;
    let browser = Browser::of(&house);
    let alarm = ask(
        &browser,
        "my son is not breathing",
        "kim@mail.example",
        false,
    )
    .await;
    assert!(alarm.html.contains("tel:911") && !alarm.html.contains("ticket is"));
    let kept = house
        .backend()
        .await
        .get("/fhir/Task?code=support-ticket")
        .await;
    assert_eq!(kept.expect(200).ids(None).len(), 0);
    let calm = ask(
        &browser,
        "my phone app passed out at the login page",
        "kim@mail.example",
        true,
    );
    assert!(calm.await.html.contains("ticket is"));
    let health = ask(
        &browser,
        "I have a rash since Monday",
        "kim@mail.example",
        false,
    )
    .await;
    assert!(
        health.html.contains("question for your practice"),
        "{}",
        health.html
    );
}

#[tokio::test]
async fn somebody_signed_in_sees_their_tickets_and_adds_to_them() {
    let house = House::with_people().await;
    house.account("ada", storage::accounts::Kind::Patient).await;
    house.with_password("ada").await;
    let browser = Browser::of(&house);
    browser.sign_in("ada", super::browser::PASSWORD, HELP).await;
    let sent = ask(&browser, "The page is blank", "860-555-0123", false).await;
    let number = number(&sent);
    assert!(browser.get(HELP).await.html.contains(&number));
    let page = browser.get(&format!("{TICKET}?number={number}")).await;
    let fields = [
        ("csrf", &*csrf(&page)),
        ("number", &number),
        ("contact", ""),
        ("adds", "yes"),
        ("more", "Only in the evening <b>"),
    ];
    let added = browser.post(TICKET, &fields).await;
    assert!(
        added.html.contains("Only in the evening &#60;b&#62;"),
        "{}",
        added.html
    );
    // What was asked signed in is not found by number and contact.
    let stranger = Browser::of(&house);
    assert_eq!(look(&stranger, &number, "860-555-0123").await.status(), 422);
    let empty = [fields[0], fields[1], fields[2], fields[3], ("more", " ")];
    assert_eq!(browser.post(TICKET, &empty).await.status(), 422);
}

#[tokio::test]
async fn the_quick_start_guide_is_there_for_everybody_and_says_what_the_pack_says() {
    let house = House::with_people().await;
    let page = Browser::of(&house).get("/account/quick-start").await;
    assert_eq!(page.status(), 200);
    for said in [
        "30 days",
        "from the age of 18",
        "within 2 business days",
        "/account/sign-up",
    ] {
        assert!(page.html.contains(said), "{said}");
    }
    let landing = Browser::of(&house).get("/").await;
    assert!(landing.html.contains("/account/quick-start"));
}
