//! When results reach people: labels set on write, a visit's confidentiality inherited over HTTP, holds with a lawful
//! reason and an end, and a look ahead at what a parent will see.

use serde_json::{Value, json};

use crate::support::{Caller, House};

const BASIS: &str = "https://kinchart.org/fhir/StructureDefinition/consent-basis";

async fn put(caller: &Caller, resource: &Value) {
    let (of, id) = (&resource["resourceType"], &resource["id"]);
    let path = format!("/fhir/{}/{}", of.as_str().unwrap(), id.as_str().unwrap());
    let reply = caller.put(&path, resource.clone()).await;
    assert!(reply.status.is_success(), "{}", reply.text());
}

/// A visit of ben's with a result, a report of it, a bill and a plain weight; `dr-wu` treats ben.
async fn visit(house: &House, basis: bool) {
    let backend = house.backend().await;
    let ben = json!({"reference": "Patient/ben"});
    let of_visit = json!({"reference": "Encounter/v"});
    let mut encounter = json!({"resourceType": "Encounter", "id": "v", "status": "finished",
        "class": {"code": "AMB"}, "subject": ben});
    if basis {
        encounter["extension"] = json!([{"url": BASIS, "valueCode": "minor:19a-216"}]);
    }
    for resource in [
        json!({"resourceType": "CareTeam", "id": "ben-team", "status": "active", "subject": ben,
            "participant": [{"member": {"reference": "Practitioner/dr-wu"}}]}),
        encounter,
        json!({"resourceType": "Observation", "id": "swab", "status": "final", "subject": ben, "encounter": of_visit,
            "code": {"coding": [{"system": "http://loinc.org", "code": "43304-5"}]}}),
        json!({"resourceType": "DiagnosticReport", "id": "report", "status": "final", "subject": ben,
            "code": {"text": "Report"}, "result": [{"reference": "Observation/swab"}]}),
        json!({"resourceType": "ChargeItem", "id": "charge", "status": "billable", "subject": ben,
            "code": {"text": "Visit"}, "context": of_visit}),
        json!({"resourceType": "Invoice", "id": "bill", "status": "issued", "subject": ben,
            "lineItem": [{"chargeItemReference": {"reference": "ChargeItem/charge"}}]}),
    ] {
        put(&backend, &resource).await;
    }
}

#[tokio::test]
async fn a_parent_sees_neither_results_nor_bills_of_a_confidential_visit() {
    let house = House::with_people().await;
    visit(&house, false).await;
    let mother = house.proxy_of("ada", "ben").await;
    for path in [
        "Encounter/v",
        "Observation/swab",
        "DiagnosticReport/report",
        "Invoice/bill",
    ] {
        mother.get(&format!("/fhir/{path}")).await.expect(200);
    }
    // Labels a parent may not see are not on what a parent reads.
    let swab = mother.get("/fhir/Observation/swab").await.text();
    assert!(
        !swab.contains("STD") && !swab.contains("security"),
        "{swab}"
    );
    let staff = house.clinician().await;
    let swab = staff.get("/fhir/Observation/swab").await.text();
    assert!(
        swab.contains("\"STD\"") && swab.contains("label-basis"),
        "{swab}"
    );
    let found = staff
        .get("/fhir/Observation?subject=Patient/ben&_security=STD")
        .await;
    assert_eq!(found.ids(None), ["swab"]);
    visit(&house, true).await;
    for path in [
        "Encounter/v",
        "Observation/swab",
        "DiagnosticReport/report",
        "Invoice/bill",
    ] {
        mother.get(&format!("/fhir/{path}")).await.expect(404);
        let first = mother.get(&format!("/fhir/{path}/_history/1")).await;
        assert_eq!(first.status, 404, "{path}");
    }
    let left = mother
        .get("/fhir/Observation?patient=ben&_total=accurate")
        .await;
    assert_eq!(left.json()["total"], 3);
}

#[tokio::test]
async fn a_clinician_looks_ahead_at_what_a_parent_will_see() {
    let house = House::with_people().await;
    visit(&house, false).await;
    let staff = house.clinician().await;
    let look = || async {
        let reply = staff
            .get("/fhir/Encounter/v/$preview-release")
            .await
            .expect(200);
        let json = reply.json();
        let items = json["parameter"].as_array().unwrap().clone();
        let parts = |item: &Value| -> Vec<String> {
            let parts = item["part"].as_array().into_iter().flatten();
            parts.map(|part| part.to_string()).collect()
        };
        items
            .iter()
            .map(|item| parts(item).join(" "))
            .collect::<Vec<_>>()
    };
    let before = look().await;
    let swab = before
        .iter()
        .find(|item| item.contains("Observation/swab"))
        .unwrap();
    assert!(
        swab.contains("\"valueBoolean\":true") && swab.contains("leak"),
        "{swab}"
    );
    visit(&house, true).await;
    let after = look().await;
    for named in [
        "Encounter/v",
        "Observation/swab",
        "DiagnosticReport/report",
        "Invoice/bill",
    ] {
        let item = after.iter().find(|item| item.contains(named)).unwrap();
        assert!(
            item.contains("\"valueBoolean\":false") && !item.contains("leak"),
            "{item}"
        );
    }
    let mother = house.proxy_of("ada", "ben").await;
    mother
        .get("/fhir/Encounter/v/$preview-release")
        .await
        .expect(403);
    mother
        .get("/fhir/Encounter/nothing/$preview-release")
        .await
        .expect(403);
}

