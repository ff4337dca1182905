//! Valid resources pass; each fault is found once, at its place.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod agreement;
mod examples;
mod hostile;
mod links;

use super::*;

fn faults(text: &str) -> Vec<Issue> {
    validate(Document::parse(text).unwrap())
        .map(|_| ())
        .err()
        .unwrap_or_default()
}

const GOOD: &str = r##"{"resourceType":"Observation","id":"o1","meta":{"profile":["http://x/p"]},
    "text":{"status":"generated","div":"<div>x</div>"},
    "contained":[{"resourceType":"Practitioner","id":"p","name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"u","valueCode":"x"}]}]}]}],
    "extension":[{"url":"u","valueQuantity":{"value":1.50,"unit":"mg"}}],"status":"final",
    "category":[{"coding":[{"system":"http://x","code":"laboratory"}]}],"code":{"text":"x"},
    "subject":{"reference":"Patient/1","display":"d"},"performer":[{"reference":"#p"}],
    "effectivePeriod":{"start":"2020-01-01","end":"2020-01-02"},
    "valueRatio":{"numerator":{"value":1},"denominator":{"value":2}},
    "referenceRange":[{"low":{"value":1},"text":"r"}],"component":[{"code":{"text":"c"},"valueInteger":3}]}"##;

/// Asserts exactly these faults, by code and expression.
fn wrong(text: &str, expected: &[(IssueCode, &str)]) {
    let found = faults(text);
    let found: Vec<_> = found
        .iter()
        .map(|issue| (issue.code, issue.expression.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(found, expected, "{text}");
}

fn patient(members: &str, code: IssueCode, at: &str) {
    wrong(
        &format!("{{\"resourceType\":\"Patient\",{members}}}"),
        &[(code, at)],
    );
}

fn observation(members: &str, code: IssueCode, at: &str) {
    let start = r#""resourceType":"Observation","status":"final","code":{"text":"x"}"#;
    wrong(&format!("{{{start},{members}}}"), &[(code, at)]);
}

use IssueCode::{CodeInvalid, Invariant, Required, Structure, Value};

#[test]
fn good_resources_pass() {
    for text in [
        GOOD,
        r#"{"resourceType":"Patient"}"#,
        r#"{"resourceType":"Patient","id":"a","meta":{"profile":["http://example.org/nope"]},
            "name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"u","valueString":"x"}]}],"family":"B"}],
            "_birthDate":{"extension":[{"url":"u","valueDateTime":"2020-01-01T00:00:00Z"}]},
            "_gender":{"id":"g"},"gender":"male","multipleBirthInteger":2,"deceasedBoolean":false}"#,
        r##"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"1-1"}]},
            "contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Provenance","target":[{"reference":"#"}],
              "recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"reference":"#p"}}]}],
            "subject":{"reference":"#p"},"valueQuantity":{"value":1.50,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"},
            "performer":[{"reference":"https://x.org/fhir/Practitioner/1"},{"reference":"urn:uuid:0b3b6e0f-7d4b-4a3e-8b1e-3f1f5f0f5f5f"},
              {"reference":"Practitioner?identifier=x|1"},{"identifier":{"value":"1"},"type":"Organization"}]}"##,
        r#"{"resourceType":"Parameters","parameter":[{"name":"a","valueCode":"x"},{"name":"b","resource":{"resourceType":"Patient"}},
            {"name":"c","part":[{"name":"d","valueDecimal":-0.0}]}]}"#,
        r#"{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient"},
            "request":{"method":"POST","url":"Patient"}}]}"#,
        r#"{"resourceType":"Binary","contentType":"text/plain","data":"AAAA"}"#,
        r#"{"resourceType":"Condition","subject":{"reference":"Patient/1"},"clinicalStatus":{"extension":[{"url":"u","valueCode":"unknown"}]}}"#,
    ] {
        let found = faults(text);
        assert!(found.is_empty(), "{text} {found:?}");
    }
}

#[test]
fn no_resource_at_all() {
    for text in [
        "[]",
        "5",
        "null",
        "{}",
        r#"{"resourceType":5}"#,
        r#"{"resourceType":"Patientt"}"#,
        r#"{"resourceType":"DomainResource"}"#,
        r#"{"resourceType":"HumanName"}"#,
        r#"{"name":[]}"#,
    ] {
        wrong(text, &[(Structure, "resourceType")]);
    }
}

