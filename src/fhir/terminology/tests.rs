//! Terminology over made-up code systems, and over what ships.
#![allow(clippy::unwrap_used)]

mod agreement;
mod shipped;

use super::*;
use crate::Document;
use crate::registry::Change;
use Membership::{No, Unknown, Yes};

/// Animals, with a hierarchy, an inactive and an abstract concept, and names in German.
pub(super) const ANIMALS: &str = r#"{"resourceType":"CodeSystem","url":"http://x/animals","version":"2",
    "name":"Animals","status":"active","content":"complete","caseSensitive":true,
    "hierarchyMeaning":"is-a","valueSet":"http://x/all-animals",
    "property":[{"code":"legs","type":"integer"},{"code":"parent","type":"code"}],
    "concept":[
    {"code":"animal","display":"Animal","property":[{"code":"notSelectable","valueBoolean":true}],
     "concept":[
      {"code":"mammal","display":"Mammal","definition":"Has hair","concept":[
       {"code":"dog","display":"Dog","designation":[{"language":"de","value":"Hund"}],
        "property":[{"code":"legs","valueInteger":4}]},
       {"code":"whale","display":"Whale"}]},
      {"code":"bird","display":"Bird","property":[{"code":"legs","valueInteger":2}]},
      {"code":"dodo","display":"Dodo","property":[{"code":"status","valueCode":"retired"},
       {"code":"parent","valueCode":"bird"}]}]}]}"#;

/// Colors: lower and upper case are one, and not all are here.
const COLORS: &str = r#"{"resourceType":"CodeSystem","url":"http://x/colors","status":"active",
    "content":"fragment","caseSensitive":false,"concept":[{"code":"Red"},{"code":"Blue"}]}"#;

pub(super) fn registry(resources: &[&str]) -> Registry {
    let changes = resources.iter().zip(0..).map(|(text, number)| {
        let document = Document::parse(*text).unwrap();
        let name = document.root().resource_type_name().unwrap().into_owned();
        let change = Change::Put {
            row_version: 1,
            document,
        };
        let resource_type = ResourceType::from_name(&name).unwrap();
        (resource_type, format!("r{number}"), change)
    });
    Registry::shipped().with(changes.collect::<Vec<_>>()).0
}

pub(super) fn value_set(url: &str, compose: &str) -> String {
    format!(r#"{{"resourceType":"ValueSet","url":"{url}","status":"active","compose":{compose}}}"#)
}

fn set(compose: &str) -> ValueSet {
    ValueSet::read(&Document::parse(value_set("http://x/vs", compose)).unwrap())
}

fn codes(registry: &Registry, compose: &str) -> Result<Vec<String>, Fault> {
    let expansion = registry
        .terminology()
        .expand(&set(compose), &Options::default())?;
    Ok(expansion
        .entries
        .iter()
        .map(|one| one.code.to_string())
        .collect())
}

fn filtered(registry: &Registry, property: &str, op: &str, value: &str) -> String {
    let compose = format!(
        r#"{{"include":[{{"system":"http://x/animals","filter":[
        {{"property":"{property}","op":"{op}","value":"{value}"}}]}}]}}"#
    );
    codes(registry, &compose).map_or_else(|fault| fault.to_string(), |codes| codes.join(" "))
}

