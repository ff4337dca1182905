//! Exports: counted in steps by whoever is free, read with the eyes of whoever fetches.

use std::collections::{BTreeMap, BTreeSet};

use access::{Access, Actor, ConsentFact, PatientFacts, Standing, facts::ConsentKind};
use jiff::{SignedDuration, Timestamp};

use super::support::*;
use crate::exports::{Beginning, Export, File, Most};
use crate::{Error, Exported, Storage, Whose};

const MOST: Most = Most {
    running: 3,
    kept: 2,
};

fn beginning(members: Option<&[&str]>) -> Beginning {
    let members = members.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect());
    Beginning {
        client: "backend".to_owned(),
        token: "hash".to_owned(),
        request: "http://localhost/fhir/$export".to_owned(),
        asked: "{}".to_owned(),
        members,
        as_of: noon(),
        expires: noon() + SignedDuration::from_hours(24),
    }
}

fn all(whose: Whose) -> Exported {
    Exported {
        whose,
        types: Vec::new(),
        since: None,
        filters: BTreeMap::new(),
        provenance: None,
        asked_with: None,
        file_resources: 2_000,
    }
}

async fn begin(storage: &Storage, members: Option<&[&str]>) -> String {
    let begun = storage.exports().begin(beginning(members), MOST).await;
    begun.unwrap().unwrap()
}

/// One step on whatever waits; false when nothing does.
async fn step(storage: &Storage, who: &Access, asked: &Exported, now: Timestamp) -> bool {
    let exports = storage.exports();
    let Some(export) = exports.take(now).await.unwrap() else {
        return false;
    };
    let stepped = storage.records(who).export_step(&export, asked).await;
    exports.note(&export, stepped.unwrap(), now).await.unwrap();
    true
}

async fn finish(storage: &Storage, who: &Access, asked: &Exported) {
    while step(storage, who, asked, noon()).await {}
}

async fn found(storage: &Storage, id: &str) -> (Export, Vec<File>) {
    let exports = storage.exports();
    let export = exports.find(id, "backend", noon()).await.unwrap().unwrap();
    (export, exports.files(id).await.unwrap())
}

/// `Type/id` of everything in all files, once each, and how many pieces they came in.
async fn fetched(
    storage: &Storage,
    who: &Access,
    asked: &Exported,
    id: &str,
) -> (BTreeSet<String>, usize) {
    let (export, files) = found(storage, id).await;
    let (mut names, mut pieces) = (BTreeSet::new(), 0);
    for file in files {
        let mut from = None;
        loop {
            let records = storage.records(who);
            let piece = records.export_file(&export, asked, &file, from).await;
            let piece = piece.unwrap();
            pieces += 1;
            for seen in piece.seen {
                let name = format!("{}/{}", seen.resource_type(), seen.id());
                assert!(names.insert(name.clone()), "{name} twice");
            }
            from = piece.next;
            if from.is_none() {
                break;
            }
        }
    }
    (names, pieces)
}

#[tokio::test]
async fn what_is_many_comes_in_several_files_and_pieces_each_resource_once() {
    for house in houses().await {
        let me = chore();
        house.write(&me, vec![put("ana", person("A"))]).await;
        let some = (0..2_300).map(|n| create(glucose("ana", &n.to_string())));
        house.write(&me, some.collect()).await;
        let asked = all(Whose::Patients);
        let id = begin(&house.storage, None).await;
        finish(&house.storage, &system(), &asked).await;
        let (export, files) = found(&house.storage, &id).await;
        assert_eq!(export.done, 2_301);
        assert!(export.finished.is_some());
        let counts: Vec<u64> = files.iter().map(|file| file.count).collect();
        assert_eq!(counts.iter().sum::<u64>(), 2_301);
        assert_eq!(counts.len(), 3, "{counts:?}");
        let (names, pieces) = fetched(&house.storage, &system(), &asked, &id).await;
        assert_eq!(names.len(), 2_301);
        assert!(pieces >= 5, "{pieces}");
    }
}

