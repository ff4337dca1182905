//! Tests of the XML form: nothing is lost either way, and what is not FHIR XML is named.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::definitions::{self, Content, Primitive, r4};
use crate::json::{Kind, quote};
use crate::{Document, Element, ResourceType};

/// The same value, whatever the order of members; numbers by their digits. A list of nothing but
/// nulls counts as absent.
fn same(a: Element<'_>, b: Element<'_>, path: &str) -> Result<(), String> {
    if a.kind() != b.kind() {
        return Err(format!("{path}: {a:?} and {b:?}"));
    }
    match a.kind() {
        Kind::Object => {
            let filled = |e: &Element<'_>| {
                e.kind() != Kind::Array || e.items().any(|item| item.kind() != Kind::Null)
            };
            for (name, child) in a.members().filter(|(_, child)| filled(child)) {
                let other = b
                    .get(&name)
                    .ok_or_else(|| format!("{path}.{name} is gone"))?;
                same(child, other, &format!("{path}.{name}"))?;
            }
            for (name, _) in b.members().filter(|(_, child)| filled(child)) {
                a.get(&name)
                    .ok_or_else(|| format!("{path}.{name} is new"))?;
            }
            Ok(())
        }
        Kind::Array => {
            if a.count() != b.count() {
                return Err(format!("{path}: {} and {} items", a.count(), b.count()));
            }
            a.items()
                .zip(b.items())
                .try_for_each(|(a, b)| same(a, b, path))
        }
        Kind::String if path.ends_with(".div") => {
            let text = |e: Element<'_>| e.str().unwrap().trim().to_owned();
            (text(a) == text(b))
                .then_some(())
                .ok_or(format!("{path}: {a:?} and {b:?}"))
        }
        Kind::String => (a.str() == b.str())
            .then_some(())
            .ok_or(format!("{path}: {a:?} and {b:?}")),
        _ => (a.raw() == b.raw())
            .then_some(())
            .ok_or(format!("{path}: {a:?} and {b:?}")),
    }
}

fn there_and_back(document: &Document) -> Result<(), String> {
    for pretty in [false, true] {
        let xml = write(document, pretty);
        let back = read(&xml).map_err(|issues| format!("{issues:?}\n{xml}"))?;
        same(document.root(), back.root(), "").map_err(|why| format!("{why}\n{xml}"))?;
        if write(&back, pretty) != xml {
            return Err(format!("XML differs from {xml}"));
        }
    }
    Ok(())
}

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder);
    let mut found: Vec<PathBuf> = entries
        .map(|entries| entries.filter_map(Result::ok).map(|e| e.path()).collect())
        .unwrap_or_default();
    found.retain(|path| path.extension().is_some_and(|e| e == extension));
    found.sort();
    found
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"a","text":{"status":"generated",
"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x <b>y</b> &amp; &lt;\n<br/></div>"},
"contained":[{"resourceType":"Organization","id":"o","name":"A \"b\" <c> & 'd'"}],
"extension":[{"id":"e","url":"http://e","valueDecimal":1.50},{"url":"http://f","extension":[
{"url":"g","valueString":" two\tlines\r\nend "}]}],
"active":true,"_active":{"extension":[{"url":"http://h","valueInteger":-7}]},
"name":[{"id":"n","given":["A",null,"C"],"_given":[null,{"id":"g1"},{"id":"g2"}]}],
"_birthDate":{"extension":[{"url":"http://absent","valueCode":"unknown"}]},
"multipleBirthInteger":2,"photo":[{"data":"AAAA"}],
"generalPractitioner":[{"reference":"\#o"}]}"#;

