//! The work of the staff: queues by role, one pair of hands at a time, clocks that stand still, and overdue work.

use jiff::Timestamp;
use serde_json::{Value, json};
use storage::accounts::{Account, Kind};

use crate::support::{Caller, House};

const CODE: &str = "https://kinchart.org/fhir/CodeSystem/task-code";
const OPEN: &str = "requested,received,accepted,ready,in-progress,on-hold";

/// Somebody of the staff, by a name that is also their Practitioner's id.
async fn staff(house: &House, role: &str, name: &str) -> Caller {
    staff_of(house, role, name, "front").await
}

/// The same in a pool.
pub(super) async fn staff_of(house: &House, role: &str, name: &str, pool: &str) -> Caller {
    let account = Account {
        username: name.to_owned(),
        role: Some(role.to_owned()),
        display: format!("{name} of {role}"),
        practitioner: Some(name.to_owned()),
        pools: vec![pool.to_owned()],
        ..Account::open(format!("account-{name}"), Kind::Staff)
    };
    let accounts = house.storage.accounts();
    accounts.create(&account, house.now()).await.unwrap();
    let client = house
        .client("clinic", storage::clients::Kind::Public, true)
        .await;
    let mut grant = house.grant(&client, "user/*.cruds");
    grant.account = Some(account.id);
    grant.fhir_user = Some(format!("Practitioner/{name}"));
    let token = house.token(grant, 60 * 86_400).await;
    house.bearer(&token)
}

/// A Task of that code for ada, due at `due`.
pub(super) async fn work(house: &House, id: &str, code: &str, due: &str) {
    let task = json!({
        "resourceType": "Task", "id": id, "status": "requested", "intent": "order",
        "code": {"coding": [{"system": CODE, "code": code, "display": code}]},
        "for": {"reference": "Patient/ada"}, "requester": {"reference": "Patient/ada"},
        "owner": {"reference": "HealthcareService/front"},
        "authoredOn": "2026-11-20T15:00:00Z", "restriction": {"period": {"end": due}}
    });
    let service = json!({"resourceType": "HealthcareService", "id": "front"});
    let backend = house.backend().await;
    for resource in [service, task] {
        let path = format!(
            "/fhir/{}/{}",
            resource["resourceType"].as_str().unwrap(),
            resource["id"].as_str().unwrap()
        );
        let reply = backend.put(&path, resource).await;
        assert!(reply.status.is_success(), "{}", reply.text());
    }
}

fn inputs(pairs: &[(&str, &str, Value)]) -> String {
    let one = |(name, member, value): &(&str, &str, Value)| {
        let mut one = json!({"name": name});
        one[*member] = value.clone();
        one
    };
    let all: Vec<Value> = pairs.iter().map(one).collect();
    json!({"resourceType": "Parameters", "parameter": all}).to_string()
}

fn business(task: &Value) -> &str {
    let code = task.pointer("/businessStatus/coding/0/code");
    code.and_then(Value::as_str).unwrap_or_default()
}

const CODES: [&str; 6] = [
    "proxy-request",
    "privacy-review",
    "support-ticket",
    "message-handling",
    "payment",
    "record-request",
];

#[tokio::test]
async fn each_role_finds_the_work_of_its_own_queues_and_no_other() {
    let house = House::with_people().await;
    for code in CODES {
        work(&house, code, code, "2026-11-24T22:00:00Z").await;
    }
    for (role, own) in [
        ("him", vec!["proxy-request", "record-request"]),
        ("privacy", vec!["privacy-review"]),
        ("support", vec!["message-handling", "support-ticket"]),
        ("pool-agent", vec!["message-handling"]),
        ("billing", vec!["message-handling", "payment"]),
        ("wizard", vec![]),
    ] {
        let one = staff(&house, role, &format!("amy-{role}")).await;
        let codes = CODES.map(|code| format!("{CODE}|{code}")).join(",");
        let found = one
            .get(&format!("/fhir/Task?code={codes}&status={OPEN}"))
            .await;
        let queues = one.get("/fhir/$work-queues").await;
        if own.is_empty() {
            found.expect(403);
            queues.expect(403);
            continue;
        }
        let mut ids = found.expect(200).ids(None);
        ids.sort_unstable();
        assert_eq!(ids, own, "{role}");
        let named = queues.expect(200).text();
        for code in CODES {
            let reads = one.get(&format!("/fhir/Task/{code}")).await;
            let claims = one.post(&format!("/fhir/Task/{code}/$claim"), "").await;
            let is_own = own.contains(&code);
            let wanted = if is_own { 200 } else { 403 };
            assert_eq!(reads.status, wanted, "{role} {code}");
            assert_eq!(claims.status.is_success(), is_own, "{role} {code}");
            // For the next role whose queue it is in.
            one.post(&format!("/fhir/Task/{code}/$release"), "").await;
            assert_eq!(
                named.contains(&format!("\"{code}\"")),
                is_own,
                "{role} {code}"
            );
        }
    }
    let ada = house.patient_with("ada", "patient/*.cruds").await;
    ada.get("/fhir/$work-queues").await.expect(403);
    ada.post("/fhir/Task/privacy-review/$complete", "")
        .await
        .expect(403);
}

