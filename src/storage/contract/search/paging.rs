//! In which order results come, page by page, and how many there are.

use access::{Access, Task};

use super::{NOW, Scene, house, ids, pack, patient, query};
use crate::Error;

#[tokio::test]
async fn results_come_in_the_order_asked_for() {
    for scene in Scene::filled().await {
        for (sort, wanted) in [
            ("date", ["o1", "o4", "o2", "o3"]),
            ("-date", ["o3", "o2", "o4", "o1"]),
            ("code,-date", ["o2", "o4", "o1", "o3"]),
            ("-value-quantity", ["o2", "o4", "o3", "o1"]),
            ("_id", ["o1", "o2", "o3", "o4"]),
            ("-_lastUpdated,-_id", ["o4", "o3", "o2", "o1"]),
            ("subject,-_id", ["o3", "o2", "o1", "o4"]),
        ] {
            let text = format!("_sort={sort}");
            let found = scene.find(&house(), "Observation", &text).await;
            assert_eq!(found, wanted, "{sort}");
        }
        let found = scene.find(&house(), "Patient", "_sort=-name").await;
        assert_eq!(found, ["p2", "p1"]);
    }
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip_while_rows_are_written() {
    for scene in Scene::filled().await {
        for sort in ["", "&_sort=date", "&_sort=-code,date", "&_sort=-_id"] {
            let mut query = query("Observation", &format!("_count=1{sort}"));
            let mut walked = Vec::new();
            loop {
                let page = scene.page(&house(), &query).await;
                walked.extend(ids(&page));
                let text = r#"{"resourceType":"Observation","id":"late","status":"final","code":{"text":"x"}}"#;
                scene.put(text).await;
                query.cursor = page.next;
                if query.cursor.is_none() {
                    break;
                }
            }
            walked.retain(|id| id != "late");
            let mut sorted = walked.clone();
            sorted.sort();
            assert_eq!(sorted, ["o1", "o2", "o3", "o4"], "{sort} {walked:?}");
        }
    }
}

#[tokio::test]
async fn what_has_no_value_comes_last_either_way() {
    for scene in Scene::filled().await {
        scene
            .put(r#"{"resourceType":"Observation","id":"o5","status":"final","code":{"text":"x"}}"#)
            .await;
        scene
            .put(
                r#"{"resourceType":"Observation","id":"o6","status":"final","code":{"text":"x"},
                "valueQuantity":{"value":1,"comparator":"<"}}"#,
            )
            .await;
        for (sort, wanted) in [
            ("date,_id", "o1 o4 o2 o3 o5 o6"),
            ("-date,_id", "o3 o2 o4 o1 o5 o6"),
            ("code,_id", "o1 o2 o4 o3 o5 o6"),
            ("-code,_id", "o3 o1 o2 o4 o5 o6"),
            ("subject,_id", "o1 o2 o3 o4 o5 o6"),
            ("-subject,-_id", "o4 o3 o2 o1 o6 o5"),
            ("value-quantity", "o6 o1 o3 o4 o2 o5"),
            ("-value-quantity,_id", "o2 o4 o3 o1 o5 o6"),
        ] {
            let mut query = query("Observation", &format!("_count=1&_sort={sort}"));
            let mut walked = Vec::new();
            loop {
                let page = scene.page(&house(), &query).await;
                walked.extend(ids(&page));
                query.cursor = page.next;
                if query.cursor.is_none() {
                    break;
                }
            }
            assert_eq!(walked.join(" "), wanted, "{sort}");
        }
    }
}

/// The house's own access so many seconds after noon.
fn later(seconds: i64) -> Access {
    let now: jiff::Timestamp = NOW.parse().unwrap();
    let now = now + jiff::SignedDuration::from_secs(seconds);
    Access::for_task(Task::Load, pack(), now)
}

fn observation(id: &str, word: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"{word}"}}}}"#
    )
}

#[tokio::test]
async fn what_is_written_while_pages_are_turned_keeps_its_place() {
    for scene in Scene::filled().await {
        let mut time = 0;
        for (sort, rewritten, wanted) in [
            // Shown already: not again. Not shown yet: still to come.
            ("_lastUpdated", "o1", ["o1", "o2", "o3", "o4"]),
            ("_lastUpdated", "o3", ["o1", "o2", "o3", "o4"]),
            ("-_lastUpdated", "o4", ["o4", "o3", "o2", "o1"]),
            ("-_lastUpdated", "o1", ["o4", "o3", "o2", "o1"]),
            ("status,-_lastUpdated", "o2", ["o4", "o3", "o2", "o1"]),
        ] {
            for id in ["o1", "o2", "o3", "o4"] {
                time += 1;
                // What says the same again is not written again.
                let text = observation(id, &time.to_string());
                scene.put_by(&later(time), &text).await;
            }
            let mut query = query("Observation", &format!("_count=1&_sort={sort}"));
            let mut walked = Vec::new();
            loop {
                time += 1;
                let page = scene.page(&later(time), &query).await;
                walked.extend(ids(&page));
                for id in [rewritten, "new"] {
                    time += 1;
                    let text = observation(id, &time.to_string());
                    scene.put_by(&later(time), &text).await;
                }
                query.cursor = page.next;
                if query.cursor.is_none() {
                    break;
                }
            }
            walked.retain(|id| id != "new");
            assert_eq!(walked, wanted, "{sort} {rewritten}");
        }
    }
}

#[tokio::test]
async fn totals_count_the_visible_set() {
    for scene in Scene::filled().await {
        for (text, wanted) in [
            ("_count=1", Some(4)),
            ("_count=1&_total=accurate", Some(4)),
            ("_count=4", Some(4)),
            ("_count=1&patient=p1", Some(3)),
            ("_count=1&code=1111-1", Some(3)),
            ("_count=1&code=1111-1&_total=none", None),
            ("_summary=count", Some(4)),
            ("code=none", Some(0)),
        ] {
            let page = scene.page(&house(), &query("Observation", text)).await;
            assert_eq!(page.total, wanted, "{text}");
        }
        let own = query("Observation", "_summary=count");
        assert_eq!(scene.page(&patient("p1"), &own).await.total, Some(3));
        let first = scene
            .page(&patient("p1"), &query("Observation", "_count=1"))
            .await;
        assert_eq!(first.total, Some(3));
        let mut second = query("Observation", "_count=1");
        second.cursor = first.next;
        assert_eq!(scene.page(&patient("p1"), &second).await.total, Some(3));
    }
}

#[tokio::test]
async fn a_position_of_another_search_is_refused() {
    for scene in Scene::filled().await {
        let access = house();
        let page = scene
            .page(&access, &query("Observation", "_count=1&_sort=date"))
            .await;
        let stolen = page.next.unwrap();
        for (text, cursor) in [
            ("_count=1&_sort=-date", stolen.as_str()),
            ("_count=1&_sort=date&patient=p1", &stolen),
            ("_sort=date", "nonsense"),
            ("_sort=date", "bnVsbA"),
            ("_sort=date", ""),
        ] {
            let mut query = query("Observation", text);
            query.cursor = Some(cursor.to_owned());
            let records = scene.storage.records(&access);
            let found = records.search(&query).await;
            assert!(matches!(found, Err(Error::BadCursor)), "{text} {cursor}");
        }
    }
}
