//! Profiles on writes, and `$validate` in all its modes.

use serde_json::{Value, json};
use storage::Validation;

use crate::support::{Caller, House, Reply};

const LAB: &str = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab";

/// A laboratory result that keeps US Core's profile, of a patient that is stored.
fn result() -> Value {
    json!({
        "resourceType": "Observation", "status": "final", "meta": {"profile": [LAB]},
        "category": [{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}]},
        "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2024-03-05",
        "valueQuantity": {"value": 92, "unit": "mg/dL", "code": "mg/dL",
                          "system": "http://unitsofmeasure.org"},
    })
}

/// [`result`] of nobody.
fn orphan() -> Value {
    let mut orphan = result();
    orphan.as_object_mut().unwrap().remove("subject");
    orphan
}

async fn house(validation: Validation) -> (House, Caller) {
    let house = House::validating(validation).await;
    let backend = house.backend().await;
    let patient = json!({"resourceType": "Patient", "id": "p"});
    backend.put("/fhir/Patient/p", patient).await.expect(201);
    (house, backend)
}

/// Severity, place and words of each issue.
fn issues(reply: &Reply) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let outcome = reply.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    let all = outcome["issue"].as_array().unwrap().iter();
    let one = |issue: &Value| {
        (
            text(&issue["severity"]),
            text(&issue["expression"][0]),
            text(&issue["diagnostics"]),
        )
    };
    all.map(one).collect()
}

fn errors(reply: &Reply) -> Vec<(String, String)> {
    let all = issues(reply).into_iter();
    all.filter(|(severity, ..)| severity == "error")
        .map(|(_, place, words)| (place, words))
        .collect()
}

#[tokio::test]
async fn a_write_keeps_the_profile_it_claims() {
    let (_house, backend) = house(Validation::default()).await;
    let id = backend
        .post("/fhir/Observation", result())
        .await
        .expect(201)
        .id();
    let refused = backend
        .post("/fhir/Observation", orphan())
        .await
        .expect(422);
    let found = errors(&refused);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "Observation.subject");
    assert!(
        found[0].1.contains("us-core-observation-lab|7.0.0"),
        "{found:?}"
    );
    let mut changed = orphan();
    changed["id"] = json!(id);
    let path = format!("/fhir/Observation/{id}");
    backend.put(&path, changed).await.expect(422);
    let mut unclaimed = orphan();
    unclaimed["meta"]["profile"] = json!(["http://nobody.example/unknown"]);
    backend
        .post("/fhir/Observation", unclaimed)
        .await
        .expect(201);
    let entry = |resource: Value| {
        json!({"resource": resource,
        "request": {"method": "POST", "url": "Observation"}})
    };
    let bundle = |kind: &str| {
        json!({"resourceType": "Bundle", "type": kind,
        "entry": [entry(result()), entry(orphan())]})
    };
    let all = backend
        .post("/fhir", bundle("transaction"))
        .await
        .expect(422);
    assert_eq!(errors(&all)[0].0, "Bundle.entry[1].resource.subject");
    let each = backend
        .post("/fhir", bundle("batch"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        each["entry"][0]["response"]["status"].as_str().unwrap()[..3],
        *"201"
    );
    assert_eq!(
        each["entry"][1]["response"]["status"].as_str().unwrap()[..3],
        *"422"
    );
}

#[tokio::test]
async fn a_house_may_require_profiles_and_refuse_unknown_ones() {
    let required = [(fhir::ResourceType::OBSERVATION, vec![LAB.to_owned()])];
    let (_house, backend) = house(Validation {
        required: required.into(),
        refuse_unknown: true,
    })
    .await;
    let plain = |mut resource: Value| {
        resource.as_object_mut().unwrap().remove("meta");
        resource
    };
    backend
        .post("/fhir/Observation", plain(result()))
        .await
        .expect(201);
    let refused = backend
        .post("/fhir/Observation", plain(orphan()))
        .await
        .expect(422);
    assert_eq!(errors(&refused)[0].0, "Observation.subject");
    let mut unknown = json!({"resourceType": "Patient"});
    backend
        .post("/fhir/Patient", unknown.clone())
        .await
        .expect(201);
    unknown["meta"] = json!({"profile": ["http://nobody.example/unknown"]});
    let refused = backend.post("/fhir/Patient", unknown).await.expect(422);
    assert_eq!(errors(&refused)[0].0, "Patient.meta.profile[0]");
}