#[tokio::test]
async fn of_two_who_claim_at_once_one_has_it_and_the_other_is_told_who() {
    let house = House::with_people().await;
    work(&house, "w", "restriction-request", "2026-11-24T22:00:00Z").await;
    let amy = staff(&house, "him", "amy").await;
    let bob = staff(&house, "privacy", "bob").await;
    let (one, two) = tokio::join!(
        amy.post("/fhir/Task/w/$claim", ""),
        bob.post("/fhir/Task/w/$claim", "")
    );
    let (won, lost) = match one.status.is_success() {
        true => (one, two),
        false => (two, one),
    };
    assert_eq!(lost.status, 409, "{}", lost.text());
    let holder = won.json()["owner"]["display"].as_str().unwrap().to_owned();
    assert!(lost.text().contains(&holder), "{}", lost.text());
    let (holds, waits, name) = match holder.starts_with("amy") {
        true => (&amy, &bob, "amy"),
        false => (&bob, &amy, "bob"),
    };
    // Whoever has it already claims it again and nothing changes.
    holds.post("/fhir/Task/w/$claim", "").await.expect(200);
    for verb in ["release", "complete", "resume"] {
        let reply = waits.post(&format!("/fhir/Task/w/${verb}"), "").await;
        assert_eq!(reply.status, 409, "{verb}");
    }
    // Out of somebody's hands only by their name, and only into those of somebody with such work.
    let other = if name == "amy" { "bob" } else { "amy" };
    let to = (
        "to",
        "valueReference",
        json!({"reference": format!("Practitioner/{other}")}),
    );
    let from = (
        "from",
        "valueReference",
        json!({"reference": format!("Practitioner/{name}")}),
    );
    let nobody = (
        "to",
        "valueReference",
        json!({"reference": "Practitioner/dr-wu"}),
    );
    let path = "/fhir/Task/w/$assign";
    waits
        .post(path, inputs(std::slice::from_ref(&to)))
        .await
        .expect(409);
    waits
        .post(path, inputs(&[nobody, from.clone()]))
        .await
        .expect(422);
    let given = waits.post(path, inputs(&[to.clone(), from.clone()])).await;
    let given = given.expect(200).json();
    assert_eq!(given["owner"]["reference"], format!("Practitioner/{other}"));
    holds.post(path, inputs(&[to, from])).await.expect(409);
    let back = waits.post("/fhir/Task/w/$release", "").await.expect(200);
    assert_eq!(back.json()["owner"]["reference"], "HealthcareService/front");
    let told = house.found("Provenance?target=Task/w").await;
    let audit = house.found("AuditEvent?entity=Task/w&action=U").await;
    assert!(audit.len() >= 3, "{told:?} {audit:?}");
}

