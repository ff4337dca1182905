//! What a patient says of apps, people, results and what is private: kept as Consents, weighed at the next request.

use serde_json::{Value, json};
use storage::accounts::Kind;
use storage::clients;

use crate::support::{Caller, House};

const KIND: &str = "https://kinchart.org/fhir/CodeSystem/consent-kind";
const CLIENT: &str = "https://kinchart.org/fhir/NamingSystem/client-id";
pub const BASIS: &str = "https://kinchart.org/fhir/StructureDefinition/consent-basis";
pub const EVERYTHING: &str = "launch/patient patient/*.cruds";

pub async fn put(caller: &Caller, resource: Value) {
    let (of, id) = (&resource["resourceType"], &resource["id"]);
    let path = format!("/fhir/{}/{}", of.as_str().unwrap(), id.as_str().unwrap());
    let reply = caller.put(&path, resource.clone()).await;
    assert!(reply.status.is_success(), "{path} {}", reply.text());
}

/// A Consent of a kind about a patient.
pub fn consent(kind: &str, patient: &str, provision: &Value) -> Value {
    json!({"resourceType": "Consent", "status": "active",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": KIND, "code": kind}]}],
        "patient": {"reference": format!("Patient/{patient}")}, "dateTime": "2026-06-15T16:00:00Z",
        "policyRule": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUT"}]},
        "provision": provision})
}

/// Somebody named in a provision.
fn named(reference: &Value) -> Value {
    json!([{"role": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
        "code": "IRCP"}]}, "reference": reference}])
}

/// dan acts for ada as an adult whom she chose.
pub async fn let_dan_act(house: &House, without_sensitive: bool) {
    let backend = house.backend().await;
    let ada = json!({"reference": "Patient/ada"});
    put(&backend, json!({"resourceType": "RelatedPerson", "id": "dan-for-ada", "active": true, "patient": ada,
        "extension": [{"url": "https://kinchart.org/fhir/StructureDefinition/proxy-relationship", "valueCode": "adult"}],
        "name": [{"text": "Dan Olsen"}]})).await;
    let mut provision = json!({"type": "permit", "actor": named(&json!({"reference": "RelatedPerson/dan-for-ada"}))});
    if without_sensitive {
        provision["provision"] = json!([{"type": "deny", "securityLabel": [{"code": "R"}]}]);
    }
    let mut proxy = consent("proxy", "ada", &provision);
    proxy["id"] = json!("dan-proxy");
    proxy["extension"] = json!([{"url": "https://kinchart.org/fhir/StructureDefinition/proxy-level",
        "valueCode": "full"}]);
    put(&backend, proxy).await;
    put(&backend, json!({"resourceType": "Person", "id": "person-dan", "active": true, "birthDate": "1971-07-30",
        "name": [{"text": "dan"}], "link": [{"target": {"reference": "Patient/dan"}},
        {"target": {"reference": "RelatedPerson/dan-for-ada"}}]})).await;
}

/// An app of somebody else's that ada connected.
pub async fn app_of_ada(house: &House) -> Caller {
    let account = house.account("ada", Kind::Patient).await;
    let client = house.client("outside", clients::Kind::Public, false).await;
    let mut app = consent("app", "ada", &json!({"type": "permit"}));
    app["id"] = json!("ada-app");
    app["extension"] = json!([{"url": "https://kinchart.org/fhir/StructureDefinition/client-id",
        "valueString": "outside"}]);
    put(&house.backend().await, app).await;
    let mut grant = house.grant(&client, EVERYTHING);
    grant.account = Some(account);
    grant.patient = Some("ada".to_owned());
    grant.fhir_user = Some("Patient/ada".to_owned());
    grant.consent = Some("ada-app".to_owned());
    let token = house.token(grant, 3_600).await;
    house.bearer(&token)
}

pub async fn said(ada: &Caller, consent: Value) -> (String, Value) {
    let made = ada.post("/fhir/Consent", consent).await.expect(201).json();
    (made["id"].as_str().unwrap().to_owned(), made)
}

pub async fn taken_back(ada: &Caller, (id, mut consent): (String, Value)) {
    consent["status"] = json!("inactive");
    ada.put(&format!("/fhir/Consent/{id}"), consent)
        .await
        .expect(200);
}

pub async fn status(caller: &Caller, path: &str) -> u16 {
    caller.get(&format!("/fhir/{path}")).await.status.as_u16()
}

