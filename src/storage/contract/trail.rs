//! The audit trail: nothing happens without a line, and lines become AuditEvents.

use super::support::*;
use crate::{
    Found,
    audit::{Action, Asked, Event, Group, Line, show},
};

/// The log of a chart as the house itself reads it.
async fn log(house: &House, patient: &str, before: Option<i64>) -> Vec<Line> {
    let asked = Asked {
        patient,
        before,
        count: 50,
        ..Asked::default()
    };
    let chore = chore();
    let records = house.storage.records(&chore);
    // The look at the log is a line of its own.
    let lines = records.access_log(&asked).await.unwrap().lines;
    let own = |line: &Line| line.reason == "ACCESS_LOG";
    lines.into_iter().filter(|line| !own(line)).collect()
}

#[tokio::test]
async fn every_act_leaves_a_line_in_the_log_of_the_chart() {
    for house in houses().await {
        let seed = chore();
        house.write(&seed, vec![put("ana", person("A"))]).await;
        let ana = patient("ana");
        house.read(&ana, "Patient", "ana").await;
        house.read(&patient("ben"), "Patient", "ana").await;
        let log = log(&house, "ana", None).await;
        let acts: Vec<(Action, bool, &str)> = log
            .iter()
            .map(|line| (line.action, line.permitted, line.who.as_str()))
            .collect();
        assert_eq!(
            acts,
            [
                (Action::Read, false, "Patient/ben"),
                (Action::Read, true, "Patient/ana"),
                (Action::Update, true, "Device/kinchart"),
            ]
        );
        let older = self::log(&house, "ana", Some(log[1].position)).await;
        assert_eq!(older.len(), 1);
    }
}

#[tokio::test]
async fn events_become_audit_events_once() {
    for house in houses().await {
        let seed = chore();
        house.write(&seed, vec![put("ana", person("A"))]).await;
        house.storage.audit(Event {
            at: noon(),
            action: Action::SignIn,
            permitted: true,
            reason: "PERMIT".to_owned(),
            agent: access::standing::Agent {
                who: "Patient/ana".to_owned(),
                display: "Ana \"A\"".to_owned(),
                account: Some("acc".to_owned()),
                grant: Some("g1".to_owned()),
                on_behalf_of: Some("Patient/ana".to_owned()),
                client_id: Some("app".to_owned()),
                purpose_of_use: Some("PATRQT".to_owned()),
                ..access::standing::Agent::default()
            },
            patient: Some("ana".to_owned()),
            entity: Some("Observation".to_owned()),
            query: Some("code=1".to_owned()),
            request_id: Some("r1".to_owned()),
        });
        let other = open(&house.url).await;
        for storage in [&house.storage, &other, &house.storage] {
            let ana = show::Which::OfPatient("ana");
            storage.show_audit(&seed, ana).await.unwrap();
        }
        let sql = "SELECT id FROM resource WHERE type = 'AuditEvent' ORDER BY rid";
        let rows = house
            .storage
            .inner
            .db
            .fetch_all(crate::sql::Statement::new(sql))
            .await
            .unwrap();
        assert_eq!(rows.len(), 2);
        let id = rows[1].text(0).unwrap();
        let body = house.body(&seed, "AuditEvent", &id).await;
        for part in [
            r#""code":"110122""#,
            r#""reference":"Patient/ana""#,
            r#""display":"Ana \"A\"""#,
            r#"/grant/g1""#,
            r#""outcome":"0""#,
            r#""query":"T2JzZXJ2YXRpb24/Y29kZT0x""#,
            "2026-06-15T16:00:00.000Z",
        ] {
            assert!(body.contains(part), "{part} in {body}");
        }
        let found = house.read(&patient("ben"), "AuditEvent", &id).await;
        assert!(matches!(found, Found::Nothing));
    }
}

#[tokio::test]
async fn what_is_queued_is_written_before_closing() {
    for house in houses().await {
        let seed = chore();
        for _ in 0..10 {
            house.read(&seed, "Patient", "nobody").await;
        }
        house.storage.close().await.unwrap();
        let again = open(&house.url).await;
        let sql = "SELECT count(*) FROM audit";
        let rows = again
            .inner
            .db
            .fetch_all(crate::sql::Statement::new(sql))
            .await
            .unwrap();
        assert_eq!(rows[0].int(0).unwrap(), 10);
    }
}

