//! A minor hands in the order by which a court emancipated them, and is told what came of it.

use serde_json::{Value, json};
use storage::accounts::Kind;

use super::requesting::{decision, paper};
use super::{OWN, params};
use crate::support::House;

const MAIL: &str = "cleo@example.org";
const VERIFY: &str = "/fhir/Patient/cleo/$verify-emancipation";

async fn house() -> House {
    let house = House::under("ct-exemplar").await;
    house.fill().await;
    let cleo = house.account("cleo", Kind::Patient).await;
    house.mail_to(&cleo, MAIL).await;
    let ada = house.account("ada", Kind::Patient).await;
    house.mail_to(&ada, "ada@example.org").await;
    house
}

/// Cleo hands her order in; the Task.
async fn hand_in(house: &House) -> String {
    let cleo = house.patient_with("cleo", OWN).await;
    let order = params(&[("document", "valueAttachment", paper())]);
    let asked = cleo.post(VERIFY, order).await.expect(200).json();
    let task = asked["parameter"][0]["valueReference"]["reference"].as_str();
    task.unwrap().to_owned()
}

async fn decide(house: &House, task: &str, verdict: &str) {
    let him = house.staff("him").await;
    let why = [("reason", "valueString", json!("The second page is cut"))];
    him.post(
        &format!("/fhir/{task}/$proxy-decide"),
        decision(verdict, &why),
    )
    .await
    .expect(200);
}

async fn newest(house: &House) -> String {
    house.mails(MAIL).await.last().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_missing_is_handed_in_to_the_same_order_and_each_answer_comes_by_mail() {
    let house = house().await;
    let task = hand_in(&house).await;
    let cleo = house.patient_with("cleo", OWN).await;
    let order = || params(&[("document", "valueAttachment", paper())]);
    cleo.post(VERIFY, order()).await.expect(422);
    decide(&house, &task, "ask").await;
    assert!(newest(&house).await.contains("need a little more"));
    assert_eq!(hand_in(&house).await, task, "the same request goes on");
    let stored = &house.found(&format!("Task?_id={}", &task[5..])).await[0];
    assert_eq!(stored["status"], "requested");
    let papers = stored["input"].as_array().unwrap().iter();
    let papers = papers.filter(|it| it["valueReference"].is_object());
    assert_eq!(papers.count(), 2);
    decide(&house, &task, "approve").await;
    assert!(newest(&house).await.contains("is accepted"));
    // Nobody else hears of it, and no mail says what the paper is.
    assert!(house.mails("ada@example.org").await.is_empty());
    for mail in house.mails(MAIL).await {
        for word in ["court", "emancipat", "cut"] {
            assert!(!mail.to_lowercase().contains(word), "{mail}");
        }
    }
}

#[tokio::test]
async fn an_order_that_is_not_accepted_may_be_handed_in_again() {
    let house = house().await;
    let task = hand_in(&house).await;
    decide(&house, &task, "reject").await;
    assert!(newest(&house).await.contains("could not accept it"));
    assert_ne!(hand_in(&house).await, task);
    let open: Vec<Value> = house
        .found("Task?patient=cleo&code=emancipation-verification&status=requested")
        .await;
    assert_eq!(open.len(), 1);
}
