//! Answers as resources: Parameters, and a ValueSet with its expansion.

use serde_json::{Map, Value, json};

use super::code_system::{Designation, Property};
use super::expand::{Entry, Expansion, Options};
use super::{Coding, Found, Translation, Verdict};
use crate::{Document, json::quote};

/// Parameters from parts that are JSON already.
fn parameters(parts: Vec<Value>) -> String {
    json!({"resourceType": "Parameters", "parameter": parts}).to_string()
}

fn coding(of: &Coding, display: Option<&str>) -> Value {
    let mut out = Map::new();
    let mut put = |name: &str, text: Option<&str>| {
        if let Some(text) = text {
            out.insert(name.to_owned(), json!(text));
        }
    };
    put("system", of.system.as_deref());
    put("version", of.version.as_deref());
    put("code", Some(&of.code));
    put("display", display);
    Value::Object(out)
}

/// The answer of `$validate-code`.
pub fn of_verdict(verdict: &Verdict) -> String {
    let mut parts = vec![json!({"name": "result", "valueBoolean": verdict.result})];
    let texts = [("message", &verdict.message), ("display", &verdict.display)];
    for (name, text) in texts {
        parts.extend(
            text.iter()
                .map(|text| json!({"name": name, "valueString": text})),
        );
    }
    parameters(parts)
}

/// The answer of `$subsumes`.
pub fn of_subsumption(outcome: super::Subsumption) -> String {
    parameters(vec![
        json!({"name": "outcome", "valueCode": outcome.code()}),
    ])
}

/// The answer of `$lookup`, with the properties asked for (none named: all).
pub fn of_found(found: &Found, wanted: &[&str]) -> String {
    let asked = |code: &str| wanted.is_empty() || wanted.contains(&code);
    let mut parts = vec![json!({"name": "name", "valueString": found.name})];
    let version = found.version.iter();
    parts.extend(version.map(|version| json!({"name": "version", "valueString": version})));
    parts.push(json!({"name": "display", "valueString": found.display}));
    for one in &found.designations {
        let language = one.language.as_deref().unwrap_or_default();
        let by_language = format!("lang.{language}");
        if asked("designation") || wanted.contains(&by_language.as_str()) {
            parts.push(json!({"name": "designation", "part": designation_parts(one)}));
        }
    }
    if let Some(definition) = found.definition.as_ref().filter(|_| asked("definition")) {
        let value = json!({"name": "value", "valueString": definition});
        let code = json!({"name": "code", "valueCode": "definition"});
        parts.push(json!({"name": "property", "part": [code, value]}));
    }
    for one in found.properties.iter().filter(|one| asked(&one.code)) {
        parts.push(json!({"name": "property", "part": property_parts(one)}));
    }
    parameters(parts)
}

fn designation_parts(one: &Designation) -> Vec<Value> {
    let mut parts = Vec::new();
    let language = one.language.iter();
    parts.extend(language.map(|text| json!({"name": "language", "valueCode": text})));
    let usage = one
        .usage
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok());
    parts.extend(usage.map(|usage: Value| json!({"name": "use", "valueCoding": usage})));
    parts.push(json!({"name": "value", "valueString": one.value}));
    parts
}

fn property_parts(one: &Property) -> Vec<Value> {
    let mut parts = vec![json!({"name": "code", "valueCode": one.code})];
    if let Ok(value) = serde_json::from_str::<Value>(&one.json) {
        let (first, rest) = one.datatype.split_at_checked(1).unwrap_or(("", ""));
        let member = format!("value{}{rest}", first.to_ascii_uppercase());
        parts.push(json!({"name": "value", member: value}));
    }
    parts
}

/// The answer of `$translate`.
pub fn of_translations(found: &[Translation]) -> String {
    let is_match = |one: &&Translation| {
        one.target.is_some() && !matches!(&*one.equivalence, "unmatched" | "disjoint")
    };
    let result = found.iter().any(|one| is_match(&one));
    let mut parts = vec![json!({"name": "result", "valueBoolean": result})];
    if !result {
        let why = match found.is_empty() {
            true => "no concept map here says anything of this code",
            false => "the concept map says that there is no counterpart",
        };
        parts.push(json!({"name": "message", "valueString": why}));
    }
    for one in found {
        let mut inner = vec![json!({"name": "equivalence", "valueCode": one.equivalence})];
        if let Some(target) = &one.target {
            let concept = coding(target, one.display.as_deref());
            inner.push(json!({"name": "concept", "valueCoding": concept}));
        }
        for (element, product) in &one.products {
            let concept = coding(product, product.display.as_deref());
            inner.push(json!({"name": "product", "part": [
                {"name": "element", "valueUri": element},
                {"name": "concept", "valueCoding": concept}]}));
        }
        if !one.source.is_empty() {
            inner.push(json!({"name": "source", "valueUri": one.source}));
        }
        parts.push(json!({"name": "match", "part": inner}));
    }
    parameters(parts)
}

