//! Asking for a code online, and addresses that a teenager and a parent would share.

use access::Pack;
use serde_json::json;

use super::browser::{Browser, Page};
use super::opening::link_in;
use crate::support::House;

const REQUEST: &str = "/account/sign-up/request";

async fn ask(browser: &Browser, given: &str, birth_date: &str, email: &str) -> Page {
    let page = browser.get(REQUEST).await;
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("given_name", given),
        ("family_name", "Green"),
        ("birth_date", birth_date),
        ("postal_code", "06457"),
        ("email", email),
    ];
    browser.post(REQUEST, &fields).await
}

fn plain(page: &Page) -> String {
    assert_eq!(page.status(), 200, "{}", page.html);
    page.html.replace(&page.field("csrf"), "")
}

#[tokio::test]
async fn a_code_goes_to_the_address_on_record_only_and_every_answer_is_the_same() {
    let house = House::with_people().await;
    house
        .with_patient("ivy", "1990-05-17", "ivy@mail.example")
        .await;
    house.with_patient("roy", "1985-01-02", "").await;
    let printed = house.activation_code("ivy").await;
    let browser = Browser::of(&house);
    let known = ask(&browser, "Ivy", "1990-05-17", "thief@evil.example").await;
    let unknown = ask(&browser, "Eve", "1990-05-17", "eve@evil.example").await;
    let unreachable = ask(&browser, "Roy", "1985-01-02", "roy@mail.example").await;
    let all = [plain(&known), plain(&unknown), plain(&unreachable)];
    assert!(all.iter().all(|page| *page == all[0]));
    assert!(house.newest_mail("thief@evil.example").await.is_none());
    let mail = house.newest_mail("ivy@mail.example").await.unwrap();
    let code = mail
        .text
        .lines()
        .find(|line| line.starts_with("    "))
        .unwrap();
    let shown = browser.show_code(code, "1990-05-17", "06457").await;
    assert_eq!(shown.status(), 303);
    // The printed code was not spoiled by whoever asked.
    let other = Browser::of(&house);
    assert_eq!(
        other
            .show_code(&printed, "1990-05-17", "06457")
            .await
            .status(),
        303
    );

    let tasks = house.found("Task?code=identity-review").await;
    assert_eq!(tasks.len(), 2, "Eve and Roy");
    assert!(
        tasks
            .iter()
            .all(|task| task["status"] == "requested" && task["for"].is_null())
    );
    ask(&browser, "Roy", "1985-01-02", "roy@mail.example").await;
    assert_eq!(house.found("Task?code=identity-review").await.len(), 2);
}

#[tokio::test]
async fn a_mailed_code_is_good_for_a_day_and_an_open_account_gets_none() {
    let house = House::with_people().await;
    house
        .with_patient("ivy", "1990-05-17", "ivy@mail.example")
        .await;
    let browser = Browser::of(&house);
    ask(&browser, "Ivy", "1990-05-17", "ivy@mail.example").await;
    let mail = house.newest_mail("ivy@mail.example").await.unwrap();
    let code = mail
        .text
        .lines()
        .find(|line| line.starts_with("    "))
        .unwrap();
    house.clock.advance_seconds(86_400);
    assert_eq!(
        browser
            .show_code(code, "1990-05-17", "06457")
            .await
            .status(),
        422
    );
    browser.open_account(&house, "ivy", "1990-05-17").await;
    let count = house.storage.mail().list(100).await.unwrap().len();
    ask(&browser, "Ivy", "1990-05-17", "ivy@mail.example").await;
    assert_eq!(house.storage.mail().list(100).await.unwrap().len(), count);
}

#[tokio::test]
async fn asking_again_and_again_sends_nothing_more() {
    let house = House::with_people().await;
    house
        .with_patient("ivy", "1990-05-17", "ivy@mail.example")
        .await;
    let browser = Browser::of(&house);
    for _ in 0..6 {
        plain(&ask(&browser, "Ivy", "1990-05-17", "ivy@mail.example").await);
    }
    let sent = house.storage.mail().list(100).await.unwrap();
    assert_eq!(sent.len(), 3);
}

