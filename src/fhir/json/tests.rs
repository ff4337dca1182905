//! What the parser takes, what it refuses, and that edits leave other bytes alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

fn refused(text: &str) -> Fault {
    Document::parse(text).map(|_| ()).unwrap_err()
}

#[test]
fn text_and_numbers_come_back_as_written() {
    let text = " {\"a\" : 1.500, \"b\":[-0, 1e5, \"x\\u0041\"],\r\n\"c\":{} } ";
    let document = Document::parse(text).unwrap();
    assert_eq!(document.text(), text);
    let root = document.root();
    assert_eq!(root.get("a").unwrap().number(), Some("1.500"));
    let items: Vec<_> = root.get("b").unwrap().items().collect();
    assert_eq!(items.len(), 3);
    assert_eq!(items[2].str().unwrap(), "xA");
    assert_eq!(root.get("c").unwrap().count(), 0);
    assert_eq!(root.get("d").map(|e| e.kind()), None);
}

#[test]
fn everything_rfc_8259_forbids_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\"}",
        "{a:1}",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "tru",
        "nul",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "\"\t\"",
        "\"\n\"",
        "[1 2]",
        "{\"a\" 1}",
        "1 2",
        "NaN",
        "[1]]",
        "\u{feff}{}",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\u0000\"",
        "// x",
        "-01",
        "{\"a\":1 \"b\":2}",
        "\"\u{0}\"",
    ] {
        assert!(Document::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn every_kind_of_value_may_be_the_root() {
    for text in ["null", "true", "false", "0", "-0.5e-3", "\"\"", "[]", "{}"] {
        assert!(Document::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn duplicate_names_are_refused_however_they_are_written() {
    assert!(
        refused("{\"a\":1,\"b\":{\"x\":1,\"y\":2,\"x\":3}}")
            .message
            .contains("\"x\"")
    );
    assert!(Document::parse("{\"a\":1,\"\\u0061\":2}").is_err());
    assert!(Document::parse("{\"a\":{\"a\":1},\"b\":{\"a\":2}}").is_ok());
    assert!(Document::parse("{\"\":1,\"\":2}").is_err());
    let mut many: Vec<String> = (0..500).map(|i| format!("\"k{i}\":0")).collect();
    let parse = |members: &[String]| Document::parse(format!("{{{}}}", members.join(",")));
    assert!(parse(&many).is_ok());
    many.push("\"k7\":1".into());
    assert!(parse(&many).is_err());
}

#[test]
fn depth_64_is_taken_and_65_refused() {
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(Document::parse(nested(64)).is_ok());
    assert!(refused(&nested(65)).message.contains("64"));
    assert!(Document::parse(nested(200_000)).is_err());
}

#[test]
fn a_fault_names_line_and_column() {
    let fault = refused("{\n  \"é\": tru\n}");
    assert_eq!((fault.line, fault.column), (2, 8));
    assert!(fault.to_string().ends_with("at line 2, column 8"));
}

#[test]
fn surrogate_pairs_and_short_escapes_resolve() {
    let document = Document::parse(r#""\ud83d\ude00 \"\\\/\b\f\n\r\t\u00e9""#).unwrap();
    assert_eq!(document.root().str().unwrap(), "😀 \"\\/\u{8}\u{c}\n\r\té");
}

#[test]
fn paths_flatten_arrays_and_skip_nulls() {
    let text = r#"{"name":[{"given":["A",null,"B"]},{"given":["C"],"family":"D"}]}"#;
    let document = Document::parse(text).unwrap();
    let root = document.root();
    let given: Vec<_> = root
        .all("name.given")
        .iter()
        .map(|e| e.str().unwrap())
        .collect();
    assert_eq!(given, ["A", "B", "C"]);
    assert_eq!(root.text_at("name.family").unwrap(), "D");
    assert!(root.first("name.given.x").is_none());
    assert_eq!(root.get("name").unwrap().items().count(), 2);
}

#[test]
fn a_part_becomes_a_document_of_its_own() {
    let text = r#" {"a":[{"x":"\u0041","y":[1,{"z":null}]}], "b":2}"#;
    let document = Document::parse(text).unwrap();
    let part = document.root().first("a").unwrap().to_document();
    assert_eq!(part.text(), r#"{"x":"\u0041","y":[1,{"z":null}]}"#);
    assert_eq!(part.root().text_at("x").unwrap(), "A");
    assert_eq!(part.root().all("y").len(), 2);
    assert_eq!(part.root().name(), None);
    assert_eq!(part.root().first("y.z").map(|e| e.kind()), None);
    assert_eq!(part.root().descendants().count(), 6);
}

#[test]
fn stamping_touches_only_id_and_meta() {
    let at: jiff::Timestamp = "2026-06-15T16:00:00Z".parse().unwrap();
    let stamped = |text: &str| stamp(&Document::parse(text).unwrap(), "7", 3, at);
    assert_eq!(
        stamped(r#"{"resourceType":"Patient" , "x":1.0}"#),
        r#"{"resourceType":"Patient","id":"7","meta":{"versionId":"3","lastUpdated":"2026-06-15T16:00:00.000Z"} , "x":1.0}"#
    );
    assert_eq!(
        stamped(r#"{"id":"old","meta":{"tag":[ ],"versionId":"9"},"resourceType":"Patient"}"#),
        r#"{"id":"7","meta":{"lastUpdated":"2026-06-15T16:00:00.000Z","tag":[ ],"versionId":"3"},"resourceType":"Patient"}"#
    );
    assert_eq!(
        stamped(r#"{"meta":{},"resourceType":"Patient"}"#),
        r#"{"meta":{"versionId":"3","lastUpdated":"2026-06-15T16:00:00.000Z"},"resourceType":"Patient","id":"7"}"#
    );
    assert!(Document::parse(stamped("{}")).is_ok());
    assert_eq!(stamped("[1]"), "[1]");
}

#[test]
fn quoting_survives_parsing() {
    for text in ["", "a\"b\\c", "\u{1}\n\t", "é😀", "\u{7f}"] {
        let document = Document::parse(quote(text)).unwrap();
        assert_eq!(document.root().str().unwrap(), text);
    }
}

/// Any JSON value as serde_json sees it.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>()
            .prop_map(|s| s.replace('\u{0}', "?"))
            .prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map("[a-z\"\\\\]{0,3}", inner, 0..6)
                .prop_map(|m| serde_json::Value::Object(m.into_iter().collect())),
        ]
    })
}

fn same(element: Element<'_>, value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => element.kind() == Kind::Null,
        serde_json::Value::Bool(b) => element.bool() == Some(*b),
        serde_json::Value::Number(n) => element.number() == Some(n.to_string().as_str()),
        serde_json::Value::String(s) => element.is(s),
        serde_json::Value::Array(items) => {
            element.kind() == Kind::Array
                && element.count() == items.len()
                && element.items().zip(items).all(|(e, v)| same(e, v))
        }
        serde_json::Value::Object(members) => {
            element.kind() == Kind::Object
                && element.count() == members.len()
                && members
                    .iter()
                    .all(|(k, v)| element.get(k).is_some_and(|e| same(e, v)))
        }
    }
}

proptest! {
    #[test]
    fn agrees_with_serde_json_on_valid_texts(value in json(), pretty in any::<bool>()) {
        let text = if pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        let document = Document::parse(text.clone()).unwrap();
        prop_assert!(same(document.root(), &value), "{text}");
        for element in document.root().descendants() {
            prop_assert!(Document::parse(element.raw()).is_ok());
            let part = element.to_document();
            prop_assert_eq!(part.text(), element.raw());
        }
    }

    #[test]
    fn takes_nothing_that_serde_json_refuses(text in "[\\[\\]{}\",:0-9eE+.tru\\\\n -]{0,24}") {
        if Document::parse(text.clone()).is_ok() {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn never_panics_on_any_text(text in any::<String>()) {
        let _ = Document::parse(text);
    }
}
