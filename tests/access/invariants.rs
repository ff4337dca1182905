//! Invariants I1, I7 and I11 over generated families, through the true router.

use access::vocabulary::{CONSENT_BASIS, RELEASE_HOLD};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Caller, House, Reply};

const ABSENT: &str = "/fhir/Observation/never-was";

/// What one generated result carries besides its value.
#[derive(Debug, Clone)]
struct Marks {
    labels: Vec<&'static str>,
    minor_consented: bool,
    held: bool,
}

fn marks() -> impl Strategy<Value = Marks> {
    let label = prop::sample::select(vec!["STD", "HIV", "MH", "PSYTHPN", "unheard-of"]);
    (
        prop::collection::vec(label, 0..3),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(labels, minor_consented, held)| Marks {
            labels,
            minor_consented,
            held,
        })
}

/// A birth date from newborn to 20 years before the clock of the tests, and a few results.
fn family() -> impl Strategy<Value = (String, Vec<Marks>)> {
    let born = (2006_u16..2026, 1_u8..13, 1_u8..29);
    let date = born.prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"));
    (date, prop::collection::vec(marks(), 1..5))
}

fn observation(number: usize, marks: &Marks) -> Value {
    let mut extensions = Vec::new();
    if marks.minor_consented {
        extensions.push(json!({"url": CONSENT_BASIS, "valueCode": "minor:19a-216"}));
    }
    if marks.held {
        extensions.push(json!({"url": RELEASE_HOLD, "extension": [
            {"url": "reason", "valueCode": "harm"},
            {"url": "harm", "valueCode": "substantial"},
            {"url": "by", "valueReference": {"reference": "Practitioner/dr-wu"}},
            {"url": "until", "valueDateTime": "2099-01-01T00:00:00Z"}
        ]}));
    }
    let system = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    let labels: Vec<Value> = marks
        .labels
        .iter()
        .map(|code| json!({"system": system, "code": code}))
        .collect();
    let mut made = json!({
        "resourceType": "Observation", "id": format!("made-{number}"), "status": "final",
        "code": {"text": "Generated"}, "subject": {"reference": "Patient/kid"}
    });
    if !extensions.is_empty() {
        made["extension"] = extensions.into();
    }
    if !labels.is_empty() {
        made["meta"] = json!({"security": labels});
    }
    made
}

/// Ada as a parent of a generated child; the token, and the grant it came from.
async fn parent(house: &House, birth_date: &str, results: &[Marks]) -> (Caller, String) {
    let backend = house.backend().await;
    let kid = json!({"resourceType": "Patient", "id": "kid", "birthDate": birth_date});
    backend.put("/fhir/Patient/kid", &kid).await.expect(201);
    let mut link = backend
        .get("/fhir/RelatedPerson/ada-for-ben")
        .await
        .expect(200)
        .json();
    link["id"] = "ada-for-kid".into();
    link["patient"]["reference"] = "Patient/kid".into();
    backend
        .put("/fhir/RelatedPerson/ada-for-kid", &link)
        .await
        .expect(201);
    let mut person = backend
        .get("/fhir/Person/person-ada")
        .await
        .expect(200)
        .json();
    person["link"] = json!([{"target": {"reference": "RelatedPerson/ada-for-kid"}}]);
    backend
        .put("/fhir/Person/person-ada", &person)
        .await
        .expect(200);
    for (number, marks) in results.iter().enumerate() {
        let made = observation(number, marks);
        let path = format!("/fhir/Observation/made-{number}");
        backend.put(&path, &made).await.expect(201);
    }
    house.proxy_under_grant("ada", "kid").await
}

/// Everything an answer tells, request id and time of day apart.
fn told(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<(String, String)> = reply
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .collect();
    headers.sort();
    (reply.status.as_u16(), headers, reply.text())
}

/// AuditEvents of looks at one result that a grant permitted; refused ones have another outcome.
async fn looks(house: &House, path: &str, grant: &str) -> usize {
    let entity = path.trim_start_matches("/fhir/");
    let query = format!("/fhir/AuditEvent?patient=kid&entity={entity}&_count=200");
    let events = house.backend().await.get(&query).await.expect(200).json();
    let entries = events["entry"].as_array().cloned().unwrap_or_default();
    let permits = entries
        .iter()
        .map(|entry| &entry["resource"])
        .filter(|event| event["outcome"] == "0" && event["agent"].to_string().contains(grant));
    permits.count()
}

async fn hold_for(birth_date: String, results: Vec<Marks>) {
    let house = House::with_people().await;
    let (parent, grant) = parent(&house, &birth_date, &results).await;
    let absent = told(&parent.get(ABSENT).await);
    let search = parent.get("/fhir/Observation?_count=50").await;
    let found = if search.status == 200 {
        search.ids(None)
    } else {
        Vec::new()
    };
    for number in 0..results.len() {
        let id = format!("made-{number}");
        let path = format!("/fhir/Observation/{id}");
        let reply = parent.get(&path).await;
        let permitted = reply.status == 200;
        assert_eq!(found.contains(&id), permitted, "I1: {path}");
        if !permitted {
            assert_eq!(told(&reply), absent, "I7: {path}");
        }
        assert_eq!(
            looks(&house, &path, &grant).await,
            usize::from(permitted),
            "I11: {path}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn what_is_hidden_is_as_if_absent_and_every_look_is_written_down_once(
        (birth_date, results) in family()
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(hold_for(birth_date, results));
    }
}
