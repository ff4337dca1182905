//! Requests to the outside against listeners on this machine.
#![allow(clippy::unwrap_used)]

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers every connection with these bytes, and tells what was asked.
pub(super) async fn listener(
    answer: Vec<u8>,
) -> (u16, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, hears) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = vec![0; 4_096];
            let length = stream.read(&mut asked).await.unwrap_or(0);
            let _ = heard.send(String::from_utf8_lossy(&asked[..length]).into_owned());
            let _ = stream.write_all(&answer).await;
        }
    });
    (port, hears)
}

pub(super) fn here() -> Outside {
    Outside::new(Rules {
        loopback: true,
        private_hosts: Vec::new(),
    })
}

#[tokio::test]
async fn a_document_is_fetched_with_its_headers() {
    let text = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\n{}";
    let (port, mut hears) = listener(text.into()).await;
    let url = format!("http://127.0.0.1:{port}/jwks?x=1");
    let fetched = here().get_json(&url).await.unwrap();
    assert_eq!(fetched.status, 200);
    assert_eq!(fetched.headers["cache-control"], "max-age=60");
    assert_eq!(&fetched.body[..], b"{}");
    let asked = hears.recv().await.unwrap();
    assert!(asked.starts_with("GET /jwks?x=1 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("host: 127.0.0.1:{port}\r\n")));
}

#[tokio::test]
async fn a_form_is_posted() {
    let text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}";
    let (port, mut hears) = listener(text.into()).await;
    let url = format!("http://localhost:{port}/token");
    let fetched = here().post_form(&url, &[("a b", "1&2")]).await.unwrap();
    assert_eq!(fetched.status, 400);
    let asked = hears.recv().await.unwrap();
    assert!(asked.starts_with("POST /token"), "{asked}");
    assert!(asked.ends_with("\r\n\r\na+b=1%262"), "{asked}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let text = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let (port, _hears) = listener(text.into()).await;
    let fetched = here().get_json(&format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(fetched.unwrap().status, 302);
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let mut text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..40 {
        text.extend_from_slice(b"10000\r\n");
        text.extend(std::iter::repeat_n(b'x', 0x10000));
        text.extend_from_slice(b"\r\n");
    }
    let (port, _hears) = listener(text).await;
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(here().get_json(&url).await.unwrap_err(), Fault::TooLarge);
}

#[tokio::test]
async fn a_server_that_never_answers_does_not_hold_us_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(here().get_json(&url).await.unwrap_err(), Fault::TooSlow);
}

#[tokio::test]
async fn what_does_not_speak_tls_is_unreachable() {
    let (port, _hears) = listener(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()).await;
    let fault = here().get_json(&format!("https://127.0.0.1:{port}/")).await;
    assert!(matches!(fault, Err(Fault::Unreachable(_))));
}

#[tokio::test]
async fn our_own_network_is_not_asked() {
    let strict = Outside::default();
    for url in [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/latest/meta-data",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "http://example.org/",
        "file:///etc/passwd",
        "https://user:word@example.org/",
        "https://example.org/#x",
        "https:///",
        "nonsense",
    ] {
        let fault = strict.get_json(url).await.unwrap_err();
        assert!(matches!(fault, Fault::Refused(_)), "{url}: {fault}");
    }
    for url in [
        "http://10.0.0.1/",
        "https://10.0.0.1/",
        "http://example.org/",
    ] {
        assert!(matches!(here().check(url), Err(Fault::Refused(_))), "{url}");
    }
    let trusting = Outside::new(Rules {
        loopback: false,
        private_hosts: vec!["10.0.0.1".to_owned(), "keys.hospital.example".to_owned()],
    });
    assert!(trusting.check("https://10.0.0.1/jwks").is_ok());
    assert!(trusting.check("https://10.0.0.2/jwks").is_err());
    assert!(trusting.check("http://keys.hospital.example/").is_err());
}
