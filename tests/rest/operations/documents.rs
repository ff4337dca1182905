//! `$docref` finds documents, `$document` makes one.

use access::vocabulary::CONSENT_BASIS;
use serde_json::{Value, json};

use crate::support::{Caller, House};

fn document(id: &str, code: &str, date: &str, period: Option<(&str, &str)>) -> Value {
    let mut made = json!({"resourceType": "DocumentReference", "id": id, "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": "Patient/p"}, "date": date,
        "content": [{"attachment": {"contentType": "text/plain", "data": "aGVsbG8="}}]});
    if let Some((start, end)) = period {
        made["context"] = json!({"period": {"start": start, "end": end}});
    }
    made
}

async fn put(backend: &Caller, resource: &Value) {
    let path = format!(
        "/fhir/{}/{}",
        resource["resourceType"].as_str().unwrap(),
        resource["id"].as_str().unwrap()
    );
    backend.put(&path, resource).await.expect(201);
}

#[tokio::test]
async fn docref_gives_the_latest_of_each_type_or_those_of_a_range() {
    let house = House::empty().await;
    let backend = house.backend().await;
    put(&backend, &json!({"resourceType": "Patient", "id": "p"})).await;
    put(
        &backend,
        &document("ccd1", "34133-9", "2024-01-01T00:00:00Z", None),
    )
    .await;
    put(
        &backend,
        &document("ccd2", "34133-9", "2024-06-01T00:00:00Z", None),
    )
    .await;
    let care = Some(("2023-01-01", "2023-02-01"));
    put(
        &backend,
        &document("note", "11506-3", "2024-05-01T00:00:00Z", care),
    )
    .await;
    let ids = async |query: &str| {
        let path = format!("/fhir/DocumentReference/$docref?patient=p{query}");
        let mut ids = backend.get(&path).await.expect(200).ids(None);
        ids.sort();
        ids
    };
    assert_eq!(ids("").await, ["ccd2", "note"]);
    assert_eq!(ids("&type=http://loinc.org|34133-9").await, ["ccd2"]);
    assert_eq!(
        ids("&start=2023-12-31T00:00:00Z&end=2024-02-01T00:00:00Z").await,
        ["ccd1"]
    );
    assert_eq!(ids("&start=2023-01-15&end=2023-01-16").await, ["note"]);
    assert_eq!(ids("&on-demand=true").await, Vec::<String>::new());
    assert_eq!(ids("&profile=http://nobody").await, Vec::<String>::new());
    let posted = backend
        .post(
            "/fhir/DocumentReference/$docref",
            json!({"resourceType": "Parameters", "parameter": [
                {"name": "patient", "valueId": "p"},
                {"name": "type", "valueCoding": {"system": "http://loinc.org", "code": "11506-3"}}]}),
        )
        .await
        .expect(200);
    assert_eq!(posted.ids(None), ["note"]);
    let nobody = backend
        .get("/fhir/DocumentReference/$docref?patient=never")
        .await;
    assert_eq!(nobody.expect(200).json()["total"], 0);
    for (query, named) in [
        ("", "patient"),
        ("?patient=a_b", "patient"),
        ("?patient=p&start=x", "start"),
        ("?patient=p&on-demand=maybe", "on-demand"),
    ] {
        let path = format!("/fhir/DocumentReference/$docref{query}");
        let reply = backend.get(&path).await.expect(400);
        assert!(reply.text().contains(named), "{}", reply.text());
    }
}

async fn composed(backend: &Caller) {
    for resource in [
        json!({"resourceType": "Patient", "id": "p"}),
        json!({"resourceType": "Organization", "id": "o", "name": "Org"}),
        json!({"resourceType": "Practitioner", "id": "d", "name": [{"family": "Doc"}]}),
        json!({"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"},
               "recorder": {"reference": "Practitioner/d"}}),
        json!({"resourceType": "Composition", "id": "comp", "status": "final",
               "type": {"text": "Summary"}, "title": "Summary", "date": "2024-01-01",
               "subject": {"reference": "Patient/p"}, "author": [{"reference": "Organization/o"}],
               "section": [{"entry": [{"reference": "Condition/c"}], "title": "Problems"}]}),
    ] {
        put(backend, &resource).await;
    }
}

