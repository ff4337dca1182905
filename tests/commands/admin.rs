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

#[test]
fn an_app_is_opened_in_a_chart_by_a_script_on_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("a.db").display());
    let at = |arguments: &[&str]| run(&[arguments, &["--database", &database]].concat());
    let file = folder.path().join("chart.ndjson");
    let visit = r#"{"resourceType":"Encounter","id":"v","status":"in-progress","class":{"code":"AMB","system":"http://terminology.hl7.org/CodeSystem/v3-ActCode"},"subject":{"reference":"Patient/p"}}"#;
    let patients = r#"{"resourceType":"Patient","id":"p"}
{"resourceType":"Patient","id":"q"}"#;
    std::fs::write(&file, format!("{patients}\n{visit}\n")).unwrap();
    let loaded = at(&["load", file.to_str().unwrap()]);
    assert!(loaded.status.success(), "{}", stderr(&loaded));
    let client = |scopes: &str| {
        let arguments = [
            "admin",
            "client",
            "add",
            "--name",
            "Growth Charts",
            "--type",
            "public",
        ];
        let more = ["--redirect-uri", "http://127.0.0.1/cb", "--scopes", scopes];
        let added: Value =
            serde_json::from_str(&stdout(&at(&[&arguments[..], &more].concat()))).unwrap();
        added["client_id"].as_str().unwrap().to_owned()
    };
    let (app, other) = (client("launch openid user/*.rs"), client("openid"));
    let user = [
        "admin",
        "user",
        "add",
        "wu",
        "--kind",
        "staff",
        "--display",
        "Dr. Wu",
    ];
    assert!(
        at(&[&user[..], &["--role", "clinician"]].concat())
            .status
            .success()
    );
    let launch = [
        "admin",
        "launch",
        "create",
        "--user",
        "wu",
        "--encounter",
        "v",
    ];
    let made = at(&[&launch[..], &["--client", &app, "--intent", "growth"]].concat());
    let made: Value =
        serde_json::from_str(&stdout(&made)).unwrap_or_else(|_| panic!("{}", stderr(&made)));
    assert!(made["launch"].as_str().unwrap().len() >= 43);
    assert!(made["iss"].as_str().unwrap().ends_with("/fhir"));
    for (more, why) in [
        (&["--client", &other][..], "scope launch"),
        (&["--client", &app, "--patient", "q"], "Patient/p"),
        (&["--client", "nobody"], "nobody"),
    ] {
        let refused = at(&[&launch[..], more].concat());
        assert!(
            !refused.status.success() && stderr(&refused).contains(why),
            "{why}: {}",
            stderr(&refused)
        );
    }
}

#[test]
fn an_app_that_waits_is_approved_or_declined_on_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("a.db").display());
    let server = Server::start(&["serve", "--database", &database]);
    let at = |arguments: &[&str]| run(&[arguments, &["--database", &database]].concat());
    let registered = |name: &str| {
        let request = serde_json::json!({
            "client_name": name, "token_endpoint_auth_method": "none",
            "redirect_uris": ["http://127.0.0.1/cb"], "scope": "patient/*.rs patient/Goal.cud",
        });
        let answer = server.post_json("/oauth2/register", &request.to_string());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["scope_in_review"], "patient/Goal.cud");
        answer["client_id"].as_str().unwrap().to_owned()
    };
    let (one, other) = (registered("Goals"), registered("Steps"));
    let waiting = stdout(&at(&["admin", "client", "list", "--state", "review"]));
    assert!(waiting.contains("Goals") && waiting.contains("Steps"));
    let approved = at(&["admin", "client", "approve", &one, "--note", "fine"]);
    let approved: Value = serde_json::from_str(&stdout(&approved)).unwrap();
    assert_eq!(
        (&approved["state"], &approved["scopes"]),
        (&"live".into(), &"patient/*.rs patient/Goal.cud".into())
    );
    let declined = at(&["admin", "client", "decline", &other]);
    let declined: Value = serde_json::from_str(&stdout(&declined)).unwrap();
    assert_eq!(declined["scopes"], "patient/*.rs");
    let again = at(&["admin", "client", "approve", &one]);
    assert!(!again.status.success() && stderr(&again).contains("nothing of it waits"));
    assert!(
        !at(&["admin", "client", "list", "--state", "moon"])
            .status
            .success()
    );
}

