//! Two processes on one database.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use super::support::*;
use crate::records::Timeline;
use crate::{Found, invalidate::Changed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_writes_another_reads_and_updates() {
    for house in houses().await {
        let me = system();
        let other = open(&house.url).await;
        for round in 0..5_i64 {
            let name = format!("A{round}");
            house.write(&me, vec![put("ana", person(&name))]).await;
            // On SQLite the other process looks every 50 ms; its writer looks before every commit.
            let changes = vec![put("ana", person(&format!("B{round}")))];
            let written = other.records(&me).write(changes).await.unwrap();
            assert_eq!(written[0].version, round * 2 + 2);
            let read = other.records(&me).read(kind("Patient"), "ana").await;
            let Found::Seen(seen) = read.unwrap() else {
                panic!()
            };
            assert_eq!(seen.version(), round * 2 + 2);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let here = house.body(&me, "Patient", "ana").await;
        assert!(here.contains(r#""family":"B4""#), "{here}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_writing_the_same_rows_lose_nothing() {
    for house in houses().await {
        let me = system();
        let other = open(&house.url).await;
        let mut writers = Vec::new();
        for n in 0..30 {
            let storage = if n % 2 == 0 {
                house.storage.clone()
            } else {
                other.clone()
            };
            let me = me.clone();
            writers.push(tokio::spawn(async move {
                let (first, second) = if n % 3 == 0 { ("a", "b") } else { ("b", "a") };
                let name = format!("N{n}");
                let changes = vec![put(first, person(&name)), put(second, person(&name))];
                storage.records(&me).write(changes).await.unwrap()
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        let fresh = open(&house.url).await;
        let records = fresh.records(&me);
        for id in ["a", "b"] {
            let page = records
                .history(&Timeline::of(kind("Patient"), id, 100, None))
                .await;
            assert_eq!(page.unwrap().unwrap().total, Some(30));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_facts_is_told_to_every_node() {
    for house in houses().await {
        let other = open(&house.url).await;
        let heard: Arc<Mutex<Vec<Changed>>> = Arc::default();
        let ears = heard.clone();
        other
            .inner
            .hooks
            .register(move |changed| ears.lock().unwrap().extend_from_slice(changed));
        let seed = chore();
        house.write(&seed, vec![put("ana", person("A"))]).await;
        let grant = Changed::Grant("g".to_owned());
        house
            .storage
            .inner
            .forget(std::slice::from_ref(&grant))
            .await
            .unwrap();
        let fact = Changed::Fact {
            resource: "Patient/ana".to_owned(),
            patient: Some("ana".to_owned()),
        };
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let heard = heard.lock().unwrap();
            if heard.contains(&Changed::Everything)
                || heard.contains(&fact) && heard.contains(&grant)
            {
                break;
            }
        }
        let heard = heard.lock().unwrap();
        assert!(
            heard.contains(&Changed::Everything) || heard.contains(&fact),
            "{heard:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_writer_does_not_keep_a_node_from_hearing() {
    for house in houses().await {
        let other = open(&house.url).await;
        let heard: Arc<Mutex<Vec<Changed>>> = Arc::default();
        let ears = heard.clone();
        other
            .inner
            .hooks
            .register(move |changed| ears.lock().unwrap().extend_from_slice(changed));
        let busy = other.inner.db.occupied().await;
        house.write(&chore(), vec![put("ana", person("A"))]).await;
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if !heard.lock().unwrap().is_empty() {
                break;
            }
        }
        assert!(!heard.lock().unwrap().is_empty());
        drop(busy);
    }
}
