//! Searching: the record that is searched, and the asking.

mod agreeing;
mod chaining;
mod combining;
mod filtering;
mod finding;
mod naming;
mod paging;
mod seeing;
mod telling;

use std::sync::Arc;

use access::standing::Agent;
use access::{Access, Actor, Pack, PatientFacts, Standing, Task, actor::Account};
use fhir::search::{Handling, Query, parse};
use fhir::{Document, ResourceType};

use super::support::databases;
use crate::{Change, SearchPage, Settings, Storage};

pub(super) const BASE: &str = "https://example.org/fhir";
pub(super) const NOW: &str = "2026-06-15T12:00:00Z";

pub(super) struct Scene {
    pub(super) storage: Storage,
    _keep: Option<tempfile::TempDir>,
}

pub(super) fn pack() -> Arc<Pack> {
    Arc::new(Pack::shipped("middlesex").unwrap())
}

/// The house's own access: everything.
pub(super) fn house() -> Access {
    Access::for_task(Task::Load, pack(), NOW.parse().unwrap())
}

/// A patient at her own record, in a session of the house.
pub(super) fn patient(id: &str) -> Access {
    let standing = Standing {
        actor: Actor::SelfPatient {
            account: Account::Active,
            terms_accepted: true,
        },
        client: None,
        patient: Some(PatientFacts {
            id: id.to_owned(),
            birth_date: Some("1980-05-05".to_owned()),
            ..PatientFacts::default()
        }),
        relationship: None,
        consents: Vec::new(),
        others: std::collections::BTreeMap::new(),
        charts: Vec::new(),
        agent: Agent::default(),
    };
    Access::open(Arc::new(standing), pack(), NOW.parse().unwrap()).unwrap()
}

pub(super) fn query(resource_type: &str, text: &str) -> Query {
    let pairs: Vec<(String, String)> = text
        .split('&')
        .filter(|p| !p.is_empty())
        .map(|p| p.split_once('=').unwrap())
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    let settings = fhir::search::Settings {
        base: BASE,
        handling: Handling::Strict,
        count_default: 50,
        count_max: 1000,
        clauses_max: 64,
        posted: None,
        include_rounds_max: 4,
        included_max: 1000,
    };
    let resource_type = ResourceType::from_name(resource_type).unwrap();
    parse(resource_type, &pairs, &settings).unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

impl Scene {
    async fn all() -> Vec<Self> {
        let mut scenes = Vec::new();
        for (url, keep) in databases().await {
            let storage = Storage::open(Settings {
                url,
                base: BASE.to_owned(),
                pack: pack(),
                read_connections: 2,
                check_references: false,
                validation: crate::Validation::default(),
                sealing: crate::Sealing::default(),
            });
            scenes.push(Self {
                storage: storage.await.unwrap(),
                _keep: keep,
            });
        }
        scenes
    }

    /// Scenes with the record of [`record`].
    pub(super) async fn filled() -> Vec<Self> {
        let scenes = Self::all().await;
        for scene in &scenes {
            for text in record() {
                scene.put(&text).await;
            }
        }
        scenes
    }

    pub(super) async fn put(&self, text: &str) {
        self.put_by(&house(), text).await;
    }

    pub(super) async fn put_by(&self, access: &Access, text: &str) {
        let valid = fhir::validate::validate(Document::parse(text).unwrap())
            .unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let id = valid.id().unwrap().into_owned();
        let change = Change::Update {
            valid,
            id,
            if_match: None,
        };
        let records = self.storage.records(access);
        records.write(vec![change]).await.unwrap();
    }

    pub(super) async fn page(&self, access: &Access, query: &Query) -> SearchPage {
        let records = self.storage.records(access);
        records
            .search(query)
            .await
            .unwrap_or_else(|e| panic!("{e} in {query:?}"))
    }

    /// Ids of the matches, in order.
    pub(super) async fn find(
        &self,
        access: &Access,
        resource_type: &str,
        text: &str,
    ) -> Vec<String> {
        ids(&self.page(access, &query(resource_type, text)).await)
    }

    #[track_caller]
    pub(super) fn found(
        &self,
        resource_type: &str,
        text: &str,
        wanted: &[&str],
    ) -> impl Future<Output = ()> {
        let wanted: Vec<String> = wanted.iter().map(|&w| w.to_owned()).collect();
        let (resource_type, text) = (resource_type.to_owned(), text.to_owned());
        async move {
            let mut found = self.find(&house(), &resource_type, &text).await;
            found.sort();
            assert_eq!(found, wanted, "{resource_type}?{text}");
        }
    }
}

pub(super) fn ids(page: &SearchPage) -> Vec<String> {
    page.matches.iter().map(|m| m.id().to_owned()).collect()
}

/// Two patients, four observations, and what surrounds them.
fn record() -> Vec<String> {
    let patient = |id: &str, family: &str, given: &str, rest: &str| {
        format!(
            r#"{{"resourceType":"Patient","id":"{id}","identifier":[{{"system":"urn:t","value":"{id}"}}],
            "name":[{{"family":"{family}","given":["{given}"]}}]{rest}}}"#
        )
    };
    let observation = |id: &str, who: &str, code: &str, value: &str, day: &str, category: &str| {
        format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final",
            "category":[{{"coding":[{{"system":"urn:category","code":"{category}"}}]}}],
            "code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}],"text":"Text {code}"}},
            "subject":{{"reference":"Patient/{who}"}},"effectiveDateTime":"{day}",
            "valueQuantity":{{"value":{value},"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}}}"#
        )
    };
    vec![
        r#"{"resourceType":"Organization","id":"org","name":"House of Health"}"#.to_owned(),
        r#"{"resourceType":"Practitioner","id":"doc","name":[{"family":"Doc"}]}"#.to_owned(),
        patient(
            "p1",
            "Müller",
            "Ann",
            r#","gender":"female","birthDate":"1980-05-05",
            "managingOrganization":{"reference":"Organization/org"},
            "generalPractitioner":[{"reference":"Practitioner/doc"}]"#,
        ),
        patient(
            "p2",
            "Zed",
            "Bob",
            r#","gender":"male","birthDate":"1990-06-15""#,
        ),
        observation("o1", "p1", "1111-1", "5", "2024-01-10", "laboratory"),
        observation(
            "o2",
            "p1",
            "1111-1",
            "2000",
            "2024-02-10T10:00:00Z",
            "laboratory",
        ),
        observation("o3", "p1", "2222-2", "7", "2024-03-10", "vital-signs"),
        observation("o4", "p2", "1111-1", "9", "2024-01-15", "laboratory"),
        r#"{"resourceType":"Encounter","id":"enc","status":"finished","class":{"code":"AMB"},
            "subject":{"reference":"Patient/p1"},
            "period":{"start":"2024-03-01T09:00:00Z","end":"2024-03-01T10:00:00Z"}}"#
            .to_owned(),
        r#"{"resourceType":"Provenance","id":"prov","target":[{"reference":"Observation/o1"}],
            "recorded":"2024-01-10T00:00:00Z","agent":[{"who":{"reference":"Practitioner/doc"}}]}"#
            .to_owned(),
    ]
}
