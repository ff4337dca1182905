//! Staff give out activation codes and decide who somebody is.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use storage::accounts::{Account, Kind};

use crate::pages::browser::Browser;
use crate::support::{Caller, House};

/// A member of staff in a role.
async fn staff(house: &House, role: &str) -> Caller {
    let id = format!("account-{role}");
    let account = Account {
        id: id.clone(),
        username: role.to_owned(),
        password_hash: "!".to_owned(),
        kind: Kind::Staff,
        state: access::actor::Account::Active,
        role: Some(role.to_owned()),
        display: role.to_owned(),
        email: None,
        person: None,
        patient: None,
        practitioner: Some("dr-wu".to_owned()),
        pools: Vec::new(),
        terms_accepted: true,
        failed_sign_ins: 0,
        locked_until: None,
    };
    house
        .storage
        .accounts()
        .create(&account, house.now())
        .await
        .unwrap();
    let client = house
        .client("clinic", storage::clients::Kind::Public, true)
        .await;
    let mut grant = house.grant(&client, "user/*.cruds");
    grant.account = Some(id);
    grant.fhir_user = Some("Practitioner/dr-wu".to_owned());
    let token = house.token(grant, 3_600).await;
    house.bearer(&token)
}

fn given(parameters: &Value, name: &str) -> Value {
    let all = parameters["parameter"].as_array().unwrap();
    let found = all.iter().find(|one| one["name"] == name);
    let found = found
        .and_then(|one| one.as_object())
        .cloned()
        .unwrap_or_default();
    found
        .into_iter()
        .find(|(key, _)| key.starts_with("value"))
        .map_or(Value::Null, |(_, v)| v)
}

fn inputs(pairs: &[(&str, Value)]) -> String {
    let parameters: Vec<Value> = pairs
        .iter()
        .map(|(name, value)| match value {
            Value::Object(_) => json!({"name": name, "resource": value}),
            text => json!({"name": name, "valueCode": text}),
        })
        .collect();
    json!({"resourceType": "Parameters", "parameter": parameters}).to_string()
}

#[tokio::test]
async fn the_front_desk_gives_a_code_with_a_page_to_print_and_nobody_gives_one_to_themself() {
    let house = House::with_people().await;
    house.with_patient("ivy", "1990-05-17", "").await;
    let desk = staff(&house, "registration").await;
    let path = "/fhir/Patient/ivy/$activation-code";
    let answer = desk.post(path, inputs(&[])).await.expect(200).json();
    let code = given(&answer, "code");
    let address = given(&answer, "address");
    assert!(address.as_str().unwrap().ends_with(code.as_str().unwrap()));
    let page = STANDARD
        .decode(given(&answer, "page")["data"].as_str().unwrap())
        .unwrap();
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains(code.as_str().unwrap()) && page.contains("<svg"));
    let browser = Browser::of(&house);
    let shown = browser
        .show_code(code.as_str().unwrap(), "1990-05-17", "06457")
        .await;
    assert_eq!(shown.status(), 303);
    let task = &house.found("Task?patient=ivy").await[0];
    assert_eq!(task["requester"]["reference"], "Practitioner/dr-wu");

    for role in ["billing", "support"] {
        let other = staff(&house, role).await;
        other.post(path, inputs(&[])).await.expect(403);
    }
    let own = house.patient_with("ada", "patient/*.cruds").await;
    own.post("/fhir/Patient/ada/$activation-code", inputs(&[]))
        .await
        .expect(403);
    let (mother, _) = house.proxy_with("ada", "ben", "patient/*.cruds").await;
    mother
        .post("/fhir/Patient/ben/$activation-code", inputs(&[]))
        .await
        .expect(403);
    desk.post("/fhir/Patient/nobody/$activation-code", inputs(&[]))
        .await
        .expect(404);
    // A child gets none.
    desk.post("/fhir/Patient/ben/$activation-code", inputs(&[]))
        .await
        .expect(422);
}

