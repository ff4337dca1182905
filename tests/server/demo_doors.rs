//! The movable clock and the open mailbox.

use crate::support::House;
use config::Clock;
use jiff::Timestamp;
use serde_json::{Value, json};

fn now(reply: &Value) -> Timestamp {
    reply["now"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_clock_moves_by_hand() {
    let house = House::empty().await;
    let someone = house.anonymous().with("content-type", "application/json");
    let at = json!({ "now": "2027-01-01T00:00:00Z" });
    someone.put("/demo/clock", at).await.expect(200);
    let read = now(&someone.get("/demo/clock").await.expect(200).json());
    assert_eq!(read.to_string().get(..10), Some("2027-01-01"));
    let moved = someone
        .put("/demo/clock", json!({ "advance_seconds": 86_400 }))
        .await
        .expect(200);
    assert_eq!(now(&moved.json()).to_string().get(..10), Some("2027-01-02"));
    let real = someone.put("/demo/clock", json!({ "now": null })).await;
    let gap = now(&real.expect(200).json()).duration_since(Clock::real().now());
    assert!(gap.as_secs().abs() < 5);
    for bad in [
        json!({}),
        json!({ "now": "soon" }),
        json!({ "advance_seconds": "x" }),
    ] {
        someone.put("/demo/clock", bad).await.expect(400);
    }
}

#[tokio::test]
async fn the_mailbox_shows_the_newest_first() {
    let house = House::empty().await;
    for subject in ["first", "second"] {
        let mail = house.storage.mail();
        let sent = mail.queue("ana@example.org", subject, "text", house.now());
        sent.await.unwrap();
        house.clock.advance_seconds(1);
    }
    let mails = house
        .anonymous()
        .get("/demo/mailbox")
        .await
        .expect(200)
        .json();
    assert_eq!(mails[0]["subject"], "second");
    assert_eq!(mails[1]["to"], "ana@example.org");
    assert!(mails[1]["sent_at"].is_string());
}
