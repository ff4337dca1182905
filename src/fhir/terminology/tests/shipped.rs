//! What ships: R4's own code systems and value sets, US Core's, and a few lists of the world.

use super::*;

const FHIR: &str = "http://hl7.org/fhir";

fn expanded(url: &str) -> Result<usize, Fault> {
    let registry = Registry::shipped();
    let terminology = registry.terminology();
    let set = terminology.value_set(url);
    let set = set.ok_or_else(|| Fault::ValueSet(url.to_owned()))?;
    Ok(terminology.expand(&set, &Options::default())?.total)
}

#[test]
fn value_sets_expand() {
    for (url, count) in [
        ("http://hl7.org/fhir/ValueSet/administrative-gender", 4),
        (
            "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1",
            4,
        ),
        ("http://hl7.org/fhir/ValueSet/observation-status", 8),
        ("http://hl7.org/fhir/ValueSet/iso3166-1-2", 249),
        ("http://hl7.org/fhir/ValueSet/iso3166-1-3", 249),
        ("http://hl7.org/fhir/ValueSet/iso3166-1-N", 249),
        (
            "http://hl7.org/fhir/us/core/ValueSet/us-core-usps-state",
            62,
        ),
        ("http://hl7.org/fhir/us/core/ValueSet/omb-race-category", 8),
    ] {
        assert_eq!(expanded(url), Ok(count), "{url}");
    }
    let languages = expanded("http://hl7.org/fhir/ValueSet/all-languages");
    assert!(
        matches!(languages, Err(Fault::TooCostly(_))),
        "{languages:?}"
    );
}

#[test]
fn every_shipped_resource_is_read_and_what_cannot_expand_says_why() {
    let registry = Registry::shipped();
    let terminology = registry.terminology();
    let mut expanded = 0;
    for one in registry.each(ResourceType::VALUE_SET) {
        let set = one.value_set().unwrap();
        assert_eq!(&*set.url, one.url());
        match terminology.expand(&set, &Options::default()) {
            Ok(_) => expanded += 1,
            Err(Fault::Cycle(url)) => panic!("{url}"),
            Err(_) => {}
        }
    }
    assert!(expanded > 1_200, "{expanded}");
    for one in registry.each(ResourceType::CODE_SYSTEM) {
        assert_eq!(&*one.code_system().unwrap().url, one.url());
    }
    for one in registry.each(ResourceType::CONCEPT_MAP) {
        assert!(one.concept_map().unwrap().canonical.starts_with(one.url()));
    }
}

#[test]
fn membership_of_shipped_value_sets_is_certain_where_it_can_be() {
    let registry = Registry::shipped();
    let terminology = registry.terminology();
    let sets = |name: &str| format!("{FHIR}/ValueSet/{name}");
    for (set, system, code, expected) in [
        (
            "administrative-gender",
            Some("http://hl7.org/fhir/administrative-gender"),
            "male",
            Yes,
        ),
        (
            "administrative-gender",
            Some("http://hl7.org/fhir/administrative-gender"),
            "man",
            No,
        ),
        ("administrative-gender", None, "other", Yes),
        ("administrative-gender", Some("http://x"), "male", No),
        ("mimetypes", None, "text/plain", Yes),
        ("mimetypes", None, "a letter", No),
        ("currencies", None, "USD", Yes),
        ("currencies", None, "DEM", Yes),
        ("currencies", None, "US$", No),
        ("all-languages", None, "en-US", Yes),
        ("all-languages", None, "english please", No),
        (
            "condition-code",
            Some("http://snomed.info/sct"),
            "38341003",
            Unknown,
        ),
    ] {
        assert_eq!(
            terminology.member_of(&sets(set), system, code),
            expected,
            "{set} {code}"
        );
    }
    let simple = "http://hl7.org/fhir/us/core/ValueSet/simple-language|7.0.0";
    let language = |code: &str| terminology.member_of(simple, Some("urn:ietf:bcp:47"), code);
    assert_eq!([language("en"), language("zh-Hans")], [Yes, No]);
}

#[test]
fn the_hierarchy_and_maps_of_the_standard_are_there() {
    let registry = Registry::shipped();
    let terminology = registry.terminology();
    let role = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
    let found = terminology.subsumes(role, None, "PRN", "MTH");
    assert_eq!(found, Ok(Subsumption::Subsumes));
    let gender = Coding::new("http://hl7.org/fhir/administrative-gender", "male");
    let maps = terminology.concept_maps(
        Some("http://hl7.org/fhir/ValueSet/administrative-gender"),
        None,
    );
    let found = terminology
        .translate(&maps, &gender, &Wish::default())
        .unwrap();
    assert!(
        found
            .iter()
            .any(|one| one.target.as_ref().is_some_and(|t| &*t.code == "M"))
    );
    let found = terminology.lookup(&gender, None).unwrap();
    assert_eq!(found.display, "Male");
}

#[test]
fn the_units_in_common_use_are_units() {
    let registry = Registry::shipped();
    let set = registry
        .terminology()
        .value_set("http://hl7.org/fhir/ValueSet/ucum-common");
    let set = set.unwrap();
    let named = set.include.iter().flat_map(|part| &part.concepts);
    let bad: Vec<&str> = named
        .map(|one| &*one.code)
        .filter(|code| Rule::Unit.has(code) == No)
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

/// Set `TERMINOLOGY_SOURCES` and `TERMINOLOGY_LIBRARY` to the packages and files the tables are made
/// from, parted by colons, to see that they are up to date.
#[test]
fn the_tables_are_what_the_packages_compile_to() {
    let Ok(paths) = std::env::var("TERMINOLOGY_SOURCES") else {
        return;
    };
    let library = std::env::var("TERMINOLOGY_LIBRARY").unwrap_or_default();
    let mut sources = compile::Sources::default();
    let all = paths.split(':').map(|path| (path, false));
    let library = library.split(':').filter(|path| !path.is_empty());
    for (path, is_library) in all.chain(library.map(|path| (path, true))) {
        match path.ends_with(".json") {
            true => {
                let text = std::fs::read_to_string(path).unwrap();
                sources.file(path, &text, is_library).unwrap();
            }
            false => {
                let archive = std::fs::File::open(path).unwrap();
                sources.package(archive, is_library).unwrap();
            }
        }
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../profiles/terminology");
    for (name, text) in sources.compile() {
        let path = format!("{folder}/{name}");
        assert!(
            std::fs::read_to_string(&path).unwrap() == text,
            "{name} is out of date"
        );
    }
}