#[tokio::test]
async fn a_consent_written_over_fhir_keeps_a_part_of_the_record_from_an_app_at_its_next_request() {
    let house = House::with_people().await;
    let app = app_of_ada(&house).await;
    let ada = house.patient_with("ada", EVERYTHING).await;
    assert_eq!(status(&app, "Observation/ada-glucose").await, 200);
    let actor = named(&json!({"identifier": {"system": CLIENT, "value": "outside"}}));
    let class = json!([{"system": "http://hl7.org/fhir/resource-types", "code": "Observation"}]);
    let denial = consent(
        "app-deny",
        "ada",
        &json!({"type": "deny", "actor": actor, "class": class}),
    );
    // It is not the app's to say, nor to take back.
    app.post("/fhir/Consent", denial.clone()).await.expect(403);
    let kept = said(&ada, denial).await;
    assert_eq!(status(&app, "Observation/ada-glucose").await, 403);
    let found = app
        .get("/fhir/Observation?patient=ada&_total=accurate")
        .await;
    assert_eq!(found.json()["total"], 0);
    assert_eq!(status(&app, "Patient/ada").await, 200);
    assert_eq!(status(&ada, "Observation/ada-glucose").await, 200);
    let mut back = kept.1.clone();
    back["status"] = json!("inactive");
    app.put(&format!("/fhir/Consent/{}", kept.0), back)
        .await
        .expect(403);
    taken_back(&ada, kept).await;
    assert_eq!(status(&app, "Observation/ada-glucose").await, 200);
    // For a time, of one app or of every one.
    let period = json!({"start": "2026-06-16T16:00:00Z", "end": "2026-06-17T16:00:00Z"});
    said(
        &ada,
        consent(
            "app-deny",
            "ada",
            &json!({"type": "deny", "period": period}),
        ),
    )
    .await;
    assert_eq!(status(&app, "Observation/ada-glucose").await, 200);
    house.move_clock("2026-06-16T16:00:00Z");
    let app = app_of_ada(&house).await;
    assert_eq!(status(&app, "Observation/ada-glucose").await, 403);
    house.move_clock("2026-06-17T16:00:00Z");
    let app = app_of_ada(&house).await;
    assert_eq!(status(&app, "Observation/ada-glucose").await, 200);
}

#[tokio::test]
async fn a_person_named_in_a_consent_sees_none_of_what_it_says() {
    let house = House::with_people().await;
    let_dan_act(&house, false).await;
    let dan = house.proxy_of("dan", "ada").await;
    let ada = house.patient_with("ada", EVERYTHING).await;
    assert_eq!(status(&dan, "Observation/ada-glucose").await, 200);
    let class = json!([{"system": "http://hl7.org/fhir/resource-types", "code": "Observation"}]);
    let other = named(&json!({"reference": "RelatedPerson/ada-for-ben"}));
    put(&house.backend().await, {
        let mut other = consent(
            "person-deny",
            "ada",
            &json!({"type": "deny", "actor": other}),
        );
        other["id"] = json!("other");
        other
    })
    .await;
    assert_eq!(status(&dan, "Observation/ada-glucose").await, 200);
    let actor = named(&json!({"reference": "RelatedPerson/dan-for-ada"}));
    let denial = consent(
        "person-deny",
        "ada",
        &json!({"type": "deny", "actor": actor, "class": class}),
    );
    // Whoever acts for somebody does not shut others out.
    let writes = house.proxy_with("dan", "ada", EVERYTHING).await.0;
    writes
        .post("/fhir/Consent", denial.clone())
        .await
        .expect(403);
    let kept = said(&ada, denial).await;
    let hidden = dan.get("/fhir/Observation/ada-glucose").await.expect(404);
    let absent = dan.get("/fhir/Observation/ada-nothing").await.expect(404);
    assert_eq!(
        hidden.text().replace("ada-glucose", "ada-nothing"),
        absent.text()
    );
    assert_eq!(status(&dan, "RelatedPerson/dan-for-ada").await, 200);
    taken_back(&ada, kept).await;
    assert_eq!(status(&dan, "Observation/ada-glucose").await, 200);
}

#[tokio::test]
async fn a_member_of_staff_named_in_a_consent_is_shut_out_but_in_an_emergency() {
    let house = House::with_people().await;
    let staff = house.clinician().await;
    assert_eq!(status(&staff, "Observation/ada-glucose").await, 200);
    let actor = named(&json!({"reference": "Practitioner/dr-wu"}));
    let mut denial = consent(
        "person-deny",
        "ada",
        &json!({"type": "deny", "actor": actor}),
    );
    denial["id"] = json!("not-wu");
    put(&house.backend().await, denial).await;
    assert_eq!(status(&staff, "Observation/ada-glucose").await, 403);
    let found = staff
        .get("/fhir/Observation?subject=Patient/ada&_total=accurate")
        .await;
    assert_eq!(found.json()["total"], 0);
    // An emergency opens it all the same, and is reviewed.
    let declared = json!({"resourceType": "Parameters", "parameter": [
        {"name": "reason", "valueCode": "emergency-treatment"},
        {"name": "text", "valueString": "Found unconscious, on many medicines."}]});
    let opened = staff.post("/fhir/Patient/ada/$break-glass", declared).await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    assert_eq!(status(&staff, "Observation/ada-glucose").await, 200);
}

