//! Reading and checking queries.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::ResourceType;

fn checked(text: &str, of: Option<ResourceType>) -> Result<(), Fault> {
    let request = parse(text)?;
    let operation = request.operation(None).unwrap();
    check(&request, operation, of)
}

#[test]
fn a_query_is_read_with_all_its_parts() {
    let request = parse(
        r#"# who
        query Who($id: ID!, $many: [String!]! = ["a", b], $n: Int = 3) @x {
          them: PatientList(name: "M\u00fcller \"x\"", _count: $n, active: true, no: null) {
            ...Names @include(if: true)
            ... on Patient @skip(if: false) { id }
            ... { gender }
          }
        }
        fragment Names on Patient { name(use: official, _count: 1) @flatten { given """ block """ } }"#,
    );
    // A text cannot stand among fields.
    assert!(request.is_err());
    let request = parse(
        r#"query Who($id: ID!, $many: [String!]! = ["a", b]) {
          them: PatientList(name: "M\u00fcller \"x\"", _count: -3, active: true, no: null) { ...N id }
        }
        fragment N on Patient { id }"#,
    )
    .unwrap();
    let operation = request.operation(Some("Who")).unwrap();
    assert!(operation.variables[0].required && operation.variables[1].required);
    let Selection::Field(them) = &operation.selections[0] else {
        panic!("{operation:?}");
    };
    assert_eq!((them.key(), them.name.as_str()), ("them", "PatientList"));
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(them.argument("name").cloned(), text("Müller \"x\""));
    assert_eq!(them.argument("_count").cloned(), text("-3"));
    assert_eq!(them.argument("active"), Some(&Value::Boolean(true)));
    assert!(request.operation(Some("Other")).is_err());
}

#[test]
fn what_is_no_query_is_refused_where_it_is_wrong() {
    for (text, line, column) in [
        ("", 1, 1),
        ("{", 1, 2),
        ("{}", 1, 3),
        ("{ a\n  ; }", 2, 3),
        ("{ a(b: ) }", 1, 8),
        ("{ a \"x }", 1, 5),
        ("mutation { a }", 1, 1),
        ("{ a } fragment F on A { b } fragment F on A { b }", 1, 29),
        ("{ a(b: 1x) }", 1, 8),
    ] {
        let fault = parse(text).unwrap_err();
        assert_eq!(
            (fault.line, fault.column),
            (line, column),
            "{text} {fault:?}"
        );
    }
    assert!(parse(&"{a".repeat(10_000)).is_err());
    assert!(parse(&format!("{{a(b: {}", "[".repeat(10_000))).is_err());
    assert!(parse(&" ".repeat(QUERY_BYTES_MAX + 1)).is_err());
}

#[test]
fn fields_are_those_of_the_definitions() {
    let patient = Some(ResourceType::PATIENT);
    for (text, of) in [
        ("{ Patient(id: 1) { id name { given } } }", None),
        ("{ PatientList { resourceType __typename } }", None),
        ("{ ListList { id } List(id: 1) { id } }", None),
        (
            "{ PatientConnection { count next edges { mode resource { id } } } }",
            None,
        ),
        (
            "{ birthDate _birthDate { extension { url valueString } } }",
            patient,
        ),
        (
            "{ ObservationList(_reference: patient) { value { ... on Quantity { value } } } }",
            patient,
        ),
        (
            "{ managingOrganization { resource(type: Organization) { name } } }",
            patient,
        ),
        (
            "{ managingOrganization { resource { ... on Organization { name } } } }",
            patient,
        ),
        (
            "{ contained { ... on Medication { code { text } } } }",
            patient,
        ),
        ("{ name @flatten @first { family @singleton } }", patient),
    ] {
        checked(text, of).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
    }
    for (text, of, why) in [
        ("{ Patient { id } }", None, "needs an id"),
        ("{ Nope(id: 1) { id } }", None, "no field Nope"),
        ("{ nope }", patient, "no field nope"),
        ("{ name }", patient, "must be selected"),
        ("{ birthDate { x } }", patient, "no fields to select"),
        ("{ _name { id } }", patient, "no field _name"),
        ("{ ObservationList { id } }", patient, "_reference"),
        ("{ name @nope { given } }", patient, "no directive"),
        ("{ name @slice { given } }", patient, "@slice needs"),
        ("{ name @skip { given } }", patient, "@skip needs"),
        ("{ ...F }", patient, "no fragment F"),
        (
            "{ ...F } fragment F on Patient { ...F }",
            patient,
            "holds itself",
        ),
        ("{ ... on Nope { id } }", patient, "no type Nope"),
        (
            "{ managingOrganization { resource(type: Nope) { id } } }",
            patient,
            "no resource type",
        ),
        ("{ PatientConnection { nope } }", None, "connection"),
    ] {
        let fault = checked(text, of).unwrap_err();
        assert!(fault.message.contains(why), "{text}: {fault:?}");
    }
}

#[test]
fn fragments_that_multiply_are_bounded() {
    let mut text = "{ ...F0 ".to_owned() + "}";
    for n in 0..15 {
        let next = n + 1;
        text += &format!(" fragment F{n} on Patient {{ ...F{next} ...F{next} ...F{next} }}");
    }
    text += " fragment F15 on Patient { id }";
    let fault = checked(&text, Some(ResourceType::PATIENT)).unwrap_err();
    assert!(fault.message.contains("more than"), "{fault:?}");
}

proptest! {
    #[test]
    fn no_text_panics(text in "[a-z{}()@$:!.\" \\n\\\\\\[\\]=0-9-]{0,60}") {
        let _ = checked(&text, None);
    }
}
