//! One request, one event: operations that read leave what a read leaves, however much they look at.

use access::vocabulary::CONSENT_KIND;
use serde_json::{Value, json};
use storage::accounts::Kind;
use storage::clients;

use crate::support::{Caller, House};

/// A token and the grant it stands on.
async fn ada(house: &House) -> (Caller, String) {
    let account = house.account("ada", Kind::Patient).await;
    let client = house.client("portal", clients::Kind::Public, true).await;
    let mut grant = house.grant(&client, "launch/patient patient/*.cruds");
    grant.account = Some(account);
    grant.patient = Some("ada".to_owned());
    grant.fhir_user = Some("Patient/ada".to_owned());
    under(house, grant).await
}

async fn doctor(house: &House) -> (Caller, String) {
    let account = house.account("dr-wu", Kind::Staff).await;
    let client = house.client("portal", clients::Kind::Public, true).await;
    let mut grant = house.grant(&client, "user/*.cruds");
    grant.account = Some(account);
    grant.fhir_user = Some("Practitioner/dr-wu".to_owned());
    under(house, grant).await
}

async fn under(house: &House, grant: storage::grants::Grant) -> (Caller, String) {
    let id = grant.id.clone();
    let token = house.token(grant, 3_600).await;
    (house.bearer(&token), id)
}

/// What a grant left in Ada's log: what was permitted, told apart by id.
async fn permits(house: &House, grant: &str) -> Vec<Value> {
    let policy = format!("https://kinchart.org/fhir/grant/{grant}");
    let query = format!("/fhir/AuditEvent?patient=ada&policy={policy}&_count=1000");
    let events = house.backend().await.get(&query).await.expect(200).json();
    let entries = events["entry"].as_array().cloned().unwrap_or_default();
    let events = entries.into_iter().map(|entry| entry["resource"].clone());
    events.filter(|event| event["outcome"] == "0").collect()
}

/// Asks each and counts what it leaves.
async fn leaves(
    house: &House,
    (caller, grant): &(Caller, String),
    asked: &[(&str, Option<Value>)],
) {
    let mut odd = Vec::new();
    for (path, body) in asked {
        let before = permits(house, grant).await.len();
        let address = format!("/fhir/{path}");
        let reply = match body {
            None => caller.get(&address).await,
            Some(body) => caller.post(&address, body.clone()).await,
        };
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        let after = permits(house, grant).await;
        let count = after.len() - before;
        if count != 1 {
            odd.push(format!("{path}: {count}"));
        }
    }
    assert!(odd.is_empty(), "I11: {odd:#?}");
}

/// A visit of Ada's with a result, taken again and again, and a document.
async fn chart(house: &House) {
    let backend = house.backend().await;
    let subject = json!({"reference": "Patient/ada"});
    let category = json!([{"coding": [{"code": "vital-signs",
        "system": "http://terminology.hl7.org/CodeSystem/observation-category"}]}]);
    let code = json!({"coding": [{"system": "http://loinc.org", "code": "8867-4"}]});
    let visit = json!({"resourceType": "Encounter", "id": "visit", "status": "finished",
        "class": {"code": "AMB"}, "subject": subject});
    backend
        .put("/fhir/Encounter/visit", &visit)
        .await
        .expect(201);
    // More than a page of a search holds.
    let entries: Vec<Value> = (0..1_010)
        .map(|number| {
            let day = format!("2024-01-{:02}T10:{:02}:00Z", number % 28 + 1, number % 60);
            let pulse = json!({"resourceType": "Observation", "id": format!("pulse-{number}"),
                "status": "final", "category": category, "code": code, "subject": subject,
                "encounter": {"reference": "Encounter/visit"}, "effectiveDateTime": day,
                "valueQuantity": {"value": 70, "unit": "/min",
                    "system": "http://unitsofmeasure.org", "code": "/min"}});
            json!({"resource": pulse,
                "request": {"method": "PUT", "url": format!("Observation/pulse-{number}")}})
        })
        .collect();
    for part in entries.chunks(300) {
        let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": part});
        backend.post("/fhir", bundle).await.expect(200);
    }
    let wish = json!({"resourceType": "Consent", "id": "wish", "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"system": CONSENT_KIND, "code": "wait"}]}],
        "policyRule": {"coding": [{"code": "OPTOUT"}]},
        "patient": subject, "provision": {"type": "deny"}});
    backend.put("/fhir/Consent/wish", &wish).await.expect(201);
    let letter = json!({"resourceType": "DocumentReference", "id": "letter", "status": "current",
        "subject": subject, "content": [{"attachment": {"contentType": "text/plain", "data": "aGk="}}]});
    backend
        .put("/fhir/DocumentReference/letter", &letter)
        .await
        .expect(201);
}

