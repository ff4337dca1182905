//! An account that somebody else may be using, secured by its owner.

use serde_json::json;

use super::{app, house, refreshes, signed_in, value};
use crate::family::OWN;
use crate::pages::browser::{Browser, PASSWORD};

const NEW: &str = "sieben Zwerge, drei Zipfel";
const INCIDENTS: &str = "/fhir/Task?code=security-incident";

#[tokio::test]
async fn one_step_shuts_everybody_else_out_and_tells_the_privacy_office_alone() {
    let house = house().await;
    let (app, refresh) = app(&house).await;
    let (ada, thief) = (
        signed_in(&house, "ada").await,
        signed_in(&house, "ada").await,
    );
    app.get("/fhir/Patient/ada").await.expect(200);
    let page = ada.get("/account/secure").await;
    assert_eq!(page.status(), 200, "{}", page.html);
    let csrf = page.field("csrf");
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("password", "short"),
        ("password_repeat", "short"),
        ("comment", "Messages I did not write"),
    ];
    let weak = ada.post("/account/secure", &fields).await;
    assert_eq!(weak.status(), 422);
    assert!(weak.html.contains("Messages I did not write"));
    assert_eq!(thief.get("/account").await.status(), 200);
    fields[1].1 = NEW;
    fields[2].1 = NEW;
    fields.push(("event", "1"));
    let done = ada.post("/account/secure", &fields).await;
    assert!(
        done.html.contains("Your account is secured"),
        "{}",
        done.html
    );
    // Everybody else is out; she is still in, with the new password alone.
    assert_eq!(thief.get("/account").await.status(), 303);
    assert_eq!(ada.get("/account").await.status(), 200);
    app.get("/fhir/Patient/ada").await.expect(401);
    assert!(!refreshes(&house, &refresh).await);
    let old = Browser::of(&house).sign_in("ada", PASSWORD, "").await;
    assert_eq!(old.status(), 401);
    let new = Browser::of(&house).sign_in("ada", NEW, "").await;
    assert_eq!(new.status(), 303);
    let mails = house.mails("ada@example.org").await;
    assert!(
        mails
            .iter()
            .any(|mail| mail.starts_with("Your account was secured"))
    );
    // The privacy office and she herself see the report; who acts for her does not, nor that she made it.
    let privacy = house.staff("privacy").await;
    let found = privacy.get(INCIDENTS).await.expect(200).json();
    assert_eq!(found["total"], 1, "{found}");
    let task = found["entry"][0]["resource"].to_string();
    assert!(task.contains("Messages I did not write") && task.contains("AuditEvent/1"));
    let own = house.patient_with("ada", OWN).await;
    assert_eq!(own.get(INCIDENTS).await.json()["total"], 1);
    let dan = house.proxy_with("dan", "ada", OWN).await.0;
    assert_eq!(dan.get(INCIDENTS).await.expect(200).json()["total"], 0);
    let id = found["entry"][0]["resource"]["id"].as_str().unwrap();
    dan.get(&format!("/fhir/Task/{id}")).await.expect(404);
    let log = dan
        .get("/fhir/AuditEvent?_count=200")
        .await
        .expect(200)
        .text();
    assert!(!log.contains(id) && !log.contains("account-secured"));
}

#[tokio::test]
async fn an_app_of_the_house_does_the_same_and_one_of_somebody_else_does_not() {
    let house = house().await;
    let (app, refresh) = app(&house).await;
    app.post("/fhir/Patient/ada/$secure-account", "")
        .await
        .expect(403);
    let portal = house.patient_with("ada", OWN).await;
    let browser = signed_in(&house, "ada").await;
    let done = portal
        .post("/fhir/Patient/ada/$secure-account", "")
        .await
        .expect(200)
        .json();
    assert!(value(&done, "apps", "valueInteger").as_i64().unwrap() >= 1);
    assert!(
        value(&done, "password", "valueUrl")
            .as_str()
            .unwrap()
            .ends_with("/account/security/password")
    );
    assert_eq!(browser.get("/account").await.status(), 303);
    assert!(!refreshes(&house, &refresh).await);
    portal
        .post("/fhir/Patient/dan/$secure-account", "")
        .await
        .expect(404);
    let dan = house.proxy_with("dan", "ada", OWN).await.0;
    dan.post("/fhir/Patient/ada/$secure-account", "")
        .await
        .expect(404);
    let him = house.staff("him").await;
    him.post(
        "/fhir/Patient/ada/$secure-account",
        json!({"resourceType": "Parameters"}),
    )
    .await
    .expect(404);
}
