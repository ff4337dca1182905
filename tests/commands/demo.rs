//! `kinchart demo`: the manifest, the mark on its database, and who sees whom.

use super::{Server, run, stderr, stdout};
use serde_json::Value;

fn manifest(path: &std::path::Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_demo_writes_its_manifest_before_it_is_ready_and_starts_again_on_its_own_database() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("d.db").display());
    let path = folder.path().join("m.json");
    let arguments = [
        "demo",
        "--database",
        &database,
        "--manifest",
        path.to_str().unwrap(),
    ];
    let server = Server::start(&arguments);
    let first = manifest(&path);
    assert_eq!(first["base_url"], format!("http://{}", server.address));
    assert_eq!(first["now"], "2026-06-15T12:00:00-04:00");
    assert!(server.before_ready.contains("ana.rivera"));
    let people: Vec<&str> = first["users"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["key"].as_str().unwrap())
        .collect();
    assert_eq!(people.first(), Some(&"ana"));
    let ages: Vec<i64> = first["users"][0]["proxies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|proxy| proxy["age"].as_i64().unwrap())
        .collect();
    assert_eq!(ages, [11, 12, 15, 17]);
    for (key, has) in [
        ("public-app", None),
        ("confidential-app", Some("client_secret")),
        ("asymmetric-app", Some("private_jwk")),
        ("backend", Some("private_jwk")),
        ("clinic-app", Some("client_secret")),
    ] {
        let clients = first["clients"].as_array().unwrap();
        let client = clients.iter().find(|it| it["key"] == key).unwrap();
        assert!(has.is_none_or(|field| !client[field].is_null()), "{key}");
    }
    assert_eq!(first["activation_codes"].as_array().unwrap().len(), 2);
    assert!(first["statements"].as_array().unwrap().len() >= 10);
    drop(server);

    let again = Server::start(&arguments);
    let second = manifest(&path);
    assert_eq!(first["users"], second["users"]);
    assert_eq!(first["statements"], second["statements"]);
    assert_ne!(first["activation_codes"], second["activation_codes"]);
    let mint = [
        "admin",
        "token",
        "mint",
        "--client",
        "backend",
        "--scope",
        "system/*.rs",
    ];
    let token = run(&[&mint[..], &["--database", &database]].concat());
    let (status, body) = again.get("/fhir/Patient?_summary=count", stdout(&token).trim());
    assert_eq!(status, 200);
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["total"], 15);
}

#[test]
fn a_database_with_other_content_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("d.db").display());
    let file = folder.path().join("p.json");
    std::fs::write(&file, r#"{"resourceType":"Patient","id":"p"}"#).unwrap();
    assert!(
        run(&["load", file.to_str().unwrap(), "--database", &database])
            .status
            .success()
    );
    let refused = run(&["demo", "--listen", "127.0.0.1:0", "--database", &database]);
    assert!(!refused.status.success());
    assert!(
        stderr(&refused).contains("not empty"),
        "{}",
        stderr(&refused)
    );
}
