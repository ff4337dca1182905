//! The operations of terminology, and searching by it.

use serde_json::{Value, json};

use crate::support::{Caller, House};

const GENDER: &str = "http://hl7.org/fhir/administrative-gender";
const GENDERS: &str = "http://hl7.org/fhir/ValueSet/administrative-gender";

/// The value of a parameter of a Parameters answer.
fn told(reply: &Value, name: &str) -> Value {
    let all = reply["parameter"].as_array().expect("parameters");
    let one = all.iter().find(|one| one["name"] == name);
    let members = one.and_then(Value::as_object).into_iter().flatten();
    let mut values = members.filter(|(name, _)| name.starts_with("value"));
    values
        .next()
        .map_or(Value::Null, |(_, value)| value.clone())
}

async fn asked(caller: &Caller, path: &str) -> Value {
    caller
        .get(&format!("/fhir/{path}"))
        .await
        .expect(200)
        .json()
}

fn codes(expansion: &Value) -> Vec<&str> {
    let contains = expansion["expansion"]["contains"].as_array();
    let all = contains.map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(|one| one["code"].as_str()).collect()
}

fn rooms() -> Value {
    json!({"resourceType": "CodeSystem", "url": "http://house.test/rooms", "version": "1",
        "name": "Rooms", "status": "active", "content": "complete", "caseSensitive": true,
        "concept": [{"code": "room", "display": "Room", "concept": [
            {"code": "ward", "display": "Ward", "concept": [{"code": "icu", "display": "Intensive care"}]},
            {"code": "lab", "display": "Laboratory"}]}, {"code": "yard", "display": "Yard"}]})
}

#[tokio::test]
async fn shipped_value_sets_expand_by_get_and_by_post() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let reply = asked(&backend, &format!("ValueSet/$expand?url={GENDERS}")).await;
    assert_eq!(codes(&reply), ["male", "female", "other", "unknown"]);
    assert_eq!(
        (&reply["url"], &reply["expansion"]["total"]),
        (&json!(GENDERS), &json!(4))
    );
    assert_eq!(reply["expansion"]["contains"][0]["display"], "Male");
    assert!(reply.get("compose").is_none());
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "url", "valueUri": GENDERS}, {"name": "count", "valueInteger": 2},
        {"name": "offset", "valueInteger": 1}, {"name": "includeDefinition", "valueBoolean": true}]});
    let reply = backend
        .post("/fhir/ValueSet/$expand", body)
        .await
        .expect(200)
        .json();
    assert_eq!(codes(&reply), ["female", "other"]);
    assert_eq!(reply["expansion"]["offset"], 1);
    assert!(reply["compose"]["include"].is_array());
    let filtered = format!("ValueSet/$expand?url={GENDERS}&filter=MAL");
    assert_eq!(codes(&asked(&backend, &filtered).await), ["male", "female"]);
    let profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-allergyintolerance";
    let context = format!("ValueSet/$expand?context={profile}%23AllergyIntolerance.clinicalStatus");
    assert_eq!(codes(&asked(&backend, &context).await).len(), 3);
    let context = format!("/fhir/ValueSet/$expand?context={profile}%23AllergyIntolerance.shoe");
    backend.get(&context).await.expect(422);
    let given = json!({"resourceType": "ValueSet", "status": "draft",
        "compose": {"include": [{"system": GENDER}], "exclude": [{"valueSet": [GENDERS]}]}});
    let reply = backend
        .post("/fhir/ValueSet/$expand", given)
        .await
        .expect(200)
        .json();
    assert_eq!(reply["expansion"]["total"], 0);
}

