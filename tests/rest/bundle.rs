//! Bundles to the letter (R4 3.1.0.11): what batch and transaction promise beyond the plain case.

use serde_json::{Value, json};

use super::{observation, patient, patient_with};
use crate::support::{Caller, House, Reply};

async fn send(caller: &Caller, kind: &str, entries: Value) -> Reply {
    let bundle = json!({ "resourceType": "Bundle", "type": kind, "entry": entries });
    caller.post("/fhir", bundle).await
}

fn statuses(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let entries = json["entry"].as_array().unwrap_or_else(|| panic!("{json}"));
    let status = |entry: &Value| entry["response"]["status"].as_str().unwrap()[..3].to_owned();
    entries.iter().map(status).collect()
}

#[tokio::test]
async fn a_bad_entry_of_a_batch_harms_no_other() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let made = backend
        .put("/fhir/Patient/eve", patient_with("id", json!("eve")))
        .await;
    let version = made.expect(201).header("last-modified").to_owned();
    assert!(!version.is_empty());
    let entries = json!([
        5,
        { "request": { "method": "GET", "url": "Patient/eve" } },
        { "resource": patient() },
        { "request": { "method": "HEAD", "url": "Patient/eve" } },
        { "request": { "method": "GET", "url": "Patient/eve", "ifNoneMatch": "W/\"1\"" } },
        { "request": { "method": "GET", "url": "Patient/eve", "ifModifiedSince": "2199-01-01T00:00:00Z" } },
        { "request": { "method": "POST", "url": "Patient/_search?gender=female" } },
        { "request": { "method": "GET", "url": "metadata" } },
        { "request": { "method": "FETCH", "url": "Patient" } },
        { "request": { "method": "GET", "url": "Nope/1" } },
        { "request": { "method": "POST", "url": "Patient", "ifNoneExist": "gender=female" }, "resource": patient() },
        { "request": { "method": "PUT", "url": "Patient/eve", "ifMatch": "W/\"9\"" }, "resource": patient_with("id", json!("eve")) },
        { "request": { "method": "DELETE", "url": "Patient?gender=male" } },
        { "request": { "method": "GET", "url": "Patient/eve/_history/1" } },
        { "request": { "method": "GET", "url": "Patient/_history" } },
        { "request": { "method": "POST", "url": "Patient" }, "resource": { "resourceType": "Patient", "nope": 1 } },
    ]);
    let reply = send(&backend, "batch", entries).await.expect(200);
    assert_eq!(
        statuses(&reply),
        [
            "400", "200", "400", "200", "304", "304", "200", "200", "400", "404", "200", "412",
            "204", "200", "200", "400"
        ],
        "{}",
        reply.text()
    );
    let json = reply.json();
    assert_eq!(json["entry"][1]["resource"]["id"], "eve");
    assert_eq!(json["entry"][1]["response"]["etag"], "W/\"1\"");
    assert!(json["entry"][3].get("resource").is_none());
    assert!(json["entry"][4].get("resource").is_none());
    assert_eq!(json["entry"][6]["resource"]["type"], "searchset");
    assert_eq!(
        json["entry"][7]["resource"]["resourceType"],
        "CapabilityStatement"
    );
    let place = &json["entry"][0]["response"]["outcome"]["issue"][0]["expression"][0];
    assert_eq!(place, "Bundle.entry[0]");
}

#[tokio::test]
async fn one_condition_twice_in_a_transaction_creates_once() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let body = patient_with(
        "identifier",
        json!([{ "system": "urn:t", "value": "twin" }]),
    );
    let entry = |url: &str| {
        json!({
            "fullUrl": url,
            "resource": body,
            "request": { "method": "POST", "url": "Patient", "ifNoneExist": "identifier=urn:t|twin" },
        })
    };
    let (first, second) = (
        "urn:uuid:0b2b0ad8-7b6c-4b8e-8a51-000000000001",
        "urn:uuid:0b2b0ad8-7b6c-4b8e-8a51-000000000002",
    );
    let mut about = observation();
    about["subject"] = json!({ "reference": second });
    let entries = json!([
        entry(first),
        entry(second),
        { "resource": about, "request": { "method": "POST", "url": "Observation" } },
    ]);
    let reply = send(&backend, "transaction", entries.clone())
        .await
        .expect(200);
    assert_eq!(statuses(&reply), ["201", "200", "201"]);
    let again = send(&backend, "transaction", entries).await.expect(200);
    assert_eq!(statuses(&again), ["200", "200", "201"]);
    let found = backend.get("/fhir/Patient?identifier=urn:t|twin").await;
    let ids = found.ids(None);
    assert_eq!(ids.len(), 1);
    let about = backend
        .get(&format!("/fhir/Observation?subject=Patient/{}", ids[0]))
        .await;
    assert_eq!(about.ids(None).len(), 2);
}

