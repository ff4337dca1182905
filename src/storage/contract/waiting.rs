//! New results that wait, and what a write leaves to do: known on every node, stored with the write, gone when done.

use access::Access;

use super::support::*;
use crate::owed::Kind;
use crate::{Change, Found, Storage};
use fhir::ResourceType;

const WISH: &str = r#"{"resourceType":"Consent","id":"wish","status":"STATUS","scope":{"coding":[{"code":"patient-privacy"}]},
    "category":[{"coding":[{"system":"https://kinchart.org/fhir/CodeSystem/consent-kind","code":"wait"}]}],
    "patient":{"reference":"Patient/pat"},"policyRule":{"text":"x"},"dateTime":"2026-06-01","provision":{"type":"deny"}}"#;

fn wish(status: &str) -> Change {
    put("wish", valid(&WISH.replace("STATUS", status)))
}

fn result(id: &str, issued: &str) -> Change {
    let json = format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"test"}},"issued":"{issued}",
        "subject":{{"reference":"Patient/pat"}}}}"#
    );
    put(id, valid(&json))
}

async fn write(storage: &Storage, access: &Access, change: Change) {
    storage.records(access).write(vec![change]).await.unwrap();
}

async fn owed(storage: &Storage) -> Vec<(Kind, i64, String)> {
    let owed = storage.owed(&pack(), noon(), 100).await.unwrap();
    let named = owed
        .into_iter()
        .map(|one| (one.kind, one.rid, one.seen.id().to_owned()));
    named.collect()
}

async fn held(storage: &Storage) -> usize {
    let access = chore();
    let records = storage.records(&access);
    records
        .held("pat", access::waiting::PREFERENCE)
        .await
        .unwrap()
        .len()
}

#[tokio::test]
async fn a_wish_holds_what_comes_after_it_and_says_so_once() {
    for house in houses().await {
        let (storage, system) = (&house.storage, system());
        let patient = valid(r#"{"resourceType":"Patient","id":"pat","birthDate":"1980-01-01"}"#);
        write(storage, &system, put("pat", patient)).await;
        write(storage, &system, result("before", "2026-06-10T00:00:00Z")).await;
        write(storage, &system, wish("active")).await;
        write(storage, &system, result("before", "2026-06-10T00:00:00Z")).await;
        write(storage, &system, result("past", "2025-06-10T00:00:00Z")).await;
        assert_eq!((held(storage).await, owed(storage).await.len()), (0, 0));
        write(storage, &system, result("new", "2026-06-15T00:00:00Z")).await;
        // Sent again by who knows of no hold.
        write(storage, &system, result("new", "2026-06-15T00:00:00Z")).await;
        assert_eq!(held(storage).await, 1);
        let left = owed(storage).await;
        assert_eq!(left.len(), 1);
        assert_eq!((left[0].0, left[0].2.as_str()), (Kind::Discuss, "new"));
        storage.settle_owed(Kind::Discuss, left[0].1).await.unwrap();
        assert!(owed(storage).await.is_empty());
        write(storage, &system, wish("inactive")).await;
        assert_eq!(owed(storage).await[0].0, Kind::Release);
        write(storage, &system, result("later", "2026-06-15T00:00:00Z")).await;
        assert_eq!(held(storage).await, 1);
        // What is gone owes nothing.
        let gone = Change::Delete {
            resource_type: ResourceType::CONSENT,
            id: "wish".to_owned(),
            if_match: None,
        };
        write(storage, &system, gone).await;
        assert!(owed(storage).await.is_empty());
    }
}

#[tokio::test]
async fn another_node_knows_of_a_wish_at_once_or_a_moment_later() {
    for house in houses().await {
        let system = system();
        let patient = valid(r#"{"resourceType":"Patient","id":"pat","birthDate":"1980-01-01"}"#);
        write(&house.storage, &system, put("pat", patient)).await;
        let other = open(&house.url).await;
        // It has looked, and found nobody.
        write(&other, &system, result("first", "2026-06-15T00:00:00Z")).await;
        assert_eq!(held(&other).await, 0);
        write(&house.storage, &system, wish("active")).await;
        for number in 0..100 {
            let id = format!("next-{number}");
            write(&other, &system, result(&id, "2026-06-15T00:00:00Z")).await;
            if held(&other).await > 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert!(held(&other).await > 0);
        let access = chore();
        let first = other
            .records(&access)
            .read(ResourceType::OBSERVATION, "first")
            .await
            .unwrap();
        assert!(matches!(first, Found::Seen(_)));
    }
}
