//! What somebody may not see does not come out by a way around.

use access::{Access, Actor, Standing, actor::Account, standing::Agent};
use std::sync::Arc;

use super::{search::query, support::*};
use crate::{Change, Found, WriteFaultKind, audit::show};

/// A document of ana's with an attachment.
fn document(marks: &str, binary: &str) -> fhir::Valid {
    valid(&format!(
        r#"{{"resourceType":"DocumentReference",{marks}"status":"current","subject":{{"reference":"Patient/ana"}},"content":[{{"attachment":{{"contentType":"text/plain","url":"Binary/{binary}"}}}}]}}"#
    ))
}

fn held(reference: &str) -> String {
    format!(
        r#""extension":[{{"url":"https://kinchart.org/fhir/StructureDefinition/release-hold","extension":[{{"url":"reason","valueCode":"harm"}},{{"url":"harm","valueCode":"life-or-physical-safety"}},{{"url":"until","valueDateTime":"2026-07-01T00:00:00Z"}},{{"url":"by","valueReference":{{"reference":"{reference}"}}}}]}}],"#
    )
}

/// Somebody with no chart of their own, before a patient is chosen.
fn visitor() -> Access {
    let standing = Standing {
        actor: Actor::SelfPatient {
            account: Account::Active,
            terms_accepted: true,
        },
        agent: Agent {
            who: "Person/kim".to_owned(),
            display: "Kim".to_owned(),
            ..Agent::default()
        },
        ..Standing::clone(patient("ana").standing())
    };
    Access::open(Arc::new(standing), pack(), noon()).unwrap()
}