#[tokio::test]
async fn a_search_over_many_charts_leaves_a_line_in_each_it_showed_something_of() {
    for house in houses().await {
        let seed = chore();
        for id in ["ana", "ben", "cyd"] {
            let list = vec![put(id, person(id)), create(glucose(id, "5"))];
            house.write(&seed, list).await;
        }
        let clinician = clinician(&["ana", "ben"]);
        let query = fhir::search::parse(
            kind("Observation"),
            &[("code".to_owned(), "2345-7".to_owned())],
            &fhir::search::Settings {
                base: "http://localhost/fhir",
                handling: fhir::search::Handling::Strict,
                count_default: 50,
                count_max: 100,
                clauses_max: 10,
                posted: None,
                include_rounds_max: 4,
                included_max: 100,
            },
        )
        .unwrap();
        let records = house.storage.records(&clinician);
        let page = records.search(&query).await.unwrap();
        assert_eq!(page.matches.len(), 2);
        for (id, lines) in [("ana", 1), ("ben", 1), ("cyd", 0)] {
            let log = log(&house, id, None).await;
            let searches = log.iter().filter(|line| line.action == Action::Search);
            assert_eq!(searches.count(), lines, "{id}");
        }
    }
}

/// Lines of a log as one sees it, looks at logs left out.
async fn seen(house: &House, reader: &access::Access, asked: &Asked<'_>) -> Vec<String> {
    let records = house.storage.records(reader);
    let lines = records.access_log(asked).await.unwrap().lines;
    lines
        .into_iter()
        .filter(|line| line.reason != "ACCESS_LOG")
        .map(|line| line.who)
        .collect()
}

#[tokio::test]
async fn a_log_is_read_by_whom_it_is_for_page_by_page_and_group_by_group() {
    for house in houses().await {
        let seed = chore();
        let list = vec![put("ana", person("A")), create(glucose("ana", "5"))];
        house.write(&seed, list).await;
        let (ana, doctor) = (patient("ana"), clinician(&["ana"]));
        for reader in [&ana, &doctor, &ana] {
            house.read(reader, "Patient", "ana").await;
        }
        let all = Asked {
            patient: "ana",
            count: 50,
            ..Asked::default()
        };
        let whole = seen(&house, &ana, &all).await;
        let people = ["Patient/ana", "Practitioner/doc", "Patient/ana"];
        assert_eq!(whole[..3], people);
        // Nobody else's to read, and not of one that is not there.
        assert!(seen(&house, &patient("ben"), &all).await.is_empty());
        assert!(seen(&house, &doctor, &all).await.is_empty());
        let of = |group| Asked {
            group: Some(group),
            ..all.clone()
        };
        let groups = [
            (Group::Staff, 1),
            (Group::Patient, 2),
            (Group::Proxies, 0),
            (Group::Apps, 0),
            (Group::Organizations, 0),
            (Group::System, 2),
        ];
        for (group, count) in groups {
            assert_eq!(
                seen(&house, &ana, &of(group)).await.len(),
                count,
                "{group:?}"
            );
        }
        let late = Asked {
            from: Some(at("2026-06-15T16:00:01Z")),
            ..all.clone()
        };
        assert!(seen(&house, &ana, &late).await.is_empty());
        let early = Asked {
            until: Some(at("2026-06-15T16:00:00Z")),
            ..all.clone()
        };
        assert!(seen(&house, &ana, &early).await.is_empty());
        let records = house.storage.records(&ana);
        let mut asked = Asked {
            count: 2,
            ..of(Group::System)
        };
        let first = records.access_log(&asked).await.unwrap();
        asked.before = Some(first.lines[0].position);
        let second = records.access_log(&asked).await.unwrap();
        assert_eq!((first.lines.len(), second.lines.len()), (2, 1));
        assert_eq!(first.lines[1].position, second.lines[0].position);
    }
}
