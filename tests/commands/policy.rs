//! `kinchart policy test`: one JSON line a vector, exit code 1 when one differs.

use super::{run, stdout};

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
