//! Search in contained resources.

use serde_json::{Value, json};

use crate::support::{Caller, House};

/// A request with a medication inside, another with none, and a medication that stands for itself.
async fn house() -> (House, Caller) {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let code = |code: &str| json!({"coding": [{"system": "urn:drug", "code": code}]});
    let request = |id: &str, patient: &str, inside: Value| {
        json!({"resourceType": "MedicationRequest", "id": id, "status": "active",
            "intent": "order", "contained": inside, "medicationReference": {"reference": "#m"},
            "subject": {"reference": format!("Patient/{patient}")}})
    };
    let medication =
        |id: &str, drug: &str| json!({"resourceType": "Medication", "id": id, "code": code(drug)});
    let own = medication("own", "aspirin");
    let mut first = medication("m", "aspirin");
    first["ingredient"] = json!([{"itemReference": {"reference": "#n"}}]);
    first["manufacturer"] = json!({"reference": "#o"});
    let several = json!([first, medication("n", "ibuprofen"),
        {"resourceType": "Organization", "id": "o", "name": "Maker"}]);
    let of_dan = request("of-dan", "dan", json!([medication("m", "aspirin")]));
    for resource in [own, request("of-ada", "ada", several), of_dan] {
        let kind = resource["resourceType"].as_str().unwrap();
        let path = format!("/fhir/{kind}/{}", resource["id"].as_str().unwrap());
        backend.put(&path, &resource).await.expect(201);
    }
    (house, backend)
}

async fn found(caller: &Caller, query: &str) -> Vec<String> {
    let reply = caller.get(&format!("/fhir/{query}")).await.expect(200);
    let json = reply.json();
    let entries = json["entry"].as_array().cloned().unwrap_or_default();
    let mut urls: Vec<String> = entries
        .iter()
        .map(|entry| {
            let url = entry["fullUrl"].as_str().unwrap();
            url.rsplit("/fhir/").next().unwrap().to_owned()
        })
        .collect();
    urls.sort();
    urls
}

const ADA: &str = "MedicationRequest/of-ada";
const DAN: &str = "MedicationRequest/of-dan";

#[tokio::test]
async fn a_container_is_found_by_what_is_inside() {
    let (_house, backend) = house().await;
    for (query, wanted) in [
        ("Medication?code=aspirin", vec!["Medication/own"]),
        (
            "Medication?code=aspirin&_contained=false",
            vec!["Medication/own"],
        ),
        ("Medication?code=aspirin&_contained=true", vec![ADA, DAN]),
        ("Medication?code=ibuprofen&_contained=true", vec![ADA]),
        ("Medication?code=nothing&_contained=true", vec![]),
        ("Medication?_id=n&_contained=true", vec![ADA]),
        ("Medication?code:not=aspirin&_contained=true", vec![ADA]),
        ("Organization?name=make&_contained=true", vec![ADA]),
        // Both conditions are on one of them.
        ("Medication?code=ibuprofen&_id=m&_contained=true", vec![]),
        (
            "Medication?code=aspirin&_contained=both",
            vec!["Medication/own", ADA, DAN],
        ),
        (
            "Medication?code=aspirin&_contained=both&_containedType=container",
            vec!["Medication/own", ADA, DAN],
        ),
    ] {
        assert_eq!(found(&backend, query).await, wanted, "{query}");
    }
}

#[tokio::test]
async fn what_is_inside_can_be_the_answer() {
    let (_house, backend) = house().await;
    let query = "Medication?code=aspirin&_containedType=contained&_contained";
    let inside = [format!("{ADA}#m"), format!("{DAN}#m")];
    assert_eq!(found(&backend, &format!("{query}=true")).await, inside);
    let both = found(&backend, &format!("{query}=both")).await;
    assert_eq!(both.len(), 3);
    assert_eq!(both[0], "Medication/own");
    let reply = backend.get(&format!("/fhir/{query}=true")).await.json();
    assert_eq!(reply["total"], 2);
    assert_eq!(reply["entry"][0]["resource"]["resourceType"], "Medication");
    assert_eq!(reply["entry"][0]["search"]["mode"], "match");
    let own = reply["link"][0]["url"].as_str().unwrap();
    assert!(own.contains("_contained=true") && own.contains("_containedType=contained"));
    // Page by page it is the same.
    let mut next = format!("/fhir/{query}=true&_count=1");
    let mut pages = 0;
    loop {
        let page = backend.get(&next).await.expect(200).json();
        pages += page["entry"].as_array().unwrap().len();
        let links = page["link"].as_array().unwrap().iter();
        let Some(link) = links.clone().find(|link| link["relation"] == "next") else {
            break;
        };
        let url = link["url"].as_str().unwrap();
        next = url[url.find("/fhir/").unwrap()..].to_owned();
    }
    assert_eq!(pages, 2);
}

#[tokio::test]
async fn whoever_may_not_see_the_container_does_not_find_it() {
    let (house, backend) = house().await;
    let ada = house.patient("ada").await;
    let query = "Medication?code=aspirin&_contained=true";
    assert_eq!(found(&ada, query).await, [ADA]);
    let parts = format!("{query}&_containedType=contained");
    assert_eq!(found(&ada, &parts).await, [format!("{ADA}#m")]);
    // What changes or goes is found no longer by what it held.
    backend.delete(&format!("/fhir/{ADA}")).await.expect(204);
    assert_eq!(found(&backend, query).await, [DAN]);
    let mut other = backend.get(&format!("/fhir/{DAN}")).await.json();
    other["contained"][0]["code"]["coding"][0]["code"] = json!("other");
    backend
        .put(&format!("/fhir/{DAN}"), &other)
        .await
        .expect(200);
    assert!(found(&backend, query).await.is_empty());
    let now = "Medication?code=other&_contained=true";
    assert_eq!(found(&backend, now).await, [DAN]);
}

#[tokio::test]
async fn what_cannot_be_asked_of_contained_resources_is_refused() {
    let (_house, backend) = house().await;
    for (query, named) in [
        ("Medication?_contained=maybe", "_contained"),
        (
            "Medication?_contained=true&_containedType=x",
            "_containedType",
        ),
        (
            "Medication?_contained=true&_containedNope=x",
            "_containedNope",
        ),
        (
            "Medication?_contained=true&manufacturer.name=x",
            "_contained",
        ),
        (
            "Medication?_contained=true&_lastUpdated=gt2020",
            "_contained",
        ),
        ("Medication?_contained=true&_content=x", "_contained"),
        ("Medication?_contained=true&_sort=code", "_sort"),
        (
            "Medication?_contained=true&_include=Medication:manufacturer",
            "_include",
        ),
        ("Medication?_contained=true&nosuch=1", "nosuch"),
    ] {
        let reply = backend.get(&format!("/fhir/{query}")).await.expect(400);
        assert!(reply.text().contains(named), "{query} {}", reply.text());
    }
    // A condition of a write is about resources that stand for themselves.
    let write = backend.delete("/fhir/Medication?code=aspirin&_contained=true");
    write.await.expect(400);
}
