//! Rebuilding the search index: resumed, by one at a time, while others write.

use super::support::*;
use crate::{Storage, reindex::Step, sql::Statement};

async fn rows(storage: &Storage, table: &str) -> i64 {
    let statement = Statement::made(format!("SELECT COUNT(*) FROM {table}"));
    let rows = storage.inner.db.fetch_all(statement).await.unwrap();
    rows[0].int(0).unwrap()
}

async fn spoil(storage: &Storage) {
    for table in ["ix_token", "ix_reference", "ix_date", "ix_quantity"] {
        let statement = Statement::made(format!("DELETE FROM {table}"));
        storage.inner.db.execute(statement).await.unwrap();
    }
}

async fn finish(storage: &Storage) {
    while storage.reindex().step(noon()).await.unwrap() != Step::Idle {}
}

async fn fill(house: &House, count: usize) {
    let me = chore();
    house.write(&me, vec![put("ana", person("A"))]).await;
    let some = (0..count).map(|n| create(glucose("ana", &n.to_string())));
    house.write(&me, some.collect()).await;
}

#[tokio::test]
async fn a_new_database_has_nothing_to_rebuild() {
    for house in houses().await {
        let index = house.storage.reindex();
        assert_eq!(index.step(noon()).await.unwrap(), Step::Idle);
        fill(&house, 2).await;
        let again = open(&house.url).await;
        assert_eq!(again.reindex().step(noon()).await.unwrap(), Step::Idle);
        assert!(again.reindex().progress().await.unwrap()[0].finished);
    }
}

#[tokio::test]
async fn what_was_lost_is_there_again_afterwards() {
    for house in houses().await {
        fill(&house, 300).await;
        let before = rows(&house.storage, "ix_token").await;
        spoil(&house.storage).await;
        let index = house.storage.reindex();
        index.rebuild().await.unwrap();
        assert!(matches!(
            index.step(noon()).await.unwrap(),
            Step::Worked(256)
        ));
        let progress = index.progress().await.unwrap();
        assert_eq!((progress[0].done, progress[0].total), (256, 301));
        assert!(!progress[0].finished);
        // Asked again while at it: goes on instead of starting over.
        index.rebuild().await.unwrap();
        assert_eq!(index.progress().await.unwrap()[0].done, 256);
        finish(&house.storage).await;
        assert_eq!(rows(&house.storage, "ix_token").await, before);
        assert_eq!(index.progress().await.unwrap()[0].done, 301);
    }
}

#[tokio::test]
async fn one_node_works_and_another_takes_over_when_it_is_gone() {
    for house in houses().await {
        fill(&house, 300).await;
        let other = open(&house.url).await;
        house.storage.reindex().rebuild().await.unwrap();
        house.storage.reindex().step(noon()).await.unwrap();
        let step = other.reindex().step(noon()).await.unwrap();
        assert_eq!(step, Step::Elsewhere);
        let later = at("2026-06-15T16:00:16Z");
        let step = other.reindex().step(later).await.unwrap();
        assert!(matches!(step, Step::Worked(45)), "{step:?}");
    }
}

#[tokio::test]
async fn rows_of_an_older_form_are_indexed_anew_when_a_database_is_opened() {
    for house in houses().await {
        fill(&house, 3).await;
        let before = rows(&house.storage, "ix_token").await;
        spoil(&house.storage).await;
        let old = Statement::new("UPDATE index_work SET form = 1");
        house.storage.inner.db.execute(old).await.unwrap();
        let again = open(&house.url).await;
        assert!(!again.reindex().progress().await.unwrap()[0].finished);
        finish(&again).await;
        assert_eq!(rows(&again, "ix_token").await, before);
        // The first of all kept no account of its form.
        let none = Statement::new("DELETE FROM index_work");
        house.storage.inner.db.execute(none).await.unwrap();
        let again = open(&house.url).await;
        assert!(!again.reindex().progress().await.unwrap()[0].finished);
    }
}

#[tokio::test]
async fn what_is_written_meanwhile_keeps_its_own_rows() {
    for house in houses().await {
        fill(&house, 5).await;
        let me = chore();
        let written = house.write(&me, vec![create(glucose("ana", "7"))]).await;
        let id = written[0].id.clone();
        let index = house.storage.reindex();
        index.rebuild().await.unwrap();
        house.write(&me, vec![put(&id, glucose("ana", "8"))]).await;
        house.write(&me, vec![delete("Observation", &id)]).await;
        let before = rows(&house.storage, "ix_quantity").await;
        finish(&house.storage).await;
        assert_eq!(rows(&house.storage, "ix_quantity").await, before);
    }
}
