//! What each kind of parameter finds.

use fhir::ResourceType;

use super::{BASE, Scene, house, patient, query};
use crate::Change;

#[tokio::test]
async fn strings_are_found_by_prefix_part_or_letter() {
    for scene in Scene::filled().await {
        for (resource_type, text, wanted) in [
            ("Patient", "family=mull", &["p1"][..]),
            ("Patient", "name=MÜLLER", &["p1"]),
            ("Patient", "name=ann,bob", &["p1", "p2"]),
            ("Patient", "name=nn", &[]),
            ("Patient", "family:exact=Müller", &["p1"]),
            ("Patient", "family:exact=müller", &[]),
            ("Patient", "family:contains=LLE", &["p1"]),
            ("Patient", "family:contains=%", &[]),
        ] {
            scene.found(resource_type, text, wanted).await;
        }
    }
}

#[tokio::test]
async fn tokens_are_found_by_code_system_and_text() {
    for scene in Scene::filled().await {
        for (resource_type, text, wanted) in [
            ("Patient", "identifier=urn:t|p1", &["p1"][..]),
            ("Patient", "identifier=p1", &["p1"]),
            ("Patient", "identifier=|p1", &[]),
            ("Patient", "identifier=urn:t|", &["p1", "p2"]),
            ("Patient", "gender=female", &["p1"]),
            ("Patient", "gender:not=male", &["p1"]),
            ("Observation", "code:text=text 2222", &["o3"]),
            ("Observation", "status=final", &["o1", "o2", "o3", "o4"]),
        ] {
            scene.found(resource_type, text, wanted).await;
        }
    }
}

#[tokio::test]
async fn dates_are_found_by_where_they_lie() {
    for scene in Scene::filled().await {
        for (resource_type, text, wanted) in [
            ("Patient", "birthdate=1980-05-05", &["p1"][..]),
            ("Patient", "birthdate=1980", &["p1"]),
            ("Patient", "birthdate=gt1980-05-05", &["p2"]),
            ("Patient", "birthdate=ge1980-05-05", &["p1", "p2"]),
            ("Patient", "birthdate=ne1980-05-05", &["p2"]),
            ("Patient", "_lastUpdated=ge2020-01-01", &["p1", "p2"]),
            ("Patient", "_lastUpdated=lt2020-01-01", &[]),
            (
                "Observation",
                "date=ge2024-01-12&date=lt2024-03-01",
                &["o2", "o4"],
            ),
            ("Observation", "date=2024-01", &["o1", "o4"]),
            ("Encounter", "date=2024-03-01", &["enc"]),
            ("Encounter", "date=sa2024-03-01", &[]),
        ] {
            scene.found(resource_type, text, wanted).await;
        }
    }
}

#[tokio::test]
async fn references_are_found_in_every_spelling() {
    for scene in Scene::filled().await {
        for (resource_type, text, wanted) in [
            ("Observation", "patient=p2", &["o4"][..]),
            ("Observation", "patient=Patient/p2", &["o4"]),
            (
                "Observation",
                &format!("patient={BASE}/Patient/p2"),
                &["o4"],
            ),
            ("Observation", "subject:Patient=p2", &["o4"]),
            ("Observation", "subject:Group=p2", &[]),
            (
                "Observation",
                "patient=p1&category=laboratory",
                &["o1", "o2"],
            ),
            (
                "Observation",
                "patient=p1&code=1111-1,2222-2",
                &["o1", "o2", "o3"],
            ),
            ("Observation", "patient=p1,p2", &["o1", "o2", "o3", "o4"]),
            ("Provenance", "target=Observation/o1", &["prov"]),
            ("Provenance", "agent=doc", &["prov"]),
            ("Patient", "general-practitioner=Practitioner/doc", &["p1"]),
        ] {
            scene.found(resource_type, text, wanted).await;
        }
    }
}

#[tokio::test]
async fn quantities_compare_within_their_unit() {
    for scene in Scene::filled().await {
        for (resource_type, text, wanted) in [
            ("Observation", "value-quantity=gt6", &["o2", "o3", "o4"][..]),
            ("Observation", "value-quantity=5.0||mg", &["o1"]),
            (
                "Observation",
                "value-quantity=2000|http://unitsofmeasure.org|mg",
                &["o2"],
            ),
            (
                "Observation",
                "value-quantity=2|http://unitsofmeasure.org|g",
                &["o2"],
            ),
            (
                "Observation",
                "value-quantity=gt0.006|http://unitsofmeasure.org|g",
                &["o2", "o3", "o4"],
            ),
            (
                "Observation",
                "value-quantity=lt9|http://unitsofmeasure.org|g",
                &["o1", "o2", "o3", "o4"],
            ),
            (
                "Observation",
                "value-quantity=2|http://unitsofmeasure.org|mL,7||mg",
                &["o3"],
            ),
            ("Observation", "value-quantity=lt5", &[]),
        ] {
            scene.found(resource_type, text, wanted).await;
        }
    }
}

#[tokio::test]
async fn ids_and_missing_values_are_found() {
    for scene in Scene::filled().await {
        for (resource_type, text, wanted) in [
            ("Patient", "organization:missing=true", &["p2"][..]),
            ("Patient", "organization:missing=false", &["p1"]),
            ("Patient", "_id=p1,p2,p3", &["p1", "p2"]),
        ] {
            scene.found(resource_type, text, wanted).await;
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
                    // Not to be sorted by, and each with values of its own.
                    ParamType::Composite | ParamType::Special => continue,
                };
                let text = format!("{}={value}&_sort=-{}&_count=2", param.code, param.code);
                let query = query(resource_type.name(), &text);
                scene.page(&patient("p1"), &query).await;
            }
        }
    }
}
