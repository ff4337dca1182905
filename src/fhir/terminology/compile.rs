//! The maintainer's compiler: from packages of definitions to the tables of `profiles/terminology`.
//!
//! `facts.ndjson` holds one resource a line, only what terminology answers from: codes, names,
//! hierarchy, properties, rules of value sets, mappings; no definitions and no prose. `index.txt`
//! names each line: type, canonical address, version, status, the value set of all codes, the
//! system supplemented, parted by tabs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde_json::{Map, Value};

use crate::definitions::package;
use crate::registry;

/// Why a file cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read the package: {0}")]
    Archive(#[from] std::io::Error),
    #[error("{file}: {why}")]
    Json { file: String, why: String },
}

/// What the tables are made from.
#[derive(Debug, Default)]
pub struct Sources {
    /// Everything of these is taken; by type, address and version, the first of each.
    all: BTreeMap<Key, Value>,
    /// Of these only what the others need and do not have.
    library: BTreeMap<Key, Value>,
    /// Canonicals that profiles bind elements to.
    bound: BTreeSet<String>,
}

/// Type, address, version.
type Key = (String, String, String);

const TYPES: [&str; 3] = ["CodeSystem", "ConceptMap", "ValueSet"];

impl Sources {
    /// Takes a package; `library`: only what the rest needs.
    ///
    /// # Errors
    /// When the archive is damaged or a file in it is not JSON.
    pub fn package(&mut self, archive: impl Read, library: bool) -> Result<(), Error> {
        for (file, text) in package::files(archive)? {
            let kind = file.split('-').next().unwrap_or_default();
            if TYPES.contains(&kind) || kind == "StructureDefinition" && !library {
                self.file(&file, &text, library)?;
            }
        }
        Ok(())
    }

    /// Takes one resource.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn file(&mut self, file: &str, text: &str, library: bool) -> Result<(), Error> {
        let resource: Value = serde_json::from_str(text).map_err(|error| Error::Json {
            file: file.to_owned(),
            why: error.to_string(),
        })?;
        let text = |name: &str| {
            resource
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let key = (
            text("resourceType").to_owned(),
            text("url").to_owned(),
            text("version").to_owned(),
        );
        if key.0 == "StructureDefinition" {
            bindings(&resource, &mut self.bound);
            return Ok(());
        }
        if key.1.is_empty() || !TYPES.contains(&key.0.as_str()) {
            return Ok(());
        }
        let Some(facts) = facts(&resource) else {
            return Ok(());
        };
        let to = if library {
            &mut self.library
        } else {
            &mut self.all
        };
        to.entry(key).or_insert(facts);
        Ok(())
    }

    /// The table files: name and content.
    pub fn compile(mut self) -> Vec<(String, String)> {
        let mut wanted: Vec<String> = self.bound.iter().cloned().collect();
        wanted.extend(self.all.values().flat_map(mentioned));
        let mut seen = BTreeSet::new();
        while let Some(canonical) = wanted.pop() {
            let url = registry::parts(&canonical).0.to_owned();
            if !seen.insert(url.clone()) || self.all.keys().any(|(_, known, _)| *known == url) {
                continue;
            }
            let found: Vec<Key> = self
                .library
                .keys()
                .filter(|key| key.1 == url)
                .cloned()
                .collect();
            for key in found {
                if let Some(facts) = self.library.remove(&key) {
                    wanted.extend(mentioned(&facts));
                    self.all.insert(key, facts);
                }
            }
        }
        let (mut lines, mut index) = (String::new(), String::new());
        for ((kind, url, version), facts) in &self.all {
            let text = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default();
            let (status, all_codes) = (text("status"), text("valueSet"));
            let supplements = registry::parts(text("supplements")).0;
            index.push_str(&format!(
                "{kind}\t{url}\t{version}\t{status}\t{all_codes}\t{supplements}\n"
            ));
            lines.push_str(&format!("{facts}\n"));
        }
        vec![
            ("facts.ndjson".to_owned(), lines),
            ("index.txt".to_owned(), index),
        ]
    }
}

