//! Tests of both kinds of patch.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::Document;

const BOUNDS: Bounds = Bounds {
    operations: 100,
    bytes: 100_000,
};

fn document(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn json(text: &str, patch: &str) -> Result<String, Fault> {
    let patch = document(patch);
    JsonPatch::parse(&patch, BOUNDS)?.apply(&document(text), BOUNDS)
}

fn malformed(text: &str, patch: &str) -> bool {
    matches!(json(text, patch), Err(Fault::Malformed(_)))
}

fn unfit(text: &str, patch: &str) -> bool {
    matches!(json(text, patch), Err(Fault::Unfit(_)))
}

#[test]
fn the_examples_of_rfc_6902_come_out_as_it_says() {
    for (text, patch, result) in [
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/baz","value":"qux"}]"#,
            r#"{"foo":"bar","baz":"qux"}"#,
        ),
        (
            r#"{"foo":["bar","baz"]}"#,
            r#"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
            r#"{"foo":["bar","qux","baz"]}"#,
        ),
        (
            r#"{"baz":"qux","foo":"bar"}"#,
            r#"[{"op":"remove","path":"/baz"}]"#,
            r#"{"foo":"bar"}"#,
        ),
        (
            r#"{"foo":["bar","qux","baz"]}"#,
            r#"[{"op":"remove","path":"/foo/1"}]"#,
            r#"{"foo":["bar","baz"]}"#,
        ),
        (
            r#"{"baz":"qux","foo":"bar"}"#,
            r#"[{"op":"replace","path":"/baz","value":"boo"}]"#,
            r#"{"baz":"boo","foo":"bar"}"#,
        ),
        (
            r#"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
            r#"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
            r#"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#,
        ),
        (
            r#"{"foo":["all","grass","cows","eat"]}"#,
            r#"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
            r#"{"foo":["all","cows","eat","grass"]}"#,
        ),
        (
            r#"{"baz":"qux","foo":["a",2,"c"]}"#,
            r#"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]"#,
            r#"{"baz":"qux","foo":["a",2,"c"]}"#,
        ),
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
            r#"{"foo":"bar","child":{"grandchild":{}}}"#,
        ),
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#,
            r#"{"foo":"bar","baz":"qux"}"#,
        ),
        (
            r#"{"/":9,"~1":10}"#,
            r#"[{"op":"test","path":"/~01","value":10}]"#,
            r#"{"/":9,"~1":10}"#,
        ),
        (
            r#"{"foo":["bar"]}"#,
            r#"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
            r#"{"foo":["bar",["abc","def"]]}"#,
        ),
        (
            r#"{"a":1.50}"#,
            r#"[{"op":"copy","from":"/a","path":"/b"},{"op":"test","path":"/b","value":15e-1}]"#,
            r#"{"a":1.50,"b":1.50}"#,
        ),
        (
            r#"{"a":1}"#,
            r#"[{"op":"replace","path":"","value":{"b":2}}]"#,
            r#"{"b":2}"#,
        ),
        (
            r#"{ "a" : { "b":1 }, "c" : [ 1 , 2 ] }"#,
            r#"[{"op":"add","path":"/a/d","value":"\u00e9"}]"#,
            r#"{"a":{"b":1,"d":"\u00e9"},"c":[ 1 , 2 ]}"#,
        ),
        (
            r#"{"a":{"x":1,"y":[{}]}}"#,
            r#"[{"op":"test","path":"/a","value":{"y":[{}],"x":1.0}}]"#,
            r#"{"a":{"x":1,"y":[{}]}}"#,
        ),
    ] {
        assert_eq!(json(text, patch).unwrap(), result, "{patch}");
    }
}

