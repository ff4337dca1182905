//! Every way into a chart, tried by a parent on the day the child turned thirteen, and by one a court keeps out:
//! what is hidden answers as if it were not there.

use serde_json::json;

use super::OWN;
use crate::support::{Caller, House};

const THIRTEEN: &str = "2028-01-20T05:00:00Z";

/// Reads that would show results of ben's, or tell that there are any.
const READS: &[&str] = &[
    "/fhir/Observation/ben-glucose",
    "/fhir/Observation/ben-glucose/_history",
    "/fhir/Observation/ben-glucose/_history/1",
    "/fhir/Observation/_history",
    "/fhir/_history",
    "/fhir/Observation",
    "/fhir/Observation?_summary=count",
    "/fhir/Observation?_total=accurate&_count=1",
    "/fhir/Observation?code=2345-7",
    "/fhir/Observation?patient=ben&_lastUpdated=gt2000",
    "/fhir/Observation?_sort=-date&_elements=code",
    "/fhir/Observation?_filter=code%20eq%202345-7",
    "/fhir/Observation?_text=glucose",
    "/fhir/Observation?_content=glucose",
    "/fhir/Observation?subject:Patient.name=Ben",
    "/fhir/Patient?_revinclude=Observation:patient",
    "/fhir/Patient?_has:Observation:patient:code=2345-7",
    "/fhir/Patient?_id=ben&_has:Observation:subject:status=final",
    "/fhir/Observation?_include=Observation:subject",
    "/fhir/Patient/ben/Observation",
    "/fhir/Patient/ben/*",
    "/fhir/Patient/ben/$everything",
    "/fhir/Observation/$lastn?patient=ben&category=laboratory",
    "/fhir/DocumentReference/$docref?patient=ben",
    "/fhir/Patient/ben/$graphql?query={Observations:ObservationList(_reference:patient){id}}",
    "/fhir/Provenance?target=Observation/ben-glucose",
    "/fhir/AuditEvent",
];

/// Fails where an answer holds anything of ben's results.
async fn assert_closed(parent: &Caller, path: &str) {
    let reply = parent.get(path).await;
    let (status, text) = (reply.status.as_u16(), reply.text());
    assert!(status < 500, "{path}: {text}");
    for told in ["ben-glucose\"", "ben-sodium", "ben-weight", "2345-7\""] {
        // An outcome may repeat what was asked for.
        let shown = text.contains(told) && status == 200;
        let asked = text.contains("\"link\"") && !text.contains("\"entry\"");
        assert!(!shown || asked, "{path} tells {told}: {text}");
    }
    if status == 200 && path.contains("_summary=count") {
        assert_eq!(reply.json()["total"], 0, "{path}");
    }
}

async fn assert_no_way_in(parent: &Caller) {
    for path in READS {
        assert_closed(parent, path).await;
    }
    // Conditions of writes tell nothing, and neither do tags of versions.
    let none = parent.with("if-none-match", "W/\"1\"");
    let hidden = none.get("/fhir/Observation/ben-glucose").await;
    assert!(
        matches!(hidden.status.as_u16(), 403 | 404),
        "{}",
        hidden.text()
    );
    let vital = json!({"resourceType": "Observation", "status": "final",
        "code": {"text": "Weight"}, "subject": {"reference": "Patient/ben"}});
    let found = parent
        .with("if-none-exist", "code=2345-7")
        .post("/fhir/Observation", &vital)
        .await;
    let absent = parent
        .with("if-none-exist", "code=no-such")
        .post("/fhir/Observation", &vital)
        .await;
    assert_eq!(
        found.status,
        absent.status,
        "{} {}",
        found.text(),
        absent.text()
    );
    // Forbidden; or, of a patient nothing may be known of, what is said of one who does not exist.
    assert!(
        matches!(found.status.as_u16(), 403 | 404 | 422),
        "{} {}",
        found.status,
        found.text()
    );
    for bundle in ["batch", "transaction"] {
        let entries = json!([{"request": {"method": "GET", "url": "Observation/ben-glucose"}},
            {"request": {"method": "GET", "url": "Observation?patient=ben"}}]);
        let reply = parent
            .post(
                "/fhir",
                json!({"resourceType": "Bundle", "type": bundle, "entry": entries}),
            )
            .await;
        assert!(
            !reply.text().contains("\"2345-7\""),
            "{bundle}: {}",
            reply.text()
        );
    }
    // Hidden and absent look the same.
    let hidden = parent.get("/fhir/Observation/ben-glucose").await;
    let absent = parent.get("/fhir/Observation/never-was").await;
    assert_eq!(
        (hidden.status, hidden.text()),
        (absent.status, absent.text())
    );
}

#[tokio::test]
async fn at_thirteen_no_way_leads_a_parent_to_results() {
    let house = House::with_people().await;
    let parent = house.proxy_with("ada", "ben", OWN).await.0;
    parent
        .get("/fhir/Observation/ben-glucose")
        .await
        .expect(200);
    house.move_clock(THIRTEEN);
    let left = parent.get("/fhir/Patient/ben").await.expect(200).json();
    assert_eq!(left["id"], "ben");
    assert_no_way_in(&parent).await;
    let mut changed = left;
    changed["telecom"] = json!([{"system": "phone", "value": "860-555-0000"}]);
    let refused = parent.put("/fhir/Patient/ben", changed).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
}

#[tokio::test]
async fn a_court_order_shuts_every_way_at_once() {
    let house = House::with_people().await;
    let parent = house.proxy_with("ada", "ben", OWN).await.0;
    parent
        .get("/fhir/Observation/ben-glucose")
        .await
        .expect(200);
    house
        .put(
            &json!({"resourceType": "Flag", "id": "order", "status": "active",
            "code": {"coding": [{"system": access::vocabulary::FLAG, "code": "court-order"}]},
            "subject": {"reference": "Patient/ben"},
            "extension": [{"url": access::vocabulary::RESTRICTS,
                "valueReference": {"reference": "RelatedPerson/ada-for-ben"}}]}),
        )
        .await;
    parent.get("/fhir/Patient/ben").await.expect(404);
    assert_no_way_in(&parent).await;
}
