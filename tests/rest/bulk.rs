//! Bulk Data Access: exports asked for, watched, fetched and ended, and what they hold.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{BASE, Caller, House, Reply};

/// The path of a URL of ours.
fn path(url: &str) -> String {
    url.strip_prefix(BASE).unwrap().to_owned()
}

/// Asks for an export; the path of its status.
async fn begin(caller: &Caller, address: &str) -> String {
    let reply = caller.with("prefer", "respond-async").get(address).await;
    path(reply.expect(202).header("content-location"))
}

/// Does all the work there is.
async fn work(house: &House) {
    for _ in 0..1_000 {
        if !rest::bulk::work(&house.web).await.unwrap() {
            return;
        }
    }
    panic!("the work does not end");
}

/// Asks for an export and waits for its manifest.
async fn export(house: &House, caller: &Caller, address: &str) -> Value {
    let status = begin(caller, address).await;
    work(house).await;
    caller.get(&status).await.expect(200).json()
}

fn lines(reply: &Reply) -> Vec<Value> {
    let text = reply.text();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The ids in the files of a manifest, by type.
async fn ids(caller: &Caller, manifest: &Value) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in manifest["output"].as_array().unwrap() {
        let reply = caller.get(&path(file["url"].as_str().unwrap())).await;
        let reply = reply.expect(200);
        assert!(
            reply
                .header("content-type")
                .starts_with("application/fhir+ndjson")
        );
        let lines = lines(&reply);
        assert_eq!(Some(lines.len() as u64), file["count"].as_u64(), "{file}");
        for line in lines {
            assert_eq!(line["resourceType"], file["type"]);
            let id = line["id"].as_str().unwrap().to_owned();
            found
                .entry(file["type"].as_str().unwrap().to_owned())
                .or_default()
                .push(id);
        }
    }
    for ids in found.values_mut() {
        ids.sort();
    }
    found
}

fn of<'a>(found: &'a BTreeMap<String, Vec<String>>, name: &str) -> &'a [String] {
    found.get(name).map_or(&[], Vec::as_slice)
}

async fn put(backend: &Caller, resources: &[Value]) {
    for resource in resources {
        let (name, id) = (&resource["resourceType"], &resource["id"]);
        let path = format!("/fhir/{}/{}", name.as_str().unwrap(), id.as_str().unwrap());
        let reply = backend.put(&path, resource).await;
        assert!(reply.status.is_success(), "{}", reply.text());
    }
}

fn observation(id: &str, patient: &str, value: &str) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final", "code": {"text": "x"},
           "subject": {"reference": format!("Patient/{patient}")}, "valueString": value,
           "performer": [{"reference": "PractitionerRole/role"}]})
}

/// Three patients, of whom two are in a group, with people and places.
async fn house() -> (House, Caller) {
    let house = House::empty().await;
    let backend = house.backend().await;
    let member = |id: &str| json!({"entity": {"reference": format!("Patient/{id}")}});
    put(
        &backend,
        &[
            json!({"resourceType": "Organization", "id": "org", "name": "Org"}),
            json!({"resourceType": "Organization", "id": "unused", "name": "Nobody's"}),
            json!({"resourceType": "Practitioner", "id": "doc", "name": [{"family": "Doc"}]}),
            json!({"resourceType": "PractitionerRole", "id": "role",
                   "practitioner": {"reference": "Practitioner/doc"}}),
            json!({"resourceType": "Patient", "id": "p", "name": [{"family": "P"}],
                   "managingOrganization": {"reference": "Organization/org"}}),
            json!({"resourceType": "Patient", "id": "q", "name": [{"family": "Q"}]}),
            json!({"resourceType": "Patient", "id": "r", "name": [{"family": "R"}]}),
            observation("p1", "p", "one"),
            observation("q1", "q", "two"),
            observation("r1", "r", "three"),
            json!({"resourceType": "Provenance", "id": "prov", "recorded": "2024-02-10T00:00:00Z",
                   "target": [{"reference": "Observation/p1"}],
                   "agent": [{"who": {"reference": "Organization/org"}}]}),
            json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true,
                   "member": [member("p"), member("q"),
                              {"entity": {"reference": "Patient/r"}, "inactive": true}]}),
        ],
    )
    .await;
    (house, backend)
}

