//! What the fuzzer calls with bytes of its own making: everything that reads what a client wrote.
//!
//! A target never panics, whatever it is given; what it promises beside that it asserts. The engine
//! in `engine/` calls these with coverage in view; the corpus is replayed as an ordinary test.

use fhir::{
    Document, ResourceType, Severity, datetime, graphql, index, operation,
    patch::{Bounds, JsonPatch, PathPatch, XmlPatch},
    path::{Expression, Item, Scene},
    projection,
    search::{self, Handling, Settings, Summary, posted},
    ucum, validate, xml,
};

/// A target takes any bytes.
pub type Target = fn(&[u8]);

/// Every target by the name of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("json", json),
    ("xml", from_xml),
    ("search", query),
    ("fhirpath", expression),
    ("patch", patch),
    ("date", date),
    ("operation", inputs),
    ("ucum", unit),
    ("graphql", question),
];

/// Runs a target by name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(of, _)| *of == name);
    target.expect("a target of that name").1(bytes);
}

/// A patient with a little of everything, for what is evaluated and patched.
const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"1"},
 "extension":[{"url":"http://e","valueQuantity":{"value":1.50,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}],
 "identifier":[{"system":"urn:s","value":"1"},{"system":"urn:t","value":"2"}],"active":true,
 "name":[{"family":"Müller","given":["Ann","B"],"period":{"start":"2001-02"}},{"text":"x"}],
 "birthDate":"1980-05-05","_birthDate":{"extension":[{"url":"http://t","valueDateTime":"1980-05-05T01:02:03Z"}]},
 "contact":[{"name":{"family":"C"},"telecom":[{"system":"phone","value":"1"}]}],
 "generalPractitioner":[{"reference":"Practitioner/1"}]}"#;

const BOUNDS: Bounds = Bounds {
    operations: 1_000,
    bytes: 1024 * 1024,
};

/// Reads a document and does with it what a write and a read do.
fn json(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(document) = Document::parse(text) else {
        return;
    };
    assert_eq!(document.text(), text);
    resource(&document);
}

fn resource(document: &Document) {
    let root = document.root();
    let of = root.resource_type_name();
    if let Some(of) = of.as_deref().and_then(ResourceType::from_name) {
        index::entries(of, root, "http://h/fhir");
        index::sort_key(of, root);
    }
    let faults = posted::check(root);
    assert!(faults.iter().all(|fault| fault.expression.is_some()));
    posted::resolve(root, &posted::PostedParams::default());
    match validate::validate(document.clone()) {
        Err(issues) => assert!(
            issues
                .iter()
                .any(|issue| issue.severity != Severity::Information)
        ),
        // Only what is valid is ever stored, and shortened when it is read.
        Ok(valid) => {
            shorten(valid.document());
            let written = xml::write(valid.document(), false);
            let back = xml::read(&written).expect("what is valid can be written as XML and read");
            validate::validate(back).expect("and stays valid");
        }
    }
}

fn shorten(document: &Document) {
    for summary in [Summary::True, Summary::Text, Summary::Data] {
        let short = projection::summary(document, summary);
        Document::parse(short).expect("a summary is JSON");
    }
    let short = projection::elements(document, &["name".to_owned(), "status".to_owned()]);
    Document::parse(short).expect("some elements are JSON");
}

fn from_xml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    match xml::read(text) {
        Err(issues) => assert!(!issues.is_empty()),
        Ok(document) => {
            Document::parse(document.text()).expect("XML is read into JSON");
            resource(&document);
        }
    }
}

/// `Type?name=value&…`
fn query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (name, query) = text.split_once('?').unwrap_or(("Patient", &text));
    let of = ResourceType::from_name(name).unwrap_or(ResourceType::OBSERVATION);
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    for handling in [Handling::Strict, Handling::Lenient] {
        let settings = Settings {
            base: "http://h/fhir",
            handling,
            count_default: 50,
            count_max: 1_000,
            clauses_max: 64,
            posted: None,
            include_rounds_max: 4,
            included_max: 1_000,
        };
        match search::parse(of, &pairs, &settings) {
            Err(issues) => assert!(!issues.is_empty()),
            Ok(query) => assert!(query.count <= 1_000),
        }
    }
}

fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(expression) = Expression::parse(text) else {
        return;
    };
    let document = Document::parse(PATIENT).expect("the patient is JSON");
    let now = "2026-06-15T16:00:00Z".parse().expect("a moment");
    let scene = Scene::of(document.root()).at(now).steps(50_000);
    let focus = Item::resource(document.root());
    let _ = expression.evaluate(std::slice::from_ref(&focus), &scene);
    let _ = expression.holds(focus, &scene);
}

/// An XML Patch; a JSON Patch or FHIRPath Patch, tried as both.
fn patch(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let patient = Document::parse(PATIENT).expect("the patient is JSON");
    if let Ok(patch) = XmlPatch::parse(text, BOUNDS) {
        if let Ok(patched) = patch.apply(&patient, BOUNDS) {
            let _ = validate::validate(Document::parse(patched).expect("a patched document"));
        }
        return;
    }
    let Ok(patch) = Document::parse(text) else {
        return;
    };
    let json = JsonPatch::parse(&patch, BOUNDS).and_then(|patch| patch.apply(&patient, BOUNDS));
    let path = PathPatch::parse(&patch, BOUNDS).and_then(|patch| patch.apply(&patient, BOUNDS));
    for patched in [json, path].into_iter().flatten() {
        if let Ok(document) = Document::parse(patched) {
            let _ = validate::validate(document);
        }
    }
}

fn date(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let covered = datetime::interval(text);
    if let Some(covered) = covered {
        assert!(covered.low <= covered.high, "{text}");
    }
    let written = [
        datetime::is_date(text),
        datetime::is_date_time(text),
        datetime::is_instant(text),
    ];
    if written.contains(&true) {
        assert!(covered.is_some(), "{text} is a date and covers nothing");
    }
    datetime::is_time(text);
}

/// Parameters given to every operation.
fn inputs(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (query, body) = text.split_once('\n').unwrap_or((&text, ""));
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    for one in operation::OPERATIONS {
        let body = match Document::parse(body) {
            Ok(document) => operation::Body::of(document, one, None),
            Err(_) => operation::Body::Nothing,
        };
        match operation::read(one, &pairs, body) {
            Ok(inputs) => inputs.pairs().for_each(drop),
            Err(issues) => assert!(!issues.is_empty()),
        }
    }
}

/// A query in GraphQL, of the system and of a patient.
fn question(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(request) = graphql::parse(text) else {
        return;
    };
    for operation in &request.operations {
        let _ = graphql::check(&request, operation, None);
        let _ = graphql::check(&request, operation, Some(ResourceType::PATIENT));
    }
}

fn unit(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(unit) = ucum::Unit::parse(text) {
        let one = unit.convert(1.into(), &unit);
        assert!(one.is_some(), "{text} is not comparable with itself");
        unit.canonical();
        unit.to_canonical_float(1.0);
    }
}