#[tokio::test]
async fn another_node_goes_on_when_the_first_is_gone() {
    for house in houses().await {
        let me = chore();
        let members: Vec<String> = (0..120).map(|n| format!("m{n:03}")).collect();
        let people = members.iter().map(|id| put(id, person(id)));
        house.write(&me, people.collect()).await;
        house.write(&me, vec![put("other", person("O"))]).await;
        let results = members
            .iter()
            .flat_map(|id| (0..20).map(move |n| create(glucose(id, &n.to_string()))));
        house.write(&me, results.collect()).await;
        let asked = all(Whose::Members);
        let listed: Vec<&str> = members.iter().map(String::as_str).collect();
        let id = begin(&house.storage, Some(&listed)).await;
        assert!(step(&house.storage, &system(), &asked, noon()).await);
        let other = open(&house.url).await;
        // While the first may be at it, nobody else is.
        assert!(!step(&other, &system(), &asked, noon()).await);
        let later = noon() + SignedDuration::from_secs(16);
        assert!(step(&other, &system(), &asked, later).await);
        // The first finds itself overtaken.
        let (before, _) = found(&house.storage, &id).await;
        let late = house
            .storage
            .records(&system())
            .export_step(&before, &asked)
            .await;
        let late = house
            .storage
            .exports()
            .note(&before, late.unwrap(), later)
            .await;
        assert!(matches!(late, Err(Error::Busy)));
        while step(&other, &system(), &asked, later).await {}
        let (names, _) = fetched(&other, &system(), &asked, &id).await;
        assert_eq!(names.len(), 120 * 21);
        assert!(!names.contains("Patient/other"));
    }
}

#[tokio::test]
async fn a_client_has_so_many_exports_at_once_and_keeps_the_last() {
    for house in houses().await {
        let exports = house.storage.exports();
        for _ in 0..MOST.running {
            begin(&house.storage, None).await;
        }
        let more = exports.begin(beginning(None), MOST).await.unwrap();
        assert_eq!(more, None);
        let others = Beginning {
            client: "other".to_owned(),
            ..beginning(None)
        };
        let foreign = exports.begin(others, MOST).await.unwrap().unwrap();
        assert!(
            exports
                .find(&foreign, "backend", noon())
                .await
                .unwrap()
                .is_none()
        );
        finish(&house.storage, &system(), &all(Whose::All)).await;
        let newest = begin(&house.storage, None).await;
        let statement =
            crate::sql::Statement::new("SELECT COUNT(*) FROM bulk_export WHERE client = 'backend'");
        let rows = house.storage.inner.db.fetch_all(statement).await.unwrap();
        assert_eq!(rows[0].int(0).unwrap(), MOST.kept + 1);
        assert!(exports.cancel(&newest).await.unwrap());
        assert!(!exports.cancel(&newest).await.unwrap());
        let over = noon() + SignedDuration::from_hours(25);
        assert_eq!(exports.sweep(over).await.unwrap(), 3);
    }
}

/// Another organization that treats, and the patients who refused it.
fn organization(refused_by: &[&str]) -> Access {
    let consent = ConsentFact {
        organizations: vec!["lab".to_owned()],
        ..ConsentFact::new(ConsentKind::OrganizationDeny, false)
    };
    let refusal = |id: &&str| {
        let facts = PatientFacts {
            id: (*id).to_owned(),
            birth_date: Some("1980-01-01".to_owned()),
            ..PatientFacts::default()
        };
        ((*id).to_owned(), (facts, vec![consent.clone()]))
    };
    let mut standing: Standing = system().standing().clone();
    standing.actor = Actor::Organization {
        id: "lab".to_owned(),
        purpose_of_use: "TREAT".to_owned(),
        trusted: true,
        break_glass_reason: None,
    };
    standing.others = refused_by.iter().map(refusal).collect();
    Access::open(std::sync::Arc::new(standing), pack(), noon()).unwrap()
}

#[tokio::test]
async fn a_refusal_after_the_export_was_begun_keeps_back_what_was_counted() {
    for house in houses().await {
        let me = chore();
        for id in ["ana", "ben"] {
            house.write(&me, vec![put(id, person(id))]).await;
            house.write(&me, vec![create(glucose(id, "1"))]).await;
        }
        let asked = all(Whose::Patients);
        let id = begin(&house.storage, None).await;
        finish(&house.storage, &organization(&[]), &asked).await;
        let before = organization(&[]);
        let (names, _) = fetched(&house.storage, &before, &asked, &id).await;
        assert_eq!(names.len(), 4);
        let after = organization(&["ana"]);
        let (names, _) = fetched(&house.storage, &after, &asked, &id).await;
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.contains("Patient/ben"));
    }
}

#[tokio::test]
async fn a_chart_tells_once_of_an_export_that_took_of_it() {
    for house in houses().await {
        let me = chore();
        house.write(&me, vec![put("ana", person("A"))]).await;
        house.write(&me, vec![create(glucose("ana", "1"))]).await;
        let asked = all(Whose::Patients);
        let id = begin(&house.storage, None).await;
        finish(&house.storage, &system(), &asked).await;
        for _ in 0..2 {
            fetched(&house.storage, &system(), &asked, &id).await;
        }
        let exports = crate::sql::Statement::new(
            "SELECT COUNT(*) FROM audit WHERE patient = 'ana' AND action = 26",
        );
        let inner = &house.storage.inner;
        inner.audit.flush(&inner.db).await.unwrap();
        let rows = inner.db.fetch_all(exports).await.unwrap();
        assert_eq!(rows[0].int(0).unwrap(), 1);
    }
}