#[tokio::test]
async fn a_question_stops_the_clock_and_the_answer_starts_it_again() {
    let house = House::with_people().await;
    house.move_clock("2026-11-20T20:00:00Z");
    work(&house, "w", "message-handling", "2026-11-24T22:00:00Z").await;
    let amy = staff(&house, "pool-agent", "amy").await;
    let bob = staff(&house, "pool-agent", "bob").await;
    let path = "/fhir/Task/w/$ask-for-information";
    amy.post(path, inputs(&[("question", "valueString", json!(" "))]))
        .await
        .expect(422);
    let asking = inputs(&[("question", "valueString", json!("Which pharmacy?"))]);
    let asked = amy.post(path, asking.clone()).await.expect(200).json();
    assert_eq!(
        (&asked["status"], business(&asked)),
        (&json!("on-hold"), "waiting-for-information")
    );
    bob.post(path, asking).await.expect(409);
    // The pool still sees what one of it took on.
    bob.get("/fhir/Task/w").await.expect(200);
    let ada = house.patient_with("ada", "patient/*.cruds").await;
    let inbox = ada.get("/fhir/Communication?patient=ada").await;
    let inbox = inbox.expect(200).json();
    let question = &inbox["entry"][0]["resource"];
    assert_eq!(question["payload"][0]["contentString"], "Which pharmacy?");
    assert_eq!(question["sender"]["reference"], "Practitioner/amy");
    let path = format!("/fhir/Communication/{}", question["id"].as_str().unwrap());
    bob.get(&path).await.expect(200);

    // Overdue by then, were the clock running.
    house.move_clock("2026-11-25T15:00:00Z");
    let run = async || {
        let done = workflows::work::run(&house.storage, &house.web.pack, house.now()).await;
        done.unwrap().unwrap()
    };
    let round = run().await;
    assert_eq!((round.escalated, round.resumed), (0, 0));
    let thread =
        json!([{"reference": format!("Communication/{}", question["id"].as_str().unwrap())}]);
    let reply = json!({"resourceType": "Communication", "status": "completed",
        "subject": {"reference": "Patient/ada"}, "partOf": thread, "inResponseTo": thread,
        "recipient": [{"reference": "HealthcareService/front"}], "sent": "2026-11-25T15:00:00Z",
        "sender": {"reference": "Patient/ada"},
        "payload": [{"contentString": "The one on Main Street"}]});
    // Through another system: what ada writes here herself goes on at once.
    let backend = house.backend().await;
    backend.post("/fhir/Communication", reply).await.expect(201);
    let round = run().await;
    assert_eq!((round.escalated, round.resumed), (0, 1));
    let task = amy.get("/fhir/Task/w").await.json();
    assert_eq!(
        (&task["status"], business(&task)),
        (&json!("in-progress"), "assigned")
    );
    // Two business days were left, and Thanksgiving is none.
    let due: Timestamp = task["restriction"]["period"]["end"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(due, "2026-11-30T22:00:00Z".parse().unwrap());

    // Overdue now: to the head of the queue, once.
    house.move_clock("2026-11-30T22:00:00Z");
    assert_eq!(run().await.escalated, 1);
    assert_eq!(run().await.escalated, 0);
    let task = amy.get("/fhir/Task/w").await.json();
    assert_eq!(task["priority"], "urgent");

    let answer = inputs(&[("answer", "valueString", json!("It is there."))]);
    let done = amy.post("/fhir/Task/w/$complete", answer.clone()).await;
    assert_eq!(done.expect(200).json()["status"], "completed");
    let late = bob.post("/fhir/Task/w/$complete", answer).await.expect(409);
    assert!(late.text().contains("amy of pool-agent"), "{}", late.text());
    let ada = house.patient_with("ada", "patient/*.cruds").await;
    let inbox = ada.get("/fhir/Communication?patient=ada").await;
    assert!(inbox.text().contains("It is there."));
}

#[tokio::test]
async fn the_front_desk_decides_who_somebody_is_unless_a_colleague_has_it() {
    let house = House::with_people().await;
    work(&house, "w", "identity-review", "2026-11-24T22:00:00Z").await;
    let amy = staff(&house, "registration", "amy").await;
    let bob = staff(&house, "him", "bob").await;
    bob.post("/fhir/Task/w/$claim", "").await.expect(200);
    let path = "/fhir/Task/w/$identity-decide";
    let no = inputs(&[("outcome", "valueCode", json!("not-confirmed"))]);
    let told = amy.post(path, no.clone()).await.expect(409);
    assert!(told.text().contains("bob of him"), "{}", told.text());
    let ended = bob.post("/fhir/Task/w/$complete", "").await.expect(422);
    assert!(
        ended.text().contains("$identity-decide"),
        "{}",
        ended.text()
    );
    bob.post("/fhir/Task/w/$release", "").await.expect(200);
    amy.post(path, no.clone()).await.expect(200);
    bob.post(path, no).await.expect(422);
    let task = amy.get("/fhir/Task/w").await.json();
    assert_eq!(task["status"], "rejected");
    assert_eq!(task["owner"]["reference"], "Practitioner/amy");
}

#[tokio::test]
async fn work_for_somebody_without_an_account_is_not_answered_by_message() {
    let house = House::with_people().await;
    let task = json!({
        "resourceType": "Task", "id": "w", "status": "requested", "intent": "order",
        "code": {"coding": [{"system": CODE, "code": "record-request"}]}});
    let backend = house.backend().await;
    backend.put("/fhir/Task/w", task).await.expect(201);
    let bob = staff(&house, "him", "bob").await;
    let question = inputs(&[("question", "valueString", json!("Which years?"))]);
    let asked = bob
        .post("/fhir/Task/w/$ask-for-information", question)
        .await;
    assert!(asked.expect(422).text().contains("call or write"));
    bob.post("/fhir/Task/w/$complete", "").await.expect(200);
}