#[tokio::test]
async fn pointing_at_an_attachment_does_not_open_it() {
    for house in houses().await {
        let seed = chore();
        let binary =
            || valid(r#"{"resourceType":"Binary","contentType":"text/plain","data":"aGk="}"#);
        let of_ben = valid(
            r#"{"resourceType":"Binary","contentType":"text/plain","securityContext":{"reference":"Patient/ben"},"data":"aGk="}"#,
        );
        let seeded = vec![
            put("ana", person("A")),
            put("ben", person("B")),
            put("dr", valid(r#"{"resourceType":"Practitioner"}"#)),
            put("hidden", binary()),
            put("of-ben", of_ben),
            put("d1", document(&held("Practitioner/dr"), "hidden")),
        ];
        house.write(&seed, seeded).await;
        let ana = patient("ana");
        let forged = ["hidden", "of-ben"]
            .map(|id| create(document("", id)))
            .to_vec();
        house.write(&seed, forged).await;
        for id in ["hidden", "of-ben"] {
            let found = house.read(&ana, "Binary", id).await;
            assert!(!matches!(found, Found::Seen(_)), "{id}");
        }
    }
}

#[tokio::test]
async fn a_put_does_not_tell_a_hidden_id_from_a_free_one() {
    for house in houses().await {
        let seed = chore();
        let seeded = vec![
            put("ana", person("A")),
            put("ben", person("B")),
            put("of-ben", glucose("ben", "5")),
        ];
        house.write(&seed, seeded).await;
        let ana = patient("ana");
        for id in ["of-ben", "free"] {
            let kind = house
                .refused(&ana, vec![put(id, glucose("ana", "5"))])
                .await;
            let hidden = match &kind {
                WriteFaultKind::NotFound => true,
                WriteFaultKind::Denied(decision) => decision.http == 404,
                _ => false,
            };
            assert!(hidden, "{id}: {kind:?}");
        }
    }
}

#[tokio::test]
async fn events_and_provenance_are_held_with_what_they_tell_about() {
    for house in houses().await {
        let seed = chore();
        let provenance = valid(
            r#"{"resourceType":"Provenance","target":[{"reference":"DocumentReference/d1"}],"recorded":"2026-06-01T00:00:00Z","agent":[{"who":{"reference":"Practitioner/dr"}}]}"#,
        );
        let seeded: Vec<Change> = vec![
            put("ana", person("A")),
            put("dr", valid(r#"{"resourceType":"Practitioner"}"#)),
            put("d1", document(&held("Practitioner/dr"), "b")),
            put("p1", provenance),
        ];
        house.write(&seed, seeded).await;
        let ana = patient("ana");
        house.read(&system(), "DocumentReference", "d1").await;
        house.read(&system(), "Patient", "ana").await;
        let which = show::Which::OfPatient("ana");
        house.storage.show_audit(&seed, which).await.unwrap();
        assert!(!matches!(
            house.read(&ana, "Provenance", "p1").await,
            Found::Seen(_)
        ));
        let mut told = 0;
        for number in 1..40 {
            let id = format!("audit-{number}");
            if let Found::Seen(seen) = house.read(&ana, "AuditEvent", &id).await {
                let body = String::from_utf8(seen.body().to_vec()).unwrap();
                assert!(!body.contains("DocumentReference/d1"), "{body}");
                told += 1;
            }
        }
        assert!(told > 0, "the rest of the log stays open");
    }
}

#[tokio::test]
async fn an_event_of_a_login_without_a_chart_is_shown_too() {
    for house in houses().await {
        let seed = chore();
        house.write(&seed, vec![put("ana", person("A"))]).await;
        house.read(&visitor(), "Patient", "ana").await;
        let which = show::Which::OfPatient("ana");
        house.storage.show_audit(&seed, which).await.unwrap();
        let mut named = 0;
        for number in 1..10 {
            let id = format!("audit-{number}");
            if let Found::Seen(seen) = house.read(&patient("ana"), "AuditEvent", &id).await {
                let body = String::from_utf8(seen.body().to_vec()).unwrap();
                named += usize::from(body.contains(r#""identifier":{"value":"Person/kim"}"#));
            }
        }
        assert_eq!(named, 1);
    }
}

#[tokio::test]
async fn parents_do_not_see_what_staff_searched_a_childs_chart_for() {
    for house in houses().await {
        let seed = chore();
        let child = r#"{"resourceType":"Patient","birthDate":"2016-01-01"}"#;
        house.write(&seed, vec![put("kid", valid(child))]).await;
        for parameters in ["patient=kid", "patient=kid&code=secret"] {
            let query = query("Observation", parameters);
            house
                .storage
                .records(&system())
                .search(&query)
                .await
                .unwrap();
        }
        let which = show::Which::OfPatient("kid");
        house.storage.show_audit(&seed, which).await.unwrap();
        let (mut open, mut guarded) = (0, 0);
        for number in 1..10 {
            let id = format!("audit-{number}");
            let body = house.body(&system(), "AuditEvent", &id).await;
            let found = house.read(&parent("kid"), "AuditEvent", &id).await;
            if body.contains("minor:unknown") {
                guarded += 1;
                assert!(matches!(found, Found::Nothing), "{body}");
            }
            open += usize::from(matches!(found, Found::Seen(_)));
        }
        assert_eq!(guarded, 1);
        assert!(open > 0, "the rest of the log stays open");
    }
}

#[tokio::test]
async fn labels_taken_off_what_a_proxy_reads_are_not_told_by_a_search() {
    for house in houses().await {
        let seed = chore();
        let child = r#"{"resourceType":"Patient","birthDate":"2016-01-01"}"#;
        let labelled = r#"{"resourceType":"Observation","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/kid"}}"#;
        let seeded = vec![put("kid", valid(child)), put("o", valid(labelled))];
        house.write(&seed, seeded).await;
        let parent = parent("kid");
        assert!(
            !house
                .body(&parent, "Observation", "o")
                .await
                .contains("security")
        );
        let any = house.storage.records(&parent);
        assert_eq!(
            any.search(&query("Observation", ""))
                .await
                .unwrap()
                .matches
                .len(),
            1
        );
        for one in ["_security=R", "_security:missing=true", "_security:not=R"] {
            let found = any.search(&query("Observation", one)).await.unwrap();
            assert!(found.matches.is_empty(), "{one}");
        }
    }
}

/// The parent of a young child.
fn parent(child: &str) -> Access {
    let mut standing = Standing::clone(patient(child).standing());
    standing.actor = Actor::Proxy {
        account: Account::Active,
        terms_accepted: true,
        adult: true,
        related_person: "rp".to_owned(),
    };
    if let Some(patient) = &mut standing.patient {
        patient.birth_date = Some("2016-01-01".to_owned());
    }
    standing.relationship = Some(access::actor::Relationship {
        kind: access::actor::RelationshipKind::Parent,
        status: access::actor::RelationshipStatus::Active,
        level: None,
        start: None,
        end: None,
        read_only: false,
        court_restricted: false,
        exclude_sensitive: false,
        consented_at: None,
    });
    standing.agent.who = "RelatedPerson/rp".to_owned();
    Access::open(Arc::new(standing), pack(), noon()).unwrap()
}
