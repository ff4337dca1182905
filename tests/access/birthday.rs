//! A parent's view of a child's chart closes at the first instant of the thirteenth birthday.

use crate::support::House;

/// Ben, born on 2015-01-20, turns 13 at midnight in Connecticut.
/// The clock runs on while the test asks, so a minute is left; the instant itself is held by the vectors.
const LAST_MINUTE: &str = "2028-01-20T04:59:00Z";
const BIRTHDAY: &str = "2028-01-20T05:00:00Z";

#[tokio::test]
async fn the_same_token_stops_opening_the_chart_when_the_child_turns_13() {
    let house = House::with_people().await;
    let ada = house.proxy_of("ada", "ben").await;
    let open = ada.get("/fhir/Observation/ben-glucose").await.expect(200);
    assert_eq!(open.id(), "ben-glucose");
    house.move_clock(LAST_MINUTE);
    ada.get("/fhir/Observation/ben-glucose").await.expect(200);
    let found = ada.get("/fhir/Observation").await.expect(200);
    assert_eq!(found.ids(None).len(), 3);
    house.move_clock(BIRTHDAY);
    let closed = ada.get("/fhir/Observation/ben-glucose").await;
    assert!(
        matches!(closed.status.as_u16(), 403 | 404),
        "{}",
        closed.text()
    );
    let found = ada.get("/fhir/Observation").await;
    if found.status == 200 {
        assert_eq!(found.ids(None), Vec::<String>::new());
        assert_eq!(found.json()["total"], 0);
    } else {
        assert_eq!(found.status, 403, "{}", found.text());
    }
}

#[tokio::test]
async fn a_parent_sees_no_results_of_a_teenager() {
    let house = House::with_people().await;
    let ada = house.proxy_of("ada", "cleo").await;
    let hidden = ada.get("/fhir/Observation/cleo-glucose").await;
    assert!(
        matches!(hidden.status.as_u16(), 403 | 404),
        "{}",
        hidden.text()
    );
    let backend = house.backend().await;
    let there = backend.get("/fhir/Observation/cleo-glucose").await;
    assert_eq!(there.expect(200).id(), "cleo-glucose");
}
