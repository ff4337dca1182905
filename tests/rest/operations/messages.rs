//! What a patient writes becomes work of the pool it goes to, answered in its thread, and nobody else's to read.

use serde_json::{Value, json};

use super::work::staff_of;
use crate::support::{Caller, House};

const ALL: &str = "launch/patient patient/*.cruds";
const WORK: &str =
    "/fhir/Task?code=https://kinchart.org/fhir/CodeSystem/task-code|message-handling";

/// A house with the pools that messages go to.
async fn house() -> House {
    let house = House::with_people().await;
    let backend = house.backend().await;
    for id in [
        "family-medicine",
        "pediatrics",
        "customer-service",
        "billing-office",
    ] {
        let pool = json!({"resourceType": "HealthcareService", "id": id, "name": id});
        let path = format!("/fhir/HealthcareService/{id}");
        backend.put(&path, pool).await.expect(201);
    }
    house
}

async fn staff(house: &House, role: &str, pool: &str) -> Caller {
    let name = format!("amy-{role}-{pool}");
    let who = json!({"resourceType": "Practitioner", "id": name});
    let path = format!("/fhir/Practitioner/{name}");
    house.backend().await.put(&path, who).await.expect(201);
    staff_of(house, role, &name, pool).await
}

fn message(category: &str, more: Value) -> Value {
    let mut message = json!({"resourceType": "Communication", "status": "completed",
        "category": [{"coding": [{"system": "https://kinchart.org/fhir/CodeSystem/message-category",
            "code": category}]}],
        "subject": {"reference": "Patient/ada"}, "payload": [{"contentString": "My knee hurts"}]});
    for (name, value) in more.as_object().unwrap() {
        message[name] = value.clone();
    }
    message
}

async fn send(caller: &Caller, message: Value) -> Value {
    caller
        .post("/fhir/Communication", message)
        .await
        .expect(201)
        .json()
}

/// All message work a caller sees, oldest first.
async fn work(caller: &Caller) -> Vec<Value> {
    let found = caller.get(&format!("{WORK}&_sort=authored-on")).await;
    let found = found.expect(200).json();
    let entries = found["entry"].as_array().cloned().unwrap_or_default();
    entries
        .into_iter()
        .map(|one| one["resource"].clone())
        .collect()
}

fn stands(task: &Value) -> (&str, &str) {
    let business = task.pointer("/businessStatus/coding/0/code");
    (
        task["status"].as_str().unwrap(),
        business.and_then(Value::as_str).unwrap_or_default(),
    )
}

fn reply(to: &Value) -> Value {
    let thread = json!([{"reference": format!("Communication/{}", to["id"].as_str().unwrap())}]);
    message(
        "medical-question",
        json!({"partOf": thread, "inResponseTo": thread}),
    )
}

#[tokio::test]
async fn a_message_is_at_once_work_of_the_pool_it_is_addressed_to_and_of_no_other() {
    let house = house().await;
    let ada = house.patient_with("ada", ALL).await;
    let to = json!({"recipient": [{"reference": "HealthcareService/pediatrics"}]});
    let sent = send(&ada, message("medical-question", to)).await;
    assert_eq!(sent["sender"]["reference"], "Patient/ada");
    assert!(sent["sent"].is_string());
    let agent = staff(&house, "pool-agent", "pediatrics").await;
    let other = staff(&house, "pool-agent", "family-medicine").await;
    let tasks = work(&agent).await;
    assert_eq!(tasks.len(), 1);
    let task = &tasks[0];
    assert_eq!(stands(task), ("requested", "queued"));
    assert_eq!(task["owner"]["reference"], "HealthcareService/pediatrics");
    assert_eq!(task["for"]["reference"], "Patient/ada");
    let head = format!("Communication/{}", sent["id"].as_str().unwrap());
    assert_eq!(task["focus"]["reference"], head.as_str());
    // Monday noon, two business days, the practice closes at five.
    let due = &task["restriction"]["period"]["end"];
    assert_eq!(due, "2026-06-17T21:00:00.000Z");
    agent.get(&format!("/fhir/{head}")).await.expect(200);
    assert!(work(&other).await.is_empty());
    other.get(&format!("/fhir/{head}")).await.expect(403);
    // Who wrote it sees how far it is; done twice it is done once.
    assert_eq!(work(&ada).await.len(), 1);
    let again = workflows::follow_ups::run(&house.storage, &house.web.pack, house.now()).await;
    assert_eq!(again.unwrap(), 0);
}

