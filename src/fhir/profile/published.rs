//! What ships of profiles and types, as StructureDefinition resources: the facts, with what R4 requires
//! of such a resource and without prose.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::{Map, Value, json};

use super::library::CORE;
use super::merge::type_named;
use super::node::Node;
use super::snapshot::{Row, snapshot};
use super::{Profile, shipped};
use crate::definitions::{self, Primitive, Type, TypeKind};
use crate::registry::Registry;
use crate::{Document, Element, ResourceType};

/// Longest id of a resource, in characters.
const ID_MAX: usize = 64;
/// The version of R4 itself.
const R4: &str = "4.0.1";

/// A StructureDefinition that ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    pub id: String,
    /// As JSON.
    pub text: String,
}

/// A profile that ships: its id here and its line of facts.
type Listed = (String, &'static str);

struct Index {
    by_url: HashMap<&'static str, Vec<Listed>>,
    /// The address of each id.
    by_id: HashMap<String, &'static str>,
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut by_id: HashMap<String, &'static str> = HashMap::new();
    let mut by_url: HashMap<&'static str, Vec<Listed>> = HashMap::new();
    for (url, lines) in shipped::by_url() {
        for (number, (version, line)) in lines.iter().enumerate() {
            let end = fit(url.rsplit('/').next().unwrap_or(url));
            let versioned = fit(&format!("{version}-{end}"));
            // The edition that is meant where none is named bears the plain name.
            let names = [end.clone(), versioned].into_iter().skip(number.min(1));
            let numbered = (2..).map(|n| fit(&format!("{n}-{end}")));
            let mut names = names.chain(numbered);
            let free = |name: &String| !by_id.contains_key(name) && type_named(name).is_none();
            let Some(id) = names.find(free) else { continue };
            by_id.insert(id.clone(), url);
            by_url.entry(url).or_default().push((id, line));
        }
    }
    Index { by_url, by_id }
});

fn fit(name: &str) -> String {
    let letters = name.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') => c,
        _ => '-',
    });
    letters.take(ID_MAX).collect()
}

/// The StructureDefinition of an id here: a type by its name, a profile by the end of its address,
/// other editions of it with their version before that.
pub fn by_id(id: &str) -> Option<Published> {
    if let Some(found) = type_definition(id) {
        return Some(found);
    }
    let url = INDEX.by_id.get(id)?;
    bearing(url).into_iter().find(|one| one.id == id)
}

/// The StructureDefinitions that bear an address, the one meant without a version first.
pub fn bearing(url: &str) -> Vec<Published> {
    let base = url.strip_prefix(CORE).and_then(type_definition);
    let listed = INDEX.by_url.get(url).into_iter().flatten();
    let profiles = listed.filter_map(|(id, line)| profile(id, line));
    base.into_iter().chain(profiles).collect()
}

/// A type's name and its StructureDefinition.
type Opened = (&'static str, OnceLock<Option<Document>>);

/// Types by name, once somebody asks what an element of them is.
static TYPES: LazyLock<Vec<Opened>> = LazyLock::new(|| {
    let all = definitions::r4().types.iter();
    all.map(|of| (of.name, OnceLock::new())).collect()
});

/// The ElementDefinition of an element of a type, by its name without `[x]`; without one that of the
/// type itself.
pub(crate) fn element_definition(of: &Type, name: Option<&str>) -> Option<Element<'static>> {
    let owner = of.name.split('.').next().unwrap_or(of.name);
    let types: &'static Vec<_> = &TYPES;
    let (_, slot) = types.iter().find(|(name, _)| *name == owner)?;
    let read = || Document::parse(type_definition(owner)?.text).ok();
    let document: &'static Document = slot.get_or_init(read).as_ref()?;
    let path = match name {
        Some(name) => format!("{}.{name}", of.name),
        None => of.name.to_owned(),
    };
    let is = |one: &Element<'_>| {
        let own = one.text_at("path");
        own.is_some_and(|own| own.trim_end_matches("[x]") == path)
    };
    let all = document.root().all("differential.element").into_iter();
    all.into_iter().find(is)
}

/// A line of facts, made whole.
fn profile(id: &str, line: &str) -> Option<Published> {
    let Ok(Value::Object(mut facts)) = serde_json::from_str(line) else {
        return None;
    };
    let text = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default();
    let (url, type_name) = (text("url").to_owned(), text("type").to_owned());
    let mut out = head(id, &url, text("version"), &type_name);
    if let Some(elements) = facts
        .get_mut("differential")
        .and_then(|d| d.get_mut("element"))
    {
        elements
            .as_array_mut()
            .into_iter()
            .flatten()
            .for_each(complete);
    }
    // In the order of the standard.
    for name in [
        "context",
        "contextInvariant",
        "type",
        "baseDefinition",
        "derivation",
        "differential",
    ] {
        if let Some(value) = facts.remove(name) {
            out.insert(name.to_owned(), value);
        }
    }
    Some(published(id, out))
}

/// R4 wants words for people in each constraint: its key has to do. It has no empty lists.
fn complete(element: &mut Value) {
    if let Some(members) = element.as_object_mut() {
        members.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    }
    let constraints = element.get_mut("constraint").and_then(Value::as_array_mut);
    for constraint in constraints.into_iter().flatten() {
        let key = constraint.get("key").cloned();
        if let (Some(members), Some(key)) = (constraint.as_object_mut(), key) {
            members.entry("human").or_insert(key);
        }
    }
}

