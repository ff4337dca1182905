//! An account closed at its owner's wish: by the button, by the message, by staff; what ends with it, what stays, and
//! the way back.

use serde_json::{Value, json};
use storage::accounts::Kind;

use super::{app, close, house, message, refreshes, signed_in, state, value};
use crate::family::{OWN, params};
use crate::pages::browser::{Browser, PASSWORD};
use crate::support::House;

#[tokio::test]
async fn the_button_tells_first_and_then_shuts_every_way_in_at_once() {
    let house = house().await;
    let (app, refresh) = app(&house).await;
    let (one, other) = (
        signed_in(&house, "ada").await,
        signed_in(&house, "ada").await,
    );
    let dan = house.proxy_with("dan", "ada", OWN).await.0;
    dan.get("/fhir/Observation/ada-glucose").await.expect(200);
    let page = one.get("/account/close").await;
    for told in ["Dan Cole", "The app you connected", "What stays", "Ben"] {
        assert!(page.html.contains(told), "{told}: {}", page.html);
    }
    // Without the tick nothing is closed.
    let fields = [("csrf", &*page.field("csrf")), ("keep", "no")];
    let unsure = one.post("/account/close", &fields).await;
    assert_eq!(unsure.status(), 422);
    assert_eq!(state(&house, "account-ada").await, "active");
    let closed = close(&one, "no").await;
    assert_eq!(closed.status(), 200);
    assert!(closed.html.contains("Your account is closed"));
    assert_eq!(state(&house, "account-ada").await, "deactivated");
    // Both browsers, the app, its refresh token, and who acted for her.
    assert_eq!(one.get("/account").await.status(), 303);
    assert_eq!(other.get("/account").await.status(), 303);
    app.get("/fhir/Patient/ada").await.expect(401);
    assert!(!refreshes(&house, &refresh).await);
    dan.get("/fhir/Observation/ada-glucose").await.expect(401);
    let again = Browser::of(&house).sign_in("ada", PASSWORD, "").await;
    assert_eq!(again.status(), 401);
    // The record, its Consents and the trail stay, and say that it is over.
    let backend = house.backend().await;
    backend
        .get("/fhir/Observation/ada-glucose")
        .await
        .expect(200);
    let consents = backend
        .get("/fhir/Consent?patient=ada&status=active")
        .await
        .json();
    assert_eq!(consents["total"], 0, "{consents}");
    let related = backend.get("/fhir/RelatedPerson/dan-for-ada").await.json();
    assert_eq!(related["active"], false);
    let mails = house.mails("ada@example.org").await;
    assert!(mails.last().unwrap().starts_with("Your account is closed"));
    let told = house.mails("dan@example.org").await;
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("Your access to a record pauses"));
    assert!(!told[0].contains("Ada") && !told[0].contains("Moss"));
}

#[tokio::test]
async fn closing_needs_a_proof_of_a_moment_ago_and_a_form_of_ours() {
    let house = house().await;
    let ada = signed_in(&house, "ada").await;
    let csrf = ada.get("/account/close").await.field("csrf");
    let fields = [("csrf", &*csrf), ("sure", "yes"), ("keep", "no")];
    let foreign = ada
        .post_from(Some("https://evil.example"), "/account/close", &fields)
        .await;
    assert_eq!(foreign.status(), 403);
    house.move_clock("2026-06-15T16:11:00Z");
    let stale = ada.get("/account/close").await;
    assert!(stale.location().starts_with("/account/security/prove"));
    let stale = ada.post("/account/close", &fields).await;
    assert!(stale.location().starts_with("/account/security/prove"));
    assert_eq!(state(&house, "account-ada").await, "active");
}

#[tokio::test]
async fn a_parent_may_close_the_own_record_and_go_on_acting_for_a_child() {
    let house = house().await;
    let (app, refresh) = app(&house).await;
    let ben = house.proxy_with("ada", "ben", OWN).await.0;
    let ada = signed_in(&house, "ada").await;
    let closed = close(&ada, "yes").await;
    assert!(closed.html.contains("Your own record is closed here"));
    app.get("/fhir/Patient/ada").await.expect(401);
    assert!(!refreshes(&house, &refresh).await);
    // The child's chart stays open to the token there is, and to a new sign-in.
    ben.get("/fhir/Patient/ben").await.expect(200);
    let ada = signed_in(&house, "ada").await;
    let family = ada.get("/account/family").await;
    assert!(family.html.contains("Ben"), "{}", family.html);
    let own = house.storage.accounts().find("account-ada").await.unwrap();
    let own = own.unwrap();
    assert_eq!((own.kind, own.patient), (Kind::Proxy, None));
    let person = house.backend().await.get("/fhir/Person/person-ada").await;
    assert!(person.json()["birthDate"].is_string());
}

