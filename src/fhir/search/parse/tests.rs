//! Tests of query parsing.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::search::{Match, Prefix, Subject, System};
use proptest::prelude::*;

fn settings(handling: Handling) -> Settings<'static> {
    Settings {
        base: "https://example.org/fhir",
        handling,
        count_default: 50,
        count_max: 1000,
        clauses_max: 64,
        posted: None,
        include_rounds_max: 4,
        included_max: 1000,
    }
}

fn named(name: &str) -> ResourceType {
    ResourceType::from_name(name).unwrap()
}

fn query(resource_type: &str, text: &str) -> Result<Query, Vec<Issue>> {
    lenient_or_strict(resource_type, text, Handling::Strict)
}

fn lenient_or_strict(
    resource_type: &str,
    text: &str,
    handling: Handling,
) -> Result<Query, Vec<Issue>> {
    let pairs: Vec<(String, String)> = text
        .split('&')
        .filter(|p| !p.is_empty())
        .map(|p| p.split_once('=').unwrap_or((p, "")))
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    parse(named(resource_type), &pairs, &settings(handling))
}

fn matches(resource_type: &str, text: &str) -> Vec<Match> {
    let query = query(resource_type, text).unwrap();
    query
        .filters
        .into_iter()
        .filter_map(|c| c.as_filter().map(|f| f.values.clone()))
        .flatten()
        .collect()
}

fn refusal(resource_type: &str, text: &str) -> Issue {
    query(resource_type, text).unwrap_err().remove(0)
}

fn token(system: System, code: Option<&str>) -> Match {
    Match::Token {
        system,
        code: code.map(str::to_owned),
    }
}

#[test]
fn tokens_have_four_forms() {
    let is = |s: &str| System::Is(s.to_owned());
    assert_eq!(
        matches("Observation", "code=a,s|b,|c,s|"),
        [
            token(System::Any, Some("a")),
            token(is("s"), Some("b")),
            token(System::None, Some("c")),
            token(is("s"), None),
        ]
    );
}

