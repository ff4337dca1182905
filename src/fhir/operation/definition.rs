//! OperationDefinitions made from the table of operations.

use serde_json::{Value, json};

use super::{Level, Operation, Parameter};

/// The OperationDefinition of an operation as JSON text. `base` is the FHIR base without trailing
/// slash, `date` the day the table last changed.
pub fn definition(operation: &Operation, base: &str, date: &str) -> String {
    let has = |level| operation.levels.contains(&level);
    let resource: Vec<&str> = match operation.types {
        [] => vec!["Resource"],
        types => types.to_vec(),
    };
    let inputs = operation.inputs.iter().map(|p| parameter(p, "in"));
    let outputs = operation.outputs.iter().map(|p| parameter(p, "out"));
    let parameters: Vec<Value> = inputs.chain(outputs).collect();
    let mut made = json!({
        "resourceType": "OperationDefinition",
        "id": operation.id,
        "url": operation.canonical(base),
        "name": name(operation.id),
        "title": format!("${}", operation.code),
        "status": "active",
        "kind": "operation",
        "date": date,
        "publisher": "Kinchart",
        "description": operation.meaning,
        "affectsState": operation.affects_state,
        "code": operation.code,
        "resource": resource,
        "system": has(Level::System),
        "type": has(Level::Type),
        "instance": has(Level::Instance),
    });
    if operation.searches {
        let comment = "The search parameters of the type are inputs too.";
        set(&mut made, "comment", json!(comment));
    }
    if !parameters.is_empty() {
        set(&mut made, "parameter", Value::Array(parameters));
    }
    made.to_string()
}

/// A name a program could use: letters and digits, a capital first.
fn name(id: &str) -> String {
    id.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect()
}

fn parameter(of: &Parameter, used: &str) -> Value {
    let mut made = json!({ "name": of.name });
    // A part has no use of its own in R4 that differs from its parent's.
    set(&mut made, "use", json!(used));
    set(&mut made, "min", json!(of.min));
    let max = of.max.map_or("*".to_owned(), |max| max.to_string());
    set(&mut made, "max", json!(max));
    set(&mut made, "documentation", json!(of.meaning));
    if of.type_name.is_empty() {
        let parts = of.parts.iter().map(|part| parameter(part, used));
        set(&mut made, "part", parts.collect());
    } else {
        set(&mut made, "type", json!(of.type_name));
    }
    made
}

fn set(of: &mut Value, name: &str, value: Value) {
    if let Some(members) = of.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::operation::OPERATIONS;

    #[test]
    fn every_definition_is_a_valid_resource() {
        for operation in OPERATIONS {
            let text = definition(operation, "https://example.org/fhir", "2026-11-22");
            let document = crate::Document::parse(text).unwrap();
            if let Err(issues) = crate::validate::validate(document) {
                assert_eq!(issues, [], "{}", operation.id);
            }
        }
    }

    #[test]
    fn a_definition_says_where_and_how_the_operation_is_invoked() {
        let validate = crate::operation::of_id("Resource-validate").unwrap();
        let text = definition(validate, "https://example.org/fhir", "2026-11-22");
        let made: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(made["name"], "ResourceValidate");
        assert_eq!(made["resource"], json!(["Resource"]));
        assert_eq!(
            (&made["system"], &made["type"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(made["parameter"][0]["use"], "in");
    }
}
