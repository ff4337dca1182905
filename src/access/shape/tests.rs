//! What people may write, and how it is shaped.

#![allow(clippy::unwrap_used)]
use super::*;
use crate::actor::Account;
use crate::{Pack, PatientFacts, Standing};
use std::collections::BTreeMap;
use std::sync::Arc;

fn access(proxy: bool) -> Access {
    let (account, terms_accepted) = (Account::Active, true);
    let actor = if proxy {
        Actor::Proxy {
            account,
            terms_accepted,
            adult: true,
            related_person: "r1".to_owned(),
        }
    } else {
        Actor::SelfPatient {
            account,
            terms_accepted,
        }
    };
    let standing = Standing {
        actor,
        client: None,
        patient: Some(PatientFacts {
            id: "p1".to_owned(),
            birth_date: Some("1985-04-04".to_owned()),
            ..PatientFacts::default()
        }),
        relationship: None,
        consents: Vec::new(),
        others: BTreeMap::new(),
        charts: Vec::new(),
        agent: Agent {
            who: "Patient/p1".to_owned(),
            ..Agent::default()
        },
    };
    Access::open(
        Arc::new(standing),
        Arc::new(Pack::shipped("middlesex").unwrap()),
        "2026-06-15T12:00:00Z".parse().unwrap(),
    )
    .unwrap()
}
fn create(json: &str, proxy: bool) -> Result<Option<String>, Refusal> {
    let document = Document::parse(json).unwrap();
    let name = document.root().resource_type_name().unwrap();
    let resource_type = ResourceType::from_name(&name).unwrap();
    shape(&access(proxy), resource_type, None, &document)
}

