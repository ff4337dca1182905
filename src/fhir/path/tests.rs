//! The engine against its table, and against what nobody would write.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::json::Kind;
use crate::{Document, Element};

const TABLE: &str = include_str!("tests/table.txt");

const PATIENT: &str = r##"{"resourceType":"Patient","id":"p","active":true,
    "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},
    "name":[{"id":"n","use":"official","family":"Chalmers","given":["Peter","James"]},
        {"use":"usual","given":["Jim"],"_given":[{"extension":[{"url":"http://x/n","valueString":"short"}]}]}],
    "_language":{"extension":[{"url":"http://x/l","valueCode":"unknown"}]},
    "extension":[{"url":"http://x/e","valueInteger":7}],
    "modifierExtension":[{"url":"http://x/m","valueBoolean":true}],
    "birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"http://x/t","valueDateTime":"1974-12-25T14:35:45-05:00"}]},
    "deceasedBoolean":false,"gender":"male","multipleBirthInteger":2,
    "maritalStatus":{"coding":[{"system":"http://x/cs","code":"a"},{"system":"http://x/cs","code":"b"}]},
    "contact":[{"name":{"text":"Aunt"}}],"generalPractitioner":[{"reference":"Practitioner/d"}],
    "contained":[{"resourceType":"Organization","id":"o","name":"Org"}],"managingOrganization":{"reference":"#o"}}"##;

const BUNDLE: &str = r##"{"resourceType":"Bundle","type":"collection","entry":[
    {"fullUrl":"https://x.org/fhir/Patient/a","resource":{"resourceType":"Patient","id":"a","managingOrganization":{"reference":"Organization/h"}}},
    {"fullUrl":"https://x.org/fhir/Organization/h","resource":{"resourceType":"Organization","id":"h","name":"House"}},
    {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Observation","id":"ob","status":"final","code":{"text":"x"},
      "contained":[{"resourceType":"Organization","id":"i","name":"Inner"}],"performer":[{"reference":"#i"}],
      "subject":{"reference":"https://x.org/fhir/Patient/a"},"effectivePeriod":{"start":"2020-01"},
      "valueQuantity":{"value":5.40,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"},
      "component":[{"code":{"text":"c"},"valueString":"x"},{"code":{"text":"d"},"valueInteger":3}]}}]}"##;

/// A small world to ask.
struct World(Document);

impl Outside for World {
    fn resolve<'d>(&'d self, reference: &str) -> Option<Element<'d>> {
        (reference == "Practitioner/d").then(|| self.0.root())
    }
    fn member_of(&self, value_set: &str, system: Option<&str>, _: &str) -> Option<bool> {
        assert!(system.is_none_or(|system| system == "http://x/cs"));
        match value_set {
            "http://x/vs" => Some(true),
            "http://x/other" => Some(false),
            _ => None,
        }
    }
    fn conforms_to(&self, element: Element<'_>, profile: &str) -> Option<bool> {
        assert_eq!(element.kind(), Kind::Object);
        match profile {
            "http://x/yes" => Some(true),
            "http://x/no" => Some(false),
            _ => None,
        }
    }
    fn in_slice(&self, element: Element<'_>, structure: &str, name: &str) -> Option<bool> {
        let known = structure == "http://x/patient" && name == "official";
        known.then(|| element.text_at("use").as_deref() == Some("official"))
    }
    fn subsumes(&self, _: &str, a: &str, b: &str) -> Option<bool> {
        Some(a < b)
    }
}

fn shown(item: &Item<'_>) -> String {
    let Some(value) = item.value() else {
        return item.location().unwrap();
    };
    let text = value.to_text();
    match &value {
        Value::String(_) => format!("'{text}'"),
        Value::Date(_) => format!("@{text}"),
        Value::DateTime(moment) if !moment.has_time() => format!("@{text}T"),
        Value::DateTime(_) => format!("@{text}"),
        Value::Time(_) => format!("@T{text}"),
        _ => text.into_owned(),
    }
}