/// The value sets a profile's elements are bound to.
fn bindings(profile: &Value, found: &mut BTreeSet<String>) {
    for view in ["snapshot", "differential"] {
        let elements = profile.pointer(&format!("/{view}/element"));
        for element in elements.and_then(Value::as_array).into_iter().flatten() {
            let url = element.pointer("/binding/valueSet").and_then(Value::as_str);
            found.extend(url.map(str::to_owned));
        }
    }
}

/// The systems and value sets that a value set draws on.
fn mentioned(facts: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for side in ["include", "exclude"] {
        let parts = facts.pointer(&format!("/compose/{side}"));
        for part in parts.and_then(Value::as_array).into_iter().flatten() {
            found.extend(
                part.get("system")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            );
            let sets = part.get("valueSet").and_then(Value::as_array);
            let sets = sets.into_iter().flatten().filter_map(Value::as_str);
            found.extend(sets.map(str::to_owned));
        }
    }
    found
}

/// A resource cut down to facts; `None` where nothing can be answered from it.
fn facts(resource: &Value) -> Option<Value> {
    let kind = resource.get("resourceType")?.as_str()?;
    let shape: &[Keep] = match kind {
        "CodeSystem" => CODE_SYSTEM,
        "ValueSet" => {
            resource.get("compose")?;
            VALUE_SET
        }
        _ => CONCEPT_MAP,
    };
    cut(resource, shape)
}

/// A member that is kept: its name, and what is kept below it (nothing: all of it).
struct Keep(&'static str, &'static [Keep]);

const DESIGNATION: Keep = Keep(
    "designation",
    &[
        Keep("language", &[]),
        Keep("use", &[Keep("system", &[]), Keep("code", &[])]),
        Keep("value", &[]),
    ],
);
/// Concepts nest; [`cut`] goes on with the same list.
const CONCEPT: &[Keep] = &[
    Keep("code", &[]),
    Keep("display", &[]),
    DESIGNATION,
    Keep("property", &[]),
    Keep("concept", &[]),
];
const CODE_SYSTEM: &[Keep] = &[
    Keep("resourceType", &[]),
    Keep("url", &[]),
    Keep("version", &[]),
    Keep("name", &[]),
    Keep("status", &[]),
    Keep("language", &[]),
    Keep("caseSensitive", &[]),
    Keep("valueSet", &[]),
    Keep("hierarchyMeaning", &[]),
    Keep("content", &[]),
    Keep("supplements", &[]),
    Keep(
        "property",
        &[Keep("code", &[]), Keep("uri", &[]), Keep("type", &[])],
    ),
    Keep("concept", CONCEPT),
];
const PART: &[Keep] = &[
    Keep("system", &[]),
    Keep("version", &[]),
    Keep(
        "concept",
        &[Keep("code", &[]), Keep("display", &[]), DESIGNATION],
    ),
    Keep(
        "filter",
        &[Keep("property", &[]), Keep("op", &[]), Keep("value", &[])],
    ),
    Keep("valueSet", &[]),
];
const VALUE_SET: &[Keep] = &[
    Keep("resourceType", &[]),
    Keep("url", &[]),
    Keep("version", &[]),
    Keep("name", &[]),
    Keep("status", &[]),
    Keep(
        "compose",
        &[
            Keep("inactive", &[]),
            Keep("include", PART),
            Keep("exclude", PART),
        ],
    ),
];
const CONCEPT_MAP: &[Keep] = &[
    Keep("resourceType", &[]),
    Keep("url", &[]),
    Keep("version", &[]),
    Keep("name", &[]),
    Keep("status", &[]),
    Keep("sourceUri", &[]),
    Keep("sourceCanonical", &[]),
    Keep("targetUri", &[]),
    Keep("targetCanonical", &[]),
    Keep(
        "group",
        &[
            Keep("source", &[]),
            Keep("sourceVersion", &[]),
            Keep("target", &[]),
            Keep("targetVersion", &[]),
            Keep(
                "element",
                &[
                    Keep("code", &[]),
                    Keep("display", &[]),
                    Keep(
                        "target",
                        &[
                            Keep("code", &[]),
                            Keep("display", &[]),
                            Keep("equivalence", &[]),
                            Keep("dependsOn", &[]),
                            Keep("product", &[]),
                        ],
                    ),
                ],
            ),
            Keep("unmapped", &[]),
        ],
    ),
];

