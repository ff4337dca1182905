//! search of the whole system, of compartments, and of lists.

use crate::support::{Caller, House};
use serde_json::{Value, json};

async fn put(backend: &Caller, resource: Value) {
    let name = resource["resourceType"].as_str().unwrap();
    let path = format!("/fhir/{name}/{}", resource["id"].as_str().unwrap());
    let reply = backend.put(&path, &resource).await;
    assert_eq!(reply.status, 201, "{}", reply.text());
}

fn encounter(id: &str, patient: &str) -> Value {
    json!({ "resourceType": "Encounter", "id": id, "status": "finished",
        "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB" },
        "subject": { "reference": format!("Patient/{patient}") } })
}

async fn sorted(caller: &Caller, path: &str) -> Vec<String> {
    let mut ids = caller.get(path).await.expect(200).ids(None);
    ids.sort();
    ids
}

#[tokio::test]
async fn one_search_goes_over_several_types_in_pages() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let all = sorted(&backend, "/fhir?_type=Patient,Observation&_count=100").await;
    assert_eq!(all.len(), 16);
    for order in ["", "&_sort=-_lastUpdated", "&_sort=_id"] {
        let mut found = Vec::new();
        let mut next = Some(format!("/fhir?_type=Patient,Observation&_count=3{order}"));
        while let Some(page) = next {
            let reply = backend.get(&page).await.expect(200);
            assert_eq!(reply.json()["total"], 16);
            found.extend(reply.ids(Some("match")));
            next = reply.link("next");
        }
        found.sort();
        assert_eq!(found, all, "{order}");
    }
    let form = "_type=Patient%2CObservation&_id=ada,ada-sodium";
    let reply = backend.post_form("/fhir/_search", form).await.expect(200);
    assert_eq!(reply.ids(None).len(), 2);
    let both = sorted(&backend, "/fhir?_id=ada,ada-sodium&_total=accurate").await;
    assert_eq!(both, ["ada", "ada-sodium"]);
    let count = backend
        .get("/fhir?_type=Patient,Observation&_summary=count")
        .await;
    assert_eq!(count.expect(200).json()["total"], 16);
    let include = "/fhir?_type=Observation,Encounter&_id=ada-sodium&_include=Observation:subject";
    assert_eq!(sorted(&backend, include).await, ["ada", "ada-sodium"]);
}

#[tokio::test]
async fn only_what_all_types_know_can_be_asked_of_all() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    for path in [
        "/fhir?_type=Patient,Observation&family=x",
        "/fhir?family=x",
        "/fhir?_type=Nope",
        "/fhir?_type=Patient&_cursor=x",
    ] {
        backend.get(path).await.expect(400);
    }
    let date = sorted(&backend, "/fhir?_type=Observation,CareTeam&patient=ada").await;
    assert_eq!(
        date,
        ["ada-glucose", "ada-sodium", "ada-team", "ada-weight"]
    );
}

#[tokio::test]
async fn a_search_of_everything_finds_ones_own_record_only() {
    let house = House::with_people().await;
    let dan = house.patient("dan").await;
    let reply = dan
        .get("/fhir?_count=200&_total=accurate")
        .await
        .expect(200);
    assert!(!reply.text().contains("Patient/ada"));
    assert!(reply.ids(None).contains(&"dan-sodium".to_owned()));
    assert_eq!(reply.json()["total"], reply.ids(None).len());
    let narrow = house.patient_with("dan", "patient/Observation.rs").await;
    let found = sorted(&narrow, "/fhir?_count=200").await;
    assert_eq!(found, ["dan-glucose", "dan-sodium", "dan-weight"]);
    narrow.get("/fhir?_type=Patient").await.expect(403);
}

