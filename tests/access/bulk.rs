//! Whose exports are whose, and what of them is delivered when authority has changed meanwhile.

use http_body_util::BodyExt;
use serde_json::{Value, json};
use storage::clients::Kind;

use crate::support::{BASE, Caller, House};

fn path(url: &str) -> String {
    url.strip_prefix(BASE).unwrap().to_owned()
}

async fn begin(caller: &Caller, address: &str) -> String {
    let reply = caller.with("prefer", "respond-async").get(address).await;
    path(reply.expect(202).header("content-location"))
}

async fn work(house: &House) {
    while rest::bulk::work(&house.web).await.unwrap() {}
}

/// The address of the file of a type.
fn file(manifest: &Value, of: &str) -> String {
    let files = manifest["output"].as_array().unwrap();
    let file = files.iter().find(|file| file["type"] == of);
    path(file.unwrap()["url"].as_str().unwrap())
}

async fn ids(caller: &Caller, file: &str) -> Vec<String> {
    let text = caller.get(file).await.expect(200).text();
    let id = |line: &str| {
        let json: Value = serde_json::from_str(line).unwrap();
        json["id"].as_str().unwrap().to_owned()
    };
    let mut ids: Vec<String> = text.lines().map(id).collect();
    ids.sort();
    ids
}

fn observation(id: &str, category: &str) -> Value {
    let system = "http://terminology.hl7.org/CodeSystem/observation-category";
    json!({"resourceType": "Observation", "id": id, "status": "final", "code": {"text": "x"},
           "category": [{"coding": [{"system": system, "code": category}]}],
           "subject": {"reference": "Patient/p"}})
}

/// A patient with a laboratory result and a vital sign.
async fn house() -> (House, Caller) {
    let house = House::empty().await;
    let backend = house.backend().await;
    let patient = json!({"resourceType": "Patient", "id": "p", "name": [{"family": "P"}]});
    backend.put("/fhir/Patient/p", patient).await.expect(201);
    for (id, category) in [("lab", "laboratory"), ("vital", "vital-signs")] {
        let path = format!("/fhir/Observation/{id}");
        backend
            .put(&path, observation(id, category))
            .await
            .expect(201);
    }
    (house, backend)
}

#[tokio::test]
async fn an_export_is_its_clients_own() {
    let (house, backend) = house().await;
    let status = begin(&backend, "/fhir/$export").await;
    work(&house).await;
    let manifest = backend.get(&status).await.expect(200).json();
    let file = file(&manifest, "Patient");
    let client = house.client("another", Kind::Backend, false).await;
    let token = house
        .token(house.grant(&client, "system/*.cruds"), 3_600)
        .await;
    let other = house.bearer(&token);
    for reply in [
        other.get(&status).await,
        other.get(&file).await,
        other.delete(&status).await,
        other.get("/fhir/bulk/never-was").await,
    ] {
        assert_eq!(reply.status, 404);
        assert_eq!(reply.issue(), "not-found");
    }
    backend.get(&status).await.expect(200);
}

#[tokio::test]
async fn people_export_nothing() {
    let house = House::with_people().await;
    for caller in [house.patient("ada").await, house.clinician().await] {
        let asked = caller.with("prefer", "respond-async");
        for address in ["/fhir/$export", "/fhir/Patient/$export"] {
            asked.get(address).await.expect(403);
        }
        caller.get("/fhir/bulk/x").await.expect(403);
    }
}

#[tokio::test]
async fn a_file_holds_what_the_token_it_is_fetched_with_may_see() {
    let (house, backend) = house().await;
    let status = begin(&backend, "/fhir/Patient/$export").await;
    work(&house).await;
    let manifest = backend.get(&status).await.expect(200).json();
    let observations = file(&manifest, "Observation");
    assert_eq!(ids(&backend, &observations).await, ["lab", "vital"]);
    let labs = "system/Observation.rs?category=laboratory";
    let narrow = house.backend_with(labs).await;
    assert_eq!(ids(&narrow, &observations).await, ["lab"]);
    narrow.get(&file(&manifest, "Patient")).await.expect(403);
    // An export asked for by a narrow token holds no more for a broad one.
    let status = begin(&narrow, "/fhir/Patient/$export?_type=Observation").await;
    work(&house).await;
    let manifest = backend.get(&status).await.expect(200).json();
    assert_eq!(manifest["output"][0]["count"], 1);
    assert_eq!(
        ids(&backend, &file(&manifest, "Observation")).await,
        ["lab"]
    );
    let asked = narrow.with("prefer", "respond-async");
    let reply = asked.get("/fhir/Patient/$export?_type=Condition").await;
    reply.expect(403);
}

