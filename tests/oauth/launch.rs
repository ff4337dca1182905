//! EHR launches: a handle for one app, one person and a short time, and what the app learns of it.

use serde_json::{Value, json};
use smart::scope::Scopes;
use storage::accounts::Kind;

use crate::support::{BASE, Caller, House, Launch, SECRET, code_form, query_of};

const ASKED: &str = "launch openid fhirUser user/*.rs";

fn parameters(pairs: &[(&str, &str, Value)]) -> Value {
    let all: Vec<Value> = pairs
        .iter()
        .map(|(name, member, value)| json!({"name": name, *member: value}))
        .collect();
    json!({"resourceType": "Parameters", "parameter": all})
}

fn value(answer: &Value, name: &str) -> String {
    let all = answer["parameter"].as_array().unwrap();
    let one = all.iter().find(|one| one["name"] == name);
    let one = one.unwrap_or_else(|| panic!("{name}: {answer}"));
    let members = one.as_object().unwrap();
    let (_, value) = members
        .iter()
        .find(|(n, _)| n.starts_with("value"))
        .unwrap();
    value.as_str().unwrap().to_owned()
}

/// A house with an app to open, a visit of ada's and a doctor who may see it.
async fn house() -> (House, Caller) {
    let house = House::with_apps().await;
    let clients = house.storage.clients();
    let mut app = clients.find("confidential-app").await.unwrap().unwrap();
    app.scopes = format!("{} launch patient/*.rs", ASKED);
    app.launch_uri = Some("http://127.0.0.1:8765/launch?site=1".to_owned());
    clients.save(&app).await.unwrap();
    let visit = |id: &str, patient: &str| {
        json!({
            "resourceType": "Encounter", "id": id, "status": "in-progress",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [{"text": "Office visit"}],
            "subject": {"reference": format!("Patient/{patient}")},
        })
    };
    let backend = house.backend().await;
    for (id, patient) in [("visit", "ada"), ("other", "ben")] {
        let path = format!("/fhir/Encounter/{id}");
        backend.put(&path, &visit(id, patient)).await.expect(201);
    }
    let doctor = house.clinician().await;
    (house, doctor)
}

async fn handle(doctor: &Caller) -> String {
    let asked = parameters(&[
        ("client", "valueString", json!("confidential-app")),
        ("encounter", "valueId", json!("visit")),
        ("intent", "valueString", json!("reconcile-medications")),
        ("need-patient-banner", "valueBoolean", json!(false)),
    ]);
    let path = "/fhir/Patient/ada/$launch";
    value(
        &doctor.post(path, &asked).await.expect(200).json(),
        "launch",
    )
}

fn launch(handle: &str) -> Launch {
    Launch {
        more: format!("&launch={handle}"),
        ..Launch::of("confidential-app", ASKED)
    }
}

/// Where the authorize endpoint sends the browser.
async fn begin(house: &House, launch: &Launch) -> String {
    let path = format!("/oauth2/authorize?{}", launch.query());
    let reply = house.anonymous().get(&path).await.expect(303);
    reply.header("location").to_owned()
}

async fn approve(house: &House, request: &str, account: &str) -> Result<String, String> {
    let account = house.storage.accounts().find(account).await.unwrap();
    let chosen = Scopes::parse(ASKED);
    oauth::issue::approve(
        &house.web,
        request,
        oauth::issue::Approval {
            account: &account.unwrap(),
            signed_in_at: house.now(),
            session: None,
            patient: Some("ben"),
            encounter: None,
            without: Vec::new(),
            chosen: &chosen,
        },
    )
    .await
    .map_err(|fault| format!("{fault:?}"))
}

async fn tokens(house: &House, handle: &str) -> Value {
    let page = begin(house, &launch(handle)).await;
    let request = query_of(&page)["request"].clone();
    let back = approve(house, &request, "account-dr-wu").await.unwrap();
    let code = query_of(&back)["code"].clone();
    let form = code_form(&code);
    let reply = house.exchange("confidential-app", Some(SECRET), &form);
    reply.await.expect(200).json()
}

