//! References, contained resources, extensions and narratives.

use super::*;

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
