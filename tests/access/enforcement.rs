//! What is kept from somebody leaves no trace at any door: whatever they ask, the answer is the one they would get if
//! it were not there.

use serde_json::{Value, json};

use super::consents::{EVERYTHING, app_of_ada, consent, let_dan_act, put};
use crate::support::{Caller, House};

/// Why something is kept from dan, who acts for ada.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Why {
    /// It carries a label, and dan gets nothing sensitive.
    Label,
    /// The visit it came of is private.
    Private,
    /// ada keeps medication requests from dan.
    Denied,
    /// ada waits for her clinician.
    Waits,
}

const PRS: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

fn ada() -> Value {
    json!({"reference": "Patient/ada"})
}

/// What is there in either case.
async fn around(house: &House, why: Why) {
    let backend = house.backend().await;
    let_dan_act(house, why == Why::Label).await;
    put(&backend, json!({"resourceType": "Encounter", "id": "open", "status": "finished", "class": {"code": "AMB"},
        "subject": ada(), "period": {"start": "2026-06-01"}})).await;
    put(
        &backend,
        json!({"resourceType": "ChargeItem", "id": "charge", "status": "billable", "subject": ada(),
        "code": {"text": "Visit"}, "context": {"reference": "Encounter/open"}}),
    )
    .await;
    if why == Why::Denied {
        let actor = json!([{"role": {"coding": [{"code": "IRCP"}]},
            "reference": {"reference": "RelatedPerson/dan-for-ada"}}]);
        let class = json!([{"code": "Observation"}, {"code": "DiagnosticReport"}, {"code": "Provenance"},
            {"code": "DocumentReference"}, {"code": "Binary"}, {"code": "AuditEvent"}]);
        let mut denial = consent(
            "person-deny",
            "ada",
            &json!({"type": "deny", "actor": actor, "class": class}),
        );
        denial["id"] = json!("denial");
        put(&backend, denial).await;
    }
    if why == Why::Waits {
        let mut wish = consent("wait", "ada", &json!({"type": "deny"}));
        wish["id"] = json!("wish");
        put(&backend, wish).await;
    }
}

/// What is kept: a result, its report, its note with the text, who made it.
async fn secret(house: &House, why: Why) {
    let backend = house.backend().await;
    let security = match why {
        Why::Label => json!([{"system": PRS, "code": "HIV"}]),
        Why::Private => json!([{"system": PRS, "code": "PRS"}]),
        Why::Denied | Why::Waits => json!([]),
    };
    let mut result = json!({"resourceType": "Observation", "id": "secret", "status": "final", "subject": ada(),
        "encounter": {"reference": "Encounter/open"}, "effectiveDateTime": "2026-06-20T10:00:00Z",
        "code": {"coding": [{"system": "http://loinc.org", "code": "99999-9", "display": "Zebra stripes"}], "text": "Zebra"},
        "valueString": "Zebra found"});
    if security != json!([]) {
        result["meta"] = json!({"security": security});
    }
    put(&backend, result).await;
    put(&backend, json!({"resourceType": "DiagnosticReport", "id": "secret", "status": "final", "subject": ada(),
        "code": {"text": "Zebra report"}, "result": [{"reference": "Observation/secret"}],
        "issued": "2026-06-20T10:00:00Z"})).await;
    put(&backend, json!({"resourceType": "Provenance", "id": "secret", "recorded": "2026-06-20T10:00:00Z",
        "target": [{"reference": "Observation/secret"}], "agent": [{"who": {"reference": "Practitioner/dr-wu"}}]})).await;
    // Changed and made anew, so that there is a history; another is gone.
    let mut again = backend.get("/fhir/Observation/secret").await.json();
    again["valueString"] = json!("Zebra found twice");
    put(&backend, again).await;
}