#[tokio::test]
async fn a_compartment_holds_what_is_about_its_resource() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    put(&backend, encounter("e", "ada")).await;
    let about = json!({ "resourceType": "Observation", "id": "in-e", "status": "final",
        "code": { "text": "x" }, "subject": { "reference": "Patient/ada" },
        "encounter": { "reference": "Encounter/e" },
        "performer": [{ "reference": "Practitioner/dr-wu" }] });
    put(&backend, about).await;
    let ada = house.patient("ada").await;
    let path = "/fhir/Patient/ada/Observation";
    let four = ["ada-glucose", "ada-sodium", "ada-weight", "in-e"];
    assert_eq!(sorted(&ada, path).await, four);
    assert_eq!(sorted(&backend, path).await, four);
    let one = format!("{path}?code=2345-7");
    assert_eq!(sorted(&ada, &one).await, ["ada-glucose"]);
    let posted = ada
        .post_form(&format!("{path}/_search"), "code=2345-7")
        .await;
    assert_eq!(posted.expect(200).ids(None), ["ada-glucose"]);
    let all = sorted(&backend, "/fhir/Patient/ada/*?_type=Patient,Encounter").await;
    assert_eq!(all, ["ada", "e"]);
    let all = sorted(&backend, "/fhir/Patient/ada/*?_count=100").await;
    assert!(all.contains(&"ada-team".to_owned()) && all.contains(&"e".to_owned()));
    assert_eq!(sorted(&backend, "/fhir/Encounter/e/*").await, ["e", "in-e"]);
    let seen = sorted(&backend, "/fhir/Practitioner/dr-wu/Observation").await;
    assert_eq!(seen, ["in-e"]);
    let mut found = Vec::new();
    let mut next = Some("/fhir/Patient/ada/*?_count=2".to_owned());
    while let Some(page) = next {
        let reply = backend.get(&page).await.expect(200);
        assert!(reply.link("self").unwrap().contains("/Patient/ada/*"));
        found.extend(reply.ids(Some("match")));
        next = reply.link("next");
    }
    found.sort();
    assert_eq!(found, all);
}

#[tokio::test]
async fn a_hidden_compartment_is_an_absent_one() {
    let house = House::with_people().await;
    let dan = house.patient("dan").await;
    for member in [
        "Observation",
        "*",
        "*?_type=Observation",
        "Observation?code=x",
    ] {
        let hidden = dan.get(&format!("/fhir/Patient/ada/{member}")).await;
        let absent = dan.get(&format!("/fhir/Patient/nobody/{member}")).await;
        assert_eq!(hidden.expect(404).text(), absent.expect(404).text());
    }
    let backend = house.backend().await;
    put(&backend, encounter("e", "ada")).await;
    put(&backend, encounter("gone", "dan")).await;
    backend.delete("/fhir/Encounter/gone").await.expect(204);
    let hidden = dan.get("/fhir/Encounter/e/*").await.expect(404).text();
    let gone = dan.get("/fhir/Encounter/gone/*").await.expect(404).text();
    assert_eq!(hidden, gone);
    dan.get("/fhir/Patient/dan/Location").await.expect(400);
    dan.get("/fhir/Patient/dan/Nope").await.expect(404);
    dan.get("/fhir/Observation/dan-sodium/*").await.expect(400);
    dan.get("/fhir/Patient/dan/*?_type=Location")
        .await
        .expect(400);
}

#[tokio::test]
async fn a_list_shows_its_items_to_who_may_read_it() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let item = |name: &str| json!({ "item": { "reference": name } });
    let mut removed = item("Observation/ada-weight");
    removed["deleted"] = json!(true);
    let list = |id: &str, patient: &str| {
        json!({ "resourceType": "List", "id": id, "status": "current", "mode": "changes",
            "subject": { "reference": format!("Patient/{patient}") },
            "entry": [item("Observation/ada-sodium"), item("Observation/dan-sodium"),
                      item("Patient/ada"), removed] })
    };
    put(&backend, list("of-ada", "ada")).await;
    let ada = house.patient("ada").await;
    let dan = house.patient("dan").await;
    let path = "/fhir/Observation?_list=of-ada";
    assert_eq!(sorted(&backend, path).await, ["ada-sodium", "dan-sodium"]);
    assert_eq!(sorted(&ada, path).await, ["ada-sodium"]);
    assert_eq!(sorted(&ada, "/fhir/Patient?_list=of-ada").await, ["ada"]);
    // Dan may read one of the items, but not the list.
    let hidden = dan.get(path).await.expect(200);
    let absent = dan.get("/fhir/Observation?_list=nothing").await.expect(200);
    assert_eq!(hidden.ids(None), absent.ids(None));
    assert_eq!(hidden.json()["total"], 0);
    ada.get("/fhir/Observation?_list=$current-problems")
        .await
        .expect(400);
}

