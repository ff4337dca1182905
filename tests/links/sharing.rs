//! What a link shows, and what whoever opens it must show first.

use serde_json::json;

use super::receiver::{Receiver, names, output};
use super::{ALL, house, link, share};

#[tokio::test]
async fn a_link_shows_the_categories_chosen_and_opens_with_its_key_alone() {
    let house = house().await;
    let (_, receiver) = link(&house, &[]).await;
    let payload = &receiver.payload;
    assert_eq!(
        (&payload["label"], &payload["v"]),
        (&json!("Knee"), &json!(1))
    );
    assert!(payload.get("flag").is_none());
    assert!(payload["url"].as_str().unwrap().len() <= 128);
    // The house's clock goes on while the link is made and sent.
    let week = house.now().as_second() + 7 * 86_400;
    let ends = payload["exp"].as_i64().unwrap();
    assert!((week - 60..=week).contains(&ends), "{ends} {week}");
    let reply = receiver.asks().await.expect(200);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert!(!reply.text().contains("Berg"), "encrypted");
    let manifest = reply.json();
    assert_eq!(manifest["status"], "finalized");
    let files = receiver.files(&manifest).await;
    let [(kind, file)] = &files[..] else {
        panic!("{} files", files.len());
    };
    assert_eq!(kind, "application/fhir+json");
    assert_eq!(file.header["enc"], "A256GCM");
    assert_eq!(file.header["cty"], "application/fhir+json");
    let found = names(&file.json);
    for there in [
        "Patient/ada",
        "Observation/ada-glucose",
        "Observation/ada-sodium",
    ] {
        assert!(found.contains(&there.to_owned()), "{there}: {found:?}");
    }
    for hidden in ["ada-weight", "ada-private", "ada-other", "ben"] {
        assert!(
            !found.iter().any(|name| name.ends_with(hidden)),
            "{hidden}: {found:?}"
        );
    }
    let again = receiver.asks().await.expect(200).json();
    assert_ne!(
        again["files"][0]["embedded"],
        manifest["files"][0]["embedded"]
    );
}

#[tokio::test]
async fn sensitive_care_goes_along_label_by_label_and_only_what_the_maker_sees() {
    let house = house().await;
    let (_, receiver) = link(&house, &[("sensitive", json!("HIV"))]).await;
    let found = names(&receiver.record(json!({"recipient": "Dr. Gray"})).await);
    assert!(found.contains(&"Observation/ada-private".to_owned()));
    assert!(!found.contains(&"Observation/ada-other".to_owned()));
}

#[tokio::test]
async fn a_file_too_long_to_embed_is_fetched_within_the_hour() {
    let house = house().await;
    let (_, receiver) = link(&house, &[("long-term", json!(true))]).await;
    assert_eq!(receiver.payload["flag"], "L");
    let asked = json!({"recipient": "Dr. Gray", "embeddedLengthMax": 10});
    let manifest = receiver.ask(asked).await.expect(200).json();
    assert_eq!(manifest["status"], "can-change");
    let location = manifest["files"][0]["location"].as_str().unwrap();
    let path = location
        .strip_prefix(crate::support::BASE)
        .unwrap()
        .to_owned();
    let files = receiver.files(&manifest).await;
    assert!(names(&files[0].1.json).contains(&"Observation/ada-glucose".to_owned()));
    house.clock.advance_seconds(3_599);
    receiver.get(&path).await.expect(200);
    house.clock.advance_seconds(1);
    receiver.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_direct_link_is_one_file_for_whoever_says_who_they_are() {
    let house = house().await;
    let (_, receiver) = link(&house, &[("direct", json!(true))]).await;
    assert_eq!(receiver.payload["flag"], "U");
    let path = receiver.path();
    receiver.get(&path).await.expect(400);
    let reply = receiver.get(&format!("{path}?recipient=Dr.%20Gray")).await;
    let reply = reply.expect(200);
    assert_eq!(reply.header("content-type"), "application/jose");
    assert!(names(&receiver.open(&reply.text()).json).contains(&"Patient/ada".to_owned()));
    receiver.asks().await.expect(404);
    let ada = house.patient_with("ada", ALL).await;
    let both = [
        ("category", json!("results")),
        ("direct", json!(true)),
        ("passcode", json!("2468")),
    ];
    share(&ada, "ada", &both).await.expect(422);
}

#[tokio::test]
async fn a_token_of_a_link_reads_what_the_link_shows_and_ends_with_it() {
    let house = house().await;
    let (id, receiver) = link(&house, &[("live", json!(true))]).await;
    let manifest = receiver.asks().await.expect(200).json();
    let files = receiver.files(&manifest).await;
    let (_, access) = files
        .iter()
        .find(|(kind, _)| kind == "application/smart-api-access")
        .unwrap();
    assert_eq!(access.json["aud"], "http://kinchart.test/fhir");
    assert_eq!(access.json["expires_in"], 3_600);
    let opener = house.bearer(access.json["access_token"].as_str().unwrap());
    opener
        .get("/fhir/Observation/ada-glucose")
        .await
        .expect(200);
    let found = opener
        .get("/fhir/Observation?patient=ada")
        .await
        .expect(200);
    let mut ids = found.ids(Some("match"));
    ids.sort();
    assert_eq!(ids, ["ada-glucose", "ada-sodium"]);
    for path in [
        "/fhir/Observation/ada-weight",
        "/fhir/Observation/ada-private",
        "/fhir/Observation/ben-glucose",
        "/fhir/Patient/ben",
    ] {
        let status = opener.get(path).await.status.as_u16();
        assert!(matches!(status, 403 | 404), "{path}: {status}");
    }
    for path in [
        "/fhir/Condition?patient=ada",
        "/fhir/AuditEvent?patient=ada",
    ] {
        assert_eq!(opener.get(path).await.status, 403, "{path}");
    }
    let written = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"},
        "subject": {"reference": "Patient/ada"}});
    opener.post("/fhir/Observation", written).await.expect(403);
    opener
        .get("/fhir/Patient/ada/$access-log")
        .await
        .expect(403);
    let more = [("category", json!("results"))];
    share(&opener, "ada", &more).await.expect(403);
    let ada = house.patient_with("ada", ALL).await;
    let end = super::receiver::wish(&[]);
    let mut end = end;
    end["parameter"] = json!([{"name": "link", "valueId": id}]);
    ada.post("/fhir/Patient/ada/$end-share", end)
        .await
        .expect(200);
    opener
        .get("/fhir/Observation/ada-glucose")
        .await
        .expect(404);
}

