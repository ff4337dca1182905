//! FHIRPath Patch: what each type of operation does, and what it refuses.

use super::*;

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
