//! Paying a bill without an account: what opens it, what is shown, and what guessing finds.

use serde_json::{Value, json};

use super::browser::{Browser, Page};
use crate::support::{Caller, House, Reply};

const PATH: &str = "/account/guest-pay";
const STATEMENT: &str = "/account/guest-pay/statement";
const LOOKUP: &str = "/guest-pay/lookup";

fn bill(id: &str, number: &str) -> Value {
    json!({"resourceType": "Invoice", "id": id, "status": "issued",
        "extension": [{"url": access::vocabulary::PAYMENT_DUE, "valueDate": "2026-07-05"}],
        "identifier": [{"system": "urn:statements", "value": number}],
        "subject": {"reference": "Patient/ada"}, "date": "2026-06-05",
        "issuer": {"display": "Hill Practice"},
        "lineItem": [{"sequence": 1, "chargeItemCodeableConcept": {"text": "Strep test"}}],
        "totalGross": {"value": 42.5, "currency": "USD"}})
}

async fn house() -> House {
    let house = House::with_people().await;
    let backend = house.backend().await;
    for bill in [bill("one", "S100"), bill("two", "S200")] {
        let path = format!("/fhir/Invoice/{}", bill["id"].as_str().unwrap());
        backend.put(&path, bill).await.expect(201);
    }
    let mut confidential = bill("three", "S300");
    confidential["meta"] = json!({"security": [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "STD"}]});
    let sent = backend.put("/fhir/Invoice/three", confidential).await;
    sent.expect(201);
    house
}

async fn show(browser: &Browser, number: &str, name: &str, born: &str) -> Page {
    let page = browser.get(PATH).await;
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("statement_number", number),
        ("last_name", name),
        ("birth_date", born),
    ];
    browser.post(PATH, &fields).await
}

async fn look(house: &House, number: &str, name: &str, born: &str) -> Reply {
    let body = json!({"statement_number": number, "last_name": name, "birth_date": born});
    house.anonymous().post(LOOKUP, body).await
}

#[tokio::test]
async fn three_things_off_a_statement_show_what_is_owed_and_nothing_else() {
    let house = house().await;
    let browser = Browser::of(&house);
    let sent = show(&browser, " s100 ", "berg", "1984-02-03").await;
    assert_eq!(sent.status(), 303, "{}", sent.html);
    let page = browser.get(STATEMENT).await;
    for said in ["$42.50", "July 5, 2026", "Hill Practice", "A••• B•••"] {
        assert!(page.html.contains(said), "{said}: {}", page.html);
    }
    for kept in ["Strep", "Berg", "2026-06-05", "June"] {
        assert!(!page.html.contains(kept), "{kept}");
    }
    let closing = [("csrf", &*page.field("csrf"))];
    browser.post("/account/guest-pay/leave", &closing).await;
    assert_eq!(browser.get(STATEMENT).await.status(), 303);
}

#[tokio::test]
async fn a_guests_token_opens_one_balance_for_a_quarter_of_an_hour_and_no_record() {
    let house = house().await;
    let found = look(&house, "S100", "Berg", "02/03/1984").await.expect(200);
    assert_eq!(found.json()["expires_in"], 900);
    let guest = house.bearer(found.json()["access_token"].as_str().unwrap());
    let shown = guest.get("/guest-pay/statement").await.expect(200).json();
    assert_eq!(shown["balance"]["value"], "42.50");
    assert_eq!(shown["due_date"], "2026-07-05");
    assert_eq!(shown["name"], "A••• B•••");
    let members: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(members.len(), 7, "{members:?}");
    for path in [
        "/fhir/Invoice/one",
        "/fhir/Invoice/two",
        "/fhir/Patient/ada",
        "/fhir/Invoice?patient=ada",
        "/fhir/Patient/ada/$everything",
    ] {
        assert_eq!(guest.get(path).await.status, 401, "{path}");
    }
    house.clock.advance_seconds(899);
    assert_eq!(guest.get("/guest-pay/statement").await.status, 200);
    house.clock.advance_seconds(1);
    assert_eq!(guest.get("/guest-pay/statement").await.status, 401);
    let nobody = house.anonymous();
    assert_eq!(nobody.get("/guest-pay/statement").await.status, 401);
}