#[test]
fn unknown_elements_and_wrong_shapes() {
    patient(r#""foo":"bar""#, Structure, "Patient.foo");
    patient(
        r#""name":[{"first":"x","family":"y"}]"#,
        Structure,
        "Patient.name[0].first",
    );
    patient(r#""_foo":{"id":"a"}"#, Structure, "Patient._foo");
    patient(r#""name":{"family":"X"}"#, Structure, "Patient.name");
    patient(r#""name":[]"#, Structure, "Patient.name");
    patient(r#""name":[{}]"#, Invariant, "Patient.name[0]");
    patient(r#""name":[{"id":"a"}]"#, Invariant, "Patient.name[0]");
    patient(r#""name":"X""#, Structure, "Patient.name");
    patient(r#""name":[["X"]]"#, Structure, "Patient.name[0]");
    patient(r#""name":[null]"#, Structure, "Patient.name[0]");
    patient(r#""name":["X"]"#, Structure, "Patient.name[0]");
    patient(r#""gender":["male"]"#, Structure, "Patient.gender");
    patient(r#""gender":null"#, Structure, "Patient.gender");
    patient(r#""gender":{}"#, Structure, "Patient.gender");
    patient(r#""birthDate":1980"#, Structure, "Patient.birthDate");
    patient(r#""active":"yes""#, Structure, "Patient.active");
    patient(r#""active":1"#, Structure, "Patient.active");
    patient(
        r#""multipleBirthInteger":"2""#,
        Structure,
        "Patient.multipleBirth",
    );
    patient(r#""resourceTypes":"x""#, Structure, "Patient.resourceTypes");
    patient(r#""maritalStatus":"M""#, Structure, "Patient.maritalStatus");
    patient(
        r#""name":[{"resourceType":"HumanName","family":"x"}]"#,
        Structure,
        "Patient.name[0].resourceType",
    );
    patient(r#""meta":[{"versionId":"1"}]"#, Structure, "Patient.meta");
}

#[test]
fn choices_come_in_one_type() {
    patient(
        r#""deceasedBoolean":true,"deceasedDateTime":"2020""#,
        Structure,
        "Patient.deceased",
    );
    patient(r#""deceased":true"#, Structure, "Patient.deceased");
    patient(
        r#""deceasedString":"x""#,
        Structure,
        "Patient.deceasedString",
    );
    patient(r#""deceasedBoolean":[true]"#, Structure, "Patient.deceased");
    observation(
        r#""valueQuantity":{"value":"1"}"#,
        Structure,
        "Observation.value.value",
    );
    observation(
        r#""valueString":"a","valueInteger":1"#,
        Structure,
        "Observation.value",
    );
    observation(
        r#""_valueString":{"extension":[{"url":"u","valueCode":"x"}]},"valueInteger":1"#,
        Structure,
        "Observation.value",
    );
}

#[test]
fn primitive_siblings_stay_aligned() {
    let at = "Patient.name[0].given[1]";
    patient(r#""name":[{"given":["A",null]}]"#, Structure, at);
    patient(
        r#""name":[{"given":["A",null],"_given":[{"id":"x"}]}]"#,
        Structure,
        at,
    );
    patient(
        r#""name":[{"given":["A"],"_given":[{"id":"x"},null]}]"#,
        Structure,
        at,
    );
    patient(
        r#""name":[{"given":["A"],"_given":{"id":"x"}}]"#,
        Structure,
        "Patient.name[0].given",
    );
    patient(
        r#""name":[{"given":["A"],"_given":[]}]"#,
        Structure,
        "Patient.name[0].given",
    );
    patient(
        r#""name":[{"given":["A"],"_given":[{}]}]"#,
        Invariant,
        "Patient.name[0].given[0]",
    );
    patient(
        r#""gender":"male","_gender":[{"id":"x"}]"#,
        Structure,
        "Patient.gender",
    );
    patient(
        r#""gender":"male","_gender":null"#,
        Structure,
        "Patient.gender",
    );
    patient(
        r#""gender":"male","_gender":{}"#,
        Invariant,
        "Patient.gender",
    );
    patient(
        r#""gender":"male","_gender":{"value":"x"}"#,
        Structure,
        "Patient.gender.value",
    );
    patient(r#""_name":[{"id":"x"}]"#, Structure, "Patient.name");
    patient(r#""_birthDate":{"id":"x"}"#, Invariant, "Patient.birthDate");
    patient(
        r#""_birthDate":{"extension":[{"url":"u"}]}"#,
        Invariant,
        "Patient.birthDate.extension[0]",
    );
}

#[test]
fn primitive_formats() {
    patient(r#""birthDate":"1980-13-45""#, Value, "Patient.birthDate");
    patient(r#""birthDate":"1980-02-30""#, Value, "Patient.birthDate");
    patient(
        r#""birthDate":"1980-01-01T00:00:00Z""#,
        Value,
        "Patient.birthDate",
    );
    patient(
        r#""deceasedDateTime":"2020-01-01T10:00""#,
        Value,
        "Patient.deceased",
    );
    patient(r#""id":"bad_id!""#, Value, "Patient.id");
    patient(r#""id":"""#, Value, "Patient.id");
    patient(r#""language":" en""#, Value, "Patient.language");
    patient(r#""implicitRules":"a b""#, Value, "Patient.implicitRules");
    patient(
        r#""meta":{"lastUpdated":"2020-01-01"}"#,
        Value,
        "Patient.meta.lastUpdated",
    );
    patient(
        r#""meta":{"versionId":"a b"}"#,
        Value,
        "Patient.meta.versionId",
    );
    patient(r#""name":[{"family":""}]"#, Value, "Patient.name[0].family");
    patient(
        r#""name":[{"given":["A","a\u0007"]}]"#,
        Value,
        "Patient.name[0].given[1]",
    );
    patient(
        r#""photo":[{"contentType":"image/png","data":"%%"}]"#,
        Value,
        "Patient.photo[0].data",
    );
    patient(
        r#""multipleBirthInteger":1.5"#,
        Value,
        "Patient.multipleBirth",
    );
    patient(
        r#""multipleBirthInteger":1e3"#,
        Value,
        "Patient.multipleBirth",
    );
    patient(
        r#""telecom":[{"system":"phone","value":"1","rank":0}]"#,
        Value,
        "Patient.telecom[0].rank",
    );
    observation(
        r#""issued":"2020-01-01T00:00:00""#,
        Value,
        "Observation.issued",
    );
    observation(r#""valueTime":"25:00:00""#, Value, "Observation.value");
}

#[test]
fn required_elements_and_bindings() {
    wrong(
        r#"{"resourceType":"Observation","status":"final"}"#,
        &[(Required, "Observation.code")],
    );
    wrong(
        r#"{"resourceType":"Observation"}"#,
        &[
            (Required, "Observation.status"),
            (Required, "Observation.code"),
        ],
    );
    observation(
        r#""component":[{"valueString":"x"}]"#,
        Required,
        "Observation.component[0].code",
    );
    patient(
        r#""extension":[{"valueString":"x"}]"#,
        Required,
        "Patient.extension[0].url",
    );
    patient(
        r#""link":[{"other":{"reference":"Patient/1"}}]"#,
        Required,
        "Patient.link[0].type",
    );
    patient(r#""gender":"banana""#, CodeInvalid, "Patient.gender");
    patient(r#""gender":"Male""#, CodeInvalid, "Patient.gender");
    patient(
        r#""name":[{"use":"x","family":"y"}]"#,
        CodeInvalid,
        "Patient.name[0].use",
    );
    patient(
        r#""photo":[{"contentType":"a picture"}]"#,
        CodeInvalid,
        "Patient.photo[0].contentType",
    );
    let price = |currency: &str| {
        format!(
            r#"{{"resourceType":"Invoice","status":"draft","totalNet":{{"value":1,"currency":"{currency}"}}}}"#
        )
    };
    wrong(&price("EUR"), &[]);
    wrong(&price("€"), &[(CodeInvalid, "Invoice.totalNet.currency")]);
    let condition = |status: &str| {
        format!(
            r#"{{"resourceType":"Condition","subject":{{"reference":"Patient/1"}},"clinicalStatus":{status}}}"#
        )
    };
    let system = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    wrong(
        &condition(&format!(
            r#"{{"coding":[{{"system":"{system}","code":"active"}}]}}"#
        )),
        &[],
    );
    for status in [
        format!(r#"{{"coding":[{{"system":"{system}","code":"nope"}}]}}"#),
        r#"{"coding":[{"system":"http://x","code":"active"}]}"#.to_owned(),
        r#"{"coding":[{"code":"active"}]}"#.to_owned(),
        r#"{"text":"active"}"#.to_owned(),
    ] {
        wrong(
            &condition(&status),
            &[(CodeInvalid, "Condition.clinicalStatus")],
        );
    }
}

#[test]
fn invariants_name_their_key() {
    patient(
        r#""contact":[{"gender":"male"}]"#,
        Invariant,
        "Patient.contact[0]",
    );
    patient(
        r#""telecom":[{"value":"1"}]"#,
        Invariant,
        "Patient.telecom[0]",
    );
    patient(
        r#""photo":[{"data":"AAAA"}]"#,
        Invariant,
        "Patient.photo[0]",
    );
    patient(
        r#""name":[{"family":"x","period":{"start":"2021","end":"2020"}}]"#,
        Invariant,
        "Patient.name[0].period",
    );
    let at = "Observation";
    observation(
        r#""valueInteger":1,"dataAbsentReason":{"text":"x"}"#,
        Invariant,
        at,
    );
    let coding = r#"{"coding":[{"system":"http://loinc.org","code":"1"}]}"#;
    wrong(
        &format!(
            r#"{{"resourceType":"Observation","status":"final","code":{coding},"valueInteger":1,"component":[{{"code":{coding}}}]}}"#
        ),
        &[(Invariant, at)],
    );
    observation(
        r#""valueQuantity":{"value":1,"code":"mg"}"#,
        Invariant,
        "Observation.value",
    );
    observation(
        r#""valueRange":{"low":{"value":2},"high":{"value":1}}"#,
        Invariant,
        "Observation.value",
    );
    observation(
        r#""valueRatio":{"numerator":{"value":2}}"#,
        Invariant,
        "Observation.value",
    );
    observation(
        r#""referenceRange":[{"age":{"low":{"value":1}}}]"#,
        Invariant,
        "Observation.referenceRange[0]",
    );
    observation(
        r#""effectiveTiming":{"repeat":{"period":1}}"#,
        Invariant,
        "Observation.effective.repeat",
    );
    observation(
        r#""referenceRange":[{"text":"x","low":{"value":1,"comparator":"<"}}]"#,
        Structure,
        "Observation.referenceRange[0].low.comparator",
    );
    let found = faults(r#"{"resourceType":"Patient","contact":[{"gender":"male"}]}"#);
    assert!(found[0].diagnostics.starts_with("pat-1: "));
}

#[test]
fn resources_inside_bundles_and_parameters_are_checked_in_place() {
    wrong(
        r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","gender":"x"}}]}"#,
        &[(CodeInvalid, "Bundle.entry[0].resource.gender")],
    );
    wrong(
        r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Nope"}}]}"#,
        &[(Structure, "Bundle.entry[0].resource")],
    );
    wrong(
        r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient"}}]}"#,
        &[(Invariant, "Bundle")],
    );
    wrong(
        r#"{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","valueBoolean":"true"}]}]}"#,
        &[(Structure, "Parameters.parameter[0].part[0].value")],
    );
    wrong(
        r#"{"resourceType":"Parameters","parameter":[{"name":"a"}]}"#,
        &[(Invariant, "Parameters.parameter[0]")],
    );
}

#[test]
fn every_fault_of_a_resource_is_told_up_to_a_hundred() {
    let text = r#"{"resourceType":"Patient","foo":1,"gender":"x","birthDate":"y","contact":[{}]}"#;
    wrong(
        text,
        &[
            (Structure, "Patient.foo"),
            (CodeInvalid, "Patient.gender"),
            (Value, "Patient.birthDate"),
            (Invariant, "Patient.contact[0]"),
        ],
    );
    let many: Vec<String> = (0..500).map(|i| format!("\"x{i}\":1")).collect();
    let text = format!("{{\"resourceType\":\"Patient\",{}}}", many.join(","));
    assert_eq!(faults(&text).len(), 100);
}

#[test]
fn every_rule_stands_on_a_type_of_the_tables() {
    let types = &crate::definitions::r4().types;
    for (name, rules) in rules::RULES {
        let of = types.iter().find(|one| one.name == *name);
        let of = of.unwrap_or_else(|| panic!("no type {name}"));
        for rule in *rules {
            assert!(!rule.says.is_empty());
            let names: Vec<&str> = match &rule.check {
                invariants::Check::Any(names)
                | invariants::Check::AtMostOne(names)
                | invariants::Check::One(names) => names.to_vec(),
                invariants::Check::Needs(name, others) => {
                    others.iter().copied().chain([*name]).collect()
                }
                invariants::Check::Test(_) => Vec::new(),
            };
            for element in names {
                let plain = element.strip_suffix("[x]");
                let known = of
                    .elements
                    .iter()
                    .any(|e| e.name == plain.unwrap_or(element) && e.choice == plain.is_some());
                assert!(known, "{} names {element}, which {name} lacks", rule.key);
            }
        }
    }
}
