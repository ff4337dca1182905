//! What somebody may not see does not come out by a way around.

use access::{Access, Actor, Standing, actor::Account, standing::Agent};
use std::sync::Arc;

use super::support::*;
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