fn mark() -> Value {
    json!({"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"security": [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PRS"}]}}]})
}

#[tokio::test]
async fn what_a_patient_marks_private_is_for_them_and_who_treats_them() {
    let house = House::with_people().await;
    let_dan_act(&house, false).await;
    let (ada, dan) = (
        house.patient_with("ada", EVERYTHING).await,
        house.proxy_with("dan", "ada", EVERYTHING).await.0,
    );
    let (app, staff) = (app_of_ada(&house).await, house.clinician().await);
    let backend = house.backend().await;
    put(
        &backend,
        json!({"resourceType": "DiagnosticReport", "id": "ada-report", "status": "final",
        "subject": {"reference": "Patient/ada"}, "code": {"text": "Panel"},
        "result": [{"reference": "Observation/ada-glucose"}]}),
    )
    .await;
    let path = "/fhir/Observation/ada-glucose";
    dan.post(&format!("{path}/$meta-add"), mark())
        .await
        .expect(403);
    // Nothing else is a patient's to label.
    let mut other = mark();
    other["parameter"][0]["valueMeta"]["security"][0]["code"] = json!("HIV");
    ada.post(&format!("{path}/$meta-add"), other)
        .await
        .expect(403);
    ada.post("/fhir/Patient/ada/$meta-add", mark())
        .await
        .expect(422);
    ada.post("/fhir/Observation/dan-glucose/$meta-add", mark())
        .await
        .expect(404);
    let marked = ada
        .post(&format!("{path}/$meta-add"), mark())
        .await
        .expect(200);
    assert!(marked.text().contains("PRS"), "{}", marked.text());
    for (caller, expected) in [(&ada, 200), (&staff, 200), (&dan, 404), (&app, 403)] {
        for thing in ["Observation/ada-glucose", "DiagnosticReport/ada-report"] {
            assert_eq!(status(caller, thing).await, expected, "{thing}");
        }
    }
    let found = dan
        .get("/fhir/Observation?patient=ada&_total=accurate")
        .await;
    assert_eq!(found.json()["total"], 2);
    ada.post(&format!("{path}/$meta-delete"), mark())
        .await
        .expect(200);
    for caller in [&dan, &app] {
        assert_eq!(status(caller, "DiagnosticReport/ada-report").await, 200);
    }
}

#[tokio::test]
async fn a_minor_lets_one_parent_see_what_was_confidential_and_takes_it_back() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    put(&backend, json!({"resourceType": "CareTeam", "id": "ben-team", "status": "active",
        "subject": {"reference": "Patient/ben"}, "participant": [{"member": {"reference": "Practitioner/dr-wu"}}]})).await;
    put(&backend, json!({"resourceType": "Encounter", "id": "v", "status": "finished", "class": {"code": "AMB"},
        "subject": {"reference": "Patient/ben"}, "extension": [{"url": BASIS, "valueCode": "minor:19a-14c"}]})).await;
    let (mother, staff) = (
        house.proxy_with("ada", "ben", EVERYTHING).await.0,
        house.clinician().await,
    );
    assert_eq!(status(&mother, "Encounter/v").await, 404);
    let path = "/fhir/Patient/ben/$minor-release";
    let ask = |more: Value| {
        let mut all = vec![
            json!({"name": "person", "valueReference": {"reference": "RelatedPerson/ada-for-ben"}}),
        ];
        all.extend(more.as_array().unwrap().iter().cloned());
        json!({"resourceType": "Parameters", "parameter": all})
    };
    mother.post(path, ask(json!([]))).await.expect(403);
    staff
        .post("/fhir/Patient/dan/$minor-release", ask(json!([])))
        .await
        .expect(403);
    let wrong = json!({"resourceType": "Parameters", "parameter": [
        {"name": "person", "valueReference": {"reference": "RelatedPerson/ada-for-cleo"}}]});
    staff.post(path, wrong).await.expect(422);
    staff
        .post(
            path,
            ask(json!([{"name": "until", "valueDateTime": "2020-01-01"}])),
        )
        .await
        .expect(422);
    let made = staff.post(path, ask(json!([]))).await.expect(200).json();
    assert_eq!(status(&mother, "Encounter/v").await, 200);
    // Whose word it was, and who wrote it down, is in the record.
    let consent = made["parameter"][0]["valueReference"]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let consent = backend.get(&format!("/fhir/{consent}")).await.json();
    assert_eq!(consent["performer"][0]["reference"], "Patient/ben");
    assert_eq!(consent["verification"][0]["verified"], true);
    let ended = staff
        .post(
            path,
            ask(json!([{"name": "withdraw", "valueBoolean": true}])),
        )
        .await
        .expect(200);
    assert_eq!(ended.json()["parameter"][0]["valueInteger"], 1);
    assert_eq!(status(&mother, "Encounter/v").await, 404);
}

