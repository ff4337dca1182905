//! The family pages: inviting and answering, asking with a paper, changing, ending, and what comes by itself.

use serde_json::json;
use storage::accounts::Kind;

use super::browser::{Browser, PASSWORD};
use crate::support::House;

async fn house() -> House {
    let house = House::with_people().await;
    for person in ["ada", "dan"] {
        house.with_password(person).await;
        let account = house.account(person, Kind::Patient).await;
        let mail = format!("{person}@example.org");
        let accounts = house.storage.accounts();
        assert!(accounts.set_email(&account, Some(&mail)).await.unwrap());
    }
    house
}

async fn signed_in(house: &House, person: &str) -> Browser {
    let browser = Browser::of(house);
    assert_eq!(browser.sign_in(person, PASSWORD, "").await.status(), 303);
    browser
}

/// The path of the answer page in the newest mail to dan.
async fn link(house: &House) -> String {
    let mails = house.storage.mail().list(50).await.unwrap();
    let mail = mails
        .iter()
        .find(|it| it.to == "dan@example.org" && it.text.contains("code="));
    let text = &mail.unwrap().text;
    let at = text.find("/account/family/answer").unwrap();
    text[at..].split_whitespace().next().unwrap().to_owned()
}

#[tokio::test]
async fn an_invitation_goes_by_mail_and_is_answered_on_a_page() {
    let house = house().await;
    let ada = signed_in(&house, "ada").await;
    let page = ada.get("/account/family/invite").await;
    assert_eq!(page.status(), 200, "{}", page.html);
    // What acting for somebody shows is said before it is given.
    let warning = "such as HIV, mental health and drug and alcohol treatment";
    assert!(page.html.contains(warning), "{}", page.html);
    let csrf = page.field("csrf");
    let mut fields = vec![
        ("csrf", &*csrf),
        ("given", "Dan"),
        ("family", "Cole"),
        ("email", "ada@example.org"),
        ("relationship", "SPS"),
        ("level", "view-all"),
    ];
    let wrong = ada.post("/account/family/invite", &fields).await;
    assert_eq!(wrong.status(), 422);
    assert!(wrong.html.contains("your own address") && wrong.html.contains("value=\"Dan\""));
    fields[3].1 = "dan@example.org";
    let sent = ada.post("/account/family/invite", &fields).await;
    assert_eq!(sent.location(), "/account/family?done=invited");
    assert!(
        ada.get("/account/family")
            .await
            .html
            .contains("has not answered yet")
    );
    let link = link(&house).await;
    // Whoever is not signed in is led through the sign-in page and back, and sees nobody's name before.
    let stranger = Browser::of(&house).get(&link).await;
    let back = web::session::sign_in_address(&link);
    assert!(stranger.html.contains(&back.replace('&', "&#38;")));
    assert!(!stranger.html.contains("Ada"), "{}", stranger.html);
    let dan = signed_in(&house, "dan").await;
    let page = dan.get(&link).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    assert!(page.html.contains("asks you to act for them"));
    let (csrf, code) = (page.field("csrf"), page.field("code"));
    let yes = [("csrf", &*csrf), ("code", &*code), ("decision", "accept")];
    let refused = dan.post("/account/family/answer", &yes).await;
    assert_eq!(refused.status(), 422);
    let yes = [yes.to_vec(), vec![("attest", "yes")]].concat();
    let done = dan.post("/account/family/answer", &yes).await;
    assert_eq!(
        done.location(),
        "/account/family?done=accepted",
        "{}",
        done.html
    );
    let again = dan.post("/account/family/answer", &yes).await;
    assert_eq!(again.status(), 404);
    let own = ada.get("/account/family").await;
    assert!(
        own.html.contains("See everything, change nothing"),
        "{}",
        own.html
    );
}