#[tokio::test]
async fn a_document_holds_the_composition_first_and_all_it_refers_to() {
    let house = House::empty().await;
    let backend = house.backend().await;
    composed(&backend).await;
    let reply = backend
        .get("/fhir/Composition/comp/$document")
        .await
        .expect(200);
    let document = reply.json();
    assert_eq!(document["type"], "document");
    let ids = reply.ids(None);
    assert_eq!(ids[0], "comp");
    let mut rest = ids[1..].to_vec();
    rest.sort();
    assert_eq!(rest, ["c", "d", "o", "p"]);
    let same = backend
        .get("/fhir/Composition/$document?id=comp")
        .await
        .expect(200);
    assert_eq!(same.ids(None), ids);
    let checked = backend
        .post("/fhir/Bundle/$validate", &document)
        .await
        .expect(200);
    assert!(!checked.text().contains("\"error\""), "{}", checked.text());

    let asked = json!({"resourceType": "Parameters", "parameter": [{"name": "persist", "valueBoolean": true}]});
    let stored = backend
        .post("/fhir/Composition/comp/$document", asked)
        .await
        .expect(200);
    let place = stored.header("location").to_owned();
    let path = place.strip_prefix(crate::support::BASE).unwrap();
    let kept = backend.get(path).await.expect(200).json();
    assert_eq!(kept["identifier"], stored.json()["identifier"]);
}

#[tokio::test]
async fn documents_that_cannot_be_made_are_refused_by_name() {
    let house = House::empty().await;
    let backend = house.backend().await;
    composed(&backend).await;
    backend
        .get("/fhir/Composition/never/$document")
        .await
        .expect(404);
    backend
        .get("/fhir/Composition/comp/$document?persist=true")
        .await
        .expect(405);
    for (path, named) in [
        ("Composition/$document", "id"),
        ("Composition/comp/$document?id=comp", "id"),
        ("Composition/$document?id=http://else/Composition/1", "id"),
        ("Composition/comp/$document?graph=http://g", "graph"),
        ("Composition/comp/$document?persist=perhaps", "persist"),
    ] {
        let reply = backend.get(&format!("/fhir/{path}")).await.expect(400);
        assert!(reply.text().contains(named), "{}", reply.text());
    }
}

#[tokio::test]
async fn a_document_leaves_out_what_its_reader_may_not_see() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let about = json!({"reference": "Patient/ada"});
    put(
        &backend,
        &json!({"resourceType": "Condition", "id": "apart", "subject": about}),
    )
    .await;
    put(
        &backend,
        &json!({"resourceType": "Composition", "id": "of-ada", "status": "final",
        "type": {"text": "Summary"}, "title": "Summary", "date": "2024-01-01", "subject": about,
        "author": [{"reference": "Practitioner/dr-wu"}],
        "section": [{"title": "Problems", "entry": [{"reference": "Condition/apart"}]}]}),
    )
    .await;
    let narrow = house
        .patient_with("ada", "patient/Composition.rs patient/Patient.rs")
        .await;
    let reply = narrow
        .get("/fhir/Composition/of-ada/$document")
        .await
        .expect(200);
    for id in reply.ids(None) {
        assert_ne!(id, "apart");
    }
}

#[tokio::test]
async fn a_document_is_as_confidential_as_its_parts() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let label = json!([{"url": CONSENT_BASIS, "valueCode": "minor:19a-216"}]);
    let about = json!({"reference": "Patient/ben"});
    put(
        &backend,
        &json!({"resourceType": "Condition", "id": "secret", "extension": label, "subject": about}),
    )
    .await;
    put(
        &backend,
        &json!({"resourceType": "Composition", "id": "of-ben", "status": "final",
        "type": {"text": "Summary"}, "title": "Summary", "date": "2024-01-01", "subject": about,
        "author": [{"reference": "Practitioner/dr-wu"}],
        "section": [{"title": "Problems", "entry": [{"reference": "Condition/secret"}]}]}),
    )
    .await;
    let mother = house.proxy_of("ada", "ben").await;
    mother
        .get("/fhir/Composition/of-ben/$document")
        .await
        .expect(404);
    mother.get("/fhir/Composition/of-ben").await.expect(404);
}
