//! What is said once is said once, a chore is one node's, an invitation is good once, and apps end with the
//! authority they were let in under.

use jiff::{Timestamp, ToSpan};

use super::support::databases;
use super::tokens::open;
use crate::grants::Grant;
use crate::proxies::Invitation;

fn now() -> Timestamp {
    "2026-06-15T16:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn a_turn_is_first_once_for_each_instant() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let turns = storage.turns();
        assert!(turns.first("r", "notice-7", now(), now()).await.unwrap());
        let later = now() + 24.hours();
        assert!(!turns.first("r", "notice-7", now(), later).await.unwrap());
        assert!(turns.first("r", "notice-7", later, now()).await.unwrap());
        assert!(
            turns
                .first("other", "notice-7", now(), now())
                .await
                .unwrap()
        );
    }
}

#[tokio::test]
async fn a_chore_is_held_by_one_node_until_it_leaves_or_the_lease_is_over() {
    for (url, _keep) in databases().await {
        let (one, other) = (open(&url).await, open(&url).await);
        assert!(one.turns().hold("chore", now()).await.unwrap());
        assert!(one.turns().hold("chore", now()).await.unwrap());
        assert!(!other.turns().hold("chore", now()).await.unwrap());
        assert!(
            other
                .turns()
                .hold("chore", now() + 3.minutes())
                .await
                .unwrap()
        );
        // The clock was set back by a day: a lease that far ahead is nobody's.
        assert!(one.turns().hold("chore", now() - 24.hours()).await.unwrap());
        one.turns().leave("chore").await.unwrap();
        assert!(
            other
                .turns()
                .hold("chore", now() - 24.hours())
                .await
                .unwrap()
        );
    }
}

#[tokio::test]
async fn a_chore_that_fails_is_left_to_the_others_at_once() {
    for (url, _keep) in databases().await {
        let (one, other) = (open(&url).await, open(&url).await);
        let fails = async { Err::<(), crate::Error>(crate::Error::Busy) };
        let failed = one.turns().take("chore", now(), fails).await;
        assert!(matches!(failed, Err(crate::Error::Busy)));
        let works = async { Ok::<_, crate::Error>(7) };
        let done = other.turns().take("chore", now(), works).await.unwrap();
        assert_eq!(done, Some(7));
        assert!(one.turns().hold("chore", now()).await.unwrap());
        let works = async { Ok::<_, crate::Error>(7) };
        let done = other.turns().take("chore", now(), works).await.unwrap();
        assert_eq!(done, None, "the other is at it");
    }
}

#[tokio::test]
async fn an_invitation_is_good_once_and_until_it_expires() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let proxies = storage.proxies();
        let made = Invitation {
            task: "t".to_owned(),
            patient: "p".to_owned(),
            related_person: "r".to_owned(),
            expires: now() + 24.hours(),
        };
        proxies.invite("hash", &made, now()).await.unwrap();
        assert_eq!(
            proxies.invitation("hash", now()).await.unwrap(),
            Some(made.clone())
        );
        assert_eq!(
            proxies.invitation("hash", made.expires).await.unwrap(),
            None
        );
        assert!(!proxies.redeem("hash", made.expires).await.unwrap());
        let (one, other) =
            tokio::join!(proxies.redeem("hash", now()), proxies.redeem("hash", now()));
        assert!(one.unwrap() != other.unwrap());
        assert_eq!(proxies.invitation("hash", now()).await.unwrap(), None);
        proxies.give_back("hash").await.unwrap();
        assert!(proxies.redeem("hash", now()).await.unwrap());
        proxies.asked("t", "account", now()).await.unwrap();
        assert_eq!(
            proxies.asker("t").await.unwrap().as_deref(),
            Some("account")
        );
        assert_eq!(proxies.asked_by("account", 5).await.unwrap(), ["t"]);
    }
}

#[tokio::test]
async fn grants_made_as_somebody_end_with_their_authority_and_no_others() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let grants = storage.grants();
        for (id, patient, user) in [
            ("a", "p", "RelatedPerson/r"),
            ("b", "p", "Patient/p"),
            ("c", "other", "RelatedPerson/r"),
        ] {
            let grant = Grant {
                id: id.to_owned(),
                client: "app".to_owned(),
                account: Some("account".to_owned()),
                patient: Some(patient.to_owned()),
                encounter: None,
                scopes: "patient/*.rs".to_owned(),
                fhir_user: Some(user.to_owned()),
                nonce: None,
                auth_time: None,
                created: now(),
                revoked: None,
                last_used: None,
                consent: None,
            };
            grants.issue(&grant, 60, true, now()).await.unwrap();
        }
        let ended = grants.revoke_under("r", "p", now()).await.unwrap();
        assert_eq!(ended.iter().map(|it| &*it.id).collect::<Vec<_>>(), ["a"]);
        assert!(
            grants
                .revoke_under("r", "p", now())
                .await
                .unwrap()
                .is_empty()
        );
        assert!(grants.find("b").await.unwrap().unwrap().revoked.is_none());
        assert!(grants.find("c").await.unwrap().unwrap().revoked.is_none());
    }
}
