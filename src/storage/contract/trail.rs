//! The audit trail: nothing happens without a line, and lines become AuditEvents.

use super::support::*;
use crate::{
    Found,
    audit::{Action, Event, show},
};

#[tokio::test]
async fn every_act_leaves_a_line_in_the_log_of_the_chart() {
    for house in houses().await {
        let seed = chore();
        house.write(&seed, vec![put("ana", person("A"))]).await;
        let ana = patient("ana");
        house.read(&ana, "Patient", "ana").await;
        house.read(&patient("ben"), "Patient", "ana").await;
        let log = house.storage.access_log("ana", 10, None).await.unwrap();
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
        let older = house
            .storage
            .access_log("ana", 10, Some(log[1].position))
            .await
            .unwrap();
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
            let log = house.storage.access_log(id, 50, None).await.unwrap();
            let searches = log.iter().filter(|line| line.action == Action::Search);
            assert_eq!(searches.count(), lines, "{id}");
        }
    }
}
