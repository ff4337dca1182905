//! `$explain-access`: everything to those it tells nothing new, and nothing of the data to others.

use serde_json::{Value, json};
use storage::clients::Kind;

use crate::support::{Caller, House, READ_ALL};

/// A house where ben's record holds something hidden from parents.
async fn house() -> House {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let secret = json!({"resourceType": "Condition", "id": "ben-secret",
        "extension": [{
            "url": "https://kinchart.org/fhir/StructureDefinition/consent-basis",
            "valueCode": "minor:19a-216"}],
        "subject": {"reference": "Patient/ben"}});
    let plain = json!({"resourceType": "Condition", "id": "ben-plain",
        "subject": {"reference": "Patient/ben"}});
    let held = json!({"resourceType": "Condition", "id": "ada-held",
        "extension": [{
            "url": "https://kinchart.org/fhir/StructureDefinition/release-hold",
            "extension": [
                {"url": "reason", "valueCode": "patient-preference"},
                {"url": "until", "valueDateTime": "2026-06-20T00:00:00-04:00"}]}],
        "subject": {"reference": "Patient/ada"}});
    for condition in [secret, plain, held] {
        let path = format!("/fhir/Condition/{}", condition["id"].as_str().unwrap());
        backend.put(&path, &condition).await.expect(201);
    }
    house
}

async fn explained(caller: &Caller, path: &str) -> Value {
    caller.get(path).await.expect(200).json()
}

fn text(answer: &Value, name: &str) -> String {
    let all = answer["parameter"].as_array().unwrap();
    let one = all.iter().find(|one| one["name"] == name);
    let one = one.and_then(Value::as_object).unwrap();
    let value = one
        .iter()
        .find(|(key, _)| key.starts_with("value"))
        .unwrap();
    value.1.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn patients_learn_every_rule_about_their_own_record() {
    let house = house().await;
    let ada = house.patient("ada").await;
    let seen = explained(&ada, "/fhir/Observation/ada-glucose/$explain-access").await;
    assert_eq!(text(&seen, "effect"), "permit");
    assert_eq!(text(&seen, "reason"), "PERMIT_SELF");
    assert_eq!(text(&seen, "policy"), "middlesex");
    let rules = seen["parameter"].as_array().unwrap();
    let rules = rules.iter().filter(|one| one["name"] == "rule").count();
    assert_eq!(rules, 10);
    let held = explained(&ada, "/fhir/Condition/ada-held/$explain-access").await;
    assert_eq!(text(&held, "reason"), "DENY_RELEASE_HOLD");
    // The token's end comes before the hold's.
    assert!(text(&held, "valid-until").starts_with("2026-06-15T17:00:0"));
    assert!(held.to_string().contains("45 CFR 171.201"));
    // What is not there, or not theirs to know of, is neither explained.
    let absent = ada
        .get("/fhir/Condition/never-was/$explain-access")
        .await
        .expect(404);
    let hidden = ada
        .get("/fhir/Condition/ben-plain/$explain-access")
        .await
        .expect(404);
    assert_eq!(absent.text(), hidden.text());
    let all = explained(&ada, "/fhir/$explain-access").await;
    let classes = all["parameter"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["name"] == "allowed");
    assert_eq!(classes.count(), 9);
    ada.get("/fhir/Condition/ada-held/$explain-access?action=dance")
        .await
        .expect(400);
}

#[tokio::test]
async fn staff_learn_why_their_role_does_not_reach() {
    let house = house().await;
    let doctor = house.clinician().await;
    let why = explained(&doctor, "/fhir/Condition/ben-plain/$explain-access").await;
    assert_eq!(text(&why, "reason"), "DENY_NO_TREATMENT_RELATIONSHIP");
    assert_eq!(
        text(&why, "text"),
        "You are not on this patient's care team."
    );
}

/// Whether something hidden, something visible and nothing at all are explained alike, byte for byte.
async fn tells_nothing(caller: &Caller, visible: &str, hidden: &str) {
    for action in ["", "?action=read", "?action=update", "?action=search"] {
        let ask = async |id: &str| {
            let path = format!("/fhir/Condition/{id}/$explain-access{action}");
            caller.get(&path).await.expect(200).text()
        };
        let answers = [
            ask(visible).await,
            ask(hidden).await,
            ask("never-was").await,
        ];
        assert!(answers.iter().all(|one| *one == answers[0]), "{answers:?}");
        assert!(!answers[0].contains("G5") && !answers[0].contains("MINOR"));
    }
}

#[tokio::test]
async fn a_proxy_learns_the_same_of_what_is_hidden_of_what_is_seen_and_of_nothing() {
    let house = house().await;
    let (ada, _) = house.proxy_with("ada", "ben", READ_ALL).await;
    ada.get("/fhir/Condition/ben-plain").await.expect(200);
    ada.get("/fhir/Condition/ben-secret").await.expect(404);
    tells_nothing(&ada, "ben-plain", "ben-secret").await;
    let answer = explained(&ada, "/fhir/Condition/ben-secret/$explain-access").await;
    assert!(answer.to_string().contains("PERMIT_PROXY_FULL"));
    // The whole answer is the same in a house whose record holds nothing hidden.
    let bare = House::with_people().await;
    let (other, _) = bare.proxy_with("ada", "ben", READ_ALL).await;
    for path in [
        "/fhir/$explain-access",
        "/fhir/Condition/$explain-access",
        "/fhir/Condition/x/$explain-access",
    ] {
        let (one, two) = (
            ada.get(path).await.expect(200),
            other.get(path).await.expect(200),
        );
        assert_eq!(one.text(), two.text(), "{path}");
    }
    // At 13 it says so, with the policy.
    house.move_clock("2028-01-20T05:00:00Z");
    let answer = explained(&ada, "/fhir/Condition/ben-plain/$explain-access").await;
    assert!(answer.to_string().contains("DENY_PROXY_LEVEL_AGE"));
    tells_nothing(&ada, "ben-plain", "ben-secret").await;
}

#[tokio::test]
async fn an_outside_app_learns_nothing_of_the_data_either_but_one_in_the_sandbox_does() {
    let house = house().await;
    let account = house.account("ada", storage::accounts::Kind::Patient).await;
    let client = house.client("outside", Kind::Public, false).await;
    let mut grant = house.grant(&client, READ_ALL);
    grant.account = Some(account);
    grant.patient = Some("ada".to_owned());
    let app = house.bearer(&house.token(grant, 3_600).await);
    tells_nothing(&app, "ada-sodium", "ada-held").await;
    let answer = explained(&app, "/fhir/Observation/ada-glucose/$explain-access").await;
    assert!(answer.to_string().contains("DENY_CONSENT"));
    assert!(!answer.to_string().contains("\"rule\""));
    let clients = house.storage.clients();
    let mut client = clients.find("outside").await.unwrap().unwrap();
    client.state = storage::clients::State::Sandbox;
    clients.save(&client).await.unwrap();
    house.storage.mark(storage::MADE_UP, "yes").await.unwrap();
    let whole = explained(&app, "/fhir/Observation/ada-glucose/$explain-access").await;
    assert!(whole.to_string().contains("\"rule\""), "{whole}");
}