/// What is left of a value; members in the order of the list. Prose in properties goes too.
fn cut(value: &Value, keep: &[Keep]) -> Option<Value> {
    if keep.is_empty() {
        return Some(value.clone());
    }
    match value {
        Value::Array(items) => {
            let kept: Vec<Value> = items.iter().filter_map(|item| cut(item, keep)).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        Value::Object(object) => {
            let is_prose = object.contains_key("valueString") && object.contains_key("code");
            if is_prose {
                return None;
            }
            let mut kept = Map::new();
            for Keep(name, below) in keep {
                let below = match *name {
                    "concept" if below.is_empty() => CONCEPT,
                    "property" if below.is_empty() => PROPERTY,
                    _ => below,
                };
                let of = object.get(*name).and_then(|member| cut(member, below));
                kept.extend(of.map(|of| ((*name).to_owned(), of)));
            }
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        plain => Some(plain.clone()),
    }
}

/// A concept's property and the values that are facts.
const PROPERTY: &[Keep] = &[
    Keep("code", &[]),
    Keep("valueCode", &[]),
    Keep("valueCoding", &[Keep("system", &[]), Keep("code", &[])]),
    Keep("valueBoolean", &[]),
    Keep("valueInteger", &[]),
    Keep("valueDecimal", &[]),
    Keep("valueDateTime", &[]),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SYSTEM: &str = r#"{"resourceType":"CodeSystem","id":"s","url":"http://x/s","version":"1",
        "status":"active","description":"prose","content":"complete","valueSet":"http://x/all",
        "concept":[{"code":"a","display":"A","definition":"prose",
        "property":[{"code":"status","valueCode":"retired"},{"code":"note","valueString":"prose"}],
        "concept":[{"code":"b","definition":"prose"}]}]}"#;

    #[test]
    fn facts_are_kept_and_prose_is_not() {
        let mut sources = Sources::default();
        sources.file("s.json", SYSTEM, false).unwrap();
        let files = sources.compile();
        assert_eq!(
            files[0].1,
            concat!(
                r#"{"resourceType":"CodeSystem","url":"http://x/s","version":"1","status":"active","#,
                r#""valueSet":"http://x/all","content":"complete","concept":[{"code":"a","display":"A","#,
                r#""property":[{"code":"status","valueCode":"retired"}],"concept":[{"code":"b"}]}]}"#,
                "\n"
            )
        );
        assert_eq!(
            files[1].1,
            "CodeSystem\thttp://x/s\t1\tactive\thttp://x/all\t\n"
        );
    }

    #[test]
    fn of_a_library_only_what_is_needed_is_taken() {
        let set = r#"{"resourceType":"ValueSet","url":"http://x/v","compose":{"include":[{"system":"http://x/s"}]}}"#;
        let profile = r#"{"resourceType":"StructureDefinition","differential":{"element":[
            {"binding":{"valueSet":"http://x/v|1"}}]}}"#;
        let other = SYSTEM.replace("http://x/s", "http://x/other");
        let mut sources = Sources::default();
        sources.file("p.json", profile, false).unwrap();
        for text in [set, SYSTEM, &other] {
            sources.file("l.json", text, true).unwrap();
        }
        let index = sources.compile().pop().unwrap().1;
        assert_eq!(index.lines().count(), 2, "{index}");
        assert!(!index.contains("other"));
    }
}
