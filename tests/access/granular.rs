//! Scopes for a part of a type, and for one act alone, at every door: what lies outside is neither
//! shown, counted, found by, brought along, written nor turned into.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Caller, House, Reply};

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const NOTE: &str = "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category";
/// Everything the tests look up besides Observations.
const REST: &str = "patient/Patient.rs patient/DiagnosticReport.rs patient/DocumentReference.rs \
                    patient/Binary.rs patient/Provenance.rs patient/List.rs patient/Composition.rs \
                    patient/Encounter.rs";

fn laboratory(letters: &str) -> String {
    format!("patient/Observation.{letters}?category={CATEGORY}|laboratory")
}
fn vital_signs(letters: &str) -> String {
    format!("patient/Observation.{letters}?category={CATEGORY}|vital-signs")
}

fn observation(id: &str, categories: &[&str]) -> Value {
    let category = |code: &&str| json!({"coding": [{"system": CATEGORY, "code": code}]});
    let mut resource = json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8302-2"}], "text": "Tall tale"},
        "subject": {"reference": "Patient/ada"},
        "encounter": {"reference": "Encounter/ada-visit"},
        "effectiveDateTime": "2026-05-02",
        "valueString": "secretive words",
    });
    if !categories.is_empty() {
        resource["category"] = categories.iter().map(category).collect();
    }
    resource
}

fn note(id: &str, category: &str, binary: &str) -> Value {
    json!({
        "resourceType": "DocumentReference", "id": id, "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
        "category": [{"coding": [{"system": NOTE, "code": category}]}],
        "subject": {"reference": "Patient/ada"},
        "content": [{"attachment": {"contentType": "text/plain", "url": format!("Binary/{binary}")}}],
    })
}

fn referring(of: &str, id: &str, more: Value) -> Value {
    let mut resource = json!({"resourceType": of, "id": id});
    if let (Some(members), Some(more)) = (resource.as_object_mut(), more.as_object()) {
        members.extend(more.clone());
    }
    resource
}

/// What ada's record holds besides the fixtures: things that lead from one part of it to another.
fn more_of_ada() -> Vec<Value> {
    let reference = |to: &str| json!({"reference": to});
    let subject = reference("Patient/ada");
    let both = [
        reference("Observation/ada-glucose"),
        reference("Observation/ada-weight"),
    ];
    let coded = |code: &str| json!({"coding": [{"system": "http://loinc.org", "code": code}]});
    vec![
        referring(
            "Encounter",
            "ada-visit",
            json!({
                "status": "finished", "subject": subject,
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            }),
        ),
        observation("ada-both", &["laboratory", "vital-signs"]),
        observation("ada-none", &[]),
        observation("ada-tall", &["vital-signs"]),
        json!({"resourceType": "Binary", "id": "ada-note-text", "contentType": "text/plain", "data": "bm90ZQ=="}),
        json!({"resourceType": "Binary", "id": "ada-letter-text", "contentType": "text/plain", "data": "bGV0dGVy"}),
        note("ada-note", "clinical-note", "ada-note-text"),
        note("ada-letter", "letter", "ada-letter-text"),
        referring(
            "DiagnosticReport",
            "ada-report",
            json!({
                "status": "final", "code": coded("24323-8"), "subject": subject, "result": both,
            }),
        ),
        referring(
            "Provenance",
            "ada-origin",
            json!({
                "target": [both[1]], "recorded": "2026-05-01T12:00:00Z",
                "agent": [{"who": reference("Practitioner/dr-wu")}],
            }),
        ),
        referring(
            "List",
            "ada-list",
            json!({
                "status": "current", "mode": "working", "subject": subject,
                "entry": [{"item": both[0]}, {"item": both[1]}],
            }),
        ),
        referring(
            "Composition",
            "ada-summary",
            json!({
                "status": "final", "type": coded("60591-5"), "subject": subject, "date": "2026-05-03",
                "author": [reference("Practitioner/dr-wu")], "title": "Summary",
                "section": [{"title": "Results", "entry": both}],
            }),
        ),
    ]
}

async fn house() -> House {
    let house = House::with_people().await;
    let backend = house.backend().await;
    for resource in more_of_ada() {
        let (of, id) = (&resource["resourceType"], &resource["id"]);
        let path = format!("/fhir/{}/{}", of.as_str().unwrap(), id.as_str().unwrap());
        backend.put(&path, resource).await.expect(201);
    }
    house
}

