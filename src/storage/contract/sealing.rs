//! Secrets at rest: sealed when they are stored, at the next start, and anew with another key.

use super::support::*;
use crate::sealed::Resealed;
use crate::sql::Statement;
use crate::{Sealing, Storage, keys::Key};

fn key(kid: &str, generation: i64) -> Key {
    Key {
        kid: kid.to_owned(),
        algorithm: "RS256".to_owned(),
        private: b"private half".to_vec(),
        generation,
        created: noon(),
        signs_from: noon(),
        retired: None,
    }
}

fn sealing(keys: &[&String]) -> Sealing {
    Sealing::with(keys).unwrap()
}

/// What the column holds.
async fn stored(storage: &Storage, kid: &str) -> String {
    let statement = Statement::new("SELECT secret FROM signing_key WHERE kid = $1").bind(kid);
    let rows = storage.inner.db.fetch_all(statement).await.unwrap();
    rows[0].text(0).unwrap()
}

async fn private(storage: &Storage) -> Vec<Vec<u8>> {
    let keys = storage.keys().list().await.unwrap();
    keys.into_iter().map(|key| key.private).collect()
}

#[tokio::test]
async fn what_lies_open_is_sealed_at_the_next_start_and_again_when_the_key_changes() {
    for (url, _keep) in databases().await {
        let (old, new) = (Sealing::fresh_key().unwrap(), Sealing::fresh_key().unwrap());
        let open = open(&url).await;
        assert!(open.keys().add(&key("k1", 1)).await.unwrap());
        assert!(stored(&open, "k1").await.starts_with("p1."));

        let first = sealed(&url, sealing(&[&old])).await;
        let done = first.seal_all().await.unwrap();
        assert_eq!(done, Resealed { open: 1, older: 0 });
        assert!(stored(&first, "k1").await.starts_with("s1."));
        assert_eq!(private(&first).await, [b"private half"]);
        assert_eq!(first.seal_all().await.unwrap(), Resealed::default());

        let both = sealed(&url, sealing(&[&new, &old])).await;
        let done = both.seal_all().await.unwrap();
        assert_eq!(done, Resealed { open: 0, older: 1 });
        let second = sealed(&url, sealing(&[&new])).await;
        assert_eq!(private(&second).await, [b"private half"]);

        // Who lacks the key is told so, and changes nothing.
        let without = sealed(&url, sealing(&[&old])).await;
        let fault = without.seal_all().await.unwrap_err().to_string();
        assert!(fault.contains("encryption key"), "{fault}");
        assert!(without.keys().list().await.is_err());
        assert_eq!(private(&second).await, [b"private half"]);
    }
}

#[tokio::test]
async fn a_sealed_key_put_under_another_name_does_not_open() {
    for (url, _keep) in databases().await {
        let secret = Sealing::fresh_key().unwrap();
        let storage = sealed(&url, sealing(&[&secret])).await;
        storage.keys().add(&key("k1", 1)).await.unwrap();
        let rename = Statement::new("UPDATE signing_key SET kid = 'k2'");
        storage.inner.db.execute(rename).await.unwrap();
        assert!(storage.keys().list().await.is_err());
    }
}

#[tokio::test]
async fn two_nodes_do_not_both_make_the_same_next_key() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        assert!(storage.keys().add(&key("k1", 1)).await.unwrap());
        assert!(!storage.keys().add(&key("k2", 1)).await.unwrap());
        assert!(storage.keys().add(&key("k3", 2)).await.unwrap());
        assert!(storage.keys().erase("k1").await.unwrap());
        let kids = storage.keys().list().await.unwrap();
        assert_eq!(kids.len(), 1);
    }
}
