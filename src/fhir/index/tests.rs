//! Tests of index extraction.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::Document;

const BASE: &str = "https://example.org/fhir";

fn rows(text: &str) -> Vec<String> {
    let document = Document::parse(text).unwrap();
    let name = document.root().resource_type_name().unwrap().into_owned();
    let resource_type = ResourceType::from_name(&name).unwrap();
    let mut names = Vec::new();
    for p in crate::search::params(resource_type) {
        names.push((p.id, p.code.to_owned()));
        names.push((p.id.text(), format!("{}:text", p.code)));
        names.push((p.id.of_type(), format!("{}:of-type", p.code)));
        names.push((p.id.identifier(), format!("{}:identifier", p.code)));
    }
    names.push((ParamId::of(resource_type, "_binary"), "_binary".to_owned()));
    let mut out: Vec<String> = entries(resource_type, document.root(), BASE)
        .into_iter()
        .map(|e| {
            let found = names.iter().find(|(id, _)| *id == e.param);
            // Parts that composite parameters compare: after the number of their element.
            let part = format!("part {}", e.param.0 & (ELEMENTS_MAX - 1));
            let name = found.map_or(&part, |(_, name)| name);
            match e.value {
                Value::String { exact, folded } => format!("{name} {exact}~{folded}"),
                Value::Token { system, code } => format!("{name} {system}|{code}"),
                Value::Reference { resource_type, id } => {
                    let t = resource_type.map_or("", ResourceType::name);
                    format!("{name} {t}/{id}")
                }
                Value::Date { low, high } => format!("{name} {low}..{high}"),
                Value::Quantity {
                    low,
                    high,
                    system,
                    code,
                } => format!("{name} {low}..{high} {system}|{code}"),
                Value::Uri(url) => format!("{name} {url}"),
            }
        })
        .collect();
    out.sort();
    out
}

#[track_caller]
fn has(rows: &[String], wanted: &[&str]) {
    for row in wanted {
        assert!(rows.iter().any(|r| r == row), "{row} not in {rows:#?}");
    }
}

#[test]
fn an_observation_is_indexed_by_all_its_parameters() {
    let found = rows(
        r#"{"resourceType":"Observation","status":"final",
        "meta":{"profile":["http://example.org/p|1"],"tag":[{"system":"t","code":"x"}]},
        "category":[{"coding":[{"system":"c","code":"laboratory","display":"Lab"}]}],
        "code":{"coding":[{"system":"http://loinc.org","code":"1-1"}],"text":"Sodium"},
        "subject":{"reference":"Patient/1","identifier":{"system":"m","value":"7"}},
        "encounter":{"reference":"https://example.org/fhir/Encounter/e/_history/2"},
        "performer":[{"reference":"https://other.org/Practitioner/9"},{"reference":"Practitioner/2"}],
        "effectiveDateTime":"1970-01-02",
        "valueQuantity":{"value":5.40,"unit":"mg","system":"u","code":"mg"},
        "component":[{"code":{"coding":[{"code":"2-2"}]},
            "valueQuantity":{"value":7,"comparator":"<","unit":"beats"}}]}"#,
    );
    has(
        &found,
        &[
            "status |final",
            "_profile http://example.org/p",
            "_profile http://example.org/p|1",
            "_tag t|x",
            "category c|laboratory",
            "category:text Lab~lab",
            "code http://loinc.org|1-1",
            "combo-code http://loinc.org|1-1",
            "combo-code |2-2",
            "component-code |2-2",
            "code:text Sodium~sodium",
            "subject Patient/1",
            "patient Patient/1",
            "subject:identifier m|7",
            "encounter Encounter/e",
            "performer /https://other.org/Practitioner/9",
            "performer Practitioner/2",
            "date 86400000000..172800000000",
            "value-quantity 5.4..5.4 u|mg",
            "combo-value-quantity -inf..7 |beats",
            "part 0 |2-2",
            "part 0 -inf..7 |beats",
        ],
    );
}

#[test]
fn names_and_addresses_are_indexed_part_by_part() {
    let found = rows(
        r#"{"resourceType":"Patient","active":true,"deceasedDateTime":"2020",
        "name":[{"family":"Müller","given":["Ann","Bea"],"_given":[null,{"id":"x"}]}],
        "telecom":[{"system":"phone","value":"555"},{"system":"email","value":"a@b.c"}],
        "address":[{"line":["1 Road"],"city":"Old Town","state":"CT"}],
        "extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race",
            "extension":[{"url":"ombCategory","valueCoding":{"system":"r","code":"2106-3"}}]}],
        "generalPractitioner":[{"reference":"Practitioner/2"}],
        "contained":[{"resourceType":"Practitioner","id":"p","name":[{"family":"Inner"}]}]}"#,
    );
    has(
        &found,
        &[
            "family Müller~muller",
            "given Bea~bea",
            "name Müller~muller",
            "name Ann~ann",
            "phone phone|555",
            "email email|a@b.c",
            "telecom phone|555",
            "address 1 Road~1 road",
            "address-city Old Town~old town",
            "address-state CT~ct",
            "active |true",
            "deceased |true",
            "race r|2106-3",
            "general-practitioner Practitioner/2",
        ],
    );
    assert!(!found.iter().any(|r| r.contains("Inner")));
    assert!(!found.iter().any(|r| r == "phone email|a@b.c"));
}

