//! A patient asks somebody to act for them, who says yes or no.

use serde_json::{Value, json};
use storage::accounts::Kind;

use super::{OWN, params};
use crate::support::{Caller, House};

const INVITE: &str = "/fhir/Patient/ada/$proxy-invite";

async fn house() -> House {
    let house = House::with_people().await;
    for person in ["ada", "dan"] {
        let account = house.account(person, Kind::Patient).await;
        house
            .mail_to(&account, &format!("{person}@example.org"))
            .await;
    }
    house
}

fn wish(level: &str) -> Value {
    params(&[
        ("email", "valueString", json!("dan@example.org")),
        ("given", "valueString", json!("Dan")),
        ("family", "valueString", json!("Cole")),
        ("relationship", "valueCode", json!("SPS")),
        ("level", "valueCode", json!(level)),
    ])
}

/// The secret in the newest mail to dan.
async fn code(house: &House) -> String {
    let mails = house.mails("dan@example.org").await;
    let mail = mails.last().unwrap();
    let (_, rest) = mail.split_once("code=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

fn yes(code: &str) -> Value {
    params(&[
        ("code", "valueString", json!(code)),
        ("decision", "valueCode", json!("accept")),
        ("attest", "valueBoolean", json!(true)),
    ])
}

async fn dan(house: &House) -> Caller {
    house.patient_with("dan", OWN).await
}

#[tokio::test]
async fn an_invitation_opens_the_record_once_it_is_accepted() {
    let house = house().await;
    let ada = house.patient_with("ada", OWN).await;
    let sent = ada.post(INVITE, wish("view-all")).await.expect(200).json();
    let related = sent["parameter"][1]["valueReference"]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let backend = house.backend().await;
    let waiting = backend
        .get(&format!("/fhir/{related}"))
        .await
        .expect(200)
        .json();
    assert_eq!(waiting["active"], false);
    let code = code(&house).await;
    // Without the attestation nothing opens.
    let mut bare = yes(&code);
    bare["parameter"][2]["valueBoolean"] = json!(false);
    let refused = dan(&house)
        .await
        .post("/fhir/$proxy-accept", bare)
        .await
        .expect(422);
    assert_eq!(refused.json()["issue"][0]["expression"][0], "attest");
    dan(&house)
        .await
        .post("/fhir/$proxy-accept", yes(&code))
        .await
        .expect(200);
    dan(&house)
        .await
        .post("/fhir/$proxy-accept", yes(&code))
        .await
        .expect(404);
    let account = house.account("dan", Kind::Patient).await;
    let account = house
        .storage
        .accounts()
        .find(&account)
        .await
        .unwrap()
        .unwrap();
    let people = house
        .storage
        .accounts()
        .people(&account, house.now())
        .await
        .unwrap();
    let ada_as_seen = people.iter().find(|one| one.patient == "ada").unwrap();
    let outlook = access::offer::Outlook::of(&ada_as_seen.standing, &house.web.pack, house.now());
    assert!(outlook.open(), "{:?}", outlook.why_not);
    let consents = backend
        .get("/fhir/Consent?patient=ada&status=active&category=proxy")
        .await
        .json();
    assert_eq!(consents["total"], 1);
    let consent = &consents["entry"][0]["resource"];
    assert_eq!(consent["performer"][0]["reference"], "Patient/ada");
    assert!(house.mails("ada@example.org").await[0].contains("Somebody may act for you"));
    let events = backend
        .get("/fhir/AuditEvent?patient=ada&subtype=proxy-granted")
        .await;
    assert_eq!(events.json()["total"], 1);
}

#[tokio::test]
async fn of_two_who_use_an_invitation_at_once_one_does() {
    let house = house().await;
    let ada = house.patient_with("ada", OWN).await;
    ada.post(INVITE, wish("full")).await.expect(200);
    let code = code(&house).await;
    let dan = dan(&house).await;
    let (one, other) = tokio::join!(
        dan.post("/fhir/$proxy-accept", yes(&code)),
        dan.post("/fhir/$proxy-accept", yes(&code)),
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{} {}", one.text(), other.text());
    assert!(matches!(statuses[1], 404 | 409), "{statuses:?}");
}

#[tokio::test]
async fn an_invitation_is_over_in_time_and_when_it_is_declined() {
    let house = house().await;
    let ada = house.patient_with("ada", "patient/*.cruds").await;
    ada.post(INVITE, wish("full")).await.expect(200);
    let first = code(&house).await;
    let dan = dan(&house).await;
    let no = params(&[
        ("code", "valueString", json!(first)),
        ("decision", "valueCode", json!("decline")),
    ]);
    dan.post("/fhir/$proxy-accept", no).await.expect(200);
    dan.post("/fhir/$proxy-accept", yes(&first))
        .await
        .expect(404);
    ada.post(INVITE, wish("full")).await.expect(200);
    let second = code(&house).await;
    let account = house.account("dan", Kind::Patient).await;
    house.move_clock("2026-07-16T16:00:00Z");
    let mut grant = house.grant("portal", OWN);
    grant.account = Some(account);
    grant.patient = Some("dan".into());
    let later = house.bearer(&house.token(grant, 3_600).await);
    later
        .post("/fhir/$proxy-accept", yes(&second))
        .await
        .expect(404);
    later
        .post("/fhir/$proxy-accept", yes("never-was"))
        .await
        .expect(404);
}

#[tokio::test]
async fn who_may_not_give_cannot_invite() {
    let house = house().await;
    let ada = house.patient_with("ada", OWN).await;
    for (wrong, at) in [
        (
            params(&[
                ("email", "valueString", json!("ada@example.org")),
                ("given", "valueString", json!("A")),
                ("family", "valueString", json!("B")),
                ("level", "valueCode", json!("full")),
            ]),
            "email",
        ),
        (wish("teen-safe"), "level"),
        (wish(""), "level"),
    ] {
        let reply = ada.post(INVITE, wrong).await;
        assert!(
            matches!(reply.status.as_u16(), 400 | 422),
            "{}",
            reply.text()
        );
        assert!(reply.text().contains(at), "{}", reply.text());
    }
    // Nobody for somebody else, no staff, no proxy, and nobody before the eighteenth birthday.
    ada.post("/fhir/Patient/dan/$proxy-invite", wish("full"))
        .await
        .expect(404);
    let parent = house.proxy_with("ada", "ben", OWN).await.0;
    parent
        .post("/fhir/Patient/ben/$proxy-invite", wish("full"))
        .await
        .expect(404);
    let him = house.staff("him").await;
    him.post(INVITE, wish("full")).await.expect(403);
    house
        .put(
            &json!({"resourceType": "Patient", "id": "ada", "birthDate": "2008-06-16",
            "name": [{"given": ["Ada"], "family": "Moss"}]}),
        )
        .await;
    let reply = ada.post(INVITE, wish("full")).await;
    assert!(
        matches!(reply.status.as_u16(), 403 | 422),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn an_app_of_others_invites_nobody() {
    let house = house().await;
    let client = house
        .client("other-app", storage::clients::Kind::Public, false)
        .await;
    let account = house.account("ada", Kind::Patient).await;
    let mut grant = house.grant(&client, OWN);
    grant.account = Some(account);
    grant.patient = Some("ada".into());
    grant.fhir_user = Some("Patient/ada".into());
    let app = house.bearer(&house.token(grant, 3_600).await);
    app.post(INVITE, wish("full")).await.expect(403);
}

#[tokio::test]
async fn the_patient_changes_what_somebody_may_do_from_the_next_request_on() {
    let house = house().await;
    house.adult_proxy("full", None).await;
    let dan = house.proxy_with("dan", "ada", OWN).await.0;
    dan.get("/fhir/Observation/ada-glucose").await.expect(200);
    let ada = house.patient_with("ada", OWN).await;
    let change = "/fhir/RelatedPerson/dan-for-ada/$proxy-change";
    let less = params(&[("level", "valueCode", json!("scheduling-billing"))]);
    ada.post(change, less.clone()).await.expect(200);
    dan.get("/fhir/Observation/ada-glucose").await.expect(404);
    dan.post(change, less).await.expect(404);
    let look = params(&[
        ("level", "valueCode", json!("full")),
        ("read-only", "valueBoolean", json!(true)),
        ("end", "valueDate", json!("2026-06-15")),
    ]);
    ada.post(change, look).await.expect(200);
    dan.get("/fhir/Observation/ada-glucose").await.expect(200);
    let vital = json!({"resourceType": "Observation", "status": "final",
        "code": {"text": "Weight"}, "subject": {"reference": "Patient/ada"}});
    dan.post("/fhir/Observation", vital).await.expect(403);
    house.move_clock("2026-06-16T04:00:00Z");
    dan.get("/fhir/Observation/ada-glucose").await.expect(404);
}
