//! Composite parameters: which parameters are their components, and the element these must share.

use std::collections::HashMap;

use serde_json::Value;

use super::{elements::Elements, is, text};

/// The code of each SearchParameter by its canonical URL.
pub(super) type Codes<'r> = HashMap<&'r str, &'r str>;

pub(super) fn codes(resources: &[Value]) -> Codes<'_> {
    let parameters = resources.iter().filter(|r| is(r, "SearchParameter"));
    parameters
        .filter_map(|p| Some((text(p, "url")?, text(p, "code")?)))
        .collect()
}

/// `code$value-quantity`, then `@path` for each element whose parts are compared together (`@`:
/// the resource). What of an element belongs to a component is what its own parameter reads there.
pub(super) fn terms(
    parameter: &Value,
    base: &str,
    elements: &Elements,
    codes: &Codes<'_>,
) -> Result<Vec<String>, String> {
    let components = parameter.get("component").and_then(Value::as_array);
    let mut names = Vec::new();
    for component in components.into_iter().flatten() {
        let url = text(component, "definition").ok_or("a component without definition")?;
        names.push(*codes.get(url).ok_or(format!("unknown component {url}"))?);
    }
    if names.len() < 2 {
        return Err("fewer than two components".to_owned());
    }
    let mut out = vec![names.join("$")];
    let expression = text(parameter, "expression").unwrap_or_default();
    for member in expression.split('|').map(str::trim) {
        let mut steps = member.split('.');
        if steps.next() != Some(base) {
            continue;
        }
        let (mut path, mut definition) = (Vec::new(), base.to_owned());
        for step in steps {
            let children = elements.children(&definition, step);
            let [child] = children.as_slice() else {
                return Err(format!("no element {step}"));
            };
            path.push(child.json.clone());
            definition.clone_from(&child.definition);
        }
        out.push(format!("@{}", path.join(".")));
    }
    match out.len() < 2 {
        true => Err(format!("nothing to index in {expression}")),
        false => Ok(out),
    }
}