#[tokio::test]
async fn the_message_of_the_terms_becomes_a_task_that_staff_or_its_owner_bring_to_an_end() {
    let house = house().await;
    let ada = house.patient_with("ada", OWN).await;
    ada.post("/fhir/Communication", message("Patient/ada", "ada"))
        .await
        .expect(201);
    let find =
        "/fhir/Task?code=https://kinchart.org/fhir/CodeSystem/task-code|account-deactivation";
    let him = house.staff("him").await;
    let found = him.get(find).await.expect(200).json();
    assert_eq!(found["total"], 1, "{found}");
    let task = &found["entry"][0]["resource"];
    assert_eq!(task["status"], "requested");
    assert_eq!(task["for"]["reference"], "Patient/ada");
    // Monday noon: one business day, the office closes at four.
    assert_eq!(
        task["restriction"]["period"]["end"],
        json!("2026-06-16T20:00:00.000Z")
    );
    let id = task["id"].as_str().unwrap().to_owned();
    // A second message is the same wish; a draft is none; its owner sees it, who acts for her does not.
    ada.post("/fhir/Communication", message("Patient/ada", "ada"))
        .await
        .expect(201);
    assert_eq!(ada.get(find).await.expect(200).json()["total"], 1);
    let dan = house.proxy_with("dan", "ada", OWN).await.0;
    assert_eq!(dan.get(find).await.expect(200).json()["total"], 0);
    dan.get(&format!("/fhir/Task/{id}")).await.expect(404);
    let mails = house.mails("ada@example.org").await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].starts_with("We were asked to close your account"));
    // Nothing is closed before somebody confirms; only staff who decide on consents do, with a ground, and once.
    assert_eq!(state(&house, "account-ada").await, "active");
    let decide = format!("/fhir/Task/{id}/$deactivation-decide");
    let close = params(&[
        ("decision", "valueCode", json!("close")),
        (
            "ground",
            "valueString",
            json!("Called back on the number on file"),
        ),
    ]);
    for role in ["clinician", "registration", "privacy"] {
        let reply = house.staff(role).await.post(&decide, &close).await;
        assert!(matches!(reply.status.as_u16(), 403 | 404), "{role}");
    }
    dan.post(&decide, &close).await.expect(403);
    let bare = params(&[("decision", "valueCode", json!("close"))]);
    assert_eq!(
        him.post(&decide, &bare).await.expect(422).json()["issue"][0]["expression"][0],
        "ground"
    );
    him.post(&decide, &close).await.expect(200);
    assert_eq!(state(&house, "account-ada").await, "deactivated");
    ada.get("/fhir/Patient/ada").await.expect(401);
    let done = him
        .get(&format!("/fhir/Task/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(done["status"], "completed");
    him.post(&decide, &close).await.expect(409);
}

#[tokio::test]
async fn an_owner_takes_the_wish_back_and_staff_may_leave_an_account_open() {
    let house = house().await;
    let ada = house.patient_with("ada", OWN).await;
    let asked = ada.post("/fhir/Patient/ada/$account-close", "").await;
    let asked = asked.expect(200).json();
    assert_eq!(value(&asked, "closed", "valueBoolean"), &json!(false));
    let confirm = value(&asked, "confirm", "valueUrl").as_str().unwrap();
    assert!(confirm.ends_with("/account/close"));
    let task = value(&asked, "task", "valueReference")["reference"].clone();
    let task = task.as_str().unwrap();
    let decide = format!("/fhir/{task}/$deactivation-decide");
    let withdraw = params(&[("decision", "valueCode", json!("withdraw"))]);
    let dan = house.patient_with("dan", OWN).await;
    dan.post(&decide, &withdraw).await.expect(404);
    ada.post(&decide, &withdraw).await.expect(200);
    let him = house.staff("him").await;
    let kept = him.get(&format!("/fhir/{task}")).await.json();
    assert_eq!(kept["status"], "cancelled");
    // Asked again on the page's own door, and left open by the practice.
    let asked = ada
        .post("/fhir/Patient/ada/$account-close", "")
        .await
        .json();
    let task = value(&asked, "task", "valueReference")["reference"].clone();
    let decide = format!("/fhir/{}/$deactivation-decide", task.as_str().unwrap());
    let reject = params(&[
        ("decision", "valueCode", json!("reject")),
        ("reason", "valueString", json!("It was not her who wrote")),
    ]);
    him.post(&decide, &reject).await.expect(200);
    assert_eq!(state(&house, "account-ada").await, "active");
    let mails = house.mails("ada@example.org").await;
    let last = mails.last().unwrap();
    assert!(last.starts_with("Your account stays open") && !last.contains("wrote"));
    // Not for somebody else, nor for an app of somebody else.
    dan.post("/fhir/Patient/ada/$account-close", "")
        .await
        .expect(404);
    let (app, _) = super::app(&house).await;
    app.post("/fhir/Patient/ada/$account-close", "")
        .await
        .expect(403);
}

#[tokio::test]
async fn the_way_back_is_a_new_code_and_who_acted_is_let_in_again_by_the_owner() {
    let house = house().await;
    let mut patient = house.backend().await.get("/fhir/Patient/ada").await.json();
    patient["address"] = json!([{"postalCode": "06457"}]);
    house.put(&patient).await;
    let ada = signed_in(&house, "ada").await;
    close(&ada, "no").await;
    let registration = house.staff("registration").await;
    let code = registration
        .post("/fhir/Patient/ada/$activation-code", "")
        .await
        .expect(200)
        .json();
    let code = value(&code, "code", "valueString")
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(open_again(&house, &code).await, 303);
    assert_eq!(state(&house, "account-ada").await, "active");
    // Nothing of before lets anybody in: the old password, the old browser.
    let old = Browser::of(&house).sign_in("ada", PASSWORD, "").await;
    assert_eq!(old.status(), 401);
    assert_eq!(ada.get("/account").await.status(), 303);
    // Who acted for her waits for her word.
    let dan = house.proxy_with("dan", "ada", OWN).await.0;
    dan.get("/fhir/Patient/ada").await.expect(404);
    let tasks = house.patient_with("ada", OWN).await;
    let found = tasks
        .get("/fhir/Task?code=proxy-reestablish&status=draft")
        .await
        .expect(200)
        .json();
    assert_eq!(found["total"], 1, "{found}");
    let id = found["entry"][0]["resource"]["id"].as_str().unwrap();
    let agree = params(&[
        ("decision", "valueCode", json!("accept")),
        ("level", "valueCode", json!("view-all")),
    ]);
    tasks
        .post(&format!("/fhir/Task/{id}/$proxy-answer"), &agree)
        .await
        .expect(200);
    let family = signed_in(&house, "dan").await.get("/account/family").await;
    assert!(family.html.contains("Ada"), "{}", family.html);
}

/// Types a code and chooses a username and password, as a person would; the last answer's status.
async fn open_again(house: &House, code: &str) -> u16 {
    let browser = Browser::of(house);
    let proved = browser.show_code(code, "1984-02-03", "06457").await;
    assert_eq!(proved.status(), 303, "{}", proved.html);
    let made = browser.choose("ada.again", "").await;
    assert_eq!(made.status(), 303, "{}", made.html);
    browser.accept_terms("/account/terms").await.status()
}

#[tokio::test]
async fn a_node_that_dies_half_way_leaves_nothing_open_and_the_rest_is_done_by_another() {
    let house = house().await;
    let (app, _) = app(&house).await;
    let ending = storage::endings::Ending {
        id: "e1".to_owned(),
        account: "account-ada".to_owned(),
        patient: Some("ada".to_owned()),
        what: storage::endings::What::Closed,
        reason: "own-wish".to_owned(),
        note: String::new(),
        said_by: "Patient/ada".to_owned(),
        at: house.now(),
    };
    assert!(house.storage.endings().end(&ending).await.unwrap());
    assert!(!house.storage.endings().end(&ending).await.unwrap());
    // Killed here: nobody gets in already.
    app.get("/fhir/Patient/ada").await.expect(401);
    let other = house.node().await;
    let (storage, pack) = (&other.storage, &other.web.pack);
    for left in [1, 0] {
        let done = workflows::ending::settle_all(storage, pack, house.now());
        assert_eq!(done.await.unwrap(), left);
    }
    let backend = house.backend().await;
    let consents: Value = backend
        .get("/fhir/Consent?patient=ada&status=active")
        .await
        .json();
    assert_eq!(consents["total"], 0);
    assert_eq!(house.mails("ada@example.org").await.len(), 1);
    assert_eq!(house.mails("dan@example.org").await.len(), 1);
}
