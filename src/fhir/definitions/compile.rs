//! The maintainer's compiler: from a package of definitions to the fact tables of `profiles/r4`.
//!
//! `elements.txt` lists each type with its elements in order. A line `= Name kind` opens a type
//! (`resource`, `datatype`, or `part` for a nested element, named by its path); a line below it is
//! one element: name, cardinality, flags (`s` summary, `m` modifier, `-` none), then its types.
//! `@Path` is a nested element, `Reference(A|B)` names the allowed targets, and `!name` the value
//! set of a required binding. `codes.txt` lists those value sets, a line per code system; a system
//! without codes is meant whole, as terminology has it.
//! `bindings.txt` has the value set of each extensible binding, a line for an element's path.
//! `invariants.txt` holds the constraints.

mod invariants;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::Read;

use super::package;
use crate::json::Fault;
use crate::terminology::Rule;
use crate::{Document, Element};

/// Why a package cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read the package: {0}")]
    Archive(#[from] std::io::Error),
    #[error("{file}: {fault}")]
    Json { file: String, fault: Fault },
    #[error("the package holds no StructureDefinition with a snapshot")]
    Empty,
}

/// The table files made from a package, and what could not be compiled, a line each.
#[derive(Debug)]
pub struct Tables {
    /// File name and content.
    pub files: Vec<(String, String)>,
    pub skipped: Vec<String>,
}

/// Compiles gzipped packages, the base standard first and guides after it, into the tables of
/// `profiles/r4`, search parameters included.
pub fn run<R: Read>(archives: impl IntoIterator<Item = R>) -> Result<Tables, Error> {
    let mut package = Package::default();
    let mut searchable = Vec::new();
    let mut texts = Vec::new();
    for archive in archives {
        texts.extend(package::files(archive)?);
    }
    for (file, text) in texts {
        let kind = file.split('-').next().unwrap_or_default();
        match kind {
            "StructureDefinition" | "SearchParameter" | "CompartmentDefinition" => {
                searchable.extend(serde_json::from_str::<serde_json::Value>(&text).ok());
            }
            "ValueSet" | "CodeSystem" => {}
            _ => continue,
        }
        let document = Document::parse(text).map_err(|fault| Error::Json { file, fault })?;
        package.add(document);
    }
    if package.structures.is_empty() {
        return Err(Error::Empty);
    }
    let mut codes = BTreeMap::new();
    let elements = package.elements(&mut codes);
    let search = crate::search::compile::compile(&searchable);
    let files = [
        ("elements.txt", elements),
        ("codes.txt", write_codes(&codes)),
        ("bindings.txt", package.bindings()),
        ("invariants.txt", package.invariants.write()),
        ("search.txt", search.search),
        ("compartments.txt", search.compartments),
    ];
    Ok(Tables {
        files: files.map(|(name, text)| (name.to_owned(), text)).into(),
        skipped: search.skipped,
    })
}

/// Code system → its codes, in order of definition.
type Codes = Vec<(String, Vec<String>)>;

#[derive(Default)]
struct Package {
    invariants: invariants::Invariants,
    structures: BTreeMap<String, Document>,
    value_sets: HashMap<String, Document>,
    code_systems: HashMap<String, Document>,
}

/// Constrained Quantities that count as datatypes of their own.
const QUANTITIES: [&str; 6] = [
    "Age",
    "Count",
    "Distance",
    "Duration",
    "MoneyQuantity",
    "SimpleQuantity",
];

