//! `kinchart policy`: vectors run, packs checked, compared, signed, and tried on the people there are.

use super::{run, stderr, stdout};

const VECTOR: &str = r#"[{"id":"V1","now":"2026-06-15T12:00:00-04:00",
  "patient":{"id":"p1","birthDate":"2021-02-01"},"actor":{"kind":"proxy"},
  "request":{"op":"r","type":"Observation","subject":"p1"},
  "client":{"id":"app1","scopes":["patient/*.rs"],"patient":"p1"},
  "relationship":{"type":"parent","status":"active"},
  "expect":{"effect":"permit","reason":"PERMIT_PROXY_FULL","http":200}}]"#;

#[test]
fn a_vector_that_differs_fails_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.json");
    std::fs::write(&path, VECTOR).unwrap();
    let arguments = [
        "policy",
        "test",
        "--pack",
        "middlesex",
        path.to_str().unwrap(),
    ];
    let good = run(&arguments);
    assert!(good.status.success());
    let expected =
        r#"{"id":"V1","effect":"permit","reason":"PERMIT_PROXY_FULL","http":200,"ok":true}"#;
    assert_eq!(stdout(&good).trim(), expected);
    std::fs::write(&path, VECTOR.replace("\"permit\"", "\"deny\"")).unwrap();
    let bad = run(&arguments);
    assert_eq!(bad.status.code(), Some(1));
    assert!(stdout(&bad).contains(r#""ok":false"#));
}

/// The shipped packs with one word changed, in a file of their own.
fn packs(folder: &tempfile::TempDir, from: &str, to: &str) -> String {
    let shipped = access::Pack::shipped_json();
    assert!(shipped.contains(from));
    let path = folder.path().join("ours.json");
    std::fs::write(&path, shipped.replacen(from, to, 1)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_fault_of_a_pack_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = packs(&folder, "\"leap_day\":\"mar1\"", "\"leap_day\":\"mar2\"");
    let text = std::fs::read_to_string(&path).unwrap();
    let line = 1 + text[..text.find("mar2").unwrap()].matches('\n').count();
    let checked = run(&["policy", "check", &path]);
    assert_eq!(checked.status.code(), Some(1));
    let said = stdout(&checked);
    assert!(said.starts_with(&format!("{path}:{line}:")), "{said}");
    assert!(said.contains("/middlesex/leap_day"), "{said}");
    let good = packs(&folder, "\"version\"", "\"version\"");
    let checked = run(&["policy", "check", &good]);
    assert!(checked.status.success());
    assert!(stdout(&checked).contains("uconn: good"));
}

#[test]
fn two_packs_are_compared_by_whom_they_let_do_what() {
    let compared = run(&["policy", "diff", "middlesex", "ct-exemplar"]);
    let said = stdout(&compared);
    let parent = "parent of a child of 13 to 17\n  + immunization: nothing → read, search\n";
    assert!(said.contains(parent), "{said}");
    assert!(!said.contains("  - "), "{said}");
    let same = run(&["policy", "diff", "uconn", "uconn"]);
    assert_eq!(stdout(&same), "uconn and uconn say the same.\n");
}

#[test]
fn a_server_runs_only_under_a_pack_that_somebody_it_trusts_has_signed() {
    let folder = tempfile::tempdir().unwrap();
    let path = packs(&folder, "\"version\":\"2026-11\"", "\"version\":\"ours-1\"");
    let policy = format!("{path}#middlesex");
    let database = format!("sqlite:{}", folder.path().join("k.db").display());
    let key = folder.path().join("counsel.pem");
    let (key, public) = (key.to_str().unwrap(), format!("{}.pub", key.display()));
    let open = |with: &[&str]| {
        let list = [
            "admin",
            "user",
            "list",
            "--database",
            &database,
            "--policy",
            &policy,
        ];
        run(&[&list[..], with].concat())
    };
    let unsigned = open(&[]);
    assert!(!unsigned.status.success());
    assert!(
        stderr(&unsigned).contains("nobody signed it"),
        "{}",
        stderr(&unsigned)
    );
    let served = run(&["serve", "--database", &database, "--policy", &policy]);
    assert!(!served.status.success());
    assert!(
        stderr(&served).contains("nobody signed it"),
        "{}",
        stderr(&served)
    );

    assert!(run(&["policy", "key", key]).status.success());
    let again = run(&["policy", "key", key]);
    assert!(!again.status.success(), "a key is never overwritten");
    let signed = run(&[
        "policy",
        "sign",
        "--key",
        key,
        "--signed-by",
        "Ada Counsel",
        &path,
    ]);
    assert!(signed.status.success(), "{}", stderr(&signed));
    assert!(!open(&[]).status.success(), "no key is trusted");
    let trusted = open(&["--policy-key", &public]);
    assert!(trusted.status.success(), "{}", stderr(&trusted));

    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("ours-1", "ours-2")).unwrap();
    let changed = open(&["--policy-key", &public]);
    assert!(
        stderr(&changed).contains("changed after it was signed"),
        "{}",
        stderr(&changed)
    );
}

#[test]
fn a_pack_is_tried_on_everybody_before_it_goes_live() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("k.db").display());
    let lines = [
        r#"{"resourceType":"Patient","id":"teen","birthDate":"2012-01-01"}"#,
        r#"{"resourceType":"Patient","id":"adult","birthDate":"1985-04-04"}"#,
        r#"{"resourceType":"RelatedPerson","id":"parent","active":true,"patient":{"reference":"Patient/teen"},"extension":[{"url":"https://kinchart.org/fhir/StructureDefinition/proxy-relationship","valueCode":"parent"}]}"#,
        r#"{"resourceType":"Immunization","id":"i1","status":"completed","vaccineCode":{"text":"x"},"patient":{"reference":"Patient/teen"},"occurrenceDateTime":"2020-01-01"}"#,
        r#"{"resourceType":"Immunization","id":"i2","status":"completed","vaccineCode":{"text":"x"},"patient":{"reference":"Patient/teen"},"occurrenceDateTime":"2021-01-01"}"#,
    ];
    let file = folder.path().join("people.ndjson");
    std::fs::write(&file, lines.join("\n")).unwrap();
    let loaded = run(&["load", file.to_str().unwrap(), "--database", &database]);
    assert!(loaded.status.success(), "{}", stderr(&loaded));
    let tried = |to: &str| {
        let at = "2026-06-15T12:00:00-04:00";
        let simulate = ["policy", "simulate", "--to", to, "--at", at, "--json"];
        let tried = run(&[&simulate[..], &["--database", &database]].concat());
        assert!(tried.status.success(), "{}", stderr(&tried));
        serde_json::from_str::<serde_json::Value>(&stdout(&tried)).unwrap()
    };
    assert_eq!(tried("middlesex")["changes"], serde_json::json!([]));
    let report = tried("ct-exemplar");
    assert_eq!(report["looked_at"]["patient"], 2);
    assert_eq!(report["looked_at"]["parent"], 1);
    let parent = report["changes"].as_array().unwrap().iter();
    let mut parent = parent.filter(|one| one["who"] == "parent");
    let immunization = parent.next().unwrap();
    assert_eq!(immunization["class"], "immunization");
    assert_eq!(immunization["gain"], 1);
    assert_eq!(immunization["resources_gained"], 2);
    assert_eq!(immunization["lose"], 0);
    assert!(parent.next().is_none(), "{report}");
}
