//! The command itself: what it prints, how it stops, what it says when it cannot start.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
};

fn kinchart(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_kinchart"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn serve_says_ready_once_and_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("t.db").display());
    for _ in ["a new database", "an existing one"] {
        let mut server = kinchart(&["serve", "--listen", "127.0.0.1:0", "--database", &database]);
        let mut out = BufReader::new(server.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let base = line.trim().strip_prefix("kinchart ready at ").unwrap();
        assert!(
            base.starts_with("http://127.0.0.1:") && !base.ends_with(":0"),
            "{base}"
        );
        let address = base.strip_prefix("http://").unwrap();
        assert!(std::net::TcpStream::connect(address).is_ok());
        let id = server.id().to_string();
        let stopped = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(stopped.success());
        assert_eq!(server.wait().unwrap().code(), Some(0));
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "one line only");
    }
}

#[test]
fn a_setting_that_cannot_work_is_explained() {
    let told = |arguments: &[&str]| {
        let ended = kinchart(arguments).wait_with_output().unwrap();
        assert!(!ended.status.success());
        String::from_utf8(ended.stderr).unwrap()
    };
    assert!(told(&["serve", "--listen", "here"]).contains("HOST:PORT"));
    assert!(told(&["serve", "--policy", "no-such-pack"]).contains("middlesex"));
    assert!(told(&["serve", "--database", "mysql:x"]).contains("sqlite:FILE"));
}
