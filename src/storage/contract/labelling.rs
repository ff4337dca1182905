//! Labels set on write and taken over, now and later, by all that came of a visit.

use access::{
    Access, Actor, PatientFacts, Relationship, Standing,
    actor::{Account, RelationshipKind, RelationshipStatus},
    standing::Agent,
};
use std::sync::Arc;

use super::support::*;
use crate::{Change, Found, reindex::Step, sql::Statement};

const BASIS: &str = r#""extension":[{"url":"https://kinchart.org/fhir/StructureDefinition/consent-basis","valueCode":"minor:19a-216"}],"#;

/// A mother of an eleven-year-old, who sees all that is not the child's own secret.
fn mother() -> Access {
    let standing = Standing {
        actor: Actor::Proxy {
            account: Account::Active,
            terms_accepted: true,
            adult: true,
            related_person: "mother".to_owned(),
        },
        client: None,
        patient: Some(PatientFacts {
            id: "kid".to_owned(),
            birth_date: Some("2015-02-01".to_owned()),
            ..PatientFacts::default()
        }),
        relationship: Some(Relationship {
            kind: RelationshipKind::Parent,
            status: RelationshipStatus::Active,
            level: None,
            consented_at: None,
            start: None,
            end: None,
            court_restricted: false,
            exclude_sensitive: false,
            read_only: false,
        }),
        consents: Vec::new(),
        others: Default::default(),
        charts: Vec::new(),
        agent: Agent {
            who: "RelatedPerson/mother".to_owned(),
            ..Agent::default()
        },
    };
    Access::open(Arc::new(standing), pack(), noon()).unwrap()
}

fn visit(basis: &str) -> Change {
    put(
        "visit",
        valid(&format!(
            r#"{{"resourceType":"Encounter",{basis}"status":"finished","class":{{"code":"AMB"}},"subject":{{"reference":"Patient/kid"}}}}"#
        )),
    )
}

