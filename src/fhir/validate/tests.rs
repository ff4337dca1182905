//! Valid resources pass; each fault is found once, at its place.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

fn faults(text: &str) -> Vec<Issue> {
    validate(Document::parse(text).unwrap())
        .map(|_| ())
        .err()
        .unwrap_or_default()
}

/// Files of the folders that are not committed, where they are there.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.filter_map(Result::ok).map(|e| e.path()).collect())
        .unwrap_or_default();
    found.retain(|path| path.extension().is_some_and(|e| e == "json"));
    found.sort();
    found
}

fn check(path: &Path, seen: &mut usize, bad: &mut Vec<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    match Document::parse(text) {
        Err(fault) => bad.push(format!("{name}: {fault}")),
        Ok(document) => {
            if document.root().resource_type_name().is_none() {
                return;
            }
            *seen += 1;
            if let Err(issues) = validate(document) {
                for issue in issues {
                    let at = issue.expression.unwrap_or_default();
                    bad.push(format!("{name}: {at}: {}", issue.diagnostics));
                }
            }
        }
    }
}

#[test]
fn resources_of_the_examples_packages_are_valid() {
    // The folders are not part of the repository; `R4_EXAMPLES` may name one more.
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folders = ["us_core_7", "us_core_6", "synthea"].map(|name| format!("{shared}/{name}"));
    let named = std::env::var("R4_EXAMPLES").ok();
    for folder in folders.into_iter().chain(named.clone()) {
        let (mut seen, mut bad) = (0, Vec::new());
        for path in files(&folder) {
            check(&path, &mut seen, &mut bad);
        }
        for line in &bad {
            println!("{line}");
        }
        println!("{folder}: {seen} files, {} faults", bad.len());
        // The package's own defects: empty narratives, wrong targets, missing elements.
        let known = if named.as_ref() == Some(&folder) {
            70
        } else {
            0
        };
        assert!(bad.len() <= known, "{} faults in {folder}", bad.len());
    }
}

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
fn references_lead_where_they_may() {
    let at = "Observation.subject.reference";
    observation(r#""subject":{"reference":"Practitioner/x"}"#, Value, at);
    observation(
        r#""subject":{"reference":"http://x.org/Practitioner/x"}"#,
        Value,
        at,
    );
    observation(
        r#""subject":{"reference":"Practitioner?name=x"}"#,
        Value,
        at,
    );
    observation(r#""subject":{"reference":"Patient"}"#, Value, at);
    observation(r#""subject":{"reference":"Patientt/1"}"#, Value, at);
    observation(r#""subject":{"reference":"Patient/a_b"}"#, Value, at);
    observation(r##""subject":{"reference":"#nope"}"##, Invariant, at);
    observation(r#""subject":{"reference":5}"#, Structure, at);
    let at = "Observation.subject.type";
    observation(
        r#""subject":{"reference":"Patient/1","type":"Group"}"#,
        Value,
        at,
    );
    observation(
        r#""subject":{"display":"x","type":"Practitioner"}"#,
        Value,
        at,
    );
    observation(
        r##""subject":{"reference":"#a"},"contained":[{"resourceType":"Task","id":"a","status":"draft","intent":"order"}]"##,
        Value,
        "Observation.subject.reference",
    );
    observation(r#""subject":{}"#, Invariant, "Observation.subject");
}

#[test]
fn contained_resources_follow_their_rules() {
    let contained = |inner: &str, code, at: &str| {
        let text = format!(r##""contained":[{inner}],"subject":{{"reference":"#p"}}"##);
        observation(&text, code, at);
    };
    let at = "Observation.contained[0]";
    observation(
        r#""contained":[{"resourceType":"Patient","id":"p"}]"#,
        Invariant,
        at,
    );
    observation(r#""contained":[{"resourceType":"Patient"}]"#, Invariant, at);
    let inner = |members: &str| format!(r#"{{"resourceType":"Patient","id":"p",{members}}}"#);
    contained(
        &inner(r#""gender":"x""#),
        CodeInvalid,
        "Observation.contained[0].gender",
    );
    contained(
        &inner(r#""meta":{"versionId":"1"}"#),
        Invariant,
        "Observation.contained[0].meta.versionId",
    );
    contained(
        &inner(r#""meta":{"security":[{"code":"R"}]}"#),
        Invariant,
        "Observation.contained[0].meta.security",
    );
    contained(
        &inner(
            r##""contained":[{"resourceType":"Task","id":"q","status":"draft","intent":"order"}],"link":[{"type":"seealso","other":{"reference":"Patient/1"}}]"##,
        ),
        Invariant,
        "Observation.contained[0].contained[0]",
    );
    contained(r#"{"id":"p"}"#, Structure, at);
}

#[test]
fn extensions_have_a_value_or_extensions() {
    let at = "Patient.extension[0]";
    patient(r#""extension":[{"url":"u"}]"#, Invariant, at);
    patient(
        r#""extension":[{"url":"u","valueString":"x","extension":[{"url":"v","valueCode":"y"}]}]"#,
        Invariant,
        at,
    );
    patient(
        r#""extension":[{"url":"u","valueString":"x","valueCode":"x"}]"#,
        Structure,
        "Patient.extension[0].value",
    );
    patient(
        r#""extension":[{"url":"u","valueNope":"x"}]"#.replace("valueNope", "valueCoding").as_str(),
        Structure,
        "Patient.extension[0].value",
    );
}

#[test]
fn narratives_run_nothing() {
    let div =
        |inner: &str| format!(r#""text":{{"status":"generated","div":"<div>{inner}</div>"}}"#);
    patient(&div("<script>alert(1)</script>"), Value, "Patient.text.div");
    patient(&div("<p onclick='x()'>x</p>"), Value, "Patient.text.div");
    patient(&div("<p>x"), Value, "Patient.text.div");
    patient(
        r#""text":{"div":"<div>x</div>"}"#,
        Required,
        "Patient.text.status",
    );
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

/// Each of these once took time with the square of its size.
#[test]
fn hostile_sizes_cost_no_more_than_their_length() {
    let list = |item: &dyn Fn(usize) -> String| {
        let items: Vec<String> = (0..30_000).map(item).collect();
        items.join(",")
    };
    let contained = list(&|i| format!(r#"{{"resourceType":"Patient","id":"p{i}"}}"#));
    let references = list(&|i| format!(r##"{{"reference":"#p{i}"}}"##));
    let nulls = list(&|_| "null".to_owned());
    let siblings = list(&|_| r#"{"id":"a"}"#.to_owned());
    let codings = list(&|i| format!(r#"{{"code":"{i}"}}"#));
    let attributes = list(&|i| format!(" a{i}=''")).replace(',', "");
    let observation = r#""resourceType":"Observation","status":"final""#;
    for text in [
        format!(
            r#"{{"resourceType":"List","status":"current","mode":"working","contained":[{contained}],"note":[{{"text":"x"}}],
            "entry":[{{"item":{{"reference":"Patient/1"}}}}],"extension":[{{"url":"u","extension":[{}]}}]}}"#,
            references
                .replace(
                    "{\"reference",
                    "{\"url\":\"v\",\"valueReference\":{\"reference"
                )
                .replace('}', "}}")
        ),
        format!(
            r#"{{"resourceType":"Patient","name":[{{"given":[{nulls}],"_given":[{siblings}]}}]}}"#
        ),
        format!(
            r#"{{{observation},"code":{{"coding":[{codings}]}},"valueInteger":1,
            "component":[{{"code":{{"coding":[{}]}}}}]}}"#,
            codings.replace(":\"", ":\"x")
        ),
        format!(
            r#"{{"resourceType":"Patient","text":{{"status":"empty","div":"<div{attributes}>x</div>"}}}}"#
        ),
    ] {
        let began = std::time::Instant::now();
        let found = faults(&text);
        assert!(found.len() <= 100);
        assert!(began.elapsed().as_secs() < 3, "{}", &text[..80]);
    }
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

/// A value somewhere in a good resource becomes something else.
fn spoilt() -> impl Strategy<Value = String> {
    let good = GOOD;
    let count = Document::parse(good).unwrap().root().descendants().count();
    let other = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1.5e9",
        "\"\"",
        "\"x\"",
        "\"#\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "{\"a\":1}",
        "{\"id\":\"x\"}",
        "[{}]",
        "\"\\u0001\"",
        "\"2020-01-01\"",
        "{\"reference\":\"#\"}",
    ]);
    (0..count, other).prop_map(move |(at, other)| {
        let document = Document::parse(good).unwrap();
        let mut edits = crate::json::Edits::default();
        if let Some(element) = document.root().descendants().nth(at) {
            edits.replace(element.span(), other.to_owned());
        }
        edits.apply(good)
    })
}

proptest! {
    #[test]
    fn a_spoilt_value_is_told_with_its_place(text in spoilt()) {
        for issue in faults(&text) {
            let at = issue.expression.unwrap_or_default();
            prop_assert!(at.starts_with("Observation") || at == "resourceType", "{at}");
            prop_assert!(!issue.diagnostics.is_empty());
        }
    }
}
