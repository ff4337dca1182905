//! `$graphql`: what a query is answered with, by whom, and how much of it.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Caller, House, Reply};

async fn ask(caller: &Caller, path: &str, query: &str) -> Reply {
    let caller = caller.with("content-type", "application/graphql");
    let path = format!("/fhir/{path}$graphql");
    caller
        .send(Method::POST, &path, Some(query.to_owned()))
        .await
}

async fn answered(caller: &Caller, path: &str, query: &str) -> Value {
    let reply = ask(caller, path, query).await.expect(200);
    assert_eq!(reply.header("content-type"), "application/json");
    let json = reply.json();
    assert!(json.get("errors").is_none(), "{query}: {json}");
    json["data"].clone()
}

async fn put(backend: &Caller, resource: Value) {
    let kind = resource["resourceType"].as_str().unwrap();
    let path = format!("/fhir/{kind}/{}", resource["id"].as_str().unwrap());
    backend.put(&path, &resource).await.expect(201);
}

async fn house() -> (House, Caller) {
    let house = House::empty().await;
    let backend = house.backend().await;
    put(
        &backend,
        json!({"resourceType": "Organization", "id": "o", "name": "Clinic"}),
    )
    .await;
    put(
        &backend,
        json!({"resourceType": "Patient", "id": "p", "gender": "female",
            "birthDate": "1980-05-05", "_birthDate": {"id": "b"},
            "name": [{"use": "official", "family": "Doe", "given": ["Ann", "B"]},
                {"use": "nickname", "given": ["Annie"]}],
            "telecom": [{"system": "phone", "value": "1"}, {"system": "email", "value": "2"}],
            "managingOrganization": {"reference": "Organization/o"}}),
    )
    .await;
    for (id, value) in [("a", "1.50"), ("b", "2.00"), ("c", "3.5")] {
        let text = format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"x"}},
            "subject":{{"reference":"Patient/p"}},"valueQuantity":{{"value":{value},"unit":"kg"}}}}"#
        );
        let path = format!("/fhir/Observation/{id}");
        backend.put(&path, &*text).await.expect(201);
    }
    (house, backend)
}

#[tokio::test]
async fn a_resource_is_answered_in_the_shape_asked_for() {
    let (_house, backend) = house().await;
    for (query, wanted) in [
        ("{ id gender }", json!({"id": "p", "gender": "female"})),
        (
            "{ resourceType born: birthDate _birthDate { id } deceasedBoolean }",
            json!({"resourceType": "Patient", "born": "1980-05-05", "_birthDate": {"id": "b"},
                "deceasedBoolean": null}),
        ),
        (
            "{ name { family given } }",
            json!({"name": [{"family": "Doe", "given": ["Ann", "B"]},
                {"family": null, "given": ["Annie"]}]}),
        ),
        (
            "{ name(use: nickname) { given } }",
            json!({"name": [{"given": ["Annie"]}]}),
        ),
        (
            r#"{ telecom(fhirpath: "system = 'email'") { value } }"#,
            json!({"telecom": [{"value": "2"}]}),
        ),
        (
            "{ telecom(_offset: 1, _count: 1) { value } }",
            json!({"telecom": [{"value": "2"}]}),
        ),
        (
            "{ name @flatten { given } }",
            json!({"given": ["Ann", "B", "Annie"]}),
        ),
        (
            "{ name @first { given @first } }",
            json!({"name": {"given": "Ann"}}),
        ),
        (
            "{ name @flatten @first { family } }",
            json!({"family": "Doe"}),
        ),
        (
            r#"{ name @flatten @slice(fhirpath: "use") { given } }"#,
            json!({"given.official": ["Ann", "B"], "given.nickname": ["Annie"]}),
        ),
        (
            "{ name(use: official) @flatten { family @singleton } }",
            json!({"family": "Doe"}),
        ),
        (
            "{ id @skip(if: true) gender @include(if: false) ... on Patient { birthDate } \
             ... on Observation { status } }",
            json!({"birthDate": "1980-05-05"}),
        ),
        (
            "{ ...F name { use } } fragment F on Patient { name { family } }",
            json!({"name": [{"family": "Doe", "use": "official"}, {"family": null, "use": "nickname"}]}),
        ),
        (
            "{ managingOrganization { resource { ... on Organization { name } } } }",
            json!({"managingOrganization": {"resource": {"name": "Clinic"}}}),
        ),
        (
            "{ managingOrganization @flatten { resource(type: Organization) @flatten { name } } }",
            json!({"name": "Clinic"}),
        ),
    ] {
        assert_eq!(
            answered(&backend, "Patient/p/", query).await,
            wanted,
            "{query}"
        );
    }
}