/// Every door through which dan might look for it.
const QUESTIONS: &[&str] = &[
    "Observation/secret",
    "Observation/secret/_history",
    "Observation/secret/_history/1",
    "Observation/secret/_history/2",
    "Observation/_history?_since=2026-01-01T00:00:00Z",
    "DiagnosticReport/secret",
    "DiagnosticReport/_history",
    "Provenance/secret",
    "Observation/secret/$meta",
    "Observation/$meta",
    "Observation/secret/$release-status",
    "Observation/secret/$validate",
    "Observation?patient=ada",
    "Observation?patient=ada&_summary=count",
    "Observation?patient=ada&_total=accurate&_count=1",
    "Observation?_id=secret",
    "Observation?code=99999-9",
    "Observation?code:text=zebra",
    "Observation?value-string=zebra",
    "Observation?_text=zebra",
    "Observation?_content=zebra",
    "Observation?_filter=code eq 99999-9",
    "Observation?patient=ada&_sort=-date&_count=1",
    "Observation?patient=ada&_sort=value-string",
    "Observation?patient=ada&_elements=status",
    "Observation?_lastUpdated=gt2026-01-01&patient=ada",
    "Observation?_security=HIV",
    "Observation?_security=PRS",
    "Observation?encounter=Encounter/open",
    "Observation?encounter.date=2026-06-01",
    "Observation?date=ge2026-06-19",
    "DiagnosticReport?result=Observation/secret",
    "DiagnosticReport?result.code=99999-9",
    "DiagnosticReport?patient=ada&_include=DiagnosticReport:result",
    "Encounter?_has:Observation:encounter:code=99999-9",
    "Encounter?patient=ada&_revinclude=Observation:encounter",
    "Patient?_has:Observation:patient:code=99999-9",
    "Patient?_id=ada&_revinclude=Observation:patient",
    "Patient?_id=ada&_revinclude=DiagnosticReport:patient&_revinclude:iterate=Provenance:target",
    "Provenance?target=Observation/secret",
    "Provenance?patient=ada",
    "AuditEvent?patient=ada&entity=Observation/secret",
    "Patient/ada/$everything?_count=100",
    "Patient/ada/$everything?_since=2026-01-01T00:00:00Z",
    "Encounter/open/$everything?_count=100",
    "Observation/$lastn?patient=ada",
    "Observation/$stats?patient=ada&code=99999-9&system=http://loinc.org&statistic=count",
    "Encounter/open/$preview-release",
    "?_type=Observation,DiagnosticReport&patient=ada",
    "$graphql?query={ObservationList(code:\"99999-9\"){id,status}}",
    "$graphql?query={Observation(id:\"secret\"){id,status}}",
];

/// What differs by chance between two houses that hold the same: ids made up, and the seconds that went by.
fn plain(text: &str) -> String {
    const TODAY: &str = "2026-06-15T16:";
    let parts = text.split(TODAY).enumerate();
    let text: String = parts
        .map(|(number, part)| match number {
            0 => part.to_owned(),
            _ => part
                .trim_start_matches(|c: char| c.is_ascii_digit() || ":.Z".contains(c))
                .to_owned(),
        })
        .collect();
    // A page's place holds when it was made.
    let pages = text.split("_cursor=").enumerate();
    let text: String = pages
        .map(|(number, part)| match number {
            0 => part,
            _ => part.find('"').map_or("", |end| &part[end..]),
        })
        .collect();
    let text = text.as_str();
    let mut out = String::new();
    let mut rest = text;
    // Ids of bundles, of requests and of pages are made up each time.
    while let Some(at) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let run: String = rest[at..]
            .chars()
            .take_while(|c| c.is_ascii_hexdigit() || *c == '-')
            .collect();
        out.push_str(&rest[..at]);
        match run.len() >= 32 {
            true => out.push('#'),
            false => out.push_str(&run),
        }
        rest = &rest[at + run.len()..];
    }
    out.push_str(rest);
    out
}

/// Whether something of what is kept is said, other than what was asked.
fn tells(text: &str) -> bool {
    ["Zebra found", "Zebra report", "Zebra stripes"]
        .iter()
        .any(|word| text.contains(word))
}

