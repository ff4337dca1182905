//! Variables, arguments and directives of a query, as the texts they come to.

use std::collections::HashMap;

use fhir::graphql::{Directive, Field, Operation, Value};
use serde_json::Value as Json;

/// What each variable stands for: texts, none for null.
pub(super) type Variables = HashMap<String, Vec<String>>;

/// What the variables of an operation stand for. Errors: one without a value that must have one, or
/// of a kind that no argument has.
pub(super) fn variables(operation: &Operation, given: &Json) -> Result<Variables, String> {
    if !given.is_null() && !given.is_object() {
        return Err("variables are a JSON object".to_owned());
    }
    let mut out = Variables::new();
    for variable in &operation.variables {
        let name = &variable.name;
        let texts = match (given.get(name), &variable.default) {
            (Some(value), _) => {
                let mut texts = Vec::new();
                gather(value, &mut texts).ok_or_else(|| format!("${name} may not be an object"))?;
                texts
            }
            (None, Some(default)) => texts(default, &Variables::new()),
            (None, None) => Vec::new(),
        };
        if texts.is_empty() && variable.required {
            return Err(format!("${name} needs a value"));
        }
        out.insert(name.clone(), texts);
    }
    Ok(out)
}

fn gather(value: &Json, out: &mut Vec<String>) -> Option<()> {
    match value {
        Json::Null => {}
        Json::Bool(_) | Json::Number(_) => out.push(value.to_string()),
        Json::String(text) => out.push(text.clone()),
        Json::Array(all) => {
            for one in all {
                gather(one, out)?;
            }
        }
        Json::Object(_) => return None,
    }
    Some(())
}

/// The texts of a value; none for null.
pub(super) fn texts(value: &Value, variables: &Variables) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Boolean(truth) => vec![truth.to_string()],
        Value::Text(text) => vec![text.clone()],
        Value::Variable(name) => variables.get(name).cloned().unwrap_or_default(),
        Value::List(all) => all.iter().flat_map(|one| texts(one, variables)).collect(),
    }
}

/// The one text of an argument.
pub(super) fn argument(field: &Field, name: &str, variables: &Variables) -> Option<String> {
    texts(field.argument(name)?, variables).into_iter().next()
}

/// The one text of a directive's argument.
pub(super) fn of_directive(
    directive: &Directive,
    name: &str,
    variables: &Variables,
) -> Option<String> {
    let mut arguments = directive.arguments.iter();
    let (_, value) = arguments.find(|(own, _)| own == name)?;
    texts(value, variables).into_iter().next()
}

/// Whether `@skip` and `@include` leave something in.
pub(super) fn is_in(directives: &[Directive], variables: &Variables) -> bool {
    directives.iter().all(|one| {
        let holds = of_directive(one, "if", variables).as_deref() == Some("true");
        match one.name.as_str() {
            "skip" => !holds,
            "include" => holds,
            _ => true,
        }
    })
}
