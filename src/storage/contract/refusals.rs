//! The log of refused requests, alone and with a second node on the same database.

use jiff::{SignedDuration, Timestamp};

use super::support::databases;
use super::tokens::{furnish, open};
use crate::refusals::{OF_CLIENT_MAX, Refusal};

fn now() -> Timestamp {
    "2026-06-15T16:00:00Z".parse().unwrap()
}

fn refusal(client: &str, number: i64) -> Refusal {
    Refusal {
        client: client.to_owned(),
        at: now() + SignedDuration::from_secs(number),
        request_id: format!("r-{number}"),
        endpoint: "POST /oauth2/token".to_owned(),
        status: 400,
        code: "invalid_grant".to_owned(),
        description: "the code has expired".to_owned(),
    }
}

#[tokio::test]
async fn refusals_of_a_known_client_are_kept_newest_first_and_seen_everywhere() {
    for (url, _keep) in databases().await {
        let (here, there) = (open(&url).await, open(&url).await);
        furnish(&here).await;
        for number in 0..3 {
            here.refusals().note(refusal("app", number));
        }
        here.refusals().note(refusal("nobody", 9));
        let found = here.refusals().of_client("app", 2).await.unwrap();
        assert_eq!(found, [refusal("app", 2), refusal("app", 1)]);
        let found = there.refusals().of_client("app", 10).await.unwrap();
        assert_eq!(found.len(), 3);
        let none = there.refusals().of_client("nobody", 10).await.unwrap();
        assert_eq!(none, []);
    }
}

#[tokio::test]
async fn a_flood_keeps_only_the_newest_and_time_takes_the_rest() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        furnish(&storage).await;
        for number in 0..OF_CLIENT_MAX + 50 {
            storage.refusals().note(refusal("app", number));
        }
        let refusals = storage.refusals();
        let found = refusals.of_client("app", 1_000).await.unwrap();
        assert_eq!(found.len(), usize::try_from(OF_CLIENT_MAX).unwrap());
        assert_eq!(found[0].request_id, format!("r-{}", OF_CLIENT_MAX + 49));
        let later = now() + SignedDuration::from_hours(24 * 31);
        refusals.sweep(later).await.unwrap();
        assert_eq!(refusals.of_client("app", 10).await.unwrap(), []);
    }
}