#[test]
fn every_kind_of_element_goes_there_and_back() {
    let document = Document::parse(PATIENT.replace("\\#", "#")).unwrap();
    there_and_back(&document).unwrap();
    let xml = write(&document, false);
    for part in [
        "<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"a\"/><text><status value=\"generated\"/><div xmlns",
        "<contained><Organization><id value=\"o\"/><name value=\"A &quot;b&quot; &lt;c&gt; &amp; 'd'\"/></Organization></contained>",
        "<extension id=\"e\" url=\"http://e\"><valueDecimal value=\"1.50\"/></extension>",
        "<valueString value=\" two&#9;lines&#13;&#10;end \"/>",
        "<active value=\"true\"><extension url=\"http://h\"><valueInteger value=\"-7\"/></extension></active>",
        "<name id=\"n\"><given value=\"A\"/><given id=\"g1\"/><given id=\"g2\" value=\"C\"/></name>",
        "<birthDate><extension url=\"http://absent\"><valueCode value=\"unknown\"/></extension></birthDate>",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
}

#[test]
fn examples_and_records_of_others_go_there_and_back() {
    // The folders are not part of the repository; `R4_EXAMPLES` may name one more.
    let root = env!("CARGO_MANIFEST_DIR");
    let shared = format!("{root}/../../../shared/data");
    let mut folders = vec![format!("{root}/../../tests/fixtures")];
    folders.extend(["us_core_7", "us_core_6", "synthea"].map(|name| format!("{shared}/{name}")));
    folders.extend(std::env::var("R4_EXAMPLES").ok());
    let (mut seen, mut bad) = (0, Vec::new());
    for path in folders.iter().flat_map(|folder| files(folder, "json")) {
        let text = std::fs::read_to_string(&path).unwrap();
        // Large collections add time, not cases.
        if text.len() > 4_000_000 || !text.contains("\"resourceType\"") {
            continue;
        }
        let Ok(document) = Document::parse(text) else {
            continue;
        };
        if crate::validate::validate(document.clone()).is_err() {
            continue;
        }
        seen += 1;
        if let Err(why) = there_and_back(&document) {
            let why: String = why.chars().take(600).collect();
            bad.push(format!("{}: {why}", path.display()));
        }
    }
    println!("{seen} resources");
    assert_eq!(bad, Vec::<String>::new());
}

fn faults(xml: &str) -> Vec<(String, String)> {
    let issues = read(xml).map(|d| d.into_text()).unwrap_err();
    issues
        .into_iter()
        .map(|issue| (issue.expression.unwrap_or_default(), issue.diagnostics))
        .collect()
}

fn patient(inner: &str) -> String {
    format!("<Patient xmlns=\"http://hl7.org/fhir\">{inner}</Patient>")
}

#[test]
fn what_r4_does_not_have_is_named_with_its_place() {
    let places = |xml: &str| -> Vec<String> { faults(xml).into_iter().map(|f| f.0).collect() };
    assert_eq!(
        places(&patient(
            "<foo/><name><given value='a'/><bar value='x'><baz/></bar></name><name x='1'/>\
             <gender val='male'/><active value='yes'/><active value='true'/>"
        )),
        [
            "Patient.foo",
            "Patient.name[0].bar",
            "Patient.name[1].@x",
            "Patient.gender.@val",
            "Patient.gender",
            "Patient.active",
            "Patient.active",
        ]
    );
    assert_eq!(
        places(&patient(
            "<name xmlns='urn:other'><given value='a'/></name>"
        )),
        ["Patient.name"]
    );
    let bare = "<text><status value='generated'/><div>x</div></text>";
    assert_eq!(places(&patient(bare)), ["Patient.text.div"]);
    let number = "<multipleBirthInteger value='many'/>";
    assert_eq!(places(&patient(number)), ["Patient.multipleBirthInteger"]);
}

#[test]
fn what_is_no_fhir_xml_is_one_fault() {
    let spaces: String = (0..80).map(|n| format!(" xmlns:a{n}='x'")).collect();
    let deep = "<extension url='x'>".repeat(5000);
    for xml in [
        "",
        "   ",
        "x",
        "{}",
        "<",
        "<Patient",
        "<Patient xmlns='http://hl7.org/fhir'>",
        "<Patient xmlns='http://hl7.org/fhir'></Other>",
        "<Patient/>",
        "<Patient xmlns='http://other'/>",
        "<Nope xmlns='http://hl7.org/fhir'/>",
        "<!DOCTYPE Patient [<!ENTITY a 'b'>]><Patient xmlns='http://hl7.org/fhir'/>",
        "<?xml version='1.0' encoding='ISO-8859-1'?><Patient xmlns='http://hl7.org/fhir'/>",
        &patient("text"),
        &patient("<![CDATA[text]]>"),
        &patient("&amp;"),
        &patient("<gender value='&nope;'/>"),
        &patient("<gender value='&#1;'/>"),
        &patient("<gender value='male' value='female'/>"),
        &patient("<contained/>"),
        &patient("<contained><Organization/><Organization/></contained>"),
        &patient("<contained><name/></contained>"),
        &patient("<text><div xmlns='http://www.w3.org/1999/xhtml'><p>x</text>"),
        &patient(&format!("<name{spaces}/>")),
        &patient(&deep),
        &format!("{}{}", patient(""), patient("")),
    ] {
        let shown: String = xml.chars().take(120).collect();
        assert_eq!(faults(xml).len(), 1, "{shown} {:?}", faults(xml));
    }
    assert!(faults(&patient(&deep))[0].1.contains("64"));
}

#[test]
fn what_says_nothing_is_passed_over() {
    let plain = read(&patient(
        "<gender value=\"male\"/><birthDate value=\"1980-01-01\"/>",
    ))
    .unwrap();
    let rich = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- a --><?pi b?>\n\
        <f:Patient xmlns:f='http://hl7.org/fhir' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
        xsi:schemaLocation='http://hl7.org/fhir ../patient.xsd'>\n<!-- c -->\
        <f:birthDate value='1980-01-01'></f:birthDate><![CDATA[ ]]><f:gender value='m&#97;le'/>\
        </f:Patient><!-- d -->\n";
    assert_eq!(read(rich).unwrap().text(), plain.text());
}

#[test]
fn a_narrative_with_prefixes_is_written_without() {
    let xml = "<Patient xmlns='http://hl7.org/fhir' xmlns:h='http://www.w3.org/1999/xhtml'><text>\
        <status value='generated'/><h:div><h:p class=\"a\">x &amp; <![CDATA[<]]></h:p><h:br/><?pi?></h:div>\
        </text></Patient>";
    let document = read(xml).unwrap();
    let div = document.root().text_at("text.div").unwrap().into_owned();
    assert_eq!(
        div,
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=\"a\">x &amp; <![CDATA[<]]></p><br/></div>"
    );
    assert!(crate::validate::validate(document).is_ok());
}

#[test]
fn odd_bytes_are_answered_in_time() {
    for piece in [
        "<a>",
        "<a ",
        "<!--",
        "<![CDATA[",
        "<?",
        "&",
        "<a b='",
        "]]>",
        "<a/>",
        "\u{0}",
    ] {
        let _ = read(&piece.repeat(20_000));
        let _ = read(&patient(&piece.repeat(20_000)));
        let inside = format!(
            "<text><div xmlns='http://www.w3.org/1999/xhtml'>{}</div></text>",
            piece.repeat(20_000)
        );
        let _ = read(&patient(&inside));
    }
}

/// A resource made by chance from the definitions.
struct Maker {
    seed: u64,
    out: String,
}

impl Maker {
    fn roll(&mut self, sides: u64) -> u64 {
        self.seed = self
            .seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.seed >> 33) % sides
    }

    fn scalar(&mut self, of: Primitive) -> String {
        let numbers = [
            "0",
            "-1",
            "1.50",
            "3e-7",
            "123456789012345678901234567890.10",
        ];
        let texts = ["a", " b ", "<&>\"'", "\u{e9}\u{1f600}", "x\ny\tz\r"];
        let at = self.roll(5) as usize;
        match of {
            Primitive::Boolean => ["true", "false"][at % 2].to_owned(),
            Primitive::Decimal => numbers[at].to_owned(),
            Primitive::Integer | Primitive::UnsignedInt | Primitive::PositiveInt => "7".to_owned(),
            Primitive::Xhtml => {
                quote("<div xmlns=\"http://www.w3.org/1999/xhtml\">x<p/>&#160;</div>")
            }
            _ => quote(texts[at]),
        }
    }

    fn object(&mut self, of: &'static definitions::Type, depth: usize) {
        self.out.push('{');
        if of.kind == definitions::TypeKind::Resource {
            self.out
                .push_str(&format!("\"resourceType\":\"{}\",", of.name));
        }
        let slots = of.slots();
        let from = self.roll(slots.len() as u64) as usize;
        let mut elements = Vec::new();
        for slot in slots.iter().cycle().skip(from).take(6) {
            if !elements.contains(&slot.element) {
                elements.push(slot.element);
                self.member(of, slot, depth);
            }
        }
        if self.out.ends_with(',') {
            self.out.pop();
        }
        self.out.push('}');
    }

    fn member(&mut self, of: &'static definitions::Type, slot: &definitions::Slot, depth: usize) {
        let repeats = of.definition(slot).repeats();
        let count = if repeats { 1 + self.roll(3) } else { 1 };
        let mut values = Vec::new();
        for _ in 0..count {
            let kept = std::mem::take(&mut self.out);
            match slot.content {
                Content::Primitive(primitive) => self.out = self.scalar(primitive),
                _ if depth == 0 => {}
                Content::Complex(id) => self.object(r4().of(id), depth - 1),
                Content::Resource => {
                    self.object(definitions::resource(ResourceType::OBSERVATION), depth - 1);
                }
            }
            values.push(std::mem::replace(&mut self.out, kept));
        }
        if values.iter().any(String::is_empty) {
            return;
        }
        let list = match repeats {
            true => format!("[{}]", values.join(",")),
            false => values.join(","),
        };
        self.out.push_str(&format!("\"{}\":{list},", slot.name));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_resource_goes_there_and_back(seed in any::<u64>(), which in 0usize..140) {
        let count = ResourceType::all().count();
        let resource_type = ResourceType::all().nth(which % count).unwrap();
        let mut maker = Maker { seed, out: String::new() };
        maker.object(definitions::resource(resource_type), 4);
        let document = Document::parse(maker.out.as_str()).unwrap();
        if let Err(why) = there_and_back(&document) {
            panic!("{why}\n{}", maker.out);
        }
    }

    #[test]
    fn no_text_brings_the_reader_down(text in "[<>/a-cP&;='\"! \\[\\]?-]{0,80}") {
        let _ = read(&text);
        let _ = read(&patient(&text));
    }
}
