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
