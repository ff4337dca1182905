//! `$access-log`, `$report-access` and `$audit-roots`: who looked, and what is not recognised.

use serde_json::{Value, json};
use smart::jwk::SigningKey;
use workflows::audit_roots;

use crate::support::{Caller, House, READ_ALL};

const LOG: &str = "/fhir/Patient/ada/$access-log";

/// The sentences of a log.
async fn sentences(caller: &Caller, path: &str) -> Vec<String> {
    let log = caller.get(path).await.expect(200).json();
    let entries = log["parameter"].as_array().cloned().unwrap_or_default();
    let entries = entries.iter().filter(|one| one["name"] == "entry");
    entries.map(|entry| part(entry, "text")).collect()
}

fn part(entry: &Value, name: &str) -> String {
    let parts = entry["part"].as_array().unwrap();
    let part = parts.iter().find(|part| part["name"] == name).unwrap();
    let value = part
        .as_object()
        .unwrap()
        .iter()
        .find(|(key, _)| key.starts_with("value"));
    let value = value.unwrap().1;
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A house whose doctor works somewhere, and looked at ada.
async fn house() -> House {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let role = json!({
        "resourceType": "PractitionerRole", "active": true,
        "practitioner": {"reference": "Practitioner/dr-wu"},
        "healthcareService": [{"display": "Family Medicine"}],
    });
    backend
        .post("/fhir/PractitionerRole", &role)
        .await
        .expect(201);
    let doctor = house.clinician().await;
    doctor
        .get("/fhir/Observation/ada-glucose")
        .await
        .expect(200);
    house
}

#[tokio::test]
async fn the_log_says_in_plain_words_who_looked_at_what() {
    let house = house().await;
    let ada = house.patient("ada").await;
    ada.get("/fhir/Observation?patient=ada").await.expect(200);
    let log = sentences(&ada, LOG).await;
    assert_eq!(
        log[..2],
        [
            "You looked through test results, vital signs and observations.",
            "Clinician, Family Medicine looked at test results, vital signs and observations.",
        ]
    );
    // Names of staff are not for patients, and the look at the log is an entry too.
    let again = sentences(&ada, LOG).await;
    assert_eq!(again[0], "You looked through who looked at the record.");
    assert!(again.iter().all(|text| !text.contains("dr-wu")));
    let staff = sentences(&ada, &format!("{LOG}?group=staff")).await;
    assert_eq!(staff.len(), 1);
    let none = sentences(&ada, &format!("{LOG}?until=2026-06-14")).await;
    assert!(none.is_empty());
    let today = sentences(&ada, &format!("{LOG}?from=2026-06-15&until=2026-06-15")).await;
    assert!(today.len() > 3);
}

#[tokio::test]
async fn the_log_is_read_page_by_page() {
    let house = house().await;
    let ada = house.patient("ada").await;
    let whole = sentences(&ada, &format!("{LOG}?group=system")).await;
    let mut pages = Vec::new();
    let mut address = format!("{LOG}?group=system&_count=2");
    loop {
        let page = ada.get(&address).await.expect(200).json();
        let parameters = page["parameter"].as_array().unwrap();
        let entries = parameters.iter().filter(|one| one["name"] == "entry");
        pages.extend(entries.map(|entry| part(entry, "text")));
        let next = parameters.iter().find(|one| one["name"] == "next");
        let Some(next) = next else { break };
        let before = next["valueId"].as_str().unwrap();
        address = format!("{LOG}?group=system&_count=2&before={before}");
    }
    assert_eq!(pages, whole);
}

#[tokio::test]
async fn nobody_else_reads_a_log() {
    let house = house().await;
    for stranger in [house.patient("dan").await, house.patient("ben").await] {
        let other = stranger.get(LOG).await;
        assert!(
            [403, 404].contains(&other.status.as_u16()),
            "{}",
            other.text()
        );
    }
    let dan = house.patient("dan").await;
    // One that is not there looks the same.
    let hidden = dan.get(LOG).await;
    let absent = dan.get("/fhir/Patient/never-was/$access-log").await;
    assert_eq!(
        (hidden.status, hidden.text()),
        (absent.status, absent.text())
    );
    house.clinician().await.get(LOG).await.expect(403);
    house.anonymous().get(LOG).await.expect(401);
    let narrow = house.patient_with("ada", "patient/Observation.rs").await;
    narrow.get(LOG).await.expect(403);
    let ada = house.patient("ada").await;
    for bad in ["group=x", "from=yesterday", "before=7", "_count=0"] {
        ada.get(&format!("{LOG}?{bad}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_parent_reads_the_log_of_a_child_but_for_what_is_hidden_from_parents() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let secret = json!({
        "resourceType": "Condition",
        "extension": [{
            "url": "https://kinchart.org/fhir/StructureDefinition/consent-basis",
            "valueCode": "minor:19a-216",
        }],
        "subject": {"reference": "Patient/ben"},
    });
    let plain = json!({"resourceType": "Encounter", "status": "finished",
        "class": {"code": "AMB"}, "subject": {"reference": "Patient/ben"}});
    let made = backend
        .post("/fhir/Condition", &secret)
        .await
        .expect(201)
        .json();
    backend.post("/fhir/Encounter", &plain).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    backend
        .get(&format!("/fhir/Condition/{id}"))
        .await
        .expect(200);
    backend
        .get("/fhir/Condition?patient=ben&code=1")
        .await
        .expect(200);
    let ada = house.proxy_of("ada", "ben").await;
    let log = sentences(&ada, "/fhir/Patient/ben/$access-log").await;
    assert!(
        log.iter().any(|text| text.ends_with("added visits.")),
        "{log:?}"
    );
    assert!(
        log.iter().all(|text| !text.contains("onditions")),
        "{log:?}"
    );
    // From 13 on there is no log for parents.
    house.move_clock("2028-01-20T05:00:00Z");
    ada.get("/fhir/Patient/ben/$access-log").await.expect(404);
}

#[tokio::test]
async fn what_is_not_recognised_becomes_one_task_of_the_privacy_office() {
    let house = house().await;
    let ada = house.patient_with("ada", READ_ALL).await;
    let log = ada.get(&format!("{LOG}?group=staff")).await.json();
    let event = part(&log["parameter"][0], "event");
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "event", "valueId": event},
        {"name": "comment", "valueString": "I was not there that day."},
    ]});
    let path = "/fhir/Patient/ada/$report-access";
    let (one, two) = tokio::join!(ada.post(path, &body), ada.post(path, &body));
    let (one, two) = (one.expect(200).json(), two.expect(200).json());
    let already = |answer: &Value| answer["parameter"][1]["valueBoolean"].as_bool().unwrap();
    assert_ne!(already(&one), already(&two));
    let id = one["parameter"][0]["valueId"].as_str().unwrap().to_owned();
    let backend = house.backend().await;
    let task = backend
        .get(&format!("/fhir/Task/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(task["code"]["coding"][0]["code"], "privacy-review");
    assert_eq!(task["for"]["reference"], "Patient/ada");
    assert_eq!(task["requester"]["reference"], "Patient/ada");
    assert_eq!(
        task["input"][0]["valueString"],
        format!("AuditEvent/{event}")
    );
    assert_eq!(task["input"][1]["valueString"], "I was not there that day.");
    // Monday noon: due when the office closes on Tuesday.
    assert_eq!(
        task["restriction"]["period"]["end"],
        "2026-06-16T20:00:00.000Z"
    );
    ada.get(&format!("/fhir/Task/{id}")).await.expect(200);
    let dan = house.patient("dan").await;
    dan.get(&format!("/fhir/Task/{id}")).await.expect(404);
    // Not what one does not see, nor what is not there.
    for (path, event) in [(path, "audit-999999"), (path, "x")] {
        let body = json!({"resourceType": "Parameters",
            "parameter": [{"name": "event", "valueId": event}]});
        ada.post(path, &body).await.expect(400);
    }
    dan.post(path, &body).await.expect(404);
}

fn key() -> SigningKey {
    let (kid, der) = smart::jwk::generate().unwrap();
    SigningKey::from_pkcs8(&kid, &der).unwrap()
}

async fn signed(house: &House, key: &SigningKey) -> Option<storage::audit::Root> {
    let pack = &house.web.pack;
    let signed = audit_roots::sign(&house.storage, key, "http://h", pack, house.now());
    signed.await.unwrap()
}

#[tokio::test]
async fn the_trail_is_signed_once_a_day_and_proven_against_what_somebody_kept() {
    let (house, key) = (house().await, key());
    assert_eq!(signed(&house, &key).await.unwrap().day, "2026-06-14");
    assert_eq!(signed(&house, &key).await, None);
    // The organization's day, not UTC's.
    house.move_clock("2026-06-16T03:59:59Z");
    assert_eq!(signed(&house, &key).await, None);
    house.move_clock("2026-06-16T04:00:00Z");
    let second = signed(&house, &key).await.unwrap();
    assert_eq!(second.day, "2026-06-15");
    // A clock set back signs nothing twice.
    house.move_clock("2026-06-10T04:00:00Z");
    assert_eq!(signed(&house, &key).await, None);
    let dan = house.patient("dan").await;
    let roots = dan.get("/fhir/$audit-roots").await.expect(200).json();
    let kept = part(&roots["parameter"][0], "root");
    assert_eq!(
        (kept.as_str(), 2),
        (
            second.signed.as_str(),
            roots["parameter"].as_array().unwrap().len()
        )
    );
    let proof = audit_roots::verify(&house.storage, std::slice::from_ref(&kept))
        .await
        .unwrap();
    let proof = proof.unwrap();
    assert_eq!((proof.roots, proof.before), (2, 0));
    assert!(proof.entries >= second.seq);
    // A trail made anew from the first entry on is whole by itself, but not what was kept.
    let other = self::house().await;
    for _ in 0..proof.entries {
        other
            .clinician()
            .await
            .get("/fhir/Observation/ada-glucose")
            .await
            .expect(200);
    }
    assert!(
        audit_roots::verify(&other.storage, &[])
            .await
            .unwrap()
            .is_ok()
    );
    let fault = audit_roots::verify(&other.storage, &[kept])
        .await
        .unwrap()
        .unwrap_err();
    assert!(
        matches!(fault, audit_roots::Fault::Rewritten { .. }),
        "{fault}"
    );
}

#[tokio::test]
async fn roots_that_were_changed_or_taken_out_are_found() {
    let (house, key) = (house().await, key());
    let first = signed(&house, &key).await.unwrap();
    // Stored for another day than it was signed for.
    let moved = storage::audit::Root {
        day: "2026-06-20".to_owned(),
        ..first.clone()
    };
    house.storage.keep_audit_root(&moved).await.unwrap();
    let fault = audit_roots::verify(&house.storage, &[])
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(fault, audit_roots::Fault::Root("2026-06-20".to_owned()));
    let house = self::house().await;
    // One that names a root before it which is not there.
    let claims = smart::audit_root::Claims {
        before: Some("x".to_owned()),
        ..smart::audit_root::read(&first.signed).unwrap().0
    };
    let orphan = storage::audit::Root {
        signed: smart::audit_root::sign(&key, &claims).unwrap(),
        ..first
    };
    house.storage.keep_audit_root(&orphan).await.unwrap();
    let fault = audit_roots::verify(&house.storage, &[])
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(
        fault,
        audit_roots::Fault::RootOrder("2026-06-14".to_owned())
    );
}