#[tokio::test]
async fn wrong_unknown_confidential_and_locked_look_the_same() {
    let house = house().await;
    let browser = Browser::of(&house);
    let mut pages = Vec::new();
    let mut answers = Vec::new();
    for (number, name, born) in [
        ("S100", "Berg", "1984-02-04"),
        ("S100", "Burg", "1984-02-03"),
        ("S999", "Berg", "1984-02-03"),
        ("S300", "Berg", "1984-02-03"),
        ("", "", ""),
        ("S1\u{0}", "Berg", "soon"),
    ] {
        let page = show(&browser, number, name, born).await;
        assert_eq!(page.status(), 404, "{number}");
        pages.push(page.html.replace(&page.field("csrf"), ""));
        let began = std::time::Instant::now();
        let reply = look(&house, number, name, born).await;
        assert!(began.elapsed().as_millis() >= 300, "{number}");
        answers.push((reply.status, reply.body));
    }
    // Four wrong answers for S100 by now: the right ones help no more, here or there, until a day is over.
    let page = show(&browser, "S100", "Berg", "1984-02-03").await;
    assert_eq!(page.status(), 404);
    pages.push(page.html.replace(&page.field("csrf"), ""));
    let reply = look(&house, "S100", "Berg", "1984-02-03").await;
    answers.push((reply.status, reply.body));
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    look(&house, "S200", "Berg", "1984-02-03").await.expect(200);
    house.clock.advance_seconds(86_400);
    look(&house, "S100", "Berg", "1984-02-03").await.expect(200);
}

#[tokio::test]
async fn two_wrong_answers_lock_nothing_and_right_ones_are_not_counted() {
    let house = house().await;
    for _ in 0..2 {
        look(&house, "S100", "Berg", "1984-02-04").await.expect(404);
    }
    for _ in 0..3 {
        look(&house, "S100", "Berg", "1984-02-03").await.expect(200);
    }
}

#[tokio::test]
async fn one_network_guesses_no_more_than_thirty_times_an_hour() {
    let house = house().await;
    let now = house.now();
    for _ in 0..workflows::guest_pay::TRIES_OF_NETWORK_MAX {
        let throttle = house.storage.throttle();
        assert!(
            throttle
                .allow("guest-pay:127.0.0.1", 30, 3_600, now)
                .await
                .unwrap()
        );
    }
    look(&house, "S100", "Berg", "1984-02-03").await.expect(404);
    let other = house.anonymous().from("192.0.2.7");
    let body = json!({"statement_number": "S100", "last_name": "Berg", "birth_date": "1984-02-03"});
    other.post(LOOKUP, body).await.expect(200);
}

#[tokio::test]
async fn a_bill_that_was_never_issued_is_nobodys_to_pay_and_a_paid_one_says_so() {
    let house = house().await;
    let backend = house.backend().await;
    for (status, found) in [("draft", 404), ("cancelled", 404), ("balanced", 200)] {
        let mut changed = bill("one", "S100");
        changed["status"] = json!(status);
        backend.put("/fhir/Invoice/one", changed).await.expect(200);
        let reply = look(&house, "S100", "Berg", "1984-02-03").await;
        assert_eq!(reply.status, found, "{status}");
    }
    let browser = Browser::of(&house);
    show(&browser, "S100", "Berg", "1984-02-03").await;
    let page = browser.get(STATEMENT).await;
    assert!(page.html.contains("Nothing is owed"), "{}", page.html);
}