fn answer(document: &Document, world: &World, text: &str) -> String {
    let Ok(expression) = Expression::parse(text) else {
        return "syntax".to_owned();
    };
    let scene = Scene::of(document.root())
        .at("2026-06-15T16:00:00Z".parse().unwrap())
        .with("mine", vec![Value::Integer(7).into()])
        .outside(world);
    match expression.evaluate(&[Item::resource(document.root())], &scene) {
        Err(_) => "error".to_owned(),
        Ok(items) if items.is_empty() => "{}".to_owned(),
        Ok(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
    }
}

/// Each case with the name it stands under and the document it is asked of.
fn cases() -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
    let (mut name, mut document) = ("", "");
    TABLE.lines().filter_map(move |line| {
        if let Some(next) = line.strip_prefix("= ") {
            name = next;
        } else if let Some(next) = line.strip_prefix("@ ") {
            document = next;
        } else if let Some((text, expected)) = line.split_once(" ==> ") {
            return Some((document, name, text, expected));
        }
        None
    })
}

#[test]
fn every_case_of_the_table_comes_out_as_the_standard_says() {
    let world = World(Document::parse(r#"{"resourceType":"Practitioner","id":"d"}"#).unwrap());
    let documents = HashMap::from([
        ("patient", Document::parse(PATIENT).unwrap()),
        ("bundle", Document::parse(BUNDLE).unwrap()),
    ]);
    let wrong: Vec<String> = cases()
        .filter_map(|(document, name, text, expected)| {
            let found = answer(&documents[document], &world, text);
            (found != expected).then(|| format!("{name}: {text} ==> {found}, not {expected}"))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{}\n{} wrong",
        wrong.join("\n"),
        wrong.len()
    );
    assert!(cases().count() > 400);
}

#[test]
fn the_table_names_every_function_and_operator() {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (_, name, ..) in cases() {
        *counts.entry(name).or_default() += 1;
    }
    let functions = syntax::Function::ALL.iter().map(|(_, name)| *name);
    let typed = ["is", "as", "ofType"];
    let operators = [
        "*", "/", "div", "mod", "+", "-", "&", "|", "<", ">", "<=", ">=", "=", "~", "!=", "!~",
        "in", "contains", "and", "or", "xor", "implies",
    ];
    for name in functions.chain(typed).chain(operators) {
        let least = if ["timeOfDay"].contains(&name) { 1 } else { 2 };
        assert!(
            counts.get(name).copied().unwrap_or(0) >= least,
            "{name} has too few cases"
        );
    }
}

#[test]
fn items_know_their_type_and_place() {
    let document = Document::parse(PATIENT).unwrap();
    let scene = Scene::of(document.root());
    for (text, of, at) in [
        ("name.given[1]", "string", "Patient.name[0].given[1]"),
        ("language", "code", "Patient.language"),
        (
            "name[1].given.extension.value",
            "string",
            "Patient.name[1].given[0].extension[0].value",
        ),
        ("contained.name", "string", "Patient.contained[0].name"),
        ("contact", "BackboneElement", "Patient.contact[0]"),
        ("deceased", "boolean", "Patient.deceased"),
    ] {
        let expression = Expression::parse(text).unwrap();
        let found = expression
            .evaluate(&[Item::resource(document.root())], &scene)
            .unwrap();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(
            (found[0].type_name(), found[0].location().unwrap().as_str()),
            (of, at)
        );
    }
}

#[test]
fn what_would_take_too_long_is_stopped() {
    let document = Document::parse(PATIENT).unwrap();
    let scene = Scene::of(document.root()).steps(20_000);
    let fault = |text: &str| {
        let expression = Expression::parse(text).unwrap();
        expression
            .evaluate(&[Item::resource(document.root())], &scene)
            .unwrap_err()
    };
    let squared = "descendants().select(%resource.descendants()).select(%resource.descendants())";
    assert_eq!(fault(squared), Fault::Steps(20_000));
    assert_eq!(fault("(1).repeat($this + 1)"), Fault::Steps(20_000));
    let doubled = format!(
        "'{}'{}",
        "x".repeat(1000),
        ".select($this + $this)".repeat(12)
    );
    assert!(matches!(fault(&doubled), Fault::Wrong(_)));
}

#[test]
fn what_is_too_long_or_too_deep_is_refused_when_it_is_read() {
    for text in [
        "(".repeat(5000) + "1",
        "-".repeat(5000) + "1",
        "1".to_owned() + &" + 1".repeat(5000),
        "a(".repeat(300),
        "name[".repeat(300),
        "a.".repeat(40_000) + "b",
        "iif(true, ".repeat(200) + "1" + &")".repeat(200),
    ] {
        assert!(matches!(
            Expression::parse(&text),
            Err(Fault::Syntax { .. })
        ));
    }
    assert!(Expression::parse(&("a.".repeat(5000) + "b")).is_ok());
    assert!(Expression::parse(&("1".to_owned() + &" or 1".repeat(90))).is_ok());
}

#[test]
fn the_deepest_expressions_are_evaluated_on_a_small_stack() {
    let nested = |levels: usize, open: &str, inner: &str| {
        format!("{}{inner}{}", open.repeat(levels), ")".repeat(levels))
    };
    let run = move || {
        let document = Document::parse(PATIENT).unwrap();
        let scene = Scene::of(document.root());
        for text in [
            nested(DEPTH_MAX - 2, "$this.where(", "true"),
            nested(DEPTH_MAX / 2 - 2, "$this.select($this | ", "id"),
            nested(DEPTH_MAX - 2, "iif(true, ", "1"),
            nested(DEPTH_MAX / 2 - 2, "(1 + ", "1"),
            format!("1{}", " or 1".repeat(DEPTH_MAX - 2)),
        ] {
            let expression = Expression::parse(&text).unwrap_or_else(|f| panic!("{text}: {f}"));
            let found = expression.evaluate(&[Item::resource(document.root())], &scene);
            assert_eq!(found.unwrap().len().min(1), 1, "{text}");
        }
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    thread.spawn(run).unwrap().join().unwrap();
}

proptest! {
    #[test]
    fn no_text_panics(text in "[a-z0-9.()'|@$%+*=<>!~&\\[\\]{} -]{0,60}") {
        let document = Document::parse(PATIENT).unwrap();
        if let Ok(expression) = Expression::parse(&text) {
            let scene = Scene::of(document.root()).steps(10_000);
            let _ = expression.evaluate(&[Item::resource(document.root())], &scene);
        }
    }

    #[test]
    fn no_expression_of_known_words_panics(words in proptest::collection::vec(0usize..60, 1..14)) {
        const WORDS: [&str; 60] = [
            "name", ".given", ".where(", ")", "$this", "=", "'a'", "1", "2.5", "and", "or", "|", "(", ".first()",
            ".count()", "+", "-", "*", "/", "mod", "div", "@2012-01", "@T10:00", "1 'mg'", "3 days", "~", "<",
            "is", "string", "as", "Quantity", ".exists()", ".select(", ".repeat(", "%resource", ".descendants()",
            ".children()", "[0]", "in", "contains", "{}", ".not()", ".substring(1)", ".toString()", ".matches('.')",
            ".power(2)", ".round(1)", ".sqrt()", ".toQuantity()", ".distinct()", ".union(", ".aggregate($total + 1, 0)",
            "iif(", ",", "true", "birthDate", "!=", ".value", ".type()", "&",
        ];
        let text: Vec<&str> = words.iter().map(|at| WORDS[*at]).collect();
        let document = Document::parse(PATIENT).unwrap();
        if let Ok(expression) = Expression::parse(&text.join(" ")) {
            let scene = Scene::of(document.root()).steps(20_000);
            let _ = expression.evaluate(&[Item::resource(document.root())], &scene);
        }
    }

    #[test]
    fn moments_moved_there_and_back_are_the_same(
        day in 1u32..28, month in 1u32..13, year in 1900u32..2100, by in 0i64..4000,
    ) {
        let start = Moment::parse(&format!("{year:04}-{month:02}-{day:02}")).unwrap();
        for unit in [Calendar::Day, Calendar::Week, Calendar::Month, Calendar::Year] {
            let moved = start.add((by % 500).into(), unit).unwrap();
            prop_assert_eq!(moved.add((-(by % 500)).into(), unit).unwrap(), start);
        }
    }
}
