//! Registrations that may be kept, and the member named by each that may not.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};

use super::*;
use crate::ErrorCode;

fn read(value: &Value) -> Result<Metadata, Fault> {
    Metadata::read(value.as_object().unwrap())
}

fn with(mut base: Value, member: &str, value: Value) -> Value {
    base[member] = value;
    base
}

fn browser_app() -> Value {
    json!({
        "client_name": "Lab Lens", "token_endpoint_auth_method": "none",
        "redirect_uris": ["https://app.example/cb"], "scope": "launch/patient patient/*.rs",
    })
}

fn key() -> Value {
    json!({"keys": [{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA", "kid": "1"}]})
}

fn backend() -> Value {
    json!({
        "client_name": "Warehouse", "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["client_credentials"], "jwks": key(), "scope": "system/*.rs",
    })
}

#[test]
fn a_registration_says_little_and_gets_the_standards_defaults() {
    let least = json!({"client_name": " A ", "redirect_uris": ["https://a.example/cb"]});
    let read = read(&least).unwrap();
    assert_eq!((read.name.as_str(), read.backend), ("A", false));
    assert_eq!(read.auth_method, AuthMethod::SecretBasic);
    assert_eq!(read.scopes.to_text(), SCOPES_DEFAULT);
    assert!(!read.sandbox && !read.dpop_bound_access_tokens);
}

#[test]
fn every_member_is_kept() {
    let full = json!({
        "client_name": "Full", "redirect_uris": ["https://a.example/cb", "https://a.example/cb"],
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://a.example/jwks",
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
        "scope": "openid patient/Observation.rs?category=a|b", "launch_uri": "https://a.example/launch",
        "contacts": ["mailto:ada@a.example"], "client_uri": "https://a.example",
        "logo_uri": "https://a.example/logo.png", "policy_uri": "https://a.example/privacy",
        "tos_uri": "https://a.example/terms", "software_id": "s", "software_version": "1",
        "post_logout_redirect_uris": ["https://a.example/bye"], "dpop_bound_access_tokens": true,
        "environment": "sandbox", "software_statement": "passed over", "x": {"y": 1},
        "application_type": "native", "jwks": null,
    });
    let read = read(&full).unwrap();
    assert_eq!(read.redirect_uris, ["https://a.example/cb"]);
    assert_eq!(read.jwks_uri.as_deref(), Some("https://a.example/jwks"));
    assert_eq!(read.contacts, ["ada@a.example"]);
    assert!(read.sandbox && read.dpop_bound_access_tokens);
    assert_eq!(read.launch_uri.as_deref(), Some("https://a.example/launch"));
    assert_eq!(read.post_logout_redirect_uris, ["https://a.example/bye"]);
    assert!(read.scopes.to_text().ends_with("?category=a|b"));
}

#[test]
fn each_fault_names_its_member() {
    let app = browser_app;
    let cases = [
        (with(app(), "client_name", Value::Null), "client_name"),
        (
            with(app(), "client_name", json!("a\u{202e}b")),
            "client_name",
        ),
        (
            with(app(), "client_name", json!("x".repeat(81))),
            "client_name",
        ),
        (with(app(), "redirect_uris", json!([])), "redirect_uris"),
        (
            with(app(), "redirect_uris", json!("https://a.example")),
            "redirect_uris",
        ),
        (
            with(app(), "redirect_uris", json!(["http://a.example"])),
            "redirect_uris",
        ),
        (
            with(
                app(),
                "token_endpoint_auth_method",
                json!("tls_client_auth"),
            ),
            "token_endpoint_auth_method",
        ),
        (
            with(
                app(),
                "token_endpoint_auth_method",
                json!("private_key_jwt"),
            ),
            "jwks_uri",
        ),
        (
            with(app(), "grant_types", json!(["implicit"])),
            "grant_types",
        ),
        (
            with(
                app(),
                "grant_types",
                json!(["authorization_code", "client_credentials"]),
            ),
            "grant_types",
        ),
        (
            with(app(), "grant_types", json!(["refresh_token"])),
            "grant_types",
        ),
        (
            with(app(), "response_types", json!(["token"])),
            "response_types",
        ),
        (with(app(), "scope", json!("patient/*.rx")), "scope"),
        (with(app(), "scope", json!("system/*.rs")), "scope"),
        (with(app(), "scope", json!(["openid"])), "scope"),
        (
            with(app(), "jwks", json!({"keys": [{"kty": "oct", "k": "AA"}]})),
            "jwks",
        ),
        (
            with(
                with(app(), "jwks", key()),
                "jwks_uri",
                json!("https://a.example/j"),
            ),
            "jwks",
        ),
        (
            with(app(), "jwks_uri", json!("http://a.example/j")),
            "jwks_uri",
        ),
        (with(app(), "contacts", json!(["nobody"])), "contacts"),
        (
            with(
                app(),
                "contacts",
                json!(["a@b.example\r\nBcc: c@d.example"]),
            ),
            "contacts",
        ),
        (
            with(app(), "logo_uri", json!("javascript:alert(1)")),
            "logo_uri",
        ),
        (
            with(app(), "dpop_bound_access_tokens", json!("yes")),
            "dpop_bound_access_tokens",
        ),
        (with(app(), "environment", json!("moon")), "environment"),
        (
            with(app(), "id_token_signed_response_alg", json!("none")),
            "id_token_signed_response_alg",
        ),
        (
            with(backend(), "token_endpoint_auth_method", json!("none")),
            "token_endpoint_auth_method",
        ),
        (
            with(backend(), "redirect_uris", json!(["https://a.example/cb"])),
            "redirect_uris",
        ),
        (
            with(backend(), "scope", json!("system/*.rs openid")),
            "scope",
        ),
        (with(backend(), "scope", json!("patient/*.rs")), "scope"),
        (with(backend(), "scope", Value::Null), "scope"),
    ];
    for (request, member) in cases {
        let fault = match read(&request) {
            Err(fault) => fault,
            Ok(_) => panic!("{request} was let through"),
        };
        assert_eq!(fault.member, member, "{request}: {}", fault.rule);
        let error = fault.error();
        let redirects = member == "redirect_uris";
        assert_eq!(error.code == ErrorCode::InvalidRedirectUri, redirects);
        assert!(error.description.starts_with(member));
    }
    assert!(read(&browser_app()).is_ok() && read(&backend()).is_ok());
}

#[test]
fn mail_addresses_cannot_carry_headers() {
    assert!(is_mail_address("ada@a.example"));
    for bad in [
        "a",
        "a@b",
        "@b.example",
        "a@b.",
        "a@b@c.example",
        "a b@c.example",
        "a@b.example\n",
    ] {
        assert!(!is_mail_address(bad), "{bad}");
    }
}
