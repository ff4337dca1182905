//! An outside provider's documents and id_tokens: good ones, and each way they can be wrong.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::jwk::{SigningKey, generate};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use std::sync::LazyLock;

const ISSUER: &str = "https://login.example.org";
const NOW: i64 = 1_780_000_000;

fn made() -> (SigningKey, Vec<Jwk>) {
    let (kid, der) = generate().unwrap();
    let key = SigningKey::from_pkcs8(&kid, &der).unwrap();
    let set = crate::jwk::public_set(std::slice::from_ref(&key)).unwrap();
    let set: JwkSet = serde_json::from_str(&set).unwrap();
    (key, set.keys)
}

static KEY: LazyLock<(SigningKey, Vec<Jwk>)> = LazyLock::new(made);
static OTHER: LazyLock<(SigningKey, Vec<Jwk>)> = LazyLock::new(made);

fn good() -> Value {
    json!({
        "iss": ISSUER, "sub": "s-1", "aud": "kinchart", "exp": NOW + 300, "iat": NOW, "nonce": "n-1",
        "email": "ada@example.org", "email_verified": true
    })
}

/// The good claims with one changed, or left out where it is null.
fn with(name: &str, value: Value) -> Value {
    let mut claims = good();
    let object = claims.as_object_mut().unwrap();
    object.remove(name);
    if !value.is_null() {
        object.insert(name.to_owned(), value);
    }
    claims
}

fn expected() -> Expected<'static> {
    Expected {
        issuer: ISSUER,
        client_id: "kinchart",
        nonce: "n-1",
        acr_values: &[],
        hosted_domain: None,
        signed_in_after: None,
        now: Timestamp::from_second(NOW).unwrap(),
    }
}

fn judged(claims: &Value, expected: &Expected<'_>) -> Result<Identity, Fault> {
    verify(&KEY.0.sign(claims).unwrap(), &KEY.1, expected)
}

#[test]
fn a_good_token_tells_who_it_is_and_nothing_else() {
    let identity = judged(&good(), &expected()).unwrap();
    assert_eq!(identity.subject, "s-1");
    assert_eq!(identity.shown, "ada@example.org");
    assert!(!identity.has_second_factor);
    let mfa = judged(&with("amr", json!(["pwd", "mfa"])), &expected()).unwrap();
    assert!(mfa.has_second_factor);
}

#[test]
fn each_wrong_claim_is_refused() {
    let wrong = [
        ("iss", json!("https://evil.example")),
        ("iss", json!("https://login.example.org/")),
        ("aud", json!("somebody-else")),
        ("aud", json!([])),
        ("aud", json!(["kinchart", "somebody-else"])),
        ("azp", json!("somebody-else")),
        ("exp", json!(NOW - 61)),
        ("exp", Value::Null),
        ("iat", json!(NOW + 61)),
        ("iat", json!(NOW - 700)),
        ("nbf", json!(NOW + 61)),
        ("nonce", json!("n-2")),
        ("nonce", json!("")),
        ("nonce", Value::Null),
        ("sub", json!(" ")),
        ("sub", json!("x".repeat(256))),
        ("sub", Value::Null),
    ];
    for (name, value) in wrong {
        let judged = judged(&with(name, value.clone()), &expected());
        assert!(matches!(judged, Err(Fault::Wrong(_))), "{name} = {value}");
    }
    let mut several = with("aud", json!(["kinchart", "somebody-else"]));
    several["azp"] = json!("kinchart");
    assert!(judged(&several, &expected()).is_ok());
}

#[test]
fn what_the_configuration_asks_for_must_be_met() {
    let levels = ["high".to_owned()];
    let strict = Expected {
        acr_values: &levels,
        ..expected()
    };
    assert!(judged(&good(), &strict).is_err());
    assert!(judged(&with("acr", json!("low")), &strict).is_err());
    assert!(judged(&with("acr", json!("high")), &strict).is_ok());
    let ours = Expected {
        hosted_domain: Some("example.org"),
        ..expected()
    };
    assert!(judged(&good(), &ours).is_err());
    assert!(judged(&with("hd", json!("example.org")), &ours).is_ok());
    let anew = Expected {
        signed_in_after: Some(expected().now),
        ..expected()
    };
    assert!(judged(&good(), &anew).is_err());
    assert!(judged(&with("auth_time", json!(NOW - 3_600)), &anew).is_err());
    assert!(judged(&with("auth_time", json!(NOW)), &anew).is_ok());
}

