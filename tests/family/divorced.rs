//! Two parents who no longer live together, to the end: each acts alone, a court keeps one out, birthdays come for
//! both, and the grown child decides about each of them.

use serde_json::json;
use storage::accounts::Kind;

use super::requesting::{ask, asking, decision, house, paper, sees};
use super::{OWN, params};
use crate::support::House;

/// Dan as ben's father, let in on papers; his RelatedPerson.
async fn father(house: &House) -> String {
    let dan = house.patient_with("dan", OWN).await;
    let papers = [
        ("document", "valueAttachment", paper()),
        ("role", "valueCode", json!("FTH")),
    ];
    let task = ask(&dan, asking("Ben", "2015-01-20", "parent", &papers)).await;
    let him = house.staff("him").await;
    let decide = format!("/fhir/{task}/$proxy-decide");
    him.post(&decide, decision("approve", &[]))
        .await
        .expect(200);
    let done = him.get(&format!("/fhir/{task}")).await.json();
    done["focus"]["reference"].as_str().unwrap().to_owned()
}

async fn order(house: &House, related: &str, lift: bool) {
    let order = params(&[
        ("restriction", "valueCode", json!("court-order")),
        ("reason", "valueString", json!("Order of June 10, seen")),
        ("lift", "valueBoolean", json!(lift)),
    ]);
    let him = house.staff("him").await;
    him.post(&format!("/fhir/{related}/$proxy-restrict"), order)
        .await
        .expect(200);
}

#[tokio::test]
async fn each_parent_stands_alone_from_the_papers_to_the_eighteenth_birthday() {
    let house = house().await;
    let related = father(&house).await;
    assert!(sees(&house, "ben").await);
    let id = related.trim_start_matches("RelatedPerson/");
    // One parent ends nothing of the other, nor learns how the other acts.
    let ada = house.proxy_with("ada", "ben", OWN).await.0;
    for path in [
        format!("/fhir/{related}/$proxy-end"),
        format!("/fhir/{related}/$proxy-restrict"),
    ] {
        let reply = ada.post(&path, params(&[])).await;
        let status = reply.status.as_u16();
        assert!(
            matches!(status, 400 | 403 | 404),
            "{status} {}",
            reply.text()
        );
    }
    let other = format!("/fhir/Patient/ben/$proxy-preview?related-person={id}");
    ada.get(&other).await.expect(404);
    assert!(sees(&house, "ben").await);
    // The order is against him alone; no notice of a birthday goes to who sees nothing.
    order(&house, &related, false).await;
    assert!(!sees(&house, "ben").await);
    ada.get("/fhir/Observation/ben-glucose").await.expect(200);
    let told = house.mails("dan@example.org").await.len();
    house.move_clock("2028-01-13T15:00:00Z");
    house.round().await;
    assert_eq!(house.mails("dan@example.org").await.len(), told);
    // Lifted, he sees what any parent of a teenager does.
    house.move_clock("2028-01-21T15:00:00Z");
    house.round().await;
    order(&house, &related, true).await;
    assert!(sees(&house, "ben").await);
    order(&house, &related, false).await;
    // At eighteen both end; the way back is laid ready for her alone.
    house.move_clock("2033-01-20T05:00:00Z");
    assert!(house.round().await.ended >= 2);
    let ready = house.found("Task?patient=ben&code=proxy-reestablish").await;
    assert_eq!(ready.len(), 1, "{ready:?}");
    let of = ready[0]["focus"]["reference"].as_str().unwrap();
    assert_eq!(of, "RelatedPerson/ada-for-ben");
    // What the court said holds for a minor; the grown child may ask him all the same.
    let ben = house.patient_with("ben", OWN).await;
    let wish = params(&[
        ("email", "valueString", json!("dan@example.org")),
        ("given", "valueString", json!("Dan")),
        ("family", "valueString", json!("Cole")),
        ("level", "valueCode", json!("view-all")),
    ]);
    ben.post("/fhir/Patient/ben/$proxy-invite", wish)
        .await
        .expect(200);
    let mail = house.mails("dan@example.org").await;
    let (_, rest) = mail.last().unwrap().split_once("code=").unwrap();
    let code = rest.split_whitespace().next().unwrap();
    let mut grant = house.grant("portal", OWN);
    grant.account = Some(house.account("dan", Kind::Patient).await);
    grant.patient = Some("dan".into());
    let dan = house.bearer(&house.token(grant, 3_600).await);
    let yes = params(&[
        ("code", "valueString", json!(code)),
        ("decision", "valueCode", json!("accept")),
        ("attest", "valueBoolean", json!(true)),
    ]);
    dan.post("/fhir/$proxy-accept", yes).await.expect(200);
    assert!(sees(&house, "ben").await);
}
