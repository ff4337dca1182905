//! What was begun before a way in was shut: forms that lie open, answers read page by page, forms sent again.

use super::{app, close, house, signed_in, state, why};
use crate::pages::browser::{Browser, Page};
use crate::support::House;

const REVOKE: &str = "/fhir/Patient/ada/$account-revoke";

/// Says on the privacy page whether other organizations are refused, with this token of a form.
async fn choose(browser: &Browser, csrf: &str, on: &str) -> Page {
    let fields = [
        ("csrf", csrf),
        ("patient", "ada"),
        ("choice", "exchange"),
        ("on", on),
    ];
    browser.post("/account/privacy", &fields).await
}

/// How many Consents of ada's say so.
async fn chosen(house: &House) -> usize {
    let found = "/fhir/Consent?patient=ada&status=active&category=exchange";
    house.backend().await.get(found).await.ids(None).len()
}

#[tokio::test]
async fn a_form_that_lies_open_does_nothing_once_the_account_is_taken_away() {
    let house = house().await;
    let ada = signed_in(&house, "ada").await;
    let csrf = ada.get("/account/privacy").await.field("csrf");
    choose(&ada, &csrf, "yes").await;
    assert_eq!(chosen(&house).await, 1);
    let him = house.staff("him").await;
    him.post(REVOKE, why(&[])).await.expect(200);
    let sent = choose(&ada, &csrf, "no").await;
    assert!(sent.location().starts_with("/account/sign-in"));
    assert_eq!(chosen(&house).await, 1);
}

#[tokio::test]
async fn the_next_page_of_an_answer_is_not_given_to_whom_the_way_in_was_shut_meanwhile() {
    let house = house().await;
    let (app, _) = app(&house).await;
    let first = app
        .get("/fhir/Observation?patient=ada&_count=1")
        .await
        .expect(200)
        .json();
    let links = first["link"].as_array().unwrap();
    let next = links
        .iter()
        .find(|link| link["relation"] == "next")
        .unwrap();
    let next = next["url"].as_str().unwrap();
    let next = &next[next.find("/fhir").unwrap()..];
    app.get(next).await.expect(200);
    let ada = signed_in(&house, "ada").await;
    close(&ada, "no").await;
    app.get(next).await.expect(401);
}

#[tokio::test]
async fn a_form_of_another_session_is_not_used_and_one_sent_again_closes_nothing_anew() {
    let house = house().await;
    let ada = signed_in(&house, "ada").await;
    let old = ada.get("/account/privacy").await.field("csrf");
    let again = signed_in(&house, "ada").await;
    let refused = choose(&again, &old, "yes").await;
    assert_eq!(refused.status(), 403);
    let csrf = again.get("/account/close").await.field("csrf");
    close(&again, "no").await;
    assert_eq!(state(&house, "account-ada").await, "deactivated");
    let fields = [("csrf", &*csrf), ("sure", "yes"), ("keep", "no")];
    let replayed = again.post("/account/close", &fields).await;
    assert!(replayed.location().starts_with("/account/sign-in"));
    // Neither is the other session's own form good any more.
    let sent = choose(&ada, &old, "yes").await;
    assert!(sent.location().starts_with("/account/sign-in"));
}
