//! Activation codes, sign-ups under way, links by mail, contacts and terms, on both databases.

use access::terms::Document;

use super::support::{House, houses, noon};
use crate::accounts::{Account, Kind};
use crate::activation::{Issue, Redeemed};
use crate::contacts::Contact;
use crate::mail_links::{MailLink, Purpose};
use crate::openings::Opening;

fn account(id: &str, username: &str, patient: Option<&str>) -> Account {
    Account {
        id: id.to_owned(),
        username: username.to_owned(),
        password_hash: "!".to_owned(),
        kind: if patient.is_some() {
            Kind::Patient
        } else {
            Kind::Proxy
        },
        state: access::actor::Account::Active,
        role: None,
        display: username.to_owned(),
        email: None,
        person: None,
        patient: patient.map(str::to_owned),
        practitioner: None,
        pools: Vec::new(),
        terms_accepted: false,
        failed_sign_ins: 0,
        locked_until: None,
    }
}

async fn issue(house: &House, hash: &str, channel: &str) -> Vec<String> {
    let task = format!("task-{hash}");
    let issue = Issue {
        code_hash: hash,
        patient: "p",
        channel,
        task: Some(&task),
        expires: noon() + jiff::SignedDuration::from_hours(24),
    };
    house
        .storage
        .activation()
        .issue(issue, noon())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_newer_code_of_the_same_channel_replaces_an_older_one_and_no_other() {
    for house in houses().await {
        let activation = house.storage.activation();
        assert!(issue(&house, "a", "avs").await.is_empty());
        assert!(issue(&house, "m", "email").await.is_empty());
        assert_eq!(issue(&house, "b", "avs").await, ["task-a"]);
        for (hash, good) in [("a", false), ("b", true), ("m", true)] {
            let found = activation.find(hash, noon()).await.unwrap();
            assert_eq!(found.is_some(), good, "{hash}");
        }
        let later = noon() + jiff::SignedDuration::from_hours(24);
        assert!(activation.find("b", later).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn tries_are_counted_before_they_are_looked_at_and_too_many_burn_a_code() {
    for house in houses().await {
        issue(&house, "a", "avs").await;
        let activation = house.storage.activation();
        let tries = (0..8).map(|_| activation.try_code("a", 5, noon()));
        let tries = futures_util::future::join_all(tries).await;
        let let_through = tries.iter().filter(|it| it.as_ref().unwrap().is_some());
        assert_eq!(let_through.count(), 5);
        activation.forgive("a").await.unwrap();
        assert!(activation.try_code("a", 5, noon()).await.unwrap().is_some());
        assert!(activation.try_code("a", 5, noon()).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn of_two_who_use_codes_of_one_patient_at_once_one_opens_the_account() {
    for house in houses().await {
        issue(&house, "a", "avs").await;
        issue(&house, "m", "email").await;
        let activation = house.storage.activation();
        let (one, other) = (
            account("1", "one", Some("p")),
            account("2", "two", Some("p")),
        );
        let (first, second) = tokio::join!(
            activation.open_account("a", &one, noon()),
            activation.open_account("m", &other, noon())
        );
        let outcomes = [first.unwrap().0, second.unwrap().0];
        assert!(outcomes.contains(&Redeemed::Done), "{outcomes:?}");
        assert!(outcomes.contains(&Redeemed::Gone), "{outcomes:?}");
        let all = house.storage.accounts().list().await.unwrap();
        assert_eq!(all.len(), 1);
    }
}

#[tokio::test]
async fn a_taken_username_leaves_the_code_good_and_an_account_given_up_is_opened_again() {
    for house in houses().await {
        let accounts = house.storage.accounts();
        accounts
            .create(&account("x", "Taken", None), noon())
            .await
            .unwrap();
        issue(&house, "a", "avs").await;
        let activation = house.storage.activation();
        let again = account("1", "taken", Some("p"));
        let (outcome, _) = activation.open_account("a", &again, noon()).await.unwrap();
        assert_eq!(outcome, Redeemed::UsernameTaken);
        let free = account("1", "free", Some("p"));
        let (outcome, id) = activation.open_account("a", &free, noon()).await.unwrap();
        assert_eq!((outcome, id.as_str()), (Redeemed::Done, "1"));
        issue(&house, "b", "avs").await;
        let more = account("2", "more", Some("p"));
        let (outcome, id) = activation.open_account("b", &more, noon()).await.unwrap();
        assert_eq!((outcome, id.as_str()), (Redeemed::HasAccount, "1"));
        let given_up = access::actor::Account::Deactivated;
        accounts.set_state("1", given_up).await.unwrap();
        let (outcome, id) = activation.open_account("b", &more, noon()).await.unwrap();
        assert_eq!((outcome, id.as_str()), (Redeemed::Done, "1"));
        let reopened = accounts.find("1").await.unwrap().unwrap();
        assert_eq!(reopened.username, "more");
        assert_eq!(reopened.state, access::actor::Account::Active);
    }
}

#[tokio::test]
async fn an_account_without_a_chart_is_joined_to_one_once() {
    for house in houses().await {
        let accounts = house.storage.accounts();
        accounts
            .create(&account("x", "mother", None), noon())
            .await
            .unwrap();
        issue(&house, "a", "avs").await;
        let activation = house.storage.activation();
        let joined = activation
            .join_account("a", "p", "x", noon())
            .await
            .unwrap();
        assert_eq!(joined, Redeemed::Done);
        let owner = accounts.find_by_patient("p").await.unwrap().unwrap();
        assert_eq!((owner.id.as_str(), owner.kind), ("x", Kind::Patient));
        let again = activation
            .join_account("a", "p", "x", noon())
            .await
            .unwrap();
        assert_eq!(again, Redeemed::Gone);
    }
}

#[tokio::test]
async fn a_link_is_for_one_purpose_good_once_and_replaced_by_a_newer_one() {
    for house in houses().await {
        let links = house.storage.mail_links();
        let link = MailLink {
            account: "x".to_owned(),
            email: "x@mail.example".to_owned(),
        };
        let (verify, renew) = (Purpose::VerifyEmail, Purpose::NewPassword);
        let old = links.make(verify, &link, 60, noon()).await.unwrap();
        let new = links.make(verify, &link, 60, noon()).await.unwrap();
        assert!(links.find(verify, &old, noon()).await.unwrap().is_none());
        assert!(links.find(renew, &new, noon()).await.unwrap().is_none());
        assert_eq!(links.find(verify, &new, noon()).await.unwrap(), Some(link));
        for _ in 0..5 {
            assert!(links.count(&new).await.unwrap());
        }
        assert!(!links.count(&new).await.unwrap());
        assert!(links.find(verify, &new, noon()).await.unwrap().is_none());
        links.forgive(&new).await.unwrap();
        assert!(links.take(verify, &new, noon()).await.unwrap());
        assert!(!links.take(verify, &new, noon()).await.unwrap());
    }
}

#[tokio::test]
async fn a_sign_up_under_way_ends_and_contacts_and_terms_are_kept() {
    for house in houses().await {
        let opening = Opening {
            code_hash: "a".to_owned(),
            patient: "p".to_owned(),
        };
        let openings = house.storage.openings();
        let cookie = openings.begin(&opening, noon()).await.unwrap();
        assert_eq!(openings.find(&cookie, noon()).await.unwrap(), Some(opening));
        let later = noon() + jiff::SignedDuration::from_mins(30);
        assert_eq!(openings.find(&cookie, later).await.unwrap(), None);

        let accounts = house.storage.accounts();
        accounts
            .create(&account("x", "mother", None), noon())
            .await
            .unwrap();
        let contacts = house.storage.contacts();
        assert_eq!(contacts.of("x").await.unwrap(), Contact::default());
        let contact = Contact {
            notify: true,
            question: Some("Which?".to_owned()),
            ..Contact::default()
        };
        contacts.save("x", &contact, noon()).await.unwrap();
        contacts
            .prove_email("x", "X@mail.example", noon())
            .await
            .unwrap();
        let proven = contacts.of("x").await.unwrap();
        assert_eq!((proven.verified, proven.notify), (Some(noon()), true));
        let found = accounts.list_by_email("x@MAIL.example").await.unwrap();
        assert_eq!(found.len(), 1);
        the_address_is_taken_away_once(&house.storage, "x", "X@mail.example").await;

        assert!(!found[0].terms_accepted);
        let terms = house.storage.terms();
        let fresh = terms.accept("x", Document::Portal, "2026-01", noon()).await;
        assert!(fresh.unwrap());
        let again = terms.accept("x", Document::Portal, "2026-01", noon()).await;
        assert!(!again.unwrap());
        assert!(accounts.find("x").await.unwrap().unwrap().terms_accepted);
        assert!(!terms.has_accepted("x", Document::Proxy).await.unwrap());
        terms.forget("x").await.unwrap();
        assert!(!accounts.find("x").await.unwrap().unwrap().terms_accepted);
    }
}

/// Of two who take it away at once one does, links that were sent there are over, and a proven one counts again.
async fn the_address_is_taken_away_once(house: &crate::Storage, account: &str, email: &str) {
    let (contacts, links) = (house.contacts(), house.mail_links());
    let link = MailLink {
        account: account.to_owned(),
        email: email.to_owned(),
    };
    let purpose = Purpose::NewPassword;
    let secret = links.make(purpose, &link, 600, noon()).await.unwrap();
    let other = contacts.set_apart(account, "y@mail.example", noon()).await;
    assert!(!other.unwrap(), "it has another address");
    let (one, two) = tokio::join!(
        contacts.set_apart(account, email, noon()),
        contacts.set_apart(account, email, noon()),
    );
    assert!(one.unwrap() != two.unwrap());
    let apart = contacts.of(account).await.unwrap();
    assert_eq!((apart.verified, apart.apart), (None, Some(noon())));
    assert!(apart.notify && apart.question.is_some());
    assert!(
        house
            .accounts()
            .list_by_email(email)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(links.find(purpose, &secret, noon()).await.unwrap(), None);
    contacts.prove_email(account, email, noon()).await.unwrap();
    assert_eq!(contacts.of(account).await.unwrap().apart, None);
}