#[test]
fn a_patch_that_is_none_is_told_from_one_that_does_not_fit() {
    let text = r#"{"foo":["bar"],"baz":{"a":1}}"#;
    for patch in [
        "{}",
        "[5]",
        r#"[{"path":"/a"}]"#,
        r#"[{"op":"nope","path":"/a"}]"#,
        r#"[{"op":"add","path":"/a"}]"#,
        r#"[{"op":"add","path":"a","value":1}]"#,
        r#"[{"op":"add","path":"/a~2","value":1}]"#,
        r#"[{"op":"add","path":5,"value":1}]"#,
        r#"[{"op":"move","path":"/foo"}]"#,
        r#"[{"op":"move","from":"/baz","path":"/baz/a"}]"#,
    ] {
        assert!(malformed(text, patch), "{patch}");
    }
    for patch in [
        r#"[{"op":"test","path":"/foo/0","value":"qux"}]"#,
        r#"[{"op":"test","path":"/baz/a","value":"1"}]"#,
        r#"[{"op":"remove","path":"/nope"}]"#,
        r#"[{"op":"remove","path":""}]"#,
        r#"[{"op":"replace","path":"/nope","value":1}]"#,
        r#"[{"op":"add","path":"/foo/2","value":1}]"#,
        r#"[{"op":"add","path":"/foo/01","value":1}]"#,
        r#"[{"op":"add","path":"/foo/0/x","value":1}]"#,
        r#"[{"op":"remove","path":"/foo/-"}]"#,
        r#"[{"op":"copy","from":"/nope","path":"/foo"}]"#,
    ] {
        assert!(unfit(text, patch), "{patch}");
    }
    let last = r#"[{"op":"add","path":"/x","value":1},{"op":"remove","path":"/nope"}]"#;
    let Err(Fault::Unfit(issue)) = json(text, last) else {
        unreachable!()
    };
    assert_eq!(issue.expression.as_deref(), Some("patch[1]"));
}

