//! Results that wait for a clinician because the patient wishes it, the work that writing leaves for staff, and who
//! opened what first.

use serde_json::{Value, json};

use super::consents::{BASIS, EVERYTHING, consent, let_dan_act, put, said, status, taken_back};
use crate::support::House;

fn result(id: &str, more: &Value) -> Value {
    let mut result = json!({"resourceType": "Observation", "id": id, "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2951-2"}]}, "subject": {"reference": "Patient/ada"},
        "performer": [{"reference": "Practitioner/dr-wu"}]});
    if let (Some(members), Some(more)) = (result.as_object_mut(), more.as_object()) {
        members.extend(more.clone());
    }
    result
}

fn wish(on: bool) -> Value {
    json!({"resourceType": "Parameters", "parameter": [{"name": "on", "valueBoolean": on}]})
}

async fn follow_up(house: &House) -> usize {
    workflows::follow_ups::run(&house.storage, &house.web.pack, house.now())
        .await
        .unwrap()
}

#[tokio::test]
async fn new_results_wait_for_a_clinician_where_the_patient_wishes_it_and_show_when_they_change_their_mind()
 {
    let house = House::with_people().await;
    let_dan_act(&house, false).await;
    let (backend, staff) = (house.backend().await, house.clinician().await);
    let ada = house.patient_with("ada", EVERYTHING).await;
    let wait = "/fhir/Patient/ada/$wait-for-clinician";
    let dan = house.proxy_with("dan", "ada", EVERYTHING).await.0;
    dan.post(wait, wish(true)).await.expect(403);
    put(&backend, result("before", &json!({}))).await;
    ada.post(wait, wish(true)).await.expect(200);
    // What was there stays seen, what came to be before is no new result, nor is what is measured at each visit.
    put(&backend, result("before", &json!({"status": "amended"}))).await;
    put(
        &backend,
        result("old", &json!({"effectiveDateTime": "2024-01-01"})),
    )
    .await;
    put(
        &backend,
        result(
            "weight",
            &json!({"category": [{"coding": [{"code": "vital-signs"}]}]}),
        ),
    )
    .await;
    put(&backend, result("new", &json!({}))).await;
    put(&backend, json!({"resourceType": "DiagnosticReport", "id": "panel", "status": "final", "code": {"text": "Panel"},
        "subject": {"reference": "Patient/ada"}, "result": [{"reference": "Observation/new"}],
        "resultsInterpreter": [{"reference": "Practitioner/dr-wu"}]})).await;
    for (id, expected) in [("before", 200), ("old", 200), ("weight", 200), ("new", 403)] {
        assert_eq!(
            status(&ada, &format!("Observation/{id}")).await,
            expected,
            "{id}"
        );
    }
    assert_eq!(status(&ada, "DiagnosticReport/panel").await, 403);
    assert_eq!(status(&dan, "Observation/new").await, 404);
    assert_eq!(status(&staff, "Observation/new").await, 200);
    // The laboratory sends it again and knows of no hold.
    put(&backend, result("new", &json!({"status": "corrected"}))).await;
    assert_eq!(status(&ada, "Observation/new").await, 403);
    let waiting = ada
        .get("/fhir/Patient/ada/$waiting-results")
        .await
        .expect(200)
        .text();
    assert!(
        waiting.contains("Observation/new") && !waiting.contains("2951-2"),
        "{waiting}"
    );
    assert_eq!(follow_up(&house).await, 1);
    assert_eq!(follow_up(&house).await, 0);
    let tasks = staff
        .get("/fhir/Task?patient=ada&code=discuss-result")
        .await
        .expect(200);
    let task = tasks.json()["entry"][0]["resource"].clone();
    assert_eq!(task["focus"]["reference"], "DiagnosticReport/panel");
    assert_eq!(task["owner"]["reference"], "Practitioner/dr-wu");
    // Monday noon in New York: two business days of the practice, Juneteenth aside.
    assert_eq!(
        task["restriction"]["period"]["end"],
        "2026-06-17T21:00:00.000Z"
    );
    ada.post(wait, wish(false)).await.expect(200);
    assert_eq!(status(&ada, "Observation/new").await, 200);
    assert_eq!(status(&ada, "DiagnosticReport/panel").await, 200);
    let tasks = staff
        .get("/fhir/Task?patient=ada&code=discuss-result")
        .await
        .json();
    assert_eq!(tasks["entry"][0]["resource"]["status"], "cancelled");
    put(&backend, result("later", &json!({}))).await;
    assert_eq!(status(&ada, "Observation/later").await, 200);
}

