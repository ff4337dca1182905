//! history of one resource.

use crate::support::House;
use serde_json::json;

#[tokio::test]
async fn versions_come_newest_first_in_pages() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let mut ada = backend.get("/fhir/Patient/ada").await.json();
    for day in 1..=4 {
        ada["birthDate"] = json!(format!("1984-02-0{day}"));
        backend.put("/fhir/Patient/ada", &ada).await.expect(200);
    }
    let mut versions = Vec::new();
    let mut next = Some("/fhir/Patient/ada/_history?_count=2".to_owned());
    while let Some(page) = next {
        let reply = backend.get(&page).await.expect(200);
        let json = reply.json();
        assert_eq!(json["type"], "history");
        assert_eq!(json["total"], 5);
        for entry in json["entry"].as_array().unwrap() {
            versions.push(
                entry["resource"]["meta"]["versionId"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
            assert!(entry["response"]["etag"].is_string());
            assert!(entry["response"]["lastModified"].is_string());
        }
        next = reply.link("next");
    }
    assert_eq!(versions, ["5", "4", "3", "2", "1"]);
}

#[tokio::test]
async fn a_stranger_sees_no_history() {
    let house = House::with_people().await;
    let dan = house.patient("dan").await;
    let hidden = dan.get("/fhir/Patient/ada/_history").await.expect(404);
    let absent = dan.get("/fhir/Patient/nobody/_history").await.expect(404);
    assert_eq!(hidden.text(), absent.text());
}

/// `Type/id/version` of each entry.
fn told(bundle: &serde_json::Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries
        .iter()
        .map(|e| {
            let url = e["fullUrl"].as_str().unwrap();
            let (_, name) = url.split_once("/fhir/").unwrap();
            let etag = e["response"]["etag"].as_str().unwrap();
            format!(
                "{name}/{}",
                etag.trim_matches(|c: char| !c.is_ascii_digit())
            )
        })
        .collect()
}

#[tokio::test]
async fn a_type_and_everything_have_a_history_with_what_was_deleted() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let flag = json!({ "resourceType": "Flag", "status": "active", "code": { "text": "x" },
                       "subject": { "reference": "Patient/ada" } });
    let since = house.clock.now();
    house.clock.advance_seconds(1);
    backend
        .put("/fhir/Flag/f", &with_id(&flag, "f"))
        .await
        .expect(201);
    house.clock.advance_seconds(1);
    backend.delete("/fhir/Flag/f").await.expect(204);
    let reply = backend
        .get("/fhir/Flag/_history?_count=10")
        .await
        .expect(200);
    let json = reply.json();
    assert_eq!(told(&json), ["Flag/f/2", "Flag/f/1"]);
    assert_eq!(json["total"], 2);
    let gone = &json["entry"][0];
    assert_eq!(gone["request"]["method"], "DELETE");
    assert_eq!(gone["request"]["url"], "Flag/f");
    assert_eq!(gone["response"]["status"], "204 No Content");
    assert!(gone.get("resource").is_none());
    assert_eq!(json["entry"][1]["resource"]["id"], "f");
    let since = format!("/fhir/_history?_since={since}");
    let all = backend.get(&since).await.expect(200).json();
    assert_eq!(told(&all), ["Flag/f/2", "Flag/f/1"]);
    let rising = format!("{since}&_sort=_lastUpdated&_type=Flag");
    let all = backend.get(&rising).await.expect(200).json();
    assert_eq!(told(&all), ["Flag/f/1", "Flag/f/2"]);
    backend.get("/fhir/_history?_at=ge2026").await.expect(400);
    backend
        .get("/fhir/Flag/_history?_type=Flag")
        .await
        .expect(400);
    backend.get("/fhir/Nope/_history").await.expect(404);
}

fn with_id(resource: &serde_json::Value, id: &str) -> serde_json::Value {
    let mut resource = resource.clone();
    resource["id"] = json!(id);
    resource
}

#[tokio::test]
async fn the_history_of_everything_is_that_of_ones_own_record() {
    let house = House::with_people().await;
    let dan = house.patient("dan").await;
    let reply = dan.get("/fhir/_history?_count=500").await.expect(200);
    let json = reply.json();
    assert!(!reply.text().contains("Patient/ada"));
    let all = told(&json);
    assert!(all.contains(&"Patient/dan/1".to_owned()), "{all:?}");
    if json["link"].as_array().unwrap().len() == 1 {
        assert_eq!(json["total"], all.len());
    }
    let reply = dan.get("/fhir/Patient/_history").await.expect(200);
    let patients = told(&reply.json());
    assert_eq!(patients, ["Patient/dan/1"]);
    assert_eq!(reply.json()["total"], 1);
}
