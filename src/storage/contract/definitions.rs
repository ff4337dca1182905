//! The snapshot of conformance resources follows what is stored, here and on other nodes.

use std::time::Duration;

use fhir::ResourceType;

use super::support::*;
use crate::Storage;

fn value_set(version: &str) -> String {
    format!(
        r#"{{"resourceType":"ValueSet","url":"http://x/vs","version":"{version}","status":"active"}}"#
    )
}

async fn version(storage: &Storage) -> Option<String> {
    let registry = storage.registry().await.unwrap();
    let found = registry.find(ResourceType::VALUE_SET, "http://x/vs")?;
    found.version().map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_or_deleted_is_in_the_next_snapshot() {
    for house in houses().await {
        let me = system();
        assert_eq!(version(&house.storage).await, None);
        house
            .write(&me, vec![put("a", valid(&value_set("1")))])
            .await;
        let first = house.storage.registry().await.unwrap();
        assert_eq!(version(&house.storage).await.as_deref(), Some("1"));
        house.write(&me, vec![put("ana", person("A"))]).await;
        let again = house.storage.registry().await.unwrap();
        assert_eq!(first.revision(), again.revision());
        house
            .write(&me, vec![put("a", valid(&value_set("2")))])
            .await;
        assert_eq!(version(&house.storage).await.as_deref(), Some("2"));
        house.write(&me, vec![delete("ValueSet", "a")]).await;
        assert_eq!(version(&house.storage).await, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_nodes_hear_of_it() {
    for house in houses().await {
        let me = system();
        let other = open(&house.url).await;
        assert_eq!(version(&other).await, None);
        for wanted in ["1", "2", "3"] {
            house
                .write(&me, vec![put("a", valid(&value_set(wanted)))])
                .await;
            let mut tries = 0;
            while version(&other).await.as_deref() != Some(wanted) {
                tries += 1;
                assert!(tries < 100, "{wanted} was never heard of");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        assert_eq!(version(&open(&house.url).await).await.as_deref(), Some("3"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_labelled_for_some_defines_nothing_for_all() {
    for house in houses().await {
        let me = system();
        let label = r#""meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"#;
        let labelled = value_set("1").replacen("\"url\"", &format!("{label}\"url\""), 1);
        house.write(&me, vec![put("a", valid(&labelled))]).await;
        assert_eq!(version(&house.storage).await, None);
        // A copy without the label takes it away only where that is said.
        house
            .write(&me, vec![put("a", valid(&value_set("1")))])
            .await;
        assert_eq!(version(&house.storage).await, None);
        let unlabelled = crate::Change::Relabel {
            valid: valid(&value_set("1")),
            id: "a".to_owned(),
            if_match: None,
        };
        house.write(&me, vec![unlabelled]).await;
        assert_eq!(version(&house.storage).await.as_deref(), Some("1"));
    }
}
