//! Maintenance: told ahead, kept to by every node at once, and over by itself.

use serde_json::json;
use storage::maintenance::{Mode, Window};

use crate::support::House;

async fn plan(house: &House, mode: Mode, starts: &str, ends: &str) -> String {
    let window = Window {
        id: uuid::Uuid::new_v4().to_string(),
        mode,
        starts: starts.parse().unwrap(),
        ends: ends.parse().unwrap(),
        said: "A new version.".to_owned(),
    };
    house.storage.maintenance().plan(&window).await.unwrap();
    window.id
}

/// Waits until another node has heard of what is so now, a second at most.
async fn heard(node: &House, count: usize) {
    for _ in 0..50 {
        let windows = node
            .storage
            .maintenance()
            .windows(node.now())
            .await
            .unwrap();
        if windows.len() == count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the other node does not know");
}

#[tokio::test]
async fn what_is_planned_is_told_in_the_statement_and_where_people_sign_in() {
    let house = House::with_people().await;
    let anyone = house.anonymous();
    let told = |json: serde_json::Value| json["implementation"]["description"].clone();
    let before = told(anyone.get("/fhir/metadata").await.expect(200).json());
    assert_eq!(before, "Kinchart patient access");
    let (starts, ends) = ("2026-06-16T02:00:00Z", "2026-06-16T03:00:00Z");
    let id = plan(&house, Mode::ReadOnly, starts, ends).await;
    let text = "Maintenance on Monday, June 15, 10:00 PM to 11:00 PM";
    let after = told(anyone.get("/fhir/metadata").await.expect(200).json());
    assert!(after.as_str().unwrap().contains(text), "{after}");
    for path in ["/account/sign-in", "/"] {
        let page = anyone.get(path).await.expect(200).text();
        assert!(
            page.contains(text) && page.contains("A new version."),
            "{path}"
        );
    }
    let now = house.now();
    let ended = house
        .storage
        .maintenance()
        .end(Some(&id), now)
        .await
        .unwrap();
    assert_eq!(ended, 1);
    let after = told(anyone.get("/fhir/metadata").await.expect(200).json());
    assert_eq!(after, before);
}

#[tokio::test]
async fn while_nothing_can_be_changed_looking_works_on_every_node() {
    let house = House::with_people().await;
    let node = house.node().await;
    plan(
        &house,
        Mode::ReadOnly,
        "2026-06-15T16:00:00Z",
        "2026-06-15T16:10:00Z",
    )
    .await;
    heard(&node, 1).await;
    for house in [&house, &node] {
        house.move_clock("2026-06-15T16:05:00Z");
        let ada = house.patient("ada").await;
        ada.get("/fhir/Observation?patient=ada").await.expect(200);
        let found = ada
            .post_form("/fhir/Observation/_search", "patient=ada")
            .await;
        found.expect(200);
        let message = json!({"resourceType": "Communication", "status": "in-progress",
            "subject": {"reference": "Patient/ada"}, "payload": [{"contentString": "Hello"}]});
        let refused = ada.post("/fhir/Communication", &message).await.expect(503);
        assert_eq!(refused.json()["issue"][0]["code"], "transient");
        let seconds: i64 = refused.header("retry-after").parse().unwrap();
        assert!((290..=300).contains(&seconds), "{seconds}");
        assert!(
            refused.text().contains("A new version."),
            "{}",
            refused.text()
        );
        ada.put("/fhir/Patient/ada", json!({})).await.expect(503);
        house.anonymous().get("/account/sign-in").await.expect(200);
    }
    house.move_clock("2026-06-15T16:10:00Z");
    let ada = house.patient("ada").await;
    let again = ada.put("/fhir/Patient/ada", json!({})).await;
    assert_ne!(again.status, 503);
}

#[tokio::test]
async fn while_nothing_can_be_changed_a_bundle_of_reads_is_answered_and_one_with_a_write_is_not() {
    let house = House::with_people().await;
    let (starts, ends) = ("2026-06-15T16:00:00Z", "2026-06-15T16:10:00Z");
    plan(&house, Mode::ReadOnly, starts, ends).await;
    house.move_clock("2026-06-15T16:05:00Z");
    let backend = house.backend().await;
    let entry = |method: &str, url: &str| json!({"request": {"method": method, "url": url}});
    let posted = async |kind: &str, entries: &[serde_json::Value]| {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": entries});
        backend.post("/fhir", &bundle).await
    };
    let reads = [
        entry("GET", "Patient/ada"),
        entry("HEAD", "Patient/ada"),
        entry("GET", "Observation?patient=ada"),
        entry("POST", "Observation/_search?patient=ada"),
    ];
    for kind in ["batch", "transaction"] {
        let entries = &reads[..if kind == "batch" { 4 } else { 3 }];
        let answers = posted(kind, entries).await.expect(200).json();
        let answers = answers["entry"].as_array().unwrap();
        assert_eq!(answers.len(), entries.len());
        for answer in answers {
            assert_eq!(answer["response"]["status"], "200 OK", "{kind}: {answer}");
        }
        // One that writes turns the whole away, before any of it is done.
        let mut mixed = entries.to_vec();
        let mut write = entry("PUT", "Patient/newcomer");
        write["resource"] = json!({"resourceType": "Patient", "id": "newcomer"});
        mixed.push(write);
        let refused = posted(kind, &mixed).await.expect(503);
        assert_eq!(refused.json()["issue"][0]["code"], "transient");
        let seconds: i64 = refused.header("retry-after").parse().unwrap();
        assert!((290..=300).contains(&seconds), "{kind}: {seconds}");
        backend.get("/fhir/Patient/newcomer").await.expect(404);
    }
    let form = backend.post_form("/fhir/_search", "_type=Patient&_id=ada");
    form.await.expect(200);
    house.move_clock(ends);
    let mut write = entry("PUT", "Patient/newcomer");
    write["resource"] = json!({"resourceType": "Patient", "id": "newcomer"});
    posted("batch", &[write]).await.expect(200);
    backend.get("/fhir/Patient/newcomer").await.expect(200);
}

#[tokio::test]
async fn while_all_is_closed_only_the_probes_answer_until_it_is_ended() {
    let house = House::with_people().await;
    let ada = house.patient("ada").await;
    plan(
        &house,
        Mode::Closed,
        "2026-06-15T15:00:00Z",
        "2026-06-15T18:00:00Z",
    )
    .await;
    ada.get("/fhir/Patient/ada").await.expect(503);
    let page = house.anonymous().get("/account/sign-in").await.expect(503);
    assert!(page.text().contains("<h1>"), "{}", page.text());
    let token = house
        .anonymous()
        .post_form("/oauth2/token", "grant_type=x")
        .await;
    assert_eq!(token.expect(503).json()["error"], "temporarily_unavailable");
    for path in ["/healthz", "/readyz", "/metrics", "/fhir/metadata"] {
        house.anonymous().get(path).await.expect(200);
    }
    let now = house.now();
    house.storage.maintenance().end(None, now).await.unwrap();
    ada.get("/fhir/Patient/ada").await.expect(200);
}

#[tokio::test]
async fn an_age_is_as_exact_in_maintenance_as_ever() {
    // The 13th birthday falls into it: what was open to a parent a second ago is closed, whatever was cached.
    let house = House::with_people().await;
    let born = house
        .backend()
        .await
        .get("/fhir/Patient/ben")
        .await
        .expect(200)
        .json();
    let born: jiff::civil::Date = born["birthDate"].as_str().unwrap().parse().unwrap();
    let birthday = born.saturating_add(jiff::Span::new().years(13));
    let zone = house.web.pack.zone().clone();
    let turns = birthday.to_zoned(zone).unwrap().timestamp();
    let second = jiff::SignedDuration::from_secs(1);
    let (before, after) = (turns - second, turns + second);
    let hours = jiff::SignedDuration::from_hours(1);
    let (starts, ends) = ((turns - hours).to_string(), (turns + hours).to_string());
    plan(&house, Mode::ReadOnly, &starts, &ends).await;
    house.move_clock(&before.to_string());
    let ask = house.proxy_under_grant("ada", "ben").await.0;
    ask.get("/fhir/Observation/ben-glucose").await.expect(200);
    house.move_clock(&after.to_string());
    ask.get("/fhir/Observation/ben-glucose").await.expect(404);
}
