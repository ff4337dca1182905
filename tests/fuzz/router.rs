//! Requests made at random from good ones, against the true router: never a 5xx, never a hang.

use std::time::Duration;

use axum::http::Method;
use proptest::{prelude::*, test_runner::TestRng};
use serde_json::{Value, json};

use crate::support::{Caller, House};

/// Requests of one run.
const REQUESTS: usize = 1_500;
/// Nothing takes longer.
const TIME_MAX: Duration = Duration::from_secs(20);

const METHODS: &[Method] = &[
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::PATCH,
    Method::HEAD,
    Method::OPTIONS,
];

/// Requests that do something.
const GOOD: &[(Method, &str)] = &[
    (Method::GET, "/fhir/Patient"),
    (Method::GET, "/fhir/Observation?code=2345-7"),
    (
        Method::GET,
        "/fhir/Observation?patient=ada&category=laboratory",
    ),
    (
        Method::GET,
        "/fhir/Patient?_has:Observation:patient:code=2345-7",
    ),
    (Method::GET, "/fhir/Patient/ada"),
    (Method::GET, "/fhir/Patient/ada/Observation"),
    (Method::GET, "/fhir/Patient/ada/*"),
    (Method::GET, "/fhir/Patient/ada/_history"),
    (Method::GET, "/fhir/Patient/ada/_history/1"),
    (Method::GET, "/fhir/Patient/_history"),
    (Method::GET, "/fhir/_history"),
    (Method::GET, "/fhir?_type=Patient,Observation"),
    (Method::GET, "/fhir/Patient/ada/$everything"),
    (Method::GET, "/fhir/Patient/$everything?_count=3"),
    (
        Method::GET,
        "/fhir/Observation/$lastn?patient=ada&category=laboratory",
    ),
    (
        Method::GET,
        "/fhir/Observation/$stats?subject=Patient/ada&code=2345-7&statistic=average",
    ),
    (Method::GET, "/fhir/DocumentReference/$docref?patient=ada"),
    (Method::GET, "/fhir/Patient/ada/$meta"),
    (Method::GET, "/fhir/$meta"),
    (Method::GET, "/fhir/metadata"),
    (
        Method::GET,
        "/fhir/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender",
    ),
    (
        Method::GET,
        "/fhir/CodeSystem/$lookup?system=http://loinc.org&code=2345-7",
    ),
    (Method::HEAD, "/fhir/Patient/ada"),
    (Method::POST, "/fhir/Patient/_search"),
    (Method::POST, "/fhir"),
    (Method::POST, "/fhir/Patient"),
    (Method::POST, "/fhir/Observation"),
    (Method::POST, "/fhir/SearchParameter"),
    (Method::POST, "/fhir/StructureDefinition"),
    (Method::POST, "/fhir/ValueSet"),
    (Method::POST, "/fhir/Binary"),
    (Method::POST, "/fhir/Patient/$validate"),
    (Method::POST, "/fhir/Patient/$match"),
    (Method::POST, "/fhir/Patient/ada/$meta-add"),
    (Method::POST, "/fhir/Patient/ada/$meta-delete"),
    (Method::POST, "/fhir/ValueSet/$expand"),
    (Method::POST, "/fhir/ValueSet/$validate-code"),
    (Method::PUT, "/fhir/Patient/ada"),
    (Method::PUT, "/fhir/Observation/fuzzed"),
    (Method::PUT, "/fhir/Patient?name=Berg"),
    (Method::PATCH, "/fhir/Patient/ada"),
    (Method::PATCH, "/fhir/Observation?code=none"),
    (Method::DELETE, "/fhir/Observation/fuzzed"),
    (Method::DELETE, "/fhir/Observation?code=none"),
];