#[tokio::test]
async fn a_request_takes_a_paper_and_says_the_same_for_anybody() {
    let house = house().await;
    let dan = signed_in(&house, "dan").await;
    for (given, born) in [("Ben", "2015-01-20"), ("Nobody", "2015-01-20")] {
        let csrf = dan.get("/account/family/request").await.field("csrf");
        let fields = [
            ("csrf", &*csrf),
            ("given", given),
            ("family", "Moss"),
            ("birth_date", born),
            ("relationship", "parent/FTH"),
            ("attest", "yes"),
        ];
        let paper = ("document", "order.pdf", &b"%PDF-1.7 paper"[..]);
        let sent = dan.send("/account/family/request", &fields, &[paper]).await;
        assert_eq!(
            sent.location(),
            "/account/family?done=asked",
            "{}",
            sent.html
        );
    }
    let page = dan.get("/account/family").await;
    assert_eq!(page.html.matches("We are looking at it").count(), 2);
    let csrf = dan.get("/account/family/request").await.field("csrf");
    let fields = [
        ("csrf", &*csrf),
        ("given", "Ben"),
        ("family", "Moss"),
        ("birth_date", "2015-01-20"),
        ("relationship", "parent/FTH"),
        ("attest", "yes"),
    ];
    let script = ("document", "a.pdf", &b"<html>"[..]);
    let refused = dan
        .send("/account/family/request", &fields, &[script])
        .await;
    assert_eq!(refused.status(), 422);
    assert!(
        refused.html.contains("A PDF, or a picture"),
        "{}",
        refused.html
    );
    let foreign = [("csrf", "x"), ("given", "Ben")];
    assert_eq!(
        dan.send("/account/family/request", &foreign, &[])
            .await
            .status(),
        403
    );
}

