//! The maintainer's compiler of profiles: StructureDefinitions reduced to facts, a line each.
//!
//! A line is the StructureDefinition's JSON without prose: what it is, its base, where an extension
//! may be used, and of its differential what can be checked. Lines begin with `url` and `version`
//! and are sorted.

use std::collections::HashSet;
use std::io::Read;

use super::library::CORE;
use super::node;
use crate::definitions::compile::Error;
use crate::definitions::package;
use crate::json::quote;
use crate::{Document, Element};

/// Members of a StructureDefinition that are facts, in the order they are written.
const HEAD: [&str; 7] = [
    "url",
    "version",
    "type",
    "derivation",
    "baseDefinition",
    "context",
    "contextInvariant",
];

/// Members of an ElementDefinition that are facts and hold no prose. Values by choice (`fixed[x]`,
/// `pattern[x]`, `minValue[x]`, `maxValue[x]`) are kept as well.
const ELEMENT: [&str; 10] = [
    "id",
    "path",
    "sliceName",
    "slicing",
    "min",
    "max",
    "type",
    "maxLength",
    "constraint",
    "mustSupport",
];

/// Members of their parts that are facts.
const PARTS: [(&str, &[&str]); 6] = [
    ("slicing", &["discriminator", "rules", "ordered"]),
    ("discriminator", &["type", "path"]),
    ("type", &["code", "profile", "targetProfile", "aggregation"]),
    ("constraint", &["key", "severity", "expression"]),
    ("binding", &["strength", "valueSet"]),
    ("context", &["type", "expression"]),
];

const CHOICES: [&str; 4] = ["fixed", "pattern", "minValue", "maxValue"];

/// The profiles of a package, a line each, sorted; and the package's version.
///
/// Errors: a damaged archive, a file that is not JSON, or no profile in it.
pub fn compile(archive: impl Read) -> Result<(String, String), Error> {
    let mut profiles = Vec::new();
    let mut version = String::new();
    for (file, text) in package::files(archive)? {
        let is_structure = file.starts_with("StructureDefinition-");
        if !is_structure && file != "package.json" {
            continue;
        }
        let document = Document::parse(text).map_err(|fault| Error::Json { file, fault })?;
        let root = document.root();
        if !is_structure {
            version = root.text_at("version").unwrap_or_default().into_owned();
        } else if root.text_at("derivation").as_deref() == Some("constraint") {
            profiles.push(document);
        }
    }
    let url = |document: &Document| document.root().text_at("url").map(|url| url.into_owned());
    let own: HashSet<String> = profiles.iter().filter_map(url).collect();
    let mut lines: Vec<String> = profiles.iter().map(|one| line(one.root(), &own)).collect();
    if lines.is_empty() {
        return Err(Error::Empty);
    }
    lines.sort();
    Ok((version, lines.concat()))
}

/// The line of one StructureDefinition. Where its base is neither R4's nor of the package (`own`),
/// its snapshot stands for the differential, laid over the type itself.
fn line(root: Element<'_>, own: &HashSet<String>) -> String {
    let base = root.text_at("baseDefinition").unwrap_or_default();
    let is_known = base.starts_with(CORE) || own.contains(base.split('|').next().unwrap_or(&base));
    let of_type = format!("{CORE}{}", root.text_at("type").unwrap_or_default());
    let mut members: Vec<String> = HEAD
        .iter()
        .filter_map(|name| match *name {
            "baseDefinition" if !is_known => Some(format!("{}:{}", quote(name), quote(&of_type))),
            name => Some(member(name, root.get(name)?)),
        })
        .collect();
    let elements: Vec<String> = root
        .all(if is_known {
            "differential.element"
        } else {
            "snapshot.element"
        })
        .into_iter()
        .filter_map(element)
        .collect();
    let elements = elements.join(",");
    members.push(format!("\"differential\":{{\"element\":[{elements}]}}"));
    format!("{{{}}}\n", members.join(","))
}

/// The facts of an element; `None` where there are none.
fn element(element: Element<'_>) -> Option<String> {
    let mut members = Vec::new();
    let mut facts = false;
    for (name, value) in element.members() {
        let bound = name == "binding" && value.get("valueSet").is_some();
        if ELEMENT.contains(&name.as_ref()) || bound || is_choice(&name) {
            facts |= !matches!(name.as_ref(), "id" | "path");
            members.push(member(&name, value));
        }
    }
    facts.then(|| format!("{{{}}}", members.join(",")))
}

/// An invariant that only a snapshot repeats from the base.
fn is_of_base(item: Element<'_>) -> bool {
    item.get("source").is_some() && node::is_of_base(item)
}

fn is_choice(name: &str) -> bool {
    let typed = |rest: &str| rest.starts_with(|c: char| c.is_ascii_uppercase());
    let mut choices = CHOICES.iter();
    choices.any(|choice| name.strip_prefix(choice).is_some_and(typed))
}

fn member(name: &str, value: Element<'_>) -> String {
    let parts = PARTS.iter().find(|(of, _)| *of == name).map(|(_, p)| *p);
    format!("{}:{}", quote(name), reduced(value, parts))
}

/// A value without white space and, where `parts` are told, without the other members.
fn reduced(value: Element<'_>, parts: Option<&[&str]>) -> String {
    use crate::json::Kind;
    match value.kind() {
        Kind::Array => {
            let items = value.items().filter(|item| !is_of_base(*item));
            let items: Vec<String> = items.map(|item| reduced(item, parts)).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Object => {
            let kept = |name: &str| parts.is_none_or(|parts| parts.contains(&name));
            let members = value.members().filter(|(name, _)| kept(name));
            let members: Vec<String> = members.map(|(name, value)| member(&name, value)).collect();
            format!("{{{}}}", members.join(","))
        }
        _ => value.raw().to_owned(),
    }
}
