//! Who is of age decides about parents: from midnight of that day on.

use serde_json::json;
use storage::accounts::Kind;

use super::OWN;
use super::requesting::{decision, house};

#[tokio::test]
async fn who_is_of_age_lets_a_parent_back_in_from_midnight_on_and_not_before() {
    let house = house().await;
    house.round().await;
    house.move_clock("2032-12-01T12:00:00Z");
    house.round().await;
    let tasks = house
        .backend()
        .await
        .get("/fhir/Task?patient=ben&code=proxy-reestablish")
        .await;
    let task = tasks.json()["entry"][0]["resource"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer = format!("/fhir/Task/{task}/$proxy-answer");
    let level = [("level", "valueCode", json!("view-all"))];
    house.move_clock("2033-01-20T04:59:00Z");
    let early = house.patient_with("ben", OWN).await;
    early
        .post(&answer, decision("accept", &level))
        .await
        .expect(403);
    house.move_clock("2033-01-20T05:00:00Z");
    house.round().await;
    let ben = house.patient_with("ben", OWN).await;
    ben.post(&answer, decision("accept", &level))
        .await
        .expect(200);
    let account = house.account("ada", Kind::Patient).await;
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
    let ben = people.iter().find(|one| one.patient == "ben").unwrap();
    let outlook = access::offer::Outlook::of(&ben.standing, &house.web.pack, house.now());
    assert!(outlook.open(), "{:?}", outlook.why_not);
}
