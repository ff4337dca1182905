//! How a link ends, and that everything that is over looks like what never was.

use access::standing::Agent;
use jiff::SignedDuration;
use serde_json::json;
use storage::links::Whose;

use super::receiver::Receiver;
use super::{ALL, house, link};
use crate::support::{House, Reply};

async fn unknown(house: &House) -> Reply {
    let path = format!("/shl/{}", "A".repeat(43));
    let asked = json!({"recipient": "Dr. Gray"});
    house.anonymous().post(&path, asked).await.expect(404)
}

/// It is over, and looks like what never was.
async fn is_over(house: &House, receiver: &Receiver, why: &str) {
    let (over, unknown) = (receiver.asks().await, unknown(house).await);
    assert_eq!(over.status, 404, "{why}: {}", over.text());
    assert_eq!(over.body, unknown.body, "{why}");
}

async fn end(house: &House, id: &str) -> Reply {
    let ada = house.patient_with("ada", ALL).await;
    let link =
        json!({"resourceType": "Parameters", "parameter": [{"name": "link", "valueId": id}]});
    ada.post("/fhir/Patient/ada/$end-share", link).await
}

#[tokio::test]
async fn an_ended_link_is_over_on_every_node_at_once() {
    let house = house().await;
    let other = house.node().await;
    let (id, receiver) = link(&house, &[]).await;
    let there = |request| async { other.anonymous().post(&receiver.path(), request).await };
    let asked = || json!({"recipient": "Dr. Gray"});
    there(asked()).await.expect(200);
    assert!(end(&house, &id).await.expect(200).text().contains("true"));
    there(asked()).await.expect(404);
    is_over(&house, &receiver, "ended").await;
    assert!(end(&house, &id).await.expect(200).text().contains("false"));
    end(&house, "nobody").await.expect(404);
}

#[tokio::test]
async fn a_link_ends_with_its_time_its_consent_its_makers_account_and_by_request() {
    let house = house().await;
    let ada = house.patient_with("ada", ALL).await;
    let (id, by_consent) = link(&house, &[]).await;
    let kept = house.storage.links().find(&id).await.unwrap().unwrap();
    let path = format!("/fhir/Consent/{}", kept.consent);
    let mut consent = ada.get(&path).await.expect(200).json();
    assert_eq!(consent["category"][0]["coding"][0]["code"], "link");
    consent["status"] = json!("inactive");
    ada.put(&path, consent).await.expect(200);
    is_over(&house, &by_consent, "its Consent was withdrawn").await;

    let (_, of_all) = link(&house, &[]).await;
    let deny = json!({"resourceType": "Consent", "status": "active",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": access::vocabulary::CONSENT_KIND, "code": "link"}]}],
        "patient": {"reference": "Patient/ada"}, "policyRule": {"text": "No links"},
        "provision": {"type": "deny"}});
    let denied = ada.post("/fhir/Consent", deny).await.expect(201).json();
    is_over(&house, &of_all, "nothing goes out by link").await;
    let mut denied = denied;
    denied["status"] = json!("inactive");
    let path = format!("/fhir/Consent/{}", denied["id"].as_str().unwrap());
    ada.put(&path, denied).await.expect(200);
    of_all.asks().await.expect(200);

    let (_, by_account) = link(&house, &[]).await;
    let accounts = house.storage.accounts();
    let deactivated = access::actor::Account::Deactivated;
    accounts
        .set_state("account-ada", deactivated)
        .await
        .unwrap();
    is_over(&house, &by_account, "its maker's account is closed").await;
    let active = access::actor::Account::Active;
    accounts.set_state("account-ada", active).await.unwrap();
    by_account.asks().await.expect(200);

    let (pack, now) = (house.web.pack.clone(), house.now());
    let whose = Whose::Account("account-ada");
    let agent = Agent::default();
    let ended = workflows::links::end_all(&house.storage, &pack, agent, whose, now);
    assert!(ended.await.unwrap() >= 2);
    is_over(&house, &by_account, "all were ended").await;

    let (_, by_time) = link(&house, &[]).await;
    house
        .clock
        .set(Some(house.now() + SignedDuration::from_hours(24 * 7 - 1)));
    by_time.asks().await.expect(200);
    house.clock.advance_seconds(3_600);
    is_over(&house, &by_time, "its time is over").await;
}

#[tokio::test]
async fn wrong_passcodes_are_counted_for_life_and_many_at_once_are_not_more() {
    let house = house().await;
    let (_, receiver) = link(&house, &[("passcode", json!("2468"))]).await;
    let ask = |passcode: &str| receiver.ask(json!({"recipient": "Dr. Gray", "passcode": passcode}));
    let missing = receiver.asks().await.expect(401).json();
    assert_eq!(missing, json!({"remainingAttempts": 10}));
    let wrong = ask("1357").await.expect(401).json();
    assert_eq!(wrong, json!({"remainingAttempts": 9}));
    // The right one gives back nothing that was lost.
    ask("2468").await.expect(200);
    assert_eq!(ask("1357").await.json()["remainingAttempts"], 8);
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (nobody, path) = (house.anonymous(), receiver.path());
        let guess = json!({"recipient": "Dr. Gray", "passcode": "1357"});
        guesses.spawn(async move { nobody.post(&path, guess).await.status.as_u16() });
    }
    let statuses = guesses.join_all().await;
    let looked_at = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!(looked_at, 8, "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 401 | 404)));
    let last = ask("2468").await;
    assert_eq!(
        (last.status.as_u16(), last.body),
        (404, unknown(&house).await.body)
    );
}

#[tokio::test]
async fn a_link_that_is_over_asks_for_no_passcode() {
    let house = house().await;
    let (id, receiver) = link(&house, &[("passcode", json!("2468"))]).await;
    end(&house, &id).await.expect(200);
    is_over(&house, &receiver, "ended").await;
}

#[tokio::test]
async fn a_link_opened_again_and_again_is_told_to_wait() {
    let house = house().await;
    let (id, receiver) = link(&house, &[]).await;
    let throttle = house.storage.throttle();
    let key = format!("share-link:{id}");
    for _ in 0..workflows::links::opening::OPENINGS_MAX {
        assert!(throttle.allow(&key, 120, 3_600, house.now()).await.unwrap());
    }
    let reply = receiver.asks().await.expect(429);
    assert_eq!(reply.header("retry-after"), "600");
    house.clock.advance_seconds(3_600);
    receiver.asks().await.expect(200);
}