#[tokio::test]
async fn every_opening_stands_in_the_patients_log_with_who_opened_it() {
    let house = house().await;
    let (_, receiver) = link(&house, &[("passcode", json!("2468"))]).await;
    assert_eq!(receiver.payload["flag"], "P");
    let asked = |passcode: &str| json!({"recipient": "Dr.\nGray", "passcode": passcode});
    receiver.ask(asked("1357")).await.expect(401);
    receiver.ask(asked("2468")).await.expect(200);
    let ada = house.patient_with("ada", ALL).await;
    let log = ada
        .get("/fhir/Patient/ada/$access-log?group=link")
        .await
        .expect(200)
        .text();
    let opened = "“Dr. Gray” by the link “Knee” opened the record";
    assert_eq!(log.matches(&format!("{opened}.")).count(), 1, "{log}");
    assert_eq!(
        log.matches(&format!("{opened} and was refused.")).count(),
        1,
        "{log}"
    );
    let listed = ada
        .get("/fhir/Patient/ada/$shared-links")
        .await
        .expect(200)
        .text();
    assert!(listed.contains("\"opened\",\"valueInteger\":1"), "{listed}");
    assert!(!listed.contains("shlink"), "{listed}");
    let events = ada
        .get("/fhir/AuditEvent?patient=ada&subtype=link-opened")
        .await;
    assert_eq!(events.expect(200).ids(None).len(), 2);
}

#[tokio::test]
async fn nobody_shares_what_they_cannot_see_or_is_not_theirs() {
    let house = house().await;
    let ada = house.patient_with("ada", ALL).await;
    let long = "x".repeat(81);
    for (name, value, element) in [
        ("category", json!("everything"), "category"),
        ("sensitive", json!("PSYTHPN"), "sensitive"),
        ("sensitive", json!("nonsense"), "sensitive"),
        ("label", json!(long), "label"),
        ("passcode", json!("123"), "passcode"),
        ("expires", json!("2026-06-15T15:59:59Z"), "expires"),
        ("expires", json!("2028-01-01T00:00:00Z"), "expires"),
    ] {
        let pairs = [("category", json!("results")), (name, value)];
        let reply = share(&ada, "ada", &pairs).await;
        assert_eq!(reply.status, 422, "{name}: {}", reply.text());
        assert_eq!(reply.json()["issue"][0]["expression"][0], element);
    }
    share(&ada, "ada", &[]).await.expect(400);
    share(&ada, "dan", &[("category", json!("results"))])
        .await
        .expect(404);
    let narrow = house
        .patient_with("ada", "patient/Patient.rs patient/Consent.cruds")
        .await;
    share(&narrow, "ada", &[("category", json!("results"))])
        .await
        .expect(422);
    let reader = house.patient_with("ada", "patient/*.rs").await;
    share(&reader, "ada", &[("category", json!("results"))])
        .await
        .expect(403);
}

#[tokio::test]
async fn a_parent_shares_for_a_child_and_sees_only_links_of_their_own() {
    let house = house().await;
    let (ada, _) = house.proxy_with("ada", "ben", ALL).await;
    let made = share(&ada, "ben", &[("category", json!("vital-signs"))]).await;
    let made = made.expect(200).json();
    let receiver = Receiver::of(&house, &output(&made, "shlink"));
    let found = names(&receiver.record(json!({"recipient": "School"})).await);
    assert!(
        found.contains(&"Observation/ben-weight".to_owned()),
        "{found:?}"
    );
    // The day before the thirteenth birthday it opens (were it good so long), on the birthday it does not.
    let expires = "2026-06-20T00:00:00Z";
    let more = [("category", json!("results")), ("expires", json!(expires))];
    let made = share(&ada, "ben", &more).await.expect(200).json();
    let short = Receiver::of(&house, &output(&made, "shlink"));
    house.move_clock("2026-06-19T23:59:59Z");
    short.asks().await.expect(200);
    house.move_clock(expires);
    short.asks().await.expect(404);
    let listed = ada
        .get("/fhir/Patient/ben/$shared-links")
        .await
        .expect(200)
        .text();
    assert_eq!(listed.matches("\"name\":\"shared\"").count(), 2);
    let own = house.patient_with("ada", ALL).await;
    let listed = own
        .get("/fhir/Patient/ada/$shared-links")
        .await
        .expect(200)
        .text();
    assert!(!listed.contains("shared\""), "{listed}");
}

#[tokio::test]
async fn what_is_no_manifest_request_is_told_so() {
    let house = house().await;
    let (_, receiver) = link(&house, &[]).await;
    for odd in [
        json!({}),
        json!([]),
        json!({"recipient": ""}),
        json!({"recipient": 7}),
    ] {
        receiver.ask(odd).await.expect(400);
    }
    let long = json!({"recipient": "x", "passcode": "y".repeat(20_000)});
    receiver.ask(long).await.expect(413);
}
