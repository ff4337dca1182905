//! Birthdays and last days: noticed before, written down after, once.

use serde_json::json;
use storage::accounts::Kind;
use storage::clients;

use crate::support::House;

/// Ben is born on 2015-01-20: he turns 13 and 18 at midnight in Connecticut on these days.
const THIRTEEN: &str = "2028-01-20T05:00:00Z";
const EIGHTEEN: &str = "2033-01-20T05:00:00Z";
const ADA: &str = "ada@example.org";

/// Ben alone has parents here.
async fn house() -> House {
    let house = House::with_people().await;
    let backend = house.backend().await;
    house
        .put(
            &json!({"resourceType": "Person", "id": "person-ada", "active": true,
            "birthDate": "1984-02-03", "link": [{"target": {"reference": "Patient/ada"}},
            {"target": {"reference": "RelatedPerson/ada-for-ben"}}]}),
        )
        .await;
    backend
        .delete("/fhir/RelatedPerson/ada-for-cleo")
        .await
        .expect(204);
    let account = house.account("ada", Kind::Patient).await;
    house.mail_to(&account, ADA).await;
    house
}

#[tokio::test]
async fn notice_is_given_90_30_and_7_days_before_a_birthday_and_once_each() {
    let house = house().await;
    for (at, told) in [
        ("2027-10-21T12:00:00Z", 0),
        ("2027-10-22T04:30:00Z", 1),
        ("2027-10-22T15:00:00Z", 0),
        ("2027-12-21T15:00:00Z", 1),
        // The clock goes back: what was said is not said again.
        ("2027-10-25T15:00:00Z", 0),
        ("2028-01-13T15:00:00Z", 1),
        ("2028-01-20T04:59:00Z", 0),
        ("2028-01-20T05:00:00Z", 0),
    ] {
        house.move_clock(at);
        assert_eq!(house.round().await.notices, told, "{at}");
    }
    let mails = house.mails(ADA).await;
    assert_eq!(mails.len(), 3);
    assert!(mails[0].contains("In 90 days"), "{}", mails[0]);
    assert!(mails[1].contains("In 30 days"));
    assert!(mails[2].contains("In 7 days"));
    for word in ["Ben", "child", "son", "13", "2028", "January"] {
        assert!(!mails.concat().contains(word), "{word}");
    }
}

#[tokio::test]
async fn a_round_that_comes_late_says_only_what_still_helps() {
    let house = house().await;
    house.move_clock("2028-01-18T12:00:00Z");
    assert_eq!(house.round().await.notices, 1);
    let mails = house.mails(ADA).await;
    assert!(mails[0].contains("In 2 days"), "{}", mails[0]);
}

#[tokio::test]
async fn the_thirteenth_birthday_is_noted_once_and_tokens_keep_working_with_less() {
    let house = house().await;
    let ada = house.proxy_of("ada", "ben").await;
    ada.get("/fhir/Observation/ben-glucose").await.expect(200);
    house.move_clock(THIRTEEN);
    assert_eq!(house.round().await.tiers, 1);
    assert_eq!(house.round().await.tiers, 0);
    ada.get("/fhir/Patient/ben").await.expect(200);
    ada.get("/fhir/Observation/ben-glucose").await.expect(404);
    let backend = house.backend().await;
    let events = backend
        .get("/fhir/AuditEvent?patient=ben&subtype=proxy-tier-change")
        .await;
    let events = events.expect(200).json();
    assert_eq!(events["total"], 1, "{events}");
    let entities = events["entry"][0]["resource"]["entity"].to_string();
    assert!(entities.contains("RelatedPerson/ada-for-ben"), "{entities}");
}

#[tokio::test]
async fn on_the_eighteenth_birthday_everything_a_parent_had_is_over() {
    let house = house().await;
    let app = house
        .client("public-app", clients::Kind::Public, true)
        .await;
    let issued = house.proxy_grant("ada", "ben", &app).await;
    house.move_clock("2033-01-20T04:59:00Z");
    assert_eq!(house.round().await.ended, 0);
    house
        .bearer(&issued.access_token)
        .get("/fhir/Patient/ben")
        .await
        .expect(200);
    house.move_clock(EIGHTEEN);
    // Nothing leaks while nobody has written it down.
    house
        .bearer(&issued.access_token)
        .get("/fhir/Patient/ben")
        .await
        .expect(404);
    assert_eq!(house.round().await.ended, 1);
    assert_eq!(house.round().await.ended, 0);
    house
        .bearer(&issued.access_token)
        .get("/fhir/Patient/ben")
        .await
        .expect(401);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", issued.refresh_token.as_deref().unwrap()),
    ];
    let refused = house.exchange("public-app", None, &form).await.expect(400);
    assert_eq!(refused.json()["error"], "invalid_grant");
    let backend = house.backend().await;
    let related = backend.get("/fhir/RelatedPerson/ada-for-ben").await.json();
    assert_eq!(related["active"], false);
    assert_eq!(related["period"]["end"], "2033-01-20T05:00:00.000Z");
    let events = backend
        .get("/fhir/AuditEvent?patient=ben&subtype=proxy-ended")
        .await;
    assert_eq!(events.json()["total"], 1);
}

