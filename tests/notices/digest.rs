//! Who is told of what, and how often.

use access::vocabulary::RELEASE_HOLD;
use serde_json::json;
use storage::accounts::Kind;

use super::{house, result};
use crate::support::House;

const ADA: &str = "ada@example.org";
const DAN: &str = "dan@example.org";

#[tokio::test]
async fn a_new_result_is_told_of_once_and_not_what_it_is() {
    let house = house().await;
    house.put(&result("new-glucose", "ada")).await;
    assert_eq!(house.news().await, 1);
    assert_eq!(house.news().await, 0);
    let mails = house.mails(ADA).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].starts_with("There is something new in your account\n"));
    assert!(mails[0].contains("/account/notices"));
    let told = mails[0].replace(&*house.web.base_url, "").to_lowercase();
    for word in [
        "ada",
        "berg",
        "glucose",
        "91",
        "lab",
        "result",
        "test",
        "doctor",
        "wu",
        "2026",
        "june",
        "observation",
        "message",
        "bill",
        "visit",
    ] {
        assert!(!told.contains(word), "{word}: {told}");
    }
    assert_eq!(house.mails(DAN).await.len(), 0);
    // The same look again, after everything was sent.
    house.minutes_later(120);
    assert_eq!(house.news().await, 0);
}

#[tokio::test]
async fn nobody_gets_more_than_one_mail_an_hour() {
    let house = house().await;
    for (minutes, mails) in [(0, 1), (1, 0), (30, 0), (28, 0), (1, 1), (59, 0), (1, 1)] {
        house.minutes_later(minutes);
        let id = format!("r-{}", house.now().as_second());
        house.put(&result(&id, "ada")).await;
        house.put(&result(&format!("{id}-b"), "ben")).await;
        assert_eq!(house.news().await, mails, "{minutes} {}", house.now());
    }
    // What came in the last hour is told of when it is over, in one mail.
    house.put(&result("last", "ada")).await;
    assert_eq!(house.news().await, 0);
    house.minutes_later(60);
    assert_eq!(house.news().await, 1);
    assert_eq!(house.mails(ADA).await.len(), 4);
}

#[tokio::test]
async fn a_birthday_between_the_result_and_the_mail_stops_the_mail() {
    let house = house().await;
    // Ben turns 13 at 05:00 UTC.
    house.move_clock("2028-01-20T04:20:00Z");
    house.put(&result("first", "ben")).await;
    assert_eq!(house.news().await, 1);
    house.move_clock("2028-01-20T04:30:00Z");
    house.put(&result("second", "ben")).await;
    assert_eq!(house.news().await, 0);
    house.move_clock("2028-01-20T05:20:00Z");
    assert_eq!(house.news().await, 0);
    house.put(&result("third", "ben")).await;
    house.minutes_later(120);
    assert_eq!(house.news().await, 0);
    assert_eq!(house.mails(ADA).await.len(), 1);
}

#[tokio::test]
async fn a_parent_is_not_told_of_what_a_parent_may_not_see() {
    let house = house().await;
    // Cleo is 15; of ben's results one rests on his own consent.
    house.put(&result("of-cleo", "cleo")).await;
    let mut own = result("his-own", "ben");
    own["extension"] =
        json!([{"url": access::vocabulary::CONSENT_BASIS, "valueCode": "minor:19a-216"}]);
    house.put(&own).await;
    assert_eq!(house.news().await, 0);
    house.put(&result("plain", "ben")).await;
    assert_eq!(house.news().await, 1);
}

#[tokio::test]
async fn what_is_held_back_is_told_of_when_it_is_let_go() {
    let house = house().await;
    let mut held = result("held", "ada");
    held["extension"] = json!([{"url": RELEASE_HOLD, "extension": [
        {"url": "reason", "valueCode": "harm"},
        {"url": "harm", "valueCode": "life-or-physical-safety"},
        {"url": "by", "valueReference": {"reference": "Practitioner/dr-wu"}},
        {"url": "until", "valueDateTime": "2026-06-16T16:00:00Z"}]}]);
    house.put(&held).await;
    assert_eq!(house.news().await, 0);
    house.move_clock("2026-06-16T15:59:00Z");
    assert_eq!(house.news().await, 0);
    house.move_clock("2026-06-16T16:00:00Z");
    assert_eq!(house.news().await, 1);
}

#[tokio::test]
async fn who_said_no_or_whose_address_is_not_proven_or_came_back_gets_nothing() {
    let house = house().await;
    let ada = house.account("ada", Kind::Patient).await;
    let contacts = house.storage.contacts();
    contacts.set_notify(&ada, false, house.now()).await.unwrap();
    house.put(&result("a", "ada")).await;
    assert_eq!(house.news().await, 0);
    contacts.set_notify(&ada, true, house.now()).await.unwrap();
    // What came before YES was said is not told of afterwards.
    assert_eq!(house.news().await, 0);
    let known = contacts.of(&ada).await.unwrap();
    let unproven = storage::contacts::Contact {
        verified: None,
        ..known
    };
    contacts.save(&ada, &unproven, house.now()).await.unwrap();
    house.put(&result("b", "ada")).await;
    assert_eq!(house.news().await, 0);
    contacts.prove_email(&ada, ADA, house.now()).await.unwrap();
    assert_eq!(
        contacts
            .bounce("ADA@example.org", house.now())
            .await
            .unwrap(),
        1
    );
    house.put(&result("c", "ada")).await;
    assert_eq!(house.news().await, 0);
    contacts.prove_email(&ada, ADA, house.now()).await.unwrap();
    house.put(&result("d", "ada")).await;
    assert_eq!(house.news().await, 1);
}

