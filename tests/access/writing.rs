//! What people cannot write in the house's name, over FHIR, and what they are told then.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{House, Reply};

const ALL: &str = "launch/patient patient/*.cruds";
const TASK_CODE: &str = "https://kinchart.org/fhir/CodeSystem/task-code";

/// Element and rule of the one issue there is.
fn fault(reply: &Reply) -> (String, String) {
    let issue = &reply.json()["issue"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&issue["expression"][0]), text(&issue["diagnostics"]))
}

fn task(id: &str, code: &str) -> Value {
    json!({"resourceType": "Task", "id": id, "status": "requested", "intent": "order",
        "code": {"coding": [{"system": TASK_CODE, "code": code}]}, "for": {"reference": "Patient/ada"},
        "restriction": {"period": {"end": "2026-06-17T20:00:00Z"}}})
}

#[tokio::test]
async fn nobody_forges_work_for_the_staff_or_puts_off_when_it_is_due() {
    let house = House::with_people().await;
    let ada = house.patient_with("ada", ALL).await;
    for code in [
        "proxy-request",
        "account-deactivation",
        "identity-review",
        "support-ticket",
        "nobody-knows",
    ] {
        let forged = ada.post("/fhir/Task", task("x", code)).await.expect(403);
        let (element, rule) = fault(&forged);
        assert_eq!(element, "Task.code", "{code}");
        assert!(rule.contains("by an operation"), "{rule}");
    }
    let own = ada
        .post("/fhir/Task", task("x", "appointment-request"))
        .await
        .expect(201);
    assert_eq!(own.json()["meta"]["tag"][0]["code"], "patient-supplied");
    let backend = house.backend().await;
    for code in ["message-handling", "appointment-request"] {
        let path = format!("/fhir/Task/{code}");
        backend.put(&path, task(code, code)).await.expect(201);
        let mut later = ada.get(&path).await.expect(200).json();
        later["restriction"]["period"]["end"] = json!("2030-01-01T00:00:00Z");
        ada.put(&path, later).await.expect(403);
        let op = json!([{"op": "replace", "path": "/status", "value": "draft"}]);
        let patching = ada.with("content-type", "application/json-patch+json");
        let op = op.to_string();
        let patched = patching.send(Method::PATCH, &path, Some(op.as_str()));
        patched.await.expect(403);
        let kept = ada.get(&path).await.expect(200).json();
        assert_eq!(kept["restriction"]["period"]["end"], "2026-06-17T20:00:00Z");
    }
}

#[tokio::test]
async fn what_the_practice_wrote_is_called_off_by_a_patient_and_not_rewritten() {
    let house = House::with_people().await;
    let ada = house.patient_with("ada", ALL).await;
    let visit = json!({"resourceType": "Appointment", "id": "visit", "status": "booked",
        "start": "2026-07-01T14:00:00Z", "end": "2026-07-01T14:20:00Z",
        "participant": [{"actor": {"reference": "Patient/ada"}, "status": "accepted"}]});
    let backend = house.backend().await;
    backend
        .put("/fhir/Appointment/visit", visit)
        .await
        .expect(201);
    let seen = ada.get("/fhir/Appointment/visit").await.expect(200).json();
    let mut moved = seen.clone();
    moved["start"] = json!("2026-07-01T14:05:00Z");
    let refused = ada.put("/fhir/Appointment/visit", moved).await.expect(403);
    assert!(fault(&refused).1.contains("called off"));
    let mut off = seen;
    off["status"] = json!("cancelled");
    off["cancelationReason"] = json!({"text": "I am well again"});
    ada.put("/fhir/Appointment/visit", off).await.expect(200);
    let message = json!({"resourceType": "Communication", "status": "completed", "priority": "stat",
        "subject": {"reference": "Patient/ada"}, "payload": [{"contentString": "now"}]});
    let refused = ada.post("/fhir/Communication", message).await.expect(403);
    assert_eq!(fault(&refused).0, "Communication.priority");
}