#[tokio::test]
async fn a_profile_counts_from_when_it_is_stored() {
    let (_house, backend) = house(Validation::default()).await;
    let url = "http://example.org/StructureDefinition/named";
    let claim = json!({"resourceType": "Patient", "meta": {"profile": [url]}});
    backend
        .post("/fhir/Patient", claim.clone())
        .await
        .expect(201);
    let mut profile = json!({
        "resourceType": "StructureDefinition", "id": "named", "url": url, "name": "Named",
        "status": "active", "kind": "resource", "abstract": false, "type": "Patient",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient",
        "derivation": "constraint",
        "differential": {"element": [{"id": "Patient", "path": "Patient"},
            {"id": "Patient.name", "path": "Patient.name", "min": 1}]}});
    backend
        .put("/fhir/StructureDefinition/named", profile.clone())
        .await
        .expect(201);
    let refused = backend
        .post("/fhir/Patient", claim.clone())
        .await
        .expect(422);
    assert_eq!(errors(&refused)[0].0, "Patient.name");
    profile["differential"]["element"][1]["min"] = json!(0);
    backend
        .put("/fhir/StructureDefinition/named", profile)
        .await
        .expect(200);
    backend
        .post("/fhir/Patient", claim.clone())
        .await
        .expect(201);
    backend
        .delete("/fhir/StructureDefinition/named")
        .await
        .expect(204);
    backend.post("/fhir/Patient", claim).await.expect(201);
}

#[tokio::test]
async fn validate_tells_of_profiles_asked_for_and_of_better_practice() {
    let (_house, backend) = house(Validation::default()).await;
    let at = "/fhir/Observation/$validate";
    let good = backend.post(at, result()).await.expect(200);
    assert_eq!(errors(&good), []);
    let all = issues(&good);
    assert_eq!(all[0].0, "information");
    assert!(
        all.iter()
            .any(|(severity, _, words)| severity == "warning" && words.contains("dom-6"))
    );
    let mut plain = orphan();
    plain.as_object_mut().unwrap().remove("meta");
    assert_eq!(
        errors(&backend.post(at, plain.clone()).await.expect(200)),
        []
    );
    let asked = format!("{at}?profile={LAB}");
    let found = errors(&backend.post(&asked, plain.clone()).await.expect(200));
    assert_eq!(found.len(), 1, "{found:?}");
    for value in ["valueUri", "valueCanonical"] {
        let parameters = json!({"resourceType": "Parameters", "parameter": [
            {"name": "resource", "resource": plain.clone()},
            {"name": "mode", "valueCode": "profile"},
            {"name": "profile", value: format!("{LAB}|6.1.0")}]});
        let found = errors(&backend.post(at, parameters).await.expect(200));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1.contains("|6.1.0"), "{found:?}");
    }
    let unknown = format!("{at}?profile=http://nobody.example/unknown");
    let reply = backend.post(&unknown, plain).await.expect(200);
    assert_eq!(errors(&reply), []);
    assert!(reply.text().contains("not known here"));
    let mut wrong = result();
    wrong.as_object_mut().unwrap().remove("status");
    let found = errors(&backend.post(at, wrong).await.expect(200));
    assert_eq!(found.len(), 1, "base and profile tell it once: {found:?}");
}

#[tokio::test]
async fn validate_minds_what_is_going_to_be_done() {
    let (_house, backend) = house(Validation::default()).await;
    let id = backend
        .post("/fhir/Observation", result())
        .await
        .expect(201)
        .id();
    let at = format!("/fhir/Observation/{id}/$validate");
    assert_eq!(errors(&backend.get(&at).await.expect(200)), []);
    let mut same = result();
    same["id"] = json!(id);
    let update = format!("{at}?mode=update");
    assert_eq!(
        errors(&backend.post(&update, same.clone()).await.expect(200)),
        []
    );
    let found = errors(&backend.post(&update, result()).await.expect(200));
    assert_eq!(found[0].0, "Observation.id");
    same["id"] = json!("other");
    let found = errors(&backend.post(&update, same).await.expect(200));
    assert_eq!(found[0].0, "Observation.id");
    let create = "/fhir/Observation/$validate?mode=create";
    assert_eq!(
        errors(&backend.post(create, result()).await.expect(200)),
        []
    );
    let reply = backend.get(&format!("{at}?mode=delete")).await.expect(200);
    assert_eq!(errors(&reply), []);
    assert!(reply.text().contains("could be deleted"));
    let gone = backend
        .get("/fhir/Observation/never/$validate?mode=delete")
        .await;
    assert_eq!(errors(&gone.expect(200)).len(), 1);
    let profile = backend
        .get(&format!("{at}?mode=profile&profile={LAB}"))
        .await;
    assert_eq!(errors(&profile.expect(200)), []);
    backend.get(&format!("{at}?mode=profile")).await.expect(400);
    backend.get(&format!("{at}?mode=odd")).await.expect(400);
    backend.get("/fhir/Observation/$validate").await.expect(400);
    let hidden = backend.get("/fhir/Observation/never/$validate").await;
    hidden.expect(404);
}

#[tokio::test]
async fn a_reader_is_told_that_it_could_not_write() {
    let (house, _) = house(Validation::default()).await;
    let reader = house.backend_with("system/*.rs").await;
    let create = "/fhir/Observation/$validate?mode=create";
    let found = errors(&reader.post(create, result()).await.expect(200));
    assert_eq!(found.len(), 1, "{found:?}");
    let at = "/fhir/Observation/$validate";
    assert_eq!(errors(&reader.post(at, result()).await.expect(200)), []);
}