fn hold(reason: &str, harm: Option<&str>, until: &str) -> Value {
    let mut parameters = vec![
        json!({"name": "reason", "valueCode": reason}),
        json!({"name": "until", "valueDateTime": until}),
    ];
    if reason != "patient-preference" {
        parameters.push(json!({"name": "note", "valueString": "She said she would hurt herself."}));
    }
    if let Some(harm) = harm {
        parameters.push(json!({"name": "harm", "valueCode": harm}));
    }
    json!({"resourceType": "Parameters", "parameter": parameters})
}

#[tokio::test]
async fn a_result_is_released_at_once_and_held_only_lawfully_until_the_instant() {
    let house = House::with_people().await;
    let (ada, staff) = (house.patient("ada").await, house.clinician().await);
    let path = "/fhir/Observation/ada-glucose";
    ada.get(path).await.expect(200);
    let ask = format!("{path}/$hold-release");
    for wrong in [
        hold("not-reviewed", None, "2026-06-20T12:00:00Z"),
        hold("harm", None, "2026-06-20T12:00:00Z"),
        hold("harm", Some("substantial"), "2027-06-20T12:00:00Z"),
        hold("harm", Some("substantial"), "2026-06-15T12:00:00Z"),
    ] {
        staff.post(&ask, wrong).await.expect(422);
        ada.get(path).await.expect(200);
    }
    // Distress alone does not bind the patient's own access.
    let distress = hold("harm", Some("substantial"), "2026-06-20T12:00:00Z");
    staff.post(&ask, distress).await.expect(200);
    ada.get(path).await.expect(200);
    let danger = hold(
        "harm",
        Some("life-or-physical-safety"),
        "2026-06-20T12:00:00Z",
    );
    staff.post(&ask, danger).await.expect(200);
    ada.get(path).await.expect(403);
    staff.get(path).await.expect(200);
    // It is not the patient's to end.
    let writes = house.patient_with("ada", "patient/*.cruds").await;
    let end = format!("{path}/$end-hold");
    let nothing = || json!({"resourceType": "Parameters"});
    writes.post(&end, nothing()).await.expect(403);
    house.move_clock("2026-06-20T11:59:59Z");
    let ada = house.patient("ada").await;
    ada.get(path).await.expect(403);
    house.move_clock("2026-06-20T12:00:00Z");
    ada.get(path).await.expect(200);
    let staff = house.clinician().await;
    let ended = staff.post(&end, nothing()).await.expect(200);
    assert_eq!(ended.json()["parameter"][0]["valueBoolean"], true);
    let again = staff.post(&end, nothing()).await.expect(200);
    assert_eq!(again.json()["parameter"][0]["valueBoolean"], false);
}

#[tokio::test]
async fn a_patient_may_wait_for_a_clinician_and_change_their_mind() {
    let house = House::with_people().await;
    let ada = house.patient_with("ada", "patient/*.cruds").await;
    let path = "/fhir/Observation/ada-glucose";
    let ask = format!("{path}/$hold-release");
    let lawless = hold("law", None, "2026-06-20T12:00:00Z");
    ada.post(&ask, lawless).await.expect(422);
    let wait = hold("patient-preference", None, "2026-06-20T12:00:00Z");
    ada.post(&ask, wait.clone()).await.expect(200);
    ada.get(path).await.expect(403);
    let staff = house.clinician().await;
    let tasks = staff.get("/fhir/Task?patient=ada").await.expect(200).text();
    assert!(
        tasks.contains("discuss-result") && tasks.contains("Observation/ada-glucose"),
        "{tasks}"
    );
    // Nobody in somebody else's name holds anything.
    let mother = house.proxy_with("ada", "ben", "patient/*.cruds").await.0;
    mother
        .post("/fhir/Observation/ben-glucose/$hold-release", wait)
        .await
        .expect(403);
    let end = format!("{path}/$end-hold");
    ada.post(&end, json!({"resourceType": "Parameters"}))
        .await
        .expect(200);
    ada.get(path).await.expect(200);
}
