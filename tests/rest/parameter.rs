//! Search parameters that are posted as resources.

use crate::support::{Caller, House};
use serde_json::{Value, json};
use storage::reindex::Step;

const EYE: &str = "urn:eye";

fn parameter(expression: &str) -> Value {
    json!({ "resourceType": "SearchParameter", "url": "http://example.org/SearchParameter/eye",
        "name": "eye", "status": "active", "description": "The colour of the eyes",
        "code": "eye", "base": ["Patient"], "type": "token", "expression": expression })
}

fn eyes() -> Value {
    parameter("Patient.extension.where(url = 'urn:eye').value")
}

/// What a running server does in the background.
async fn work(house: &House) {
    let index = house.storage.reindex();
    index.step(house.now()).await.unwrap();
    house.clock.advance_seconds(3);
    while index.step(house.now()).await.unwrap() != Step::Idle {}
}

async fn paint(backend: &Caller, id: &str, colour: &str) {
    let path = format!("/fhir/Patient/{id}");
    let mut patient = backend.get(&path).await.expect(200).json();
    patient["extension"] = json!([{ "url": EYE, "valueCode": colour }]);
    backend.put(&path, &patient).await.expect(200);
}

/// Ready, indexed, total.
async fn status(backend: &Caller) -> (bool, i64, i64) {
    let reply = backend.get("/fhir/SearchParameter/$index-status").await;
    let json = reply.expect(200).json();
    let parts = json["parameter"][0]["part"].as_array().unwrap();
    let of = |name: &str| parts.iter().find(|p| p["name"] == name).unwrap();
    assert_eq!(of("base")["valueCode"], "Patient");
    assert_eq!(of("code")["valueCode"], "eye");
    (
        of("ready")["valueBoolean"].as_bool().unwrap(),
        of("indexed")["valueInteger"].as_i64().unwrap(),
        of("total")["valueInteger"].as_i64().unwrap(),
    )
}

#[tokio::test]
async fn what_is_stored_is_found_by_it_once_all_is_indexed_and_what_comes_at_once() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    paint(&backend, "ada", "blue").await;
    backend.get("/fhir/Patient?eye=blue").await.expect(400);
    let posted = backend.post("/fhir/SearchParameter", &eyes()).await;
    let id = posted.expect(201).id();
    let early = backend.get("/fhir/Patient?eye=blue").await.expect(400);
    assert_eq!(early.issue(), "transient");
    assert_eq!(status(&backend).await, (false, 0, 0));
    work(&house).await;
    assert_eq!(status(&backend).await, (true, 4, 4));
    let path = "/fhir/Patient?eye=blue";
    assert_eq!(backend.get(path).await.expect(200).ids(None), ["ada"]);
    paint(&backend, "dan", "blue").await;
    assert_eq!(backend.get(path).await.expect(200).ids(None).len(), 2);
    paint(&backend, "ada", "green").await;
    assert_eq!(backend.get(path).await.expect(200).ids(None), ["dan"]);
    let missing = backend.get("/fhir/Patient?eye:missing=true").await;
    assert_eq!(missing.expect(200).ids(None), ["ben", "cleo"]);
    let chained = backend
        .get("/fhir/Observation?subject:Patient.eye=blue&code=2345-7")
        .await;
    assert_eq!(chained.expect(200).ids(None), ["dan-glucose"]);
    // Only what one may see.
    let ada = house.patient("ada").await;
    assert_eq!(ada.get(path).await.expect(200).json()["total"], 0);

    let path = format!("/fhir/SearchParameter/{id}");
    let mut other = parameter("Patient.gender");
    other["id"] = json!(id);
    backend.put(&path, &other).await.expect(200);
    let early = backend.get("/fhir/Patient?eye=blue").await.expect(400);
    assert_eq!(early.issue(), "transient");
    work(&house).await;
    let none = backend.get("/fhir/Patient?eye=blue").await.expect(200);
    assert!(none.ids(None).is_empty());
    let some = backend.get("/fhir/Patient?eye=female").await.expect(200);
    assert!(some.ids(None).contains(&"ada".to_owned()));
    backend.delete(&path).await.expect(204);
    backend.get("/fhir/Patient?eye=female").await.expect(400);
    work(&house).await;
    let works = house.storage.reindex().progress().await.unwrap();
    assert_eq!(works.len(), 1, "{works:?}");
}

#[tokio::test]
async fn a_parameter_that_cannot_work_is_refused_where_it_is_wrong() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    for (member, value) in [
        ("expression", json!("Patient.(")),
        ("code", json!("name")),
        ("type", json!("special")),
    ] {
        let mut parameter = eyes();
        parameter[member] = value;
        let reply = backend.post("/fhir/SearchParameter", &parameter).await;
        assert_eq!(reply.status, 422, "{member}: {}", reply.text());
        let place = format!("SearchParameter.{member}");
        assert!(reply.text().contains(&place), "{}", reply.text());
    }
    let mut draft = eyes();
    draft["status"] = json!("draft");
    backend
        .post("/fhir/SearchParameter", &draft)
        .await
        .expect(201);
    work(&house).await;
    backend.get("/fhir/Patient?eye=blue").await.expect(400);
}