/// Members of a value set that its expansion keeps.
const KEPT: [&str; 8] = [
    "id",
    "url",
    "identifier",
    "version",
    "name",
    "title",
    "status",
    "experimental",
];

/// The answer of `$expand`: the value set, its rules only if `definition` is set, and the codes.
pub fn of_expansion(
    set: &Document,
    expansion: &Expansion,
    options: &Options,
    (definition, now): (bool, jiff::Timestamp),
) -> String {
    let root = set.root();
    let mut out = String::from("{\"resourceType\":\"ValueSet\"");
    let mut has_status = false;
    for name in KEPT.iter().chain(definition.then_some(&"compose")) {
        if let Some(member) = root.get(name) {
            has_status |= *name == "status";
            out.push_str(&format!(",\"{name}\":{}", member.raw()));
        }
    }
    if !has_status {
        out.push_str(",\"status\":\"unknown\"");
    }
    out.push_str(&format!(",\"expansion\":{{\"timestamp\":\"{now:.3}\""));
    out.push_str(&format!(",\"total\":{}", expansion.total));
    if options.count.is_some() || expansion.offset > 0 {
        out.push_str(&format!(",\"offset\":{}", expansion.offset));
    }
    let told = told(expansion, options);
    if !told.is_empty() {
        out.push_str(&format!(",\"parameter\":{}", Value::Array(told)));
    }
    for (number, one) in expansion.entries.iter().enumerate() {
        out.push_str(if number == 0 { ",\"contains\":[" } else { "," });
        entry(one, &mut out);
    }
    if !expansion.entries.is_empty() {
        out.push(']');
    }
    out.push_str("}}");
    out
}

/// The parameters the expansion was made under.
fn told(expansion: &Expansion, options: &Options) -> Vec<Value> {
    let mut all = Vec::new();
    let flags = [
        ("activeOnly", options.active_only),
        ("excludeNotForUI", options.exclude_not_for_ui),
        ("includeDesignations", options.include_designations),
    ];
    for (name, _) in flags.iter().filter(|(_, set)| *set) {
        all.push(json!({"name": name, "valueBoolean": true}));
    }
    let texts = [
        ("filter", &options.filter),
        ("displayLanguage", &options.language),
    ];
    for (name, text) in texts {
        all.extend(
            text.iter()
                .map(|text| json!({"name": name, "valueString": text})),
        );
    }
    if let Some(count) = options.count {
        all.push(json!({"name": "count", "valueInteger": count}));
        all.push(json!({"name": "offset", "valueInteger": options.offset}));
    }
    for canonical in &options.exclude_systems {
        all.push(json!({"name": "exclude-system", "valueUri": canonical}));
    }
    let versions = [
        ("system-version", &options.versions.default),
        ("check-system-version", &options.versions.check),
        ("force-system-version", &options.versions.force),
    ];
    for (name, list) in versions {
        for (url, version) in list {
            all.push(json!({"name": name, "valueUri": format!("{url}|{version}")}));
        }
    }
    for (name, canonical) in &expansion.used {
        all.push(json!({"name": name, "valueUri": canonical}));
    }
    all
}

fn entry(one: &Entry, out: &mut String) {
    out.push_str(&format!("{{\"system\":{}", quote(&one.system)));
    for (name, set) in [("abstract", one.is_abstract), ("inactive", one.inactive)] {
        if set {
            out.push_str(&format!(",\"{name}\":true"));
        }
    }
    let texts = [
        ("version", one.version.as_deref()),
        ("code", Some(&*one.code)),
        ("display", one.display.as_deref()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            out.push_str(&format!(",\"{name}\":{}", quote(text)));
        }
    }
    for (number, name) in one.designations.iter().enumerate() {
        out.push_str(if number == 0 {
            ",\"designation\":[{"
        } else {
            ",{"
        });
        if let Some(language) = &name.language {
            out.push_str(&format!("\"language\":{},", quote(language)));
        }
        if let Some(usage) = &name.usage {
            out.push_str(&format!("\"use\":{usage},"));
        }
        out.push_str(&format!("\"value\":{}}}", quote(&name.value)));
    }
    if !one.designations.is_empty() {
        out.push(']');
    }
    out.push('}');
}
