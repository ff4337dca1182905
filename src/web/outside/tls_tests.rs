//! Requests to the outside over TLS, against a server on this machine with a root of its own.
#![allow(clippy::unwrap_used)]

use super::tests::here;
use super::*;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A root, and a server that shows a certificate of it for that name; its port.
async fn server(name: &str) -> (CertificateDer<'static>, u16) {
    let mut root = CertificateParams::new(Vec::<String>::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().unwrap();
    let root_certificate = root.self_signed(&root_key).unwrap();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().unwrap();
    let shown = CertificateParams::new([name.to_owned()]).unwrap();
    let shown = shown.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![shown.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Whoever does not trust the certificate goes away in the middle.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut asked = vec![0; 4_096];
            let _ = stream.read(&mut asked).await;
            let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (root_certificate.der().clone(), port)
}

fn trusting(root: CertificateDer<'static>) -> Outside {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(root).unwrap();
    let outside = here();
    assert!(outside.inner.tls.set(connector(roots)).is_ok());
    outside
}

#[tokio::test]
async fn a_document_is_fetched_over_tls_from_a_server_with_a_trusted_root() {
    let (root, port) = server("localhost").await;
    let url = format!("https://localhost:{port}/keys");
    let fetched = trusting(root).get_json(&url).await.unwrap();
    assert_eq!(
        (fetched.status.as_u16(), &fetched.body[..]),
        (200, &b"{}"[..])
    );
}

#[tokio::test]
async fn a_certificate_of_another_root_or_for_another_name_is_not_believed() {
    let (_, port) = server("localhost").await;
    let (other_root, _) = server("localhost").await;
    let url = format!("https://localhost:{port}/keys");
    assert!(trusting(other_root).get_json(&url).await.is_err());
    assert!(here().get_json(&url).await.is_err());
    let (root, port) = server("elsewhere.example").await;
    let url = format!("https://localhost:{port}/keys");
    assert!(trusting(root).get_json(&url).await.is_err());
}
