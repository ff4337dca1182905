//! A Consent that denies several at once: kept of each it names, whichever way it names them, and of nobody else.

use serde_json::{Value, json};

use super::consents::{app_of_ada, consent, let_dan_act, put, said, status};
use crate::support::House;

const CLIENT: &str = "https://kinchart.org/fhir/NamingSystem/client-id";
const RESULT: &str = "Observation/ada-glucose";

fn of(reference: &str) -> Value {
    json!({"reference": {"reference": reference}, "role": {"text": "recipient"}})
}

fn of_app(id: &str) -> Value {
    json!({"reference": {"identifier": {"system": CLIENT, "value": id}}, "role": {"text": "recipient"}})
}

#[tokio::test]
async fn each_person_a_consent_names_is_kept_out_whether_in_one_provision_or_in_several() {
    let house = House::with_people().await;
    let_dan_act(&house, false).await;
    let ada = house.patient_with("ada", super::consents::EVERYTHING).await;
    let (dan, _) = house
        .proxy_with("dan", "ada", "launch/patient patient/*.rs")
        .await;
    let doctor = house.clinician().await;
    let (both, results) = (
        ["RelatedPerson/dan-for-ada", "Practitioner/dr-wu"],
        json!([{"code": "Observation"}]),
    );
    let in_one = json!({"type": "deny", "actor": both.map(of), "class": results});
    let rules = both.map(|one| json!({"type": "deny", "actor": [of(one)], "class": results}));
    let in_several = json!({"provision": rules});
    let in_permit = json!({"type": "permit", "provision": rules});
    for provision in [in_one, in_several, in_permit] {
        assert_eq!(
            (status(&dan, RESULT).await, status(&doctor, RESULT).await),
            (200, 200)
        );
        let made = said(&ada, consent("person-deny", "ada", &provision)).await;
        assert_eq!(
            (status(&dan, RESULT).await, status(&doctor, RESULT).await),
            (404, 403),
            "{provision}"
        );
        // Nothing but what was said, and of nobody who was not named.
        assert_eq!(status(&dan, "Patient/ada").await, 200);
        assert_eq!(status(&ada, RESULT).await, 200);
        super::consents::taken_back(&ada, made).await;
    }
    assert_eq!(
        (status(&dan, RESULT).await, status(&doctor, RESULT).await),
        (200, 200)
    );
}

#[tokio::test]
async fn each_app_a_consent_names_is_kept_out_and_the_receipt_says_so() {
    let house = House::with_people().await;
    let app = app_of_ada(&house).await;
    let ada = house.patient_with("ada", super::consents::EVERYTHING).await;
    let denied = json!({"type": "deny", "actor": [of_app("elsewhere"), of_app("outside")]});
    let (id, _) = said(&ada, consent("app-deny", "ada", &denied)).await;
    assert_eq!(status(&app, RESULT).await, 403);
    let receipt = ada
        .get(&format!("/fhir/Consent/{id}/$consent-receipt"))
        .await
        .expect(200)
        .json();
    let says: Vec<&str> = receipt["parameter"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| {
            (one["name"] == "says")
                .then(|| one["valueString"].as_str())
                .flatten()
        })
        .collect();
    assert!(
        says.contains(&"App: elsewhere.") && says.contains(&"App: outside (outside)."),
        "{says:?}"
    );
    let alone = json!({"type": "deny", "actor": [of_app("elsewhere")]});
    let mut changed = consent("app-deny", "ada", &alone);
    changed["id"] = json!(id);
    put(&ada, changed).await;
    assert_eq!(status(&app, RESULT).await, 200);
}
