//! A mail server for tests, in the clear, by STARTTLS and in TLS from the first byte; and mail sent through each.

use std::sync::Arc;

use config::MailServer;
use kinchart::mailer::Mailer;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_rustls::TlsAcceptor;

use super::house;

/// How a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    Plain,
    StartTls,
    Tls,
}

#[derive(Default)]
struct Box {
    /// To whom, and the whole message.
    received: Vec<(String, String)>,
    asked: usize,
    mended: bool,
}

/// A mail server: `gone@…` is nobody here, `later@…` is refused for now until it is mended.
pub struct Post {
    port: u16,
    speech: Speech,
    letters: Arc<Mutex<Box>>,
    /// The certificate, PEM.
    pub certificate: String,
}

impl Post {
    pub async fn open(speech: Speech) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let config = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let tls = TlsAcceptor::from(Arc::new(config));
        let letters = Arc::new(Mutex::new(Box::default()));
        let kept = letters.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (kept, tls) = (kept.clone(), tls.clone());
                tokio::spawn(async move {
                    match speech {
                        Speech::Tls => {
                            if let Ok(socket) = tls.accept(socket).await {
                                talk(socket, &kept, true, false).await;
                            }
                        }
                        Speech::StartTls => {
                            let Some(socket) = talk(socket, &kept, true, true).await else {
                                return;
                            };
                            if let Ok(socket) = tls.accept(socket).await {
                                talk(socket, &kept, false, false).await;
                            }
                        }
                        Speech::Plain => drop(talk(socket, &kept, true, false).await),
                    }
                });
            }
        });
        Self {
            port,
            speech,
            letters,
            certificate: cert.pem(),
        }
    }
    pub fn url(&self) -> String {
        let port = self.port;
        match self.speech {
            Speech::Plain => format!("smtp://127.0.0.1:{port}"),
            Speech::StartTls => format!("smtp://localhost:{port}?tls=required"),
            Speech::Tls => format!("smtps://localhost:{port}"),
        }
    }
    pub async fn received(&self) -> Vec<(String, String)> {
        self.letters.lock().await.received.clone()
    }
    /// How often somebody tried to send.
    pub async fn asked(&self) -> usize {
        self.letters.lock().await.asked
    }
    /// Takes everything from now on.
    pub async fn mend(&self) {
        self.letters.lock().await.mended = true;
    }
}

/// Speaks SMTP; gives the socket back for TLS when that is asked for and offered.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    socket: S,
    letters: &Mutex<Box>,
    greets: bool,
    offers_tls: bool,
) -> Option<S> {
    let mut socket = BufReader::new(socket);
    if greets {
        socket.write_all(b"220 post.example ESMTP\r\n").await.ok()?;
    }
    let (mut to, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let word = line.trim().to_uppercase();
        let reply = if word.starts_with("EHLO") {
            let tls = if offers_tls { "250-STARTTLS\r\n" } else { "" };
            format!("250-post.example\r\n{tls}250 8BITMIME\r\n")
        } else if word == "STARTTLS" {
            socket.write_all(b"220 go on\r\n").await.ok()?;
            return Some(socket.into_inner());
        } else if word.starts_with("MAIL") {
            letters.lock().await.asked += 1;
            match offers_tls {
                true => "530 5.7.0 STARTTLS first\r\n".to_owned(),
                false => "250 ok\r\n".to_owned(),
            }
        } else if let Some(rest) = word.strip_prefix("RCPT TO:") {
            to = rest.trim_matches(['<', '>']).to_lowercase();
            match to.split('@').next().unwrap_or_default() {
                "gone" => "550 5.1.1 nobody of that name\r\n".to_owned(),
                "later" if !letters.lock().await.mended => "451 4.3.0 not now\r\n".to_owned(),
                _ => "250 ok\r\n".to_owned(),
            }
        } else if word == "DATA" {
            socket.write_all(b"354 go on\r\n").await.ok()?;
            let mut mail = String::new();
            while socket.read_line(&mut mail).await.ok()? > 0 && !mail.ends_with("\r\n.\r\n") {}
            letters.lock().await.received.push((to.clone(), mail));
            "250 taken\r\n".to_owned()
        } else if word == "QUIT" {
            socket.write_all(b"221 bye\r\n").await.ok()?;
            return None;
        } else {
            "250 ok\r\n".to_owned()
        };
        socket.write_all(reply.as_bytes()).await.ok()?;
        socket.flush().await.ok()?;
    }
}

#[tokio::test]
async fn mail_goes_out_in_tls_and_only_to_a_server_that_is_trusted() {
    let house = house().await;
    let folder = tempfile::tempdir().unwrap();
    for speech in [Speech::StartTls, Speech::Tls] {
        let post = Post::open(speech).await;
        let ca = folder.path().join(format!("{speech:?}.pem"));
        std::fs::write(&ca, &post.certificate).unwrap();
        let mut server = MailServer {
            url: post.url(),
            from: Some("Riverbend <portal@riverbend.example>".to_owned()),
            ca: None,
        };
        let outbox = house.storage.mail();
        outbox
            .queue("ada@example.org", "Hello", "Hello.\n", house.now())
            .await
            .unwrap();
        // Nobody vouches for this server.
        let stranger = Mailer::new(&server, "https://record.example").unwrap();
        assert!(stranger.reach().await.is_err(), "{speech:?}");
        assert_eq!(stranger.send_waiting(house.news_desk()).await, 0);
        assert_eq!(post.received().await.len(), 0);
        server.ca = Some(ca);
        let mailer = Mailer::new(&server, "https://record.example").unwrap();
        mailer.reach().await.unwrap();
        house.minutes_later(2);
        assert_eq!(
            mailer.send_waiting(house.news_desk()).await,
            1,
            "{speech:?}"
        );
        let (to, mail) = post.received().await.remove(0);
        assert_eq!(to, "ada@example.org");
        assert!(
            mail.contains("From: Riverbend <portal@riverbend.example>"),
            "{mail}"
        );
    }
}