#[tokio::test]
async fn what_is_addressed_to_nobody_goes_where_the_pack_says_and_each_reads_their_own() {
    let house = house().await;
    let ada = house.patient_with("ada", ALL).await;
    for (category, topic, pool) in [
        ("medical-question", "", "family-medicine"),
        ("billing-question", "", "billing-office"),
        (
            "customer-service-question",
            "login-help",
            "customer-service",
        ),
    ] {
        let more = match topic {
            "" => json!({}),
            topic => json!({"topic": {"text": topic}}),
        };
        let sent = send(&ada, message(category, more)).await;
        let to = &sent["recipient"][0]["reference"];
        assert_eq!(
            *to,
            json!(format!("HealthcareService/{pool}")),
            "{category}"
        );
    }
    for (role, pool) in [
        ("pool-agent", "family-medicine"),
        ("billing", "billing-office"),
        ("support", "customer-service"),
    ] {
        let one = staff(&house, role, pool).await;
        let tasks = work(&one).await;
        let owners: Vec<&Value> = tasks.iter().map(|it| &it["owner"]["reference"]).collect();
        assert_eq!(
            owners,
            [&json!(format!("HealthcareService/{pool}"))],
            "{role}"
        );
        let found = one.get("/fhir/Communication?patient=ada").await.expect(200);
        assert_eq!(found.json()["total"], 1, "{role}");
    }
    // Account deactivation has work of its own, and no pool reads it.
    let close = json!({"topic": {"text": "account-deactivation-request"}});
    let sent = send(&ada, message("customer-service-question", close)).await;
    assert_eq!(sent["recipient"], Value::Null);
    assert_eq!(work(&ada).await.len(), 3);
}

#[tokio::test]
async fn a_reply_goes_on_with_open_work_and_begins_new_work_once_that_is_done() {
    let house = house().await;
    let ada = house.patient_with("ada", ALL).await;
    let head = send(&ada, message("medical-question", json!({}))).await;
    let agent = staff(&house, "pool-agent", "family-medicine").await;
    let id = work(&agent).await[0]["id"].as_str().unwrap().to_owned();
    let said = |name: &str| json!({"resourceType": "Parameters", "parameter": [{"name": name, "valueString": "Which knee?"}]});
    let ask = format!("/fhir/Task/{id}/$ask-for-information");
    agent.post(&ask, said("question")).await.expect(200);
    let asked = &work(&ada).await[0];
    assert_eq!(stands(asked), ("on-hold", "waiting-for-information"));
    // Answering the question of staff, not the head.
    let question = asked["output"][0]["valueReference"]["reference"]
        .as_str()
        .unwrap();
    let question = question.strip_prefix("Communication/").unwrap();
    let answered = send(&ada, reply(&json!({"id": question}))).await;
    let to = &answered["recipient"][0]["reference"];
    assert_eq!(to, "HealthcareService/family-medicine");
    let tasks = work(&agent).await;
    assert_eq!(tasks.len(), 1);
    assert_eq!(stands(&tasks[0]), ("in-progress", "assigned"));
    let complete = format!("/fhir/Task/{id}/$complete");
    agent.post(&complete, said("answer")).await.expect(200);
    // Two at once after that are one more round.
    let (one, two) = tokio::join!(send(&ada, reply(&head)), send(&ada, reply(&head)));
    assert_ne!(one["id"], two["id"]);
    let tasks = work(&agent).await;
    let states: Vec<_> = tasks.iter().map(stands).collect();
    assert_eq!(states.len(), 2, "{states:?}");
    assert!(states.contains(&("completed", "closed")) && states.contains(&("requested", "queued")));
    for task in &tasks {
        let head = format!("Communication/{}", head["id"].as_str().unwrap());
        assert_eq!(task["focus"]["reference"], head.as_str());
    }
}