#[test]
fn the_servers_own_apps_are_registered_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("a.db").display());
    let at = |arguments: &[&str]| run(&[arguments, &["--database", &database]].concat());
    let apps = ["admin", "apps", "--base-url", "https://record.example"];
    let first = stdout(&at(&apps));
    assert_eq!(first.lines().count(), 3, "{first}");
    assert!(
        first.lines().all(|line| line.ends_with(" registered")),
        "{first}"
    );
    assert!(
        stdout(&at(&apps))
            .lines()
            .all(|line| line.ends_with("already"))
    );
    let listed = stdout(&at(&["admin", "client", "list"]));
    assert!(listed.contains("Kinchart clinic workspace"), "{listed}");
    assert!(stdout(&at(&["admin", "cards"])).contains("RULE"));
}

#[test]
fn the_audit_trail_proves_itself_and_names_the_entry_somebody_touched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db");
    let database = format!("sqlite:{}", file.display());
    let at = |arguments: &[&str]| run(&[arguments, &["--database", &database]].concat());
    let patient = folder.path().join("patient.json");
    std::fs::write(
        &patient,
        r#"{"resourceType":"Patient","id":"a","active":true}"#,
    )
    .unwrap();
    let patient = patient.display().to_string();
    assert!(
        run(&["load", &patient, "--database", &database])
            .status
            .success()
    );
    let whole = at(&["admin", "audit", "verify"]);
    assert!(whole.status.success(), "{}", stderr(&whole));
    assert!(
        stdout(&whole).contains("the audit trail is whole: 1 entries"),
        "{}",
        stdout(&whole)
    );
    let none = at(&["admin", "audit", "roots"]);
    assert!(none.status.success() && stdout(&none).is_empty());
    // Somebody with a hex editor.
    let mut bytes = std::fs::read(&file).unwrap();
    let needle = b"PERMIT_HOUSE";
    let found = bytes
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap();
    bytes[found] = b'H';
    std::fs::write(&file, bytes).unwrap();
    let broken = at(&["admin", "audit", "verify"]);
    assert_eq!(broken.status.code(), Some(1));
    assert!(
        stdout(&broken).contains("broken: entry 1 is not as it was written"),
        "{}",
        stdout(&broken)
    );
}

#[test]
fn a_code_is_given_out_on_the_server_and_a_later_one_replaces_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("a.db").display());
    let server = Server::start(&["serve", "--database", &database]);
    let at = |arguments: &[&str]| run(&[arguments, &["--database", &database]].concat());
    let people = folder.path().join("people.ndjson");
    let lines = [
        r#"{"resourceType":"Patient","id":"ivy","birthDate":"1990-05-17","name":[{"family":"Green"}],"address":[{"postalCode":"06457"}]}"#,
        r#"{"resourceType":"Patient","id":"tim","birthDate":"2020-05-17","name":[{"family":"Green"}]}"#,
        r#"{"resourceType":"Patient","id":"eve","birthDate":"1950-05-17","deceasedBoolean":true,"name":[{"family":"Green"}]}"#,
    ];
    std::fs::write(&people, lines.join("\n")).unwrap();
    let loaded = at(&["load", people.to_str().unwrap()]);
    assert!(loaded.status.success(), "{}", stderr(&loaded));
    let issue = |patient: &str, more: &[&str]| {
        let arguments = ["admin", "activation-code", "issue", "--patient", patient];
        at(&[&arguments[..], more].concat())
    };
    let code = |answer: &std::process::Output| {
        let told: Value = serde_json::from_str(&stdout(answer)).unwrap();
        assert_eq!(told["patient"], "ivy");
        let code = told["activation_code"].as_str().unwrap().to_owned();
        let address = told["address"].as_str().unwrap();
        assert!(address.ends_with(&format!("/account/sign-up?code={code}")));
        code
    };
    let (first, second) = (issue("ivy", &[]), issue("ivy", &[]));
    let (first, second) = (code(&first), code(&second));
    assert_ne!(first, second);
    assert!(access::opening::hash_of_code(&second).is_some());
    for (patient, more, why) in [
        ("nobody", &[][..], "there is no patient nobody"),
        ("tim", &[], "no account of their own"),
        ("eve", &[], "has died"),
        ("ivy", &["--email"], "no e-mail address"),
    ] {
        let refused = issue(patient, more);
        assert!(!refused.status.success(), "{patient}");
        assert!(stderr(&refused).contains(why), "{}", stderr(&refused));
        assert!(!stdout(&refused).contains("activation_code"));
    }
    drop(server);
}
