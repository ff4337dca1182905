//! Questions to support as any app asks and works on them: the ticket, the account it opens, the answer.

use serde_json::{Value, json};
use storage::accounts::Kind;

use super::emergency::staff;
use crate::support::{Caller, House};

const ASK: &str = "/fhir/$support-ticket";

fn parameters(pairs: &[(&str, &str, &str)]) -> Value {
    let all = pairs.iter().map(|(name, member, value)| {
        let mut one = json!({"name": name});
        one[*member] = json!(value);
        one
    });
    json!({"resourceType": "Parameters", "parameter": all.collect::<Vec<_>>()})
}

fn question(text: &str) -> Value {
    parameters(&[
        ("category", "valueCode", "login"),
        ("text", "valueString", text),
        ("contact", "valueString", "ada@mail.example"),
    ])
}

fn reply(outcome: &str, text: &str) -> Value {
    parameters(&[
        ("outcome", "valueCode", outcome),
        ("text", "valueString", text),
    ])
}

fn value(answer: &Value, name: &str) -> Value {
    let all = answer["parameter"].as_array().unwrap();
    let Some(one) = all.iter().find(|one| one["name"] == name) else {
        return Value::Null;
    };
    let mut members = one.as_object().unwrap().iter();
    let (_, value) = members.find(|(key, _)| key.starts_with("value")).unwrap();
    value.clone()
}

/// Somebody with an app that may also write.
async fn patient(house: &House, id: &str) -> Caller {
    house
        .patient_with(id, "launch/patient patient/*.cruds")
        .await
}

