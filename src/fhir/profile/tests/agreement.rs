//! Generated snapshots against those that the packages bring along.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::super::snapshot::snapshot;
use super::*;
use crate::Element;
use crate::definitions::package;

/// A package of the folder that is not committed, where it is there.
fn structures(name: &str) -> Vec<Document> {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/packages");
    let named = std::env::var("PACKAGES").unwrap_or_else(|_| shared.to_owned());
    let Ok(archive) = std::fs::File::open(PathBuf::from(named).join(name)) else {
        return Vec::new();
    };
    let files = package::files(archive).unwrap().into_iter();
    let files = files.filter(|(name, _)| name.starts_with("StructureDefinition-"));
    files
        .map(|(_, text)| Document::parse(text).unwrap())
        .collect()
}

/// The facts of a snapshot's element as text, in the form both sides have.
fn theirs(element: Element<'_>) -> BTreeMap<&'static str, String> {
    let mut facts = BTreeMap::new();
    facts.insert("min", element.get("min").unwrap().raw().to_owned());
    facts.insert("max", element.text_at("max").unwrap().into_owned());
    let texts = |of: Element<'_>, name: &str| -> Vec<String> {
        let all = of.all(name).into_iter();
        all.map(|one| tail(&one.str().unwrap())).collect()
    };
    let types = element.all("type").into_iter().map(|one| {
        let at = element.text_at("id").unwrap();
        rule(
            plain(&one.text_at("code").unwrap(), &at),
            texts(one, "profile"),
            texts(one, "targetProfile"),
        )
    });
    facts.insert(
        "types",
        types.collect::<BTreeSet<_>>().into_iter().collect(),
    );
    for (name, value) in element.members() {
        for kind in ["fixed", "pattern"] {
            if name.starts_with(kind) {
                facts.insert(
                    kind,
                    value.to_document().text().split_whitespace().collect(),
                );
            }
        }
    }
    if let Some(binding) = element.get("binding")
        && let Some(value_set) = binding.text_at("valueSet")
    {
        let strength = binding.text_at("strength").unwrap();
        facts.insert("binding", format!("{strength} {}", tail(&value_set)));
    }
    facts
}

fn tail(canonical: &str) -> String {
    let url = canonical.split('|').next().unwrap();
    url.replace("http://hl7.org/fhir/StructureDefinition/", "")
}

/// Each fact on which the sides may differ, and why.
const DIFFER: &[(&str, &str)] = &[
    // The package's snapshot carries what the extension's own definition says; that definition is
    // checked by itself here.
    (
        "us-core-observation-adi-documentation",
        "Observation.extension:supporting-info.",
    ),
    // The package's snapshot takes what is inside the slices from the base type, as if the
    // element of all slices were not narrowed; here both hold.
    ("us-core-provenance", "Provenance.agent:Provenance"),
    // The value of a primitive is no element of its own here.
    (
        "us-core-questionnaireresponse",
        "QuestionnaireResponse.questionnaire.value",
    ),
];

fn rule(code: &str, mut profiles: Vec<String>, mut targets: Vec<String>) -> String {
    let code = match code {
        "http://hl7.org/fhirpath/System.String" => "string",
        // The base tables know constrained quantities as types.
        "SimpleQuantity" | "MoneyQuantity" => {
            profiles = vec![code.to_owned()];
            "Quantity"
        }
        other => other,
    };
    profiles.sort();
    targets.sort();
    targets.retain(|target| target != "Resource" && code != "canonical");
    format!("{code}{profiles:?}{targets:?};")
}

/// Ids and addresses are strings to the packages, and say so each in its own way.
fn plain<'c>(code: &'c str, at: &str) -> &'c str {
    match code {
        "id" | "uri" if at.ends_with(".id") || at.ends_with(".url") => "string",
        code => code,
    }
}

fn ours(row: &super::super::snapshot::Row<'_>) -> BTreeMap<&'static str, String> {
    let mut facts = BTreeMap::new();
    facts.insert("min", row.min.to_string());
    facts.insert("max", row.max.to_string());
    let texts = |all: &[String]| all.iter().map(|one| tail(one)).collect();
    let types = row.types.iter().map(|one| {
        rule(
            plain(&one.code, &row.id),
            texts(&one.profiles),
            texts(&one.targets),
        )
    });
    facts.insert(
        "types",
        types.collect::<BTreeSet<_>>().into_iter().collect(),
    );
    let text = |sample: &Sample| sample.document.text().split_whitespace().collect();
    if let Some(sample) = row.fixed {
        facts.insert("fixed", text(sample));
    }
    if let Some(sample) = row.pattern {
        facts.insert("pattern", text(sample));
    }
    if let Some(binding) = row.binding {
        let value_set = tail(&binding.value_set);
        facts.insert(
            "binding",
            format!("{} {value_set}", binding.strength.code()),
        );
    }
    facts
}

/// Profiles seen, elements seen, and where the two sides differ.
fn compare(package: &str) -> (usize, usize, Vec<String>) {
    let registry = Registry::shipped();
    let mut differences = Vec::new();
    let (mut profiles, mut elements) = (0, 0);
    for document in structures(package) {
        let root = document.root();
        if root.text_at("derivation").as_deref() != Some("constraint") {
            continue;
        }
        let profile = registry.compile_profile(&document).unwrap();
        profiles += 1;
        let id = root.text_at("id").unwrap();
        let rows = snapshot(&profile);
        let mut known: BTreeMap<&str, _> = rows.iter().map(|row| (row.id.as_str(), row)).collect();
        for element in root.all("snapshot.element") {
            elements += 1;
            let at = element.text_at("id").unwrap();
            let may = |(of, place): &(&str, &str)| id == *of && at.starts_with(place);
            let may_differ = DIFFER.iter().any(may);
            let row = known.remove(at.as_ref());
            if may_differ {
                continue;
            }
            // Some packages repeat inside each slice what holds for all of them.
            let row = row.or_else(|| {
                let plain = at.split('.').map(|part| part.split(':').next().unwrap());
                let plain = plain.collect::<Vec<_>>().join(".");
                rows.iter().find(|row| row.id == plain)
            });
            let Some(row) = row else {
                differences.push(format!("{id}: {at} is missing"));
                continue;
            };
            let (theirs, mut ours) = (theirs(element), ours(row));
            // What the base type binds is base validation's, and not in a profile's tree.
            if let Some(base) = theirs.get("binding").filter(|_| row.binding.is_none()) {
                ours.insert("binding", base.clone());
            }
            if !at.contains('.') || row.content_reference.is_some() {
                ours.insert("types", theirs["types"].clone());
            }
            for name in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
                if theirs.get(name) != ours.get(name) {
                    let (theirs, ours) = (theirs.get(name), ours.get(name));
                    differences.push(format!("{id}: {at}: {name}: {theirs:?} {ours:?}"));
                }
            }
        }
        differences.extend(known.keys().map(|at| format!("{id}: {at} is too many")));
    }
    (profiles, elements, differences)
}

#[test]
fn generated_snapshots_of_us_core_agree_with_the_packages_own() {
    for version in ["6.1.0", "7.0.0", "8.0.0"] {
        let (profiles, elements, differences) = compare(&format!("hl7.fhir.us.core-{version}.tgz"));
        for difference in &differences {
            println!("{difference}");
        }
        println!("{version}: {profiles} profiles, {elements} elements");
        assert!(differences.is_empty(), "{} differences", differences.len());
    }
}