#[tokio::test]
async fn where_the_organization_writes_to_everybody_who_did_not_say_no() {
    let house = House::under("uconn").await;
    house.fill().await;
    let account = house.account("ada", Kind::Patient).await;
    house.mail_to(&account, ADA).await;
    house.news().await;
    house
        .storage
        .contacts()
        .prove_email(&account, ADA, house.now())
        .await
        .unwrap();
    house.put(&result("a", "ada")).await;
    assert_eq!(house.news().await, 1);
}

#[tokio::test]
async fn nobody_is_told_of_what_they_wrote() {
    let house = house().await;
    let own = house
        .patient_with("ada", "launch/patient patient/*.cruds")
        .await;
    let mut weight = result("w", "ada");
    weight.as_object_mut().unwrap().remove("id");
    weight["category"][0]["coding"][0]["code"] = json!("vital-signs");
    own.post("/fhir/Observation", &weight).await.expect(201);
    assert_eq!(house.news().await, 0);
    // Looking at a chart is no news either.
    own.get("/fhir/Observation?patient=ada").await.expect(200);
    assert_eq!(house.news().await, 0);
}

#[tokio::test]
async fn a_message_nobody_opens_is_reminded_of_once() {
    let house = house().await;
    let mut message = json!({"resourceType": "Communication", "id": "m", "status": "completed",
        "subject": {"reference": "Patient/ada"}, "sent": "2026-06-15T15:00:00Z",
        "sender": {"reference": "Practitioner/dr-wu"}, "recipient": [{"reference": "Patient/ada"}],
        "payload": [{"contentString": "Please call us."}]});
    house.put(&message).await;
    message["id"] = json!("opened");
    house.put(&message).await;
    assert_eq!(house.news().await, 1);
    message["received"] = json!("2026-06-16T12:00:00Z");
    house.put(&message).await;
    house.minutes_later(3 * 24 * 60 - 1);
    assert_eq!(house.news().await, 0);
    house.minutes_later(1);
    assert_eq!(house.news().await, 1);
    let mails = house.mails(ADA).await;
    assert!(mails[1].starts_with("Something in your account waits to be read\n"));
    house.minutes_later(10 * 24 * 60);
    assert_eq!(house.news().await, 0);
    // One that was opened is not reminded of.
    message["id"] = json!("m");
    house.put(&message).await;
    assert_eq!(house.news().await, 0);
}

#[tokio::test]
async fn two_nodes_tell_once() {
    let house = house().await;
    let other = house.node().await;
    for round in 0..6 {
        house.put(&result(&format!("r-{round}"), "ada")).await;
        let (one, two) = tokio::join!(
            async {
                workflows::notices::news::gather(house.news_desk())
                    .await
                    .unwrap();
                house.news().await
            },
            async {
                workflows::notices::news::gather(other.news_desk())
                    .await
                    .unwrap();
                other.news().await
            }
        );
        // Whoever could not hold the chore tells in the next round.
        let late = house.news().await + other.news().await;
        assert_eq!(one + two + late, 1, "{round}");
        house.minutes_later(61);
    }
    assert_eq!(house.mails(ADA).await.len(), 6);
    other.storage.close().await.unwrap();
}

#[tokio::test]
async fn what_another_node_left_in_the_middle_is_taken_up() {
    let house = house().await;
    house.put(&result("r", "ada")).await;
    let other = house.node().await;
    // A node that was killed while it held the chore.
    assert!(
        other
            .storage
            .turns()
            .hold("notices", house.now())
            .await
            .unwrap()
    );
    drop(other);
    assert_eq!(house.news().await, 0);
    house.minutes_later(3);
    assert_eq!(house.news().await, 1);
}

#[tokio::test]
async fn news_behind_much_that_is_none_are_found() {
    let house = house().await;
    let backend = house.backend().await;
    for round in 0..7 {
        let entries: Vec<_> = (0..90)
            .map(|at| {
                let id = format!("b-{round}-{at}");
                json!({"request": {"method": "PUT", "url": format!("Basic/{id}")}, "resource": {
                    "resourceType": "Basic", "id": id, "code": {"text": "nothing"},
                    "subject": {"reference": "Patient/ada"}}})
            })
            .collect();
        let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": entries});
        backend.post("/fhir", &bundle).await.expect(200);
    }
    house.put(&result("after", "ada")).await;
    assert_eq!(house.news().await, 1);
}