#[test]
fn only_the_providers_own_asymmetric_keys_count() {
    let stranger = OTHER.0.sign(&good()).unwrap();
    let unknown = verify(&stranger, &KEY.1, &expected());
    assert_eq!(unknown, Err(Fault::UnknownKey));

    // The same kid, another key.
    let mut disguised = OTHER.1.clone();
    for key in &mut disguised {
        key.common.key_id = Some(KEY.0.kid().to_owned());
    }
    let token = KEY.0.sign(&good()).unwrap();
    assert!(verify(&token, &disguised, &expected()).is_err());

    // The public key taken for a shared secret, and no signature at all.
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(KEY.0.kid().to_owned());
    let public = serde_json::to_vec(&KEY.1).unwrap();
    let shared = EncodingKey::from_secret(&public);
    let forged = jsonwebtoken::encode(&header, &good(), &shared).unwrap();
    assert!(verify(&forged, &KEY.1, &expected()).is_err());
    let (_, rest) = token.split_once('.').unwrap();
    let (claims, _) = rest.split_once('.').unwrap();
    let none = format!("eyJhbGciOiJub25lIn0.{claims}.");
    assert!(verify(&none, &KEY.1, &expected()).is_err());
    assert!(verify("", &KEY.1, &expected()).is_err());
}

#[test]
fn a_document_must_be_its_issuers_own_and_lead_to_https() {
    let document = |change: &dyn Fn(&mut Value)| {
        let mut value = json!({
            "issuer": ISSUER, "authorization_endpoint": "https://login.example.org/authorize?tenant=1",
            "token_endpoint": "https://login.example.org/token", "jwks_uri": "https://login.example.org/keys"
        });
        change(&mut value);
        Metadata::parse(value.to_string().as_bytes(), ISSUER)
    };
    let metadata = document(&|_| {}).unwrap();
    assert!(!metadata.wants_secret_in_form());
    let post = document(&|it| {
        it["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    });
    assert!(post.unwrap().wants_secret_in_form());
    assert!(document(&|it| it["issuer"] = json!("https://evil.example")).is_err());
    assert!(
        document(&|it| it["token_endpoint"] = json!("http://login.example.org/token")).is_err()
    );
    assert!(document(&|it| it["authorization_endpoint"] = json!("javascript:alert(1)")).is_err());
    assert!(Metadata::parse(b"[]", ISSUER).is_err());
}

#[test]
fn a_question_keeps_what_the_endpoint_had_and_says_the_rest_once() {
    let metadata = Metadata {
        issuer: ISSUER.to_owned(),
        authorization_endpoint: "https://login.example.org/authorize?tenant=1".to_owned(),
        token_endpoint: String::new(),
        jwks_uri: String::new(),
        token_endpoint_auth_methods_supported: Vec::new(),
        authorization_response_iss_parameter_supported: false,
    };
    let challenge = Challenge::of_verifier(&"v".repeat(43)).unwrap();
    let question = Question {
        client_id: "kinchart",
        redirect_uri: "https://chart.example/account/sign-in/outside/hospital",
        scope: "openid email",
        state: "s",
        nonce: "n",
        challenge: &challenge,
        acr_values: "high",
        again: true,
    };
    let address = question
        .address(&metadata, [("aud", "x&y")].into_iter())
        .unwrap();
    assert!(
        address.starts_with("https://login.example.org/authorize?tenant=1&response_type=code&")
    );
    for part in [
        "&scope=openid+email&",
        "&code_challenge_method=S256&",
        "&acr_values=high&",
        "&prompt=login&max_age=0&",
        "&aud=x%26y",
    ] {
        assert!(address.contains(part), "{part} in {address}");
    }
}
