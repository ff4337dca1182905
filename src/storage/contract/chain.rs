//! The audit trail proves itself, and shows where it was touched.

use super::support::*;
use crate::audit::{Action, Broken, Event, Verified};
use crate::sql::Statement;

fn event(entity: &str) -> Event {
    Event {
        at: noon(),
        action: Action::SignIn,
        permitted: true,
        reason: "PERMIT".to_owned(),
        agent: access::standing::Agent {
            who: format!("Patient/{entity}"),
            ..access::standing::Agent::default()
        },
        patient: Some("ana".to_owned()),
        entity: Some(entity.to_owned()),
        query: None,
        request_id: None,
    }
}

/// A house with ten entries, of several people.
async fn ten(house: &House) {
    for number in 0..10 {
        house.storage.audit(event(&format!("e{}", number % 3)));
    }
    house.storage.audit_head().await.unwrap();
}

async fn verdict(house: &House) -> Result<Verified, Broken> {
    house.storage.verify_audit(&[]).await.unwrap()
}

async fn run(house: &House, sql: &'static str) {
    house
        .storage
        .inner
        .db
        .execute(Statement::new(sql))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_was_written_by_reads_and_writes_is_one_whole_chain() {
    for house in houses().await {
        let seed = chore();
        house.write(&seed, vec![put("ana", person("A"))]).await;
        house.read(&patient("ana"), "Patient", "ana").await;
        ten(&house).await;
        let verified = house
            .storage
            .verify_audit(&[1, 5, 12])
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (verified.entries, verified.before, verified.seq),
            (12, 0, 12)
        );
        assert_eq!(verified.at.len(), 3);
        assert_eq!(verified.at[2], (12, verified.link));
        let head = house.storage.audit_head().await.unwrap();
        assert_eq!((head.seq, head.link), (verified.seq, verified.link));
    }
}

#[tokio::test]
async fn an_empty_trail_is_whole() {
    for house in houses().await {
        assert_eq!(verdict(&house).await.unwrap().entries, 0);
    }
}

#[tokio::test]
async fn two_nodes_write_one_chain_in_the_order_of_their_commits() {
    for house in houses().await {
        let other = open(&house.url).await;
        let seed = chore();
        for round in 0..5 {
            house
                .write(&seed, vec![put(&format!("a{round}"), person("A"))])
                .await;
            for storage in [&other, &house.storage] {
                storage.audit(event("x"));
            }
            let (one, two) = tokio::join!(other.audit_head(), house.storage.audit_head());
            assert!(one.is_ok() && two.is_ok());
        }
        assert_eq!(verdict(&house).await.unwrap().entries, 15);
    }
}

#[tokio::test]
async fn whatever_is_changed_in_an_entry_names_that_entry() {
    let changes = [
        "UPDATE audit SET at = at + 1 WHERE seq = 4",
        "UPDATE audit SET action = 8 WHERE seq = 4",
        "UPDATE audit SET action = 999 WHERE seq = 4",
        "UPDATE audit SET permitted = 0 WHERE seq = 4",
        "UPDATE audit SET reason = 'x' WHERE seq = 4",
        "UPDATE audit SET patient = 'ben' WHERE seq = 4",
        "UPDATE audit SET entity = NULL WHERE seq = 4",
        "UPDATE audit SET query = 'x' WHERE seq = 4",
        "UPDATE audit SET suspended_until = 1 WHERE seq = 4",
        "UPDATE audit SET link = NULL WHERE seq = 4",
        "UPDATE audit SET agent = (SELECT agent FROM audit WHERE seq = 3) WHERE seq = 4",
    ];
    for change in changes {
        for house in houses().await {
            ten(&house).await;
            run(&house, change).await;
            assert_eq!(
                verdict(&house).await,
                Err(Broken::Changed { seq: 4 }),
                "{change}"
            );
        }
    }
}

#[tokio::test]
async fn whoever_acted_cannot_be_renamed() {
    for house in houses().await {
        ten(&house).await;
        run(
            &house,
            "UPDATE audit_agent SET display = 'Nobody' WHERE who = 'Patient/e1'",
        )
        .await;
        assert_eq!(verdict(&house).await, Err(Broken::Changed { seq: 2 }));
        run(&house, "DELETE FROM audit_agent WHERE who = 'Patient/e1'").await;
        assert_eq!(verdict(&house).await, Err(Broken::Changed { seq: 2 }));
    }
}

#[tokio::test]
async fn entries_taken_out_or_put_in_are_found() {
    for house in houses().await {
        ten(&house).await;
        run(&house, "DELETE FROM audit WHERE seq = 6").await;
        assert_eq!(verdict(&house).await, Err(Broken::Missing { seq: 6 }));
        run(&house, "DELETE FROM audit WHERE seq > 5").await;
        assert_eq!(verdict(&house).await, Err(Broken::CutOff { seq: 6 }));
    }
    for house in houses().await {
        ten(&house).await;
        run(
            &house,
            "INSERT INTO audit (seq, at, action, permitted, reason, agent, link) \
             SELECT 11, at, action, permitted, reason, agent, link FROM audit WHERE seq = 10",
        )
        .await;
        assert_eq!(verdict(&house).await, Err(Broken::Added { seq: 11 }));
    }
    for house in houses().await {
        ten(&house).await;
        run(&house, "DELETE FROM audit_head").await;
        assert_eq!(verdict(&house).await, Err(Broken::CutOff { seq: 1 }));
    }
}

#[tokio::test]
async fn showing_entries_as_audit_events_leaves_the_chain_whole() {
    for house in houses().await {
        ten(&house).await;
        let which = crate::audit::show::Which::OfPatient("ana");
        house.storage.show_audit(&chore(), which).await.unwrap();
        assert_eq!(verdict(&house).await.unwrap().entries, 10);
    }
}

#[tokio::test]
async fn one_root_is_kept_of_a_day() {
    for house in houses().await {
        let root = |day: &str, signed: &str| crate::audit::Root {
            day: day.to_owned(),
            seq: 1,
            link: [7; 32],
            at: noon(),
            signed: signed.to_owned(),
        };
        let storage = &house.storage;
        assert!(
            storage
                .keep_audit_root(&root("2026-06-14", "a"))
                .await
                .unwrap()
        );
        assert!(
            !storage
                .keep_audit_root(&root("2026-06-14", "b"))
                .await
                .unwrap()
        );
        assert!(
            storage
                .keep_audit_root(&root("2026-06-15", "c"))
                .await
                .unwrap()
        );
        let roots = storage.audit_roots(None, 10).await.unwrap();
        assert_eq!(roots, [root("2026-06-15", "c"), root("2026-06-14", "a")]);
        let earlier = storage.audit_roots(Some("2026-06-15"), 10).await.unwrap();
        assert_eq!(earlier, [root("2026-06-14", "a")]);
        let one = storage.audit_root("2026-06-14").await.unwrap();
        assert_eq!(one.unwrap().signed, "a");
        assert!(storage.audit_root("x").await.unwrap().is_none());
    }
}