#[tokio::test]
async fn a_teenager_with_an_account_decides_what_is_released_to_whom() {
    let house = House::under("ct-exemplar").await;
    house.fill().await;
    let backend = house.backend().await;
    put(&backend, json!({"resourceType": "Immunization", "id": "shot", "status": "completed",
        "patient": {"reference": "Patient/cleo"}, "vaccineCode": {"text": "HPV"}, "occurrenceDateTime": "2026-06-01",
        "extension": [{"url": BASIS, "valueCode": "minor:19a-216"}]})).await;
    put(&backend, json!({"resourceType": "Immunization", "id": "flu", "status": "completed",
        "patient": {"reference": "Patient/cleo"}, "vaccineCode": {"text": "Flu"}, "occurrenceDateTime": "2026-06-01"})).await;
    let mother = house.proxy_of("ada", "cleo").await;
    let cleo = house.patient_with("cleo", EVERYTHING).await;
    assert_eq!(
        (
            status(&mother, "Immunization/shot").await,
            status(&mother, "Immunization/flu").await
        ),
        (404, 200)
    );
    let leave = json!({"resourceType": "Parameters", "parameter": [{"name": "type", "valueCode": "Immunization"}]});
    cleo.post("/fhir/Patient/cleo/$minor-release", leave)
        .await
        .expect(200);
    assert_eq!(status(&mother, "Immunization/shot").await, 200);
    let back = json!({"resourceType": "Parameters", "parameter": [{"name": "withdraw", "valueBoolean": true}]});
    cleo.post("/fhir/Patient/cleo/$minor-release", back)
        .await
        .expect(200);
    assert_eq!(status(&mother, "Immunization/shot").await, 404);
    // What a teenager marks private a parent sees no more; shutting a parent out altogether is not theirs to say.
    cleo.post("/fhir/Immunization/flu/$meta-add", mark())
        .await
        .expect(200);
    assert_eq!(status(&mother, "Immunization/flu").await, 404);
    cleo.post("/fhir/Immunization/flu/$meta-delete", mark())
        .await
        .expect(200);
    said(
        &cleo,
        consent("person-deny", "cleo", &json!({"type": "deny"})),
    )
    .await;
    assert_eq!(status(&mother, "Immunization/flu").await, 200);
}

#[tokio::test]
async fn a_receipt_is_signed_with_a_published_key_and_is_only_for_who_may_read_the_consent() {
    let house = House::with_people().await;
    let_dan_act(&house, false).await;
    app_of_ada(&house).await;
    let ada = house.patient("ada").await;
    for (id, word) in [
        ("ada-app", "An app may use this record."),
        ("dan-proxy", "Somebody may act for the patient."),
    ] {
        let answer = ada
            .get(&format!("/fhir/Consent/{id}/$consent-receipt"))
            .await
            .expect(200)
            .json();
        let receipt = answer["parameter"][0]["valueString"]
            .as_str()
            .unwrap()
            .to_owned();
        let (claims, kid) = smart::receipt::read(&receipt).unwrap();
        assert_eq!(claims.says[0], word);
        assert_eq!(claims.sub, "Patient/ada");
        assert!(
            claims.jti.starts_with(&format!("Consent/{id}/_history/")),
            "{}",
            claims.jti
        );
        assert_eq!(claims.consent["id"], *id);
        let keys = house.anonymous().get("/.well-known/jwks.json").await.json();
        let keys = keys["keys"].as_array().unwrap().clone();
        let published = keys.iter().find(|key| key["kid"] == *kid).unwrap();
        // By the published key, not only by the one the receipt brings along.
        let key: jsonwebtoken::jwk::Jwk = serde_json::from_value(published.clone()).unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.validate_aud = false;
        jsonwebtoken::decode::<Value>(&receipt, &key, &rules).unwrap();
    }
    let dan = house.patient("dan").await;
    dan.get("/fhir/Consent/ada-app/$consent-receipt")
        .await
        .expect(404);
}
