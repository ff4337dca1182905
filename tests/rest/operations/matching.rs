//! `Patient/$match`: graded and scored, for those who may look across patients.

use serde_json::{Value, json};

use crate::support::{Caller, House, Reply};

async fn house() -> (House, Caller) {
    let house = House::empty().await;
    let backend = house.backend().await;
    for patient in [
        json!({"resourceType": "Patient", "id": "ann", "identifier": [{"system": "urn:mrn", "value": "7"}],
               "name": [{"family": "Müller", "given": ["Ann"]}], "birthDate": "1980-05-05",
               "gender": "female", "telecom": [{"system": "phone", "value": "+1 555 010 0000"}]}),
        json!({"resourceType": "Patient", "id": "twin", "identifier": [{"system": "urn:mrn", "value": "8"}],
               "name": [{"family": "Muller", "given": ["Anna"]}], "birthDate": "1980-05-05",
               "gender": "female"}),
        json!({"resourceType": "Patient", "id": "bob", "name": [{"family": "Zed", "given": ["Bob"]}],
               "birthDate": "1990-06-15", "gender": "male"}),
    ] {
        let path = format!("/fhir/Patient/{}", patient["id"].as_str().unwrap());
        backend.put(&path, &patient).await.expect(201);
    }
    (house, backend)
}

async fn find(caller: &Caller, patient: Value, more: Value) -> Reply {
    let mut parameters = vec![json!({"name": "resource", "resource": patient})];
    parameters.extend(more.as_array().cloned().unwrap_or_default());
    let body = json!({"resourceType": "Parameters", "parameter": parameters});
    caller.post("/fhir/Patient/$match", body).await
}

#[tokio::test]
async fn the_likeliest_comes_first_with_grade_and_score() {
    let (_house, backend) = house().await;
    let asked = json!({"resourceType": "Patient", "name": [{"family": "muller", "given": ["Ann"]}],
        "birthDate": "1980-05-05", "telecom": [{"value": "1-555-010-0000"}]});
    let reply = find(&backend, asked.clone(), json!([])).await.expect(200);
    assert_eq!(reply.ids(None), ["ann", "twin"]);
    let entries = reply.json();
    let search = |at: usize| entries["entry"][at]["search"].clone();
    assert_eq!(search(0)["extension"][0]["valueCode"], "certain");
    assert_ne!(search(1)["extension"][0]["valueCode"], "certain");
    let score = |at: usize| search(at)["score"].as_f64().unwrap();
    assert!(score(0) > score(1) && score(0) <= 1.0 && score(1) > 0.0);
    let certain = json!([{"name": "onlyCertainMatches", "valueBoolean": true}]);
    assert_eq!(
        find(&backend, asked.clone(), certain)
            .await
            .expect(200)
            .ids(None),
        ["ann"]
    );
    let one = json!([{"name": "count", "valueInteger": 1}]);
    assert_eq!(
        find(&backend, asked.clone(), one)
            .await
            .expect(200)
            .ids(None),
        ["ann"]
    );
    let bare = backend
        .post("/fhir/Patient/$match?count=1", &asked)
        .await
        .expect(200);
    assert_eq!(bare.ids(None), ["ann"]);
}

#[tokio::test]
async fn a_number_is_enough_and_a_stranger_is_nobody() {
    let (_house, backend) = house().await;
    let number =
        json!({"resourceType": "Patient", "identifier": [{"system": "urn:mrn", "value": "8"}]});
    assert_eq!(
        find(&backend, number, json!([]))
            .await
            .expect(200)
            .ids(None),
        ["twin"]
    );
    let stranger =
        json!({"resourceType": "Patient", "name": [{"family": "Nobody", "given": ["Here"]}]});
    let reply = find(&backend, stranger, json!([])).await.expect(200);
    assert_eq!(reply.json()["total"], 0);
    let family = json!({"resourceType": "Patient", "name": [{"family": "Zed"}]});
    assert_eq!(
        find(&backend, family, json!([]))
            .await
            .expect(200)
            .ids(None),
        ["bob"]
    );
}

#[tokio::test]
async fn faults_are_named() {
    let (_house, backend) = house().await;
    let empty = json!({"resourceType": "Patient", "gender": "male"});
    let reply = find(&backend, empty, json!([])).await.expect(400);
    assert!(reply.text().contains("resource"), "{}", reply.text());
    let zed = json!({"resourceType": "Patient", "name": [{"family": "Zed"}]});
    for count in [0, -1] {
        let more = json!([{"name": "count", "valueInteger": count}]);
        find(&backend, zed.clone(), more).await.expect(400);
    }
    let other = json!({"resourceType": "Observation"});
    find(&backend, other, json!([])).await.expect(400);
    backend.get("/fhir/Patient/$match").await.expect(400);
}

#[tokio::test]
async fn whoever_is_bound_to_a_chart_may_not_look_across() {
    let house = House::with_people().await;
    let asked = json!({"resourceType": "Patient", "name": [{"family": "Rivera"}], "birthDate": "2000-01-01"});
    for caller in [
        house.patient("ada").await,
        house.proxy_of("ada", "ben").await,
    ] {
        find(&caller, asked.clone(), json!([])).await.expect(403);
    }
    let clinician = house.clinician().await;
    let reply = find(&clinician, asked, json!([])).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    for id in reply.ids(None) {
        clinician
            .get(&format!("/fhir/Patient/{id}"))
            .await
            .expect(200);
    }
}