#[test]
fn each_filter_selects_what_the_standard_says() {
    let registry = registry(&[ANIMALS]);
    for (property, op, value, expected) in [
        ("concept", "is-a", "mammal", "mammal dog whale"),
        ("concept", "descendent-of", "mammal", "dog whale"),
        ("concept", "is-not-a", "mammal", "animal bird dodo"),
        ("concept", "generalizes", "dog", "animal mammal dog"),
        ("concept", "is-a", "bird", "bird dodo"),
        ("concept", "is-a", "unicorn", ""),
        ("legs", "=", "4", "dog"),
        ("legs", "exists", "true", "dog bird"),
        ("legs", "exists", "false", "animal mammal whale dodo"),
        ("code", "regex", "d.*", "dog dodo"),
        ("code", "regex", "o", ""),
        ("code", "in", "dog, bird", "dog bird"),
        ("code", "not-in", "dog,bird", "animal mammal whale dodo"),
        ("parent", "=", "mammal", "dog whale"),
        ("status", "=", "retired", "dodo"),
    ] {
        assert_eq!(
            filtered(&registry, property, op, value),
            expected,
            "{property} {op} {value}"
        );
    }
    for (property, op) in [("wings", "="), ("code", "~"), ("legs", "is-a")] {
        let answer = filtered(&registry, property, op, "1");
        assert!(answer.starts_with("nobody here can filter"), "{answer}");
    }
    assert!(filtered(&registry, "code", "regex", "(").starts_with("nobody"));
}

#[test]
fn includes_add_up_their_parts_meet_and_excludes_take_away() {
    let mammals = value_set(
        "http://x/mammals",
        r#"{"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"is-a","value":"mammal"}]}]}"#,
    );
    let pets = value_set(
        "http://x/pets",
        r#"{"include":[{"system":"http://x/animals","concept":[{"code":"dog"},{"code":"bird"}]}]}"#,
    );
    let registry = registry(&[ANIMALS, &mammals, &pets]);
    for (compose, expected) in [
        (
            r#"{"include":[{"valueSet":["http://x/mammals","http://x/pets"]}]}"#,
            "dog",
        ),
        (
            r#"{"include":[{"valueSet":["http://x/mammals"]},{"valueSet":["http://x/pets"]}]}"#,
            "mammal dog whale bird",
        ),
        (
            r#"{"include":[{"system":"http://x/animals","valueSet":["http://x/pets"]}],
            "exclude":[{"valueSet":["http://x/mammals"]}]}"#,
            "bird",
        ),
        (
            r#"{"inactive":false,"include":[{"system":"http://x/animals","filter":[{"property":"concept","op":"is-a","value":"bird"}]}]}"#,
            "bird",
        ),
        (
            r#"{"include":[{"valueSet":["http://x/all-animals"]}],"exclude":[{"system":"http://x/animals","concept":[{"code":"animal"}]}]}"#,
            "mammal dog whale bird dodo",
        ),
        (
            r#"{"include":[{"valueSet":["http://x/animals?fhir_vs=isa/bird"]}]}"#,
            "bird dodo",
        ),
        (
            r#"{"include":[{"valueSet":["http://x/animals?fhir_vs"]}]}"#,
            "animal mammal dog whale bird dodo",
        ),
    ] {
        assert_eq!(
            codes(&registry, compose).unwrap().join(" "),
            expected,
            "{compose}"
        );
    }
}