#[tokio::test]
async fn validation_looks_at_what_references_lead_to_as_far_as_the_caller_may() {
    let (_house, backend) = house(Validation::default()).await;
    let path = "/fhir/Observation/$validate";
    let told = |reply: &Reply| {
        let all = issues(reply).into_iter();
        let of_target = all.filter(|(_, place, _)| place == "Observation.subject.reference");
        of_target.collect::<Vec<_>>()
    };
    let reply = backend.post(path, result()).await.expect(200);
    assert!(errors(&reply).is_empty(), "{}", reply.text());
    let [(severity, _, words)] = &told(&reply)[..] else {
        panic!("{}", reply.text());
    };
    assert_eq!(severity, "warning");
    assert!(words.contains("us-core-patient"), "{words}");
    let patient = json!({"resourceType": "Patient", "id": "p", "gender": "female",
        "identifier": [{"system": "urn:s", "value": "1"}], "name": [{"family": "Doe"}]});
    backend.put("/fhir/Patient/p", &patient).await.expect(200);
    let reply = backend.post(path, result()).await.expect(200);
    assert!(told(&reply).is_empty(), "{}", reply.text());
    // Nothing is told of what the caller cannot read, as of what is not there.
    let people = House::with_people().await;
    let narrow = people
        .patient_with("ada", "launch/patient patient/Observation.rs")
        .await;
    let mut of_another = result();
    of_another["subject"]["reference"] = json!("Patient/dan");
    let mut of_nobody = result();
    of_nobody["subject"]["reference"] = json!("Patient/nobody");
    for resource in [of_another, of_nobody] {
        let reply = narrow.post(path, resource).await.expect(200);
        assert!(told(&reply).is_empty(), "{}", reply.text());
    }
}

#[tokio::test]
async fn validate_advises_by_the_extensible_bindings_of_the_standard() {
    let (_house, backend) = house(Validation::default()).await;
    let status = |system: &str, code: &str| {
        json!({"resourceType": "Patient", "maritalStatus": {"coding": [{
            "system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code }]}})
    };
    let told = async |patient: Value| -> Vec<(String, String)> {
        let reply = backend.post("/fhir/Patient/$validate", patient).await;
        let all = issues(&reply.expect(200)).into_iter();
        let all =
            all.filter(|(severity, _, words)| severity == "warning" && words.contains("is n"));
        all.map(|(_, place, words)| (place, words)).collect()
    };
    assert_eq!(told(status("v3-MaritalStatus", "M")).await, []);
    for wrong in [
        status("v3-MaritalStatus", "ZZZ"),
        status("v3-ActCode", "AMB"),
    ] {
        let found = told(wrong).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "Patient.maritalStatus");
    }
    // Advice is no fault.
    let wrong = status("v3-MaritalStatus", "ZZZ");
    backend.post("/fhir/Patient", wrong).await.expect(201);
    // Where a profile has its say, the standard has none: this category is US Core's.
    let us_core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition-problems-health-concerns";
    let category = json!([{ "coding": [{ "code": "health-concern",
        "system": "http://hl7.org/fhir/us/core/CodeSystem/condition-category" }] }]);
    let mut condition = json!({ "resourceType": "Condition", "subject": { "reference": "Patient/x" },
        "code": { "text": "x" }, "category": category });
    let at = "/fhir/Condition/$validate";
    let alone = backend.post(at, condition.clone()).await.expect(200).text();
    assert!(alone.contains("ValueSet/condition-category,"), "{alone}");
    condition["meta"] = json!({ "profile": [us_core] });
    let claimed = backend.post(at, condition).await.expect(200).text();
    assert!(
        !claimed.contains("fhir/ValueSet/condition-category,"),
        "{claimed}"
    );
}

#[tokio::test]
async fn what_ships_of_profiles_and_types_is_found_by_address_and_read() {
    let (_house, backend) = house(Validation::default()).await;
    let found = async |query: &str| {
        let path = format!("/fhir/StructureDefinition?{query}");
        backend.get(&path).await.expect(200).ids(None)
    };
    let patient = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
    assert_eq!(found(&format!("url={patient}")).await.len(), 3);
    let one = found(&format!("url={patient}&version=6.1.0")).await;
    assert_eq!(one, ["6.1.0-us-core-patient"]);
    let path = format!("/fhir/StructureDefinition/{}", one[0]);
    let read = backend.get(&path).await.expect(200).json();
    assert_eq!(
        (&read["url"], &read["version"]),
        (&json!(patient), &json!("6.1.0"))
    );
    let xml = backend
        .with("accept", "application/fhir+xml")
        .get(&path)
        .await;
    assert!(xml.expect(200).text().contains("<StructureDefinition"));
    let of_r4 = "http://hl7.org/fhir/StructureDefinition/Observation";
    assert_eq!(found(&format!("url={of_r4}")).await, ["Observation"]);
    assert!(found("url=http://nobody.example/nothing").await.is_empty());
    // What is stored under an address stands beside what ships.
    let statement = backend.get("/fhir/metadata").await.expect(200).json();
    let profile = &statement["rest"][0]["resource"][0]["profile"];
    let query = format!("url={}", profile.as_str().unwrap());
    assert_eq!(found(&query).await.len(), 1);
}
