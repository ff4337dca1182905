//! Mail about news from a server that is killed, and what an administrator does about addresses.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Server, run, stdout};

impl Server {
    fn put(&self, path: &str, token: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "PUT {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/fhir+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }
    /// How many mails about news went to an address.
    fn news_to(&self, address: &str) -> usize {
        let (_, body) = self.get("/demo/mailbox", "none");
        let all: Vec<Value> = serde_json::from_str(&body).unwrap();
        let news = |mail: &&Value| {
            mail["to"] == address && mail["subject"] == "There is something new in your account"
        };
        all.iter().filter(news).count()
    }
    fn wait_for_news(&self, address: &str) -> usize {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(40) && self.news_to(address) == 0 {
            std::thread::sleep(Duration::from_millis(250));
        }
        self.news_to(address)
    }
}

#[test]
fn a_server_that_is_killed_tells_of_what_was_written_once() {
    const ROSA: &str = "rosa.morales@mail.example";
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("d.db").display());
    let at = |arguments: &[&str]| run(&[arguments, &["--database", &database]].concat());
    let server = Server::start(&["demo", "--database", &database]);
    let token = stdout(&at(&[
        "admin",
        "token",
        "mint",
        "--client",
        "backend",
        "--scope",
        "system/*.cruds",
    ]));
    let result = json!({"resourceType": "Observation", "id": "mail-1", "status": "final",
        "code": {"text": "Glucose"}, "subject": {"reference": "Patient/rosa"}});
    let answer = server.put(
        "/fhir/Observation/mail-1",
        token.trim(),
        &result.to_string(),
    );
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    // Without a moment to finish anything.
    drop(server);
    let server = Server::start(&["demo", "--database", &database]);
    assert_eq!(server.wait_for_news(ROSA), 1);
    drop(server);
    let server = Server::start(&["demo", "--database", &database]);
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(server.news_to(ROSA), 1);
    // Mail to her came back: the next result is told to nobody.
    let bounced = at(&["admin", "mail", "bounce", ROSA]);
    assert!(bounced.status.success());
    let bounced: Value = serde_json::from_str(&stdout(&bounced)).unwrap();
    assert_eq!(bounced["accounts"], 1);
    let nobody = at(&["admin", "mail", "bounce", "nobody@mail.example"]);
    assert!(!nobody.status.success());
    assert_eq!(stdout(&at(&["admin", "mail", "list"])), "");
    let retried: Value = serde_json::from_str(&stdout(&at(&["admin", "mail", "retry"]))).unwrap();
    assert_eq!(retried["tried_again"], 0);
}
