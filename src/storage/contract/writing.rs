//! Creating, updating, deleting: alone, in lists, at the same time.

use super::support::*;
use crate::records::Timeline;
use crate::{Change, Found, WriteFaultKind};

#[tokio::test]
async fn what_is_created_is_read_back_as_sent() {
    for house in houses().await {
        let me = system();
        let text = r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},
            "valueQuantity":{"value":1.50,"unit":"a\u0041"},"extension":[{"url":"http://x.org/e","valueDecimal":1e2}]}"#;
        let written = house.write(&me, vec![create(valid(text))]).await;
        assert!(written[0].created);
        assert_eq!(written[0].version, 1);
        let id = &written[0].id;
        let body = house.body(&me, "Observation", id).await;
        assert!(
            body.contains(r#""valueQuantity":{"value":1.50,"unit":"a\u0041"}"#),
            "{body}"
        );
        assert!(body.contains("1e2"));
        assert!(body.contains(&format!(r#""id":"{id}""#)));
        assert!(body.contains(r#""versionId":"1""#));
        assert_eq!(written[0].updated, noon());
        // And from the database itself, by a process that has nothing in memory.
        let other = open(&house.url).await;
        let Found::Seen(again) = other
            .records(&me)
            .read(kind("Observation"), id)
            .await
            .unwrap()
        else {
            panic!()
        };
        assert_eq!(again.body(), body.as_bytes());
        assert_eq!(again.version(), 1);
    }
}

#[tokio::test]
async fn updates_count_versions_and_honour_if_match() {
    for house in houses().await {
        let me = system();
        let update = |if_match, name: &str| Change::Update {
            valid: person(name),
            id: "ana".into(),
            if_match,
        };
        assert!(matches!(
            house.refused(&me, vec![update(Some(1), "A")]).await,
            WriteFaultKind::NotFound
        ));
        assert!(house.write(&me, vec![update(None, "A")]).await[0].created);
        let second = house.write(&me, vec![update(Some(1), "B")]).await;
        assert!(!second[0].created);
        assert_eq!(second[0].version, 2);
        assert!(matches!(
            house.refused(&me, vec![update(Some(1), "C")]).await,
            WriteFaultKind::VersionConflict { current: 2 }
        ));
        assert!(
            house
                .body(&me, "Patient", "ana")
                .await
                .contains(r#""family":"B""#)
        );
        assert!(
            house
                .body(&me, "Patient", "ana")
                .await
                .contains(r#""versionId":"2""#)
        );
    }
}

#[tokio::test]
async fn a_deleted_resource_is_gone_and_may_come_back() {
    for house in houses().await {
        let me = system();
        house.write(&me, vec![put("ana", person("A"))]).await;
        let gone = house.write(&me, vec![delete("Patient", "ana")]).await;
        assert_eq!(gone[0].version, 2);
        assert!(gone[0].seen.is_none());
        assert!(matches!(
            house.read(&me, "Patient", "ana").await,
            Found::Deleted
        ));
        let again = house.write(&me, vec![delete("Patient", "ana")]).await;
        assert_eq!(again[0].version, 2);
        let back = house.write(&me, vec![put("ana", person("B"))]).await;
        assert!(back[0].created);
        assert_eq!(back[0].version, 3);
        assert!(matches!(
            house.refused(&me, vec![delete("Patient", "nobody")]).await,
            WriteFaultKind::NotFound
        ));
    }
}

#[tokio::test]
async fn a_list_is_stored_whole_or_not_at_all() {
    for house in houses().await {
        let me = system();
        let fault = house
            .refused(
                &me,
                vec![put("ana", person("A")), create(glucose("stranger", "5"))],
            )
            .await;
        let WriteFaultKind::DanglingReference {
            reference,
            expression,
        } = fault
        else {
            panic!("{fault:?}")
        };
        assert_eq!(reference, "Patient/stranger");
        assert_eq!(expression, "Observation.subject.reference");
        assert!(matches!(
            house.read(&me, "Patient", "ana").await,
            Found::Nothing
        ));
        // References to what the same list makes are fine, whatever the order.
        let list = vec![create(glucose("ana", "5")), put("ana", person("A"))];
        assert_eq!(house.write(&me, list).await.len(), 2);
        assert!(matches!(
            house
                .refused(&me, vec![put("ana", person("A")), delete("Patient", "ana")])
                .await,
            WriteFaultKind::NamedTwice
        ));
        let taken = Change::Create {
            valid: person("B"),
            id: Some("ana".into()),
        };
        assert!(matches!(
            house.refused(&me, vec![taken]).await,
            WriteFaultKind::IdTaken
        ));
    }
}

#[tokio::test]
async fn a_patient_writes_only_into_the_own_chart() {
    for house in houses().await {
        let seed = chore();
        house
            .write(
                &seed,
                vec![put("ana", person("A")), put("ben", person("B"))],
            )
            .await;
        let fault = house
            .refused(&patient("ana"), vec![put("ben", person("Mine"))])
            .await;
        let WriteFaultKind::Denied(decision) = fault else {
            panic!("{fault:?}")
        };
        assert_eq!(decision.http, 404);
        assert!(house.body(&seed, "Patient", "ben").await.contains(r#""B""#));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_at_once_each_get_their_own_answer() {
    for house in houses().await {
        let me = system();
        house.write(&me, vec![put("ana", person("A"))]).await;
        let writers = (0..40).map(|n| {
            let (storage, me) = (house.storage.clone(), me.clone());
            tokio::spawn(async move {
                // Every fourth one is at fault, every third one changes the same row.
                let change = match n {
                    n if n % 4 == 0 => create(glucose("stranger", "1")),
                    n if n % 3 == 0 => put("ana", person(&format!("N{n}"))),
                    _ => create(glucose("ana", &n.to_string())),
                };
                (n, storage.records(&me).write(vec![change]).await)
            })
        });
        let mut versions = Vec::new();
        for writer in writers.collect::<Vec<_>>() {
            let (n, result) = writer.await.unwrap();
            assert_eq!(result.is_ok(), n % 4 != 0, "{n}");
            if let Ok(written) = result
                && written[0].resource_type == kind("Patient")
            {
                versions.push(written[0].version);
            }
        }
        versions.sort_unstable();
        let expected: Vec<i64> = (2..2 + versions.len() as i64).collect();
        assert_eq!(versions, expected);
        let records = house.storage.records(&me);
        let page = records
            .history(&Timeline::of(kind("Patient"), "ana", 100, None))
            .await;
        assert_eq!(
            page.unwrap().unwrap().total,
            Some(versions.len() as u64 + 1)
        );
    }
}

#[tokio::test]
async fn a_large_list_goes_in_whole() {
    for house in houses().await {
        let me = system();
        house.write(&me, vec![put("ana", person("A"))]).await;
        let list = (0..1_000).map(|n| create(glucose("ana", &n.to_string())));
        let written = house.write(&me, list.collect()).await;
        assert_eq!(written.len(), 1_000);
        let last = written.last().unwrap();
        let body = house.body(&me, "Observation", &last.id).await;
        assert!(body.contains(r#""value":999"#));
        let ids: std::collections::HashSet<_> = written.iter().map(|w| &w.id).collect();
        assert_eq!(ids.len(), 1_000);
    }
}

#[tokio::test]
async fn loading_the_same_twice_changes_nothing() {
    for house in houses().await {
        let load = access::Access::for_task(access::Task::Load, pack(), noon());
        let later =
            access::Access::for_task(access::Task::Load, pack(), at("2026-07-01T00:00:00Z"));
        house.write(&load, vec![put("ana", person("A"))]).await;
        let again = house
            .write(
                &later,
                vec![put("ana", person("A")), put("ben", person("B"))],
            )
            .await;
        assert_eq!((again[0].version, again[0].created), (1, false));
        assert_eq!((again[1].version, again[1].created), (1, true));
        let changed = house.write(&later, vec![put("ana", person("C"))]).await;
        assert_eq!(changed[0].version, 2);
    }
}