#[tokio::test]
async fn what_comes_by_itself_is_shown_with_its_days() {
    let house = house().await;
    let ada = signed_in(&house, "ada").await;
    let page = ada.get("/account/family/preview?patient=ben").await;
    assert_eq!(page.status(), 200, "{}", page.html);
    for day in [
        "Today",
        "January 20, 2028",
        "January 20, 2033",
        "90, 30 and 7 days",
    ] {
        assert!(page.html.contains(day), "{day}: {}", page.html);
    }
    assert_eq!(
        ada.get("/account/family/preview?patient=dan")
            .await
            .status(),
        404
    );
    assert_eq!(
        ada.get("/account/family/preview?patient=ada")
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn a_grant_is_changed_ended_and_given_up_on_pages() {
    let house = house().await;
    house.adult_proxy("full", None).await;
    let (ada, dan) = (
        signed_in(&house, "ada").await,
        signed_in(&house, "dan").await,
    );
    let path = "/account/family/grant?id=dan-for-ada";
    assert_eq!(dan.get(path).await.status(), 404);
    let page = ada.get(path).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    let csrf = page.field("csrf");
    let fields = [
        ("csrf", &*csrf),
        ("id", "dan-for-ada"),
        ("level", "scheduling-billing"),
        ("end", "2026-01-01"),
    ];
    let wrong = ada.post("/account/family/grant", &fields).await;
    assert_eq!(wrong.status(), 422);
    let saved = ada.post("/account/family/grant", &fields[..3]).await;
    assert_eq!(
        saved.location(),
        "/account/family?done=changed",
        "{}",
        saved.html
    );
    assert!(
        ada.get("/account/family")
            .await
            .html
            .contains("Appointments and bills only")
    );
    let leave = dan.get("/account/family/leave?id=dan-for-ada").await;
    assert_eq!(leave.status(), 200);
    let (own, other) = (leave.field("csrf"), "ada-for-ben");
    let foreign = dan
        .post("/account/family/leave", &[("csrf", &*own), ("id", other)])
        .await;
    assert_eq!(foreign.status(), 404);
    let end = [("csrf", &*csrf), ("id", other)];
    assert_eq!(ada.post("/account/family/end", &end).await.status(), 404);
    let left = [("csrf", &*own), ("id", "dan-for-ada")];
    let left = dan.post("/account/family/leave", &left).await;
    assert_eq!(left.location(), "/account/family?done=left");
    assert!(
        !ada.get("/account/family")
            .await
            .html
            .contains("dan-for-ada")
    );
}

#[tokio::test]
async fn a_request_is_answered_by_the_patient_on_a_page() {
    let house = house().await;
    house
        .put(
            &json!({"resourceType": "Patient", "id": "ada", "birthDate": "1984-02-03",
            "address": [{"postalCode": "06457"}],
            "name": [{"given": ["Ada"], "family": "Moss"}]}),
        )
        .await;
    let dan = signed_in(&house, "dan").await;
    let csrf = dan.get("/account/family/request").await.field("csrf");
    let fields = [
        ("csrf", &*csrf),
        ("given", "Ada"),
        ("family", "Moss"),
        ("birth_date", "1984-02-03"),
        ("postal_code", "06457"),
        ("relationship", "adult/SIB"),
        ("level", "view-all"),
        ("attest", "yes"),
    ];
    dan.post("/account/family/request", &fields).await;
    let ada = signed_in(&house, "ada").await;
    let page = ada.get("/account/family").await;
    let path = page
        .html
        .split("/account/family/waiting?task=")
        .nth(1)
        .unwrap();
    let task = path.split('"').next().unwrap().to_owned();
    let page = ada
        .get(&format!("/account/family/waiting?task={task}"))
        .await;
    assert_eq!(page.status(), 200, "{}", page.html);
    assert!(page.html.contains("brother or sister"));
    let csrf = page.field("csrf");
    let fields = [
        ("csrf", &*csrf),
        ("task", &*task),
        ("level", "view-all"),
        ("decision", "accept"),
    ];
    assert_eq!(
        dan.post("/account/family/waiting", &fields).await.status(),
        403
    );
    let agreed = ada.post("/account/family/waiting", &fields).await;
    assert_eq!(
        agreed.location(),
        "/account/family?done=agreed",
        "{}",
        agreed.html
    );
    assert!(
        dan.get("/account/family")
            .await
            .html
            .contains("What you see, and when it changes")
    );
}

#[tokio::test]
async fn a_minor_hands_in_the_order_of_a_court_and_lets_nobody_in_before() {
    let house = House::under("ct-exemplar").await;
    house.fill().await;
    house.with_password("cleo").await;
    let cleo = signed_in(&house, "cleo").await;
    let page = cleo.get("/account/family").await;
    assert!(
        page.html.contains("A court has emancipated me"),
        "{}",
        page.html
    );
    assert!(!page.html.contains("/account/family/invite"));
    const PATH: &str = "/account/family/emancipation";
    let page = cleo.get(PATH).await;
    let csrf = page.field("csrf");
    let without = cleo.send(PATH, &[("csrf", &csrf)], &[]).await;
    assert_eq!(without.status(), 422, "{}", without.html);
    let order: (&str, &str, &[u8]) = ("document", "order.pdf", b"%PDF-1.7 order");
    let sent = cleo.send(PATH, &[("csrf", &csrf)], &[order]).await;
    assert_eq!(sent.location(), "/account/family?done=order");
    let tasks = house
        .found("Task?patient=cleo&code=emancipation-verification")
        .await;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0]["status"], "requested");
    assert!(tasks[0]["restriction"]["period"]["end"].is_string());
    let again = cleo.send(PATH, &[("csrf", &csrf)], &[order]).await;
    assert_eq!(again.status(), 422);
    let page = cleo.get("/account/family").await;
    assert!(page.html.contains("We are looking at your court’s order"));
    // Her parents learn nothing of it.
    house.with_password("ada").await;
    let ada = signed_in(&house, "ada").await;
    assert!(!ada.get("/account/family").await.html.contains("order"));
    // Whoever is of age has no use for it.
    assert!(
        !ada.get("/account/family")
            .await
            .html
            .contains("emancipated me")
    );
    assert_eq!(ada.get(PATH).await.status(), 404);
    let csrf = ada.get("/account/family/request").await.field("csrf");
    let hers = ada.send(PATH, &[("csrf", &csrf)], &[order]).await;
    assert_eq!(hers.status(), 404);
    assert!(cleo.get(PATH).await.html.contains("Your order is with us."));
}