#[tokio::test]
async fn an_app_opened_from_a_chart_learns_whose_and_why() {
    let (house, doctor) = house().await;
    let asked = parameters(&[
        ("client", "valueString", json!("confidential-app")),
        ("encounter", "valueId", json!("visit")),
    ]);
    let path = "/fhir/Patient/ada/$launch";
    let answer = doctor.post(path, &asked).await.expect(200).json();
    assert_eq!(value(&answer, "iss"), format!("{BASE}/fhir"));
    let url = value(&answer, "url");
    assert!(
        url.starts_with("http://127.0.0.1:8765/launch?site=1&iss="),
        "{url}"
    );
    assert_eq!(query_of(&url)["launch"], value(&answer, "launch"));

    let token = tokens(&house, &handle(&doctor).await).await;
    assert_eq!(token["scope"], ASKED);
    assert_eq!(token["patient"], "ada");
    assert_eq!(token["encounter"], "visit");
    assert_eq!(token["intent"], "reconcile-medications");
    assert_eq!(token["need_patient_banner"], false);
    let style = house.anonymous().with("origin", "https://app.example");
    let style = style
        .get(
            token["smart_style_url"]
                .as_str()
                .unwrap()
                .strip_prefix(BASE)
                .unwrap(),
        )
        .await
        .expect(200);
    assert_eq!(style.header("access-control-allow-origin"), "*");
    assert!(style.json()["color_text"].is_string());
    let app = house.bearer(token["access_token"].as_str().unwrap());
    for path in ["Patient/ada", "Encounter/visit", "Practitioner/dr-wu"] {
        app.get(&format!("/fhir/{path}")).await.expect(200);
    }
    let consents = house.backend().await.get("/fhir/Consent?patient=ada").await;
    assert!(!consents.text().contains("confidential-app"));
}

#[tokio::test]
async fn other_resources_in_context_go_along_and_stay_at_refresh() {
    let (house, doctor) = house().await;
    let item = |parts: Value| json!({"name": "fhirContext", "part": parts});
    let mut asked = parameters(&[("client", "valueString", json!("confidential-app"))]);
    let list = asked["parameter"].as_array_mut().unwrap();
    list.push(item(json!([
        {"name": "reference", "valueString": "ImagingStudy/1"},
        {"name": "role", "valueUri": "https://example.org/role"},
    ])));
    list.push(item(json!([
        {"name": "identifier", "valueIdentifier": {"system": "urn:x", "value": "1"}},
        {"name": "type", "valueCode": "ImagingStudy"},
    ])));
    let path = "/fhir/Patient/ada/$launch";
    let answer = doctor.post(path, &asked).await.expect(200).json();
    let token = tokens(&house, &value(&answer, "launch")).await;
    assert_eq!(
        token["fhirContext"],
        json!([
            {"reference": "ImagingStudy/1", "role": "https://example.org/role"},
            {"identifier": {"system": "urn:x", "value": "1"}, "type": "ImagingStudy"},
        ])
    );
    assert_eq!(token["need_patient_banner"], true);
    assert!(token.get("encounter").is_none());
    let form = [("token", token["access_token"].as_str().unwrap())];
    let told = house
        .client_post(
            "/oauth2/introspect",
            "confidential-app",
            Some(SECRET),
            &form,
        )
        .await
        .expect(200)
        .json();
    assert_eq!(told["fhirContext"], token["fhirContext"]);
    assert_eq!(told["patient"], "ada");
}

#[tokio::test]
async fn a_handle_is_for_one_app_one_person_and_once() {
    let (house, doctor) = house().await;
    let one = handle(&doctor).await;
    let mut other_app = launch(&one);
    other_app.client = "public-app";
    let clients = house.storage.clients();
    let mut app = clients.find("public-app").await.unwrap().unwrap();
    app.scopes = ASKED.to_owned();
    clients.save(&app).await.unwrap();
    for refused in [other_app, launch("made-up")] {
        let back = begin(&house, &refused).await;
        assert_eq!(query_of(&back)["error"], "invalid_request", "{back}");
        assert_eq!(query_of(&back)["state"], "s-1 &");
    }
    house.account("ada", Kind::Patient).await;
    let request = query_of(&begin(&house, &launch(&one)).await)["request"].clone();
    let again = query_of(&begin(&house, &launch(&one)).await)["request"].clone();
    let fault = approve(&house, &request, "account-ada").await.unwrap_err();
    assert_eq!(fault, "OtherPerson");
    approve(&house, &request, "account-dr-wu").await.unwrap();
    let fault = approve(&house, &again, "account-dr-wu").await.unwrap_err();
    assert_eq!(fault, "Gone");
    let back = begin(&house, &launch(&one)).await;
    assert_eq!(query_of(&back)["error"], "invalid_request");

    let late = handle(&doctor).await;
    house.clock.advance_seconds(301);
    let back = begin(&house, &launch(&late)).await;
    assert_eq!(query_of(&back)["error"], "invalid_request");
}

