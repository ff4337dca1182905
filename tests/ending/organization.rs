//! What the organization does: takes an account away without notice, holds it for an investigation, gives it back.

use serde_json::json;

use super::{app, close, house, refreshes, signed_in, state, value, why};
use crate::family::{OWN, params};
use crate::pages::browser::{Browser, PASSWORD};

const REVOKE: &str = "/fhir/Patient/ada/$account-revoke";
const HOLD: &str = "/fhir/Patient/ada/$investigation-hold";

#[tokio::test]
async fn an_account_is_taken_away_at_once_on_every_node_without_a_word() {
    let house = house().await;
    let (app, refresh) = app(&house).await;
    let browser = signed_in(&house, "ada").await;
    let token = house.patient_token("ada", OWN, 3_600).await;
    let other = house.node().await;
    other
        .bearer(&token)
        .get("/fhir/Patient/ada")
        .await
        .expect(200);
    let him = house.staff("him").await;
    let bare = him.post(REVOKE, params(&[])).await;
    assert_eq!(bare.status.as_u16() / 100, 4);
    let odd = params(&[
        ("reason", "valueCode", json!("because")),
        ("note", "valueString", json!("x")),
    ]);
    him.post(REVOKE, odd).await.expect(422);
    let done = him.post(REVOKE, why(&[])).await.expect(200).json();
    assert_eq!(value(&done, "changed", "valueBoolean"), &json!(true));
    // The next request, here and there.
    house
        .bearer(&token)
        .get("/fhir/Patient/ada")
        .await
        .expect(401);
    let there = other.bearer(&token);
    for _ in 0..150 {
        if there.get("/fhir/Patient/ada").await.status == 401 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    there.get("/fhir/Patient/ada").await.expect(401);
    app.get("/fhir/Patient/ada").await.expect(401);
    assert!(!refreshes(&house, &refresh).await);
    assert_eq!(browser.get("/account").await.status(), 303);
    // Neither before nor after is anything said; the way in looks as if the password were wrong.
    assert!(house.mails("ada@example.org").await.is_empty());
    assert!(house.mails("dan@example.org").await.is_empty());
    let shut = Browser::of(&house).sign_in("ada", PASSWORD, "").await;
    let wrong = Browser::of(&house).sign_in("ada", "not this one", "").await;
    assert_eq!((shut.status(), wrong.status()), (401, 401));
    // Who acts for her goes on: the record is hers and theirs, not the account's.
    let dan = house.proxy_with("dan", "ada", OWN).await.0;
    dan.get("/fhir/Observation/ada-glucose").await.expect(200);
    let log = dan.get("/fhir/AuditEvent?subtype=account-revoked").await;
    assert_eq!(log.expect(200).json()["total"], 0);
    // A second time changes nothing; a code does not open it; staff open it again.
    let again = him.post(REVOKE, why(&[])).await.expect(200).json();
    assert_eq!(value(&again, "changed", "valueBoolean"), &json!(false));
    let note = params(&[("note", "valueString", json!("Cleared up on the phone"))]);
    him.post("/fhir/Patient/ada/$account-restore", note)
        .await
        .expect(200);
    assert_eq!(state(&house, "account-ada").await, "active");
    house
        .bearer(&token)
        .get("/fhir/Patient/ada")
        .await
        .expect(401);
    signed_in(&house, "ada").await;
}

#[tokio::test]
async fn only_medical_records_and_the_privacy_office_take_accounts_away_and_not_their_own() {
    let house = house().await;
    for role in [
        "clinician",
        "registration",
        "billing",
        "support",
        "pool-agent",
    ] {
        let staff = house.staff(role).await;
        staff.post(REVOKE, why(&[])).await.expect(403);
        staff.post(HOLD, why(&[])).await.expect(403);
        staff
            .get("/fhir/Patient/ada/$account-status")
            .await
            .expect(403);
    }
    let ada = house.patient_with("ada", OWN).await;
    ada.post(REVOKE, why(&[])).await.expect(403);
    house.anonymous().post(REVOKE, why(&[])).await.expect(401);
    assert_eq!(state(&house, "account-ada").await, "active");
    let privacy = house.staff("privacy").await;
    privacy
        .post("/fhir/Patient/nobody/$account-revoke", why(&[]))
        .await
        .expect(404);
    privacy.post(REVOKE, why(&[])).await.expect(200);
    let status = privacy
        .get("/fhir/Patient/ada/$account-status")
        .await
        .expect(200)
        .json();
    assert_eq!(
        value(&status, "state", "valueCode"),
        &json!("revoked-by-org")
    );
    let event = value(&status, "event", "part").to_string();
    assert!(event.contains("Complaint 17") && event.contains("misuse"));
}

#[tokio::test]
async fn an_investigation_keeps_what_there_is_and_its_owner_learns_nothing_of_it() {
    let house = house().await;
    let him = house.staff("him").await;
    him.post(HOLD, why(&[])).await.expect(200);
    let again = him.post(HOLD, why(&[])).await.expect(200).json();
    assert_eq!(value(&again, "changed", "valueBoolean"), &json!(false));
    // It works as before.
    let ada = house.patient_with("ada", OWN).await;
    ada.get("/fhir/Patient/ada").await.expect(200);
    // Closing it becomes a request like any other, and says nothing of why.
    let browser = signed_in(&house, "ada").await;
    let handed = close(&browser, "no").await;
    assert!(
        handed.html.contains("Your request is sent"),
        "{}",
        handed.html
    );
    for word in ["nvestigat", "hold", "misuse", "Complaint"] {
        assert!(!handed.html.contains(word), "{word}");
    }
    assert_eq!(state(&house, "account-ada").await, "active");
    let ground = params(&[("ground", "valueString", json!("On the phone"))]);
    him.post("/fhir/Patient/ada/$account-close", &ground)
        .await
        .expect(422);
    let log = ada.get("/fhir/AuditEvent?subtype=account-held").await;
    assert_eq!(log.expect(200).json()["total"], 0);
    // Nothing is erased meanwhile.
    let backend = house.backend().await;
    backend
        .delete("/fhir/Observation/ada-glucose")
        .await
        .expect(204);
    let expunge = params(&[("expungeDeletedResources", "valueBoolean", json!(true))]);
    let erase = "/fhir/Observation/ada-glucose/$expunge";
    let kept = backend.post(erase, &expunge).await.expect(200).json();
    assert_eq!(value(&kept, "count", "valueInteger"), &json!(0));
    let history = backend.get("/fhir/Observation/ada-glucose/_history").await;
    assert_eq!(history.expect(200).json()["total"], 2);
    let lift = params(&[("lift", "valueBoolean", json!(true))]);
    him.post(HOLD, &lift).await.expect(200);
    let gone = backend.post(erase, &expunge).await.expect(200).json();
    assert!(value(&gone, "count", "valueInteger").as_i64().unwrap() > 0);
    him.post("/fhir/Patient/ada/$account-close", &ground)
        .await
        .expect(200);
    assert_eq!(state(&house, "account-ada").await, "deactivated");
}

#[tokio::test]
async fn the_reason_is_in_the_trail_for_staff_and_nowhere_else() {
    let house = house().await;
    let him = house.staff("him").await;
    let investigate = [("investigate", "valueBoolean", json!(true))];
    him.post(REVOKE, why(&investigate)).await.expect(200);
    let trail = him
        .get("/fhir/AuditEvent?subtype=account-revoked")
        .await
        .expect(200);
    assert_eq!(trail.json()["total"], 1);
    assert!(trail.text().contains("misuse"));
    assert!(!trail.text().contains("Complaint"));
    let held = him.get("/fhir/AuditEvent?subtype=account-held").await;
    assert_eq!(held.expect(200).json()["total"], 1);
    let ben = house.proxy_with("dan", "ada", OWN).await.0;
    let seen = ben.get("/fhir/AuditEvent").await.expect(200).text();
    assert!(!seen.contains("account-revoked") && !seen.contains("account-held"));
}
