//! Conditions on the far end of references, forward and backward, and who may ask them.

use super::{Scene, house, patient, query};
use crate::Error;

#[tokio::test]
async fn chains_follow_references_over_several_steps() {
    for scene in Scene::filled().await {
        for (resource_type, text, wanted) in [
            ("Observation", "subject:Patient.family=zed", &["o4"][..]),
            ("Observation", "subject.family=zed", &["o4"]),
            ("Observation", "patient.identifier=urn:t|p2", &["o4"]),
            (
                "Observation",
                "patient.identifier=urn:t|",
                &["o1", "o2", "o3", "o4"],
            ),
            ("Observation", "patient.identifier=urn:other|", &[]),
            ("Observation", "subject:Patient._id=p2,p3", &["o4"]),
            ("Observation", "subject:Group.identifier=p2", &[]),
            ("Observation", "patient.name:exact=Zed", &["o4"]),
            ("Observation", "patient.name:exact=zed", &[]),
            ("Observation", "patient.organization:missing=true", &["o4"]),
            (
                "Observation",
                "patient.birthdate=lt1985&code=1111-1",
                &["o1", "o2"],
            ),
            (
                "Observation",
                "subject:Patient._lastUpdated=ge2020",
                &["o1", "o2", "o3", "o4"],
            ),
            (
                "Observation",
                "subject:Patient.organization.name=house",
                &["o1", "o2", "o3"],
            ),
            (
                "Observation",
                "subject.organization.name=house&code=2222-2",
                &["o3"],
            ),
            ("Observation", "subject.organization.name=other", &[]),
            (
                "Provenance",
                "target:Observation.patient.general-practitioner.name=doc",
                &["prov"],
            ),
            ("Provenance", "target.patient.family=mull", &["prov"]),
            (
                "Patient",
                "general-practitioner:Practitioner.name=doc",
                &["p1"],
            ),
            ("Patient", "_id=p2&general-practitioner.name=doc", &[]),
        ] {
            scene.found(resource_type, text, wanted).await;
        }
    }
}

#[tokio::test]
async fn reverse_chains_find_what_is_pointed_to() {
    for scene in Scene::filled().await {
        for (resource_type, text, wanted) in [
            (
                "Patient",
                "_has:Observation:patient:code=2222-2",
                &["p1"][..],
            ),
            (
                "Patient",
                "_has:Observation:subject:code=1111-1",
                &["p1", "p2"],
            ),
            ("Patient", "_has:Observation:patient:_id=o4", &["p2"]),
            ("Patient", "_has:Observation:patient:code=9", &[]),
            (
                "Patient",
                "_has:Observation:patient:code=1111-1&_has:Observation:patient:code=2222-2",
                &["p1"],
            ),
            (
                "Patient",
                "_has:Observation:patient:_has:Provenance:target:agent=doc",
                &["p1"],
            ),
            (
                "Organization",
                "_has:Patient:organization:gender=female",
                &["org"],
            ),
            (
                "Organization",
                "_has:Patient:organization:_has:Observation:patient:code=2222-2",
                &["org"],
            ),
            (
                "Practitioner",
                "_has:Patient:general-practitioner:organization.name=house",
                &["doc"],
            ),
            (
                "Encounter",
                "subject._has:Observation:patient:code=2222-2",
                &["enc"],
            ),
            (
                "Encounter",
                "patient._has:Observation:patient:value-quantity=9",
                &[],
            ),
        ] {
            scene.found(resource_type, text, wanted).await;
        }
    }
}

#[tokio::test]
async fn no_step_passes_through_what_is_hidden() {
    for scene in Scene::filled().await {
        let her = patient("p2");
        for (resource_type, text, wanted) in [
            ("Observation", "subject.family=zed", &["o4"][..]),
            ("Observation", "subject.family=mull", &[]),
            (
                "Practitioner",
                "_has:Patient:general-practitioner:family=mull",
                &[],
            ),
            (
                "Organization",
                "_has:Patient:organization:gender=female",
                &[],
            ),
            ("Patient", "_has:Observation:patient:code=2222-2", &[]),
            ("Patient", "_has:Observation:patient:code=1111-1", &["p2"]),
        ] {
            let found = scene.find(&her, resource_type, text).await;
            assert_eq!(found, wanted, "{resource_type}?{text}");
        }
        // The same questions have an answer for whoever may know it.
        let text = "_has:Patient:general-practitioner:family=mull";
        assert_eq!(scene.find(&house(), "Practitioner", text).await, ["doc"]);
    }
}

