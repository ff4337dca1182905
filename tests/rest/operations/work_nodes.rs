//! Overdue work on two nodes over one database: each piece comes to the head of its queue once.

use serde_json::Value;

use super::work::work;
use crate::support::House;

const DUE: &str = "2026-11-24T22:00:00Z";
const PIECES: usize = 12;

/// A house with overdue work, as its server finds it.
async fn late() -> House {
    let house = House::with_people().await;
    for number in 0..PIECES {
        work(&house, &format!("w{number}"), "privacy-review", DUE).await;
    }
    house.move_clock(DUE);
    house
}

/// How many rounds of two nodes that look at once raised, with `ahead` minutes between their clocks.
async fn both(one: &House, other: &House, ahead: i64) -> usize {
    let round = async |house: &House, minutes: i64| {
        let now = house.now() + jiff::SignedDuration::from_mins(minutes);
        let done = workflows::work::run(&house.storage, &house.web.pack, now).await;
        done.unwrap().map_or(0, |round| round.escalated)
    };
    let (here, there) = tokio::join!(round(one, 0), round(other, ahead));
    here + there
}

async fn raised_once(house: &House) {
    let backend = house.backend().await;
    for number in 0..PIECES {
        let path = format!("/fhir/Task/w{number}/_history");
        let history = backend.get(&path).await.expect(200).json();
        let marks = |entry: &Value| entry["resource"]["priority"] == "urgent";
        let versions = history["entry"].as_array().unwrap();
        assert_eq!(versions.len(), 2, "w{number}");
        assert_eq!(versions.iter().filter(|it| marks(it)).count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_that_look_at_once_one_raises_what_is_overdue() {
    let house = late().await;
    let node = house.node().await;
    let mut raised = both(&house, &node, 0).await;
    raised += both(&house, &node, 0).await;
    assert_eq!(raised, PIECES);
    raised_once(&house).await;
}

/// The lease is over on one node's clock while the other is still at it: both look, and the version decides.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_takes_over_in_the_midst_raises_nothing_again() {
    let house = late().await;
    let node = house.node().await;
    let mut raised = both(&house, &node, 3).await;
    raised += both(&house, &node, 6).await;
    assert_eq!(raised, PIECES);
    raised_once(&house).await;
}
