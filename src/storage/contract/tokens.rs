//! Accounts, clients, grants and tokens, alone and with a second node on the same database.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use smart::jwk::hash_of_secret;
use smart::pkce::Challenge;

use super::support::databases;
use crate::accounts::{self, Account};
use crate::clients::{self, Client};
use crate::grants::{Binding, Grant, Redeemed, Redemption, Refreshed, Renewal};
use crate::sessions::Opening;
use crate::{Error, Settings, Storage};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT: &str = "http://127.0.0.1/callback";

fn now() -> Timestamp {
    "2026-06-15T16:00:00Z".parse().unwrap()
}

pub(super) async fn open(url: &str) -> Storage {
    let settings = Settings {
        url: url.to_owned(),
        base: "http://kinchart.test/fhir".to_owned(),
        pack: Arc::new(access::Pack::shipped("middlesex").unwrap()),
        read_connections: 2,
        check_references: true,
        validation: crate::Validation::default(),
        sealing: crate::Sealing::default(),
    };
    Storage::open(settings).await.unwrap()
}

pub(super) async fn furnish(storage: &Storage) {
    let client = Client {
        redirect_uris: vec![REDIRECT.to_owned()],
        scopes: "openid offline_access".to_owned(),
        first_party: true,
        ..Client::new("app", "App", clients::Kind::Public)
    };
    storage.clients().save(&client).await.unwrap();
    storage.accounts().create(&account(), now()).await.unwrap();
}

fn account() -> Account {
    Account {
        id: "a1".to_owned(),
        username: "Ada".to_owned(),
        password_hash: "!".to_owned(),
        kind: accounts::Kind::Staff,
        state: access::actor::Account::Active,
        role: Some("clinician".to_owned()),
        display: "Ada".to_owned(),
        email: None,
        person: None,
        patient: None,
        practitioner: None,
        pools: vec!["pool".to_owned()],
        terms_accepted: true,
        failed_sign_ins: 0,
        locked_until: None,
    }
}

fn grant(id: &str) -> Grant {
    Grant {
        id: id.to_owned(),
        client: "app".to_owned(),
        account: Some("a1".to_owned()),
        patient: None,
        encounter: None,
        scopes: "openid offline_access".to_owned(),
        fhir_user: None,
        nonce: None,
        auth_time: None,
        created: now(),
        revoked: None,
        last_used: None,
        consent: None,
    }
}

fn redemption(code: &str) -> Redemption<'_> {
    Redemption {
        code,
        client: "app",
        redirect_uri: REDIRECT,
        code_verifier: VERIFIER,
        lifetime_seconds: 3_600,
        jkt: None,
        binds_refresh: true,
    }
}

fn renewal(refresh_token: &str) -> Renewal<'_> {
    Renewal {
        refresh_token,
        client: "app",
        scopes: None,
        lifetime_seconds: 3_600,
        jkt: None,
        binds_refresh: true,
    }
}

/// Whether the node thinks the token revoked, asked for two seconds at most until it does.
async fn learns_of_revocation(node: &Storage, token: &str) -> bool {
    for _ in 0..200 {
        let standing = node.standing_of_token(&hash_of_secret(token), now()).await;
        let client = standing.unwrap().unwrap().client.clone().unwrap();
        if client.revoked {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn an_account_is_found_whatever_the_case() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        furnish(&storage).await;
        let accounts = storage.accounts();
        let found = accounts.find_by_username(" aDA ").await.unwrap().unwrap();
        assert_eq!(found.pools, ["pool"]);
        assert!(matches!(
            accounts.create(&account(), now()).await,
            Err(Error::Duplicate)
        ));
    }
}

#[tokio::test]
async fn of_two_at_once_only_one_gets_the_code_and_then_neither_keeps_it() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        furnish(&storage).await;
        let grants = storage.grants();
        let challenge = Challenge::of_verifier(VERIFIER).unwrap();
        let granted = grant("g1");
        let binding = Binding {
            redirect_uri: REDIRECT,
            challenge: challenge.as_str(),
            jkt: None,
        };
        let code = grants.authorize(&granted, binding, 60, now());
        let code = code.await.unwrap();
        let (one, two) = tokio::join!(
            grants.redeem(redemption(&code), now()),
            grants.redeem(redemption(&code), now()),
        );
        let outcomes = [one.unwrap(), two.unwrap()];
        let issued = outcomes
            .iter()
            .filter(|o| matches!(o, Redeemed::Issued(..)));
        assert_eq!(issued.count(), 1);
        let reused = outcomes.iter().filter(|o| matches!(o, Redeemed::Reused(_)));
        assert_eq!(reused.count(), 1);
        assert!(grants.find("g1").await.unwrap().unwrap().revoked.is_some());
    }
}

