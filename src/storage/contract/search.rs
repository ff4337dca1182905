//! Searching: what is found, in which order, page by page, and what stays hidden.

use std::sync::Arc;

use access::standing::Agent;
use access::{Access, Actor, Pack, PatientFacts, Standing, Task, actor::Account};
use fhir::search::{Handling, Query, parse};
use fhir::{Document, ResourceType};

use super::support::databases;
use crate::{Change, Error, SearchPage, Settings, Storage};

pub(super) const BASE: &str = "https://example.org/fhir";
const NOW: &str = "2026-06-15T12:00:00Z";

struct Scene {
    storage: Storage,
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
            });
            scenes.push(Self {
                storage: storage.await.unwrap(),
                _keep: keep,
            });
        }
        scenes
    }

    /// Scenes with the record of [`record`].
    async fn filled() -> Vec<Self> {
        let scenes = Self::all().await;
        for scene in &scenes {
            for text in record() {
                scene.put(&text).await;
            }
        }
        scenes
    }

    async fn put(&self, text: &str) {
        let valid = fhir::validate::validate(Document::parse(text).unwrap())
            .unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let id = valid.id().unwrap().into_owned();
        let change = Change::Update {
            valid,
            id,
            if_match: None,
        };
        let access = house();
        let records = self.storage.records(&access);
        records.write(vec![change]).await.unwrap();
    }

    async fn page(&self, access: &Access, query: &Query) -> SearchPage {
        let records = self.storage.records(access);
        records
            .search(query)
            .await
            .unwrap_or_else(|e| panic!("{e} in {query:?}"))
    }

    /// Ids of the matches, in order.
    async fn find(&self, access: &Access, resource_type: &str, text: &str) -> Vec<String> {
        ids(&self.page(access, &query(resource_type, text)).await)
    }

    #[track_caller]
    fn found(&self, resource_type: &str, text: &str, wanted: &[&str]) -> impl Future<Output = ()> {
        let wanted: Vec<String> = wanted.iter().map(|&w| w.to_owned()).collect();
        let (resource_type, text) = (resource_type.to_owned(), text.to_owned());
        async move {
            let mut found = self.find(&house(), &resource_type, &text).await;
            found.sort();
            assert_eq!(found, wanted, "{resource_type}?{text}");
        }
    }
}

