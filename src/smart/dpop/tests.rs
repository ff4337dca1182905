//! Proofs, good ones and each kind of bad one.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::jwk::hash_of_secret;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::{EncodingKey, Header};
use serde_json::json;

const URI: &str = "https://h.example/fhir/Patient/1";
const NOW: i64 = 1_780_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn key() -> (EncodingKey, Jwk) {
    let der = EcdsaKeyPair::generate_pkcs8(
        &ECDSA_P256_SHA256_FIXED_SIGNING,
        &aws_lc_rs::rand::SystemRandom::new(),
    )
    .unwrap();
    let private = EncodingKey::from_ec_der(der.as_ref());
    let public = Jwk::from_encoding_key(&private, Algorithm::ES256).unwrap();
    (private, public)
}

fn request(token_hash: Option<&str>) -> Request<'_> {
    Request {
        method: "GET",
        uri: "https://h.example/fhir/Patient/1?_format=json",
        token_hash,
    }
}

/// A proof as its maker changed header and claims.
fn proof(change: impl Fn(&mut Header, &mut Value)) -> String {
    let (private, public) = key();
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("dpop+jwt".to_owned());
    header.jwk = Some(public);
    let mut claims = json!({
        "jti": "j1", "htm": "GET", "htu": URI, "iat": NOW, "ath": hash_of_secret("token"),
    });
    change(&mut header, &mut claims);
    jsonwebtoken::encode(&header, &claims, &private).unwrap()
}

#[test]
fn a_good_proof_proves_its_key() {
    let jwt = proof(|_, _| {});
    let hash = hash_of_secret("token");
    let proven = verify(&jwt, &request(Some(&hash)), now()).unwrap();
    assert_eq!(proven.jti, "j1");
    assert_eq!(proven.jkt.len(), 43);
    assert!(verify(&jwt, &request(None), now()).is_ok());
}

#[test]
fn the_thumbprint_is_that_of_rfc_7638() {
    let key: Jwk = serde_json::from_value(json!({
        "kty": "EC", "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    }))
    .unwrap();
    // The key of the examples in RFC 9449, bound in its section 6.1.
    let jkt = key.thumbprint(ThumbprintHash::SHA256).unwrap();
    assert_eq!(jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn each_bad_claim_is_refused() {
    let hash = hash_of_secret("token");
    for (name, value) in [
        ("jti", json!("")),
        ("jti", json!("x".repeat(257))),
        ("jti", Value::Null),
        ("htm", json!("POST")),
        ("htm", json!("get")),
        ("htu", json!("https://h.example/fhir/Patient/2")),
        ("htu", json!("http://h.example/fhir/Patient/1")),
        ("htu", json!("/fhir/Patient/1")),
        ("iat", json!(NOW - AGE_SECONDS_MAX - 1)),
        ("iat", json!(NOW + AHEAD_SECONDS_MAX + 1)),
        ("iat", json!(1e300)),
        ("iat", json!("now")),
        ("ath", json!(hash_of_secret("another"))),
        ("ath", Value::Null),
    ] {
        let jwt = proof(|_, claims| claims[name] = value.clone());
        let refused = verify(&jwt, &request(Some(&hash)), now()).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidDpopProof, "{name}={value}");
    }
}

#[test]
fn address_and_query_are_compared_as_addresses() {
    for htu in [
        "HTTPS://H.EXAMPLE:443/fhir/Patient/1",
        "https://h.example/fhir/Patient/1?x=1#y",
    ] {
        let jwt = proof(|_, claims| claims["htu"] = json!(htu));
        assert!(verify(&jwt, &request(None), now()).is_ok(), "{htu}");
    }
}

#[test]
fn each_bad_header_is_refused() {
    let other = key().1;
    let changes: [&dyn Fn(&mut Header); 4] = [
        &|header| header.typ = Some("JWT".to_owned()),
        &|header| header.typ = None,
        &|header| header.jwk = None,
        &|header| header.jwk = Some(other.clone()),
    ];
    for (number, change) in changes.iter().enumerate() {
        let jwt = proof(|header, _| change(header));
        assert!(verify(&jwt, &request(None), now()).is_err(), "{number}");
    }
    for text in ["", "x", "a.b.c", "a.b.c.d"] {
        assert!(verify(text, &request(None), now()).is_err());
    }
    assert!(verify(&"x".repeat(BYTES_MAX + 1), &request(None), now()).is_err());
}

#[test]
fn a_symmetric_or_private_key_is_refused() {
    let (private, public) = key();
    let claims = json!({"jti": "j1", "htm": "GET", "htu": URI, "iat": NOW});
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("dpop+jwt".to_owned());
    header.jwk = Some(public);
    let jwt = jsonwebtoken::encode(&header, &claims, &private).unwrap();
    let mut parts = jwt.splitn(2, '.');
    let (first, rest) = (parts.next().unwrap(), parts.next().unwrap());
    let mut header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(first).unwrap()).unwrap();
    header["jwk"]["d"] = json!("secret");
    let told = |header: &Value| {
        let first = URL_SAFE_NO_PAD.encode(header.to_string());
        verify(&format!("{first}.{rest}"), &request(None), now()).unwrap_err()
    };
    assert!(told(&header).description.contains("private"));
    let mut header = header.clone();
    header["alg"] = json!("HS256");
    header["jwk"] = json!({"kty": "oct", "k": "AAAA"});
    assert!(told(&header).description.contains("ES256"));
    header["alg"] = json!("none");
    assert!(told(&header).description.contains("ES256"));
}