#[tokio::test]
async fn lists_connections_and_what_refers_to_a_resource() {
    let (_house, backend) = house().await;
    let found = answered(
        &backend,
        "",
        r#"{ Patient(id: "p") { gender } PatientList(name: "doe") { id } none: PatientList(name: "x") { id } }"#,
    )
    .await;
    let wanted = json!({"Patient": {"gender": "female"}, "PatientList": [{"id": "p"}], "none": []});
    assert_eq!(found, wanted);
    let query = "{ ObservationList(_reference: patient, value_quantity: \"gt1.6\") { id \
                 value { ... on Quantity { value } } } }";
    let reply = ask(&backend, "Patient/p/", query).await.expect(200);
    // Digits stay as they were sent.
    let text = reply.text();
    assert!(
        text.contains(r#"{"id":"b","value":{"value":2.00}}"#),
        "{text}"
    );
    assert!(!text.contains("1.50"), "{text}");
    let mut query =
        "{ ObservationConnection(subject: \"Patient/p\", _count: 2) { count pagesize next \
         edges { mode resource { id } } } }"
            .to_owned();
    let first = answered(&backend, "", &query).await;
    let page = &first["ObservationConnection"];
    assert_eq!((&page["count"], &page["pagesize"]), (&json!(3), &json!(2)));
    let next = page["next"].as_str().unwrap();
    query = query.replace("_count: 2", &format!("_count: 2, _cursor: \"{next}\""));
    let last = answered(&backend, "", &query).await;
    let page = &last["ObservationConnection"];
    assert_eq!(page["edges"][0]["resource"]["id"], "c");
    assert_eq!(page["next"], Value::Null);
}

#[tokio::test]
async fn a_query_comes_by_get_as_json_or_in_parameters() {
    let (_house, backend) = house().await;
    let path = "/fhir/$graphql?query=%7BPatient(id:%22p%22)%7Bid%7D%7D";
    let wanted = json!({"data": {"Patient": {"id": "p"}}});
    assert_eq!(backend.get(path).await.expect(200).json(), wanted);
    let body = json!({"query": "query A($id: ID!) { Patient(id: $id) { id } } query B { PatientList { id } }",
        "operationName": "A", "variables": {"id": "p"}});
    let typed = backend.with("content-type", "application/json");
    let reply = typed.post("/fhir/$graphql", &body).await.expect(200);
    assert_eq!(reply.json(), wanted);
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "query", "valueString": "{ Patient(id: \"p\") { id } }"}]});
    let reply = backend.post("/fhir/$graphql", &body).await.expect(200);
    assert_eq!(reply.json(), wanted);
    let text = backend.with("content-type", "text/plain");
    let reply = text.send(Method::POST, "/fhir/$graphql", Some("{ a }"));
    reply.await.expect(415);
    backend.get("/fhir/$graphql").await.expect(400);
}