impl Package {
    fn add(&mut self, document: Document) {
        let root = document.root();
        let text = |path: &str| root.text_at(path).unwrap_or_default().into_owned();
        let url = text("url");
        match text("resourceType").as_str() {
            "ValueSet" => {
                self.value_sets.insert(url, document);
            }
            "CodeSystem" => {
                self.code_systems.insert(url, document);
            }
            "StructureDefinition" => {
                let name = text("id");
                let kept = match text("kind").as_str() {
                    "resource" => text("derivation") == "specialization",
                    "complex-type" => {
                        text("derivation") == "specialization"
                            || QUANTITIES.contains(&name.as_str())
                    }
                    _ => false,
                };
                if kept || ["Element", "DomainResource"].contains(&name.as_str()) {
                    self.invariants.add(&name, &document);
                }
                let abstract_type = root.get("abstract").and_then(Element::bool) == Some(true);
                if kept && !abstract_type && root.get("snapshot").is_some() {
                    self.structures.insert(name, document);
                }
            }
            _ => {}
        }
    }

    fn elements(&self, codes: &mut BTreeMap<String, Codes>) -> String {
        let mut out = String::new();
        for (name, document) in &self.structures {
            let root = document.root();
            let kind = match root.text_at("kind").as_deref() {
                Some("resource") => "resource",
                _ => "datatype",
            };
            let all = root.all("snapshot.element");
            let paths: Vec<String> = all.iter().map(|e| renamed(*e, name)).collect();
            let parents: HashSet<&str> = paths.iter().filter_map(|p| parent(p)).collect();
            for owner in std::iter::once(name).chain(paths.iter().skip(1)) {
                if !parents.contains(owner.as_str()) {
                    continue;
                }
                let kind = if owner == name { kind } else { "part" };
                out.push_str(&format!("= {owner} {kind}\n"));
                for (element, path) in all.iter().zip(&paths) {
                    if parent(path) == Some(owner) {
                        out.push_str(&self.element(*element, path, kind, &parents, codes));
                    }
                }
            }
        }
        out
    }

    /// `bindings.txt`: the path of an element and the value set it should be of.
    fn bindings(&self) -> String {
        let mut out = String::new();
        for (name, document) in &self.structures {
            for element in document.root().all("snapshot.element") {
                let strength = element.text_at("binding.strength");
                let url = element.text_at("binding.valueSet").unwrap_or_default();
                let url = url.split('|').next().unwrap_or_default();
                if strength.as_deref() == Some("extensible") && !url.is_empty() {
                    let path = renamed(element, name);
                    out.push_str(&format!("{} {url}\n", path.trim_end_matches("[x]")));
                }
            }
        }
        out
    }

    /// One line of `elements.txt`.
    fn element(
        &self,
        element: Element<'_>,
        path: &str,
        kind: &str,
        parents: &HashSet<&str>,
        codes: &mut BTreeMap<String, Codes>,
    ) -> String {
        let name = path.rsplit('.').next().unwrap_or(path);
        let min = element.get("min").map_or("0", Element::raw);
        let max = element.text_at("max").unwrap_or_default();
        let is = |flag: &str| element.get(flag).and_then(Element::bool) == Some(true);
        let flags = match (is("isSummary"), is("isModifier")) {
            (true, true) => "sm",
            (true, false) => "s",
            (false, true) => "m",
            (false, false) => "-",
        };
        let mut line = format!("{name} {min}..{max} {flags}");
        if let Some(target) = element.text_at("contentReference") {
            line.push_str(&format!(" @{}", target.trim_start_matches('#')));
        } else if parents.contains(path) {
            line.push_str(&format!(" @{path}"));
        }
        if !parents.contains(path) {
            for code in types(element, name, kind) {
                line.push_str(&format!(" {code}"));
            }
        }
        if element.text_at("binding.strength").as_deref() == Some("required")
            && let Some(url) = element.text_at("binding.valueSet")
        {
            let url = url.split('|').next().unwrap_or_default();
            if let Some(expansion) = self.expand(url) {
                let name = url.rsplit('/').next().unwrap_or(url).to_owned();
                line.push_str(&format!(" !{name}"));
                codes.insert(name, expansion);
            }
        }
        line.push('\n');
        line
    }