#[tokio::test]
async fn an_export_is_asked_for_watched_fetched_and_ended() {
    let (house, backend) = house().await;
    let status = begin(&backend, "/fhir/Patient/$export").await;
    let waiting = backend.get(&status).await.expect(202);
    assert_eq!(waiting.header("retry-after"), "1");
    assert!(!waiting.header("x-progress").is_empty());
    work(&house).await;
    let done = backend.get(&status).await.expect(200);
    assert!(done.header("content-type").contains("application/json"));
    assert!(done.header("expires").ends_with("GMT"));
    let manifest = done.json();
    for key in [
        "transactionTime",
        "request",
        "requiresAccessToken",
        "output",
        "error",
    ] {
        assert!(manifest.get(key).is_some(), "{key}");
    }
    assert_eq!(manifest["request"], format!("{BASE}/fhir/Patient/$export"));
    assert_eq!(manifest["requiresAccessToken"], true);
    assert_eq!(manifest["error"], json!([]));
    let found = ids(&backend, &manifest).await;
    assert_eq!(of(&found, "Patient"), ["p", "q", "r"]);
    assert_eq!(of(&found, "Observation"), ["p1", "q1", "r1"]);
    assert_eq!(of(&found, "Provenance"), ["prov"]);
    // What patients' resources point to goes along, through two steps, and nothing else.
    assert_eq!(of(&found, "Organization"), ["org"]);
    assert_eq!(of(&found, "PractitionerRole"), ["role"]);
    assert_eq!(of(&found, "Practitioner"), ["doc"]);
    assert_eq!(of(&found, "Group"), Vec::<String>::new());
    let file = path(manifest["output"][0]["url"].as_str().unwrap());
    house.anonymous().get(&file).await.expect(401);
    backend.delete(&status).await.expect(202);
    assert_eq!(backend.get(&status).await.expect(404).issue(), "not-found");
    backend.delete(&status).await.expect(404);
    backend.get(&file).await.expect(404);
}

#[tokio::test]
async fn a_group_is_exported_with_its_members_of_now_and_nobody_else() {
    let (house, backend) = house().await;
    let manifest = export(&house, &backend, "/fhir/Group/g/$export").await;
    let found = ids(&backend, &manifest).await;
    assert_eq!(of(&found, "Patient"), ["p", "q"]);
    assert_eq!(of(&found, "Observation"), ["p1", "q1"]);
    assert_eq!(of(&found, "Practitioner"), ["doc"]);
    let asked = backend.with("prefer", "respond-async");
    asked.get("/fhir/Group/none/$export").await.expect(404);
}

#[tokio::test]
async fn the_whole_system_is_exported_with_what_is_nobodys() {
    let (house, backend) = house().await;
    let manifest = export(&house, &backend, "/fhir/$export").await;
    let found = ids(&backend, &manifest).await;
    assert_eq!(of(&found, "Organization"), ["org", "unused"]);
    assert_eq!(of(&found, "Group"), ["g"]);
    assert_eq!(of(&found, "Patient").len(), 3);
}