#[tokio::test]
async fn what_is_wrong_is_told_as_graphql_tells_it() {
    let (_house, backend) = house().await;
    for (query, named) in [
        ("{ nope }", "nope"),
        ("{", "expected"),
        ("mutation { a }", "only queries"),
        (
            "query A { PatientList { id } } query B { PatientList { id } }",
            "operationName",
        ),
        ("query($id: ID!) { Patient(id: $id) { id } }", "$id"),
    ] {
        let reply = ask(&backend, "", query).await.expect(400);
        let message = reply.json()["errors"][0]["message"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(message.contains(named), "{query}: {message}");
    }
    // What is wrong with one field leaves the others.
    for (query, named) in [
        (
            "{ Patient(id: \"nope\") { id } PatientList { id } }",
            "no such",
        ),
        (
            "{ x: PatientList(nosuch: 1) { id } PatientList { id } }",
            "nosuch",
        ),
    ] {
        let json = ask(&backend, "", query).await.expect(200).json();
        assert_eq!(json["data"]["PatientList"][0]["id"], "p", "{json}");
        assert!(
            json["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains(named),
            "{json}"
        );
    }
    let wide = "{ PatientList { ".to_owned() + &"id ".repeat(6_000) + "} }";
    let reply = ask(&backend, "", &wide).await.expect(400);
    assert!(reply.text().contains("5000"), "{}", reply.text());
    ask(&backend, "Patient/nope/", "{ id }").await.expect(404);
    let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "GET", "url": "$graphql?query={a}"}}]});
    let reply = backend.post("/fhir", &bundle).await.expect(200);
    let status = reply.json()["entry"][0]["response"]["status"].clone();
    assert!(status.as_str().unwrap().starts_with("400"), "{status}");
}

#[tokio::test]
async fn nobody_sees_more_than_by_reading_and_searching() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    let query = r#"{ Patient(id: "dan") { id } ObservationList { id subject { reference } }
        other: Observation(id: "dan-glucose") { id }
        Organization(id: "nothing") { id } }"#;
    let json = ask(&ada, "", query).await.expect(200).json();
    let found = json["data"]["ObservationList"].as_array().unwrap();
    assert!(!found.is_empty());
    assert!(
        found
            .iter()
            .all(|one| one["subject"]["reference"] == "Patient/ada"),
        "{json}"
    );
    assert!(json["data"]["Patient"].is_null() && json["data"]["other"].is_null());
    // Hidden and absent are told in the same words.
    let told: Vec<&str> = json["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            "there is no such Patient",
            "there is no such Observation",
            "there is no such Organization"
        ]
    );
    ask(&ada, "Patient/dan/", "{ id }").await.expect(404);
    // What refers to a hidden resource is hidden as it is in a search.
    let query = "{ PatientList { id ObservationList(_reference: subject) { id } } }";
    let json = ask(&ada, "", query).await.expect(200).json();
    assert_eq!(
        json["data"]["PatientList"].as_array().unwrap().len(),
        1,
        "{json}"
    );
    // Scopes hold.
    let narrow = house
        .patient_with("ada", "launch/patient patient/Patient.rs")
        .await;
    let json = ask(
        &narrow,
        "Patient/ada/",
        "{ id ObservationList(_reference: subject) { id } }",
    );
    let json = json.await.expect(200).json();
    assert_eq!(json["data"]["id"], "ada");
    assert!(json["data"]["ObservationList"].is_null(), "{json}");
    assert_eq!(json["errors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_asked_for_and_absent_is_null() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let query = r#"{ maritalStatus { text } photo { url } deceased { __typename }
        name { suffix text family } none: name(use: maiden) { family }
        flat: name @flatten { prefix } }"#;
    let json = ask(&backend, "Patient/ada/", query)
        .await
        .expect(200)
        .json();
    let data = json["data"].as_object().unwrap();
    for absent in ["maritalStatus", "photo", "deceased"] {
        assert_eq!(
            data.get(absent),
            Some(&serde_json::Value::Null),
            "{absent} {json}"
        );
    }
    let name = data["name"][0].as_object().unwrap();
    assert!(
        name["family"].is_string() && name.get("suffix").unwrap().is_null(),
        "{json}"
    );
    // A list that its arguments leave nothing of is empty.
    assert_eq!(data["none"], serde_json::json!([]), "{json}");
    assert!(!data.contains_key("flat"), "{json}");
}
