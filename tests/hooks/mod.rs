//! Decision support over the true router.

use serde_json::{Value, json};

use crate::support::{BASE, Caller, House, Key, Reply};

const INSTANCE: &str = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea";
const VIEW: &str = "/cds-services/patient-view";
const BOOK: &str = "/cds-services/appointment-book";

fn view(patient: &str) -> Value {
    json!({"hook": "patient-view", "hookInstance": INSTANCE,
        "context": {"userId": "Practitioner/dr-wu", "patientId": patient}})
}

fn book(patient: &str, appointment: Value) -> Value {
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": appointment}]});
    json!({"hook": "appointment-book", "hookInstance": INSTANCE,
        "context": {"userId": "Practitioner/dr-wu", "patientId": patient, "appointments": bundle}})
}

fn appointment(patient: &str, status: &str) -> Value {
    json!({"resourceType": "Appointment", "status": status, "description": "Check-up",
        "start": "2026-06-20T14:00:00Z", "end": "2026-06-20T14:30:00Z",
        "participant": [{"actor": {"reference": format!("Patient/{patient}")}, "status": "accepted"},
            {"actor": {"reference": "Practitioner/dr-wu", "display": "Dr. Wu"}, "status": "accepted"}]})
}

async fn ask(caller: &Caller, path: &str, body: &Value) -> Reply {
    caller
        .with("content-type", "application/json")
        .post(path, body)
        .await
}

fn summaries(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let cards = reply.json()["cards"].as_array().cloned().unwrap();
    let all = cards
        .iter()
        .map(|card| card["summary"].as_str().unwrap().to_owned());
    all.collect()
}

fn has(reply: &Reply, start: &str) -> bool {
    summaries(reply)
        .iter()
        .any(|summary| summary.contains(start))
}

#[tokio::test]
async fn discovery_tells_every_service_to_any_origin() {
    let house = House::empty().await;
    let reply = house.anonymous().get("/cds-services").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    let services = reply.json()["services"].as_array().cloned().unwrap();
    let hooks: Vec<&str> = services
        .iter()
        .map(|it| it["hook"].as_str().unwrap())
        .collect();
    assert_eq!(hooks, ["patient-view", "appointment-book"]);
    for service in services {
        assert_eq!(
            service["prefetch"]["patient"],
            "Patient/{{context.patientId}}"
        );
    }
    let preflight = house
        .anonymous()
        .with("origin", "https://ehr.example")
        .with("access-control-request-method", "POST")
        .send(axum::http::Method::OPTIONS, VIEW, None::<&str>)
        .await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_chart_asks_for_what_is_overdue() {
    let house = House::with_people().await;
    let reply = ask(&house.clinician().await, VIEW, &view("ada")).await;
    assert!(
        has(&reply, "Vaccine overdue: Td or Tdap booster"),
        "{}",
        reply.text()
    );
    assert!(has(&reply, "Due: lipid panel"));
    let cards = reply.json()["cards"].as_array().cloned().unwrap();
    for card in &cards {
        let id = card["uuid"].as_str().unwrap();
        assert!(uuid::Uuid::parse_str(id).is_ok());
        assert!(card["source"]["label"].is_string() && card["indicator"].is_string());
    }
    // Once given and on record, it is not asked for again.
    let dose = json!({"resourceType": "Immunization", "status": "completed",
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "115"}]},
        "patient": {"reference": "Patient/ada"}, "occurrenceDateTime": "2020-05-05"});
    house
        .backend()
        .await
        .post("/fhir/Immunization", dose)
        .await
        .expect(201);
    let reply = ask(&house.clinician().await, VIEW, &view("ada")).await;
    assert!(!has(&reply, "Vaccine overdue"), "{}", reply.text());
}

#[tokio::test]
async fn no_token_no_cards_whatever_is_given_along() {
    let house = House::with_people().await;
    let mut body = view("ada");
    body["prefetch"] = json!({"patient": {"resourceType": "Patient", "id": "ada", "birthDate": "1984-02-03"},
        "immunizations": {"resourceType": "Bundle"}});
    let reply = ask(&house.anonymous(), VIEW, &body).await;
    assert_eq!(reply.status, 401, "{}", reply.text());
    // One who may not see the patient is answered as if there were none.
    let dan = house.patient_with("dan", "patient/*.rs").await;
    let hidden = ask(&dan, VIEW, &body).await;
    assert_eq!(
        (hidden.status.as_u16(), hidden.issue().as_str()),
        (412, "not-found")
    );
    let mut nobody = body.clone();
    nobody["context"]["patientId"] = json!("never-was");
    nobody["prefetch"]["patient"]["id"] = json!("never-was");
    assert_eq!(ask(&dan, VIEW, &nobody).await.body, hidden.body);
}

