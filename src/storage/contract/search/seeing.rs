//! What a caller may not see is neither found nor brought along.

use access::Access;

use super::{Scene, house, patient, query};
use crate::Error;

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
            ("_id=o1&_include=*", &["Patient/p1"]),
            ("_id=o1&_include=Observation:*", &["Patient/p1"]),
            ("_id=o1&_include=Patient:*", &[]),
            (
                "_id=o1&_include:iterate=*",
                &["Organization/org", "Patient/p1", "Practitioner/doc"],
            ),
            ("_id=o1&_revinclude=*", &["Provenance/prov"]),
            ("_id=o1&_revinclude=Provenance:*", &["Provenance/prov"]),
            ("_id=o1&_revinclude=Encounter:*", &[]),
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
async fn a_page_that_would_bring_too_much_is_refused() {
    for scene in Scene::filled().await {
        let access = house();
        let mut query = query("Patient", "_revinclude=Observation:subject");
        query.included_max = 4;
        assert_eq!(scene.page(&access, &query).await.included.len(), 4);
        query.included_max = 3;
        let found = scene.storage.records(&access).search(&query).await;
        assert!(matches!(found, Err(Error::TooCostly(_))));
        let mut query = super::query("Observation", "_id=o1&_include:iterate=*");
        query.include_rounds_max = 2;
        assert_eq!(scene.page(&access, &query).await.included.len(), 3);
        query.include_rounds_max = 1;
        let found = scene.storage.records(&access).search(&query).await;
        assert!(matches!(found, Err(Error::TooCostly(said)) if said.contains("1 rounds")));
    }
}
