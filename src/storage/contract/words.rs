//! Search by words: the same on both databases, and never by what is hidden.

use fhir::Valid;
use fhir::search::{Handling, Query, Settings, parse};

use super::support::*;
use crate::{reindex::Step, sql::Statement};

fn query(name: &str, pairs: &[(&str, &str)]) -> Query {
    let pairs: Vec<(String, String)> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let settings = Settings {
        base: "http://localhost/fhir",
        handling: Handling::Strict,
        count_default: 10,
        count_max: 10,
        clauses_max: 10,
        posted: None,
        include_rounds_max: 1,
        included_max: 10,
    };
    parse(kind(name), &pairs, &settings).unwrap()
}

fn note(patient: &str, narrative: &str, text: &str) -> Valid {
    valid(&format!(
        r#"{{"resourceType":"Observation","text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{narrative}</div>"}},"status":"final","code":{{"text":"{text}"}},"subject":{{"reference":"Patient/{patient}"}}}}"#
    ))
}

async fn found(house: &House, access: &access::Access, pairs: &[(&str, &str)]) -> Vec<String> {
    let records = house.storage.records(access);
    let page = records.search(&query("Observation", pairs)).await.unwrap();
    assert_eq!(page.scores.len(), page.matches.len());
    let mut ids: Vec<String> = page.matches.iter().map(|m| m.id().to_owned()).collect();
    ids.sort();
    ids
}

async fn fill(house: &House) {
    let list = vec![
        put("ana", person("A")),
        put("ben", person("B")),
        put("a", note("ana", "Fracture of the <b>bone</b>", "Knee pain")),
        put(
            "b",
            note("ana", "Liver &amp; bone", "Metastatic disease of the liver"),
        ),
        put("c", note("ben", "Skin", "Knee and disease, metastatic")),
    ];
    house.write(&chore(), list).await;
}

#[tokio::test]
async fn words_phrases_and_their_combinations_find_the_same_everywhere() {
    for house in houses().await {
        fill(&house).await;
        let me = system();
        for (name, value, want) in [
            ("_text", "bone", &["a", "b"][..]),
            ("_text", "knee", &[]),
            ("_content", "KNEE", &["a", "c"]),
            ("_content", "bone", &["a", "b"]),
            ("_content", "\"metastatic disease\"", &["b"]),
            ("_content", "metastatic disease", &["b", "c"]),
            ("_content", "\"bone knee\"", &[]),
            ("_content", "(bone OR skin) and liver", &["b"]),
            ("_text", "skin,fracture", &["a", "c"]),
            ("_content", "knee -skin", &["a"]),
            ("_content", "not knee", &["b"]),
            ("_content", "metast*", &["b", "c"]),
            ("_text", "frac* AND bone", &["a"]),
            ("_content", "absent", &[]),
            ("_content", "ana", &[]),
        ] {
            assert_eq!(
                found(&house, &me, &[(name, value)]).await,
                want,
                "{name}={value}"
            );
        }
        let both = [("_content", "knee"), ("patient", "Patient/ben")];
        assert_eq!(found(&house, &me, &both).await, ["c"]);
        assert_eq!(
            found(&house, &patient("ana"), &[("_content", "knee")]).await,
            ["a"]
        );
        let hidden = found(&house, &patient("ana"), &[("_content", "skin")]).await;
        assert!(hidden.is_empty());
    }
}

#[tokio::test]
async fn words_follow_what_is_written() {
    for house in houses().await {
        fill(&house).await;
        let me = system();
        house
            .write(&me, vec![put("a", note("ana", "Healed", "x"))])
            .await;
        assert_eq!(found(&house, &me, &[("_text", "bone")]).await, ["b"]);
        assert_eq!(found(&house, &me, &[("_text", "healed")]).await, ["a"]);
        house.write(&me, vec![delete("Observation", "b")]).await;
        assert!(found(&house, &me, &[("_text", "bone")]).await.is_empty());
        house.storage.reindex().rebuild().await.unwrap();
        while house.storage.reindex().step(noon()).await.unwrap() != Step::Idle {}
        assert_eq!(found(&house, &me, &[("_text", "healed")]).await, ["a"]);
    }
}

#[tokio::test]
async fn the_best_come_first_when_asked_for() {
    for house in houses().await {
        let me = system();
        let list = vec![
            put("ana", person("A")),
            put("few", note("ana", "one two three four five six bone", "x")),
            put("many", note("ana", "bone bone bone bone", "x")),
        ];
        house.write(&chore(), list).await;
        let asked = query("Observation", &[("_text", "bone"), ("_sort", "-_score")]);
        let page = house.storage.records(&me).search(&asked).await.unwrap();
        let ids: Vec<&str> = page.matches.iter().map(|m| m.id()).collect();
        assert_eq!(ids, ["many", "few"]);
        assert!(page.scores[0] > page.scores[1] && page.scores[1] > 0.0);
        assert!(page.scores[0] < 1.0);
    }
}

#[tokio::test]
async fn words_are_asked_for_when_all_have_been_gathered() {
    for house in houses().await {
        fill(&house).await;
        let old = Statement::new("UPDATE index_work SET form = 1");
        house.storage.inner.db.execute(old).await.unwrap();
        let again = open(&house.url).await;
        let me = system();
        let asked = query("Observation", &[("_text", "bone")]);
        let early = again.records(&me).search(&asked).await;
        assert!(matches!(early, Err(crate::Error::Indexing { .. })));
        let other = query("Observation", &[("status", "final")]);
        let page = again.records(&me).search(&other).await.unwrap();
        assert_eq!(page.matches.len(), 3);
        while again.reindex().step(noon()).await.unwrap() != Step::Idle {}
        let page = again.records(&me).search(&asked).await.unwrap();
        assert_eq!(page.matches.len(), 2);
    }
}
