//! The end of acting for somebody: at once, and each in their own part.

use serde_json::json;
use storage::accounts::Kind;
use storage::clients;

use super::OWN;
use crate::support::House;

const END: &str = "/fhir/RelatedPerson/dan-for-ada/$proxy-end";

async fn house() -> House {
    let house = House::with_people().await;
    house.adult_proxy("full", None).await;
    for person in ["ada", "dan"] {
        let account = house.account(person, Kind::Patient).await;
        house
            .mail_to(&account, &format!("{person}@example.org"))
            .await;
    }
    house
}

fn why(reason: &str) -> serde_json::Value {
    json!({"resourceType": "Parameters",
        "parameter": [{"name": "reason", "valueString": reason}]})
}

#[tokio::test]
async fn a_patient_ends_a_proxy_and_every_way_in_is_shut_at_once() {
    let house = house().await;
    let app = house
        .client("public-app", clients::Kind::Public, true)
        .await;
    let issued = house.proxy_grant("dan", "ada", &app).await;
    let dan = house.bearer(&issued.access_token);
    dan.get("/fhir/Observation/ada-glucose").await.expect(200);
    let ada = house.patient_with("ada", OWN).await;
    let ended = ada.post(END, "").await.expect(200).json();
    assert_eq!(ended["parameter"][0]["valueBoolean"], true);
    assert_eq!(ended["parameter"][1]["valueCode"], "revoked");
    dan.get("/fhir/Observation/ada-glucose").await.expect(401);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", issued.refresh_token.as_deref().unwrap()),
    ];
    let refused = house.exchange("public-app", None, &form).await.expect(400);
    assert_eq!(refused.json()["error"], "invalid_grant");
    // Both sides are told, once, and nobody's name is in it.
    assert_eq!(house.mails("ada@example.org").await.len(), 1);
    let told = house.mails("dan@example.org").await;
    assert_eq!(told.len(), 1);
    assert!(!told[0].contains("Ada") && !told[0].contains("Moss"));
    let again = ada.post(END, "").await.expect(200).json();
    assert_eq!(again["parameter"][0]["valueBoolean"], false);
    assert_eq!(house.mails("dan@example.org").await.len(), 1);
}

#[tokio::test]
async fn a_consent_withdrawn_over_the_fhir_api_shuts_the_way_back_too() {
    let house = house().await;
    let app = house
        .client("public-app", clients::Kind::Public, true)
        .await;
    let issued = house.proxy_grant("dan", "ada", &app).await;
    let ada = house.patient_with("ada", OWN).await;
    let mut consent = ada
        .get("/fhir/Consent/proxy-dan-for-ada")
        .await
        .expect(200)
        .json();
    consent["status"] = json!("inactive");
    ada.put("/fhir/Consent/proxy-dan-for-ada", consent)
        .await
        .expect(200);
    house
        .bearer(&issued.access_token)
        .get("/fhir/Patient/ada")
        .await
        .expect(404);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", issued.refresh_token.as_deref().unwrap()),
    ];
    let refused = house.exchange("public-app", None, &form).await.expect(400);
    assert_eq!(refused.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_proxy_resigns_and_ends_nobody_else() {
    let house = house().await;
    let dan = house.proxy_with("dan", "ada", OWN).await.0;
    let resigned = dan.post(END, "").await.expect(200).json();
    assert_eq!(resigned["parameter"][1]["valueCode"], "resigned");
    dan.get("/fhir/Patient/ada").await.expect(401);
    assert_eq!(house.mails("ada@example.org").await.len(), 1);
    let ben = house.proxy_with("ada", "ben", OWN).await.0;
    ben.post("/fhir/RelatedPerson/ada-for-cleo/$proxy-end", "")
        .await
        .expect(404);
    ben.post("/fhir/RelatedPerson/nobody/$proxy-end", "")
        .await
        .expect(404);
}

#[tokio::test]
async fn the_organization_ends_a_proxy_without_notice_and_notes_why() {
    let house = house().await;
    let him = house.staff("him").await;
    let missing = him.post(END, "").await.expect(422);
    assert_eq!(missing.json()["issue"][0]["expression"][0], "reason");
    let ended = him.post(END, why("Complaint 17")).await.expect(200).json();
    assert_eq!(ended["parameter"][1]["valueCode"], "revoked-by-org");
    assert_eq!(house.mails("dan@example.org").await.len(), 0);
    assert_eq!(house.mails("ada@example.org").await.len(), 0);
    let dan = house.proxy_with("dan", "ada", OWN).await.0;
    dan.get("/fhir/Patient/ada").await.expect(404);
    // The reason stays inside.
    let events = house.patient_with("ada", OWN).await;
    let events = events
        .get("/fhir/AuditEvent?subtype=proxy-ended")
        .await
        .expect(200);
    assert_eq!(events.json()["total"], 1);
    assert!(!events.text().contains("Complaint"));
}

#[tokio::test]
async fn others_of_the_staff_and_apps_of_others_end_nothing() {
    let house = house().await;
    for role in ["clinician", "registration", "billing", "privacy", "support"] {
        let staff = house.staff(role).await;
        let reply = staff.post(END, why("curious")).await;
        assert!(
            matches!(reply.status.as_u16(), 403 | 404),
            "{role}: {}",
            reply.text()
        );
    }
    house.anonymous().post(END, "").await.expect(401);
    let reader = house.patient("ada").await;
    assert_eq!(reader.post(END, "").await.expect(403).issue(), "forbidden");
}

#[tokio::test]
async fn two_who_end_it_at_once_end_it_once() {
    let house = house().await;
    let ada = house.patient_with("ada", OWN).await;
    let him = house.staff("him").await;
    let (one, other) = tokio::join!(ada.post(END, ""), him.post(END, why("at once")));
    let ended =
        [one, other].map(|reply| reply.expect(200).json()["parameter"][0]["valueBoolean"] == true);
    assert_eq!(ended.iter().filter(|it| **it).count(), 1, "{ended:?}");
}

#[tokio::test]
async fn a_minor_does_not_end_a_parent_but_an_emancipated_one_may() {
    let house = House::with_people().await;
    house
        .put(
            &json!({"resourceType": "Flag", "id": "emancipated", "status": "active",
            "code": {"coding": [{"system": access::vocabulary::FLAG, "code": "emancipated"}]},
            "subject": {"reference": "Patient/cleo"}}),
        )
        .await;
    let cleo = house.patient_with("cleo", OWN).await;
    let end = "/fhir/RelatedPerson/ada-for-cleo/$proxy-end";
    cleo.post(end, "").await.expect(200);
    let ada = house.proxy_with("ada", "cleo", OWN).await.0;
    ada.get("/fhir/Patient/cleo").await.expect(404);
}
