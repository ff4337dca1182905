//! Histories of a type and of everything: complete, in order, and only of what was visible.

use access::{Access, Task};
use fhir::ResourceType;

use super::support::*;
use crate::{Page, records::Timeline};

fn all() -> Timeline {
    Timeline {
        types: ResourceType::all()
            .filter(|t| *t != ResourceType::AUDIT_EVENT)
            .collect(),
        id: None,
        since: None,
        at: None,
        oldest_first: false,
        count: 100,
        from: None,
    }
}

fn of(name: &str) -> Timeline {
    Timeline {
        types: vec![kind(name)],
        ..all()
    }
}

/// The house at a moment of the same day.
fn then(time: &str) -> Access {
    Access::for_task(Task::Seed, pack(), at(&format!("2026-06-15T{time}Z")))
}

fn micros(time: &str) -> i64 {
    at(&format!("2026-06-15T{time}Z")).as_microsecond()
}

/// `id/version`, one after another.
fn told(page: &Page) -> Vec<String> {
    let versions = page.versions.iter();
    versions
        .map(|v| format!("{}/{}", v.id, v.version))
        .collect()
}

async fn ask(house: &House, access: &Access, asked: &Timeline) -> Page {
    let page = house.storage.records(access).history(asked).await;
    page.unwrap().unwrap()
}

/// Ana changes at 10, 11 and 12 and is gone at 13; Ben has a glucose from 11:30.
async fn fill(house: &House) {
    for (time, name) in [("10:00:00", "A"), ("11:00:00", "B"), ("12:00:00", "C")] {
        house
            .write(&then(time), vec![put("ana", person(name))])
            .await;
    }
    let list = vec![put("ben", person("X")), put("o", glucose("ben", "5"))];
    house.write(&then("11:30:00"), list).await;
    house
        .write(&then("13:00:00"), vec![delete("Patient", "ana")])
        .await;
}

#[tokio::test]
async fn versions_of_all_resources_come_in_the_order_of_time() {
    for house in houses().await {
        fill(&house).await;
        let me = system();
        let page = ask(&house, &me, &all()).await;
        let want = ["ana/4", "ana/3", "o/1", "ben/1", "ana/2", "ana/1"];
        assert_eq!(told(&page), want);
        assert_eq!(page.total, Some(6));
        assert!(page.versions[0].seen.is_none());
        let page = ask(&house, &me, &of("Patient")).await;
        assert_eq!(told(&page), ["ana/4", "ana/3", "ben/1", "ana/2", "ana/1"]);
        let mut rising = of("Patient");
        rising.oldest_first = true;
        let page = ask(&house, &me, &rising).await;
        assert_eq!(told(&page), ["ana/1", "ana/2", "ben/1", "ana/3", "ana/4"]);
        assert!(told(&ask(&house, &me, &of("Flag")).await).is_empty());
    }
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip_while_others_write() {
    for house in houses().await {
        fill(&house).await;
        let me = system();
        for oldest_first in [false, true] {
            let mut asked = all();
            (asked.count, asked.oldest_first) = (2, oldest_first);
            let before = told(
                &ask(
                    &house,
                    &me,
                    &Timeline {
                        count: 100,
                        ..asked.clone()
                    },
                )
                .await,
            );
            let mut found = Vec::new();
            loop {
                let page = ask(&house, &me, &asked).await;
                assert_eq!(page.total, Some(before.len() as u64));
                found.extend(told(&page));
                let Some(next) = page.next else { break };
                asked.from = Some(next);
                if found.len() == 2 {
                    // A row just told moves from the current ones to the earlier ones.
                    let me = then("14:00:00");
                    house.write(&me, vec![put("ben", person("Y"))]).await;
                }
            }
            let kept: Vec<String> = found
                .iter()
                .filter(|v| before.contains(v))
                .cloned()
                .collect();
            assert_eq!(kept, before);
            let mut once = found.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), found.len());
        }
        let mut other = of("Patient");
        let first = ask(&house, &me, &Timeline { count: 1, ..all() }).await;
        other.from = first.next;
        let refused = house.storage.records(&me).history(&other).await;
        assert!(matches!(refused, Err(crate::Error::BadCursor)));
    }
}

#[tokio::test]
async fn a_span_holds_what_was_current_in_it() {
    for house in houses().await {
        fill(&house).await;
        let me = system();
        for (from, to, want) in [
            ("09:00:00", "09:30:00", &[][..]),
            ("10:30:00", "10:30:01", &["ana/1"]),
            ("11:00:00", "11:00:01", &["ana/2"]),
            ("10:30:00", "11:30:01", &["ben/1", "ana/2", "ana/1"]),
            ("12:30:00", "12:30:01", &["ana/3", "ben/1"]),
            ("13:00:00", "13:00:01", &["ana/4", "ben/1"]),
            ("13:30:00", "13:30:01", &["ben/1"]),
        ] {
            let mut asked = of("Patient");
            asked.at = Some((micros(from), micros(to)));
            assert_eq!(told(&ask(&house, &me, &asked).await), want, "{from}");
        }
        let mut asked = of("Patient");
        asked.since = Some(at("2026-06-15T11:30:00Z"));
        let page = ask(&house, &me, &asked).await;
        assert_eq!(told(&page), ["ana/4", "ana/3", "ben/1"]);
        assert_eq!(page.total, Some(3));
        let mut one = Timeline::of(kind("Patient"), "ana", 5, None);
        one.at = Some((micros("11:15:00"), micros("11:16:00")));
        assert_eq!(told(&ask(&house, &me, &one).await), ["ana/2"]);
        // Nothing in the span is another thing than nothing at all.
        one.at = Some((micros("09:00:00"), micros("09:16:00")));
        assert!(told(&ask(&house, &me, &one).await).is_empty());
    }
}

#[tokio::test]
async fn what_was_hidden_stays_hidden_and_uncounted() {
    for house in houses().await {
        let seed = then("10:00:00");
        let both = vec![put("ana", person("A")), put("ben", person("B"))];
        house.write(&seed, both).await;
        house
            .write(&seed, vec![put("o", glucose("ben", "5"))])
            .await;
        house
            .write(&then("11:00:00"), vec![put("o", glucose("ana", "6"))])
            .await;
        house
            .write(&then("12:00:00"), vec![put("o", glucose("ben", "7"))])
            .await;
        house
            .write(&then("13:00:00"), vec![delete("Observation", "o")])
            .await;
        for (name, want) in [("ana", &["o/2"][..]), ("ben", &["o/4", "o/3", "o/1"])] {
            let access = patient(name);
            let page = ask(&house, &access, &of("Observation")).await;
            assert_eq!(told(&page), want);
            assert_eq!(page.total, Some(want.len() as u64));
        }
        // When it went over to somebody else is not told either.
        let mut asked = of("Observation");
        asked.at = Some((micros("12:30:00"), micros("12:31:00")));
        assert_eq!(told(&ask(&house, &patient("ana"), &asked).await), ["o/2"]);
    }
}