#[test]
fn a_patch_cannot_grow_beyond_its_bounds() {
    let double = r#"{"op":"copy","from":"/a","path":"/a/-"}"#;
    let many = format!("[{}]", vec![double; 90].join(","));
    assert!(unfit(
        &format!(r#"{{"a":["{}"]}}"#, "x".repeat(1000)),
        &many
    ));
    let deep = r#"{"op":"copy","from":"/a","path":"/a/a"}"#;
    let many = format!("[{}]", vec![deep; 90].join(","));
    let result = json(r#"{"a":{}}"#, &many);
    assert!(result.is_err() || Document::parse(result.unwrap()).is_err());
    assert!(malformed(
        "{}",
        &format!("[{}]", vec![double; 101].join(","))
    ));
    let moves = r#"{"op":"replace","path":"/b","value":0},{"op":"add","path":"/a/b","value":{}},{"op":"move","from":"/a","path":"/c"},{"op":"add","path":"/a","value":{}},{"op":"move","from":"/c","path":"/a/b"}"#;
    let many = format!("[{}]", vec![moves; 18].join(","));
    let _ = json(r#"{"a":{},"b":0}"#, &many);
}

proptest! {
    #[test]
    fn what_a_json_patch_makes_can_be_read_again(
        seed in prop::collection::vec((0usize..6, 0usize..8, 0usize..8, 0usize..5), 0..12)
    ) {
        let paths = ["", "/a", "/a/0", "/a/-", "/b", "/b/c", "/b/c/1", "/z/~0~1"];
        let values = ["1", "\"x\"", "{\"c\":[1,2]}", "[[],{}]", "null"];
        let names = ["add", "remove", "replace", "move", "copy", "test"];
        let operations: Vec<String> = seed.iter().map(|(op, path, from, value)| format!(
            r#"{{"op":"{}","path":"{}","from":"{}","value":{}}}"#,
            names[*op], paths[*path], paths[*from], values[*value]
        )).collect();
        let patch = format!("[{}]", operations.join(","));
        if let Ok(text) = json(r#"{"a":[1,2.50,"\u00e9"],"b":{"c":[0,{"d":null}]}}"#, &patch) {
            prop_assert!(Document::parse(text.clone()).is_ok(), "{}", text);
        }
    }
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"1","identifier":[{"value":"a"},{"value":"b"},{"value":"c"}],"active":true,"name":[{"given":["A","B"],"_given":[null,{"id":"g"}]}],"birthDate":"1980-01-01","deceasedBoolean":false}"#;

fn parameter(parts: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| format!(r#"{{"name":"{name}",{value}}}"#);
    let parts: Vec<String> = parts.iter().map(part).collect();
    format!(r#"{{"name":"operation","part":[{}]}}"#, parts.join(","))
}

fn path(text: &str, operations: &[&[(&str, &str)]]) -> Result<String, Fault> {
    let all: Vec<String> = operations.iter().map(|parts| parameter(parts)).collect();
    let patch = format!(
        r#"{{"resourceType":"Parameters","parameter":[{}]}}"#,
        all.join(",")
    );
    let patch = document(&patch);
    PathPatch::parse(&patch, BOUNDS)?.apply(&document(text), BOUNDS)
}

/// The patched patient, and that it still is one.
fn patched(operation: &[(&str, &str)]) -> String {
    let text = path(PATIENT, &[operation]).unwrap();
    let valid = crate::validate::validate(document(&text));
    assert!(valid.is_ok(), "{text} {:?}", valid.err());
    text
}

#[test]
fn fhirpath_patches_do_what_each_type_says() {
    let at = |path: &'static str| ("path", path);
    let kind = |of: &'static str| ("type", of);
    for (operation, before, after) in [
        (
            vec![
                kind(r#""valueCode":"add""#),
                at(r#""valueString":"Patient""#),
                ("name", r#""valueString":"gender""#),
                ("value", r#""valueCode":"male""#),
            ],
            r#"false}"#,
            r#"false,"gender":"male"}"#,
        ),
        (
            vec![
                kind(r#""valueCode":"add""#),
                at(r#""valueString":"Patient""#),
                ("name", r#""valueString":"identifier""#),
                ("value", r#""valueIdentifier":{"value":"d"}"#),
            ],
            r#"{"value":"c"}]"#,
            r#"{"value":"c"},{"value":"d"}]"#,
        ),
        (
            vec![
                kind(r#""valueCode":"add""#),
                at(r#""valueString":"Patient""#),
                ("name", r#""valueString":"contact""#),
                (
                    "value",
                    r#""part":[{"name":"name","valueHumanName":{"text":"a name"}},{"name":"telecom","valueContactPoint":{"system":"phone","value":"1"}},{"name":"gender","valueCode":"other"}]"#,
                ),
            ],
            r#"false}"#,
            r#"false,"contact":[{"name":{"text":"a name"},"telecom":[{"system":"phone","value":"1"}],"gender":"other"}]}"#,
        ),
        (
            vec![
                kind(r#""valueCode":"add""#),
                at(r#""valueString":"Patient.birthDate""#),
                ("name", r#""valueString":"extension""#),
                (
                    "value",
                    r#""valueExtension":{"url":"http://x","valueInteger":1}"#,
                ),
            ],
            r#"false}"#,
            r#"false,"_birthDate":{"extension":[{"url":"http://x","valueInteger":1}]}}"#,
        ),
        (
            vec![
                kind(r#""valueCode":"add""#),
                at(r#""valueString":"Patient.name[0]""#),
                ("name", r#""valueString":"given""#),
                ("value", r#""valueString":"C""#),
            ],
            r#"["A","B"],"_given":[null,{"id":"g"}]"#,
            r#"["A","B","C"],"_given":[null,{"id":"g"},null]"#,
        ),
        (
            vec![
                kind(r#""valueCode":"insert""#),
                at(r#""valueString":"Patient.identifier""#),
                ("index", r#""valueInteger":1"#),
                ("value", r#""valueIdentifier":{"value":"d"}"#),
            ],
            r#"{"value":"a"},"#,
            r#"{"value":"a"},{"value":"d"},"#,
        ),
        (
            vec![
                kind(r#""valueCode":"insert""#),
                at(r#""valueString":"Patient.name[0].given""#),
                ("index", r#""valueInteger":0"#),
                ("value", r#""valueString":"0""#),
            ],
            r#"["A","B"],"_given":[null,"#,
            r#"["0","A","B"],"_given":[null,null,"#,
        ),
        (
            vec![
                kind(r#""valueCode":"delete""#),
                at(r#""valueString":"Patient.identifier[1]""#),
            ],
            r#"{"value":"b"},"#,
            "",
        ),
        (
            vec![
                kind(r#""valueCode":"delete""#),
                at(r#""valueString":"Patient.name[0].given[1]""#),
            ],
            r#"["A","B"],"_given":[null,{"id":"g"}]"#,
            r#"["A"]"#,
        ),
        (
            vec![
                kind(r#""valueCode":"delete""#),
                at(r#""valueString":"Patient.name.where(use = 'old')""#),
            ],
            "",
            "",
        ),
        (
            vec![
                kind(r#""valueCode":"replace""#),
                at(r#""valueString":"Patient.birthDate""#),
                ("value", r#""valueDate":"1981""#),
            ],
            "1980-01-01",
            "1981",
        ),
        (
            vec![
                kind(r#""valueCode":"replace""#),
                at(r#""valueString":"Patient.deceased""#),
                ("value", r#""valueDateTime":"2020""#),
            ],
            r#""deceasedBoolean":false"#,
            r#""deceasedDateTime":"2020""#,
        ),
        (
            vec![
                kind(r#""valueCode":"replace""#),
                at(r#""valueString":"Patient.identifier.where(value = 'b')""#),
                (
                    "value",
                    r#""valueIdentifier":{"system":"urn:x","value":"B"}"#,
                ),
            ],
            r#"{"value":"b"}"#,
            r#"{"system":"urn:x","value":"B"}"#,
        ),
        (
            vec![
                kind(r#""valueCode":"replace""#),
                at(r#""valueString":"Patient.name.given[1]""#),
                ("value", r#""valueString":"X""#),
            ],
            r#""B"],"_given":[null,{"id":"g"}]"#,
            r#""X"]"#,
        ),
        (
            vec![
                kind(r#""valueCode":"move""#),
                at(r#""valueString":"Patient.identifier""#),
                ("source", r#""valueInteger":2"#),
                ("destination", r#""valueInteger":0"#),
            ],
            r#"{"value":"a"},{"value":"b"},{"value":"c"}"#,
            r#"{"value":"c"},{"value":"a"},{"value":"b"}"#,
        ),
        (
            vec![
                kind(r#""valueCode":"move""#),
                at(r#""valueString":"Patient.name.given""#),
                ("source", r#""valueInteger":0"#),
                ("destination", r#""valueInteger":1"#),
            ],
            r#"["A","B"],"_given":[null,{"id":"g"}]"#,
            r#"["B","A"],"_given":[{"id":"g"},null]"#,
        ),
    ] {
        let expected = match before {
            "" => PATIENT.to_owned(),
            before => PATIENT.replace(before, after),
        };
        assert_eq!(patched(&operation), expected, "{operation:?}");
    }
}

#[test]
fn fhirpath_patches_that_do_not_fit_change_nothing() {
    type Parts<'a> = &'a [(&'a str, &'a str)];
    let unfit: &[Parts<'_>] = &[
        &[
            ("type", r#""valueCode":"add""#),
            ("path", r#""valueString":"Patient""#),
            ("name", r#""valueString":"active""#),
            ("value", r#""valueBoolean":true"#),
        ],
        &[
            ("type", r#""valueCode":"add""#),
            ("path", r#""valueString":"Patient""#),
            ("name", r#""valueString":"deceased""#),
            ("value", r#""valueBoolean":true"#),
        ],
        &[
            ("type", r#""valueCode":"add""#),
            ("path", r#""valueString":"Patient""#),
            ("name", r#""valueString":"nope""#),
            ("value", r#""valueBoolean":true"#),
        ],
        &[
            ("type", r#""valueCode":"add""#),
            ("path", r#""valueString":"Patient.contact""#),
            ("name", r#""valueString":"gender""#),
            ("value", r#""valueCode":"male""#),
        ],
        &[
            ("type", r#""valueCode":"delete""#),
            ("path", r#""valueString":"Patient.identifier""#),
        ],
        &[
            ("type", r#""valueCode":"delete""#),
            ("path", r#""valueString":"Patient""#),
        ],
        &[
            ("type", r#""valueCode":"replace""#),
            ("path", r#""valueString":"Patient.gender""#),
            ("value", r#""valueCode":"male""#),
        ],
        &[
            ("type", r#""valueCode":"replace""#),
            ("path", r#""valueString":"Patient.name.count()""#),
            ("value", r#""valueCode":"male""#),
        ],
        &[
            ("type", r#""valueCode":"insert""#),
            ("path", r#""valueString":"Patient.identifier""#),
            ("index", r#""valueInteger":9"#),
            ("value", r#""valueIdentifier":{"value":"d"}"#),
        ],
        &[
            ("type", r#""valueCode":"insert""#),
            ("path", r#""valueString":"Patient.birthDate""#),
            ("index", r#""valueInteger":0"#),
            ("value", r#""valueDate":"1980""#),
        ],
        &[
            ("type", r#""valueCode":"move""#),
            ("path", r#""valueString":"Patient.identifier""#),
            ("source", r#""valueInteger":0"#),
            ("destination", r#""valueInteger":3"#),
        ],
    ];
    for operation in unfit {
        let result = path(PATIENT, &[operation]);
        assert!(
            matches!(result, Err(Fault::Unfit(_))),
            "{operation:?} {result:?}"
        );
    }
    let malformed: &[Parts<'_>] = &[
        &[("path", r#""valueString":"Patient""#)],
        &[
            ("type", r#""valueCode":"nope""#),
            ("path", r#""valueString":"Patient""#),
        ],
        &[("type", r#""valueCode":"delete""#)],
        &[
            ("type", r#""valueCode":"delete""#),
            ("path", r#""valueString":"Patient.((""#),
        ],
        &[
            ("type", r#""valueCode":"add""#),
            ("path", r#""valueString":"Patient""#),
            ("name", r#""valueString":"active""#),
        ],
        &[
            ("type", r#""valueCode":"move""#),
            ("path", r#""valueString":"Patient.name""#),
            ("source", r#""valueInteger":-1"#),
            ("destination", r#""valueInteger":3"#),
        ],
    ];
    for operation in malformed {
        let result = path(PATIENT, &[operation]);
        assert!(
            matches!(result, Err(Fault::Malformed(_))),
            "{operation:?} {result:?}"
        );
    }
}

#[test]
fn fhirpath_operations_follow_each_other() {
    let name = ("type", r#""valueCode":"add""#);
    let text = path(
        r#"{"resourceType":"Observation","status":"final","code":{"text":"x"}}"#,
        &[
            &[
                name,
                ("path", r#""valueString":"Observation""#),
                ("name", r#""valueString":"value""#),
                ("value", r#""valueQuantity":{"value":1.50}"#),
            ],
            &[
                name,
                ("path", r#""valueString":"Observation.value""#),
                ("name", r#""valueString":"unit""#),
                ("value", r#""valueString":"kg""#),
            ],
            &[
                ("type", r#""valueCode":"replace""#),
                ("path", r#""valueString":"Observation.status""#),
                ("value", r#""valueCode":"amended""#),
            ],
        ],
    );
    assert_eq!(
        text.unwrap(),
        r#"{"resourceType":"Observation","status":"amended","code":{"text":"x"},"valueQuantity":{"value":1.50,"unit":"kg"}}"#
    );
}
