//! Wrong resources by the table: a good one, an edit, and the one fault it must give; and edits
//! that leave the good one good.

use serde_json::Value;

use super::super::{Request, check};
use super::*;
use crate::{Issue, Severity, validate};

mod table;

/// The registry with the table's own profiles stored in it.
fn registry() -> Registry {
    let all: Vec<Value> = serde_json::from_str(include_str!("profiles.json")).unwrap();
    let changes = all.iter().enumerate().map(|(id, one)| {
        let name = one["resourceType"].as_str().unwrap();
        let document = Document::parse(one.to_string()).unwrap();
        let row_version = 1;
        let change = Change::Put {
            row_version,
            document,
        };
        (
            ResourceType::from_name(name).unwrap(),
            format!("r{id}"),
            change,
        )
    });
    let (registry, left_out) = Registry::shipped().with(changes);
    assert_eq!(left_out, 0);
    registry
}

/// `-/path` removes, `/path=json` sets; `-` as the last name appends to an array.
fn edited(base: &str, edits: &str) -> Document {
    let good: Value = serde_json::from_str(include_str!("good.json")).unwrap();
    let mut resource = good.get(base).unwrap_or_else(|| panic!("{base}")).clone();
    for edit in edits.split("; ").filter(|edit| !edit.is_empty()) {
        let (pointer, value) = match edit.strip_prefix('-') {
            Some(pointer) => (pointer, None),
            None => {
                let (pointer, json) = edit.split_once('=').unwrap();
                (pointer, Some(serde_json::from_str(json).expect(json)))
            }
        };
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match (resource.pointer_mut(parent).expect(pointer), value) {
            (Value::Object(of), Some(value)) => drop(of.insert(name.to_owned(), value)),
            (Value::Object(of), None) => drop(of.remove(name).expect(pointer)),
            (Value::Array(of), Some(value)) if name == "-" => of.push(value),
            (Value::Array(of), Some(value)) => of[name.parse::<usize>().unwrap()] = value,
            (Value::Array(of), None) => drop(of.remove(name.parse().unwrap())),
            _ => panic!("{pointer}"),
        }
    }
    if resource["contained"] == serde_json::json!([]) {
        resource.as_object_mut().unwrap().remove("contained");
    }
    Document::parse(resource.to_string()).unwrap()
}

/// Errors of base and profiles together, as `$validate` tells them.
fn errors(registry: &Registry, document: &Document) -> Vec<Issue> {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let request = Request {
        thorough: true,
        ..Request::of(registry, now)
    };
    let mut found = validate::validate(document.clone())
        .err()
        .unwrap_or_default();
    found.extend(check(document, &request));
    found.retain(|issue| issue.severity == Severity::Error);
    found
}

#[test]
fn the_good_resources_are_good() {
    let registry = registry();
    let good: Value = serde_json::from_str(include_str!("good.json")).unwrap();
    for name in good.as_object().unwrap().keys() {
        assert_eq!(errors(&registry, &edited(name, "")), [], "{name}");
    }
    for (base, edit) in table::RIGHT {
        assert_eq!(errors(&registry, &edited(base, edit)), [], "{base}: {edit}");
    }
}

#[test]
fn every_wrong_resource_is_caught_once_at_the_right_place() {
    let registry = registry();
    assert!(table::WRONG.len() >= 100);
    let mut missed = Vec::new();
    for (base, edit, place, rule) in table::WRONG {
        let found = errors(&registry, &edited(base, edit));
        let fits = |issue: &Issue| {
            issue.expression.as_deref() == Some(place) && issue.diagnostics.contains(rule)
        };
        if found.len() != 1 || !found.iter().all(fits) {
            let found: Vec<String> = found
                .iter()
                .map(|i| {
                    format!(
                        "{}: {}",
                        i.expression.as_deref().unwrap_or(""),
                        i.diagnostics
                    )
                })
                .collect();
            missed.push(format!(
                "{base}: {edit}\n  wanted {place} [{rule}]\n  found {found:#?}"
            ));
        }
    }
    assert!(
        missed.is_empty(),
        "{} missed:\n{}",
        missed.len(),
        missed.join("\n")
    );
}