#[tokio::test]
async fn a_wish_written_and_taken_back_over_fhir_counts_the_same_and_ends_by_itself() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let ada = house.patient_with("ada", EVERYTHING).await;
    let wish = said(&ada, consent("wait", "ada", &json!({"type": "deny"}))).await;
    put(&backend, result("new", &json!({}))).await;
    let second = house.node().await;
    let elsewhere = second.patient("ada").await;
    assert_eq!(status(&elsewhere, "Observation/new").await, 403);
    taken_back(&ada, wish).await;
    assert_eq!(status(&ada, "Observation/new").await, 200);
    // What was let go stays so, whatever is wished next.
    assert_eq!(follow_up(&house).await, 1);
    let left = house
        .backend()
        .await
        .get("/fhir/Observation/new")
        .await
        .text();
    assert!(!left.contains("release-hold"), "{left}");
    said(&ada, consent("wait", "ada", &json!({"type": "deny"}))).await;
    assert_eq!(status(&ada, "Observation/new").await, 200);
    put(&backend, result("next", &json!({}))).await;
    assert_eq!(status(&ada, "Observation/next").await, 403);
    house.move_clock("2026-07-15T16:05:00Z");
    let ada = house.patient("ada").await;
    assert_eq!(status(&ada, "Observation/next").await, 200);
    drop(second);
}

#[tokio::test]
async fn a_report_to_child_protection_is_owed_for_a_child_of_twelve_and_nobody_at_home_learns_of_it()
 {
    let house = House::with_people().await;
    let backend = house.backend().await;
    for (patient, id) in [("ben", "young"), ("cleo", "older")] {
        put(
            &backend,
            json!({"resourceType": "CareTeam", "id": format!("{patient}-team"), "status": "active",
            "subject": {"reference": format!("Patient/{patient}")},
            "participant": [{"member": {"reference": "Practitioner/dr-wu"}}]}),
        )
        .await;
        put(&backend, json!({"resourceType": "Encounter", "id": id, "status": "finished", "class": {"code": "AMB"},
            "subject": {"reference": format!("Patient/{patient}")}, "period": {"start": "2026-06-15T10:00:00Z"},
            "participant": [{"individual": {"reference": "Practitioner/dr-wu"}}],
            "extension": [{"url": BASIS, "valueCode": "minor:19a-216"}]})).await;
    }
    assert_eq!(follow_up(&house).await, 1);
    // Written again, it is owed once.
    let mut again = backend.get("/fhir/Encounter/young").await.json();
    again["status"] = json!("in-progress");
    put(&backend, again).await;
    assert_eq!(follow_up(&house).await, 0);
    let staff = house.clinician().await;
    let tasks = staff
        .get("/fhir/Task?code=dcf-report")
        .await
        .expect(200)
        .json();
    assert_eq!(tasks["entry"].as_array().unwrap().len(), 1, "{tasks}");
    let task = &tasks["entry"][0]["resource"];
    assert_eq!(task["for"]["reference"], "Patient/ben");
    let due = task["restriction"]["period"]["end"].as_str().unwrap();
    assert!(due.starts_with("2026-06-16T04:00:"), "{due}");
    let id = task["id"].as_str().unwrap();
    let mother = house.proxy_of("ada", "ben").await;
    assert_eq!(status(&mother, &format!("Task/{id}")).await, 404);
    assert_eq!(
        mother.get("/fhir/Task?patient=ben").await.ids(None).len(),
        0
    );
    for path in [
        "Patient/ben/$access-log",
        "AuditEvent?patient=ben",
        "Provenance?patient=ben",
    ] {
        let text = mother.get(&format!("/fhir/{path}")).await.text();
        assert!(!text.contains(id) && !text.contains("dcf"), "{path} {text}");
    }
    // Nor does the child, where a child has an account.
    let minor = House::under("ct-exemplar").await;
    minor.fill().await;
    minor.move_clock("2028-06-15T16:00:00Z");
    let backend = minor.backend().await;
    put(
        &backend,
        json!({"resourceType": "Task", "id": "report", "status": "requested", "intent": "order",
        "for": {"reference": "Patient/ben"}, "code": {"coding": [
            {"system": "https://kinchart.org/fhir/CodeSystem/task-code", "code": "dcf-report"}]}}),
    )
    .await;
    let ben = minor.patient("ben").await;
    assert_eq!(status(&ben, "Patient/ben").await, 200);
    assert_eq!(status(&ben, "Task/report").await, 404);
}

#[tokio::test]
async fn a_clinician_learns_when_the_patient_first_opened_a_result() {
    let house = House::with_people().await;
    let (ada, staff) = (house.patient("ada").await, house.clinician().await);
    let path = "/fhir/Observation/ada-glucose/$release-status";
    let viewed = |answer: &Value| {
        let parameters = answer["parameter"].as_array().unwrap().clone();
        let of = parameters
            .into_iter()
            .find(|one| one["name"] == "viewed-by-patient");
        of.map(|one| one["valueInstant"].clone())
    };
    // Listed among others is not opened.
    ada.get("/fhir/Observation?patient=ada").await.expect(200);
    assert_eq!(viewed(&staff.get(path).await.expect(200).json()), None);
    ada.get("/fhir/Observation/ada-glucose").await.expect(200);
    house.move_clock("2026-06-15T16:10:00Z");
    ada.get("/fhir/Observation/ada-glucose").await.expect(200);
    let answer = staff.get(path).await.expect(200).json();
    let first = viewed(&answer).unwrap().as_str().unwrap().to_owned();
    assert!(first.starts_with("2026-06-15T16:00:"), "{first}");
    assert_eq!(answer["parameter"][0]["valueCode"], "released");
    let_dan_act(&house, false).await;
    house
        .proxy_of("dan", "ada")
        .await
        .get(path)
        .await
        .expect(403);
}