#[test]
fn escaped_separators_are_letters() {
    assert_eq!(
        matches("Observation", r"code=a\,b,s\|t|c\$\\"),
        [
            token(System::Any, Some("a,b")),
            token(System::Is("s|t".to_owned()), Some(r"c$\")),
        ]
    );
}

#[test]
fn a_system_given_with_an_implied_one_is_not_compared() {
    let found = matches(
        "Observation",
        "status=http://hl7.org/fhir/observation-status|final",
    );
    assert_eq!(found, [token(System::Any, Some("final"))]);
}

#[test]
fn repeated_parameters_are_all_required_and_commas_are_alternatives() {
    let query = query("Observation", "date=ge2024-01-12&date=lt2024-03&code=a,b").unwrap();
    let filters = query.filters.iter().filter_map(Condition::as_filter);
    let counts: Vec<_> = filters.map(|f| f.values.len()).collect();
    assert_eq!(counts, [1, 1, 2]);
}

#[test]
fn references_are_ids_types_or_urls() {
    let patient = |id: &str| Match::Reference {
        resource_types: vec![named("Patient")],
        id: id.to_owned(),
    };
    for text in [
        "patient=1",
        "patient=Patient/1",
        "patient=https://example.org/fhir/Patient/1",
        "subject:Patient=1",
        "subject:Patient=Patient/1",
    ] {
        assert_eq!(matches("Observation", text), [patient("1")], "{text}");
    }
    let elsewhere = matches("Observation", "subject=https://other.org/Patient/1");
    assert_eq!(
        elsewhere,
        [Match::Url("https://other.org/Patient/1".to_owned())]
    );
    let issue = refusal("Observation", "subject:Patient=Group/1");
    assert_eq!(issue.code, IssueCode::Value);
}

#[test]
fn dates_become_intervals_after_their_prefix() {
    let day = 86_400_000_000;
    assert_eq!(
        matches("Patient", "birthdate=ge1970-01-02"),
        [Match::Date {
            prefix: Prefix::Ge,
            low: day,
            high: 2 * day
        }]
    );
    let minute = matches("Observation", "date=1970-01-01T00:01");
    assert_eq!(
        minute,
        [Match::Date {
            prefix: Prefix::Eq,
            low: 60_000_000,
            high: 120_000_000
        }]
    );
    for bad in ["yesterday", "2024-13-01", "xx2024", "ge", "2024-02-30"] {
        let issue = refusal("Patient", &format!("birthdate={bad}"));
        assert_eq!(issue.code, IssueCode::Value, "{bad}");
        assert!(issue.diagnostics.contains("birthdate"), "{bad}");
    }
}

#[test]
fn quantities_take_system_and_unit() {
    let found = matches(
        "Observation",
        "value-quantity=gt6|http://unitsofmeasure.org|mg",
    );
    let [
        Match::Quantity {
            prefix,
            value,
            system,
            code,
            ..
        },
    ] = found.as_slice()
    else {
        panic!("{found:?}");
    };
    assert_eq!((*prefix, *value), (Prefix::Gt, 0.006));
    assert_eq!(system.as_deref(), Some(crate::index::CANONICAL));
    assert_eq!(code.as_deref(), Some("g"));
    for (text, code) in [
        ("5|urn:u|mg", "mg"),
        ("5||mg", "mg"),
        ("5|http://unitsofmeasure.org|mmHg", "mmHg"),
    ] {
        let found = matches("Observation", &format!("value-quantity={text}"));
        let [
            Match::Quantity {
                value, code: found, ..
            },
        ] = found.as_slice()
        else {
            panic!("{found:?}");
        };
        assert_eq!((*value, found.as_deref()), (5.0, Some(code)), "{text}");
    }
    assert!(query("Observation", "value-quantity=5|mg").is_err());
    assert!(query("Observation", "value-quantity=heavy").is_err());
}

#[test]
fn unknown_parameters_are_named_or_reported() {
    let issue = refusal("Patient", "shoe-size=44");
    assert_eq!(issue.code, IssueCode::NotSupported);
    assert!(issue.diagnostics.contains("shoe-size"));
    let query = lenient_or_strict("Patient", "shoe-size=44&name=a", Handling::Lenient).unwrap();
    assert_eq!(query.filters.len(), 1);
    assert_eq!(query.ignored.len(), 1);
    assert_eq!(query.applied, [("name".to_owned(), "a".to_owned())]);
}

#[test]
fn a_wrong_value_is_refused_even_when_lenient() {
    assert!(lenient_or_strict("Patient", "birthdate=x", Handling::Lenient).is_err());
}

#[test]
fn what_is_not_supported_says_so_by_name() {
    for text in [
        "subject:Patient.shoe=a",
        "subject:Rock.name=a",
        "patient.shoe=a",
        "code.text=a",
        "_has:Provenance:shoe:agent=1",
        "_has:Patient:organization:name=1",
        "code:sideways=a",
        "_id:not=1",
    ] {
        let issue = refusal("Observation", text);
        assert_eq!(issue.code, IssueCode::NotSupported, "{text}");
        let name = text.split('=').next().unwrap();
        assert!(issue.diagnostics.contains(name), "{}", issue.diagnostics);
    }
}

#[test]
fn a_wrong_expression_says_what_and_where() {
    for (text, said) in [
        ("shoe eq 5", "shoe is not a search parameter of Observation"),
        ("code eq", "expected a value at character 8"),
        ("code is 5", "expected an operator"),
        ("date co 2024", "operator co does not apply to date"),
        (
            "value-quantity po 5",
            "operator po does not apply to value-quantity",
        ),
        (
            "subject[active eq true] eq 5",
            "a bracket must be followed by a path",
        ),
        ("code[x eq y].z eq 5", "code is not a reference"),
        ("code:text eq a", "modifier beside an operator"),
        ("date gt yesterday", "must be a date"),
        ("code pr maybe", "true or false"),
        ("_id co 1", "operator co does not apply to _id"),
    ] {
        let issue = refusal("Observation", &format!("_filter={text}"));
        assert!(
            issue.diagnostics.contains("_filter"),
            "{}",
            issue.diagnostics
        );
        assert!(issue.diagnostics.contains(said), "{}", issue.diagnostics);
    }
}

#[test]
fn what_asks_too_much_is_refused_by_its_limit() {
    for (text, limit) in [
        (
            "target:Provenance.".repeat(8) + "_id=1",
            "more than 6 references",
        ),
        (
            "_has:Provenance:target:".repeat(4) + "_id=1",
            "more than 3 _has",
        ),
        (
            "target.target.target._id=1".to_owned(),
            "more than 400 conditions",
        ),
        (
            format!("_filter={}_id eq 1", "(".repeat(40)),
            "more than 16 levels",
        ),
        (
            format!("_filter={}", vec!["_id eq 1"; 70].join(" or ")),
            "more than 64 tests",
        ),
        (
            format!("_id={}", vec!["1"; 300].join(",")),
            "more than 256 alternatives",
        ),
        (vec!["_id=1"; 70].join("&"), "at most 64 together"),
    ] {
        let issue = refusal("Provenance", &text);
        assert_eq!(issue.code, IssueCode::TooCostly, "{text}");
        assert!(issue.diagnostics.contains(limit), "{}", issue.diagnostics);
    }
}

#[test]
fn controls_set_the_page() {
    let text =
        "_count=7&_total=accurate&_summary=true&_elements=name,gender&_cursor=abc&_format=json";
    let found = query("Patient", text).unwrap();
    assert_eq!(found.count, 7);
    assert_eq!(found.total, Some(Total::Accurate));
    assert_eq!(found.summary, Summary::True);
    assert_eq!(found.elements, ["name", "gender"]);
    assert_eq!(found.cursor.as_deref(), Some("abc"));
    assert_eq!(found.applied.len(), 4);
    assert_eq!(
        query("Patient", "_count=99999999999999999999999")
            .unwrap()
            .count,
        1000
    );
    assert_eq!(
        query("Patient", "_count=0").unwrap().summary,
        Summary::Count
    );
    for bad in [
        "_count=-1",
        "_count=",
        "_count=ten",
        "_summary=x",
        "_total=x",
        "_elements=",
    ] {
        assert!(query("Patient", bad).is_err(), "{bad}");
    }
}

#[test]
fn sort_keys_keep_their_order_and_direction() {
    let found = query("Observation", "_sort=-date,code,_id").unwrap().sort;
    let directions: Vec<_> = found.iter().map(|s| s.descending).collect();
    assert_eq!(directions, [true, false, false]);
    assert_eq!(found[2].by, Subject::Id);
    assert!(query("Observation", "_sort=color").is_err());
    assert!(query("Observation", "_sort=").is_err());
}

#[test]
fn includes_name_a_reference_parameter() {
    let text = "_include=Observation:subject:Patient&_revinclude=Provenance:target\
                &_include:iterate=Patient:organization";
    let found = query("Observation", text).unwrap().includes;
    assert_eq!(found.len(), 3);
    assert_eq!(found[0].target, Some(named("Patient")));
    assert!(found[1].reverse && found[2].iterate);
    let everything = query("Observation", "_include=*&_revinclude=Provenance:*").unwrap();
    let [forward, back] = everything.includes.as_slice() else {
        panic!("{everything:?}");
    };
    assert!(forward.params(named("Observation")).len() > 5);
    assert!(forward.params(named("Patient")).len() > 2);
    assert!(back.params(named("Observation")).is_empty());
    assert!(back.params(named("Provenance")).len() > 2);
    for bad in [
        "_include=Observation:code",
        "_include=Rock:x",
        "_include=*:subject",
        "_include=Observation",
        "_include:up=Observation:subject",
    ] {
        assert!(query("Observation", bad).is_err(), "{bad}");
    }
}

#[test]
fn missing_is_true_or_false() {
    let found = matches("Patient", "organization:missing=true");
    assert_eq!(found, [Match::Missing(true)]);
    assert!(query("Patient", "organization:missing=maybe").is_err());
}

#[test]
fn too_many_values_cost_too_much() {
    let values: Vec<_> = (0..300).map(|n| n.to_string()).collect();
    let issue = refusal("Observation", &format!("code={}", values.join(",")));
    assert_eq!(issue.code, IssueCode::TooCostly);
}

proptest! {
    #[test]
    fn no_query_makes_it_panic(
        name in prop_oneof![
            "\\PC{0,20}",
            "(code|date|patient|value-quantity|_sort|_include|_count|_id|_lastUpdated)(:[a-zA-Z]*)?",
        ],
        value in prop_oneof!["\\PC*", "(eq|ne|gt|lt|ge|le|ap)?[0-9eE.|,\\\\:T+Z-]{0,25}"],
    ) {
        for handling in [Handling::Strict, Handling::Lenient] {
            let _ = parse(named("Observation"), &[(name.clone(), value.clone())], &settings(handling));
        }
    }
}