/// Ada asks; the id of the Task, and what she was told.
async fn asked(house: &House) -> (Caller, String, Value) {
    let ada = patient(house, "ada").await;
    let sent = question("I cannot sign in with my new phone");
    let told = ada.post(ASK, &sent).await.expect(200).json();
    assert_eq!(value(&told, "outcome"), "taken");
    let task = value(&told, "task")["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    (ada, task, told)
}

async fn support(house: &House, name: &str) -> Caller {
    let person = json!({"resourceType": "Practitioner", "id": name, "name": [{"text": name}]});
    let path = format!("/fhir/Practitioner/{name}");
    house.backend().await.put(&path, person).await.expect(201);
    staff(house, name, "support").await
}

fn of(task: &str, operation: &str) -> String {
    format!("/fhir/{task}/${operation}")
}

#[tokio::test]
async fn a_question_is_a_task_due_in_three_business_days_that_its_patient_finds() {
    let house = House::with_people().await;
    house.move_clock("2026-06-12T20:30:00Z");
    let (ada, task, told) = asked(&house).await;
    // Friday afternoon in the office: Monday, Tuesday, Wednesday at its close.
    let due = value(&told, "due");
    assert!(
        due.as_str().unwrap().starts_with("2026-06-17T21:00:00"),
        "{due}"
    );
    let shown = ada.get(&format!("/fhir/{task}")).await.expect(200).json();
    assert_eq!(shown["restriction"]["period"]["end"], due);
    assert_eq!(shown["for"]["reference"], "Patient/ada");
    assert_eq!(shown["identifier"][0]["value"], value(&told, "number"));
    let found = ada.get("/fhir/Task?code=support-ticket").await.expect(200);
    assert_eq!(found.ids(Some("match")).len(), 1);
    let mine = ada.get("/fhir/$support-tickets").await.expect(200).text();
    assert!(
        mine.contains("I cannot sign in with my new phone"),
        "{mine}"
    );
}

#[tokio::test]
async fn a_question_about_health_is_turned_away_and_none_of_its_words_is_kept() {
    let house = House::with_people().await;
    let ada = patient(&house, "ada").await;
    let sent = question("Should I take my pills before the test?");
    let told = ada.post(ASK, &sent).await.expect(200).json();
    assert_eq!(value(&told, "outcome"), "redirected");
    let task = value(&told, "task")["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = ada.get(&format!("/fhir/{task}")).await.expect(200);
    assert_eq!(shown.json()["status"], "rejected");
    for kept in ["pills", "ada@mail.example"] {
        assert!(!shown.text().contains(kept), "{}", shown.text());
    }
    let sam = support(&house, "sam").await;
    sam.post(
        &of(&task, "open-ticket"),
        &json!({"resourceType": "Parameters"}),
    )
    .await
    .expect(422);
    let none = house.backend().await.get("/fhir/Communication").await;
    assert_eq!(none.expect(200).ids(None).len(), 0);
}

#[tokio::test]
async fn danger_is_answered_with_911_and_nothing_is_kept() {
    let house = House::with_people().await;
    let ada = patient(&house, "ada").await;
    let mut sent = question("I have chest pain and cannot log in");
    let told = ada.post(ASK, &sent).await.expect(200).json();
    assert_eq!(value(&told, "outcome"), "emergency");
    assert!(value(&told, "message").as_str().unwrap().contains("911"));
    let kept = house
        .backend()
        .await
        .get("/fhir/Task?code=support-ticket")
        .await;
    assert_eq!(kept.expect(200).ids(None).len(), 0);
    let calm = json!({"name": "not-emergency", "valueBoolean": true});
    sent["parameter"].as_array_mut().unwrap().push(calm);
    let told = ada.post(ASK, &sent).await.expect(200).json();
    assert_eq!(value(&told, "outcome"), "taken");
}

#[tokio::test]
async fn a_ticket_opens_one_account_to_look_at_and_every_look_is_in_its_log() {
    let house = House::with_people().await;
    let (ada, task, told) = asked(&house).await;
    let sam = support(&house, "sam").await;
    let queue = sam.get("/fhir/Task?code=support-ticket").await.expect(200);
    assert_eq!(queue.ids(Some("match")).len(), 1);
    sam.get("/fhir/Patient/ada").await.expect(403);
    let nothing = json!({"resourceType": "Parameters"});
    let opened = sam.post(&of(&task, "open-ticket"), &nothing).await;
    let opened = opened.expect(200).json();
    assert_eq!(value(&opened, "patient")["reference"], "Patient/ada");
    let number = value(&told, "number").as_str().unwrap().to_owned();
    assert!(value(&opened, "banner").as_str().unwrap().contains(&number));
    let seen = sam.get("/fhir/Patient/ada").await.expect(200);
    let mark = seen.header("kinchart-watermark").to_owned();
    assert!(mark.contains(&task), "{mark}");
    let found = sam.get("/fhir/Patient?_id=ada").await.expect(200);
    assert_eq!(found.ids(Some("match")), ["ada"]);
    // Another's account, what is clinical, and any change stay closed.
    sam.get("/fhir/Patient/dan").await.expect(403);
    sam.get("/fhir/Observation/ada-glucose").await.expect(403);
    let mut changed = seen.json();
    changed["active"] = json!(false);
    sam.put("/fhir/Patient/ada", changed).await.expect(403);
    let log = ada
        .get("/fhir/Patient/ada/$access-log")
        .await
        .expect(200)
        .text();
    assert!(
        log.contains(&format!("for support ticket {number}")),
        "{log}"
    );
    let events = ada
        .get("/fhir/AuditEvent?patient=ada")
        .await
        .expect(200)
        .text();
    assert!(events.contains(&format!("\"value\":\"{number}\"")));
}

#[tokio::test]
async fn an_account_closes_by_itself_when_it_is_told_to_and_with_the_answer() {
    let house = House::with_people().await;
    let (_, task, _) = asked(&house).await;
    let sam = support(&house, "sam").await;
    let other = support(&house.node().await, "sue").await;
    let nothing = json!({"resourceType": "Parameters"});
    let open = of(&task, "open-ticket");
    sam.post(&open, &nothing).await.expect(200);
    house.move_clock("2026-06-15T16:29:59Z");
    sam.get("/fhir/Patient/ada").await.expect(200);
    house.move_clock("2026-06-15T16:31:00Z");
    sam.get("/fhir/Patient/ada").await.expect(403);
    sam.post(&open, &nothing).await.expect(200);
    let closed = sam.post("/fhir/$close-ticket", &nothing).await.expect(200);
    assert_eq!(value(&closed.json(), "closed"), true);
    sam.get("/fhir/Patient/ada").await.expect(403);
    sam.post(&open, &nothing).await.expect(200);
    let refused = other.post(&open, &nothing).await.expect(409);
    assert!(refused.text().contains("sam"), "{}", refused.text());
    let answer = reply("answered", "Turn the phone off and on again.");
    sam.post(&of(&task, "ticket-answer"), &answer)
        .await
        .expect(200);
    sam.get("/fhir/Patient/ada").await.expect(403);
    let over = sam.post(&open, &nothing).await.expect(422);
    assert!(over.text().contains("over"), "{}", over.text());
}

#[tokio::test]
async fn the_clock_stands_still_while_the_person_is_asked_and_mail_says_nothing() {
    let house = House::with_people().await;
    house.move_clock("2026-06-15T14:00:00Z");
    let (_, task, told) = asked(&house).await;
    let sam = support(&house, "sam").await;
    let back = reply("asked", "Which phone is it, the blue one with the HIV app?");
    let answered = sam
        .post(&of(&task, "ticket-answer"), &back)
        .await
        .expect(200);
    assert_eq!(value(&answered.json(), "status"), "on-hold");
    house.move_clock("2026-06-17T14:00:00Z");
    let ada = patient(&house, "ada").await;
    let more = parameters(&[("text", "valueString", "A red one")]);
    ada.post(&of(&task, "ticket-add"), &more).await.expect(200);
    let shown = ada.get(&format!("/fhir/{task}")).await.expect(200).json();
    // Two days it stood still, so it is due two business days later (one of them a holiday).
    let (before, after) = (value(&told, "due"), &shown["restriction"]["period"]["end"]);
    assert!(
        before.as_str().unwrap().starts_with("2026-06-18T21"),
        "{before}"
    );
    assert!(
        after.as_str().unwrap().starts_with("2026-06-23T21"),
        "{after}"
    );
    assert_eq!(shown["status"], "in-progress");
    let mails = house.storage.mail().list(10).await.unwrap();
    let mail = mails.first().unwrap();
    assert_eq!(mail.to, "ada@mail.example");
    for kept in ["HIV", "ada ", "blue", "Which"] {
        assert!(!mail.text.contains(kept) && !mail.subject.contains(kept));
    }
}

#[tokio::test]
async fn what_somebody_asked_support_is_theirs_and_not_for_who_acts_for_them() {
    let house = House::with_people().await;
    let ben = patient(&house, "ben").await;
    let (proxy, _) = house
        .proxy_with("ada", "ben", "launch/patient patient/*.cruds")
        .await;
    let told = ben
        .post(ASK, &question("My mother changed my password"))
        .await;
    if told.status == 200 {
        let task = value(&told.json(), "task")["reference"]
            .as_str()
            .unwrap()
            .to_owned();
        proxy.get(&format!("/fhir/{task}")).await.expect(404);
    }
    let found = proxy
        .get("/fhir/Task?code=support-ticket")
        .await
        .expect(200);
    assert_eq!(found.ids(Some("match")).len(), 0);
    // Who acts for somebody asks in their own name: it is no part of the other chart.
    let told = proxy
        .post(ASK, &question("The link to my son is gone"))
        .await;
    let task = value(&told.expect(200).json(), "task")["reference"].clone();
    let path = format!("/fhir/{}", task.as_str().unwrap());
    let kept = house.backend().await.get(&path).await.expect(200).json();
    assert_eq!(kept["for"]["reference"], "Patient/ada");
    let mine = proxy.get("/fhir/$support-tickets").await.expect(200).text();
    assert!(mine.contains("The link to my son is gone"));
}

#[tokio::test]
async fn only_support_works_on_tickets_and_only_people_ask() {
    let house = House::with_people().await;
    let (ada, task, _) = asked(&house).await;
    let nothing = json!({"resourceType": "Parameters"});
    ada.post(&of(&task, "open-ticket"), &nothing)
        .await
        .expect(403);
    let billing = staff(&house, "bill", "billing").await;
    for (operation, sent) in [
        ("open-ticket", nothing.clone()),
        ("ticket-answer", reply("answered", "Done.")),
    ] {
        let path = of(&task, operation);
        billing.post(&path, &sent).await.expect(403);
    }
    let backend = house.backend().await;
    backend.post(ASK, &question("hello")).await.expect(403);
    for odd in [
        parameters(&[
            ("category", "valueCode", "health"),
            ("text", "valueString", "x"),
        ]),
        parameters(&[
            ("category", "valueCode", "login"),
            ("text", "valueString", "x"),
        ]),
    ] {
        let refused = ada.post(ASK, &odd).await;
        assert_eq!(refused.status, 400, "{}", refused.text());
    }
    house.account("ada", Kind::Patient).await;
    for _ in 0..12 {
        ada.post(ASK, &question("again and again")).await;
    }
    ada.post(ASK, &question("and again")).await.expect(429);
}
