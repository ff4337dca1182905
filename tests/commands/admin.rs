//! `kinchart admin`: on a database a server is running on.

use super::{Server, run, stderr, stdout};
use serde_json::Value;

#[test]
fn tokens_are_minted_and_die_with_their_client_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("a.db").display());
    let server = Server::start(&["serve", "--database", &database]);
    let at = |arguments: &[&str]| run(&[arguments, &["--database", &database]].concat());
    let added = at(&[
        "admin",
        "client",
        "add",
        "--name",
        "Warehouse",
        "--type",
        "confidential-symmetric",
        "--redirect-uri",
        "http://127.0.0.1/cb",
        "--scopes",
        "system/*.rs",
    ]);
    let added: Value = serde_json::from_str(&stdout(&added)).unwrap();
    assert!(added["client_secret"].as_str().unwrap().len() > 30);
    let id = added["client_id"].as_str().unwrap();
    let mint = ["admin", "token", "mint", "--client", id, "--scope"];
    let token = stdout(&at(&[&mint[..], &["system/*.rs"]].concat()));
    let token = token.trim();
    assert!(!token.contains(char::is_whitespace) && token.len() >= 32);
    assert_eq!(server.get("/fhir/Patient", token).0, 200);
    let more = at(&[&mint[..], &["system/*.cruds"]].concat());
    assert!(!more.status.success() && stderr(&more).contains("no more than"));
    assert!(stdout(&at(&["admin", "client", "list"])).contains("Warehouse"));
    assert!(at(&["admin", "client", "disable", id]).status.success());
    let mut status = 200;
    for _ in 0..40 {
        status = server.get("/fhir/Patient", token).0;
        if status == 401 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    assert_eq!(status, 401);
}

#[test]
fn accounts_are_made_once_and_only_with_roles_the_policy_knows() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("a.db").display());
    let at = |arguments: &[&str]| run(&[arguments, &["--database", &database]].concat());
    let add = [
        "admin",
        "user",
        "add",
        "ada.byron",
        "--kind",
        "staff",
        "--display",
        "Ada Byron",
    ];
    let made = at(&[&add[..], &["--role", "clinician"]].concat());
    let made: Value = serde_json::from_str(&stdout(&made)).unwrap();
    assert!(made["password"].as_str().unwrap().len() >= 12);
    assert!(
        !at(&[&add[..], &["--role", "clinician"]].concat())
            .status
            .success()
    );
    assert!(
        !at(&[&add[..], &["--role", "wizard"]].concat())
            .status
            .success()
    );
    assert!(
        at(&["admin", "user", "disable", "ada.byron"])
            .status
            .success()
    );
    assert!(!at(&["admin", "user", "disable", "nobody"]).status.success());
    let first = stdout(&at(&["admin", "keys", "rotate"]));
    assert_ne!(first, stdout(&at(&["admin", "keys", "rotate"])));
}