#[tokio::test]
async fn a_request_of_the_patient_leaves_one_event_whatever_it_looks_at() {
    let house = House::with_people().await;
    chart(&house).await;
    let check = json!({"resourceType": "Parameters",
        "parameter": [{"name": "mode", "valueCode": "update"}]});
    let asked = [
        ("Patient/ada", None),
        ("Observation?patient=ada", None),
        ("Patient/ada/_history", None),
        ("Patient/ada/$everything", None),
        ("Patient/ada/$everything?_type=Observation&_count=5", None),
        ("Encounter/visit/$everything?_count=5", None),
        ("Observation/$lastn?patient=ada&category=vital-signs", None),
        (
            "Observation/$stats?subject=Patient/ada&code=8867-4&system=http://loinc.org&statistic=average",
            None,
        ),
        ("DocumentReference/$docref?patient=ada", None),
        ("Patient/ada/$meta", None),
        ("Patient/ada/$validate", Some(check)),
        ("Observation/pulse-1/$release-status", None),
        ("Observation/pulse-1/$graphql?query=%7Bid,status%7D", None),
        (
            "$graphql?query=%7BObservation(id:%22pulse-1%22)%7Bid,status%7D,again:Observation(id:%22pulse-1%22)%7Bid%7D%7D",
            None,
        ),
        ("Patient/ada/$waiting-results", None),
    ];
    let ada = ada(&house).await;
    leaves(&house, &ada, &asked).await;
}

#[tokio::test]
async fn a_request_of_the_house_leaves_one_event_in_a_chart_it_looks_at() {
    let house = House::with_people().await;
    chart(&house).await;
    let wanted = json!({"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {
        "resourceType": "Patient", "birthDate": "1984-02-03",
        "identifier": [{"system": "urn:mrn", "value": "mrn-ada"}],
        "name": [{"family": "Berg", "given": ["Ada"]}]}}]});
    let asked = [
        ("Patient/$match", Some(wanted)),
        ("Patient/ada/$everything?_type=Observation&_count=5", None),
        ("Encounter/visit/$everything?_count=5", None),
        ("Observation/$lastn?patient=ada&category=vital-signs", None),
        ("Observation/pulse-1/$release-status", None),
    ];
    let doctor = doctor(&house).await;
    leaves(&house, &doctor, &asked).await;
}

#[tokio::test]
async fn what_an_operation_does_not_find_is_written_down_as_a_read_would_be() {
    let house = House::with_people().await;
    chart(&house).await;
    let (caller, grant) = ada(&house).await;
    caller
        .get("/fhir/Patient/ben/$everything")
        .await
        .expect(404);
    caller
        .get("/fhir/Encounter/never-was/$everything")
        .await
        .expect(404);
    let query = "/fhir/AuditEvent?_count=1000&_sort=-date";
    let events = house.backend().await.get(query).await.expect(200).json();
    let refused = |entity: &str| {
        let entries = events["entry"].as_array().into_iter().flatten();
        let told = entries.filter(|entry| {
            let event = entry["resource"].to_string();
            event.contains(&grant) && event.contains(entity) && entry["resource"]["outcome"] != "0"
        });
        told.count()
    };
    assert_eq!(refused("Patient/ben"), 1);
    assert_eq!(refused("Encounter/never-was"), 1);
}