#[tokio::test]
async fn the_token_may_be_in_the_body_and_is_then_the_one_that_counts() {
    let house = House::with_people().await;
    let token = house.patient_token("ada", "patient/*.rs", 600).await;
    let mut body = view("ada");
    body["fhirServer"] = json!(format!("{}/fhir/", crate::support::BASE));
    body["fhirAuthorization"] = json!({"access_token": token, "token_type": "Bearer", "expires_in": 600,
        "scope": "patient/*.rs", "subject": "ehr"});
    assert_eq!(ask(&house.anonymous(), VIEW, &body).await.status, 200);
    let dan = house.patient_with("dan", "patient/*.rs").await;
    assert_eq!(ask(&dan, VIEW, &body).await.status, 200);
    body["fhirAuthorization"]["access_token"] = json!("not-one-of-ours");
    assert_eq!(ask(&dan, VIEW, &body).await.status, 401);
    body["fhirAuthorization"]["access_token"] = json!("a\nb");
    assert_eq!(ask(&dan, VIEW, &body).await.status, 400);
    let mut elsewhere = view("ada");
    elsewhere["fhirServer"] = json!("https://elsewhere.example/fhir");
    let ada = house.patient_with("ada", "patient/*.rs").await;
    assert_eq!(ask(&ada, VIEW, &elsewhere).await.status, 412);
}

#[tokio::test]
async fn what_is_given_along_stands_in_for_a_search_but_widens_nothing() {
    let house = House::with_people().await;
    let doctor = house.clinician().await;
    let mut body = view("ada");
    let dose = |patient: &str| {
        json!({"resource": {"resourceType": "Immunization", "status": "completed",
        "vaccineCode": {"coding": [{"code": "115"}]}, "occurrenceDateTime": "2020-05-05",
        "patient": {"reference": format!("Patient/{patient}")}}})
    };
    let given = |patient: &str| json!({"immunizations": {"resourceType": "Bundle", "entry": [dose(patient)]}});
    body["prefetch"] = given("ada");
    assert!(!has(&ask(&doctor, VIEW, &body).await, "Td or Tdap"));
    // Somebody else's dose does not count.
    body["prefetch"] = given("dan");
    assert!(has(&ask(&doctor, VIEW, &body).await, "Td or Tdap"));
    // Without the scope for a type nothing is said of it, even if it is given along.
    let narrow = house.patient_with("ada", "patient/Patient.rs").await;
    let reply = ask(&narrow, VIEW, &body).await;
    assert_eq!(summaries(&reply), [""; 0], "{}", reply.text());
}