fn ids(page: &SearchPage) -> Vec<String> {
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

#[tokio::test]
async fn every_value_type_is_found_by_its_rules() {
    for scene in Scene::filled().await {
        let all = &["o1", "o2", "o3", "o4"];
        scene.found("Patient", "family=mull", &["p1"]).await;
        scene.found("Patient", "name=MÜLLER", &["p1"]).await;
        scene.found("Patient", "name=ann,bob", &["p1", "p2"]).await;
        scene.found("Patient", "name=nn", &[]).await;
        scene.found("Patient", "family:exact=Müller", &["p1"]).await;
        scene.found("Patient", "family:exact=müller", &[]).await;
        scene.found("Patient", "family:contains=LLE", &["p1"]).await;
        scene.found("Patient", "family:contains=%", &[]).await;
        scene.found("Patient", "identifier=urn:t|p1", &["p1"]).await;
        scene.found("Patient", "identifier=p1", &["p1"]).await;
        scene.found("Patient", "identifier=|p1", &[]).await;
        scene
            .found("Patient", "identifier=urn:t|", &["p1", "p2"])
            .await;
        scene.found("Patient", "gender=female", &["p1"]).await;
        scene.found("Patient", "gender:not=male", &["p1"]).await;
        scene
            .found("Patient", "organization:missing=true", &["p2"])
            .await;
        scene
            .found("Patient", "organization:missing=false", &["p1"])
            .await;
        scene
            .found("Patient", "birthdate=1980-05-05", &["p1"])
            .await;
        scene.found("Patient", "birthdate=1980", &["p1"]).await;
        scene
            .found("Patient", "birthdate=gt1980-05-05", &["p2"])
            .await;
        scene
            .found("Patient", "birthdate=ge1980-05-05", &["p1", "p2"])
            .await;
        scene
            .found("Patient", "birthdate=ne1980-05-05", &["p2"])
            .await;
        scene.found("Patient", "_id=p1,p2,p3", &["p1", "p2"]).await;
        scene
            .found("Patient", "_lastUpdated=ge2020-01-01", &["p1", "p2"])
            .await;
        scene
            .found("Patient", "_lastUpdated=lt2020-01-01", &[])
            .await;
        scene
            .found(
                "Observation",
                "date=ge2024-01-12&date=lt2024-03-01",
                &["o2", "o4"],
            )
            .await;
        scene
            .found("Observation", "date=2024-01", &["o1", "o4"])
            .await;
        scene.found("Encounter", "date=2024-03-01", &["enc"]).await;
        scene.found("Encounter", "date=sa2024-03-01", &[]).await;
        scene.found("Observation", "patient=p2", &["o4"]).await;
        scene
            .found("Observation", "patient=Patient/p2", &["o4"])
            .await;
        scene
            .found(
                "Observation",
                &format!("patient={BASE}/Patient/p2"),
                &["o4"],
            )
            .await;
        scene
            .found("Observation", "subject:Patient=p2", &["o4"])
            .await;
        scene.found("Observation", "subject:Group=p2", &[]).await;
        scene
            .found(
                "Observation",
                "patient=p1&category=laboratory",
                &["o1", "o2"],
            )
            .await;
        scene
            .found(
                "Observation",
                "patient=p1&code=1111-1,2222-2",
                &["o1", "o2", "o3"],
            )
            .await;
        scene.found("Observation", "patient=p1,p2", all).await;
        scene
            .found("Observation", "code:text=text 2222", &["o3"])
            .await;
        scene.found("Observation", "status=final", all).await;
        scene
            .found("Observation", "value-quantity=gt6", &["o2", "o3", "o4"])
            .await;
        scene
            .found("Observation", "value-quantity=5.0||mg", &["o1"])
            .await;
        scene
            .found(
                "Observation",
                "value-quantity=2000|http://unitsofmeasure.org|mg",
                &["o2"],
            )
            .await;
        scene
            .found(
                "Observation",
                "value-quantity=lt9|http://unitsofmeasure.org|g",
                &[],
            )
            .await;
        scene
            .found("Provenance", "target=Observation/o1", &["prov"])
            .await;
        scene.found("Provenance", "agent=doc", &["prov"]).await;
        scene
            .found("Patient", "general-practitioner=Practitioner/doc", &["p1"])
            .await;
    }
}

#[tokio::test]
async fn results_come_in_the_order_asked_for() {
    for scene in Scene::filled().await {
        for (sort, wanted) in [
            ("date", ["o1", "o4", "o2", "o3"]),
            ("-date", ["o3", "o2", "o4", "o1"]),
            ("code,-date", ["o2", "o4", "o1", "o3"]),
            ("-value-quantity", ["o2", "o4", "o3", "o1"]),
            ("_id", ["o1", "o2", "o3", "o4"]),
            ("-_lastUpdated,-_id", ["o4", "o3", "o2", "o1"]),
            ("subject,-_id", ["o3", "o2", "o1", "o4"]),
        ] {
            let text = format!("_sort={sort}");
            let found = scene.find(&house(), "Observation", &text).await;
            assert_eq!(found, wanted, "{sort}");
        }
        let found = scene.find(&house(), "Patient", "_sort=-name").await;
        assert_eq!(found, ["p2", "p1"]);
    }
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip_while_rows_are_written() {
    for scene in Scene::filled().await {
        for sort in ["", "&_sort=date", "&_sort=-code,date", "&_sort=-_id"] {
            let mut query = query("Observation", &format!("_count=1{sort}"));
            let mut walked = Vec::new();
            loop {
                let page = scene.page(&house(), &query).await;
                walked.extend(ids(&page));
                let text = r#"{"resourceType":"Observation","id":"late","status":"final","code":{"text":"x"}}"#;
                scene.put(text).await;
                query.cursor = page.next;
                if query.cursor.is_none() {
                    break;
                }
            }
            walked.retain(|id| id != "late");
            let mut sorted = walked.clone();
            sorted.sort();
            assert_eq!(sorted, ["o1", "o2", "o3", "o4"], "{sort} {walked:?}");
        }
    }
}

#[tokio::test]
async fn totals_count_the_visible_set() {
    for scene in Scene::filled().await {
        for (text, wanted) in [
            ("_count=1", Some(4)),
            ("_count=1&_total=accurate", Some(4)),
            ("_count=4", Some(4)),
            ("_count=1&patient=p1", Some(3)),
            ("_count=1&code=1111-1", Some(3)),
            ("_count=1&code=1111-1&_total=none", None),
            ("_summary=count", Some(4)),
            ("code=none", Some(0)),
        ] {
            let page = scene.page(&house(), &query("Observation", text)).await;
            assert_eq!(page.total, wanted, "{text}");
        }
        let own = query("Observation", "_summary=count");
        assert_eq!(scene.page(&patient("p1"), &own).await.total, Some(3));
        let first = scene
            .page(&patient("p1"), &query("Observation", "_count=1"))
            .await;
        assert_eq!(first.total, Some(3));
        let mut second = query("Observation", "_count=1");
        second.cursor = first.next;
        assert_eq!(scene.page(&patient("p1"), &second).await.total, Some(3));
    }
}

#[tokio::test]
async fn a_patient_finds_only_her_own() {
    for scene in Scene::filled().await {
        let her = patient("p2");
        for text in [
            "",
            "patient=p1",
            "code=1111-1",
            "_id=o1,o4",
            "patient=p1,p2",
            "_sort=-date",
        ] {
            let found = scene.find(&her, "Observation", text).await;
            let wanted: &[&str] = if text == "patient=p1" { &[] } else { &["o4"] };
            assert_eq!(found, wanted, "{text}");
        }
        assert_eq!(scene.find(&her, "Patient", "").await, ["p2"]);
        assert_eq!(scene.find(&her, "Encounter", "").await, [""; 0]);
    }
}

#[tokio::test]
async fn matches_bring_what_they_point_to_and_what_points_to_them() {
    for scene in Scene::filled().await {
        let included = async |access: &Access, resource_type: &str, text: &str| {
            let page = scene.page(access, &query(resource_type, text)).await;
            let mut found: Vec<String> = page
                .included
                .iter()
                .map(|r| format!("{}/{}", r.resource_type(), r.id()))
                .collect();
            found.sort();
            found
        };
        let all = house();
        for (text, wanted) in [
            ("_id=o4&_include=Observation:subject", &["Patient/p2"][..]),
            (
                "_include=Observation:subject",
                &["Patient/p1", "Patient/p2"],
            ),
            ("_include=Observation:subject:Group", &[]),
            (
                "_id=o1&_include=Observation:subject&_include:iterate=Patient:organization",
                &["Organization/org", "Patient/p1"],
            ),
            ("_id=o1&_revinclude=Provenance:target", &["Provenance/prov"]),
            (
                "_id=o1&_revinclude=Provenance:target&_include:iterate=Provenance:agent",
                &["Practitioner/doc", "Provenance/prov"],
            ),
            ("_id=o2&_revinclude=Provenance:target", &[]),
        ] {
            assert_eq!(included(&all, "Observation", text).await, wanted, "{text}");
        }
        let everything = included(&all, "Patient", "_id=p1&_revinclude=Observation:subject").await;
        assert_eq!(
            everything,
            ["Observation/o1", "Observation/o2", "Observation/o3"]
        );
        let reverse = "_revinclude=Patient:general-practitioner";
        let hers = included(&patient("p2"), "Practitioner", reverse).await;
        assert_eq!(hers, [""; 0]);
    }
}

#[tokio::test]
async fn a_position_of_another_search_is_refused() {
    for scene in Scene::filled().await {
        let access = house();
        let page = scene
            .page(&access, &query("Observation", "_count=1&_sort=date"))
            .await;
        let stolen = page.next.unwrap();
        for (text, cursor) in [
            ("_count=1&_sort=-date", stolen.as_str()),
            ("_count=1&_sort=date&patient=p1", &stolen),
            ("_sort=date", "nonsense"),
            ("_sort=date", "bnVsbA"),
            ("_sort=date", ""),
        ] {
            let mut query = query("Observation", text);
            query.cursor = Some(cursor.to_owned());
            let records = scene.storage.records(&access);
            let found = records.search(&query).await;
            assert!(matches!(found, Err(Error::BadCursor)), "{text} {cursor}");
        }
    }
}

#[tokio::test]
async fn what_is_deleted_or_changed_is_found_no_more() {
    for scene in Scene::filled().await {
        let access = house();
        let observation = ResourceType::from_name("Observation").unwrap();
        let delete = Change::Delete {
            resource_type: observation,
            id: "o1".to_owned(),
            if_match: None,
        };
        let records = scene.storage.records(&access);
        records.write(vec![delete]).await.unwrap();
        scene.put(r#"{"resourceType":"Observation","id":"o2","status":"final","code":{"text":"new"}}"#).await;
        scene.found("Observation", "code=1111-1", &["o4"]).await;
        scene.found("Observation", "", &["o2", "o3", "o4"]).await;
        scene.found("Observation", "patient=p1", &["o3"]).await;
        scene.found("Observation", "code:text=new", &["o2"]).await;
    }
}

#[tokio::test]
async fn every_parameter_of_every_type_can_be_searched_and_sorted_by() {
    use fhir::search::{ParamType, params};
    for scene in Scene::filled().await {
        for resource_type in ResourceType::all().filter(|t| t.name() != "AuditEvent") {
            for param in params(resource_type) {
                let value = match param.kind {
                    ParamType::String => "a",
                    ParamType::Token => "s|a,|b,c,s|",
                    ParamType::Reference => "1,Patient/2,http://x.org/3",
                    ParamType::Date => "ge2020,sa2021,ne2022-01-01",
                    ParamType::Number => "gt5,ne6,ap7",
                    ParamType::Quantity => "5,lt7||mg,le8|s|mg",
                    ParamType::Uri => "http://x.org",
                    ParamType::Composite | ParamType::Special => continue,
                };
                let text = format!("{}={value}&_sort=-{}&_count=2", param.code, param.code);
                let query = query(resource_type.name(), &text);
                scene.page(&patient("p1"), &query).await;
            }
        }
    }
}