#[tokio::test]
async fn what_a_message_claims_to_be_about_keeps_it_from_nobody() {
    let house = house().await;
    let task = json!({"resourceType": "Task", "id": "other", "status": "requested", "intent": "order",
        "code": {"coding": [{"system": "https://kinchart.org/fhir/CodeSystem/task-code",
            "code": "medication-renewal"}]}, "for": {"reference": "Patient/ada"}});
    let backend = house.backend().await;
    backend.put("/fhir/Task/other", task).await.expect(201);
    let ada = house.patient_with("ada", ALL).await;
    let about = json!({"about": [{"reference": "Task/other"}]});
    let head = send(&ada, message("medical-question", about)).await;
    let agent = staff(&house, "pool-agent", "family-medicine").await;
    let id = work(&agent).await[0]["id"].as_str().unwrap().to_owned();
    let answer = json!({"resourceType": "Parameters",
        "parameter": [{"name": "answer", "valueString": "Yes."}]});
    let path = format!("/fhir/Task/{id}/$complete");
    agent.post(&path, answer).await.expect(200);
    send(&ada, reply(&head)).await;
    assert_eq!(work(&agent).await.len(), 2);
    let other = backend.get("/fhir/Task/other").await.expect(200).json();
    assert_eq!(other["meta"]["versionId"], "1");
}

#[tokio::test]
async fn nobody_writes_into_the_thread_of_somebody_else_or_changes_what_was_sent() {
    let house = house().await;
    let ada = house.patient_with("ada", ALL).await;
    let head = send(&ada, message("medical-question", json!({}))).await;
    let mut foreign = reply(&head);
    foreign["subject"] = json!({"reference": "Patient/dan"});
    let dan = house.patient_with("dan", ALL).await;
    dan.post("/fhir/Communication", foreign).await.expect(422);
    let of_ada = work(&ada).await;
    assert_eq!(of_ada.len(), 1);
    assert_eq!(of_ada[0]["meta"]["versionId"], "1");
    assert!(work(&dan).await.is_empty());
    // Sent is sent.
    let path = format!("/fhir/Communication/{}", head["id"].as_str().unwrap());
    let mut changed = head.clone();
    changed["payload"] = json!([{"contentString": "Never mind"}]);
    ada.put(&path, changed).await.expect(403);
    for more in [
        json!({"priority": "stat"}),
        json!({"received": "2026-06-15T16:00:00Z"}),
    ] {
        let claimed = message("medical-question", more);
        ada.post("/fhir/Communication", claimed).await.expect(403);
    }
    let posing = json!({"sender": {"reference": "Practitioner/amy"}});
    let sent = send(&ada, message("medical-question", posing)).await;
    assert_eq!(sent["sender"]["reference"], "Patient/ada");
}

#[tokio::test]
async fn a_draft_is_nobodys_work_and_whoever_acts_for_a_patient_writes_in_their_own_name() {
    let house = house().await;
    let ada = house.patient_with("ada", ALL).await;
    let draft = message("medical-question", json!({"status": "preparation"}));
    ada.post("/fhir/Communication", draft).await.expect(201);
    assert!(work(&ada).await.is_empty());
    house.adult_proxy("full", None).await;
    let dan = house.proxy_with("dan", "ada", ALL).await.0;
    let sent = send(&dan, message("medical-question", json!({}))).await;
    let sender = sent["sender"]["reference"].as_str().unwrap();
    assert!(sender.starts_with("RelatedPerson/"), "{sender}");
    let tasks = work(&ada).await;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0]["requester"]["reference"], sender);
}

#[tokio::test]
async fn that_an_answer_was_read_is_noted_once_by_who_it_is_for_and_is_no_new_work() {
    let house = house().await;
    let ada = house.patient_with("ada", ALL).await;
    send(&ada, message("medical-question", json!({}))).await;
    let agent = staff(&house, "pool-agent", "family-medicine").await;
    let id = work(&agent).await[0]["id"].as_str().unwrap().to_owned();
    let answer = json!({"resourceType": "Parameters",
        "parameter": [{"name": "answer", "valueString": "Rest it."}]});
    let path = format!("/fhir/Task/{id}/$complete");
    let done = agent.post(&path, answer).await.expect(200).json();
    let answer = done["output"][0]["valueReference"]["reference"]
        .as_str()
        .unwrap();
    let path = format!("/fhir/{answer}");
    let read = json!([{"op": "add", "path": "/received", "value": house.now().to_string()}]);
    let patch = async |caller: &Caller, path: &str| {
        let caller = caller.with("content-type", "application/json-patch+json");
        let text = read.to_string();
        caller
            .send(axum::http::Method::PATCH, path, Some(&*text))
            .await
    };
    house.adult_proxy("view-all", None).await;
    let dan = house.proxy_with("dan", "ada", ALL).await.0;
    patch(&dan, &path).await.expect(403);
    let noted = patch(&ada, &path).await.expect(200).json();
    assert!(noted["received"].is_string());
    patch(&ada, &path).await.expect(403);
    assert_eq!(work(&ada).await.len(), 1);
}