/// A type of R4 itself, by its name.
fn type_definition(name: &str) -> Option<Published> {
    let of = type_named(name).filter(|of| of.kind != TypeKind::Part)?;
    let mut out = head(of.name, &format!("{CORE}{}", of.name), R4, of.name);
    let base = match (of.kind, of.name) {
        (TypeKind::Resource, "Bundle" | "Binary" | "Parameters") => "Resource",
        (TypeKind::Resource, _) => "DomainResource",
        (_, "Age" | "Count" | "Distance" | "Duration" | "MoneyQuantity" | "SimpleQuantity") => {
            "Quantity"
        }
        (_, "Dosage" | "Timing" | "ElementDefinition") => "BackboneElement",
        _ => "Element",
    };
    let bare = Profile {
        type_name: of.name.to_owned(),
        root: Node::named(of.name),
        ..Profile::default()
    };
    let elements: Vec<Value> = snapshot(&bare).iter().map(element).collect();
    out.insert("type".to_owned(), json!(of.name));
    out.insert("baseDefinition".to_owned(), json!(format!("{CORE}{base}")));
    out.insert("derivation".to_owned(), json!("specialization"));
    out.insert("differential".to_owned(), json!({ "element": elements }));
    Some(published(of.name, out))
}

fn element(row: &Row<'_>) -> Value {
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(row.id));
    out.insert("path".to_owned(), json!(row.id));
    out.insert("min".to_owned(), json!(row.min));
    out.insert("max".to_owned(), json!(row.max.to_string()));
    if let Some(path) = &row.content_reference {
        out.insert("contentReference".to_owned(), json!(format!("#{path}")));
    } else if !row.types.is_empty() {
        let types = row.types.iter().map(|one| match one.targets.is_empty() {
            true => json!({ "code": one.code }),
            false => json!({ "code": one.code, "targetProfile": one.targets }),
        });
        out.insert("type".to_owned(), types.collect());
    }
    if let Some((strength, value_set)) = bound(&row.id) {
        let binding = json!({ "strength": strength, "valueSet": value_set });
        out.insert("binding".to_owned(), binding);
    }
    Value::Object(out)
}

/// The value set R4 binds the element of a path to, as far as it ships.
fn bound(path: &str) -> Option<(&'static str, String)> {
    let (of, name) = path.trim_end_matches("[x]").rsplit_once('.')?;
    if let Some(url) = definitions::extensible(of, name) {
        return Some(("extensible", url.to_owned()));
    }
    let r4 = definitions::r4();
    let resource = ResourceType::from_name(of).map(definitions::resource);
    let codes = r4.codes(resource.or_else(|| r4.named(of))?.slot(name)?)?;
    let url = format!("http://hl7.org/fhir/ValueSet/{}", codes.name);
    let known = Registry::shipped_alone().find(ResourceType::VALUE_SET, &url);
    known.map(|_| ("required", url))
}

fn head(id: &str, url: &str, version: &str, type_name: &str) -> Map<String, Value> {
    let kind = match type_name {
        name if ResourceType::from_name(name).is_some() => "resource",
        name if Primitive::from_name(name).is_some() => "primitive-type",
        _ => "complex-type",
    };
    // A name begins with a capital letter and has no others than letters, digits and _.
    let tail = url.rsplit('/').next().unwrap_or(url);
    let words = tail.split(|c: char| !c.is_ascii_alphanumeric());
    let name: String = words.map(capital).collect();
    let name = match name.starts_with(|c: char| c.is_ascii_uppercase()) {
        true => name,
        false => format!("N{name}"),
    };
    let head = json!({ "resourceType": "StructureDefinition", "id": id, "url": url,
        "version": version, "name": name, "status": "active", "fhirVersion": R4, "kind": kind,
        "abstract": false });
    match head {
        Value::Object(head) => head,
        _ => Map::new(),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn published(id: &str, resource: Map<String, Value>) -> Published {
    Published {
        id: id.to_owned(),
        text: Value::Object(resource).to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::validate;

    #[test]
    fn every_profile_and_type_that_ships_is_a_valid_structure_definition() {
        let types = definitions::r4().types.iter().map(|of| of.name);
        let types = types.filter(|name| !name.contains('.') && *name != "Element");
        let all: Vec<String> = types.map(str::to_owned).collect();
        let profiles = INDEX.by_id.keys().cloned();
        let (mut count, mut wrong) = (0, Vec::new());
        for id in all.into_iter().chain(profiles) {
            let found = by_id(&id).unwrap_or_else(|| panic!("{id}"));
            assert_eq!(found.id, id);
            let document = Document::parse(found.text.as_str()).unwrap();
            let faults = validate::validate(document).err().unwrap_or_default();
            wrong.extend(faults.into_iter().map(|fault| (id.clone(), fault)));
            count += 1;
        }
        assert!(wrong.is_empty(), "{wrong:?}");
        assert!(count > 700, "{count}");
        assert_eq!(INDEX.by_id.len(), shipped::all().len());
    }

    #[test]
    fn editions_of_a_profile_are_told_apart_by_their_ids() {
        let url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
        let ids: Vec<String> = bearing(url).into_iter().map(|one| one.id).collect();
        assert_eq!(
            ids,
            [
                "us-core-patient",
                "8.0.0-us-core-patient",
                "6.1.0-us-core-patient"
            ]
        );
        assert!(by_id("us-core-patient").unwrap().text.contains("\"7.0.0\""));
        let patient = &bearing("http://hl7.org/fhir/StructureDefinition/Patient")[0];
        assert_eq!(patient.id, "Patient");
        assert!(patient.text.contains("ValueSet/marital-status"));
        assert!(patient.text.contains("ValueSet/administrative-gender"));
        assert!(by_id("Patient.contact").is_none() && by_id("nothing").is_none());
    }
}