/// What came of a visit, by type and id, with more members.
fn came_of_it() -> Vec<Change> {
    let kid =
        r#""subject":{"reference":"Patient/kid"},"encounter":{"reference":"Encounter/visit"}"#;
    let code = r#""code":{"text":"test"}"#;
    let one = |id: &str, json: String| put(id, valid(&json));
    vec![
        one("order", format!(r#"{{"resourceType":"ServiceRequest","status":"active","intent":"order",{code},{kid}}}"#)),
        one("result", format!(
            r#"{{"resourceType":"Observation","status":"final",{code},"subject":{{"reference":"Patient/kid"}},"basedOn":[{{"reference":"ServiceRequest/order"}}]}}"#)),
        one("report", format!(
            r#"{{"resourceType":"DiagnosticReport","status":"final",{code},"subject":{{"reference":"Patient/kid"}},"result":[{{"reference":"Observation/result"}}]}}"#)),
        one("note", r#"{"resourceType":"DocumentReference","status":"current","subject":{"reference":"Patient/kid"},"content":[{"attachment":{"url":"Binary/text"}}],"context":{"encounter":[{"reference":"Encounter/visit"}]}}"#.to_owned()),
        one("pill", format!(
            r#"{{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{{"text":"pill"}},{kid}}}"#)),
        one("again", r#"{"resourceType":"Appointment","status":"proposed","basedOn":[{"reference":"ServiceRequest/order"}],"participant":[{"status":"accepted","actor":{"reference":"Patient/kid"}}]}"#.to_owned()),
        one("message", format!(r#"{{"resourceType":"Communication","status":"completed",{kid}}}"#)),
        one("charge", format!(
            r#"{{"resourceType":"ChargeItem","status":"billable",{code},"subject":{{"reference":"Patient/kid"}},"context":{{"reference":"Encounter/visit"}}}}"#)),
        one("bill", r#"{"resourceType":"Invoice","status":"issued","subject":{"reference":"Patient/kid"},"lineItem":[{"chargeItemReference":{"reference":"ChargeItem/charge"}}]}"#.to_owned()),
        one("who", r#"{"resourceType":"Provenance","target":[{"reference":"Observation/result"}],"recorded":"2026-05-01T10:00:00Z","agent":[{"who":{"reference":"Practitioner/doc"}}]}"#.to_owned()),
    ]
}

const ALL: &[(&str, &str)] = &[
    ("Encounter", "visit"),
    ("ServiceRequest", "order"),
    ("Observation", "result"),
    ("DiagnosticReport", "report"),
    ("DocumentReference", "note"),
    ("MedicationRequest", "pill"),
    ("Appointment", "again"),
    ("Communication", "message"),
    ("ChargeItem", "charge"),
    ("Invoice", "bill"),
    ("Provenance", "who"),
    ("Binary", "text"),
];

async fn family(house: &House) {
    let kid = valid(r#"{"resourceType":"Patient","birthDate":"2015-02-01"}"#);
    let text = valid(
        r#"{"resourceType":"Binary","contentType":"text/plain","securityContext":{"reference":"Patient/kid"},"data":"aGk="}"#,
    );
    let doctor = valid(r#"{"resourceType":"Practitioner"}"#);
    let changes = vec![put("kid", kid), put("text", text), put("doc", doctor)];
    house.write(&chore(), changes).await;
}

async fn seen(house: &House, access: &Access) -> Vec<&'static str> {
    let mut seen = Vec::new();
    for (name, id) in ALL {
        if matches!(house.read(access, name, id).await, Found::Seen(_)) {
            seen.push(*name);
        }
    }
    seen
}

#[tokio::test]
async fn what_comes_of_a_confidential_visit_is_hidden_like_it() {
    for house in houses().await {
        family(&house).await;
        house.write(&chore(), vec![visit(BASIS)]).await;
        house.write(&chore(), came_of_it()).await;
        assert_eq!(seen(&house, &mother()).await, [""; 0]);
        assert_eq!(seen(&house, &patient("kid")).await.len(), ALL.len());
    }
}

#[tokio::test]
async fn a_basis_set_later_reaches_everything_at_once_and_its_earlier_versions() {
    for house in houses().await {
        family(&house).await;
        house.write(&chore(), vec![visit("")]).await;
        house.write(&chore(), came_of_it()).await;
        // Twice, so that there are earlier versions.
        house.write(&chore(), came_of_it()).await;
        assert_eq!(seen(&house, &mother()).await.len(), ALL.len());
        house.write(&system(), vec![visit(BASIS)]).await;
        assert_eq!(seen(&house, &mother()).await, [""; 0]);
        for (name, id) in ALL {
            let mother = mother();
            let records = house.storage.records(&mother);
            let first = records.vread(kind(name), id, 1).await.unwrap();
            assert!(matches!(first, Found::Nothing), "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_taken_back_is_gone_in_a_circle_too_but_not_what_another_gives() {
    for house in houses().await {
        family(&house).await;
        let other = r#"{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/kid"}}"#;
        let plain = || {
            other.replace(
                r#""status""#,
                r#""reasonReference":[{"reference":"Condition/dx"}],"status""#,
            )
        };
        let based = |text: &str| text.replace(r#""status""#, &format!(r#"{BASIS}"status""#));
        let condition = r#"{"resourceType":"Condition","code":{"text":"x"},"subject":{"reference":"Patient/kid"},"encounter":{"reference":"Encounter/round"}}"#;
        let result = |visits: &str| {
            valid(&format!(
                r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/kid"}},{visits}}}"#
            ))
        };
        let of_it = r#""encounter":{"reference":"Encounter/round"}"#;
        let of_both = r#""encounter":{"reference":"Encounter/round"},"hasMember":[{"reference":"Observation/kept"}]"#;
        let of_other = r#""encounter":{"reference":"Encounter/stays"}"#;
        let all = [
            ("Encounter", "round"),
            ("Condition", "dx"),
            ("Observation", "res"),
        ];
        let shown = async |names: &[(&str, &str)]| {
            let mut shown = 0;
            for (name, id) in names {
                let read = house.read(&mother(), name, id).await;
                shown += usize::from(matches!(read, Found::Seen(_)));
            }
            shown
        };
        house
            .write(&chore(), vec![put("round", valid(&plain()))])
            .await;
        house
            .write(&chore(), vec![put("stays", valid(&based(other)))])
            .await;
        house
            .write(&chore(), vec![put("dx", valid(condition))])
            .await;
        house.write(&chore(), vec![put("res", result(of_it))]).await;
        house
            .write(&chore(), vec![put("kept", result(of_other))])
            .await;
        house
            .write(&chore(), vec![put("both", result(of_both))])
            .await;
        assert_eq!(shown(&all).await, 3);
        assert_eq!(shown(&[("Observation", "both")]).await, 0);
        house
            .write(&system(), vec![put("round", valid(&based(&plain())))])
            .await;
        assert_eq!(shown(&all).await, 0);
        house
            .write(&chore(), vec![put("round", valid(&plain()))])
            .await;
        assert_eq!(shown(&all).await, 3);
        assert_eq!(
            shown(&[("Observation", "both"), ("Observation", "kept")]).await,
            0
        );
    }
}

#[tokio::test]
async fn a_list_of_changes_passes_labels_on_within_itself() {
    for house in houses().await {
        family(&house).await;
        let mut changes = came_of_it();
        changes.push(visit(BASIS));
        house.write(&chore(), changes).await;
        assert_eq!(seen(&house, &mother()).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_visit_hides_the_appointment_it_came_from() {
    for house in houses().await {
        family(&house).await;
        house.write(&chore(), vec![visit("")]).await;
        house.write(&chore(), came_of_it()).await;
        let link = format!(r#"{BASIS}"appointment":[{{"reference":"Appointment/again"}}],"#);
        house.write(&system(), vec![visit(&link)]).await;
        let found = house.read(&mother(), "Appointment", "again").await;
        assert!(matches!(found, Found::Nothing));
        // Written again by whoever knows nothing of it, it stays hidden.
        let again = valid(
            r#"{"resourceType":"Appointment","status":"cancelled","participant":[{"status":"accepted","actor":{"reference":"Patient/kid"}}]}"#,
        );
        house.write(&system(), vec![put("again", again)]).await;
        let found = house.read(&mother(), "Appointment", "again").await;
        assert!(matches!(found, Found::Nothing));
    }
}

#[tokio::test]
async fn labels_are_shown_searched_and_never_lowered_by_a_copy_sent_back() {
    for house in houses().await {
        family(&house).await;
        let hiv = r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"56888-1"}]},"subject":{"reference":"Patient/kid"}}"#;
        house.write(&system(), vec![put("hiv", valid(hiv))]).await;
        let body = house.body(&system(), "Observation", "hiv").await;
        assert!(
            body.contains(r#""code":"HIV""#) && body.contains(r#""code":"R""#),
            "{body}"
        );
        let stated = hiv.replace(
            "\"status\"",
            r#""meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PRS"}]},"status""#,
        );
        house
            .write(&system(), vec![put("hiv", valid(&stated))])
            .await;
        house.write(&system(), vec![put("hiv", valid(hiv))]).await;
        let body = house.body(&system(), "Observation", "hiv").await;
        assert!(body.contains(r#""code":"PRS""#), "{body}");
        // What was read is what can be written: the labels of the house are not taken for statements.
        house.write(&system(), vec![put("hiv", valid(&body))]).await;
        let mut found = 0;
        let sql = "SELECT COUNT(*) FROM ix_token WHERE code = 'HIV'";
        for row in house
            .storage
            .inner
            .db
            .fetch_all(Statement::new(sql))
            .await
            .unwrap()
        {
            found = row.int(0).unwrap();
        }
        assert_eq!(found, 1);
        let plain = hiv.replace("56888-1", "2345-7");
        house
            .write(&system(), vec![put("hiv", valid(&plain))])
            .await;
        let body = house.body(&system(), "Observation", "hiv").await;
        assert!(!body.contains("HIV") && body.contains("PRS"), "{body}");
    }
}

#[tokio::test]
async fn new_rules_reach_what_is_stored_and_its_logs() {
    for house in houses().await {
        family(&house).await;
        house.write(&chore(), vec![visit("")]).await;
        house.write(&chore(), came_of_it()).await;
        let own = valid(
            r#"{"resourceType":"ValueSet","url":"http://site.example/ValueSet/own","status":"active","extension":[{"url":"https://kinchart.org/fhir/StructureDefinition/label-of-codes","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"GDIS"}}],"compose":{"include":[{"system":"http://loinc.org","concept":[{"code":"2345-7"}]}]}}"#,
        );
        house
            .write(&chore(), vec![put("sugar", glucose("kid", "5"))])
            .await;
        let told = valid(
            r#"{"resourceType":"Provenance","target":[{"reference":"Observation/sugar"}],"recorded":"2026-05-01T10:00:00Z","agent":[{"who":{"reference":"Practitioner/doc"}}]}"#,
        );
        house.write(&chore(), vec![put("told", told)]).await;
        house.write(&chore(), vec![put("own", own)]).await;
        let reindex = house.storage.reindex();
        while !matches!(reindex.step(noon()).await.unwrap(), Step::Idle) {}
        for (name, id) in [("Observation", "sugar"), ("Provenance", "told")] {
            let body = house.body(&system(), name, id).await;
            assert!(body.contains(r#""code":"GDIS""#), "{name} {body}");
        }
        let body = house.body(&system(), "Observation", "result").await;
        assert!(!body.contains("GDIS"));
    }
}

#[tokio::test]
async fn a_department_that_turns_confidential_labels_what_was_made_there() {
    for house in houses().await {
        family(&house).await;
        let clinic = |mark: &str| {
            put(
                "clinic",
                valid(&format!(
                    r#"{{"resourceType":"Organization",{mark}"name":"Clinic"}}"#
                )),
            )
        };
        house.write(&chore(), vec![clinic("")]).await;
        let note = r#"{"resourceType":"DocumentReference","status":"current","subject":{"reference":"Patient/kid"},"custodian":{"reference":"Organization/clinic"},"content":[{"attachment":{"title":"t"}}]}"#;
        house.write(&chore(), vec![put("n", valid(note))]).await;
        let mark = r#""extension":[{"url":"https://kinchart.org/fhir/StructureDefinition/default-label","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}}],"#;
        house.write(&system(), vec![clinic(mark)]).await;
        house.write(&system(), vec![put("m", valid(note))]).await;
        let reindex = house.storage.reindex();
        while !matches!(reindex.step(noon()).await.unwrap(), Step::Idle) {}
        for id in ["n", "m"] {
            let body = house.body(&system(), "DocumentReference", id).await;
            assert!(body.contains(r#""code":"PSY""#), "{body}");
        }
        assert!(
            !house
                .body(&system(), "Organization", "clinic")
                .await
                .contains("security")
        );
    }
}