#[test]
fn periods_and_timings_become_their_outer_bounds() {
    let found =
        rows(r#"{"resourceType":"Encounter","status":"finished","period":{"start":"1970-01-01"}}"#);
    has(&found, &[&format!("date 0..{}", i64::MAX)]);
    let found = rows(
        r#"{"resourceType":"Observation","effectiveTiming":{"event":["1970-01-03","1970-01-01"]}}"#,
    );
    has(&found, &["date 0..259200000000"]);
}

#[test]
fn a_reference_to_another_type_is_not_the_patient() {
    let found = rows(r#"{"resourceType":"Observation","subject":{"reference":"Group/1"}}"#);
    has(&found, &["subject Group/1"]);
    assert!(!found.iter().any(|r| r.starts_with("patient")));
}

#[test]
fn canonicals_are_found_with_and_without_version() {
    let found = rows(
        r#"{"resourceType":"QuestionnaireResponse","questionnaire":"http://q.org/a|2",
        "item":[{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaireresponse-isSubject"}],
            "answer":[{"valueReference":{"reference":"Patient/5"}}]},
            {"answer":[{"valueReference":{"reference":"Patient/6"}}]}]}"#,
    );
    has(
        &found,
        &[
            "questionnaire /http://q.org/a",
            "questionnaire /http://q.org/a|2",
            "item-subject Patient/5",
        ],
    );
    assert!(!found.contains(&"item-subject Patient/6".to_owned()));
}

#[test]
fn attachments_name_their_binaries() {
    let found = rows(
        r#"{"resourceType":"DocumentReference","content":[
        {"attachment":{"url":"https://example.org/fhir/Binary/b1"}},{"attachment":{"url":"Binary/b2"}},
        {"attachment":{"url":"https://other.org/Binary/b3"}}]}"#,
    );
    has(&found, &["_binary Binary/b1", "_binary Binary/b2"]);
    assert_eq!(found.iter().filter(|r| r.starts_with("_binary")).count(), 2);
}

#[test]
fn ranges_money_and_samples_are_quantities() {
    let found = rows(
        r#"{"resourceType":"Observation","valueSampledData":{"origin":{"value":10,"code":"mV"},
        "period":10,"factor":2,"dimensions":1,"data":"1 E 3 -2"}}"#,
    );
    has(&found, &["value-quantity 6..16 |mV"]);
    let found = rows(
        r#"{"resourceType":"Invoice","status":"issued","totalGross":{"value":12.5,"currency":"USD"}}"#,
    );
    has(&found, &["totalgross 12.5..12.5 urn:iso:std:iso:4217|USD"]);
}

#[test]
fn the_same_row_comes_once() {
    let found = rows(
        r#"{"resourceType":"Observation","category":[{"coding":[{"code":"a"}]},{"coding":[{"code":"a"}]}]}"#,
    );
    assert_eq!(found, ["category |a"]);
}

#[test]
fn wrong_shapes_give_no_rows() {
    let text = r#"{"resourceType":"Observation","code":7,"subject":"Patient/1","effectiveDateTime":{},
        "valueQuantity":[[1]],"category":{"coding":true},"component":null}"#;
    assert_eq!(rows(text), Vec::<String>::new());
}

#[test]
fn the_sort_key_is_the_principal_date() {
    let key = |text: &str| {
        let document = Document::parse(text).unwrap();
        let name = document.root().resource_type_name().unwrap().into_owned();
        sort_key(ResourceType::from_name(&name).unwrap(), document.root())
    };
    assert_eq!(
        key(r#"{"resourceType":"Observation","effectiveDateTime":"1970-01-02"}"#),
        Some(86_400_000_000)
    );
    assert_eq!(
        key(r#"{"resourceType":"Encounter","period":{"end":"1970-01-01"}}"#),
        Some(86_400_000_000)
    );
    assert_eq!(key(r#"{"resourceType":"Observation"}"#), None);
    assert_eq!(key(r#"{"resourceType":"Organization"}"#), None);
}

#[test]
fn long_texts_are_cut_between_letters() {
    assert_eq!(cut("short"), "short");
    let long = "ä".repeat(400);
    assert_eq!(cut(&long).len(), TEXT_BYTES_MAX);
    let odd = format!("a{}", "ä".repeat(400));
    assert_eq!(cut(&odd).len(), TEXT_BYTES_MAX - 1);
}

#[test]
fn quantities_by_ucum_are_indexed_in_their_canonical_unit_too() {
    let rows = |value: &str, code: &str| {
        rows(&format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"valueQuantity":
            {{"value":{value},"system":"http://unitsofmeasure.org","code":"{code}"}}}}"#
        ))
    };
    has(
        &rows("2000", "mg"),
        &["value-quantity 2..2 ucum:canonical|g"],
    );
    has(&rows("2", "g"), &["value-quantity 2..2 ucum:canonical|g"]);
    has(
        &rows("36.6", "Cel"),
        &["value-quantity 309.75..309.75 ucum:canonical|K"],
    );
    for code in ["mmHg", "[pH]"] {
        let found = rows("7", code);
        assert!(
            !found.iter().any(|row| row.contains("canonical")),
            "{found:?}"
        );
    }
}