#[tokio::test]
async fn an_appointment_that_cannot_be_is_warned_of() {
    let house = House::with_people().await;
    let doctor = house.clinician().await;
    let proposed = appointment("ada", "proposed");
    let reply = ask(&doctor, BOOK, &book("ada", proposed.clone())).await;
    assert!(!has(&reply, "already"), "{}", reply.text());
    let backend = house.backend().await;
    let booked = appointment("ada", "booked");
    backend.post("/fhir/Appointment", &booked).await.expect(201);
    let reply = ask(&doctor, BOOK, &book("ada", proposed)).await;
    assert!(
        has(&reply, "already has an appointment then: Check-up"),
        "{}",
        reply.text()
    );
    assert!(has(
        &reply,
        "Dr. Wu is already booked June 20, 2026 at 10:00 AM"
    ));
    // The dead are not booked for.
    let mut dan = backend.get("/fhir/Patient/dan").await.json();
    dan["deceasedDateTime"] = json!("2026-05-01");
    backend.put("/fhir/Patient/dan", &dan).await.expect(200);
    let reply = ask(&backend, BOOK, &book("dan", appointment("dan", "proposed"))).await;
    assert_eq!(
        reply.json()["cards"][0]["indicator"],
        "critical",
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn a_clinician_who_does_not_treat_the_patient_is_told_nothing_clinical() {
    let house = House::with_people().await;
    let reply = ask(&house.clinician().await, VIEW, &view("dan")).await;
    assert!(
        !has(&reply, "overdue") && !has(&reply, "Due:"),
        "{}",
        reply.text()
    );
    let mut body = view("dan");
    body["prefetch"] = json!({"immunizations": {"resourceType": "Bundle"}});
    let reply = ask(&house.clinician().await, VIEW, &body).await;
    assert!(!has(&reply, "overdue"), "{}", reply.text());
    assert!(has(
        &ask(&house.backend().await, VIEW, &view("dan")).await,
        "overdue"
    ));
}

#[tokio::test]
async fn wrong_calls_name_the_element_and_the_rule() {
    let house = House::with_people().await;
    let doctor = house.clinician().await;
    let mut body = view("ada");
    body["hook"] = json!("order-sign");
    body["context"]["userId"] = json!("dr-wu");
    let reply = ask(&doctor, VIEW, &body).await;
    assert_eq!(reply.status, 400);
    let issues = reply.json()["issue"].as_array().cloned().unwrap();
    let at: Vec<&str> = issues
        .iter()
        .map(|it| it["expression"][0].as_str().unwrap())
        .collect();
    assert_eq!(at, ["hook", "context.userId"]);
    assert_eq!(ask(&doctor, VIEW, &json!([])).await.status, 400);
    let reply = doctor
        .with("content-type", "application/json")
        .post(VIEW, "{")
        .await;
    assert_eq!(reply.status, 400);
    let reply = doctor
        .with("content-type", "application/fhir+xml")
        .post(VIEW, "<a/>")
        .await;
    assert_eq!(reply.status, 415);
    let reply = ask(&doctor, "/cds-services/order-sign", &view("ada")).await;
    assert_eq!(
        (reply.status.as_u16(), reply.issue().as_str()),
        (404, "not-found")
    );
}

#[tokio::test]
async fn feedback_is_counted_by_rule_and_nothing_else_is_kept() {
    let house = House::with_people().await;
    let doctor = house.clinician().await;
    let cards = ask(&doctor, VIEW, &view("ada")).await.json()["cards"].clone();
    let card = &cards[0]["uuid"];
    let entry = |card: &Value, outcome: &str| json!({"card": card, "outcome": outcome, "outcomeTimestamp": "2026-06-15T16:05:00Z"});
    let path = "/cds-services/patient-view/feedback";
    let body = json!({"feedback": [entry(card, "accepted"), entry(card, "overridden"), entry(card, "accepted"),
        entry(&json!("not-one-of-ours"), "accepted")]});
    assert_eq!(ask(&doctor, path, &body).await.status, 200);
    let counts = house.storage.feedback().counts().await.unwrap();
    let told: Vec<(&str, &str, i64)> = counts
        .iter()
        .map(|it| (it.rule.as_str(), it.outcome.as_str(), it.count))
        .collect();
    assert_eq!(
        told,
        [
            ("overdue-vaccines", "accepted", 2),
            ("overdue-vaccines", "overridden", 1)
        ]
    );
    assert_eq!(ask(&house.anonymous(), path, &body).await.status, 401);
    let wrong = json!({"feedback": [entry(card, "liked")]});
    assert_eq!(ask(&doctor, path, &wrong).await.status, 400);
}

/// A router that knows one system, and its key.
fn with_system(house: &House) -> (axum::Router, Key) {
    let key = Key::named("ehr-1");
    let client = config::CdsClient {
        issuer: EHR.to_owned(),
        keys: config::cds::Keys::Are(Key::set(&[&key])),
    };
    let router = house.settled(|web| web.cds_clients = std::sync::Arc::new(vec![client]));
    (router, key)
}

const EHR: &str = "https://ehr.example";

fn call_of(house: &House, key: &Key, iss: &str, jti: &str, service: &str) -> String {
    let now = house.now().as_second();
    let aud = format!("{BASE}{service}");
    key.sign(&json!({"iss": iss, "aud": aud, "iat": now, "exp": now + 60, "jti": jti}))
}

#[tokio::test]
async fn where_systems_are_named_a_call_with_a_handed_over_token_proves_its_system() {
    let house = House::with_people().await;
    let (router, key) = with_system(&house);
    let token = house.clinician_token().await;
    let mut body = view("ada");
    body["fhirServer"] = json!(format!("{BASE}/fhir"));
    body["fhirAuthorization"] = json!({"access_token": token, "token_type": "Bearer",
        "expires_in": 300, "scope": "user/*.rs", "subject": "ehr"});
    let caller = |jwt: Option<String>| Caller::new(router.clone(), jwt);
    let asked = async |jwt: Option<String>, body: &Value| ask(&caller(jwt), VIEW, body).await;
    let jwt = call_of(&house, &key, EHR, "1", VIEW);
    asked(Some(jwt.clone()), &body).await.expect(200);
    // Once, for this service, by this system, with its key, and never without a token for the record.
    asked(Some(jwt), &body).await.expect(401);
    asked(None, &body).await.expect(401);
    asked(Some(call_of(&house, &key, EHR, "2", BOOK)), &body)
        .await
        .expect(401);
    let stranger = call_of(&house, &key, "https://other.example", "3", VIEW);
    asked(Some(stranger), &body).await.expect(401);
    let forged = call_of(&house, &Key::named("ehr-1"), EHR, "4", VIEW);
    asked(Some(forged), &body).await.expect(401);
    let bare = asked(Some(call_of(&house, &key, EHR, "5", VIEW)), &view("ada")).await;
    assert!(bare.expect(401).text().contains("fhirAuthorization"));
    // An access token in the header says itself who calls.
    asked(Some(token), &view("ada")).await.expect(200);
    let feedback = json!({"feedback": [{"card": INSTANCE, "outcome": "accepted",
        "outcomeTimestamp": "2026-06-15T16:00:00Z"}]});
    let path = format!("{VIEW}/feedback");
    let told = call_of(&house, &key, EHR, "6", VIEW);
    ask(&caller(Some(told.clone())), &path, &feedback)
        .await
        .expect(200);
    ask(&caller(Some(told)), &path, &feedback).await.expect(401);
}