#[tokio::test]
async fn questions_without_an_answer_are_refused_by_name() {
    let house = House::empty().await;
    let backend = house.backend().await;
    for (path, status, code) in [
        (
            "ValueSet/$expand?url=http://house.test/none",
            404,
            "not-found",
        ),
        (
            "ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/all-languages",
            400,
            "too-costly",
        ),
        ("ValueSet/$expand", 400, "required"),
        ("ValueSet/$expand?url=x&count=-1", 400, "value"),
        ("ValueSet/$expand?url=x&count=many", 400, "value"),
        ("ValueSet/$expand?url=x&shape=round", 400, "not-supported"),
        (
            "ValueSet/$expand?url=x&date=2001-01-01",
            400,
            "not-supported",
        ),
        (
            "ValueSet/$expand?url=x&system-version=http://x",
            400,
            "value",
        ),
        ("ValueSet/nothing/$expand", 404, "not-found"),
        (
            "CodeSystem/$lookup?system=http://house.test/none&code=a",
            404,
            "not-found",
        ),
        (
            "CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=x",
            404,
            "not-found",
        ),
        ("CodeSystem/$lookup?code=x", 400, "required"),
        (
            "CodeSystem/$subsumes?system=http://hl7.org/fhir/administrative-gender&codeA=male",
            400,
            "required",
        ),
        (
            "ConceptMap/$translate?code=male&system=http://hl7.org/fhir/administrative-gender",
            400,
            "required",
        ),
        (
            "ConceptMap/$translate?url=http://x&code=a&system=b",
            404,
            "not-found",
        ),
        (
            "ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/condition-code&code=1&system=http://snomed.info/sct",
            404,
            "not-found",
        ),
    ] {
        let reply = backend.get(&format!("/fhir/{path}")).await;
        assert_eq!(reply.status, status, "{path} {}", reply.text());
        assert_eq!(reply.issue(), code, "{path} {}", reply.text());
    }
}

#[tokio::test]
async fn codes_are_validated_looked_up_and_related() {
    let house = House::empty().await;
    let backend = house.backend().await;
    let at = |rest: &str| format!("ValueSet/$validate-code?url={GENDERS}&{rest}");
    let good = asked(&backend, &at(&format!("system={GENDER}&code=male"))).await;
    assert_eq!(
        (told(&good, "result"), told(&good, "display")),
        (json!(true), json!("Male"))
    );
    let bad = asked(&backend, &at(&format!("system={GENDER}&code=man"))).await;
    assert_eq!(told(&bad, "result"), false);
    assert!(
        told(&bad, "message")
            .as_str()
            .is_some_and(|text| text.contains("is not in"))
    );
    let wrong = asked(
        &backend,
        &at(&format!("system={GENDER}&code=male&display=Female")),
    )
    .await;
    assert_eq!(told(&wrong, "result"), false);
    let inferred = asked(&backend, &at("code=male&inferSystem=true")).await;
    assert_eq!(told(&inferred, "result"), true);
    let system = format!("CodeSystem/$validate-code?url={GENDER}&code=other");
    assert_eq!(told(&asked(&backend, &system).await, "result"), true);
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "url", "valueUri": GENDERS},
        {"name": "codeableConcept", "valueCodeableConcept": {"coding": [
            {"system": "http://x", "code": "m"}, {"system": GENDER, "code": "male"}]}}]});
    let reply = backend
        .post("/fhir/ValueSet/$validate-code", body)
        .await
        .expect(200)
        .json();
    assert_eq!(told(&reply, "result"), true);
    let found = asked(
        &backend,
        &format!("CodeSystem/$lookup?system={GENDER}&code=male"),
    )
    .await;
    assert_eq!(
        (told(&found, "name"), told(&found, "display")),
        (json!("AdministrativeGender"), json!("Male"))
    );
    let role = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
    for (a, b, outcome) in [
        ("PRN", "MTH", "subsumes"),
        ("MTH", "PRN", "subsumed-by"),
        ("MTH", "MTH", "equivalent"),
    ] {
        let path = format!("CodeSystem/$subsumes?system={role}&codeA={a}&codeB={b}");
        assert_eq!(told(&asked(&backend, &path).await, "outcome"), outcome);
    }
    let path = format!("ConceptMap/$translate?system={GENDER}&code=male&source={GENDERS}");
    let reply = asked(&backend, &path).await;
    assert_eq!(told(&reply, "result"), true, "{reply}");
}

#[tokio::test]
async fn stored_terminology_counts_as_soon_as_it_is_written() {
    let house = House::empty().await;
    let backend = house.backend().await;
    backend
        .put("/fhir/CodeSystem/rooms", with_id(rooms(), "rooms"))
        .await
        .expect(201);
    let set = json!({"resourceType": "ValueSet", "id": "inside", "url": "http://house.test/inside",
        "status": "active", "compose": {"include": [{"system": "http://house.test/rooms",
        "filter": [{"property": "concept", "op": "descendent-of", "value": "room"}]}]}});
    backend.put("/fhir/ValueSet/inside", set).await.expect(201);
    let by_url = asked(&backend, "ValueSet/$expand?url=http://house.test/inside").await;
    assert_eq!(codes(&by_url), ["ward", "icu", "lab"]);
    assert_eq!(
        asked(&backend, "ValueSet/inside/$expand").await["expansion"]["total"],
        3
    );
    let mut other = rooms();
    other["concept"] = json!([{"code": "room", "concept": [{"code": "hall"}]}]);
    backend
        .put("/fhir/CodeSystem/rooms", with_id(other, "rooms"))
        .await
        .expect(200);
    let by_url = asked(&backend, "ValueSet/$expand?url=http://house.test/inside").await;
    assert_eq!(codes(&by_url), ["hall"]);
    let path = "ValueSet/inside/$validate-code?system=http://house.test/rooms&code=ward";
    assert_eq!(told(&asked(&backend, path).await, "result"), false);
    backend.delete("/fhir/CodeSystem/rooms").await;
    let reply = backend.get("/fhir/ValueSet/inside/$expand").await;
    assert_eq!(reply.issue(), "not-found");
}