#[tokio::test]
async fn of_two_refreshes_at_once_one_ends_the_family() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        furnish(&storage).await;
        let grants = storage.grants();
        let issued = grants
            .issue(&grant("g1"), 3_600, true, now())
            .await
            .unwrap();
        let token = issued.refresh_token.unwrap();
        let (one, two) = tokio::join!(
            grants.refresh(renewal(&token), now()),
            grants.refresh(renewal(&token), now()),
        );
        let outcomes = [one.unwrap(), two.unwrap()];
        assert!(outcomes.iter().any(|o| matches!(o, Refreshed::Issued(..))));
        assert!(outcomes.iter().any(|o| matches!(o, Refreshed::Reused(_))));
        let late = now() + SignedDuration::from_hours(24 * 181);
        assert!(matches!(
            grants.refresh(renewal(&token), late).await,
            Ok(Refreshed::Unknown)
        ));
    }
}

#[tokio::test]
async fn a_revocation_on_one_node_is_known_on_the_other() {
    for (url, _keep) in databases().await {
        let (here, there) = (open(&url).await, open(&url).await);
        furnish(&here).await;
        let grants = here.grants();
        let issued = grants
            .issue(&grant("g1"), 3_600, true, now())
            .await
            .unwrap();
        let token = issued.access_token;
        let hash = hash_of_secret(&token);
        let cached = there.standing_of_token(&hash, now()).await.unwrap();
        let client = cached.unwrap().client.clone().unwrap();
        assert!(!client.revoked && client.active);
        assert!(grants.revoke("g1", now()).await.unwrap());
        assert!(learns_of_revocation(&there, &token).await, "{url}");
        assert!(!grants.revoke("g1", now()).await.unwrap());
    }
}

#[tokio::test]
async fn a_proof_counts_once_whichever_node_it_is_shown_to() {
    for (url, _keep) in databases().await {
        let (here, there) = (open(&url).await, open(&url).await);
        let until = now() + SignedDuration::from_mins(3);
        let (one, two) = (here.grants(), there.grants());
        for round in 0..10 {
            let jti = format!("j{round}");
            let (first, second) = tokio::join!(
                one.use_proof("key", &jti, until),
                two.use_proof("key", &jti, until),
            );
            assert!(first.unwrap() ^ second.unwrap(), "{url}");
            assert!(one.use_proof("other", &jti, until).await.unwrap());
        }
        let later = now() + SignedDuration::from_hours(48);
        assert_eq!(one.sweep(later).await.unwrap(), 20);
    }
}

#[tokio::test]
async fn a_pushed_request_is_taken_once_by_its_client() {
    for (url, _keep) in databases().await {
        let (here, there) = (open(&url).await, open(&url).await);
        let kept = here.pushed().keep("app", "a=1", 60, now()).await.unwrap();
        let of_other = there.pushed().take(&kept, "other", now()).await;
        assert_eq!(of_other.unwrap(), None);
        let (one, two) = (here.pushed(), there.pushed());
        let (first, second) =
            tokio::join!(one.take(&kept, "app", now()), two.take(&kept, "app", now()),);
        let taken = [first.unwrap(), second.unwrap()];
        assert_eq!(taken.iter().flatten().count(), 1, "{taken:?}");
        let kept = one.keep("app", "a=1", 60, now()).await.unwrap();
        let late = now() + SignedDuration::from_secs(61);
        assert_eq!(two.take(&kept, "app", late).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_window_lets_so_many_through_and_begins_anew() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let throttle = storage.throttle();
        for n in 1..=4 {
            let allowed = throttle.allow("k", 3, 60, now()).await.unwrap();
            assert_eq!(allowed, n <= 3);
        }
        let later = now() + SignedDuration::from_secs(60);
        assert!(throttle.allow("k", 3, 60, later).await.unwrap());
        assert!(throttle.allow("other", 3, 60, now()).await.unwrap());
        throttle.clear("k").await.unwrap();
        assert!(throttle.allow("k", 1, 60, later).await.unwrap());
    }
}

#[tokio::test]
async fn an_assertion_counts_once_and_a_session_until_it_ends() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        furnish(&storage).await;
        let expires = now() + SignedDuration::from_mins(5);
        let clients = storage.clients();
        for first in [true, false] {
            let fresh = clients.use_assertion("app", "j1", expires, now());
            assert_eq!(fresh.await.unwrap(), first);
        }
        let sessions = storage.sessions();
        let opening = Opening {
            account: "a1",
            amr: "pwd",
            agent: "Firefox on Mac",
            source: "203.0.113.…",
            device: None,
            lifetime_seconds: 60,
            shared: false,
        };
        let cookie = sessions.open(opening, now()).await.unwrap();
        let found = sessions.find(&cookie, now()).await.unwrap().unwrap();
        assert_eq!((found.account.as_str(), found.amr.as_str()), ("a1", "pwd"));
        assert_ne!(found.csrf, cookie);
        let later = now() + SignedDuration::from_secs(60);
        assert!(sessions.find(&cookie, later).await.unwrap().is_none());
        sessions.close_all("a1").await.unwrap();
        assert!(sessions.find(&cookie, now()).await.unwrap().is_none());
    }
}