#[tokio::test]
async fn resources_named_twice_stop_a_transaction() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let identified = |id: &str| {
        let mut body = patient_with("id", json!(id));
        body["identifier"] = json!([{ "system": "urn:t", "value": id }]);
        body
    };
    backend
        .put("/fhir/Patient/eve", identified("eve"))
        .await
        .expect(201);
    let put = json!({ "resource": identified("eve"), "request": { "method": "PUT", "url": "Patient/eve" } });
    let by_condition = json!({
        "resource": patient(),
        "request": { "method": "PUT", "url": "Patient?identifier=urn:t|eve" },
    });
    let delete = json!({ "request": { "method": "DELETE", "url": "Patient/eve" } });
    let vanish =
        json!({ "request": { "method": "DELETE", "url": "Patient?identifier=urn:t|eve" } });
    for pair in [
        json!([put, by_condition]),
        json!([put, delete]),
        json!([by_condition, vanish]),
    ] {
        let reply = send(&backend, "transaction", pair).await.expect(400);
        assert_eq!(reply.issue(), "duplicate");
    }
    let read = backend.get("/fhir/Patient/eve").await.expect(200);
    assert_eq!(read.header("etag"), "W/\"1\"");
}

#[tokio::test]
async fn reads_in_a_transaction_see_its_writes_and_prefer_says_what_comes_back() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let entries = json!([
        { "request": { "method": "GET", "url": "Patient?_id=eve,old" } },
        { "resource": patient_with("id", json!("eve")), "request": { "method": "PUT", "url": "Patient/eve" } },
        { "request": { "method": "DELETE", "url": "Patient/old" } },
        { "request": { "method": "HEAD", "url": "Patient/eve" } },
    ]);
    backend
        .put("/fhir/Patient/old", patient_with("id", json!("old")))
        .await
        .expect(201);
    let told = backend.with("prefer", "return=OperationOutcome");
    let reply = send(&told, "transaction", entries).await.expect(200);
    assert_eq!(statuses(&reply), ["200", "201", "204", "200"]);
    let json = reply.json();
    assert_eq!(
        json["entry"][0]["resource"]["entry"][0]["resource"]["id"],
        "eve"
    );
    assert_eq!(json["entry"][0]["resource"]["total"], 1);
    let done = &json["entry"][1]["response"];
    assert_eq!(done["outcome"]["resourceType"], "OperationOutcome");
    assert!(
        done["location"]
            .as_str()
            .unwrap()
            .ends_with("/Patient/eve/_history/1")
    );
    assert_eq!(done["etag"], "W/\"1\"");
    assert!(done["lastModified"].is_string());
    assert!(json["entry"][1].get("resource").is_none());
    let whole = backend.with("prefer", "return=representation");
    let entries =
        json!([{ "resource": patient(), "request": { "method": "POST", "url": "Patient" } }]);
    let reply = send(&whole, "transaction", entries).await.expect(200);
    assert_eq!(reply.json()["entry"][0]["resource"]["gender"], "female");
}

#[tokio::test]
async fn conditional_references_are_resolved_outside_bundles_too() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let mut body = observation();
    body["subject"] = json!({ "reference": "Patient?identifier=urn:mrn|mrn-ada" });
    let made = backend.post("/fhir/Observation", &body).await.expect(201);
    assert_eq!(made.json()["subject"]["reference"], "Patient/ada");
    body["id"] = json!(made.id());
    let path = format!("/fhir/Observation/{}", made.id());
    let put = backend.put(&path, &body).await.expect(200);
    assert_eq!(put.json()["subject"]["reference"], "Patient/ada");
    body["subject"] = json!({ "reference": "Patient?identifier=urn:mrn|nobody" });
    let reply = backend.post("/fhir/Observation", &body).await.expect(422);
    assert!(reply.text().contains("urn:mrn|nobody"));
    body["subject"] = json!({ "reference": "Patient?_lastUpdated=gt2000-01-01" });
    backend.post("/fhir/Observation", &body).await.expect(412);
}

#[tokio::test]
async fn faults_of_a_transaction_name_their_entries_and_nothing_is_stored() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let good = json!({ "resource": patient(), "request": { "method": "POST", "url": "Patient" } });
    for (bad, place) in [
        (
            json!({ "resource": { "resourceType": "Patient", "nope": 1 }, "request": { "method": "POST", "url": "Patient" } }),
            "Bundle.entry[1].resource.nope",
        ),
        (
            json!({ "request": { "method": "POST", "url": "Patient" } }),
            "Bundle.entry[1].resource",
        ),
        (
            json!({ "resource": patient(), "request": { "method": "PUT", "url": "Patient/a_b" } }),
            "Bundle.entry[1].request.url",
        ),
        (
            json!({ "resource": patient(), "request": { "method": "PATCH", "url": "Patient/x" } }),
            "Bundle.entry[1].resource",
        ),
        (
            json!({ "request": { "method": "DELETE", "url": "Patient/absent" } }),
            "Bundle.entry[1]",
        ),
        (
            json!({ "request": { "method": "GET", "url": "Patient?nosuch=1" } }),
            "Bundle.entry[1]",
        ),
    ] {
        let reply = send(&backend, "transaction", json!([good, bad])).await;
        assert!(reply.status.is_client_error(), "{bad} {}", reply.text());
        let issue = &reply.json()["issue"][0];
        let at = issue["expression"][0]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(at.starts_with(place), "{bad} {issue}");
    }
    assert_eq!(backend.get("/fhir/Patient").await.json()["total"], 0);
}