fn with_id(mut resource: Value, id: &str) -> Value {
    resource["id"] = json!(id);
    resource
}

#[tokio::test]
async fn only_a_token_that_may_read_value_sets_is_answered() {
    let house = House::empty().await;
    let path = format!("/fhir/ValueSet/$expand?url={GENDERS}");
    house.anonymous().get(&path).await.expect(401);
    house
        .backend_with("system/Observation.rs")
        .await
        .get(&path)
        .await
        .expect(403);
    house
        .backend_with("system/ValueSet.r")
        .await
        .get(&path)
        .await
        .expect(200);
}

#[tokio::test]
async fn tokens_are_searched_by_value_set_and_hierarchy() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let all = backend.get("/fhir/Observation").await.expect(200).json();
    let statuses = "http://hl7.org/fhir/ValueSet/observation-status";
    let path = format!("/fhir/Observation?status:in={statuses}");
    let found = backend.get(&path).await.expect(200);
    assert_eq!(found.json()["total"], all["total"]);
    assert!(
        found
            .link("self")
            .is_some_and(|link| link.contains("status:in"))
    );
    for (query, code) in [
        ("code:in=http://house.test/none", "not-found"),
        ("code:below=http://house.test/none|a", "not-found"),
        ("code:below=a", "value"),
        (
            "code:in=http://hl7.org/fhir/ValueSet/all-languages",
            "too-costly",
        ),
    ] {
        let reply = backend
            .get(&format!("/fhir/Observation?{query}"))
            .await
            .expect(400);
        assert_eq!(reply.issue(), code, "{query}");
    }
}

#[tokio::test]
async fn what_ships_is_found_by_its_address_and_read_where_it_is_found() {
    let house = House::empty().await;
    let backend = house.backend().await;
    for (of, url, id) in [
        ("ValueSet", GENDERS, "administrative-gender"),
        ("CodeSystem", GENDER, "administrative-gender"),
        (
            "SearchParameter",
            "http://hl7.org/fhir/SearchParameter/individual-birthdate",
            "individual-birthdate",
        ),
        (
            "OperationDefinition",
            "http://hl7.org/fhir/OperationDefinition/Observation-lastn",
            "Observation-lastn",
        ),
    ] {
        let found = asked(&backend, &format!("{of}?url={url}")).await;
        assert_eq!(found["total"], 1, "{of} {found}");
        let entry = &found["entry"][0];
        assert_eq!(entry["resource"]["url"], url);
        assert_eq!(entry["resource"]["resourceType"], of);
        let full = entry["fullUrl"].as_str().unwrap();
        assert!(full.ends_with(&format!("/fhir/{of}/{id}")), "{full}");
        let read = asked(&backend, &format!("{of}/{id}")).await;
        assert_eq!(read, entry["resource"]);
        let other = asked(&backend, &format!("{of}?url={url}&status=retired")).await;
        assert_eq!(other["total"], 0, "{of}");
        let more = asked(
            &backend,
            &format!("{of}?url={url}&_lastUpdated=lt2000-01-01"),
        )
        .await;
        assert_eq!(more["total"], 0, "{of}");
    }
    // What is stored stands beside it.
    let own = json!({"resourceType": "ValueSet", "id": "mine", "url": GENDERS, "version": "x",
        "status": "active", "compose": {"include": [{"system": GENDER}]}});
    backend.put("/fhir/ValueSet/mine", &own).await.expect(201);
    let found = asked(&backend, &format!("ValueSet?url={GENDERS}")).await;
    assert_eq!(found["total"], 2);
    let one = asked(&backend, &format!("ValueSet?url={GENDERS}&version=x")).await;
    assert_eq!(one["entry"][0]["resource"]["id"], "mine");
    assert_eq!(one["total"], 1);
    backend.get("/fhir/ValueSet/nothing").await.expect(404);
}
