//! Emergency access: one chart, one hour, one authorization; told, reviewed, and never beyond.

use serde_json::{Value, json};
use storage::accounts::Kind;

use crate::support::{Caller, House};

const OPEN: &str = "/fhir/Patient/dan/$break-glass";

/// A house where dan has a record and the doctor does not treat him.
async fn house() -> House {
    let house = House::with_people().await;
    let backend = house.backend().await;
    for (id, marks) in [
        ("plain", json!({})),
        ("restricted", restricted()),
        ("minor", minor()),
    ] {
        let mut condition = json!({"resourceType": "Condition", "id": format!("dan-{id}"),
            "subject": {"reference": "Patient/dan"}});
        for (name, value) in marks.as_object().unwrap() {
            condition[name] = value.clone();
        }
        let path = format!("/fhir/Condition/dan-{id}");
        backend.put(&path, &condition).await.expect(201);
    }
    house
}

fn restricted() -> Value {
    json!({"meta": {"security": [{
        "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}})
}

fn minor() -> Value {
    json!({"meta": {"security": [{
        "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSYTHPN"}]}})
}

fn asked(reason: &str, text: &str) -> Value {
    json!({"resourceType": "Parameters", "parameter": [
        {"name": "reason", "valueCode": reason}, {"name": "text", "valueString": text}]})
}

fn emergency() -> Value {
    asked(
        "emergency-treatment",
        "Found unconscious, needs his history.",
    )
}

fn value(answer: &Value, name: &str) -> Value {
    let all = answer["parameter"].as_array().unwrap();
    let one = all.iter().find(|one| one["name"] == name).unwrap();
    let (_, value) = one
        .as_object()
        .unwrap()
        .iter()
        .find(|(key, _)| key.starts_with("value"))
        .unwrap();
    value.clone()
}

/// A member of staff of that role.
pub(super) async fn staff(house: &House, name: &str, role: &str) -> Caller {
    house.account(name, Kind::Staff).await;
    let client = house
        .client("portal", storage::clients::Kind::Public, true)
        .await;
    let accounts = house.storage.accounts();
    let mut account = accounts
        .find(&format!("account-{name}"))
        .await
        .unwrap()
        .unwrap();
    account.id = format!("account-{name}-{role}");
    account.username = format!("{name}-{role}");
    account.role = Some(role.to_owned());
    accounts.create(&account, house.now()).await.unwrap();
    let mut grant = house.grant(&client, "user/*.cruds");
    grant.account = Some(account.id);
    grant.fhir_user = Some(format!("Practitioner/{name}"));
    house.bearer(&house.token(grant, 30 * 86_400).await)
}

#[tokio::test]
async fn an_emergency_opens_one_chart_for_an_hour_and_through_one_authorization() {
    let house = house().await;
    let doctor = staff(&house, "dr-wu", "clinician").await;
    let other = house.clinician().await;
    doctor.get("/fhir/Condition/dan-plain").await.expect(403);
    let opened = doctor.post(OPEN, &emergency()).await.expect(200).json();
    let expires = value(&opened, "expires");
    assert!(
        expires.as_str().unwrap().starts_with("2026-06-15T17:00:0"),
        "{expires}"
    );
    assert_eq!(value(&opened, "already"), false);
    for id in ["plain", "restricted"] {
        doctor
            .get(&format!("/fhir/Condition/dan-{id}"))
            .await
            .expect(200);
    }
    let found = doctor
        .get("/fhir/Condition?patient=dan")
        .await
        .expect(200)
        .json();
    assert_eq!(found["entry"].as_array().map_or(0, Vec::len), 2);
    // Psychotherapy notes stay where they are, and so does everybody else's chart.
    doctor.get("/fhir/Condition/dan-minor").await.expect(403);
    doctor
        .get("/fhir/Observation/ada-glucose")
        .await
        .expect(200);
    // The same person through another authorization has declared nothing.
    other.get("/fhir/Condition/dan-plain").await.expect(403);
    // A second node knows at once.
    let node = house.node().await;
    let status = doctor
        .get("/fhir/$break-glass-status")
        .await
        .expect(200)
        .json();
    let banner = status["parameter"][0]["part"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert!(
        banner["valueString"].as_str().unwrap().contains("1:00 PM"),
        "{banner}"
    );
    drop(node);
    house.move_clock("2026-06-15T16:59:30Z");
    doctor.get("/fhir/Condition/dan-plain").await.expect(200);
    house.move_clock("2026-06-15T17:00:30Z");
    doctor.get("/fhir/Condition/dan-plain").await.expect(403);
}

#[tokio::test]
async fn it_can_be_closed_before_the_hour_is_over() {
    let house = house().await;
    let doctor = house.clinician().await;
    doctor.post(OPEN, &emergency()).await.expect(200);
    doctor.get("/fhir/Condition/dan-plain").await.expect(200);
    let nothing = json!({"resourceType": "Parameters"});
    let path = "/fhir/Patient/dan/$break-glass-end";
    let ended = doctor.post(path, &nothing).await.expect(200).json();
    assert_eq!(value(&ended, "ended"), true);
    doctor.get("/fhir/Condition/dan-plain").await.expect(403);
    let again = doctor.post(path, &nothing).await.expect(200).json();
    assert_eq!(value(&again, "ended"), false);
    // And declared anew.
    doctor.post(OPEN, &emergency()).await.expect(200);
    doctor.get("/fhir/Condition/dan-plain").await.expect(200);
}

#[tokio::test]
async fn the_patient_is_told_nothing_but_that_there_is_something_and_the_office_reviews_it() {
    let house = house().await;
    house.account("dan", Kind::Patient).await;
    let accounts = house.storage.accounts();
    accounts
        .set_email("account-dan", Some("dan@example.org"))
        .await
        .unwrap();
    let doctor = house.clinician().await;
    let body = emergency();
    let (one, two) = tokio::join!(doctor.post(OPEN, &body), doctor.post(OPEN, &body));
    let (one, two) = (one.expect(200).json(), two.expect(200).json());
    assert_ne!(value(&one, "already"), value(&two, "already"));
    assert_eq!(value(&one, "task"), value(&two, "task"));
    let mail = house.storage.mail().list(10).await.unwrap();
    assert_eq!(mail.len(), 1);
    for word in [
        "emergency",
        "Emergency",
        "doctor",
        "Condition",
        "Wu",
        "unconscious",
    ] {
        assert!(
            !mail[0].text.contains(word) && !mail[0].subject.contains(word),
            "{word}"
        );
    }
    let task = value(&one, "task");
    let path = format!("/fhir/Task/{}", task.as_str().unwrap());
    let task = house.backend().await.get(&path).await.expect(200).json();
    assert_eq!(task["code"]["coding"][0]["code"], "privacy-review");
    assert_eq!(
        task["restriction"]["period"]["end"],
        "2026-06-16T20:00:00.000Z"
    );
    // What was written is for the privacy office.
    assert!(!task.to_string().contains("unconscious"));
    let privacy = staff(&house, "dr-wu", "privacy").await;
    let told = privacy
        .get("/fhir/$break-glass-status?patient=dan")
        .await
        .expect(200);
    assert!(told.text().contains("Found unconscious"));
    doctor
        .get("/fhir/$break-glass-status?patient=dan")
        .await
        .expect(403);
    // The log says so in plain words.
    doctor.get("/fhir/Condition/dan-plain").await.expect(200);
    let log = house
        .patient("dan")
        .await
        .get("/fhir/Patient/dan/$access-log?group=staff")
        .await;
    let text = log.expect(200).text();
    assert!(
        text.contains("Clinician opened the record in an emergency."),
        "{text}"
    );
    assert!(text.contains("Clinician looked at conditions and diagnoses in an emergency."));
}

#[tokio::test]
async fn the_privacy_office_may_keep_a_patient_untold_with_a_reason() {
    let house = house().await;
    house.account("dan", Kind::Patient).await;
    let accounts = house.storage.accounts();
    accounts
        .set_email("account-dan", Some("dan@example.org"))
        .await
        .unwrap();
    let privacy = staff(&house, "dr-wu", "privacy").await;
    let path = "/fhir/Patient/dan/$break-glass-untold";
    let untold = |text: &str, until: &str| {
        json!({"resourceType": "Parameters", "parameter": [
        {"name": "text", "valueString": text}, {"name": "until", "valueInstant": until}]})
    };
    let good = untold(
        "The mailbox is read by the person he flees.",
        "2026-07-15T00:00:00Z",
    );
    privacy
        .post(path, &untold("short", "2026-07-15T00:00:00Z"))
        .await
        .expect(400);
    privacy
        .post(
            path,
            &untold("For a very long time indeed.", "2036-07-15T00:00:00Z"),
        )
        .await
        .expect(400);
    house.clinician().await.post(path, &good).await.expect(403);
    privacy.post(path, &good).await.expect(200);
    let opened = house
        .clinician()
        .await
        .post(OPEN, &emergency())
        .await
        .expect(200)
        .json();
    assert_eq!(value(&opened, "told"), false);
    assert!(house.storage.mail().list(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_else_opens_anything() {
    let house = house().await;
    let doctor = house.clinician().await;
    doctor
        .post(OPEN, &asked("curiosity", "I would like to know."))
        .await
        .expect(400);
    doctor
        .post(OPEN, &asked("covering", "  short "))
        .await
        .expect(400);
    doctor
        .post("/fhir/Patient/ada/$break-glass", &emergency())
        .await
        .expect(422);
    doctor
        .post("/fhir/Patient/never-was/$break-glass", &emergency())
        .await
        .expect(404);
    doctor.get("/fhir/Condition/dan-plain").await.expect(403);
    for role in ["him", "registration", "billing", "privacy"] {
        staff(&house, "dr-wu", role)
            .await
            .post(OPEN, &emergency())
            .await
            .expect(403);
    }
    house
        .backend()
        .await
        .post(OPEN, &emergency())
        .await
        .expect(403);
    house
        .patient("dan")
        .await
        .post(OPEN, &emergency())
        .await
        .expect(403);
    house
        .patient("ada")
        .await
        .post(OPEN, &emergency())
        .await
        .expect(404);
}

#[tokio::test]
async fn a_disclosure_under_suspension_is_not_for_the_patient_until_it_ends() {
    let house = house().await;
    let records = staff(&house, "dr-wu", "him").await;
    let path = "/fhir/Patient/dan/$record-disclosure";
    let told = |until: &str| {
        json!({"resourceType": "Parameters", "parameter": [
        {"name": "recipient", "valueString": "State Police"},
        {"name": "suspended-until", "valueInstant": until}]})
    };
    records
        .post(path, &told("2026-06-20T00:00:00Z"))
        .await
        .expect(200);
    house
        .clinician()
        .await
        .post(path, &told("2026-06-20T00:00:00Z"))
        .await
        .expect(403);
    let log = "/fhir/Patient/dan/$access-log";
    let events = "/fhir/AuditEvent?patient=dan&_count=200";
    let dan = house
        .patient_token("dan", crate::support::READ_ALL, 30 * 86_400)
        .await;
    let dan = house.bearer(&dan);
    for path in [log, events] {
        let text = dan.get(path).await.expect(200).text();
        assert!(
            !text.contains("State Police") && !text.contains("disclosure"),
            "{text}"
        );
    }
    assert!(
        records
            .get(log)
            .await
            .expect(200)
            .text()
            .contains("State Police")
    );
    house.move_clock("2026-06-20T00:00:00Z");
    let text = dan.get(log).await.expect(200).text();
    assert!(
        text.contains("told something of the record to State Police."),
        "{text}"
    );
    assert!(
        dan.get(events)
            .await
            .expect(200)
            .text()
            .contains("disclosure")
    );
}
