//! Every search parameter against another patient's data: nothing of theirs is ever found.

use crate::support::{Caller, House};
use fhir::{
    ResourceType,
    search::{ParamType, params},
};

/// Values that would hit ada's data if anything were found.
fn values(kind: ParamType) -> &'static [&'static str] {
    match kind {
        ParamType::String => &["Berg", "Ada", ""],
        ParamType::Token => &[
            "female",
            "2345-7",
            "final",
            "true",
            "ada",
            "urn:mrn|mrn-ada",
        ],
        ParamType::Reference => &["ada", "Patient/ada", "Practitioner/dr-wu"],
        ParamType::Date => &["ge1900", "lt2100", "1984-02-03"],
        ParamType::Number => &["ge0"],
        ParamType::Quantity => &["ge0", "5.4||mmol/L"],
        ParamType::Uri => &["urn:x"],
        ParamType::Composite | ParamType::Special => &[],
    }
}

fn is_adas(id: &str) -> bool {
    id == "ada" || id.starts_with("ada-") || id == "person-ada"
}

/// Searches, and fails when anything of ada's comes back. A refusal finds nothing either.
async fn assert_nothing_of_ada(dan: &Caller, query: &str) {
    let reply = dan.get(query).await;
    if reply.status != 200 {
        assert!(reply.status.is_client_error(), "{query}: {}", reply.text());
        return;
    }
    for id in reply.ids(None) {
        assert!(!is_adas(&id), "{query} found {id}");
    }
    assert!(!reply.text().contains("\"Ada\""), "{query}");
}

#[tokio::test]
async fn no_parameter_finds_what_belongs_to_another() {
    let house = House::with_people().await;
    let dan = house.patient("dan").await;
    for name in [
        "Patient",
        "Observation",
        "Person",
        "RelatedPerson",
        "CareTeam",
    ] {
        let resource_type = ResourceType::from_name(name).unwrap();
        for param in params(resource_type) {
            for value in values(param.kind) {
                let query = format!("/fhir/{name}?{}={value}", param.code);
                assert_nothing_of_ada(&dan, &query).await;
            }
            for present in ["true", "false"] {
                let query = format!("/fhir/{name}?{}:missing={present}", param.code);
                assert_nothing_of_ada(&dan, &query).await;
            }
        }
    }
}

#[tokio::test]
async fn neither_includes_nor_totals_nor_orders_tell_of_another() {
    let house = House::with_people().await;
    let dan = house.patient("dan").await;
    for query in [
        "Observation?_include=*",
        "Observation?_include=Observation:subject",
        "Patient?_revinclude=Observation:subject",
        "Patient?_sort=family",
        "Practitioner?_revinclude=CareTeam:participant",
        "Observation?code:not=x",
    ] {
        assert_nothing_of_ada(&dan, &format!("/fhir/{query}")).await;
    }
    let total = dan
        .get("/fhir/Observation?_summary=count")
        .await
        .expect(200);
    assert_eq!(total.json()["total"], 3);
    let total = dan.get("/fhir/Patient?_total=accurate").await.expect(200);
    assert_eq!(total.json()["total"], 1);
}

#[tokio::test]
async fn staff_outside_the_care_team_find_less_than_those_on_it() {
    let house = House::with_people().await;
    let doctor = house.clinician().await;
    doctor
        .get("/fhir/Observation/ada-glucose")
        .await
        .expect(200);
    let hidden = doctor.get("/fhir/Observation/dan-glucose").await;
    assert!(hidden.status.is_client_error(), "{}", hidden.text());
}
