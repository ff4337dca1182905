//! Search and read agree: a resource is found exactly when it can be read, for every kind of caller.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::actor::{Account, Client, Relationship, RelationshipKind, RelationshipStatus, Staff};
use access::standing::Agent;
use access::{Access, Actor, PatientFacts, Standing};
use fhir::ResourceType;

use super::{NOW, Scene, house, pack, query};
use crate::Found;

const HOLD: &str = "https://kinchart.org/fhir/StructureDefinition/release-hold";
const BASIS: &str = "https://kinchart.org/fhir/StructureDefinition/consent-basis";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

/// Resources in every state that decides: whose, labelled how, held until when, under whose consent.
pub(super) fn states() -> Vec<String> {
    let subjects = [
        r#""subject":{"reference":"Patient/p1"},"#,
        r#""subject":{"reference":"Patient/kid"},"#,
        r#""subject":{"reference":"Group/g"},"#,
        "",
    ];
    let metas = [
        String::new(),
        format!(r#""meta":{{"security":[{{"system":"{ACT_CODE}","code":"SEX"}}]}},"#),
        format!(r#""meta":{{"security":[{{"system":"{ACT_CODE}","code":"ETHUD"}}]}},"#),
        format!(r#""meta":{{"security":[{{"system":"{CONFIDENTIALITY}","code":"R"}}]}},"#),
        format!(r#""meta":{{"security":[{{"system":"{CONFIDENTIALITY}","code":"V"}}]}},"#),
    ];
    let hold = |until: &str| {
        format!(
            r#""extension":[{{"url":"{HOLD}","extension":[{{"url":"reason","valueCode":"result-review"}},
            {{"url":"until","valueDateTime":"{until}"}}]}}],"#
        )
    };
    let marks = [
        String::new(),
        hold("2026-06-20T00:00:00Z"),
        hold("2026-06-10T00:00:00Z"),
        format!(r#""extension":[{{"url":"{BASIS}","valueCode":"minor:19a-216"}}],"#),
    ];
    let mut out = Vec::new();
    for subject in subjects {
        for meta in &metas {
            for mark in &marks {
                let n = out.len();
                out.push(format!(
                    r#"{{"resourceType":"Observation","id":"s{n}",{meta}{mark}{subject}
                    "status":"final","code":{{"text":"x"}},"category":[{{"coding":[
                    {{"system":"http://terminology.hl7.org/CodeSystem/observation-category",
                    "code":"{}"}}]}}]}}"#,
                    ["laboratory", "vital-signs", "survey"][n % 3]
                ));
            }
        }
    }
    for (id, born) in [("kid", "2016-01-01"), ("p3", "1970-01-01")] {
        out.push(format!(
            r#"{{"resourceType":"Patient","id":"{id}","birthDate":"{born}","name":[{{"family":"X"}}]}}"#
        ));
    }
    out.push(r#"{"resourceType":"Location","id":"l","name":"Here"}"#.to_owned());
    out
}

fn standing(actor: Actor, patient: Option<(&str, &str)>) -> Standing {
    Standing {
        actor,
        client: None,
        patient: patient.map(|(id, born)| PatientFacts {
            id: id.to_owned(),
            birth_date: Some(born.to_owned()),
            ..PatientFacts::default()
        }),
        relationship: None,
        consents: Vec::new(),
        others: BTreeMap::new(),
        charts: Vec::new(),
        agent: Agent::default(),
    }
}

fn client(scopes: &str, patient: Option<&str>) -> Client {
    Client {
        id: "app".to_owned(),
        scopes: smart::scope::Scopes::parse(scopes),
        patient: patient.map(str::to_owned),
        expires: None,
        revoked: false,
        active: true,
        bound_to: None,
        third_party: false,
    }
}

fn own() -> Actor {
    Actor::SelfPatient {
        account: Account::Active,
        terms_accepted: true,
    }
}

fn staff(role: &str) -> Actor {
    Actor::Staff(Staff {
        account: Account::Active,
        role: role.to_owned(),
        practitioner: "doc".to_owned(),
        care_team_of: vec!["p1".to_owned()],
        pools: Vec::new(),
        tickets: Vec::new(),
        break_glass: Vec::new(),
    })
}

fn parent_of(born: &str) -> Standing {
    let proxy = Actor::Proxy {
        account: Account::Active,
        terms_accepted: true,
        adult: true,
        related_person: "rp".to_owned(),
    };
    Standing {
        relationship: Some(Relationship {
            kind: RelationshipKind::Parent,
            status: RelationshipStatus::Active,
            level: None,
            consented_at: None,
            start: None,
            end: None,
            court_restricted: false,
            exclude_sensitive: false,
            read_only: false,
        }),
        ..standing(proxy, Some(("kid", born)))
    }
}

pub(super) fn callers() -> Vec<Standing> {
    let adult = Some(("p1", "1980-05-05"));
    let mut callers = vec![
        standing(own(), adult),
        parent_of("2016-01-01"),
        parent_of("2011-01-01"),
        standing(staff("clinician"), None),
        standing(staff("registration"), None),
        standing(staff("billing"), None),
        standing(staff("him"), None),
    ];
    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    for scopes in [
        "patient/*.rs",
        "patient/Observation.rs",
        &format!("patient/Observation.rs?category={category}|laboratory patient/Patient.rs"),
    ] {
        callers.push(Standing {
            client: Some(client(scopes, Some("p1"))),
            ..standing(own(), adult)
        });
    }
    for scopes in ["system/*.rs", "system/Observation.rs system/Location.rs"] {
        callers.push(Standing {
            client: Some(client(scopes, None)),
            ..standing(Actor::Backend, None)
        });
    }
    callers
}

#[tokio::test]
async fn a_resource_is_found_exactly_when_it_can_be_read() {
    for scene in Scene::filled().await {
        for text in states() {
            scene.put(&text).await;
        }
        let types = [
            "Observation",
            "Patient",
            "Location",
            "Encounter",
            "Provenance",
        ];
        let mut seen_in_all = 0;
        for who in callers() {
            let access = Access::open(Arc::new(who.clone()), pack(), NOW.parse().unwrap()).unwrap();
            for name in types {
                let resource_type = ResourceType::from_name(name).unwrap();
                let mut readable = Vec::new();
                for id in scene.find(&house(), name, "_count=1000&_sort=_id").await {
                    let records = scene.storage.records(&access);
                    if let Found::Seen(_) = records.read(resource_type, &id).await.unwrap() {
                        readable.push(id);
                    }
                }
                let found = scene.find(&access, name, "_count=1000&_sort=_id").await;
                assert_eq!(found, readable, "{name} for {who:?}");
                let count = query(name, "_summary=count");
                let total = scene.page(&access, &count).await.total;
                assert_eq!(total, Some(readable.len() as u64), "{name} for {who:?}");
                seen_in_all += readable.len();
            }
        }
        assert!(seen_in_all > 100, "{seen_in_all}");
    }
}
