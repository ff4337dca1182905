//! `kinchart backup`, `restore` and `doctor`: on a database a server is running on.

use super::{Server, run, stderr, stdout};
use crate::support::database::fresh;
use serde_json::Value;

/// A server with three patients in its database and a token that reads them.
struct Running {
    server: Server,
    database: String,
    token: String,
    folder: tempfile::TempDir,
}

impl Running {
    async fn start(database: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lines: String = ["p", "q", "r"]
            .map(|id| format!("{{\"resourceType\":\"Patient\",\"id\":\"{id}\",\"name\":[{{\"text\":\"A\\\\nB\\tC \\\\.\"}}]}}\n"))
            .concat();
        let file = folder.path().join("patients.ndjson");
        std::fs::write(&file, lines).unwrap();
        let server = Server::start(&["serve", "--database", database]);
        let at = |arguments: &[&str]| run(&[arguments, &["--database", database]].concat());
        let loaded = at(&["load", file.to_str().unwrap()]);
        assert!(loaded.status.success(), "{}", stderr(&loaded));
        assert!(at(&["admin", "keys", "rotate"]).status.success());
        let add = ["admin", "client", "add", "--name", "W", "--type", "backend"];
        let added = at(&[&add[..], &["--scopes", "system/*.rs"]].concat());
        let added: Value = serde_json::from_str(&stdout(&added)).unwrap();
        let id = added["client_id"].as_str().unwrap();
        let mint = [
            "admin",
            "token",
            "mint",
            "--client",
            id,
            "--scope",
            "system/*.rs",
        ];
        let token = stdout(&at(&mint)).trim().to_owned();
        assert_eq!(server.get("/fhir/Patient/p", &token).0, 200);
        Self {
            server,
            database: database.to_owned(),
            token,
            folder,
        }
    }

    fn at(&self, arguments: &[&str]) -> std::process::Output {
        run(&[arguments, &["--database", &self.database]].concat())
    }
}

fn found(server: &Server, token: &str) -> u64 {
    let (status, body) = server.get("/fhir/Patient?_summary=count", token);
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    body["total"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_a_server_runs_comes_back_whole_and_signs_nobody_in() {
    let (database, _kept) = fresh().await;
    let running = Running::start(&database).await;
    let copy = running.folder.path().join("copy");
    let name = copy.to_str().unwrap();
    let made = running.at(&["backup", name]);
    assert!(made.status.success(), "{}", stderr(&made));
    assert!(stdout(&made).contains("copied to"));
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = running.at(&["backup", name]);
    assert!(!again.status.success() && stderr(&again).contains("already"));
    let into_itself = running.at(&["restore", name]);
    assert!(!into_itself.status.success());

    let (other, _kept) = fresh().await;
    if let (Some(from), Some(to)) = (
        database.strip_prefix("sqlite:"),
        other.strip_prefix("sqlite:"),
    ) {
        std::fs::copy(format!("{from}.key"), format!("{to}.key")).unwrap();
    }
    let restored = run(&["restore", name, "--keep-sign-ins", "--database", &other]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    let full = run(&["restore", name, "--database", &other]);
    assert!(
        !full.status.success() && stderr(&full).contains("not empty"),
        "{}",
        stderr(&full)
    );
    let second = Server::start(&["serve", "--database", &other]);
    assert_eq!(found(&second, &running.token), 3);
    let (_, patient) = second.get("/fhir/Patient/q", &running.token);
    assert!(
        patient.contains("A\\nB\\tC \\\\.") || patient.contains("A\\\\nB"),
        "{patient}"
    );
    drop(second);

    let (third, _kept) = fresh().await;
    if let (Some(from), Some(to)) = (
        database.strip_prefix("sqlite:"),
        third.strip_prefix("sqlite:"),
    ) {
        std::fs::copy(format!("{from}.key"), format!("{to}.key")).unwrap();
    }
    assert!(
        run(&["restore", name, "--database", &third])
            .status
            .success()
    );
    let fresh_server = Server::start(&["serve", "--database", &third]);
    assert_eq!(fresh_server.get("/fhir/Patient", &running.token).0, 401);
    assert_eq!(running.server.get("/fhir/Patient", &running.token).0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_copy_changes_nothing() {
    let (database, _kept) = fresh().await;
    let running = Running::start(&database).await;
    let copy = running.folder.path().join("copy");
    assert!(
        running
            .at(&["backup", copy.to_str().unwrap()])
            .status
            .success()
    );
    let bytes = std::fs::read(&copy).unwrap();
    let cut = running.folder.path().join("cut");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let (other, _kept) = fresh().await;
    let refused = run(&["restore", cut.to_str().unwrap(), "--database", &other]);
    assert!(!refused.status.success(), "{}", stderr(&refused));
    std::fs::write(&cut, "not a copy").unwrap();
    let refused = run(&["restore", cut.to_str().unwrap(), "--database", &other]);
    assert!(
        stderr(&refused).contains("not a copy"),
        "{}",
        stderr(&refused)
    );
    let whole = run(&[
        "restore",
        copy.to_str().unwrap(),
        "--keep-sign-ins",
        "--database",
        &other,
    ]);
    if other.starts_with("sqlite:") {
        // Without its key the record is there, but nobody can use it yet.
        assert!(
            stderr(&whole).contains("not ready for use"),
            "{}",
            stderr(&whole)
        );
    } else {
        assert!(whole.status.success(), "{}", stderr(&whole));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_what_is_wrong_and_what_to_do() {
    let (database, _kept) = fresh().await;
    let nothing = run(&["doctor", "--database", &database]);
    assert!(
        stdout(&nothing).contains("there is none yet"),
        "{}",
        stdout(&nothing)
    );
    let running = Running::start(&database).await;
    let said = stdout(&running.at(&["doctor"]));
    for line in [
        "ok    policy",
        "ok    database",
        "ok    search",
        "ok    clock",
        "fail  mail",
        "--smtp-url",
        "kinchart admin apps",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    assert!(!running.at(&["doctor"]).status.success());
    let dead = running.at(&["doctor", "--smtp-url", "smtp://127.0.0.1:1"]);
    assert!(
        stdout(&dead).contains("the mail server cannot be used"),
        "{}",
        stdout(&dead)
    );
    if let Some(path) = database.strip_prefix("sqlite:") {
        std::fs::remove_file(format!("{path}.key")).unwrap();
        let keyless = stdout(&running.at(&["doctor"]));
        assert!(keyless.contains("fail  encryption"), "{keyless}");
    }
}
