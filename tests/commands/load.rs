//! `kinchart load`: everything valid goes in, once; the rest is named with its reason.

use super::{run, stdout};
use std::io::Write;

const BUNDLE: &str = r#"{"resourceType":"Bundle","type":"transaction","entry":[
  {"fullUrl":"urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a",
   "resource":{"resourceType":"Patient","name":[{"family":"Adams"}]},
   "request":{"method":"POST","url":"Patient"}},
  {"fullUrl":"urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059",
   "resource":{"resourceType":"Encounter","status":"finished","class":{"code":"AMB"},
     "subject":{"reference":"urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"},
     "participant":[{"individual":{"reference":"Practitioner?identifier=http://npi|77"}}]},
   "request":{"method":"POST","url":"Encounter"}}]}"#;
const DOCTORS: &str = r#"{"resourceType":"Bundle","type":"batch","entry":[
  {"resource":{"resourceType":"Practitioner","id":"d77",
     "identifier":[{"system":"http://npi","value":"77"}]},
   "request":{"method":"PUT","url":"Practitioner/d77"}}]}"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.json"), BUNDLE).unwrap();
    std::fs::write(folder.path().join("z.json"), DOCTORS).unwrap();
    let zipped = std::fs::File::create(folder.path().join("more.ndjson.gz")).unwrap();
    let mut zipped = flate2::write::GzEncoder::new(zipped, flate2::Compression::fast());
    for at in 0..300 {
        writeln!(
            zipped,
            r#"{{"resourceType":"Observation","id":"o{at}","status":"final","code":{{"text":"x"}},"valueQuantity":{{"value":1.50}}}}"#
        )
        .unwrap();
    }
    zipped.finish().unwrap();
    folder
}

fn all_line(table: &str) -> Vec<u64> {
    let line = table.lines().find(|line| line.starts_with("all ")).unwrap();
    line.split_whitespace()
        .skip(1)
        .take(3)
        .map(|it| it.parse().unwrap())
        .collect()
}

#[test]
fn loading_twice_changes_nothing() {
    let files = folder();
    let place = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", place.path().join("l.db").display());
    let arguments = [
        "load",
        files.path().to_str().unwrap(),
        "--database",
        &database,
    ];
    let first = run(&arguments);
    assert!(first.status.success(), "{}", stdout(&first));
    assert_eq!(all_line(&stdout(&first)), [303, 0, 0]);
    let second = run(&arguments);
    assert!(second.status.success());
    assert_eq!(all_line(&stdout(&second)), [0, 0, 303]);
    std::fs::write(
        files.path().join("z.json"),
        DOCTORS.replace("\"identifier\"", "\"active\":true,\"identifier\""),
    )
    .unwrap();
    assert_eq!(all_line(&stdout(&run(&arguments))), [0, 1, 302]);
}

#[test]
fn what_cannot_be_loaded_is_named_with_its_place_and_reason() {
    let files = folder();
    let bad = files.path().join("bad.ndjson");
    std::fs::write(
        &bad,
        "{\"resourceType\":\"Patient\",\"id\":\"good\"}\nnot json\n\
         {\"resourceType\":\"Patient\",\"gender\":\"unheard-of\"}\n\
         {\"resourceType\":\"Spaceship\"}\n",
    )
    .unwrap();
    let place = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", place.path().join("l.db").display());
    let rejects = place.path().join("rejects.ndjson");
    let folder = files.path().to_str().unwrap();
    let arguments = [
        "load",
        folder,
        "--database",
        &database,
        "--rejects",
        rejects.to_str().unwrap(),
    ];
    let loaded = run(&arguments);
    assert_eq!(loaded.status.code(), Some(1));
    assert!(stdout(&loaded).contains("3 rejected"));
    assert_eq!(all_line(&stdout(&loaded)), [304, 0, 0], "the rest goes in");
    let lines: Vec<serde_json::Value> = std::fs::read_to_string(&rejects)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let at: Vec<_> = lines
        .iter()
        .map(|it| it["line"].as_u64().unwrap())
        .collect();
    assert_eq!(at, [2, 3, 4]);
    assert!(
        lines
            .iter()
            .all(|it| !it["reason"].as_str().unwrap().is_empty())
    );
    assert!(
        run(&[&arguments[..], &["--keep-going"]].concat())
            .status
            .success()
    );
}

#[test]
fn what_was_loaded_can_be_indexed_anew() {
    let files = folder();
    let place = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", place.path().join("l.db").display());
    let path = files.path().to_str().unwrap();
    assert!(
        run(&["load", path, "--database", &database])
            .status
            .success()
    );
    let output = run(&["reindex", "--database", &database]);
    assert!(output.status.success());
    let said = stdout(&output);
    assert!(said.starts_with("303 resources indexed in "), "{said}");
}
