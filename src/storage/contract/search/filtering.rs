//! `_filter`: each operator on each kind of parameter, and the words between.

use super::{Scene, patient};

#[tokio::test]
async fn operators_compare_what_is_indexed() {
    for scene in Scene::filled().await {
        for (resource_type, expression, wanted) in [
            ("Patient", "family eq zed", &["p2"][..]),
            ("Patient", "family eq ze", &[]),
            ("Patient", "family ne zed", &["p1"]),
            ("Patient", "family co ULL", &["p1"]),
            ("Patient", "family sw mül", &["p1"]),
            ("Patient", "family ew ller", &["p1"]),
            ("Patient", "family ew mul", &[]),
            ("Patient", "gender eq male", &["p2"]),
            ("Patient", "gender ne male", &["p1"]),
            ("Patient", "gender sw fe", &["p1"]),
            ("Patient", "gender co male", &["p1", "p2"]),
            ("Patient", "gender ew ale", &["p1", "p2"]),
            ("Patient", "gender ew longer-than-any", &[]),
            ("Patient", "identifier eq urn:t|p1", &["p1"]),
            ("Patient", "birthdate gt 1985", &["p2"]),
            ("Patient", "birthdate le 1980-05-05", &["p1"]),
            ("Patient", "birthdate eq 1980", &["p1"]),
            ("Patient", "birthdate po 1980-05", &["p1"]),
            ("Encounter", "date po 2024-03-01T09:30:00Z", &["enc"]),
            ("Encounter", "date eq 2024-03-01T09:30:00Z", &[]),
            ("Encounter", "date sa 2024-02 and date eb 2024-04", &["enc"]),
            ("Patient", "organization pr true", &["p1"]),
            ("Patient", "organization pr false", &["p2"]),
            ("Patient", "organization eq org", &["p1"]),
            ("Patient", "organization re Organization/org", &["p1"]),
            ("Patient", "organization ne org", &[]),
            ("Patient", "_id eq p1", &["p1"]),
            ("Patient", "_id ne p1", &["p2"]),
            ("Patient", "_id pr true", &["p1", "p2"]),
            ("Patient", "_lastUpdated ge 2020 and _id eq p2", &["p2"]),
            ("Observation", "value-quantity gt 6", &["o2", "o3", "o4"]),
            (
                "Observation",
                "value-quantity eq 9|http://unitsofmeasure.org|mg",
                &["o4"],
            ),
            ("Observation", "value-quantity ap 9", &["o4"]),
            (
                "Observation",
                "code-value-quantity eq 1111-1$gt6",
                &["o2", "o4"],
            ),
        ] {
            let text = format!("_filter={expression}");
            scene.found(resource_type, &text, wanted).await;
        }
    }
}

#[tokio::test]
async fn urls_are_compared_letter_by_letter() {
    for scene in Scene::filled().await {
        scene
            .put(r#"{"resourceType":"ValueSet","id":"v1","status":"active","url":"http://a.org/V1"}"#)
            .await;
        for (expression, wanted) in [
            ("url eq http://a.org/V1", &["v1"][..]),
            ("url ne http://a.org/V1", &[]),
            ("url sw http://a", &["v1"]),
            ("url ew V1", &["v1"]),
            ("url ew v1", &[]),
            ("url co a.org", &["v1"]),
        ] {
            scene
                .found("ValueSet", &format!("_filter={expression}"), wanted)
                .await;
        }
    }
}

#[tokio::test]
async fn words_parentheses_and_paths_combine_tests() {
    for scene in Scene::filled().await {
        for (resource_type, expression, wanted) in [
            (
                "Patient",
                "gender eq female or gender eq male",
                &["p1", "p2"][..],
            ),
            (
                "Patient",
                "gender eq female and identifier eq urn:t|p1",
                &["p1"],
            ),
            ("Patient", "not (gender eq female)", &["p2"]),
            ("Patient", "not(gender eq female or family eq zed)", &[]),
            (
                "Observation",
                "code eq 2222-2 or code eq 1111-1 and patient eq p2",
                &["o4"],
            ),
            (
                "Observation",
                "code eq 2222-2 or (code eq 1111-1 and patient eq p2)",
                &["o3", "o4"],
            ),
            ("Observation", "subject.family eq zed", &["o4"]),
            (
                "Observation",
                "subject:Patient.organization.name sw house",
                &["o1", "o2", "o3"],
            ),
            (
                "Observation",
                "subject[gender eq female].birthdate lt 1985",
                &["o1", "o2", "o3"],
            ),
            (
                "Observation",
                "subject[gender eq male].birthdate lt 1985",
                &[],
            ),
            (
                "Observation",
                "subject[gender eq female and organization[name co health].name pr true].family sw m",
                &["o1", "o2", "o3"],
            ),
            (
                "Patient",
                "_has:Observation:patient:code eq 2222-2",
                &["p1"],
            ),
            (
                "Patient",
                "not (_has:Observation:patient:code eq 2222-2)",
                &["p2"],
            ),
            (
                "Observation",
                "not (subject.family eq zed)",
                &["o1", "o2", "o3"],
            ),
        ] {
            let text = format!("_filter={expression}");
            scene.found(resource_type, &text, wanted).await;
        }
    }
}

#[tokio::test]
async fn an_expression_tells_nothing_of_what_is_hidden() {
    for scene in Scene::filled().await {
        let her = patient("p2");
        for (resource_type, expression, wanted) in [
            ("Patient", "gender pr true", &["p2"][..]),
            (
                "Practitioner",
                "_has:Patient:general-practitioner:family pr true",
                &[],
            ),
            (
                "Practitioner",
                "not (_has:Patient:general-practitioner:family pr true)",
                &["doc"],
            ),
            (
                "Observation",
                "subject.family eq muller or code eq 1111-1",
                &["o4"],
            ),
        ] {
            let text = format!("_filter={expression}");
            assert_eq!(
                scene.find(&her, resource_type, &text).await,
                wanted,
                "{text}"
            );
        }
    }
}