#[tokio::test]
async fn a_parameter_is_declared_when_it_can_be_searched_by() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    backend
        .post("/fhir/SearchParameter", &eyes())
        .await
        .expect(201);
    let declared = async || {
        let statement = backend.get("/fhir/metadata").await.expect(200).text();
        statement.contains("http://example.org/SearchParameter/eye")
    };
    assert!(!declared().await);
    work(&house).await;
    assert!(declared().await);
}

/// The contacts of a patient by relationship and city.
fn contact() -> Value {
    json!({ "resourceType": "SearchParameter", "url": "http://example.org/SearchParameter/contact",
        "name": "contact", "status": "active", "description": "A contact and where that is",
        "code": "contact-city", "base": ["Patient"], "type": "composite",
        "expression": "Patient.contact", "component": [
            { "definition": "http://hl7.org/fhir/SearchParameter/individual-gender",
              "expression": "gender" },
            { "definition": "http://example.org/SearchParameter/town", "expression": "address.city" }] })
}

fn town() -> Value {
    json!({ "resourceType": "SearchParameter", "url": "http://example.org/SearchParameter/town",
        "name": "town", "status": "active", "description": "The city of a contact",
        "code": "town", "base": ["Patient"], "type": "string",
        "expression": "Patient.contact.address.city" })
}

async fn visit(backend: &Caller, id: &str, contacts: &[(&str, &str)]) {
    let path = format!("/fhir/Patient/{id}");
    let mut patient = backend.get(&path).await.expect(200).json();
    let contacts = contacts.iter().map(|(gender, city)| {
        json!({ "gender": gender, "name": { "text": "x" }, "address": { "city": city } })
    });
    patient["contact"] = contacts.collect();
    backend.put(&path, &patient).await.expect(200);
}

#[tokio::test]
async fn a_posted_composite_parameter_finds_what_stands_in_one_element() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    visit(&backend, "ada", &[("female", "Ulm"), ("male", "Bonn")]).await;
    visit(&backend, "ben", &[("female", "Bonn")]).await;
    let entry = |resource: Value| {
        json!({ "resource": resource,
        "request": { "method": "POST", "url": "SearchParameter" } })
    };
    // The composite one may stand first.
    let both = json!({ "resourceType": "Bundle", "type": "transaction",
        "entry": [entry(contact()), entry(town())] });
    let stored = backend.post("/fhir", &both).await.expect(200).json();
    let early = backend.get("/fhir/Patient?contact-city=female$Bonn").await;
    assert_eq!(early.expect(400).issue(), "transient");
    work(&house).await;
    visit(&backend, "dan", &[("female", "Berlin"), ("other", "Bonn")]).await;
    let found = async |query: &str| {
        let path = format!("/fhir/Patient?{query}");
        let mut ids = backend.get(&path).await.expect(200).ids(None);
        ids.sort();
        ids.join(" ")
    };
    assert_eq!(found("contact-city=female$bonn").await, "ben");
    assert_eq!(found("contact-city=female$ulm,male$bonn").await, "ada");
    assert_eq!(found("contact-city=female$B").await, "ben dan");
    assert_eq!(found("contact-city:missing=true").await, "cleo");
    assert_eq!(found("contact-city:missing=false").await, "ada ben dan");
    assert_eq!(
        found("contact-city=female$Berlin&contact-city=other$Bonn").await,
        "dan"
    );
    let chained = "/fhir/Observation?subject:Patient.contact-city=female$Ulm&_summary=count";
    let chained = backend.get(chained).await.expect(200).json();
    assert!(chained["total"].as_i64().is_some_and(|total| total > 0));
    let wrong = backend
        .get("/fhir/Patient?contact-city=female")
        .await
        .expect(400);
    assert!(wrong.text().contains("gender$town"), "{}", wrong.text());
    let ada = house.patient("ada").await;
    let hidden = ada.get("/fhir/Patient?contact-city=female$Bonn").await;
    assert_eq!(hidden.expect(200).json()["total"], 0);
    let statement = backend.get("/fhir/metadata").await.expect(200).text();
    assert!(statement.contains("http://example.org/SearchParameter/contact"));

    let place = stored["entry"][0]["response"]["location"].as_str().unwrap();
    let path = place.split("/_history").next().unwrap();
    let path = &path[path.find("SearchParameter").unwrap()..];
    backend.delete(&format!("/fhir/{path}")).await.expect(204);
    backend
        .get("/fhir/Patient?contact-city=female$Bonn")
        .await
        .expect(400);
    work(&house).await;
    let works = house.storage.reindex().progress().await.unwrap();
    assert_eq!(works.len(), 2, "{works:?}");
}

#[tokio::test]
async fn a_composite_parameter_of_unknown_parts_is_refused_where_it_is_wrong() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let place = "SearchParameter.component[1].definition";
    let refused = backend.post("/fhir/SearchParameter", &contact()).await;
    assert!(refused.expect(422).text().contains(place));
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction",
        "entry": [{ "resource": contact(),
                    "request": { "method": "POST", "url": "SearchParameter" } }] });
    let refused = backend.post("/fhir", &bundle).await.expect(422);
    assert!(refused.text().contains("entry[0]"), "{}", refused.text());
    backend
        .post("/fhir/SearchParameter", &town())
        .await
        .expect(201);
    backend
        .post("/fhir/SearchParameter", &contact())
        .await
        .expect(201);
}
