//! `$view-as`: what somebody else sees of a record, today and on another day.

use serde_json::{Value, json};
use storage::clients::Kind;

use crate::support::{Caller, House, READ_ALL};

/// A house where ben's record holds something hidden from parents, and his mother has a sign-in.
async fn house() -> House {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let condition = |id: &str| {
        json!({"resourceType": "Condition", "id": id,
        "subject": {"reference": "Patient/ben"}})
    };
    let mut secret = condition("ben-secret");
    secret["extension"] = json!([{
        "url": "https://kinchart.org/fhir/StructureDefinition/consent-basis",
        "valueCode": "minor:unwritten"}]);
    for condition in [secret, condition("ben-plain")] {
        let path = format!("/fhir/Condition/{}", condition["id"].as_str().unwrap());
        backend.put(&path, &condition).await.expect(201);
    }
    house.account("ada", storage::accounts::Kind::Patient).await;
    house
}

/// Medical Records, who read consents and charts.
async fn records(house: &House) -> Caller {
    super::emergency::staff(house, "dr-wu", "him").await
}

/// How many conditions are seen, of how many.
fn conditions(answer: &Value) -> (i64, i64) {
    let all = answer["parameter"].as_array().unwrap();
    let row = all
        .iter()
        .find(|one| one["name"] == "sees" && one["part"][0]["valueCode"] == "Condition");
    let parts = &row.unwrap()["part"];
    (
        parts[2]["valueUnsignedInt"].as_i64().unwrap(),
        parts[3]["valueUnsignedInt"].as_i64().unwrap(),
    )
}

fn named<'a>(answer: &'a Value, name: &str) -> Vec<&'a Value> {
    let all = answer["parameter"].as_array().unwrap();
    all.iter().filter(|one| one["name"] == name).collect()
}

#[tokio::test]
async fn staff_see_what_a_parent_sees_and_when_that_changes() {
    let house = house().await;
    let records = records(&house).await;
    let list = records
        .get("/fhir/Patient/ben/$view-as")
        .await
        .expect(200)
        .json();
    let grantees = named(&list, "grantee");
    assert_eq!(grantees.len(), 1);
    assert_eq!(grantees[0]["part"][0]["valueId"], "ada-for-ben");
    let path = "/fhir/Patient/ben/$view-as?related-person=ada-for-ben";
    let today = records.get(path).await.expect(200).json();
    assert_eq!(conditions(&today), (1, 2));
    let changes = named(&today, "change");
    assert_eq!(
        changes[0]["part"][0]["valueInstant"],
        "2028-01-20T05:00:00.000Z"
    );
    assert_eq!(
        changes[1]["part"][0]["valueInstant"],
        "2033-01-20T05:00:00.000Z"
    );
    let at = |instant: &str| format!("{path}&at={instant}");
    let before = records
        .get(&at("2028-01-20T04:59:59Z"))
        .await
        .expect(200)
        .json();
    let after = records
        .get(&at("2028-01-20T05:00:00Z"))
        .await
        .expect(200)
        .json();
    assert_eq!((conditions(&before), conditions(&after)), ((1, 2), (0, 2)));
    // What is told is what the parent really gets then.
    let (ada, _) = house.proxy_with("ada", "ben", READ_ALL).await;
    for (instant, count) in [("2028-01-20T04:59:59Z", 1), ("2028-01-20T05:00:00Z", 0)] {
        house.move_clock(instant);
        let found = ada
            .get("/fhir/Condition?patient=ben")
            .await
            .expect(200)
            .json();
        assert_eq!(
            found["entry"].as_array().map_or(0, Vec::len),
            count,
            "{instant}"
        );
    }
}

#[tokio::test]
async fn a_parent_sees_only_what_they_themselves_will_see_and_learns_of_nothing_hidden() {
    let house = house().await;
    let (ada, _) = house.proxy_with("ada", "ben", READ_ALL).await;
    let path = "/fhir/Patient/ben/$view-as?related-person=ada-for-ben";
    let view = ada.get(path).await.expect(200).json();
    assert_eq!(conditions(&view), (1, 1));
    ada.get("/fhir/Patient/ben/$view-as").await.expect(404);
    ada.get("/fhir/Patient/ben/$view-as?related-person=somebody")
        .await
        .expect(404);
    let dan = house.patient("dan").await;
    dan.get(path).await.expect(404);
    house.clinician().await.get(path).await.expect(404);
}

#[tokio::test]
async fn patients_see_what_an_app_sees() {
    let house = house().await;
    let account = house.account("ada", storage::accounts::Kind::Patient).await;
    let client = house.client("outside", Kind::Public, false).await;
    let mut grant = house.grant(&client, "launch/patient patient/Patient.rs");
    grant.account = Some(account);
    grant.patient = Some("ada".to_owned());
    let consent = json!({"resourceType": "Consent", "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "https://kinchart.org/fhir/CodeSystem/consent-kind", "code": "app"}]}],
        "extension": [{"url": "https://kinchart.org/fhir/StructureDefinition/client-id", "valueString": "outside"}],
        "patient": {"reference": "Patient/ada"}, "policyRule": {"text": "x"},
        "provision": {"type": "permit", "period": {"end": "2026-08-01T00:00:00Z"}}});
    let made = house
        .backend()
        .await
        .post("/fhir/Consent", &consent)
        .await
        .expect(201)
        .json();
    grant.consent = Some(made["id"].as_str().unwrap().to_owned());
    let id = grant.id.clone();
    house.token(grant, 365 * 86_400).await;
    let ada = house.patient("ada").await;
    let list = ada
        .get("/fhir/Patient/ada/$view-as")
        .await
        .expect(200)
        .json();
    assert!(list.to_string().contains(&id), "{list}");
    let path = format!("/fhir/Patient/ada/$view-as?app={id}");
    let view = ada.get(&path).await.expect(200).json();
    let row = |name: &str| {
        let mut rows = named(&view, "sees").into_iter();
        let row = rows
            .rfind(|row| row["part"][0]["valueCode"] == name)
            .unwrap();
        row["part"][2]["valueUnsignedInt"].as_i64().unwrap()
    };
    assert_eq!((row("Patient"), row("Observation")), (1, 0));
    // Its consent ends, and with it everything.
    let changes = named(&view, "change");
    assert_eq!(
        changes[0]["part"][0]["valueInstant"],
        "2026-08-01T00:00:00.000Z"
    );
    ada.get(&format!("{path}&related-person=x"))
        .await
        .expect(400);
    ada.get("/fhir/Patient/ada/$view-as?app=never-was")
        .await
        .expect(400);
    // Every look is in the log.
    let log = ada
        .get("/fhir/Patient/ada/$access-log")
        .await
        .expect(200)
        .text();
    assert!(log.contains("You looked at what somebody else can see."));
}