    /// The codes of a value set, or `None` where this package alone cannot say.
    fn expand(&self, url: &str) -> Option<Codes> {
        let root = self.value_sets.get(url)?.root();
        if root.first("compose.exclude").is_some() {
            return None;
        }
        let mut codes: Codes = Vec::new();
        for include in root.all("compose.include") {
            if include.get("filter").is_some() || include.get("valueSet").is_some() {
                return None;
            }
            let system = include.text_at("system")?.into_owned();
            let mut found = Vec::new();
            if include.get("concept").is_none() && is_told_elsewhere(&system) {
                codes.push((system, found));
                continue;
            }
            if include.get("concept").is_some() {
                collect(include, &mut found);
            } else {
                let definition = self.code_systems.get(&system)?.root();
                if definition.text_at("content").as_deref() != Some("complete") {
                    return None;
                }
                collect(definition, &mut found);
            }
            codes.push((system, found));
        }
        (!codes.is_empty()).then_some(codes)
    }
}

/// Systems that are a grammar or a list of the world: terminology has them whole.
fn is_told_elsewhere(system: &str) -> bool {
    Rule::of(system).is_some() || system == "urn:iso:std:iso:4217"
}

/// Codes of a concept list, children after their parent.
fn collect(holder: Element<'_>, found: &mut Vec<String>) {
    for concept in holder.all("concept") {
        if let Some(code) = concept.text_at("code") {
            found.push(code.into_owned());
        }
        collect(concept, found);
    }
}

/// The path of an element, its first name replaced by the type's own (Age says `Quantity.value`).
fn renamed(element: Element<'_>, name: &str) -> String {
    let path = element.text_at("path").unwrap_or_default();
    match path.split_once('.') {
        Some((_, rest)) => format!("{name}.{rest}"),
        None => name.to_owned(),
    }
}

fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(parent, _)| parent)
}

/// The types of an element, targets of references in parentheses.
fn types(element: Element<'_>, name: &str, kind: &str) -> Vec<String> {
    let tail = |url: &str| url.rsplit('/').next().unwrap_or(url).to_owned();
    let mut out = Vec::new();
    for one in element.all("type") {
        let code = one.text_at("code").unwrap_or_default();
        if code.starts_with("http://hl7.org/fhirpath/") {
            let is_resource_id = kind == "resource" && name == "id";
            let native = one.all("extension").into_iter();
            let mut native = native.filter_map(|e| e.text_at("valueUrl").or(e.text_at("valueUri")));
            out.push(match native.next_back() {
                _ if is_resource_id => "id".to_owned(),
                Some(native) => native.into_owned(),
                None => "string".to_owned(),
            });
            continue;
        }
        let profile = one.text_at("profile").map(|url| tail(&url));
        if profile.as_deref() == Some("SimpleQuantity") {
            out.push("SimpleQuantity".to_owned());
            continue;
        }
        let targets: BTreeSet<String> = one
            .all("targetProfile")
            .iter()
            .filter_map(|url| url.str())
            .map(|url| tail(&url))
            .collect();
        if code != "Reference" || targets.is_empty() || targets.contains("Resource") {
            out.push(code.into_owned());
        } else {
            let targets: Vec<_> = targets.into_iter().collect();
            out.push(format!("Reference({})", targets.join("|")));
        }
    }
    out
}

