//! What each element path of the standard holds, read off StructureDefinition snapshots.

use std::collections::HashMap;

use serde_json::Value;

use super::{is, text};

/// Element path (`Observation.value[x]`) to its types; a content reference is a type that begins
/// with `#`.
pub(super) struct Elements {
    by_path: HashMap<String, Vec<String>>,
}

/// One way on from a place: the JSON member name and the definition that describes what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Child {
    pub json: String,
    /// A type name, or the path of a backbone element.
    pub definition: String,
}

impl Elements {
    pub fn of(resources: &[Value]) -> Self {
        let mut by_path = HashMap::new();
        let base = resources.iter().filter(|r| {
            is(r, "StructureDefinition")
                && text(r, "derivation") != Some("constraint")
                && matches!(text(r, "kind"), Some("resource" | "complex-type"))
        });
        for structure in base {
            let elements = structure.pointer("/snapshot/element");
            for element in elements.and_then(Value::as_array).into_iter().flatten() {
                let Some(path) = text(element, "path") else {
                    continue;
                };
                let types = match text(element, "contentReference") {
                    Some(reference) => vec![reference.to_owned()],
                    None => element
                        .get("type")
                        .and_then(Value::as_array)
                        .into_iter()
                        .flatten()
                        .filter_map(|t| text(t, "code"))
                        .map(str::to_owned)
                        .collect(),
                };
                by_path.insert(path.to_owned(), types);
            }
        }
        Self { by_path }
    }

    /// The members called `name` of a definition: one, or one for each type of a choice.
    pub fn children(&self, definition: &str, name: &str) -> Vec<Child> {
        let path = format!("{definition}.{name}");
        if let Some(types) = self.by_path.get(&path) {
            let definition = match types.first().map(String::as_str) {
                Some(reference) if reference.starts_with('#') => reference[1..].to_owned(),
                Some("BackboneElement" | "Element") | None => path,
                // ids are typed by FHIRPath's own names
                Some(other) => other.rsplit('/').next().map_or(path, primitive),
            };
            return vec![Child {
                json: name.to_owned(),
                definition,
            }];
        }
        let types = self.by_path.get(&format!("{path}[x]"));
        types
            .into_iter()
            .flatten()
            .map(|t| Child {
                json: format!("{name}{}", capital(t)),
                definition: t.clone(),
            })
            .collect()
    }
}

fn primitive(name: &str) -> String {
    match name {
        "System.String" => "string".to_owned(),
        other => other.to_owned(),
    }
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