/// An app on ada's record with these scopes.
async fn app(house: &House, scopes: &str) -> Caller {
    house.patient_with("ada", scopes).await
}

/// Laboratory results may be seen, and everything else that leads to other Observations.
async fn of_laboratory(house: &House) -> Caller {
    app(house, &format!("{} {REST}", laboratory("rs"))).await
}

const LABORATORY: [&str; 3] = ["ada-both", "ada-glucose", "ada-sodium"];
/// Words of what is outside: of its ids, its code and its value.
const OUTSIDE: [&str; 6] = [
    "\"ada-weight\"",
    "\"ada-none\"",
    "\"ada-tall\"",
    "29463-7",
    "secretive",
    "Tall tale",
];

/// The ids of Observations in a Bundle, sorted; those of other types left out.
fn observations(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let entries = json["entry"].as_array().cloned().unwrap_or_default();
    let mut ids: Vec<String> = entries
        .iter()
        .map(|entry| &entry["resource"])
        .filter(|resource| resource["resourceType"] == "Observation")
        .map(|resource| resource["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

#[tokio::test]
async fn a_read_and_a_vread_show_the_part_only() {
    let house = house().await;
    let app = of_laboratory(&house).await;
    for id in LABORATORY {
        app.get(&format!("/fhir/Observation/{id}"))
            .await
            .expect(200);
    }
    for id in ["ada-weight", "ada-none", "ada-tall"] {
        for path in [
            format!("/fhir/Observation/{id}"),
            format!("/fhir/Observation/{id}/_history/1"),
            format!("/fhir/Observation/{id}/$meta"),
        ] {
            let reply = app.get(&path).await;
            assert!(
                [403, 404].contains(&reply.status.as_u16()),
                "{path}: {}",
                reply.status
            );
            for word in OUTSIDE {
                assert!(!reply.text().contains(word), "{path} tells {word}");
            }
        }
    }
}

#[tokio::test]
async fn what_moves_out_of_the_part_is_gone_and_its_older_versions_stay() {
    let house = house().await;
    let app = of_laboratory(&house).await;
    let backend = house.backend().await;
    let moved = observation("ada-both", &["vital-signs"]);
    backend
        .put("/fhir/Observation/ada-both", moved)
        .await
        .expect(200);
    app.get("/fhir/Observation/ada-both").await.expect(403);
    app.get("/fhir/Observation/ada-both/_history/1")
        .await
        .expect(200);
    app.get("/fhir/Observation/ada-both/_history/2")
        .await
        .expect(403);
    let versions = app
        .get("/fhir/Observation/ada-both/_history")
        .await
        .expect(200);
    assert_eq!(versions.json()["total"], 1);
    assert_eq!(
        versions.json()["entry"][0]["resource"]["meta"]["versionId"],
        "1"
    );
    backend
        .delete("/fhir/Observation/ada-tall")
        .await
        .expect(204);
    app.get("/fhir/Observation/ada-tall").await.expect(404);
    let listed = app.get("/fhir/Observation/_history").await.expect(200);
    assert!(!listed.text().contains("ada-tall"), "{}", listed.text());
}

#[tokio::test]
async fn no_search_finds_counts_or_brings_along_what_is_outside() {
    let house = house().await;
    let app = of_laboratory(&house).await;
    for query in [
        "Observation",
        "Observation?patient=ada",
        "Observation?_id=ada-weight,ada-glucose,ada-both,ada-sodium",
        "Observation?_sort=-date",
        "Observation?_sort=category",
        "Observation?_filter=status eq final",
        "Observation?_elements=code",
        "Observation?_summary=true",
        "Observation?_lastUpdated=ge2000-01-01",
        "Observation?_has:Provenance:target:recorded=ge2000",
        "Observation?encounter=ada-visit",
        "Observation?encounter.status=finished",
        "Observation?_list=ada-list",
        "Observation?_text=secretive",
        "Observation?_content=secretive",
        "Observation?category:not=laboratory",
        "Observation?code:missing=false",
        "Observation?_total=accurate",
        "Patient/ada/Observation",
        "Patient/ada/*",
        "Encounter/ada-visit/Observation",
        "Encounter/ada-visit/*",
        "?_type=Observation,DiagnosticReport",
        "Patient?_revinclude=Observation:subject",
        "Patient?_revinclude=*",
        "DiagnosticReport?_include=DiagnosticReport:result",
        "DiagnosticReport?_include=*",
        "DiagnosticReport?_include=DiagnosticReport:result&_include:iterate=*",
        "Encounter?_revinclude=Observation:encounter",
        "Provenance?_include=Provenance:target",
        "List?_include=List:item",
        "Composition?_include=Composition:entry",
        "Patient/ada/$everything",
        "Encounter/ada-visit/$everything",
        "Observation/$lastn?patient=Patient/ada",
        "Composition/ada-summary/$document",
        "Observation/_history",
        "_history",
    ] {
        let path = format!("/fhir/{}", query.replace(' ', "%20"));
        let reply = app.get(&path).await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.text());
        for id in observations(&reply) {
            assert!(LABORATORY.contains(&id.as_str()), "{query} shows {id}");
        }
        for word in ["29463-7", "\"8302-2\",\"text\":\"Tall", "ada-tall\""] {
            let inside = reply.text().contains("\"id\":\"ada-both\"");
            assert!(
                inside || !reply.text().contains(word),
                "{query} tells {word}"
            );
        }
    }
    for query in [
        "Observation?_summary=count",
        "Observation?_count=0&_total=accurate",
    ] {
        let counted = app.get(&format!("/fhir/{query}")).await.expect(200);
        assert_eq!(counted.json()["total"], 3, "{query}");
    }
    let none = app
        .get("/fhir/Observation?code=29463-7&_summary=count")
        .await
        .expect(200);
    assert_eq!(none.json()["total"], 0);
}

#[tokio::test]
async fn a_chain_does_not_look_through_what_is_outside() {
    let house = house().await;
    let narrow = of_laboratory(&house).await;
    let wide = app(&house, &format!("patient/Observation.rs {REST}")).await;
    for query in [
        "DiagnosticReport?result.code=29463-7",
        "DiagnosticReport?result.value-quantity=ge0&result.category=vital-signs",
        "Provenance?target:Observation.code=29463-7",
        "List?item:Observation.code=29463-7",
        "Patient?_has:Observation:patient:code=29463-7",
        "Encounter?_has:Observation:encounter:category=vital-signs&_has:Observation:encounter:_id=ada-tall",
        "Composition?entry:Observation.code=29463-7",
        "DiagnosticReport?_filter=result.code%20eq%2029463-7",
    ] {
        let seen = wide.get(&format!("/fhir/{query}")).await.expect(200);
        assert_eq!(seen.ids(None).len(), 1, "{query}: the test has no teeth");
        let hidden = narrow.get(&format!("/fhir/{query}")).await.expect(200);
        assert!(hidden.ids(None).is_empty(), "{query}");
    }
}

#[tokio::test]
async fn statistics_and_the_latest_are_of_the_part() {
    let house = house().await;
    let app = of_laboratory(&house).await;
    let path = "/fhir/Observation/$stats?subject=Patient/ada&system=http://loinc.org&code=29463-7&statistic=count";
    let reply = app.get(path).await;
    assert!(!reply.text().contains("5.4"), "{}", reply.text());
    let path = "/fhir/Observation/$lastn?patient=Patient/ada&code=29463-7";
    assert!(app.get(path).await.expect(200).ids(None).is_empty());
    let verdict = app
        .get("/fhir/Observation/ada-weight/$validate?mode=delete")
        .await;
    assert!(
        !verdict.text().contains("could be deleted"),
        "{}",
        verdict.text()
    );
}

#[tokio::test]
async fn a_note_comes_with_its_text_and_another_without() {
    let house = house().await;
    let notes = format!("patient/DocumentReference.rs?category={NOTE}|clinical-note");
    let caller = app(
        &house,
        &format!("{notes} patient/Binary.rs patient/Patient.rs"),
    )
    .await;
    caller
        .get("/fhir/DocumentReference/ada-note")
        .await
        .expect(200);
    caller
        .get("/fhir/DocumentReference/ada-letter")
        .await
        .expect(403);
    caller.get("/fhir/Binary/ada-note-text").await.expect(200);
    let hidden = caller.get("/fhir/Binary/ada-letter-text").await;
    assert!(hidden.status.is_client_error(), "{}", hidden.text());
    let found = caller
        .get("/fhir/DocumentReference/$docref?patient=ada")
        .await
        .expect(200);
    assert_eq!(found.ids(None), ["ada-note"]);
    let found = caller.get("/fhir/Binary").await;
    assert!(!found.text().contains("bGV0dGVy"), "{}", found.text());
}

#[tokio::test]
async fn several_parts_add_up_and_each_keeps_its_acts() {
    let house = house().await;
    let scopes = format!("{} {}", laboratory("rs"), vital_signs("r"));
    let caller = app(&house, &scopes).await;
    caller.get("/fhir/Observation/ada-weight").await.expect(200);
    caller.get("/fhir/Observation/ada-none").await.expect(403);
    let found = caller.get("/fhir/Observation").await.expect(200);
    assert_eq!(observations(&found), LABORATORY);
    // A constraint of several values, and one of no value known.
    let either =
        format!("patient/Observation.rs?category={CATEGORY}|laboratory,{CATEGORY}|vital-signs");
    let caller = app(&house, &either).await;
    let found = caller.get("/fhir/Observation").await.expect(200);
    assert_eq!(observations(&found).len(), 5);
    for odd in [
        "patient/Observation.rs?nosuch=x",
        "patient/Observation.rs?category=nosuch|x",
    ] {
        let caller = app(&house, odd).await;
        let found = caller.get("/fhir/Observation").await;
        assert!(
            found.status == 403 || observations(&found).is_empty(),
            "{odd}"
        );
        caller
            .get("/fhir/Observation/ada-glucose")
            .await
            .expect(403);
    }
}

#[tokio::test]
async fn a_systems_part_is_a_part_of_everybodys() {
    let house = house().await;
    let scope = format!("system/Observation.rs?category={CATEGORY}|laboratory system/Patient.rs");
    let backend = house.backend_with(&scope).await;
    backend
        .get("/fhir/Observation/dan-glucose")
        .await
        .expect(200);
    backend
        .get("/fhir/Observation/dan-weight")
        .await
        .expect(403);
    for query in [
        "Observation?_count=200",
        "Patient?_revinclude=Observation:subject",
        "_history?_count=200",
    ] {
        let found = backend.get(&format!("/fhir/{query}")).await.expect(200);
        let ids = observations(&found);
        assert!(ids.contains(&"ben-glucose".to_owned()), "{query}");
        assert!(
            !ids.iter().any(|id| id.ends_with("-weight")),
            "{query}: {ids:?}"
        );
    }
    let everything = backend
        .get("/fhir/Patient/dan/$everything")
        .await
        .expect(200);
    assert_eq!(observations(&everything), ["dan-glucose", "dan-sodium"]);
}

#[tokio::test]
async fn nothing_is_written_into_or_turned_out_of_the_part() {
    let house = house().await;
    let scope = format!("system/Observation.cruds?category={CATEGORY}|laboratory");
    let caller = house.backend_with(&scope).await;
    let inside = observation("x", &["laboratory"]);
    let outside = observation("x", &["vital-signs"]);
    let bare = observation("x", &[]);
    for wrong in [&outside, &bare] {
        caller.post("/fhir/Observation", wrong).await.expect(403);
        caller.put("/fhir/Observation/x", wrong).await.expect(403);
        let conditional = caller.with("if-none-exist", "identifier=urn:x|nobody");
        conditional
            .post("/fhir/Observation", wrong)
            .await
            .expect(403);
        caller
            .put("/fhir/Observation?identifier=urn:x|nobody", wrong)
            .await
            .expect(403);
    }
    caller.put("/fhir/Observation/x", &inside).await.expect(201);
    // Out of the part, by each way there is.
    for wrong in [&outside, &bare] {
        caller.put("/fhir/Observation/x", wrong).await.expect(403);
        caller
            .put("/fhir/Observation?_id=x", wrong)
            .await
            .expect(403);
    }
    let code = "/category/0/coding/0/code";
    let patch = json!([{"op": "replace", "path": code, "value": "vital-signs"}]);
    let patching = caller.with("content-type", "application/json-patch+json");
    patching
        .send(Method::PATCH, "/fhir/Observation/x", Some(&patch))
        .await
        .expect(403);
    patching
        .send(Method::PATCH, "/fhir/Observation?_id=x", Some(&patch))
        .await
        .expect(403);
    let removal = json!([{"op": "remove", "path": "/category"}]);
    patching
        .send(Method::PATCH, "/fhir/Observation/x", Some(&removal))
        .await
        .expect(403);
    let merge = caller.with("content-type", "application/merge-patch+json");
    let nothing = json!({"category": null});
    merge
        .send(Method::PATCH, "/fhir/Observation/x", Some(&nothing))
        .await
        .expect(403);
    // What lies outside already is not touched: not into the part either.
    let into = observation("ada-weight", &["laboratory"]);
    caller
        .put("/fhir/Observation/ada-weight", &into)
        .await
        .expect(403);
    let patch = json!([{"op": "test", "path": "/code/coding/0/code", "value": "29463-7"}]);
    let tested = patching
        .send(Method::PATCH, "/fhir/Observation/ada-weight", Some(&patch))
        .await;
    let guess = json!([{"op": "test", "path": "/code/coding/0/code", "value": "0-0"}]);
    let guessed = patching
        .send(Method::PATCH, "/fhir/Observation/ada-weight", Some(&guess))
        .await;
    assert_eq!(
        (tested.status, tested.status),
        (guessed.status, axum::http::StatusCode::FORBIDDEN)
    );
    caller
        .delete("/fhir/Observation/ada-weight")
        .await
        .expect(403);
    let none = caller
        .delete("/fhir/Observation?code=29463-7&patient=ada")
        .await;
    assert!(none.status != 200 || none.status == 204, "{}", none.status);
    house
        .backend()
        .await
        .get("/fhir/Observation/ada-weight")
        .await
        .expect(200);
    caller.delete("/fhir/Observation/x").await.expect(204);
}

#[tokio::test]
async fn an_entry_of_a_bundle_is_held_to_the_part_like_a_request() {
    let house = house().await;
    let scope = format!("system/Observation.cruds?category={CATEGORY}|laboratory");
    let caller = house.backend_with(&scope).await;
    let entry = |method: &str, url: &str, resource: Option<Value>| {
        let mut entry = json!({"request": {"method": method, "url": url}});
        if let Some(resource) = resource {
            entry["resource"] = resource;
        }
        entry
    };
    let outside = observation("x", &["vital-signs"]);
    let patch = json!({"resourceType": "Binary", "contentType": "application/json-patch+json", "data":
        "W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL2NhdGVnb3J5In1d"});
    let entries = [
        entry("GET", "Observation/ada-weight", None),
        entry("GET", "Observation/ada-weight/_history/1", None),
        entry("POST", "Observation", Some(outside.clone())),
        entry("PUT", "Observation/x", Some(outside.clone())),
        entry(
            "PUT",
            "Observation/ada-glucose",
            Some(observation("ada-glucose", &[])),
        ),
        entry("PATCH", "Observation/ada-glucose", Some(patch)),
        entry("DELETE", "Observation/ada-weight", None),
    ];
    let batch = json!({"resourceType": "Bundle", "type": "batch", "entry": entries});
    let answers = caller.post("/fhir", &batch).await.expect(200).json();
    for (place, answer) in answers["entry"].as_array().unwrap().iter().enumerate() {
        let status = answer["response"]["status"].as_str().unwrap();
        assert!(
            status.starts_with("403") || status.starts_with("404"),
            "{place}: {answer}"
        );
    }
    // A look that is refused spoils no list; a write that is refused does.
    for entry in entries.into_iter().skip(2) {
        let inside = json!({"request": {"method": "POST", "url": "Observation"},
            "resource": observation("y", &["laboratory"])});
        let list =
            json!({"resourceType": "Bundle", "type": "transaction", "entry": [inside, entry]});
        let refused = caller.post("/fhir", &list).await;
        assert!(
            [403, 404].contains(&refused.status.as_u16()),
            "{entry}: {}",
            refused.text()
        );
    }
    let count = caller
        .get("/fhir/Observation?code=8302-2&_summary=count")
        .await
        .expect(200);
    assert_eq!(
        count.json()["total"],
        1,
        "a refused transaction left something"
    );
}

/// Every way to each act; `true` where the act is all it needs.
fn ways() -> Vec<(char, Method, &'static str)> {
    use Method as M;
    let (get, post, put, delete) = (M::GET, M::POST, M::PUT, M::DELETE);
    vec![
        ('r', get.clone(), "Observation/ada-glucose"),
        ('r', get.clone(), "Observation/ada-glucose/_history/1"),
        ('r', get.clone(), "Observation/ada-glucose/_history"),
        ('r', get.clone(), "Observation/ada-glucose/$meta"),
        ('s', get.clone(), "Observation"),
        ('s', get.clone(), "Observation?_summary=count"),
        ('s', get.clone(), "Observation/_history"),
        ('s', get.clone(), "Patient/ada/Observation"),
        ('s', post.clone(), "Observation/_search"),
        ('c', post.clone(), "Observation"),
        ('u', put.clone(), "Observation/ada-glucose"),
        ('d', delete.clone(), "Observation/ada-sodium"),
        // More than one act each.
        ('*', get.clone(), "Observation/$lastn?patient=Patient/ada"),
        ('*', M::PATCH, "Observation/ada-glucose"),
        ('*', put, "Observation?code=2345-7&patient=ada"),
        ('*', delete, "Observation?code=2345-7&patient=ada"),
        ('*', post, "Observation/ada-glucose/$meta-add"),
    ]
}

async fn go(caller: &Caller, method: Method, path: &str) -> Reply {
    let address = format!("/fhir/{path}");
    let glucose = observation("ada-glucose", &["laboratory"]);
    match (&method, path) {
        (_, "Observation/_search") => caller.post_form(&address, "").await,
        (&Method::PATCH, _) => {
            let patch = json!([{"op": "test", "path": "/status", "value": "final"}]);
            let caller = caller.with("content-type", "application/json-patch+json");
            caller.send(method, &address, Some(&patch)).await
        }
        (&Method::POST | &Method::PUT, _) => caller.send(method, &address, Some(&glucose)).await,
        _ => caller.send(method, &address, None::<&str>).await,
    }
}

#[tokio::test]
async fn each_letter_alone_opens_its_own_door_and_no_other() {
    let house = house().await;
    for letter in ['c', 'r', 'u', 'd', 's'] {
        let scopes = format!("system/Observation.{letter} system/Patient.rs");
        let caller = house.backend_with(&scopes).await;
        for (needs, method, path) in ways() {
            let reply = go(&caller, method.clone(), path).await;
            let at = format!(
                "{letter}: {method} {path}: {} {}",
                reply.status,
                reply.text()
            );
            if needs == letter {
                assert!(reply.status.is_success(), "{at}");
            } else {
                assert_eq!(reply.status, 403, "{at}");
            }
        }
    }
}

#[tokio::test]
async fn a_condition_is_no_way_to_search_for_who_may_only_write() {
    let house = house().await;
    let writer = house
        .backend_with("system/Observation.cu system/Patient.r")
        .await;
    let body = observation("x", &["laboratory"]);
    let conditional = writer.with("if-none-exist", "code=29463-7&patient=ada");
    conditional
        .post("/fhir/Observation", &body)
        .await
        .expect(403);
    writer
        .put("/fhir/Observation?code=29463-7&patient=ada", &body)
        .await
        .expect(403);
    // Nor is a reference that is to be looked up.
    let entry = json!({"request": {"method": "POST", "url": "Observation"}, "resource": {
        "resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": "Patient?identifier=urn:mrn|mrn-ada"}}});
    let list = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
    writer.post("/fhir", &list).await.expect(403);
    // In a list, an answer to a condition is an answer to a search.
    let entry = json!({"resource": body, "request": {
        "method": "POST", "url": "Observation", "ifNoneExist": "code=29463-7&patient=ada"}});
    let list = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
    writer.post("/fhir", &list).await.expect(403);
}

#[tokio::test]
async fn a_condition_of_the_part_neither_finds_nor_excludes_what_is_outside() {
    let house = house().await;
    let scope = format!("system/Observation.cruds?category={CATEGORY}|laboratory");
    let caller = house.backend_with(&scope).await;
    let body = observation("x", &["laboratory"]);
    let conditional = caller.with("if-none-exist", "code=29463-7&patient=ada");
    // There is one, but not for this caller: it is made, not pointed to.
    let made = conditional
        .post("/fhir/Observation", &body)
        .await
        .expect(201);
    assert!(!made.header("location").contains("ada-weight"));
    let found = caller.with("if-none-exist", "code=2345-7&patient=ada");
    found.post("/fhir/Observation", &body).await.expect(200);
}

#[tokio::test]
async fn what_is_said_of_a_resource_elsewhere_does_not_show_it() {
    let house = house().await;
    house
        .patient("ada")
        .await
        .get("/fhir/Observation/ada-weight")
        .await
        .expect(200);
    let scopes = format!(
        "{} patient/AuditEvent.rs patient/Provenance.rs",
        laboratory("rs")
    );
    let app = app(&house, &scopes).await;
    for query in [
        "AuditEvent?_include=AuditEvent:entity",
        "Provenance?_include=Provenance:target",
        "AuditEvent?entity:Observation.code=29463-7",
        "Provenance?target:Observation.code=29463-7",
    ] {
        let found = app.get(&format!("/fhir/{query}")).await.expect(200);
        let shown = observations(&found);
        assert!(!shown.contains(&"ada-weight".to_owned()), "{query}");
        if query.contains("code=") {
            assert!(found.ids(None).is_empty(), "{query}");
        }
    }
}