#[tokio::test]
async fn an_ended_export_is_gone_before_it_is_done() {
    let (house, backend) = house().await;
    for format in [
        "application%2Ffhir%2Bndjson",
        "application%2Fndjson",
        "ndjson",
    ] {
        let status = begin(&backend, &format!("/fhir/$export?_outputFormat={format}")).await;
        backend.delete(&status).await.expect(202);
        backend.get(&status).await.expect(404);
    }
    work(&house).await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused_and_named() {
    let (_house, backend) = house().await;
    let asked = backend.with("prefer", "respond-async");
    for (query, says) in [
        ("_outputFormat=csv", "_outputFormat"),
        ("_since=yesterday", "_since"),
        ("_type=Nope", "_type"),
        ("_typeFilter=Observation?nope=1", "_typeFilter"),
        ("_typeFilter=Observation?_count=1", "_typeFilter"),
        ("_typeFilter=Nope", "_typeFilter"),
        (
            "_type=Patient&_typeFilter=Observation?status=final",
            "_typeFilter",
        ),
        ("includeAssociatedData=Everything", "includeAssociatedData"),
        ("patient=Patient/p", "patient"),
        ("nope=1", "nope"),
    ] {
        let reply = asked.get(&format!("/fhir/Patient/$export?{query}")).await;
        assert!(reply.text().contains(says), "{query}: {}", reply.text());
        assert_eq!(reply.status, 400, "{query}");
    }
    let reply = backend.get("/fhir/$export").await.expect(400);
    assert!(reply.text().contains("respond-async"), "{}", reply.text());
}

#[tokio::test]
async fn what_lenient_handling_passes_over_stands_in_the_error_file() {
    let (house, backend) = house().await;
    let lenient = backend.with("prefer", "handling=lenient");
    let manifest = export(&house, &lenient, "/fhir/$export?_type=Patient,Nope&x=1").await;
    let file = path(manifest["error"][0]["url"].as_str().unwrap());
    let outcomes = lines(&backend.get(&file).await.expect(200));
    assert_eq!(outcomes.len(), 2);
    assert_eq!(outcomes[0]["issue"][0]["severity"], "warning");
    assert_eq!(ids(&backend, &manifest).await.len(), 1);
}

#[tokio::test]
async fn parameters_narrow_what_is_exported() {
    let (house, backend) = house().await;
    let address = "/fhir/Patient/$export?_type=Observation&_typeFilter=\
                   Observation?subject=Patient/p,Observation?subject=Patient/r";
    let found = ids(&backend, &export(&house, &backend, address).await).await;
    assert_eq!(of(&found, "Observation"), ["p1", "r1"]);
    assert_eq!(found.len(), 1);
    // Provenance goes along where it is asked for.
    let address = "/fhir/Patient/$export?_type=Observation\
                   &includeAssociatedData=LatestProvenanceResources";
    let found = ids(&backend, &export(&house, &backend, address).await).await;
    assert_eq!(of(&found, "Provenance"), ["prov"]);
    // Only some elements, marked as incomplete.
    let address = "/fhir/$export?_type=Patient,Organization&_elements=Patient.id";
    let manifest = export(&house, &backend, address).await;
    for file in manifest["output"].as_array().unwrap() {
        let reply = backend.get(&path(file["url"].as_str().unwrap())).await;
        let patients = file["type"] == "Patient";
        assert_eq!(reply.text().contains("\"name\""), !patients);
        assert_eq!(reply.text().contains("SUBSETTED"), patients);
    }
}

#[tokio::test]
async fn patients_are_named_in_a_posted_kick_off() {
    let (house, backend) = house().await;
    let asked = backend.with("prefer", "respond-async");
    let body = |ids: &[&str]| {
        let patients = ids.iter().map(|id| {
            json!({"name": "patient", "valueReference": {"reference": format!("Patient/{id}")}})
        });
        let mut all: Vec<Value> = patients.collect();
        all.push(json!({"name": "_type", "valueString": "Patient"}));
        json!({"resourceType": "Parameters", "parameter": all})
    };
    let reply = asked.post("/fhir/Patient/$export", body(&["p", "r"])).await;
    let status = path(reply.expect(202).header("content-location"));
    work(&house).await;
    let manifest = backend.get(&status).await.expect(200).json();
    let found = ids(&backend, &manifest).await;
    assert_eq!(of(&found, "Patient"), ["p", "r"]);
    // Who is not in the Group is not exported under its name.
    let reply = asked.post("/fhir/Group/g/$export", body(&["p", "r"])).await;
    assert!(reply.expect(400).text().contains("Patient/r"));
}

#[tokio::test]
async fn an_export_is_the_record_as_it_was_when_it_was_asked_for() {
    let (house, backend) = house().await;
    house.clock.advance_seconds(10);
    let status = begin(&backend, "/fhir/$export?_type=Observation").await;
    house.clock.advance_seconds(10);
    put(
        &backend,
        &[
            observation("p1", "p", "changed"),
            observation("new", "p", "later"),
        ],
    )
    .await;
    work(&house).await;
    put(&backend, &[observation("q1", "q", "changed")]).await;
    let manifest = backend.get(&status).await.expect(200).json();
    let file = path(manifest["output"][0]["url"].as_str().unwrap());
    let mut values: Vec<String> = lines(&backend.get(&file).await.expect(200))
        .iter()
        .map(|line| line["valueString"].as_str().unwrap().to_owned())
        .collect();
    values.sort();
    assert_eq!(values, ["one", "three", "two"]);
    // What was deleted since is not delivered any more.
    backend.delete("/fhir/Observation/r1").await;
    assert_eq!(lines(&backend.get(&file).await.expect(200)).len(), 2);
}

#[tokio::test]
async fn since_an_instant_what_changed_and_what_was_deleted() {
    let (house, backend) = house().await;
    house.clock.advance_seconds(60);
    let since = house.now().to_string();
    house.clock.advance_seconds(60);
    put(&backend, &[observation("p1", "p", "changed")]).await;
    backend.delete("/fhir/Observation/q1").await;
    house.clock.advance_seconds(60);
    let address = format!("/fhir/Patient/$export?_since={since}");
    let manifest = export(&house, &backend, &address).await;
    let found = ids(&backend, &manifest).await;
    assert_eq!(of(&found, "Observation"), ["p1"]);
    assert_eq!(found.len(), 1, "{found:?}");
    let file = path(manifest["deleted"][0]["url"].as_str().unwrap());
    let bundles = lines(&backend.get(&file).await.expect(200));
    assert_eq!(bundles[0]["entry"][0]["request"]["url"], "Observation/q1");
    assert_eq!(bundles.len(), 1);
}