#[tokio::test]
async fn nobody_opens_an_app_in_a_chart_they_cannot_read() {
    let (house, doctor) = house().await;
    let asked = |encounter: &str| {
        parameters(&[
            ("client", "valueString", json!("confidential-app")),
            ("encounter", "valueId", json!(encounter)),
        ])
    };
    let post = async |caller: &Caller, path: &str, body: &Value| {
        caller.post(path, body).await.status.as_u16()
    };
    let ada = "/fhir/Patient/ada/$launch";
    assert_eq!(post(&doctor, ada, &asked("other")).await, 403);
    assert_eq!(post(&doctor, ada, &asked("nowhere")).await, 404);
    assert_eq!(
        post(&doctor, "/fhir/Patient/no/$launch", &asked("visit")).await,
        404
    );
    let dan = house.patient("dan").await;
    assert_eq!(post(&dan, ada, &asked("visit")).await, 404);
    assert_eq!(post(&dan, "/fhir/$launch", &asked("visit")).await, 404);
    let backend = house.backend().await;
    assert_eq!(post(&backend, ada, &asked("visit")).await, 403);
    let narrow = house.patient_with("ada", "patient/Observation.rs").await;
    assert_eq!(post(&narrow, ada, &asked("visit")).await, 403);
    // The patient opens an app in their own chart, the visit alone says whose.
    let own = house.patient("ada").await;
    let answer = own.post("/fhir/$launch", &asked("visit")).await.expect(200);
    assert!(!value(&answer.json(), "launch").is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_launch_is_named() {
    let (_house, doctor) = house().await;
    let ada = "/fhir/Patient/ada/$launch";
    let client = ("client", "valueString", json!("confidential-app"));
    let long = "x".repeat(300);
    for (more, place) in [
        (vec![], "client"),
        (vec![("client", "valueString", json!("portal"))], "client"),
        (
            vec![client.clone(), ("intent", "valueString", json!(long))],
            "intent",
        ),
        (
            vec![client.clone(), ("patient", "valueId", json!("ben"))],
            "patient",
        ),
        (
            vec![client.clone(), ("style", "valueString", json!("x"))],
            "style",
        ),
    ] {
        let reply = doctor.post(ada, &parameters(&more)).await.expect(400);
        assert!(reply.text().contains(place), "{place}: {}", reply.text());
    }
    let mut asked = parameters(&[client]);
    let item = json!({"name": "fhirContext", "part": [
        {"name": "reference", "valueString": "Patient/ada"}]});
    asked["parameter"].as_array_mut().unwrap().push(item);
    let reply = doctor.post(ada, &asked).await.expect(400);
    assert!(reply.text().contains("fhirContext"), "{}", reply.text());
    doctor.get(ada).await.expect(405);
}

#[tokio::test]
async fn the_apps_that_can_be_opened_are_listed_for_people() {
    let (house, doctor) = house().await;
    let path = "/fhir/$launchable-apps";
    let listed = doctor.get(path).await.expect(200).json();
    assert_eq!(
        listed["parameter"],
        json!([{"name": "app", "part": [
            {"name": "client", "valueString": "confidential-app"},
            {"name": "name", "valueString": "confidential-app"},
            {"name": "url", "valueUrl": "http://127.0.0.1:8765/launch?site=1"},
        ]}])
    );
    house.backend().await.get(path).await.expect(403);
    for id in ["Patient-launch", "launchable-apps"] {
        let path = format!("/fhir/OperationDefinition/{id}");
        doctor.get(&path).await.expect(200);
    }
}
