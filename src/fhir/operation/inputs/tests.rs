//! Inputs, good and at fault.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::operation::of_id;

fn given(query: &[(&str, &str)], body: Option<&str>) -> Result<Inputs, Vec<Issue>> {
    let operation = of_id("Resource-validate").unwrap();
    let query: Vec<_> = query
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect();
    let body = body.map_or(Body::Nothing, |text| {
        Body::of(Document::parse(text).unwrap(), operation, None)
    });
    read(operation, &query, body)
}
fn refused(query: &[(&str, &str)], parameter: &str) -> Vec<String> {
    let body = format!(r#"{{"resourceType":"Parameters","parameter":[{parameter}]}}"#);
    let issues = given(query, Some(&body)).unwrap_err();
    issues.into_iter().map(|issue| issue.diagnostics).collect()
}

#[test]
fn query_and_body_come_together() {
    let body = r#"{"resourceType":"Parameters","parameter":[
        {"name":"profile","valueUri":"http://a"},
        {"name":"resource","resource":{"resourceType":"Patient"}}]}"#;
    let inputs = given(&[("profile", "http://b"), ("_format", "json")], Some(body)).unwrap();
    let profiles: Vec<_> = inputs.texts("profile").collect();
    assert_eq!(profiles, ["http://b", "http://a"]);
    assert!(inputs.resource("resource").is_some());
    assert_eq!(inputs.text("mode"), None);
}

#[test]
fn a_bare_resource_is_the_input_that_takes_one() {
    let inputs = given(&[], Some(r#"{"resourceType":"Patient"}"#)).unwrap();
    assert!(inputs.resource("resource").is_some());
    let parameters = Document::parse(r#"{"resourceType":"Parameters"}"#).unwrap();
    let operation = of_id("Resource-validate").unwrap();
    let body = Body::of(parameters, operation, Some(ResourceType::PARAMETERS));
    assert!(matches!(body, Body::Bare(_)));
}

#[test]
fn each_fault_names_its_parameter() {
    assert_eq!(
        refused(&[("nosuch", "1")], r#"{"name":"other","valueString":"x"}"#),
        [
            "nosuch is not a parameter of $validate",
            "other is not a parameter of $validate"
        ]
    );
    assert_eq!(
        refused(&[], r#"{"name":"mode","valueBoolean":true}"#),
        ["mode must be given as valueCode, not valueBoolean"]
    );
    assert_eq!(
        refused(
            &[("mode", "create")],
            r#"{"name":"mode","valueCode":"update"}"#
        ),
        ["mode may be given at most 1 times"]
    );
    for parameter in [
        r#"{"name":"mode","valueCode":" a"}"#,
        r#"{"name":"mode","valueCode":7}"#,
        r#"{"name":"mode"}"#,
        r#"{"name":"mode","valueCode":null}"#,
    ] {
        let faults = refused(&[], parameter);
        assert!(
            faults.iter().all(|text| text.starts_with("mode")),
            "{faults:?}"
        );
    }
    assert_eq!(
        refused(&[], r#"{"valueCode":"a"}"#),
        ["a parameter must have a name"]
    );
    assert_eq!(refused(&[], "7"), ["a parameter must have a name"]);
}

#[test]
fn more_values_than_an_operation_takes_are_refused_unread() {
    let one = r#"{"name":"profile","valueUri":"http://a"}"#;
    let many = vec![one; VALUES_MAX + 1].join(",");
    let faults = refused(&[], &many);
    assert!(
        faults.iter().any(|text| text.contains("1000")),
        "{faults:?}"
    );
}