/// `codes.txt`: `= name`, then a line per system, codes parted by tabs.
fn write_codes(sets: &BTreeMap<String, Codes>) -> String {
    let mut out = String::new();
    for (name, codes) in sets {
        out.push_str(&format!("= {name}\n"));
        for (system, codes) in codes {
            out.push_str(system);
            for code in codes {
                out.push('\t');
                out.push_str(code);
            }
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn compiled(documents: &[&str]) -> (String, String) {
        let mut package = Package::default();
        for text in documents {
            package.add(Document::parse(*text).unwrap());
        }
        let mut codes = BTreeMap::new();
        (package.elements(&mut codes), write_codes(&codes))
    }

    const STRUCTURE: &str = r##"{"resourceType":"StructureDefinition","id":"Thing","kind":"resource",
        "derivation":"specialization","abstract":false,"snapshot":{"element":[
        {"path":"Thing"},
        {"path":"Thing.id","min":0,"max":"1","isSummary":true,"type":[{"code":"http://hl7.org/fhirpath/System.String"}]},
        {"path":"Thing.state","min":1,"max":"1","isSummary":true,"isModifier":true,"type":[{"code":"code"}],
         "binding":{"strength":"required","valueSet":"http://x/ValueSet/states|4.0.1"}},
        {"path":"Thing.part","min":0,"max":"*","type":[{"code":"BackboneElement"}]},
        {"path":"Thing.part.value[x]","min":0,"max":"1","type":[{"code":"string"},{"code":"Reference",
         "targetProfile":["http://hl7.org/fhir/StructureDefinition/Patient","http://hl7.org/fhir/StructureDefinition/Group"]}]},
        {"path":"Thing.part.part","min":0,"max":"*","contentReference":"#Thing.part"}]}}"##;

    #[test]
    fn facts_are_kept_and_prose_is_left_out() {
        let value_set = r#"{"resourceType":"ValueSet","url":"http://x/ValueSet/states",
            "compose":{"include":[{"system":"http://x/s"},{"system":"http://x/t","concept":[{"code":"z"}]}]}}"#;
        let system = r#"{"resourceType":"CodeSystem","url":"http://x/s","content":"complete",
            "concept":[{"code":"on","display":"On","concept":[{"code":"dim"}]},{"code":"off"}]}"#;
        let (elements, codes) = compiled(&[STRUCTURE, value_set, system]);
        assert_eq!(
            elements,
            "= Thing resource\nid 0..1 s id\nstate 1..1 sm code !states\npart 0..* - @Thing.part\n\
             = Thing.part part\nvalue[x] 0..1 - string Reference(Group|Patient)\npart 0..* - @Thing.part\n"
        );
        assert_eq!(codes, "= states\nhttp://x/s\ton\tdim\toff\nhttp://x/t\tz\n");
    }

    #[test]
    fn a_value_set_that_cannot_be_expanded_here_binds_nothing() {
        let value_set = r#"{"resourceType":"ValueSet","url":"http://x/ValueSet/states",
            "compose":{"include":[{"system":"http://loinc.org"}]}}"#;
        let (elements, codes) = compiled(&[STRUCTURE, value_set]);
        assert!(elements.contains("state 1..1 sm code\n"));
        assert_eq!(codes, "");
    }

    #[test]
    fn a_system_that_terminology_has_whole_is_named_without_its_codes() {
        let value_set = r#"{"resourceType":"ValueSet","url":"http://x/ValueSet/states",
            "compose":{"include":[{"system":"urn:iso:std:iso:4217"}]}}"#;
        let (elements, codes) = compiled(&[STRUCTURE, value_set]);
        assert!(elements.contains("state 1..1 sm code !states\n"));
        assert_eq!(codes, "= states\nurn:iso:std:iso:4217\n");
    }

    /// Set `R4_PACKAGES` to hl7.fhir.r4.examples-4.0.1.tgz and hl7.fhir.us.core-7.0.0.tgz, parted
    /// by a colon, to see that the tables are up to date.
    #[test]
    fn the_tables_are_what_the_package_compiles_to() {
        let Ok(paths) = std::env::var("R4_PACKAGES") else {
            return;
        };
        let archives = paths
            .split(':')
            .map(|path| std::fs::File::open(path).unwrap());
        let files = run(archives).unwrap().files;
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles/r4");
        for (name, text) in files {
            let path = format!("{folder}/{name}");
            assert!(
                std::fs::read_to_string(&path).unwrap() == text,
                "{name} is out of date"
            );
        }
    }
}
