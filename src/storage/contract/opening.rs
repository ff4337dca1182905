//! Opening databases, and the values that go in and out.

use crate::{
    db::{Db, Row},
    sql::{Column, Rows, Statement, Table},
};
use bytes::Bytes;

use super::support::databases;

static FACETS: Table = Table {
    name: "facet",
    columns: &[
        ("id", Column::Int),
        ("type", Column::Text),
        ("key", Column::Text),
    ],
    tail: "",
};

static BLOBS: Table = Table {
    name: "history",
    columns: &[
        ("rid", Column::Int),
        ("version", Column::Int),
        ("updated", Column::Int),
        ("method", Column::Int),
        ("deleted", Column::Int),
        ("owner", Column::Text),
        ("facet", Column::Int),
        ("hold_until", Column::Int),
        ("body", Column::Bytes),
    ],
    tail: "",
};

async fn count(db: &Db, table: &str) -> i64 {
    let statement = Statement::made(format!("SELECT count(*) FROM {table}"));
    db.fetch_all(statement).await.unwrap()[0].int(0).unwrap()
}

#[tokio::test]
async fn what_is_committed_is_there_and_what_is_dropped_is_not() {
    for (url, _keep) in databases().await {
        let db = Db::open(&url, 2).await.unwrap();
        let add = |n: i64| {
            Statement::new("INSERT INTO facet (id, type, key) VALUES ($1, $2, $3)")
                .bind(n)
                .bind("Patient")
                .bind(format!("k{n}"))
        };
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.execute(add(1)).await.unwrap(), 1);
        tx.commit().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.execute(add(2)).await.unwrap();
        drop(tx);
        assert_eq!(db.execute(add(3)).await.unwrap(), 1);
        assert_eq!(count(&db, "facet").await, 2);
        assert!(matches!(
            db.execute(add(3)).await,
            Err(crate::Error::Duplicate)
        ));
    }
}

#[tokio::test]
async fn a_transaction_dropped_half_way_leaves_the_file_to_other_processes() {
    for (url, _keep) in databases().await {
        let (one, other) = (
            Db::open(&url, 1).await.unwrap(),
            Db::open(&url, 1).await.unwrap(),
        );
        let add = |n: i64| {
            Statement::new("INSERT INTO facet (id, type, key) VALUES ($1, 'Patient', $2)")
                .bind(n)
                .bind(format!("k{n}"))
        };
        let mut tx = one.begin().await.unwrap();
        tx.execute(add(1)).await.unwrap();
        drop(tx);
        // The first never writes again: nobody but the drop itself can undo what it began.
        assert_eq!(other.execute(add(1)).await.unwrap(), 1);
        assert_eq!(count(&one, "facet").await, 1);
    }
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    for (url, _keep) in databases().await {
        let db = Db::open(&url, 2).await.unwrap();
        let mut rows = Rows::default();
        rows.push(7).push(1).push(-1_i64).push(0).push(false);
        rows.push(None::<&str>)
            .push(3)
            .push(None::<i64>)
            .push(Bytes::from_static(b"{}"));
        let mut tx = db.begin().await.unwrap();
        tx.insert(&BLOBS, rows).await.unwrap();
        tx.commit().await.unwrap();
        let select = "SELECT rid, updated, owner, hold_until, body FROM history WHERE rid = $1 AND owner IS NOT DISTINCT FROM $2";
        let row: Row = db
            .fetch_optional(Statement::new(select).bind(7).bind(None::<&str>))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row.int(0).unwrap(), 7);
        assert_eq!(row.int(1).unwrap(), -1);
        assert_eq!(row.opt_text(2).unwrap(), None);
        assert_eq!(row.opt_int(3).unwrap(), None);
        assert_eq!(row.opt_bytes(4).unwrap(), Some(Bytes::from_static(b"{}")));
        assert_eq!(row.opt_bytes(4).unwrap(), Some(Bytes::from_static(b"{}")));
    }
}

#[tokio::test]
async fn any_number_of_rows_goes_in_and_lists_find_them() {
    for (url, _keep) in databases().await {
        let db = Db::open(&url, 2).await.unwrap();
        let mut rows = Rows::default();
        for n in 1..=301_i64 {
            rows.push(n).push("Patient").push(format!("key {n}"));
        }
        let mut tx = db.begin().await.unwrap();
        tx.insert(&FACETS, rows).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&db, "facet").await, 301);
        let sql = format!("SELECT id FROM facet WHERE {}", db.in_list("key", 1));
        let wanted = vec!["key 5".to_owned(), "key 300".to_owned(), "no".to_owned()];
        let found = db.fetch_all(Statement::made(sql).bind(wanted)).await;
        assert_eq!(found.unwrap().len(), 2);
        let sql = format!("SELECT id FROM facet WHERE {}", db.in_list("id", 1));
        let found = db
            .fetch_all(Statement::made(sql).bind(vec![1_i64, 301, 999]))
            .await;
        assert_eq!(found.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn two_may_open_a_new_database_at_once_and_memory_needs_no_file() {
    for (url, _keep) in databases().await {
        let (one, two) = tokio::join!(Db::open(&url, 1), Db::open(&url, 1));
        assert_eq!(count(&one.unwrap(), "facet").await, 0);
        assert_eq!(count(&two.unwrap(), "block").await, 1);
    }
    let db = Db::open("sqlite::memory:", 1).await.unwrap();
    assert_eq!(count(&db, "block").await, 1);
}

#[tokio::test]
async fn another_connections_commit_changes_the_data_version() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("t.db").display());
    let one = Db::open(&url, 1).await.unwrap();
    let two = Db::open(&url, 1).await.unwrap();
    let mark = |name: &str| {
        Statement::new("INSERT INTO mark (name, value) VALUES ($1, $2)")
            .bind(name)
            .bind("y")
    };
    let before = one.data_version().await.unwrap();
    one.execute(mark("own")).await.unwrap();
    assert_eq!(one.data_version().await.unwrap(), before);
    two.execute(mark("foreign")).await.unwrap();
    assert_ne!(one.data_version().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_leaves_the_database_usable() {
    for (url, _keep) in databases().await {
        let db = Db::open(&url, 2).await.unwrap();
        for patience in 0..120_u64 {
            let one = async {
                let mut tx = db.begin().await?;
                let insert = "INSERT INTO mark (name, value) VALUES ($1, 'x')";
                tx.execute(Statement::new(insert).bind(format!("m{patience}")))
                    .await?;
                tx.commit().await
            };
            let patience = std::time::Duration::from_micros(patience * 10);
            let _gone = tokio::time::timeout(patience, one).await;
        }
        let insert = "INSERT INTO mark (name, value) VALUES ('last', 'x')";
        assert_eq!(db.execute(Statement::new(insert)).await.unwrap(), 1);
        let mut tx = db.begin().await.unwrap();
        tx.execute(Statement::new("DELETE FROM mark"))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&db, "mark").await, 0);
    }
}
