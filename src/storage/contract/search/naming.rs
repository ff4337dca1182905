//! Searching tokens by value sets and hierarchies.

use fhir::terminology::Fault;

use super::{Scene, house, ids, query};
use crate::Error;

const ROLE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";

/// The record with relatives by their roles, and two value sets.
async fn scenes() -> Vec<Scene> {
    let scenes = Scene::filled().await;
    for scene in &scenes {
        for (id, code) in [("mother", "MTH"), ("father", "FTH"), ("aunt", "AUNT")] {
            scene
                .put(&format!(
                    r#"{{"resourceType":"RelatedPerson","id":"{id}","patient":{{"reference":"Patient/p1"}},
                    "relationship":[{{"coding":[{{"system":"{ROLE}","code":"{code}"}}]}}]}}"#
                ))
                .await;
        }
        scene
            .put(
                r#"{"resourceType":"RelatedPerson","id":"nobody","patient":{"reference":"Patient/p2"}}"#,
            )
            .await;
        scene
            .put(&format!(
                r#"{{"resourceType":"ValueSet","id":"mothers","url":"http://x/mothers","status":"active",
                "compose":{{"include":[{{"system":"{ROLE}","concept":[{{"code":"MTH"}},{{"code":"STPMTH"}}]}}]}}}}"#
            ))
            .await;
        scene
            .put(
                r#"{"resourceType":"ValueSet","id":"ones","url":"http://x/ones","status":"active",
                "compose":{"include":[{"system":"http://loinc.org","concept":[{"code":"1111-1"}]}]}}"#,
            )
            .await;
    }
    scenes
}

#[tokio::test]
async fn tokens_are_found_by_value_set_and_by_hierarchy() {
    let family = "http://terminology.hl7.org/ValueSet/v3-FamilyMember";
    let statuses = "http://hl7.org/fhir/ValueSet/observation-status";
    let all = &["aunt", "father", "mother"][..];
    for scene in scenes().await {
        for (resource_type, text, wanted) in [
            (
                "RelatedPerson",
                "relationship:in=http://x/mothers".to_owned(),
                &["mother"][..],
            ),
            (
                "RelatedPerson",
                "relationship:in=ValueSet/mothers".to_owned(),
                &["mother"],
            ),
            (
                "RelatedPerson",
                "relationship:not-in=http://x/mothers".to_owned(),
                &["aunt", "father", "nobody"],
            ),
            ("RelatedPerson", format!("relationship:in={family}"), all),
            (
                "RelatedPerson",
                format!("relationship:below={ROLE}|PRN"),
                &["father", "mother"],
            ),
            (
                "RelatedPerson",
                format!("relationship:below={ROLE}|MTH"),
                &["mother"],
            ),
            (
                "RelatedPerson",
                format!("relationship:below={ROLE}|MTH,{ROLE}|AUNT"),
                &["aunt", "mother"],
            ),
            (
                "RelatedPerson",
                format!("relationship:above={ROLE}|NMTH"),
                &["mother"],
            ),
            (
                "RelatedPerson",
                format!("relationship:above={ROLE}|PRN"),
                &[],
            ),
            (
                "Observation",
                "code:in=http://x/ones".to_owned(),
                &["o1", "o2", "o4"],
            ),
            (
                "Observation",
                "code:not-in=http://x/ones".to_owned(),
                &["o3"],
            ),
            (
                "Observation",
                "code:in=http://x/ones&subject=Patient/p2".to_owned(),
                &["o4"],
            ),
            (
                "Observation",
                format!("status:in={statuses}"),
                &["o1", "o2", "o3", "o4"],
            ),
            ("Observation", format!("status:not-in={statuses}"), &[]),
            (
                "Patient",
                "_has:Observation:subject:code:in=http://x/ones".to_owned(),
                &["p1", "p2"],
            ),
            (
                "Observation",
                "subject:Patient.gender:in=http://hl7.org/fhir/ValueSet/administrative-gender"
                    .to_owned(),
                &["o1", "o2", "o3", "o4"],
            ),
        ] {
            scene.found(resource_type, &text, wanted).await;
        }
    }
}

#[tokio::test]
async fn a_value_set_that_changes_is_searched_by_as_it_is_now() {
    for scene in scenes().await {
        let text = "relationship:in=http://x/mothers&_sort=_id&_count=1";
        let first = scene.page(&house(), &query("RelatedPerson", text)).await;
        assert_eq!(ids(&first), ["mother"]);
        scene
            .put(&format!(
                r#"{{"resourceType":"ValueSet","id":"mothers","url":"http://x/mothers","status":"active",
                "compose":{{"include":[{{"system":"{ROLE}"}}]}}}}"#
            ))
            .await;
        let mut found = Vec::new();
        let mut asked = query("RelatedPerson", text);
        loop {
            let page = scene.page(&house(), &asked).await;
            found.extend(ids(&page));
            match page.next {
                Some(next) => asked.cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(found, ["aunt", "father", "mother"]);
    }
}

#[tokio::test]
async fn what_terminology_does_not_know_is_refused() {
    for scene in scenes().await {
        let access = house();
        for (text, unknown) in [
            (
                "code:in=http://x/none",
                Some(Fault::ValueSet("http://x/none".into())),
            ),
            (
                "code:below=http://snomed.info/sct|1",
                Some(Fault::System("http://snomed.info/sct".into())),
            ),
            ("code:in=http://hl7.org/fhir/ValueSet/condition-code", None),
        ] {
            let found = scene
                .storage
                .records(&access)
                .search(&query("Observation", text))
                .await;
            match (found, unknown) {
                (Err(Error::Terminology(fault)), Some(expected)) => assert_eq!(fault, expected),
                (Err(Error::Terminology(_)), None) => {}
                other => panic!("{text}: {other:?}"),
            }
        }
    }
}
