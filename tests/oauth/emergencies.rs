//! An emergency another organization declares: with a reason, told to the patient, and reviewed.

use serde_json::{Value, json};

use super::community::{Member, house_in, registered};
use crate::support::{Caller, House, Reply};
use demo::authority::Authority;
use workflows::apps::Desk;

async fn token(house: &House, member: &Member, client: &str, extensions: Value) -> Reply {
    let mut claims = member.claims(house, client);
    for (name, value) in extensions.as_object().unwrap() {
        claims["extensions"][name] = value.clone();
    }
    let form = member.form(&claims, &[("grant_type", "client_credentials")]);
    house.anonymous().post_form("/oauth2/token", &form).await
}

fn b2b(purpose: &str) -> Value {
    json!({"version": "1", "organization_name": "Harbor Clinic", "subject_name": "Dr. Ruth Lind",
        "organization_id": "https://harbor.example/org", "purpose_of_use": [purpose]})
}

fn said(reason: &str) -> Value {
    json!({"hl7-b2b": b2b("ETREAT"), "kinchart-emergency": {"version": "1", "reason": reason}})
}

/// Dan has been in treatment for substance use, and a mail address.
async fn house() -> (House, Authority) {
    let (house, authority) = house_in().await;
    let condition = json!({"resourceType": "Condition", "id": "guarded",
        "subject": {"reference": "Patient/dan"}, "code": {"text": "A condition"}, "meta": {"security": [
            {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "42CFRPart2"}]}});
    let backend = house.backend().await;
    backend
        .put("/fhir/Condition/guarded", &condition)
        .await
        .expect(201);
    let dan = house.account("dan", storage::accounts::Kind::Patient).await;
    let accounts = house.storage.accounts();
    accounts
        .set_email(&dan, Some("dan@mail.example"))
        .await
        .unwrap();
    (house, authority)
}

async fn caller(house: &House, (member, client): (&Member, &str), extensions: Value) -> Caller {
    let given = token(house, member, client, extensions)
        .await
        .expect(200)
        .json();
    house.bearer(given["access_token"].as_str().unwrap())
}

fn desk(house: &House) -> Desk<'_> {
    Desk {
        storage: &house.storage,
        pack: &house.web.pack,
        now: house.now(),
    }
}

#[tokio::test]
async fn an_emergency_with_a_reason_opens_what_is_guarded_and_is_told_and_reviewed_once() {
    let (house, authority) = house().await;
    let path = "/fhir/Condition/guarded";
    let member = Member::of(&authority, "https://harbor.example/fhir");
    let client = registered(&house, &member).await;
    let of = (&member, client.as_str());
    let silent = caller(&house, of, json!({"hl7-b2b": b2b("ETREAT")})).await;
    silent.get(path).await.expect(403);
    let urgent = caller(&house, of, said("Unconscious in our emergency room")).await;
    urgent.get(path).await.expect(200);
    urgent.get("/fhir/Condition?patient=dan").await.expect(200);
    workflows::break_glass::hand_over(desk(&house))
        .await
        .unwrap();
    let node = house.node().await;
    workflows::break_glass::hand_over(desk(&node))
        .await
        .unwrap();
    let reviews = house
        .backend()
        .await
        .get("/fhir/Task?code=privacy-review&patient=dan")
        .await;
    let reviews = reviews.expect(200).json();
    let all = reviews["entry"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{reviews}");
    let task = &all[0]["resource"];
    assert!(
        task.to_string()
            .contains("Unconscious in our emergency room")
    );
    assert!(task["restriction"]["period"]["end"].is_string());
    let mails = house.storage.mail().list(10).await.unwrap();
    let told: Vec<_> = mails
        .iter()
        .filter(|mail| mail.to == "dan@mail.example")
        .collect();
    assert_eq!(told.len(), 1);
    for kept in ["Harbor", "Unconscious", "Lind", "condition"] {
        assert!(!told[0].text.contains(kept) && !told[0].subject.contains(kept));
    }
}

#[tokio::test]
async fn a_reason_goes_with_an_emergency_and_with_nothing_else() {
    let (house, authority) = house().await;
    let member = Member::of(&authority, "https://harbor.example/fhir");
    let client = registered(&house, &member).await;
    for odd in [
        json!({"hl7-b2b": b2b("TREAT"), "kinchart-emergency": {"version": "1", "reason": "x"}}),
        json!({"kinchart-emergency": {"version": "1", "reason": " "}, "hl7-b2b": b2b("BTG")}),
        json!({"kinchart-emergency": "unconscious", "hl7-b2b": b2b("BTG")}),
    ] {
        let refused = token(&house, &member, &client, odd.clone()).await;
        assert_eq!(refused.status, 400, "{odd}: {}", refused.text());
        assert!(
            refused.text().contains("kinchart-emergency"),
            "{}",
            refused.text()
        );
    }
    let discovery = house
        .anonymous()
        .get("/.well-known/udap")
        .await
        .expect(200)
        .text();
    assert!(discovery.contains("kinchart-emergency"));
}