#[tokio::test]
async fn the_patient_sees_that_a_guest_looked_and_that_one_guessed() {
    let house = house().await;
    look(&house, "S100", "Berg", "1984-02-04").await.expect(404);
    look(&house, "S100", "Berg", "1984-02-03").await.expect(200);
    let log = house
        .backend()
        .await
        .get("/fhir/Patient/ada/$access-log")
        .await;
    let log = log.expect(200).text();
    assert!(
        log.contains("A guest with the number of a bill looked at"),
        "{log}"
    );
    assert!(log.contains("and was refused"), "{log}");
}

#[tokio::test]
async fn what_is_no_lookup_is_told_so() {
    let house = house().await;
    let nobody = house.anonymous();
    for body in ["", "{}", "[]", "{\"statement_number\":1}"] {
        let reply = nobody.post(LOOKUP, body).await;
        assert_eq!(reply.status, 400, "{body}");
        assert_eq!(reply.json()["error"], "invalid_request");
    }
    let foreign = Browser::of(&house);
    let sent = foreign.post(PATH, &[("statement_number", "S100")]).await;
    assert_eq!(sent.status(), 403);
}

/// Looks with a code typed too.
async fn look_with(house: &House, number: &str, code: &str) -> Reply {
    let body = json!({"statement_number": number, "last_name": "Berg", "birth_date": "1984-02-03", "code": code});
    house.anonymous().post(LOOKUP, body).await
}