#[tokio::test]
async fn what_is_guarded_more_closely_since_is_not_delivered() {
    let (house, backend) = house().await;
    let status = begin(&backend, "/fhir/Patient/$export").await;
    work(&house).await;
    let manifest = backend.get(&status).await.expect(200).json();
    let observations = file(&manifest, "Observation");
    house.clock.advance_seconds(60);
    let mut guarded = observation("lab", "laboratory");
    guarded["meta"] = json!({"security": [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSYTHPN"}]});
    backend
        .put("/fhir/Observation/lab", guarded)
        .await
        .expect(200);
    assert_eq!(ids(&backend, &observations).await, ["vital"]);
}

#[tokio::test]
async fn a_token_that_ended_delivers_nothing_and_a_new_one_does() {
    let (house, _) = house().await;
    house.move_clock("2026-06-15T23:58:00Z");
    let client = house.client("nightly", Kind::Backend, false).await;
    let token = house.token(house.grant(&client, "system/*.rs"), 300).await;
    let before = house.bearer(&token);
    let status = begin(&before, "/fhir/Patient/$export").await;
    // The work goes on though the token has ended meanwhile.
    house.move_clock("2026-06-16T00:05:00Z");
    work(&house).await;
    before.get(&status).await.expect(401);
    let token = house.token(house.grant(&client, "system/*.rs"), 300).await;
    let after = house.bearer(&token);
    let manifest = after.get(&status).await.expect(200).json();
    let at = manifest["transactionTime"].as_str().unwrap();
    assert!(at.starts_with("2026-06-15T23:58:0"), "{at}");
    let patients = file(&manifest, "Patient");
    assert_eq!(ids(&after, &patients).await, ["p"]);
    before.get(&patients).await.expect(401);
    // A client that is disabled gets nothing, by any token.
    let disabled = storage::clients::State::Disabled;
    let mut one = house
        .storage
        .clients()
        .find(&client)
        .await
        .unwrap()
        .unwrap();
    one.state = disabled;
    house.storage.clients().save(&one).await.unwrap();
    after.get(&patients).await.expect(401);
}

#[tokio::test]
async fn an_export_asked_for_with_a_token_that_was_revoked_is_delivered_to_nobody() {
    let (house, _) = house().await;
    let client = house.client("backend", Kind::Backend, false).await;
    let grant = house.grant(&client, "system/*.rs");
    let id = grant.id.clone();
    let token = house.token(grant, 3_600).await;
    let status = begin(&house.bearer(&token), "/fhir/Patient/$export").await;
    work(&house).await;
    let other = house.backend().await;
    let manifest = other.get(&status).await.expect(200).json();
    let patients = file(&manifest, "Patient");
    assert_eq!(ids(&other, &patients).await, ["p"]);
    house
        .storage
        .grants()
        .revoke(&id, house.now())
        .await
        .unwrap();
    other.get(&patients).await.expect(403);
}

#[tokio::test]
async fn a_file_under_way_breaks_off_when_its_token_is_revoked() {
    let (house, backend) = house().await;
    for hundreds in 0..6 {
        let entry = |n: usize| {
            let id = format!("o{hundreds}-{n}");
            json!({"resource": observation(&id, "laboratory"),
                   "request": {"method": "PUT", "url": format!("Observation/{id}")}})
        };
        let entries: Vec<Value> = (0..100).map(entry).collect();
        let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries});
        backend.post("/fhir", bundle).await.expect(200);
    }
    let status = begin(&backend, "/fhir/Patient/$export").await;
    work(&house).await;
    let manifest = backend.get(&status).await.expect(200).json();
    let client = house.client("backend", Kind::Backend, false).await;
    let grant = house.grant(&client, "system/*.rs");
    let id = grant.id.clone();
    let reader = house.bearer(&house.token(grant, 3_600).await);
    let mut body = reader.open(&file(&manifest, "Observation")).await;
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    let lines = first.iter().filter(|byte| **byte == b'\n').count();
    assert!((1..602).contains(&lines), "{lines}");
    let grants = house.storage.grants();
    grants.revoke(&id, house.now()).await.unwrap();
    // Broken off rather than ended: nobody takes the part for the whole.
    assert!(body.frame().await.unwrap().is_err());
}

#[tokio::test]
async fn the_next_page_of_a_search_is_asked_for_anew() {
    let (house, _) = house().await;
    let client = house.client("pager", Kind::Backend, false).await;
    let grant = house.grant(&client, "system/*.rs");
    let id = grant.id.clone();
    let caller = house.bearer(&house.token(grant, 3_600).await);
    let page = caller.get("/fhir/Observation?_count=1").await.expect(200);
    let page = page.json();
    let links = page["link"].as_array().unwrap();
    let next = links.iter().find(|link| link["relation"] == "next");
    let next = path(next.unwrap()["url"].as_str().unwrap());
    caller.get(&next).await.expect(200);
    let grants = house.storage.grants();
    grants.revoke(&id, house.now()).await.unwrap();
    caller.get(&next).await.expect(401);
}

#[tokio::test]
async fn work_ends_with_the_token_it_was_asked_with() {
    let (house, _) = house().await;
    let client = house.client("backend", Kind::Backend, false).await;
    let grant = house.grant(&client, "system/*.rs");
    let id = grant.id.clone();
    let token = house.token(grant, 3_600).await;
    let status = begin(&house.bearer(&token), "/fhir/Patient/$export").await;
    house
        .storage
        .grants()
        .revoke(&id, house.now())
        .await
        .unwrap();
    work(&house).await;
    let other = house.backend().await;
    let reply = other.get(&status).await.expect(403);
    assert!(reply.text().contains("has ended"), "{}", reply.text());
}

#[tokio::test]
async fn so_many_at_once_and_no_more_until_one_ends() {
    let (_house, backend) = house().await;
    let most = usize::try_from(config::limits::EXPORTS_RUNNING_MAX).unwrap();
    let mut first = String::new();
    for _ in 0..most {
        first = begin(&backend, "/fhir/$export").await;
    }
    let asked = backend.with("prefer", "respond-async");
    let reply = asked.get("/fhir/$export").await.expect(429);
    assert_eq!(reply.issue(), "throttled");
    assert!(!reply.header("retry-after").is_empty());
    assert!(reply.text().contains(&most.to_string()));
    backend.delete(&first).await.expect(202);
    begin(&backend, "/fhir/$export").await;
}

#[tokio::test]
async fn another_node_counts_and_serves_what_one_began() {
    let (house, backend) = house().await;
    let status = begin(&backend, "/fhir/Patient/$export").await;
    let node = house.node().await;
    work(&node).await;
    let manifest = backend.get(&status).await.expect(200).json();
    let patients = file(&manifest, "Patient");
    assert_eq!(ids(&node.backend().await, &patients).await, ["p"]);
    assert_eq!(ids(&backend, &patients).await, ["p"]);
}