#[tokio::test]
async fn a_new_patient_is_registered_checked_and_given_a_code_in_one_go() {
    let house = House::with_people().await;
    let desk = staff(&house, "registration").await;
    let patient = json!({"resourceType": "Patient", "birthDate": "1977-03-09",
        "name": [{"family": "Holt", "given": ["Nell"]}], "address": [{"postalCode": "06457"}]});
    let path = "/fhir/Patient/$activation-code";
    let unchecked = inputs(&[("patient", patient.clone()), ("channel", json!("desk"))]);
    desk.post(path, unchecked).await.expect(400);
    let body = inputs(&[
        ("patient", patient.clone()),
        ("identity-document", json!("passport")),
    ]);
    let answer = desk.post(path, body.clone()).await.expect(200).json();
    let reference = given(&answer, "patient")["reference"].clone();
    let id = reference
        .as_str()
        .unwrap()
        .trim_start_matches("Patient/")
        .to_owned();
    let checked = house
        .found(&format!("VerificationResult?target={id}"))
        .await;
    assert_eq!(
        checked[0]["attestation"]["who"]["reference"],
        "Practitioner/dr-wu"
    );
    assert_eq!(checked[0]["status"], "validated");
    // Opened before the same-day visit, and found instead of registered twice.
    let browser = Browser::of(&house);
    let code = given(&answer, "code");
    let shown = browser
        .show_code(code.as_str().unwrap(), "1977-03-09", "06457")
        .await;
    assert_eq!(shown.status(), 303);
    let again = desk.post(path, body).await.expect(422);
    assert!(again.text().contains(&id));
    let chosen = browser.choose("nell.holt", "").await;
    assert_eq!(browser.accept_terms(&chosen.location()).await.status(), 303);
    // Who has an account gets a code only when it was checked who they are.
    let path = format!("/fhir/Patient/{id}/$activation-code");
    desk.post(&path, inputs(&[])).await.expect(422);
    let proof = inputs(&[("identity-document", json!("driver-license"))]);
    desk.post(&path, proof).await.expect(200);
}

#[tokio::test]
async fn of_two_reviewers_one_decides_and_the_code_goes_to_the_address_on_record() {
    let house = House::with_people().await;
    house
        .with_patient("ivy", "1990-05-17", "ivy@mail.example")
        .await;
    let him = staff(&house, "him").await;
    let review = workflows::opening::identity::Request {
        given: "Yvi",
        family: "Gren",
        birth_date: "1990-05-17",
        postal_code: "06457",
        email: "yvi@mail.example",
    };
    workflows::opening::identity::request(house.desk(), review)
        .await
        .unwrap();
    let reply = him
        .get("/fhir/Task?code=identity-review")
        .await
        .expect(200)
        .json();
    let review = &reply["entry"][0]["resource"];
    // Two business days after Monday the 15th, when the records office closes.
    let due = review["restriction"]["period"]["end"].as_str().unwrap();
    assert!(due.starts_with("2026-06-17T20:00:00"), "{due}");
    let id = review["id"].as_str().unwrap();
    let path = format!("/fhir/Task/{id}/$identity-decide");
    staff(&house, "billing")
        .await
        .post(&path, inputs(&[("outcome", json!("confirmed"))]))
        .await
        .expect(403);
    him.post(&path, inputs(&[("outcome", json!("confirmed"))]))
        .await
        .expect(400);
    let yes = json!({"resourceType": "Parameters", "parameter": [
        {"name": "outcome", "valueCode": "confirmed"}, {"name": "patient", "valueId": "ivy"}]});
    let (one, other) = tokio::join!(
        him.post(&path, yes.to_string()),
        him.post(&path, yes.to_string())
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!([409, 412, 422].contains(&statuses[1]), "{statuses:?}");
    assert!(house.newest_mail("ivy@mail.example").await.is_some());
    assert!(house.newest_mail("yvi@mail.example").await.is_none());
    him.post(&path, yes.to_string()).await.expect(422);
}
