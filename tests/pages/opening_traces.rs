//! Who brought about what when an account was opened: each step leaves a Provenance.

use serde_json::{Value, json};

use super::browser::Browser;
use crate::family::params;
use crate::support::House;

/// How often the Provenances of a resource name somebody.
async fn named(house: &House, target: &str, who: &str) -> usize {
    let told = house.found(&format!("Provenance?target={target}")).await;
    let by = told
        .iter()
        .filter(|it| it["agent"].to_string().contains(who));
    by.count()
}

fn reference(resource: &Value) -> String {
    let text = |name: &str| resource[name].as_str().unwrap().to_owned();
    format!("{}/{}", text("resourceType"), text("id"))
}

#[tokio::test]
async fn every_step_from_the_code_to_the_terms_says_who_took_it() {
    let house = House::with_people().await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let browser = Browser::of(&house);
    browser.open_account(&house, "ivy", "1990-05-17").await;
    let task = reference(&house.found("Task?patient=ivy").await[0]);
    assert_eq!(named(&house, &task, "Kinchart (accounts)").await, 1);
    // Username and password chosen; terms agreed to.
    assert_eq!(named(&house, &task, "Patient/ivy").await, 2);
    let consent = reference(&house.found("Consent?patient=ivy").await[0]);
    assert_eq!(named(&house, &consent, "Patient/ivy").await, 1);
    let own = house.patient_token_of("ivy").await;
    let own = house.bearer(&own).get("/fhir/Provenance").await.expect(200);
    assert_eq!(own.json()["total"], 4, "{}", own.text());
}

#[tokio::test]
async fn a_code_from_the_desk_names_the_staff_who_checked_and_who_acts_for_a_teenager_sees_none_of_it()
 {
    let house = House::under("ct-exemplar").await;
    house.fill().await;
    house.with_patient("cleo", "2010-11-05", "").await;
    let parent = house.proxy_with("ada", "cleo", crate::family::OWN).await.0;
    let before = parent.get("/fhir/Provenance").await.expect(200).json();
    let desk = house.staff("registration").await;
    let seen = params(&[("identity-document", "valueCode", json!("passport"))]);
    let path = "/fhir/Patient/cleo/$activation-code";
    let given = desk.post(path, seen).await.expect(200).json();
    let code = given["parameter"].as_array().unwrap().iter();
    let mut code = code.filter(|it| it["name"] == "code");
    let code = code.next().unwrap()["valueString"]
        .as_str()
        .unwrap()
        .to_owned();
    let task = reference(
        &house
            .found("Task?patient=cleo&code=account-activation")
            .await[0],
    );
    let checked = reference(&house.found("VerificationResult?target=Patient/cleo").await[0]);
    for target in [&task, &checked] {
        assert_eq!(
            named(&house, target, "Practitioner/dr-wu").await,
            1,
            "{target}"
        );
    }
    let browser = Browser::of(&house);
    browser.show_code(&code, "2010-11-05", "06457").await;
    assert_eq!(browser.choose("cleo.green", "").await.status(), 303);
    assert_eq!(named(&house, &task, "Patient/cleo").await, 1);
    let after = parent.get("/fhir/Provenance").await.expect(200).json();
    assert_eq!(after["total"], before["total"], "{after}");
    parent.get(&format!("/fhir/{task}")).await.expect(404);
}