/// What `Invoice/three/$guest-code` answers, as the patient.
async fn code(house: &House) -> String {
    let ada = house.patient("ada").await;
    let given = ada.post(
        "/fhir/Invoice/three/$guest-code",
        json!({"resourceType": "Parameters"}),
    );
    let given = given.await.expect(200).json();
    given["parameter"][0]["valueString"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_confidential_bill_is_shown_to_whoever_has_its_own_code() {
    let house = house().await;
    let code = code(&house).await;
    look_with(&house, "S300", "").await.expect(404);
    let typed = code.to_lowercase().replace('-', " ");
    let found = look_with(&house, "S300", &typed).await.expect(200).json();
    let guest = house.bearer(found["access_token"].as_str().unwrap());
    let shown = guest.get("/guest-pay/statement").await.expect(200);
    assert_eq!(shown.json()["balance"]["value"], "42.50");
    assert!(!shown.text().contains("Strep"), "{}", shown.text());
    for path in [
        "/fhir/Invoice/three",
        "/fhir/Patient/ada",
        "/fhir/Invoice?patient=ada",
    ] {
        assert_eq!(guest.get(path).await.status, 401, "{path}");
    }
    // The same on the page.
    let browser = Browser::of(&house);
    let page = browser.get(PATH).await;
    let fields = [
        ("csrf", &*page.field("csrf")),
        ("statement_number", "S300"),
        ("last_name", "Berg"),
        ("birth_date", "1984-02-03"),
        ("code", &code),
    ];
    assert_eq!(browser.post(PATH, &fields).await.status(), 303);
    assert!(browser.get(STATEMENT).await.html.contains("$42.50"));
    // It is of that bill alone, and a bill that needs none is shown all the same.
    look_with(&house, "S100", "wrong").await.expect(200);
    let trail = house
        .backend()
        .await
        .get("/fhir/AuditEvent?patient=ada&_count=200")
        .await;
    assert!(trail.text().contains("\"bill-code\"") && !trail.text().contains(&code));
}

#[tokio::test]
async fn a_wrong_an_old_and_no_code_look_like_an_unknown_statement_and_lock_the_same() {
    let house = house().await;
    let first = code(&house).await;
    let second = code(&house).await;
    assert_ne!(first, second);
    let unknown = look_with(&house, "S999", &second).await;
    // Replaced, of nobody, and no code at all.
    for wrong in [first.as_str(), "AAAA-AAAA-AAAA-AAAA"] {
        let reply = look_with(&house, "S300", wrong).await.expect(404);
        assert_eq!(reply.body, unknown.body, "{wrong}");
    }
    look_with(&house, "S300", &second).await.expect(200);
    for _ in 0..3 {
        look_with(&house, "S300", &first).await.expect(404);
    }
    let locked = look_with(&house, "S300", &second).await.expect(404);
    assert_eq!(locked.body, unknown.body);
    house.clock.advance_seconds(86_400);
    look_with(&house, "S300", &second).await.expect(200);
    // Thirty days after it was made it is over.
    house.clock.advance_seconds(28 * 86_400);
    look_with(&house, "S300", &second).await.expect(200);
    house.clock.advance_seconds(86_400);
    look_with(&house, "S300", &second).await.expect(404);
}

#[tokio::test]
async fn a_code_is_made_by_the_patient_or_who_does_the_bills_and_nobody_else() {
    let house = house().await;
    let ask = json!({"resourceType": "Parameters"});
    let path = "/fhir/Invoice/three/$guest-code";
    // Somebody else, somebody who may not change bills, an app of somebody else's.
    let dan = house.patient("dan").await;
    dan.post(path, ask.clone()).await.expect(404);
    let clinician = house.clinician().await;
    clinician.post(path, ask.clone()).await.expect(403);
    let app = crate::access::consents::app_of_ada(&house).await;
    let refused = app.post(path, ask.clone()).await;
    assert!(
        [403, 404].contains(&refused.status.as_u16()),
        "{}",
        refused.status
    );
    let backend = house.backend().await;
    backend.post(path, ask.clone()).await.expect(403);
    // A bill that was never issued.
    let mut draft = bill("draft", "S400");
    draft["status"] = json!("draft");
    backend.put("/fhir/Invoice/draft", draft).await.expect(201);
    let ada = house.patient("ada").await;
    ada.post("/fhir/Invoice/draft/$guest-code", ask.clone())
        .await
        .expect(422);
    ada.post("/fhir/Invoice/none/$guest-code", ask)
        .await
        .expect(404);
}

/// Somebody who does the bills here.
async fn biller(house: &House) -> Caller {
    house.clinician().await;
    let accounts = house.storage.accounts();
    let doctor = accounts.find("account-dr-wu").await.unwrap().unwrap();
    let account = storage::accounts::Account {
        id: "account-bill".to_owned(),
        username: "bill".to_owned(),
        role: Some("billing".to_owned()),
        practitioner: Some("bill".to_owned()),
        ..doctor
    };
    accounts.create(&account, house.now()).await.unwrap();
    let client = house.client("portal", storage::clients::Kind::Public, true);
    let mut grant = house.grant(&client.await, "user/*.cruds");
    grant.account = Some(account.id);
    grant.fhir_user = Some("Practitioner/bill".to_owned());
    let token = house.token(grant, 3_600).await;
    house.bearer(&token)
}

#[tokio::test]
async fn the_billing_office_makes_a_code_for_a_bill_it_sees_and_no_other() {
    let house = house().await;
    let backend = house.backend().await;
    let practitioner = json!({"resourceType": "Practitioner", "id": "bill", "active": true});
    backend
        .put("/fhir/Practitioner/bill", practitioner)
        .await
        .expect(201);
    // Care a minor may ask for alone, without a label of what it was.
    let mut alone = bill("alone", "S500");
    alone["extension"].as_array_mut().unwrap().push(json!({
        "url": access::vocabulary::CONSENT_BASIS, "valueCode": "minor:test"}));
    backend.put("/fhir/Invoice/alone", alone).await.expect(201);
    look_with(&house, "S500", "").await.expect(404);
    let biller = biller(&house).await;
    let ask = json!({"resourceType": "Parameters"});
    let given = biller
        .post("/fhir/Invoice/alone/$guest-code", ask.clone())
        .await
        .expect(200)
        .json();
    let code = given["parameter"][0]["valueString"].as_str().unwrap();
    look_with(&house, "S500", code).await.expect(200);
    // What it does not see it gives nobody.
    biller.get("/fhir/Invoice/three").await.expect(403);
    biller
        .post("/fhir/Invoice/three/$guest-code", ask)
        .await
        .expect(404);
}