#[tokio::test]
async fn a_bundle_may_ask_across_types() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    for kind in ["batch", "transaction"] {
        let urls = [
            "?_type=Patient&_id=ada",
            "Patient/_history",
            "_history?_type=Flag",
            "Patient/ada/Observation",
        ];
        let entries = urls.map(|url| json!({ "request": { "method": "GET", "url": url } }));
        let bundle = json!({ "resourceType": "Bundle", "type": kind, "entry": entries });
        let reply = backend.post("/fhir", &bundle).await.expect(200).json();
        let types = ["searchset", "history", "history", "searchset"];
        for (at, wanted) in types.iter().enumerate() {
            assert_eq!(
                reply["entry"][at]["resource"]["type"], *wanted,
                "{kind} {at}"
            );
        }
        let found = &reply["entry"][3]["resource"]["total"];
        assert_eq!(found, 3);
    }
}

#[tokio::test]
async fn words_find_what_one_may_see_with_how_well_it_fits() {
    let house = House::with_people().await;
    let backend = house.backend().await;
    let note = |id: &str, patient: &str, text: &str| {
        json!({ "resourceType": "Observation", "id": id, "status": "final",
            "code": { "text": text }, "subject": { "reference": format!("Patient/{patient}") } })
    };
    put(&backend, note("one", "ada", "Chronic quagmire of the knee")).await;
    put(&backend, note("two", "dan", "Quagmire")).await;
    let path = "/fhir/Observation?_content=quagmire";
    let reply = backend.get(path).await.expect(200).json();
    assert_eq!(reply["total"], 2);
    for entry in reply["entry"].as_array().unwrap() {
        let score = entry["search"]["score"].as_f64().unwrap();
        assert!(score > 0.0 && score < 1.0);
    }
    let dan = house.patient("dan").await;
    assert_eq!(dan.get(path).await.expect(200).ids(None), ["two"]);
    let hidden = dan.get("/fhir/Observation?_content=chronic").await;
    let absent = dan.get("/fhir/Observation?_content=nowhere").await;
    assert_eq!(
        hidden.expect(200).json()["total"],
        absent.expect(200).json()["total"]
    );
    let across = "/fhir?_type=Patient,Observation&_content=quagmire&_sort=-_score";
    assert_eq!(sorted(&backend, across).await, ["one", "two"]);
    assert_eq!(
        sorted(&backend, "/fhir/Observation?_content=Quagmire%20-knee").await,
        ["two"]
    );
    for odd in [
        "_content=",
        "_text=(a",
        "_content=...",
        "_sort=_score",
        "_text:exact=a",
    ] {
        backend
            .get(&format!("/fhir/Observation?{odd}"))
            .await
            .expect(400);
    }
}

/// What an answer says was left out of it: its issues of that kind.
fn left_out(reply: &crate::support::Reply) -> Vec<String> {
    let json = reply.json();
    let entries = json["entry"].as_array().cloned().unwrap_or_default();
    let outcomes = entries
        .iter()
        .filter(|one| one["search"]["mode"] == "outcome");
    let issues = outcomes.flat_map(|one| {
        one["resource"]["issue"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    });
    let issues =
        issues.filter(|one| one["code"] == "suppressed" && one["severity"] == "information");
    issues
        .map(|one| one["diagnostics"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn an_answer_says_so_where_scopes_reach_only_a_part_of_it() {
    let house = House::with_people().await;
    let everywhere = [
        "/fhir?_count=200",
        "/fhir/Patient/dan/*",
        "/fhir/Patient/dan/$everything",
    ];
    let narrow = "patient/Patient.rs patient/Observation.rs";
    let narrow = house.patient_with("dan", narrow).await;
    let whole = house.patient("dan").await;
    for path in everywhere {
        let said = left_out(&narrow.get(path).await.expect(200));
        assert_eq!(said.len(), 1, "{path}");
        assert!(
            said[0].ends_with("reach no other: Observation, Patient"),
            "{path}: {said:?}"
        );
        assert_eq!(
            left_out(&whole.get(path).await.expect(200)),
            [""; 0],
            "{path}"
        );
    }
    // Whoever names the types is refused those that are not reached, or told nothing.
    let named = "/fhir/Patient/dan/$everything?_type=Observation";
    assert_eq!(left_out(&narrow.get(named).await.expect(200)), [""; 0]);
    let named = "/fhir/Patient/dan/$everything?_type=Observation,Condition";
    assert_eq!(left_out(&narrow.get(named).await.expect(200)).len(), 1);
}