#[tokio::test]
async fn identifiers_are_found_by_their_type() {
    for scene in Scene::filled().await {
        scene
            .put(
                r#"{"resourceType":"Patient","id":"p3","identifier":[
                {"system":"urn:t","value":"m1","type":{"coding":[{"system":"urn:v2","code":"MR"}]}},
                {"system":"urn:t","value":"s1","type":{"coding":[{"system":"urn:v2","code":"SS"}]}}]}"#,
            )
            .await;
        for (text, wanted) in [
            ("identifier:of-type=urn:v2|MR|m1", &["p3"][..]),
            ("identifier:of-type=urn:v2|SS|m1", &[]),
            ("identifier:of-type=urn:v2|SS|s1&identifier=urn:t|", &["p3"]),
        ] {
            scene.found("Patient", text, wanted).await;
        }
        scene
            .found("Observation", "code:code-text=text 2", &["o3"])
            .await;
        scene.found("Observation", "code:code-text=2222", &[]).await;
    }
}

#[tokio::test]
async fn urls_are_found_above_and_below() {
    for scene in Scene::filled().await {
        for (id, url) in [
            ("v1", "http://a.org/fhir/v1"),
            ("v2", "http://a.org/fhir/v1/2"),
        ] {
            let text = format!(
                r#"{{"resourceType":"ValueSet","id":"{id}","status":"active","url":"{url}"}}"#
            );
            scene.put(&text).await;
        }
        for (text, wanted) in [
            ("url:below=http://a.org/fhir/", &["v1", "v2"][..]),
            ("url:below=http://a.org/fhir/v1", &["v1", "v2"]),
            ("url:below=http://a.org/fhir/v", &[]),
            ("url:above=http://a.org/fhir/v1/2/3", &["v1", "v2"]),
            ("url:above=http://a.org/fhir/v1", &["v1"]),
        ] {
            scene.found("ValueSet", text, wanted).await;
        }
    }
}

#[tokio::test]
async fn hierarchies_are_followed_as_far_as_they_are_seen() {
    for scene in Scene::filled().await {
        let location = |id: &str, of: &str| {
            let part = format!(r#","partOf":{{"reference":"Location/{of}"}}"#);
            let part = if of.is_empty() { String::new() } else { part };
            format!(r#"{{"resourceType":"Location","id":"{id}","name":"{id}"{part}}}"#)
        };
        let encounter = |id: &str, at: &str| {
            format!(
                r#"{{"resourceType":"Encounter","id":"{id}","status":"finished","class":{{"code":"AMB"}},
                "subject":{{"reference":"Patient/p1"}},
                "location":[{{"location":{{"reference":"Location/{at}"}}}}]}}"#
            )
        };
        // A circle at the end must not go on for ever.
        for (id, of) in [
            ("site", ""),
            ("ward", "site"),
            ("room", "ward"),
            ("bed", "room"),
        ] {
            scene.put(&location(id, of)).await;
        }
        scene.put(&location("x", "y")).await;
        scene.put(&location("y", "x")).await;
        for (id, at) in [("e1", "bed"), ("e2", "ward"), ("e3", "x")] {
            scene.put(&encounter(id, at)).await;
        }
        for (resource_type, text, wanted) in [
            ("Encounter", "location:below=site", &["e1", "e2"][..]),
            ("Encounter", "location:below=Location/room", &["e1"]),
            ("Encounter", "location:above=room", &["e2"]),
            (
                "Encounter",
                "location:above=bed&location:below=room",
                &["e1"],
            ),
            ("Encounter", "location:below=y", &["e3"]),
            ("Encounter", "location:below=nowhere", &[]),
            ("Location", "partof:below=site", &["bed", "room", "ward"]),
            ("Location", "partof:above=room", &["bed", "room", "ward"]),
            (
                "Patient",
                "_has:Encounter:patient:location:below=site",
                &["p1"],
            ),
        ] {
            scene.found(resource_type, text, wanted).await;
        }
    }
}

#[tokio::test]
async fn the_most_a_search_may_ask_has_an_answer() {
    for scene in Scene::filled().await {
        let many: Vec<String> = (0..256).map(|n| format!("urn:t|{n}")).collect();
        let many = many.join(",");
        let tests = ["target.identifier eq urn:t|p1"; 2].join(" or ");
        for (resource_type, text) in [
            ("Patient", format!("identifier={many}")),
            ("Patient", format!("_id={}", many.replace("urn:t|", ""))),
            ("Provenance", format!("target.identifier={many}")),
            ("Provenance", format!("_filter={tests}")),
            (
                "Provenance",
                "target:Observation.subject.identifier=urn:t|p1".to_owned(),
            ),
            (
                "Observation",
                format!("combo-code-value-quantity={}", ["1-1$5"; 80].join(",")),
            ),
        ] {
            for access in [house(), patient("p1")] {
                let records = scene.storage.records(&access);
                let found = records.search(&query(resource_type, &text)).await;
                // Answered, or refused as too much: nothing else.
                assert!(
                    matches!(found, Ok(_) | Err(Error::TooCostly(_))),
                    "{found:?}"
                );
            }
        }
    }
}
