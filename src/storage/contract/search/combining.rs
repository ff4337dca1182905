//! Composite parameters: values that stand in one element.

use super::Scene;

const PRESSURE: &str = r#"{"resourceType":"Observation","id":"bp","status":"final",
    "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},
    "subject":{"reference":"Patient/p1"},"effectiveDateTime":"2024-04-10",
    "component":[
    {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
     "valueQuantity":{"value":120,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
    {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},
     "valueQuantity":{"value":80,"system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
    {"code":{"coding":[{"system":"http://loinc.org","code":"8357-6"}]},
     "valueCodeableConcept":{"coding":[{"system":"urn:method","code":"cuff"}]}}]}"#;

#[tokio::test]
async fn components_are_compared_within_one_element() {
    for scene in Scene::filled().await {
        scene.put(PRESSURE).await;
        for (text, wanted) in [
            (
                "component-code-value-quantity=http://loinc.org|8480-6$gt100",
                &["bp"][..],
            ),
            (
                "component-code-value-quantity=http://loinc.org|8462-4$gt100",
                &[],
            ),
            ("component-code-value-quantity=8462-4$lt100", &["bp"]),
            (
                "component-code-value-quantity=8462-4$lt100|http://unitsofmeasure.org|mm[Hg]",
                &["bp"],
            ),
            (
                "component-code-value-quantity=8462-4$lt100|http://unitsofmeasure.org|kg",
                &[],
            ),
            (
                "component-code-value-quantity=8462-4$gt100,8480-6$gt100",
                &["bp"],
            ),
            (
                "component-code-value-quantity=8462-4$gt100,8480-6$lt100",
                &[],
            ),
            (
                "component-code-value-concept=8357-6$urn:method|cuff",
                &["bp"],
            ),
            ("component-code-value-concept=8480-6$urn:method|cuff", &[]),
            ("component-code-value-quantity:missing=false", &["bp"]),
            (
                "component-code-value-quantity:missing=true",
                &["o1", "o2", "o3", "o4"],
            ),
        ] {
            scene.found("Observation", text, wanted).await;
        }
    }
}

#[tokio::test]
async fn components_of_the_resource_and_of_its_elements_combine() {
    for scene in Scene::filled().await {
        scene.put(PRESSURE).await;
        for (text, wanted) in [
            (
                "code-value-quantity=http://loinc.org|1111-1$gt6",
                &["o2", "o4"][..],
            ),
            ("code-value-quantity=2222-2$gt6", &["o3"]),
            ("code-value-quantity=8480-6$gt6", &[]),
            (
                "combo-code-value-quantity=8480-6$gt6,1111-1$gt100",
                &["bp", "o2"],
            ),
            ("combo-code-value-quantity=85354-9$gt6", &[]),
            ("patient=p1&code-value-quantity=1111-1$lt6", &["o1"]),
            ("combo-code-value-quantity:missing=true", &[]),
        ] {
            scene.found("Observation", text, wanted).await;
        }
        scene
            .found(
                "Patient",
                "_has:Observation:patient:combo-code-value-quantity=8480-6$gt6",
                &["p1"],
            )
            .await;
    }
}

#[tokio::test]
async fn other_kinds_of_component_combine_too() {
    for scene in Scene::filled().await {
        for text in [
            r#"{"resourceType":"DocumentReference","id":"d1","status":"current",
            "content":[{"attachment":{"url":"http://a.org/1"}}],
            "relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/d0"}},
            {"code":"signs","target":{"reference":"DocumentReference/d9"}}]}"#,
            r#"{"resourceType":"MolecularSequence","id":"m1","coordinateSystem":0,
            "referenceSeq":{"chromosome":{"coding":[{"code":"1"}]},"genomeBuild":"GRCh 37","strand":"watson",
            "windowStart":1,"windowEnd":9},
            "variant":[{"start":5,"end":7},{"start":50,"end":70}]}"#,
            r#"{"resourceType":"ValueSet","id":"v1","status":"active","useContext":[
            {"code":{"system":"urn:c","code":"age"},"valueQuantity":{"value":7}},
            {"code":{"system":"urn:c","code":"focus"},
             "valueCodeableConcept":{"coding":[{"code":"x"}]}}]}"#,
        ] {
            scene.put(text).await;
        }
        for (resource_type, text, wanted) in [
            ("DocumentReference", "relationship=d0$replaces", &["d1"][..]),
            (
                "DocumentReference",
                "relationship=DocumentReference/d9$replaces",
                &[],
            ),
            (
                "MolecularSequence",
                "chromosome-variant-coordinate=1$5$7",
                &["m1"],
            ),
            (
                "MolecularSequence",
                "chromosome-variant-coordinate=1$5$70",
                &[],
            ),
            (
                "MolecularSequence",
                "chromosome-variant-coordinate=2$5$7",
                &[],
            ),
            (
                "MolecularSequence",
                "chromosome-window-coordinate=1$1$9",
                &["m1"],
            ),
            ("ValueSet", "context-type-quantity=urn:c|age$gt5", &["v1"]),
            ("ValueSet", "context-type-quantity=urn:c|focus$gt5", &[]),
            ("ValueSet", "context-type-value=focus$x", &["v1"]),
        ] {
            scene.found(resource_type, text, wanted).await;
        }
    }
}