#[tokio::test]
async fn the_way_back_is_laid_ready_before_the_birthday_and_opens_with_it() {
    let house = house().await;
    house.move_clock("2032-12-01T12:00:00Z");
    house.round().await;
    let backend = house.backend().await;
    let tasks = backend
        .get("/fhir/Task?patient=ben&code=proxy-reestablish")
        .await
        .json();
    assert_eq!(tasks["total"], 1, "{tasks}");
    let task = &tasks["entry"][0]["resource"];
    assert_eq!(task["status"], "draft");
    assert_eq!(task["owner"]["reference"], "Patient/ben");
    assert_eq!(
        task["businessStatus"]["coding"][0]["code"],
        "not-yet-signable"
    );
    assert_eq!(
        task["restriction"]["period"]["start"],
        "2033-01-20T05:00:00.000Z"
    );
    house.move_clock(EIGHTEEN);
    house.round().await;
    let backend = house.backend().await;
    let tasks = backend
        .get("/fhir/Task?patient=ben&code=proxy-reestablish")
        .await
        .json();
    assert_eq!(tasks["total"], 1);
    let task = &tasks["entry"][0]["resource"];
    assert_eq!(task["businessStatus"]["coding"][0]["code"], "ready-to-sign");
}

#[tokio::test]
async fn a_clock_that_jumps_over_years_does_what_was_due_between() {
    let house = house().await;
    house.move_clock("2040-06-01T12:00:00Z");
    let round = house.round().await;
    assert_eq!((round.ended, round.notices), (1, 0));
    let related = house
        .backend()
        .await
        .get("/fhir/RelatedPerson/ada-for-ben")
        .await
        .json();
    assert_eq!(related["period"]["end"], "2033-01-20T05:00:00.000Z");
}

#[tokio::test]
async fn a_leap_day_child_and_one_of_whom_only_the_year_is_known_turn_when_the_rules_say() {
    let house = house().await;
    for (birth, before, after) in [
        ("2016-02-29", "2034-03-01T04:59:00Z", "2034-03-01T05:00:00Z"),
        ("2015", "2033-01-01T04:59:00Z", "2033-01-01T05:00:00Z"),
    ] {
        house.move_clock("2026-06-15T16:00:00Z");
        house
            .put(
                &json!({"resourceType": "Patient", "id": "ben", "birthDate": birth,
                "name": [{"given": ["Ben"], "family": "Moss"}]}),
            )
            .await;
        house
            .put(
                &json!({"resourceType": "RelatedPerson", "id": "ada-for-ben", "active": true,
                "patient": {"reference": "Patient/ben"}, "relationship": [{"coding": [{"system":
                "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH"}]}]}),
            )
            .await;
        house.move_clock(before);
        assert_eq!(house.round().await.ended, 0, "{birth}");
        house.move_clock(after);
        assert_eq!(house.round().await.ended, 1, "{birth}");
    }
}

#[tokio::test]
async fn a_child_of_unknown_birth_stays_with_what_demographics_allow_and_nothing_ends() {
    let house = house().await;
    house
        .put(&json!({"resourceType": "Patient", "id": "ben",
            "name": [{"given": ["Ben"], "family": "Moss"}]}))
        .await;
    house.move_clock("2050-01-01T12:00:00Z");
    assert_eq!(
        house.round().await,
        workflows::transitions::Round::default()
    );
    let ada = house.proxy_of("ada", "ben").await;
    ada.get("/fhir/Observation/ben-glucose").await.expect(404);
    ada.get("/fhir/Patient/ben").await.expect(200);
}

#[tokio::test]
async fn a_grant_ends_with_its_last_day_and_notice_is_given_before() {
    let house = house().await;
    house.adult_proxy("full", Some("2026-12-31")).await;
    let account = house.account("dan", Kind::Patient).await;
    house.mail_to(&account, "dan@example.org").await;
    let dan = house.proxy_of("dan", "ada").await;
    dan.get("/fhir/Observation/ada-glucose").await.expect(200);
    for (at, notices, ended) in [
        ("2026-10-03T12:00:00Z", 1, 0),
        ("2026-12-02T12:00:00Z", 1, 0),
        ("2027-01-01T04:59:00Z", 1, 0),
        ("2027-01-01T05:00:00Z", 0, 1),
        ("2027-01-01T05:00:00Z", 0, 0),
    ] {
        house.move_clock(at);
        let round = house.round().await;
        assert_eq!((round.notices, round.ended), (notices, ended), "{at}");
    }
    dan.get("/fhir/Observation/ada-glucose").await.expect(401);
    let backend = house.backend().await;
    let consent = backend.get("/fhir/Consent/proxy-dan-for-ada").await.json();
    assert_eq!(consent["status"], "inactive");
    assert_eq!(house.mails("dan@example.org").await.len(), 4);
}

#[tokio::test]
async fn a_death_ends_what_others_had_without_a_mail() {
    let house = house().await;
    house.adult_proxy("full", None).await;
    let account = house.account("dan", Kind::Patient).await;
    house.mail_to(&account, "dan@example.org").await;
    house
        .put(
            &json!({"resourceType": "Patient", "id": "ada", "birthDate": "1984-02-03",
            "deceasedDateTime": "2026-06-14T08:00:00Z",
            "name": [{"given": ["Ada"], "family": "Moss"}]}),
        )
        .await;
    assert_eq!(house.round().await.ended, 1);
    assert_eq!(house.mails("dan@example.org").await.len(), 0);
    let consent = house
        .backend()
        .await
        .get("/fhir/Consent/proxy-dan-for-ada")
        .await
        .json();
    assert_eq!(consent["status"], "inactive");
}

#[tokio::test]
async fn two_nodes_at_once_say_it_once() {
    let house = house().await;
    house.move_clock("2028-01-13T15:00:00Z");
    let node = house.node().await;
    let (pack, now) = (house.web.pack.clone(), house.now());
    let (one, other) = tokio::join!(
        workflows::transitions::run(&house.storage, &pack, now),
        workflows::transitions::run(&node.storage, &pack, now),
    );
    let rounds = [one.unwrap(), other.unwrap()];
    let notices: usize = rounds.iter().flatten().map(|round| round.notices).sum();
    assert_eq!(notices, 1);
    assert_eq!(house.mails(ADA).await.len(), 1);
}