const TYPES: &[&str] = &[
    "Patient",
    "Observation",
    "Encounter",
    "Bundle",
    "Binary",
    "ValueSet",
    "CodeSystem",
    "StructureDefinition",
    "SearchParameter",
    "AuditEvent",
    "List",
    "Nope",
    "patient",
    "",
];
const IDS: &[&str] = &[
    "ada",
    "ada-glucose",
    "never-was",
    "a_b",
    "%00",
    "%2e%2e",
    "$validate",
    "_history",
    "_search",
    "*",
    "metadata",
    "ééé",
    "..",
    "1?x",
    "",
];
const LASTS: &[&str] = &[
    "",
    "",
    "/_history",
    "/_history/1",
    "/_history/x",
    "/_history/99999999999999999999",
    "/$everything",
    "/$meta",
    "/$meta-add",
    "/$expunge",
    "/$document",
    "/$validate",
    "/$lastn",
    "/$stats",
    "/$docref",
    "/$match",
    "/$expand",
    "/$lookup",
    "/$translate",
    "/$subsumes",
    "/$validate-code",
    "/Observation",
    "/*",
    "/_search",
    "/x/y/z",
];
const NAMES: &[&str] = &[
    "_id",
    "_count",
    "_sort",
    "_cursor",
    "_include",
    "_revinclude",
    "_has:Observation:patient:code",
    "_filter",
    "_summary",
    "_elements",
    "_total",
    "_format",
    "_pretty",
    "_since",
    "_at",
    "_type",
    "_list",
    "_text",
    "_content",
    "_lastUpdated",
    "name",
    "name:exact",
    "birthdate",
    "code",
    "code:in",
    "code:below",
    "code:not",
    "value-quantity",
    "code-value-quantity",
    "subject",
    "subject:Patient.name",
    "patient.organization.name",
    "identifier:of-type",
    "date",
    "start",
    "end",
    "max",
    "statistic",
    "duration",
    "url",
    "system",
    "coding",
    "filter",
    "offset",
    "count",
    "profile",
    "mode",
    "persist",
    "id",
    "limit",
    "period",
    "é",
    "a:b:c",
    "_tag:missing",
];
const VALUES: &[&str] = &[
    "",
    "1",
    "-1",
    "0",
    "99999999999999999999",
    "a",
    "a,b,c",
    "a|b",
    "|",
    "||",
    "$",
    "a$b$c",
    "2024",
    "2024-13-45",
    "gt2024-01-01T00:00:00Z",
    "ge",
    "*",
    "Patient:organization",
    "Patient/ada",
    "http://loinc.org|2345-7",
    "Patient?name=a",
    "%00",
    "%ff%fe",
    "%F0%9F%98%80",
    "\\,",
    "\\",
    "true",
    "false",
    "json",
    "xml",
    "application/fhir%2Bxml",
    "name eq a",
    "(name eq a",
    "not (name eq a) and (x",
    "1e400",
    "5.4|http://unitsofmeasure.org|mg",
    "-code,date",
    "http://hl7.org/fhir/ValueSet/administrative-gender",
    "urn:uuid:x",
    "average,count",
];
const HEADERS: &[(&str, &str)] = &[
    ("accept", "application/fhir+xml"),
    ("accept", "text/turtle"),
    ("accept", "*/*;q=0"),
    ("accept", ",,;q=x"),
    ("content-type", "application/fhir+xml"),
    ("content-type", "application/json-patch+json"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("content-type", "text/plain; charset=utf-16"),
    ("content-encoding", "gzip"),
    ("content-encoding", "zstd"),
    ("content-encoding", "br"),
    ("if-match", "W/\"1\""),
    ("if-match", "W/\"x\""),
    ("if-match", "*"),
    ("if-none-match", "*"),
    ("if-none-match", "W/\"1\""),
    ("if-modified-since", "yesterday"),
    ("if-none-exist", "name=Berg"),
    ("if-none-exist", "?"),
    ("if-none-exist", "Patient?_filter=x"),
    ("prefer", "return=OperationOutcome; handling=lenient"),
    ("prefer", "return=minimal"),
    ("prefer", "respond-async"),
    ("range", "bytes=0-1"),
    ("x-forwarded-for", "::1"),
];

fn bodies() -> Vec<String> {
    let parameters =
        |parameters: Value| json!({"resourceType": "Parameters", "parameter": parameters});
    let entry = |method: &str, url: &str| json!({"request": {"method": method, "url": url}});
    let made = [
        json!({"resourceType": "Patient", "id": "ada", "name": [{"family": "Berg"}], "birthDate": "1984-02-03"}),
        json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
               "subject": {"reference": "Patient/ada"}, "valueQuantity": {"value": 1.50, "code": "mg"}}),
        json!({"resourceType": "Bundle", "type": "batch", "entry": [
            entry("GET", "Patient/ada"), entry("GET", "Patient?name=b&_sort=-birthdate"),
            entry("GET", "Patient/ada/$everything"), entry("DELETE", "Observation?code=none"),
            entry("POST", "Patient/$match"), entry("PATCH", "Patient/ada")]}),
        json!({"resourceType": "Bundle", "type": "transaction", "entry": [
            {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Patient"},
             "request": {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=x|y"}},
            {"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "x"},
                          "subject": {"reference": "urn:uuid:1"}},
             "request": {"method": "PUT", "url": "Observation/fuzzed"}}]}),
        parameters(json!([{"name": "meta", "valueMeta": {"tag": [{"code": "a"}]}}])),
        parameters(
            json!([{"name": "resource", "resource": {"resourceType": "Patient", "gender": "x"}}]),
        ),
        parameters(
            json!([{"name": "operation", "part": [{"name": "type", "valueCode": "replace"},
            {"name": "path", "valueString": "Patient.active"}, {"name": "value", "valueBoolean": true}]}]),
        ),
        parameters(
            json!([{"name": "url", "valueUri": "http://hl7.org/fhir/ValueSet/administrative-gender"},
            {"name": "coding", "valueCoding": {"code": "male"}}, {"name": "count", "valueInteger": 2}]),
        ),
        json!([{"op": "replace", "path": "/name/0/family", "value": "Y"}, {"op": "add", "path": "/x/-", "value": null}]),
        json!({"resourceType": "SearchParameter", "url": "http://s", "name": "S", "status": "active",
               "description": "x", "code": "shoe", "base": ["Patient"], "type": "token",
               "expression": "Patient.extension.where(url='x').value"}),
        json!({"resourceType": "StructureDefinition", "url": "http://p", "name": "P", "status": "active",
               "kind": "resource", "abstract": false, "type": "Patient", "derivation": "constraint",
               "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
               "differential": {"element": [{"id": "Patient.name", "path": "Patient.name", "min": 1}]}}),
        json!({"resourceType": "ValueSet", "url": "http://v", "status": "active", "compose": {"include": [
               {"valueSet": ["http://v"]}, {"system": "http://loinc.org", "filter": [
               {"property": "concept", "op": "regex", "value": "(a*)*b"}]}]}}),
        json!({"resourceType": "Binary", "contentType": "text/plain", "data": "aGVsbG8="}),
    ];
    let mut bodies: Vec<String> = made.iter().map(Value::to_string).collect();
    bodies.extend([
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "<Patient xmlns=\"http://hl7.org/fhir\"><active value=\"true\"/></Patient>".to_owned(),
        "<!DOCTYPE x [<!ENTITY a \"b\">]><Patient>&a;</Patient>".to_owned(),
        "name=a&_count=1&identifier=%7C".to_owned(),
        "[".repeat(5_000),
        format!(
            "{{\"resourceType\":\"Patient\",\"x\":{}1{}}}",
            "[".repeat(60),
            "]".repeat(60)
        ),
    ]);
    bodies
}

