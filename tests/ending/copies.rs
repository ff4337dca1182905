//! A copy of the record: with an account, without one, after one was taken away.

use serde_json::{Value, json};

use super::{house, signed_in, value, why};
use crate::family::{OWN, params};
use crate::pages::browser::{Browser, Page};

const PATH: &str = "/account/record-copy";
const TASKS: &str = "/fhir/Task?code=record-request&status=requested";

async fn ask(browser: &Browser, more: &[(&str, &str)]) -> Page {
    let page = browser.get(PATH).await;
    assert_eq!(page.status(), 200, "{}", page.html);
    let csrf = page.field("csrf");
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("contact", "860-555-0199"),
        ("way", "pick-up"),
        ("what", "Lab results of 2025"),
    ];
    fields.extend(more);
    browser.post(PATH, &fields).await
}

const ADA: [(&str, &str); 4] = [
    ("given_name", "Ada"),
    ("family_name", "Berg"),
    ("birth_date", "1984-02-03"),
    ("postal_code", "06457"),
];

#[tokio::test]
async fn the_way_to_a_copy_stays_open_to_whom_the_organization_shut_out_and_says_nothing_of_who_is_known()
 {
    let house = house().await;
    let him = house.staff("him").await;
    him.post("/fhir/Patient/ada/$account-revoke", why(&[]))
        .await
        .expect(200);
    let known = ask(&Browser::of(&house), &ADA).await;
    let stranger = [
        ("given_name", "Nobody"),
        ("family_name", "Known"),
        ("birth_date", "1990-01-01"),
        ("postal_code", "00000"),
    ];
    let unknown = ask(&Browser::of(&house), &stranger).await;
    assert_eq!((known.status(), unknown.status()), (200, 200));
    assert_eq!(known.html, unknown.html);
    assert!(known.html.contains("July 15, 2026"), "{}", known.html);
    let tasks = him.get(TASKS).await.expect(200).json();
    assert_eq!(tasks["total"], 2, "{tasks}");
    let all: Vec<&Value> = tasks["entry"].as_array().unwrap().iter().collect();
    for entry in all {
        let task = &entry["resource"];
        // Who it is, staff find out.
        assert!(task["for"].is_null());
        assert_eq!(
            task["restriction"]["period"]["end"],
            json!("2026-07-16T03:59:59.000Z")
        );
    }
    // Neither the patient's chart nor anybody else's app finds them.
    let dan = house.patient_with("dan", OWN).await;
    assert_eq!(dan.get(TASKS).await.expect(200).json()["total"], 0);
}

#[tokio::test]
async fn who_is_signed_in_asks_for_themself_and_for_whom_they_act_and_nobody_else() {
    let house = house().await;
    let ada = signed_in(&house, "ada").await;
    let page = ada.get(PATH).await;
    assert!(page.html.contains("Ben") && !page.html.contains("given_name"));
    let asked = ask(&ada, &[("patient", "ben")]).await;
    let told = asked.html.contains("The number of your request");
    assert!(told, "{}", asked.html);
    let him = house.staff("him").await;
    let tasks = him.get(TASKS).await.json();
    assert_eq!(tasks["total"], 1);
    let task = &tasks["entry"][0]["resource"];
    assert_eq!(task["for"]["reference"], "Patient/ben");
    assert_eq!(task["requester"]["reference"], "RelatedPerson/ada-for-ben");
    // Cleo is fifteen: her parents ask for nothing of hers.
    let other = ask(&ada, &[("patient", "cleo")]).await;
    assert_eq!(other.status(), 422);
    // By an app: the same, within its scopes and what the person may do.
    let own = house.patient_with("ada", OWN).await;
    let wanted = params(&[
        ("contact", "valueString", json!("ada@example.org")),
        ("way", "valueCode", json!("paper-mail")),
    ]);
    let made = own
        .post("/fhir/Patient/ada/$record-request", &wanted)
        .await
        .expect(200)
        .json();
    assert!(value(&made, "task", "valueReference")["reference"].is_string());
    assert_eq!(own.get(TASKS).await.json()["total"], 1);
    own.post("/fhir/Patient/dan/$record-request", &wanted)
        .await
        .expect(404);
    let reads = house.patient("ada").await;
    reads
        .post("/fhir/Patient/ada/$record-request", &wanted)
        .await
        .expect(403);
}

#[tokio::test]
async fn a_form_that_lacks_something_says_what_and_many_requests_make_no_many_tasks() {
    let house = house().await;
    let browser = Browser::of(&house).from("203.0.113.9");
    let lacking = ask(&browser, &[("given_name", "Ada")]).await;
    assert_eq!(lacking.status(), 422);
    assert!(lacking.html.contains("aria-invalid=\"true\""));
    assert!(lacking.html.contains("value=\"Ada\""));
    let mut last = None;
    for _ in 0..40 {
        last = Some(ask(&browser, &ADA).await);
    }
    // The answer stays the same: whoever floods learns nothing.
    assert!(
        last.unwrap()
            .html
            .contains("Your request is with medical records")
    );
    let him = house.staff("him").await;
    let total = him.get(TASKS).await.json()["total"].as_i64().unwrap();
    assert!((1..=20).contains(&total), "{total}");
}
