//! Second factors: a step of time, a recovery code and a challenge count once, on every node.

use jiff::{SignedDuration, Timestamp};
use smart::webauthn::{Passkey, Use};

use super::support::databases;
use super::tokens::open;
use crate::devices::Acquaintance;
use crate::second_steps::{SecondStep, Wants};

fn now() -> Timestamp {
    "2026-06-15T16:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn an_authenticator_app_counts_when_confirmed_and_each_step_once() {
    for (url, _keep) in databases().await {
        let (storage, other) = (open(&url).await, open(&url).await);
        let factors = storage.factors();
        let secret = factors.propose_totp("a1", now()).await.unwrap().unwrap();
        let again = other.factors().propose_totp("a1", now()).await.unwrap();
        assert_eq!(again, Some(secret.clone()), "the code shown stays the same");
        assert_eq!(factors.totp("a1").await.unwrap(), None);
        assert!(!factors.of("a1").await.unwrap().is_any());
        assert!(!factors.use_step("a1", 7, now()).await.unwrap());
        assert!(factors.confirm_totp("a1", 7, now()).await.unwrap());
        assert!(!factors.confirm_totp("a1", 8, now()).await.unwrap());
        assert_eq!(factors.totp("a1").await.unwrap(), Some(secret));
        assert!(!factors.use_step("a1", 7, now()).await.unwrap());
        let (one, two) = tokio::join!(factors.use_step("a1", 8, now()), async {
            other.factors().use_step("a1", 8, now()).await
        });
        assert_ne!(one.unwrap(), two.unwrap(), "one of the nodes only");
        assert!(factors.of("a1").await.unwrap().is_any());
        assert!(factors.propose_totp("a1", now()).await.unwrap().is_none());
        assert!(factors.remove_totp("a1").await.unwrap());
        assert!(!factors.of("a1").await.unwrap().is_any());
    }
}

#[tokio::test]
async fn a_recovery_code_counts_once_and_new_ones_end_the_old() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let factors = storage.factors();
        let codes = factors.replace_recovery_codes("a1", now()).await.unwrap();
        assert_eq!(codes.len(), 10);
        let typed = codes[0].to_lowercase().replace('-', " ");
        for (account, right) in [("a2", false), ("a1", true), ("a1", false)] {
            let used = factors.use_recovery_code(account, &typed, now()).await;
            assert_eq!(used.unwrap(), right, "{account}");
        }
        assert_eq!(factors.of("a1").await.unwrap().recovery_codes, 9);
        factors.replace_recovery_codes("a1", now()).await.unwrap();
        let old = factors.use_recovery_code("a1", &codes[1], now()).await;
        assert!(!old.unwrap());
    }
}

#[tokio::test]
async fn a_passkey_is_one_accounts_and_its_counter_moves_once() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let factors = storage.factors();
        let passkey = Passkey {
            credential: "cred".to_owned(),
            public_key: vec![1, 2, 3],
            counter: 4,
            backed_up: false,
        };
        let add = |account| factors.add_passkey(account, "Laptop", &passkey, now());
        assert!(add("a1").await.unwrap());
        assert!(!add("a2").await.unwrap());
        let known = factors.passkey("cred").await.unwrap().unwrap();
        assert_eq!((known.account.as_str(), known.counter), ("a1", 4));
        assert_eq!(&known.public_key[..], [1, 2, 3]);
        let used = Use {
            counter: 5,
            backed_up: true,
        };
        assert!(factors.used_passkey("cred", 4, used, now()).await.unwrap());
        assert!(!factors.used_passkey("cred", 4, used, now()).await.unwrap());
        assert!(!factors.remove_passkey("a2", "cred").await.unwrap());
        assert!(factors.remove_passkey("a1", "cred").await.unwrap());
        assert!(factors.passkey("cr\0ed").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_challenge_is_for_one_purpose_one_bearer_and_one_answer() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let ceremonies = storage.ceremonies();
        let challenge = ceremonies.open("prove", "s1", now()).await.unwrap();
        let late = now() + SignedDuration::from_mins(5);
        for (purpose, bearer, at, good) in [
            ("enrol", "s1", now(), false),
            ("prove", "s2", now(), false),
            ("prove", "s1", late, false),
            ("prove", "s1", now(), true),
            ("prove", "s1", now(), false),
        ] {
            let closed = ceremonies.close(&challenge, purpose, bearer, at).await;
            assert_eq!(closed.unwrap(), good, "{purpose} {bearer}");
        }
    }
}

#[tokio::test]
async fn a_second_step_takes_five_answers_and_ten_minutes() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let steps = storage.second_steps();
        let step = SecondStep {
            account: "a1".to_owned(),
            amr: "pwd".to_owned(),
            wants: Wants::Factor,
            mailed: None,
        };
        let cookie = steps.open(&step, now()).await.unwrap();
        let late = now() + SignedDuration::from_mins(10);
        assert!(steps.find(&cookie, late).await.unwrap().is_none());
        let found = steps.find(&cookie, now()).await.unwrap().unwrap();
        assert_eq!(
            (found.account, found.wants),
            (step.account.clone(), step.wants)
        );
        for _ in 0..5 {
            assert!(steps.count(&cookie).await.unwrap());
        }
        assert!(!steps.count(&cookie).await.unwrap());
        assert!(steps.find(&cookie, now()).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_browser_is_known_to_the_account_it_signed_in_to() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let devices = storage.devices();
        for (account, cookie, was) in [
            ("a1", "c1", Acquaintance::First),
            ("a1", "c2", Acquaintance::New),
            ("a1", "c1", Acquaintance::Known),
            ("a2", "c1", Acquaintance::First),
        ] {
            let greeted = devices.greet(account, cookie, "Firefox", now()).await;
            assert_eq!(greeted.unwrap(), was, "{account} {cookie}");
        }
        let much_later = now() + SignedDuration::from_hours(401 * 24);
        assert!(devices.knows("a1", "c2", now()).await.unwrap());
        assert!(!devices.knows("a1", "c2", much_later).await.unwrap());
        devices.forget("a1").await.unwrap();
        assert!(!devices.knows("a1", "c1", now()).await.unwrap());
        assert!(devices.knows("a2", "c1", now()).await.unwrap());
    }
}

#[tokio::test]
async fn what_signing_in_left_behind_is_cleared_away_when_it_is_over() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let throttle = storage.throttle();
        assert!(throttle.allow("k", 1, 60, now()).await.unwrap());
        storage.ceremonies().open("p", "b", now()).await.unwrap();
        assert_eq!(storage.sweep_sign_ins(now()).await.unwrap(), 0);
        assert!(!throttle.allow("k", 1, 60, now()).await.unwrap());
        let later = now() + SignedDuration::from_mins(6);
        assert_eq!(storage.sweep_sign_ins(later).await.unwrap(), 2);
    }
}