/// Random choices that a seed brings back.
struct Dice(TestRng);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0.next_u32() as usize % count.max(1)
    }
    fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.below(from.len());
        &from[at]
    }

    /// Mostly a request that is served, its query and body then changed; else parts put together.
    fn request(&mut self) -> (Method, String) {
        if self.chance(3) {
            return (self.pick(METHODS).clone(), self.path());
        }
        let (method, path) = self.pick(GOOD).clone();
        let mut path = path.to_owned();
        let mut mark = if path.contains('?') { '&' } else { '?' };
        for _ in 0..self.below(3) {
            path = format!("{path}{mark}{}={}", self.pick(NAMES), self.pick(VALUES));
            mark = '&';
        }
        path.retain(|c| c.is_ascii_graphic());
        (method, path)
    }

    fn path(&mut self) -> String {
        let mut path = String::from("/fhir");
        if !self.chance(12) {
            path = format!("{path}/{}", self.pick(TYPES));
            if !self.chance(3) {
                path = format!("{path}/{}", self.pick(IDS));
            }
        }
        let last: &str = self.pick::<&str>(LASTS);
        path.push_str(last);
        let mut mark = if path.contains('?') { '&' } else { '?' };
        for _ in 0..self.below(4) {
            path = format!("{path}{mark}{}={}", self.pick(NAMES), self.pick(VALUES));
            mark = '&';
        }
        let plain = |c: char| c.is_ascii_graphic();
        path.chars().filter(|c| plain(*c)).collect()
    }

    /// A good body, or one with some bytes changed, cut or doubled.
    fn body(&mut self, path: &str, bodies: &[String]) -> Vec<u8> {
        let of = path.split(['/', '?']).nth(2).unwrap_or_default();
        let of = match of {
            "" if !path.contains('$') => "Bundle",
            _ if path.contains('$') => "Parameters",
            of => of,
        };
        let begins = format!("\"resourceType\":\"{of}\"");
        let fits: Vec<&String> = bodies
            .iter()
            .filter(|body| body.contains(&begins))
            .collect();
        let mut bytes = match fits.is_empty() || self.chance(4) {
            true => self.pick(bodies).clone().into_bytes(),
            false => (*self.pick(&fits)).clone().into_bytes(),
        };
        for _ in 0..self.below(6).saturating_sub(3) {
            if bytes.is_empty() {
                break;
            }
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes[at] = self.below(256) as u8,
                1 => bytes.truncate(at),
                2 => {
                    let to = (at + self.below(40)).min(bytes.len());
                    bytes.drain(at..to);
                }
                3 => {
                    let to = (at + self.below(200)).min(bytes.len());
                    let part = bytes[at..to].to_vec();
                    bytes.splice(at..at, part);
                }
                _ => {
                    let words: &[&str] =
                        &["null", "\"\"", "[]", "{}", "1e999", "-0", "\\u0000", "true"];
                    let word = *self.pick(words);
                    bytes.splice(at..at, word.bytes());
                }
            }
        }
        bytes
    }
}

