//! Writes under conditions, from several nodes at once.

use super::search::query;
use super::support::*;
use crate::{Condition, Error, Storage, WriteFaultKind};

async fn create_once(storage: &Storage, identifier: &str) -> bool {
    let me = system();
    let text = format!(
        r#"{{"resourceType":"Patient","identifier":[{{"system":"urn:s","value":"{identifier}"}}]}}"#
    );
    let mut asked = query("Patient", &format!("identifier=urn:s|{identifier}"));
    asked.count = 2;
    for _ in 0..20 {
        let page = storage.records(&me).search(&asked).await.unwrap();
        if !page.matches.is_empty() {
            return false;
        }
        let condition = Condition {
            query: asked.clone(),
            found: Vec::new(),
        };
        let change = create(valid(&text));
        match storage
            .records(&me)
            .write_if(vec![change], vec![condition])
            .await
        {
            Ok(_) => return true,
            Err(Error::Write(fault)) => {
                assert!(
                    matches!(fault.kind, WriteFaultKind::ConditionChanged),
                    "{fault}"
                );
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("overtaken again and again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_look_at_once_one_creates() {
    for house in houses().await {
        let other = open(&house.url).await;
        let me = system();
        for round in 0..4 {
            let identifier = format!("i{round}");
            let mut tasks = Vec::new();
            for n in 0..24 {
                let storage = if n % 2 == 0 {
                    house.storage.clone()
                } else {
                    other.clone()
                };
                let identifier = identifier.clone();
                tasks.push(tokio::spawn(async move {
                    create_once(&storage, &identifier).await
                }));
            }
            let mut made = 0;
            for task in tasks {
                made += usize::from(task.await.unwrap());
            }
            assert_eq!(made, 1);
            let asked = query("Patient", &format!("identifier=urn:s|{identifier}"));
            let page = other.records(&me).search(&asked).await.unwrap();
            assert_eq!(page.matches.len(), 1);
        }
    }
}

#[tokio::test]
async fn a_condition_that_holds_no_longer_stops_the_whole_list() {
    for house in houses().await {
        let me = system();
        let asked = query("Patient", "family=Before");
        house.write(&me, vec![put("ana", person("Before"))]).await;
        let condition = |found: Option<&str>| Condition {
            query: asked.clone(),
            found: found.map(str::to_owned).into_iter().collect(),
        };
        let records = house.storage.records(&me);
        let changes = || vec![put("ben", person("Other")), put("ana", person("After"))];
        for wrong in [None, Some("ben")] {
            let refused = records.write_if(changes(), vec![condition(wrong)]).await;
            let Err(Error::Write(fault)) = refused else {
                panic!("{refused:?}")
            };
            assert!(matches!(fault.kind, WriteFaultKind::ConditionChanged));
        }
        let right = vec![condition(Some("ana"))];
        records.write_if(changes(), right.clone()).await.unwrap();
        assert!(records.write_if(changes(), right).await.is_err());
    }
}