/// Cleo of fifteen, and Ada, her mother, whose account has a mail address.
async fn family() -> (House, House) {
    let before = House::with_people().await;
    before
        .account("ada", storage::accounts::Kind::Patient)
        .await;
    before.with_mail("account-ada").await;
    before
        .with_patient("cleo", "2010-11-05", "person@mail.example")
        .await;
    let pack = Pack::shipped("ct-exemplar").unwrap();
    let house = before.node_under(pack).await;
    (before, house)
}

#[tokio::test]
async fn a_teenager_does_not_get_a_parents_address() {
    let (_before, house) = family().await;
    let browser = Browser::of(&house);
    let code = house.activation_code("cleo").await;
    browser.show_code(&code, "2010-11-05", "06457").await;
    for shared in ["person@mail.example", "Person+cleo@Mail.example"] {
        let refused = browser.choose("cleo.green", shared).await;
        assert_eq!(refused.status(), 422);
        assert!(refused.html.contains("an address of their own"));
    }
    let own = browser.choose("cleo.green", "cleo@mail.example").await;
    assert_eq!(own.status(), 303);
    // Nor is a code for her sent to the address on record: it is her mother's.
    let asked = ask(&browser, "Cleo", "2010-11-05", "cleo@mail.example").await;
    plain(&asked);
    let mail = house.newest_mail("person@mail.example").await;
    assert!(mail.is_none_or(|mail| mail.subject != "Your activation code"));
}

#[tokio::test]
async fn an_address_of_a_related_person_in_the_record_is_caught_and_so_is_one_taken_in_between() {
    let (_before, house) = family().await;
    let backend = house.backend().await;
    let reply = backend.get("/fhir/RelatedPerson/ada-for-cleo").await;
    let mut related = reply.expect(200).json();
    related["telecom"] = json!([{"system": "email", "value": "ada.work@mail.example"}]);
    let path = "/fhir/RelatedPerson/ada-for-cleo";
    backend.put(path, related.to_string()).await.expect(200);
    let browser = Browser::of(&house);
    let code = house.activation_code("cleo").await;
    browser.show_code(&code, "2010-11-05", "06457").await;
    let refused = browser.choose("cleo.green", "ada.work@mail.example").await;
    assert_eq!(refused.status(), 422);
    let chosen = browser.choose("cleo.green", "both@mail.example").await;
    assert_eq!(chosen.status(), 303);
    // Before she follows the link her mother takes the same address.
    let accounts = house.storage.accounts();
    let taken = accounts.set_email("account-ada", Some("both@mail.example"));
    assert!(taken.await.unwrap());
    let mail = house.newest_mail("both@mail.example").await.unwrap();
    let link = link_in(&mail.text);
    assert_eq!(browser.get(&link).await.status(), 200);
    let confirmed = browser.confirm_address(&mail.text).await;
    assert_eq!(confirmed.status(), 409);
    assert_eq!(house.account_of("cleo").await.unwrap().email, None);
}

#[tokio::test]
async fn an_address_is_changed_by_a_link_and_the_old_one_is_told() {
    let house = House::with_people().await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let browser = Browser::of(&house);
    browser.open_account(&house, "ivy", "1990-05-17").await;
    for (address, told) in [
        ("one@mail.example", None),
        ("two@mail.example", Some("one@mail.example")),
    ] {
        let page = browser.get("/account/email/change").await;
        let fields = [("csrf", &*page.field("csrf")), ("email", address)];
        let sent = browser.post("/account/email/change", &fields).await;
        assert!(sent.html.contains("A link is on its way"), "{}", sent.html);
        let before = house.account_of("ivy").await.unwrap().email;
        assert_eq!(before.as_deref(), told);
        let mail = house.newest_mail(address).await.unwrap();
        browser.confirm_address(&mail.text).await;
        let after = house.account_of("ivy").await.unwrap().email;
        assert_eq!(after.as_deref(), Some(address));
    }
    let told = house.newest_mail("one@mail.example").await.unwrap();
    assert!(told.text.contains("was changed to another one"));
    house.clock.advance_seconds(11 * 60);
    let stale = browser.get("/account/email/change").await;
    assert!(stale.location().starts_with("/account/security/prove"));
}