async fn send(caller: &Caller, dice: &mut Dice, bodies: &[String]) {
    let (method, path) = dice.request();
    let mut caller = caller.clone();
    for _ in 0..dice.below(6).saturating_sub(3) {
        let (name, value) = dice.pick(HEADERS);
        caller = caller.with(name, value);
    }
    let body = (!matches!(method, Method::GET | Method::HEAD) || dice.chance(10))
        .then(|| dice.body(&path, bodies));
    let shown = body
        .clone()
        .map(|body| String::from_utf8_lossy(&body).into_owned());
    let asked = caller.send(method.clone(), &path, body);
    let reply = tokio::time::timeout(TIME_MAX, asked).await;
    let reply = reply.unwrap_or_else(|_| panic!("{method} {path} hangs\n{shown:?}"));
    assert!(
        !reply.status.is_server_error(),
        "{method} {path} {} {}\n{shown:?}",
        reply.status,
        reply.text()
    );
}

/// `FUZZ_SEED` and `FUZZ_REQUESTS` choose other requests, and more.
fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test]
async fn no_request_is_answered_by_a_fault_of_ours() {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&setting("FUZZ_SEED", 20_261_122).to_le_bytes());
    let rng = TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &seed);
    let mut dice = Dice(rng);
    let house = House::with_people().await;
    let callers = [
        house.backend().await,
        house
            .patient_with("ada", "launch/patient patient/*.cruds")
            .await,
        house.proxy_of("ada", "ben").await,
        house.clinician().await,
    ];
    let bodies = bodies();
    let requests = setting("FUZZ_REQUESTS", REQUESTS as u64);
    for _ in 0..requests {
        let caller = match dice.chance(20) {
            true => house.anonymous(),
            false => dice.pick(&callers).clone(),
        };
        send(&caller, &mut dice, &bodies).await;
    }
    house.anonymous().get("/fhir/metadata").await.expect(200);
}