#[test]
fn a_reading_from_home_gets_its_subject_and_its_tag() {
    let shaped = create(r#"{"resourceType":"Observation","status":"final"}"#, false)
        .unwrap()
        .unwrap();
    let document = Document::parse(shaped).unwrap();
    assert_eq!(
        document.root().text_at("subject.reference").as_deref(),
        Some("Patient/p1")
    );
    assert_eq!(
        document.root().text_at("meta.tag.code").as_deref(),
        Some("patient-supplied")
    );
    // Once shaped it stays as it is.
    let again = shape(&access(false), ResourceType::OBSERVATION, None, &document).unwrap();
    assert_eq!(again, None);
}

#[test]
fn a_tag_joins_the_tags_there_are() {
    for meta in [
        r#"{}"#,
        r#"{"tag":[]}"#,
        r#"{"tag":[{"code":"x"}],"source":"s"}"#,
    ] {
        let json = format!(r#"{{"meta":{meta},"resourceType":"Observation"}}"#);
        let document = Document::parse(create(&json, false).unwrap().unwrap()).unwrap();
        let codes = document.root().all("meta.tag.code");
        assert_eq!(
            codes.first().unwrap().str().as_deref(),
            Some("patient-supplied")
        );
    }
}

#[test]
fn nobody_writes_for_another_patient_or_lowers_a_guard() {
    for wrong in [
        r#"{"resourceType":"Observation","subject":{"reference":"Patient/p2"}}"#,
        r#"{"resourceType":"Observation","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"L"}]}}"#,
        r#"{"resourceType":"Observation","extension":[{"url":"https://kinchart.org/fhir/StructureDefinition/minor-release","valueBoolean":true}]}"#,
        r#"{"resourceType":"Condition","subject":{"reference":"Patient/p1"}}"#,
        r#"{"resourceType":"Provenance"}"#,
        r#"{"resourceType":"RelatedPerson","active":true}"#,
        r#"{"resourceType":"MedicationRequest","status":"active","intent":"order"}"#,
        r#"{"resourceType":"Communication","status":"completed","priority":"stat"}"#,
        r#"{"resourceType":"Communication","status":"completed","received":"2026-06-15T12:00:00Z"}"#,
        r#"{"resourceType":"Task","status":"completed"}"#,
        r#"{"resourceType":"Appointment","status":"booked"}"#,
    ] {
        assert!(create(wrong, false).is_err(), "{wrong}");
    }
}

#[test]
fn only_the_patient_releases_and_only_apps_approved_get_in() {
    let consent = |kind: &str| {
        format!(
            r#"{{"resourceType":"Consent","category":[{{"coding":[{{"system":"{CONSENT_KIND}","code":"{kind}"}}]}}]}}"#
        )
    };
    assert!(create(&consent("minor-release"), false).is_ok());
    assert!(create(&consent("minor-release"), true).is_err());
    assert!(create(&consent("exchange"), true).is_ok());
    assert!(create(&consent("app"), false).is_err());
}

#[test]
fn a_message_is_from_who_is_signed_in() {
    let shaped = create(
        r#"{"resourceType":"Communication","status":"completed","sender":{"reference":"Practitioner/d1"}}"#,
        false,
    )
    .unwrap()
    .unwrap();
    let document = Document::parse(shaped).unwrap();
    assert_eq!(
        document.root().text_at("sender.reference").as_deref(),
        Some("Patient/p1")
    );
}

#[test]
fn a_message_is_sent_when_the_house_has_it() {
    let sent = |json: &str| {
        let shaped = create(json, false).unwrap().unwrap();
        let document = Document::parse(shaped).unwrap();
        let sent = document.root().text_at("sent");
        sent.map(std::borrow::Cow::into_owned)
    };
    let now = Some("2026-06-15T12:00:00.000Z".to_owned());
    let bare = r#"{"resourceType":"Communication","status":"completed"}"#;
    assert_eq!(sent(bare), now);
    let early =
        r#"{"resourceType":"Communication","sent":"2020-01-01T00:00:00Z","status":"completed"}"#;
    assert_eq!(sent(early), now);
    let draft = r#"{"resourceType":"Communication","status":"preparation"}"#;
    assert_eq!(sent(draft), None);
}

#[test]
fn of_what_was_sent_only_that_it_was_read_is_added_and_once() {
    let letter = r#"{"resourceType":"Communication","id":"m","status":"completed","sent":"2026-06-14T12:00:00Z","sender":{"reference":"Practitioner/d"}}"#;
    let update = |before: &str, after: &str| {
        let [before, after] = [before, after].map(|json| Document::parse(json).unwrap());
        let it = ResourceType::COMMUNICATION;
        shape(&access(false), it, Some(&before), &after).is_ok()
    };
    let read_at = |at: &str| letter.replace("\"id\"", &format!("\"received\":\"{at}\",\"id\""));
    let read = read_at("2026-06-15T11:59:00Z");
    assert!(update(letter, &read));
    assert!(!update(letter, letter));
    assert!(!update(&read, &read_at("2026-06-15T12:00:00Z")));
    for other in ["2026-06-14T11:00:00Z", "2026-06-16T12:00:00Z", "2026-06"] {
        assert!(!update(letter, &read_at(other)), "{other}");
    }
    let changed = read.replace("\"completed\"", "\"entered-in-error\"");
    assert!(!update(letter, &changed));
    let own = |json: &str| json.replace("Practitioner/d", "Patient/p1");
    assert!(!update(&own(letter), &own(&read)));
    let draft = |json: &str| json.replace("completed", "preparation");
    assert!(!update(&draft(letter), &draft(&read)));
}

#[test]
fn one_may_move_house_and_not_change_ones_age() {
    let before = Document::parse(
        r#"{"resourceType":"Patient","id":"p1","birthDate":"2013-11-21","address":[{"city":"A"}]}"#,
    )
    .unwrap();
    let update = |json: &str| {
        let after = Document::parse(json).unwrap();
        shape(&access(true), ResourceType::PATIENT, Some(&before), &after)
    };
    let moved = r#"{"resourceType": "Patient","id":"p1","birthDate" : "2013-11-21","address":[{"city":"B"}]}"#;
    assert_eq!(update(moved), Ok(None));
    assert!(update(&moved.replace("2013-11-21", "2020-11-21")).is_err());
    assert!(update(r#"{"resourceType":"Patient","id":"p1","address":[]}"#).is_err());
}

#[test]
fn a_consent_keeps_its_kind_and_the_houses_own_are_not_for_people() {
    let text = |kind: &str| {
        format!(
            r#"{{"resourceType":"Consent","category":[{{"coding":[{{"system":"{CONSENT_KIND}","code":"{kind}"}}]}}],"patient":{{"reference":"Patient/p1"}}}}"#
        )
    };
    let update = |before: &str, after: &str| {
        let before = Document::parse(text(before)).unwrap();
        let after = Document::parse(text(after)).unwrap();
        shape(&access(false), ResourceType::CONSENT, Some(&before), &after).is_ok()
    };
    assert!(update("exchange", "exchange") && update("proxy", "proxy"));
    assert!(!update("terms", "terms") && !update("app", "app"));
    assert!(!update("exchange", "proxy") && !update("proxy", "app"));
    assert!(create(&text("proxy"), true).is_err());
}

#[test]
fn an_app_of_somebody_elses_lets_nobody_in() {
    let mut standing = Standing::clone(access(false).standing());
    standing.client = Some(crate::Client {
        id: "app".to_owned(),
        scopes: smart::scope::Scopes::parse("patient/*.cruds"),
        patient: Some("p1".to_owned()),
        expires: None,
        revoked: false,
        active: true,
        bound_to: None,
        third_party: true,
    });
    standing.consents.push(crate::facts::ConsentFact {
        client: Some("app".to_owned()),
        ..crate::facts::ConsentFact::new(crate::facts::ConsentKind::App, true)
    });
    let pack = Arc::new(Pack::shipped("middlesex").unwrap());
    let now = "2026-06-15T12:00:00Z".parse().unwrap();
    let app = Access::open(Arc::new(standing), pack, now).unwrap();
    for (kind, allowed) in [
        ("exchange", true),
        ("proxy", false),
        ("minor-release", false),
        ("app-deny", false),
        ("person-deny", false),
        ("wait", false),
    ] {
        let json = format!(
            r#"{{"resourceType":"Consent","category":[{{"coding":[{{"system":"{CONSENT_KIND}","code":"{kind}"}}]}}]}}"#
        );
        let document = Document::parse(json).unwrap();
        let shaped = shape(&app, ResourceType::CONSENT, None, &document);
        assert_eq!(shaped.is_ok(), allowed, "{kind}");
    }
}

fn update(before: &str, after: &str) -> Result<Option<String>, Refusal> {
    let (before, after) = (
        Document::parse(before).unwrap(),
        Document::parse(after).unwrap(),
    );
    let name = after.root().resource_type_name().unwrap();
    let resource_type = ResourceType::from_name(&name).unwrap();
    shape(&access(false), resource_type, Some(&before), &after)
}

#[test]
fn work_of_the_house_is_made_by_its_operations_and_by_nobody_elses_hand() {
    let task = |system: &str, code: &str| {
        format!(
            r#"{{"resourceType":"Task","status":"requested","code":{{"coding":[{{"system":"{system}","code":"{code}"}}]}}}}"#
        )
    };
    let own = "https://kinchart.org/fhir/CodeSystem/task-code";
    for code in [
        "proxy-request",
        "identity-review",
        "emancipation-verification",
        "account-deactivation",
        "message-handling",
        "nobody-knows",
    ] {
        for system in [own, "http://elsewhere"] {
            let refused = create(&task(system, code), false).unwrap_err();
            assert_eq!(refused.element, "Task.code", "{system}|{code}");
        }
    }
    let none = r#"{"resourceType":"Task","status":"requested"}"#;
    assert!(create(none, false).is_err());
    assert!(create(&task(own, "appointment-request"), false).is_ok());
    let two = r#"{"resourceType":"Task","status":"requested","code":{"coding":[{"code":"appointment-request"},{"code":"proxy-request"}]}}"#;
    assert!(create(two, false).is_err());
}

#[test]
fn what_the_practice_wrote_is_not_for_people_to_rewrite() {
    let coverage = |status: &str, tag: &str| {
        format!(r#"{{"resourceType":"Coverage","meta":{{{tag}}},"status":"{status}"}}"#)
    };
    let supplied = format!(r#""tag":[{PATIENT_SUPPLIED}]"#);
    assert!(update(&coverage("active", ""), &coverage("active", &supplied)).is_err());
    assert!(update(&coverage("draft", &supplied), &coverage("draft", &supplied)).is_ok());
    assert!(
        update(
            &coverage("draft", &supplied),
            &coverage("active", &supplied)
        )
        .is_err()
    );
    assert!(update(&coverage("draft", &supplied), &coverage("draft", "")).is_err());
    let due = |day: u8, tag: &str| {
        format!(
            r#"{{"resourceType":"Task","meta":{{{tag}}},"status":"requested","code":{{"coding":[{{"code":"appointment-request"}}]}},"restriction":{{"period":{{"end":"2026-06-1{day}T16:00:00Z"}}}}}}"#
        )
    };
    let begun = due(5, &supplied).replace("requested", "in-progress");
    assert!(update(&begun, &due(5, &supplied)).is_err());
    assert!(update(&due(5, ""), &due(9, "")).is_err());
    assert!(update(&due(5, &supplied), &due(9, &supplied)).is_ok());
}

#[test]
fn of_a_visit_the_practice_made_a_patient_changes_only_that_it_is_called_off() {
    let visit = |status: &str, start: &str| {
        format!(
            r#"{{"resourceType":"Appointment","status":"{status}","start":"2026-07-0{start}T12:00:00Z"}}"#
        )
    };
    assert!(update(&visit("booked", "1"), &visit("cancelled", "1")).is_ok());
    assert!(update(&visit("booked", "1"), &visit("booked", "2")).is_err());
    assert!(update(&visit("booked", "1"), &visit("pending", "1")).is_err());
    assert!(update(&visit("pending", "1"), &visit("booked", "1")).is_err());
    let own = |status: &str| {
        format!(
            r#"{{"resourceType":"Appointment","meta":{{"tag":[{PATIENT_SUPPLIED}]}},"status":"{status}"}}"#
        )
    };
    assert!(update(&own("proposed"), &own("cancelled")).is_ok());
    assert!(update(&own("proposed"), &own("booked")).is_err());
    assert!(update(&visit("booked", "1"), &visit("cancelled", "2")).is_err());
}

#[test]
fn a_patient_cancels_a_visit_but_does_not_call_it_done() {
    let visit = |status: &str| format!(r#"{{"resourceType":"Appointment","status":"{status}"}}"#);
    let moves = |before: &str, after: &str| update(&visit(before), &visit(after)).is_ok();
    assert!(moves("booked", "cancelled") && moves("fulfilled", "fulfilled"));
    assert!(!moves("booked", "fulfilled") && !moves("booked", "noshow"));
}