#[test]
fn what_is_not_here_is_not_guessed() {
    let registry = registry(&[ANIMALS, COLORS]);
    let terminology = registry.terminology();
    let all_of = |system: &str| set(&format!(r#"{{"include":[{{"system":"{system}"}}]}}"#));
    let asked = |system: &str, code: &str| terminology.is_in(&all_of(system), Some(system), code);
    assert_eq!(asked("http://x/animals", "dog"), Yes);
    assert_eq!(asked("http://x/animals", "Dog"), No);
    assert_eq!(asked("http://x/colors", "rEd"), Yes);
    assert_eq!(asked("http://x/colors", "green"), Unknown);
    assert_eq!(asked("http://x/elsewhere", "green"), Unknown);
    assert_eq!(
        terminology.is_in(&all_of("http://x/animals"), None, "dog"),
        Yes
    );
    assert_eq!(
        terminology.is_in(&all_of("http://x/animals"), None, "x"),
        No
    );
    assert_eq!(
        terminology.member_of("http://x/nowhere", None, "x"),
        Unknown
    );
    let fault = codes(
        &registry,
        r#"{"include":[{"system":"http://x/elsewhere"}]}"#,
    );
    assert_eq!(
        fault.unwrap_err(),
        Fault::System("http://x/elsewhere".into())
    );
    let named = r#"{"include":[{"system":"http://x/elsewhere","concept":[{"code":"a"}]}]}"#;
    assert_eq!(codes(&registry, named).unwrap(), ["a"]);
    let excluding = r#"{"include":[{"system":"http://x/animals"}],"exclude":[{"valueSet":["http://x/nowhere"]}]}"#;
    let fault = codes(&registry, excluding).unwrap_err();
    assert_eq!(fault, Fault::ValueSet("http://x/nowhere".into()));
}

#[test]
fn a_value_set_that_includes_itself_is_a_fault_and_ends() {
    let a = value_set("http://x/a", r#"{"include":[{"valueSet":["http://x/b"]}]}"#);
    let b = value_set("http://x/b", r#"{"include":[{"valueSet":["http://x/a"]}]}"#);
    let registry = registry(&[&a, &b]);
    let terminology = registry.terminology();
    let set = terminology.value_set("http://x/a").unwrap();
    let fault = terminology.expand(&set, &Options::default()).unwrap_err();
    assert_eq!(fault, Fault::Cycle("http://x/a".into()));
    assert_eq!(terminology.member_of("http://x/a", Some("s"), "c"), Unknown);
}

#[test]
fn an_expansion_is_paged_filtered_and_dressed_as_asked() {
    let registry = registry(&[ANIMALS]);
    let terminology = registry.terminology();
    let set = terminology.value_set("http://x/all-animals").unwrap();
    let expand = |options: Options| {
        let expansion = terminology.expand(&set, &options).unwrap();
        let codes = expansion.entries.iter().map(|one| one.code.to_string());
        (expansion.total, codes.collect::<Vec<_>>().join(" "))
    };
    let all = Options::default();
    let page = Options {
        offset: 2,
        count: Some(2),
        ..all.clone()
    };
    assert_eq!(expand(page), (6, "dog whale".into()));
    let none = Options {
        count: Some(0),
        ..all.clone()
    };
    assert_eq!(expand(none), (6, String::new()));
    let active = Options {
        active_only: true,
        exclude_not_for_ui: true,
        ..all.clone()
    };
    assert_eq!(expand(active), (4, "mammal dog whale bird".into()));
    let german = Options {
        filter: Some("HUN".into()),
        ..all.clone()
    };
    assert_eq!(expand(german), (1, "dog".into()));
    let without = Options {
        exclude_systems: vec!["http://x/animals|2".into()],
        ..all.clone()
    };
    assert_eq!(expand(without), (0, String::new()));
    let language = Options {
        language: Some("de".into()),
        include_designations: true,
        ..all
    };
    let expansion = terminology.expand(&set, &language).unwrap();
    let dog = expansion
        .entries
        .iter()
        .find(|one| &*one.code == "dog")
        .unwrap();
    assert_eq!(dog.display.as_deref(), Some("Hund"));
    assert_eq!(dog.designations.len(), 1);
    assert!(
        expansion
            .used
            .contains(&("used-codesystem", "http://x/animals|2".into()))
    );
}

#[test]
fn versions_are_chosen_as_asked() {
    let older = ANIMALS
        .replace(r#""version":"2""#, r#""version":"1""#)
        .replace("\"dog\"", "\"cat\"");
    let registry = registry(&[ANIMALS, &older]);
    let terminology = registry.terminology();
    let has = |versions: Versions, code: &str| {
        let options = Options {
            versions,
            ..Options::default()
        };
        let set = terminology.value_set("http://x/animals?fhir_vs").unwrap();
        let expansion = terminology.expand(&set, &options).unwrap();
        expansion.entries.iter().any(|one| &*one.code == code)
    };
    let of = |version: &str| vec![("http://x/animals".to_owned(), version.to_owned())];
    assert!(has(Versions::default(), "dog"));
    assert!(has(
        Versions {
            default: of("1"),
            ..Versions::default()
        },
        "cat"
    ));
    assert!(has(
        Versions {
            force: of("1"),
            ..Versions::default()
        },
        "cat"
    ));
    let set = set(r#"{"include":[{"system":"http://x/animals","version":"2"}]}"#);
    let check = Options {
        versions: Versions {
            check: of("1"),
            ..Versions::default()
        },
        ..Options::default()
    };
    assert!(matches!(
        terminology.expand(&set, &check),
        Err(Fault::Rule(_))
    ));
}

#[test]
fn codes_relate_as_the_hierarchy_says() {
    let grouped = ANIMALS
        .replace("is-a", "grouped-by")
        .replace("x/animals", "x/groups");
    let registry = registry(&[ANIMALS, &grouped, COLORS]);
    let terminology = registry.terminology();
    let relate = |a: &str, b: &str| {
        let found = terminology.subsumes("http://x/animals", None, a, b);
        found.map(Subsumption::code)
    };
    assert_eq!(relate("dog", "dog"), Ok("equivalent"));
    assert_eq!(relate("animal", "dog"), Ok("subsumes"));
    assert_eq!(relate("dodo", "bird"), Ok("subsumed-by"));
    assert_eq!(relate("dog", "bird"), Ok("not-subsumed"));
    assert!(matches!(relate("dog", "unicorn"), Err(Fault::Code { .. })));
    let grouped = terminology.subsumes("http://x/groups", None, "animal", "dog");
    assert_eq!(grouped, Ok(Subsumption::NotSubsumed));
    let colors = |a: &str, b: &str| terminology.subsumes("http://x/colors", None, a, b);
    assert_eq!(colors("red", "RED"), Ok(Subsumption::Equivalent));
    assert!(matches!(colors("red", "green"), Err(Fault::System(_))));
    let below = terminology
        .relatives("http://x/animals", "mammal", true)
        .unwrap();
    assert_eq!(below, ["mammal", "dog", "whale"]);
    let above = terminology
        .relatives("http://x/animals", "dodo", false)
        .unwrap();
    assert_eq!(above, ["dodo", "animal", "bird"]);
}

#[test]
fn a_code_is_looked_up_with_all_that_is_known_of_it() {
    let more = r#"{"resourceType":"CodeSystem","url":"http://x/more","status":"active",
        "content":"supplement","supplements":"http://x/animals|2",
        "concept":[{"code":"dog","designation":[{"language":"fr-CA","value":"Chien"}]}]}"#;
    let registry = registry(&[ANIMALS, more]);
    let terminology = registry.terminology();
    let dog = Coding::new("http://x/animals", "dog");
    let found = terminology.lookup(&dog, Some("fr")).unwrap();
    assert_eq!(
        (found.name.as_str(), found.display.as_str()),
        ("Animals", "Chien")
    );
    assert_eq!(found.version.as_deref(), Some("2"));
    let properties: Vec<String> = found
        .properties
        .iter()
        .map(|one| format!("{}={}", one.code, one.json))
        .collect();
    assert_eq!(
        properties,
        ["legs=4", "parent=\"mammal\"", "inactive=false"]
    );
    let missing = terminology.lookup(&Coding::new("http://x/animals", "cat"), None);
    assert!(matches!(missing, Err(Fault::Code { .. })));
    let absent = terminology.lookup(&Coding::new("http://x/none", "cat"), None);
    assert_eq!(absent, Err(Fault::System("http://x/none".into())));
}

fn verdict(registry: &Registry, set: Option<&ValueSet>, request: Request) -> (bool, String) {
    match registry.terminology().validate_code(set, &request) {
        Ok(verdict) => (verdict.result, verdict.message.unwrap_or_default()),
        Err(fault) => (false, format!("! {fault}")),
    }
}

#[test]
fn a_code_is_validated_with_its_display_and_its_kind() {
    let registry = registry(&[ANIMALS]);
    let dog = |display: &str| Coding {
        display: Some(display.into()),
        ..Coding::new("http://x/animals", "dog")
    };
    let check = |coding: Coding| {
        let request = Request {
            codings: vec![coding],
            ..Request::default()
        };
        verdict(&registry, None, request)
    };
    assert!(check(dog("Dog")).0 && check(dog("  dOG ")).0 && check(dog("Hund")).0);
    let wrong = check(dog("Cat"));
    assert_eq!(
        wrong.1,
        "the display \"Cat\" is wrong; dog is called \"Dog\""
    );
    assert!(!check(Coding::new("http://x/animals", "cat")).0);
    assert!(
        check(Coding::new("http://x/none", "cat"))
            .1
            .starts_with("! ")
    );
    let set = registry
        .terminology()
        .value_set("http://x/all-animals")
        .unwrap();
    let bare = Coding {
        code: "dog".into(),
        ..Coding::default()
    };
    let codings = vec![bare];
    let request = Request {
        codings: codings.clone(),
        infer_system: true,
        ..Request::default()
    };
    assert!(verdict(&registry, Some(&set), request).0);
    let request = Request {
        codings,
        ..Request::default()
    };
    assert_eq!(
        verdict(&registry, Some(&set), request).1,
        "dog has no system"
    );
    let animal = vec![Coding::new("http://x/animals", "animal")];
    let request = Request {
        codings: animal.clone(),
        abstract_allowed: Some(false),
        ..Request::default()
    };
    assert!(!verdict(&registry, Some(&set), request).0);
    let one_good = vec![Coding::new("http://x/none", "?"), animal[0].clone()];
    let request = Request {
        codings: one_good,
        ..Request::default()
    };
    assert!(verdict(&registry, Some(&set), request).0);
}

#[test]
fn concept_maps_translate_both_ways() {
    let map = r#"{"resourceType":"ConceptMap","url":"http://x/map","version":"1","status":"active",
        "sourceUri":"http://x/vs-a","targetUri":"http://x/vs-b","group":[{"source":"http://x/a","target":"http://x/b",
        "element":[{"code":"1","display":"One","target":[{"code":"I","equivalence":"wider"}]},
        {"code":"2","target":[{"equivalence":"unmatched"}]},
        {"code":"3","target":[{"code":"III","equivalence":"equal","dependsOn":[{"property":"http://x/p","value":"yes"}],
          "product":[{"property":"http://x/q","system":"http://x/r","value":"z"}]}]}],
        "unmapped":{"mode":"fixed","code":"?"}}]}"#;
    let registry = registry(&[map]);
    let terminology = registry.terminology();
    let maps = terminology.concept_maps(Some("http://x/vs-a"), None);
    assert_eq!(maps.len(), 1);
    let translate = |code: Coding, wish: Wish| {
        let found = terminology.translate(&maps, &code, &wish).unwrap();
        let shown = found.iter().map(|one| {
            let target = one.target.as_ref().map(|target| target.code.to_string());
            format!("{} {}", one.equivalence, target.unwrap_or_default())
        });
        shown.collect::<Vec<_>>().join(",")
    };
    let a = |code: &str| Coding::new("http://x/a", code);
    assert_eq!(translate(a("1"), Wish::default()), "wider I");
    assert_eq!(translate(a("2"), Wish::default()), "unmatched ");
    assert_eq!(translate(a("3"), Wish::default()), "");
    let yes = Coding {
        code: "yes".into(),
        ..Coding::default()
    };
    let depends = Wish {
        dependencies: vec![("http://x/p".into(), yes)],
        ..Wish::default()
    };
    assert_eq!(translate(a("3"), depends), "equal III");
    assert_eq!(translate(a("9"), Wish::default()), "relatedto ?");
    assert_eq!(
        translate(Coding::new("http://x/other", "1"), Wish::default()),
        ""
    );
    let other = Wish {
        target_system: Some("http://x/c".into()),
        ..Wish::default()
    };
    assert_eq!(translate(a("1"), other), "");
    let back = Wish {
        reverse: true,
        ..Wish::default()
    };
    assert_eq!(
        translate(Coding::new("http://x/b", "I"), back),
        "narrower 1"
    );
}
