//! XML Patch: what the examples of RFC 5261 do, on a patient.

use proptest::prelude::*;

use super::*;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p title=\"a\">One &amp; <b>two</b></p><p>Three</p></div>"},"name":[{"use":"official","family":"Old","given":["Ann","Beth"]},{"use":"nickname","text":"Annie"}],"birthDate":"1980-01-02","extension":[{"url":"http://example.org/weight","valueDecimal":1.50}],"contact":[{"name":{"text":"Bob"}}]}"#;

fn xml(patch: &str) -> Result<serde_json::Value, Fault> {
    let text = format!(r#"<diff xmlns:fhir="http://hl7.org/fhir">{patch}</diff>"#);
    let patched = XmlPatch::parse(&text, BOUNDS)?.apply(&document(PATIENT), BOUNDS)?;
    Ok(serde_json::from_str(&patched).unwrap())
}

#[test]
fn values_and_elements_are_added_replaced_and_removed() {
    let done = xml(r#"
        <replace sel="fhir:Patient/fhir:birthDate/@value">1930-01-01</replace>
        <add sel="/fhir:Patient"><active xmlns="http://hl7.org/fhir" value="true"/></add>
        <add sel="fhir:Patient/fhir:name[1]/fhir:given[1]" pos="after"><fhir:given value="Mid"/></add>
        <add sel="fhir:Patient/fhir:name[1]/fhir:given[1]" pos="before"><fhir:given value="First"/></add>
        <add sel="fhir:Patient/fhir:name[1]" pos="prepend"><fhir:given value="Zero"/></add>
        <add sel="fhir:Patient/fhir:name[2]" type="@id">n2</add>
        <replace sel="fhir:Patient/fhir:contact"><fhir:contact><fhir:gender value="male"/></fhir:contact></replace>
        <remove sel="fhir:Patient/fhir:name[fhir:use/@value='nickname']/fhir:text"/>"#)
    .unwrap();
    assert_eq!(done["birthDate"], "1930-01-01");
    assert_eq!(done["active"], true);
    let given = serde_json::json!(["Zero", "First", "Ann", "Mid", "Beth"]);
    assert_eq!(done["name"][0]["given"], given);
    let nickname = serde_json::json!({"id": "n2", "use": "nickname"});
    assert_eq!(done["name"][1], nickname);
    assert_eq!(done["contact"], serde_json::json!([{"gender": "male"}]));
}

#[test]
fn what_is_not_touched_keeps_its_digits_and_markup() {
    let text = r#"<diff><remove sel="Patient/name[2]"/></diff>"#;
    let patch = XmlPatch::parse(text, BOUNDS).unwrap();
    let patched = patch.apply(&document(PATIENT), BOUNDS).unwrap();
    assert!(patched.contains(r#""valueDecimal":1.50"#), "{patched}");
    let patched: serde_json::Value = serde_json::from_str(&patched).unwrap();
    let before: serde_json::Value = serde_json::from_str(PATIENT).unwrap();
    assert_eq!(patched["text"], before["text"]);
    assert_eq!(patched["name"].as_array().unwrap().len(), 1);
}

#[test]
fn the_narrative_is_markup_like_any_other() {
    let patch = r#"<replace xmlns:h="http://www.w3.org/1999/xhtml"
        sel="fhir:Patient/fhir:text/h:div/h:p[@title='a']/h:b/text()">2 &lt; 3</replace>"#;
    let done = xml(patch).unwrap();
    let div = done["text"]["div"].as_str().unwrap();
    assert!(div.contains("<b>2 &lt; 3</b>"), "{div}");
}

#[test]
fn a_place_must_be_there_and_be_one() {
    for (patch, why) in [
        (r#"<remove sel="fhir:Patient/fhir:name"/>"#, "2 places"),
        (r#"<remove sel="fhir:Patient/fhir:name[3]"/>"#, "nothing"),
        (r#"<remove sel="fhir:Group/fhir:name[1]"/>"#, "nothing"),
        (r#"<remove sel="fhir:Patient"/>"#, "itself"),
        (
            r#"<add sel="fhir:Patient/fhir:birthDate" type="@value">x</add>"#,
            "already",
        ),
        (
            r#"<add sel="fhir:Patient/fhir:birthDate/@value"><a/></add>"#,
            "attribute",
        ),
        (
            r#"<replace sel="fhir:Patient/fhir:name[1]">x</replace>"#,
            "exactly one",
        ),
        (
            r#"<add sel="fhir:Patient"><fhir:nope value="x"/></add>"#,
            "nope",
        ),
        (
            r#"<add sel="fhir:Patient"><fhir:birthDate value="1990"/></add>"#,
            "only once",
        ),
    ] {
        match xml(patch) {
            Err(Fault::Unfit(issue)) => assert!(issue.diagnostics.contains(why), "{issue:?}"),
            other => panic!("{patch}: {other:?}"),
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_its_reason() {
    for (patch, why) in [
        (r#"<move sel="fhir:Patient"/>"#, "add, replace and remove"),
        ("<remove/>", "sel is missing"),
        (
            r#"<remove sel="fhir:Patient/fhir:name[0]"/>"#,
            "count from 1",
        ),
        (
            r#"<remove sel="fhir:Patient//fhir:name"/>"#,
            "expected a name",
        ),
        (r#"<remove sel="id('x')"/>"#, "not supported"),
        (r#"<remove sel="fhir:Patient/parent::fhir:x"/>"#, "axes"),
        (r#"<remove sel="x:Patient"/>"#, "not declared"),
        (r#"<remove sel="fhir:Patient/fhir:name[1]]"/>"#, "from “]”"),
        (r#"<add sel="fhir:Patient" pos="between"/>"#, "pos is"),
        (
            r#"<add sel="fhir:Patient" type="namespace::x"/>"#,
            "type is",
        ),
        (r#"<add sel="fhir:Patient">&secret;</add>"#, "not defined"),
        ("words", "between operations"),
    ] {
        match xml(patch) {
            Err(Fault::Malformed(issue)) => assert!(issue.diagnostics.contains(why), "{issue:?}"),
            other => panic!("{patch}: {other:?}"),
        }
    }
    for text in [
        "",
        "x",
        "<diff>",
        "<patch/>",
        "<diff/><diff/>",
        "<!DOCTYPE a><diff/>",
    ] {
        assert!(XmlPatch::parse(text, BOUNDS).is_err(), "{text}");
    }
}

#[test]
fn deep_many_and_long_are_bounded() {
    let deep = format!("{}{}", "<a>".repeat(300), "</a>".repeat(300));
    assert!(matches!(xml(&deep), Err(Fault::Malformed(_))));
    let many = r#"<remove sel="fhir:Patient/fhir:id"/>"#.repeat(BOUNDS.operations + 1);
    assert!(matches!(xml(&many), Err(Fault::Malformed(_))));
    let nested = format!(
        r#"<add sel="fhir:Patient"><fhir:extension url="x">{}{}</fhir:extension></add>"#,
        r#"<fhir:extension url="x">"#.repeat(150),
        "</fhir:extension>".repeat(150)
    );
    assert!(matches!(xml(&nested), Err(Fault::Unfit(_))));
    let long = format!(
        r#"<add sel="fhir:Patient"><fhir:language value="{}"/></add>"#,
        "x".repeat(BOUNDS.bytes)
    );
    assert!(matches!(xml(&long), Err(Fault::Unfit(_))));
}

proptest! {
    #[test]
    fn no_selector_panics(sel in "[a-zA-Z:/@*\\[\\]0-9='.() ]{0,40}") {
        let _ = xml(&format!(r#"<remove sel="{sel}"/>"#));
    }
}