async fn answers(dan: &Caller) -> Vec<(String, u16, String)> {
    let mut answers = Vec::new();
    for question in QUESTIONS {
        let path = format!(
            "/fhir/{}",
            question
                .replace(' ', "%20")
                .replace(['{', '"'], "%22")
                .replace('}', "%7D")
        );
        let path = match question.strip_prefix("$graphql?query=") {
            Some(query) => {
                let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
                format!("/fhir/$graphql?query={encoded}")
            }
            None => path,
        };
        let reply = dan.get(&path).await;
        let tag = reply.header("etag").to_owned();
        let text = format!("{tag} {}", plain(&reply.text()));
        answers.push(((*question).to_owned(), reply.status.as_u16(), text));
    }
    let parameters = json!({"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "GET", "url": "Observation/secret"}},
        {"request": {"method": "GET", "url": "Observation?code=99999-9"}},
        {"request": {"method": "PUT", "url": "Observation/secret"},
            "resource": {"resourceType": "Observation", "id": "secret", "status": "final", "code": {"text": "x"}, "subject": ada()}},
        {"request": {"method": "DELETE", "url": "Observation/secret"}},
        {"request": {"method": "PATCH", "url": "Observation/secret"}, "resource": {"resourceType": "Parameters", "parameter": []}}]});
    let reply = dan.post("/fhir", parameters).await;
    answers.push((
        "batch".to_owned(),
        reply.status.as_u16(),
        plain(&reply.text()),
    ));
    let seen_before = dan
        .with("if-none-match", "W/\"2\"")
        .get("/fhir/Observation/secret")
        .await;
    answers.push((
        "if-none-match".to_owned(),
        seen_before.status.as_u16(),
        plain(&seen_before.text()),
    ));
    for (method, path) in [
        (axum::http::Method::PUT, "/fhir/Observation/secret"),
        (axum::http::Method::DELETE, "/fhir/Observation/secret"),
        (axum::http::Method::DELETE, "/fhir/Observation?code=99999-9"),
        (axum::http::Method::PUT, "/fhir/Observation?code=99999-9"),
    ] {
        let body = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": ada()});
        let body = match path.ends_with("secret") && method == axum::http::Method::PUT {
            true => {
                let mut body = body;
                body["id"] = json!("secret");
                body
            }
            false => body,
        };
        let reply = dan.send(method.clone(), path, Some(body)).await;
        answers.push((
            format!("{method} {path}"),
            reply.status.as_u16(),
            String::new(),
        ));
    }
    let body = json!({"resourceType": "Observation", "status": "final", "code": {"text": "mine"}, "subject": ada()});
    let made = dan
        .with("if-none-exist", "code=99999-9")
        .post("/fhir/Observation", body)
        .await;
    answers.push((
        "if-none-exist".to_owned(),
        made.status.as_u16(),
        String::new(),
    ));
    // To point at it is to ask whether it is there.
    let pointing = json!({"resourceType": "Communication", "status": "completed", "subject": ada(),
        "about": [{"reference": "Observation/secret"}]});
    let made = dan.post("/fhir/Communication", pointing).await;
    answers.push((
        "reference".to_owned(),
        made.status.as_u16(),
        plain(&made.text()),
    ));
    answers
}

async fn differs(why: Why) {
    let (with, without) = (House::with_people().await, House::with_people().await);
    for house in [&with, &without] {
        around(house, why).await;
    }
    secret(&with, why).await;
    let backend = with.backend().await;
    backend.get("/fhir/Observation/secret").await.expect(200);
    let there = answers(&with.proxy_with("dan", "ada", EVERYTHING).await.0).await;
    let absent = answers(&without.proxy_with("dan", "ada", EVERYTHING).await.0).await;
    for ((question, status, text), (_, expected, missing)) in there.iter().zip(&absent) {
        assert_eq!((status, text), (expected, missing), "{why:?}: {question}");
        assert!(!tells(text), "{why:?}: {question} {text}");
    }
}

#[tokio::test]
async fn a_label_hides_at_every_door() {
    differs(Why::Label).await;
}

#[tokio::test]
async fn what_is_private_hides_at_every_door() {
    differs(Why::Private).await;
}

#[tokio::test]
async fn what_a_consent_keeps_from_a_person_hides_at_every_door() {
    differs(Why::Denied).await;
}

#[tokio::test]
async fn what_waits_for_a_clinician_hides_at_every_door() {
    differs(Why::Waits).await;
}

#[tokio::test]
async fn what_is_kept_from_an_app_is_in_none_of_its_answers() {
    let house = House::with_people().await;
    around(&house, Why::Label).await;
    secret(&house, Why::Label).await;
    let app = app_of_ada(&house).await;
    app.get("/fhir/Observation/secret").await.expect(200);
    let label = json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]);
    let mut denial = consent(
        "app-deny",
        "ada",
        &json!({"type": "deny", "securityLabel": label}),
    );
    denial["id"] = json!("no-sensitive");
    put(&house.backend().await, denial).await;
    for (question, status, text) in &answers(&app).await {
        assert!(!tells(text), "{question} {status} {text}");
    }
    let count = app
        .get("/fhir/Observation?patient=ada&_total=accurate&_summary=count")
        .await;
    // What it wrote itself while asking is its own; the secret is not counted.
    assert!(
        count.json()["total"].as_u64().unwrap() <= 5,
        "{}",
        count.text()
    );
    app.get("/fhir/Observation/secret").await.expect(403);
}
