//! Tests of profiles: compiling, snapshots, and wrong resources by the table.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod agreement;
mod examples;
mod wrong;

use super::*;
use crate::registry::{Change, Registry};
use crate::{Document, ResourceType};

#[test]
fn every_shipped_profile_compiles_and_its_expressions_parse() {
    let registry = Registry::shipped();
    let all = shipped::all();
    assert!(all.len() > 600);
    let mut odd = Vec::new();
    for (version, line) in all {
        let document = Document::parse(line).unwrap();
        let url = document.root().text_at("url").unwrap();
        let canonical = format!("{url}|{version}");
        match registry.try_profile(&canonical) {
            Some(Ok(profile)) => expressions(&profile.root, &canonical, &mut odd),
            other => odd.push(format!("{canonical}: {other:?}")),
        }
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
}

fn expressions(node: &Node, of: &str, odd: &mut Vec<String>) {
    for constraint in &node.constraints {
        if let Err(fault) = crate::path::Expression::parse(&constraint.expression) {
            odd.push(format!("{of}: {}: {fault}", constraint.key));
        }
    }
    for inner in node.children.iter().chain(&node.slices) {
        expressions(inner, of, odd);
    }
}

/// The slices of R4's blood pressure and of US Core's patient, asked for in a constraint.
#[test]
fn expressions_find_the_slices_of_a_structure() {
    let bp = "component.slice('http://hl7.org/fhir/StructureDefinition/bp', 'SystolicBP')";
    for (rule, broken) in [
        (format!("{bp}.value.value = 107"), false),
        (format!("{bp}.count() = 2"), true),
        (
            format!("{bp}.where(code.coding.code = '8462-4').exists()"),
            true,
        ),
        // What is not known is not known to be broken.
        (
            "component.slice('urn:nothing', 'a').exists()".to_owned(),
            false,
        ),
    ] {
        let profile = format!(
            r#"{{"resourceType":"StructureDefinition","url":"urn:p","name":"P","status":"active",
            "kind":"resource","abstract":false,"type":"Observation","derivation":"constraint",
            "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Observation",
            "differential":{{"element":[{{"id":"Observation","path":"Observation","constraint":[
            {{"key":"k","severity":"error","human":"x","expression":"{rule}"}}]}}]}}}}"#
        );
        let change = Change::Put {
            row_version: 1,
            document: Document::parse(profile).unwrap(),
        };
        let of = ResourceType::STRUCTURE_DEFINITION;
        let (registry, _) = Registry::shipped().with([(of, "p".to_owned(), change)]);
        let part = |code: &str, value: u32| {
            format!(
                r#"{{"code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}},
                "valueQuantity":{{"value":{value}}}}}"#
            )
        };
        let document = format!(
            r#"{{"resourceType":"Observation","meta":{{"profile":["urn:p"]}},"status":"final",
            "code":{{"text":"bp"}},"component":[{},{}]}}"#,
            part("8462-4", 60),
            part("8480-6", 107)
        );
        let document = Document::parse(document).unwrap();
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let found = check(&document, &Request::of(&registry, now));
        assert_eq!(!found.is_empty(), broken, "{rule}: {found:?}");
    }
}
