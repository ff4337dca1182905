//! What a software statement must be, rule by rule.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::super::testing::{Authority, BASE, URI, claims, now};
use super::*;
use rcgen::KeyUsagePurpose;
use serde_json::json;

const REGISTER: &str = "https://kinchart.test/oauth2/register";

fn membership(authority: &Authority) -> Membership {
    let community = Community::new("urn:c", authority.pem().as_bytes(), None).unwrap();
    Membership::new(authority.identity(BASE), vec![community])
}

fn person_app() -> Value {
    let mut all = claims(REGISTER, "s-1");
    let more = json!({"client_name": "Notebook", "grant_types": ["authorization_code"],
        "response_types": ["code"], "redirect_uris": ["https://client.example/back"],
        "contacts": ["mailto:ops@client.example", "https://client.example/help"],
        "logo_uri": "https://client.example/logo.png",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": "openid launch/patient offline_access patient/*.rs system/*.rs foo/bar"});
    extend(&mut all, &more);
    all
}

fn backend() -> Value {
    let mut all = claims(REGISTER, "s-1");
    let more = json!({"client_name": "Warehouse", "grant_types": ["client_credentials"],
        "contacts": ["mailto:ops@client.example"], "token_endpoint_auth_method": "private_key_jwt",
        "scope": "openid system/*.cruds patient/*.rs"});
    extend(&mut all, &more);
    all
}

fn extend(all: &mut Value, more: &Value) {
    let more = more.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(more);
}

fn registered(statement: Statement) -> (Metadata, Vec<String>) {
    match statement.asks {
        Asks::Registration {
            metadata,
            grant_types,
            ..
        } => (*metadata, grant_types),
        Asks::Cancellation => panic!("cancelled"),
    }
}

#[test]
fn an_app_for_people_and_a_backend_are_read_with_the_scopes_they_may_have() {
    let authority = Authority::new();
    let membership = membership(&authority);
    let leaf = authority.leaf(URI);
    let read =
        |all: &Value| Statement::read(&leaf.sign(all), REGISTER, &membership, now()).unwrap();
    let statement = read(&person_app());
    assert_eq!(
        (statement.uri.as_str(), statement.community.as_str()),
        (URI, "urn:c")
    );
    let (metadata, grant_types) = registered(statement);
    assert_eq!(metadata.name, "Notebook");
    assert_eq!(
        metadata.scopes.to_text(),
        "openid launch/patient patient/*.rs"
    );
    assert_eq!(metadata.contacts, ["ops@client.example"]);
    assert_eq!(grant_types, ["authorization_code"]);
    let mut staying = person_app();
    staying["grant_types"] = json!(["authorization_code", "refresh_token"]);
    assert!(registered(read(&staying)).0.scopes.has("offline_access"));
    let (metadata, _) = registered(read(&backend()));
    assert!(metadata.backend);
    // What the community's members may not have is left out.
    assert_eq!(metadata.scopes.to_text(), "system/*.rs");
}

#[test]
fn no_grant_types_cancel() {
    let authority = Authority::new();
    let mut all = backend();
    all["grant_types"] = json!([]);
    let jwt = authority.leaf(URI).sign(&all);
    let statement = Statement::read(&jwt, REGISTER, &membership(&authority), now()).unwrap();
    assert!(matches!(statement.asks, Asks::Cancellation));
}

#[test]
fn who_signed_decides_before_what_is_said() {
    let authority = Authority::new();
    let membership = membership(&authority);
    let leaf = authority.leaf(URI);
    let read = |jwt: &str| Statement::read(jwt, REGISTER, &membership, now()).unwrap_err();
    let code = |fault: Fault| fault.error().code;
    let mut odd = backend();
    odd["iss"] = json!("invalid_iss");
    odd["sub"] = json!("invalid_iss");
    let fault = read(&leaf.sign(&odd));
    assert!(
        matches!(&fault, Fault::Invalid(why) if why.contains(URI)),
        "{fault:?}"
    );
    assert_eq!(code(fault), ErrorCode::InvalidSoftwareStatement);
    let other = authority.leaf(URI);
    let forged = other.sign_as(&leaf, &backend());
    assert_eq!(code(read(&forged)), ErrorCode::InvalidSoftwareStatement);
    let stranger = Authority::new().leaf(URI);
    let fault = read(&stranger.sign(&backend()));
    assert_eq!(code(fault), ErrorCode::UnapprovedSoftwareStatement);
    let sealing = authority.leaf_with(URI, "ES256", KeyUsagePurpose::KeyEncipherment);
    let fault = read(&sealing.sign(&backend()));
    assert!(
        matches!(&fault, Fault::Invalid(why) if why.contains("keyUsage")),
        "{fault:?}"
    );
    let mut elsewhere = backend();
    elsewhere["aud"] = json!("https://elsewhere/register");
    assert_eq!(
        code(read(&leaf.sign(&elsewhere))),
        ErrorCode::InvalidSoftwareStatement
    );
    assert_eq!(code(read("nonsense")), ErrorCode::InvalidSoftwareStatement);
}

#[test]
fn each_claim_about_the_app_is_checked() {
    let authority = Authority::new();
    let membership = membership(&authority);
    let leaf = authority.leaf(URI);
    let refused = |all: &Value| match Statement::read(&leaf.sign(all), REGISTER, &membership, now())
    {
        Err(Fault::Member(fault)) => fault.member,
        other => panic!("{other:?}"),
    };
    for (name, value) in [
        ("client_name", json!("")),
        ("grant_types", json!("authorization_code")),
        ("grant_types", json!(["implicit"])),
        ("grant_types", json!(["refresh_token"])),
        ("response_types", json!(["token"])),
        ("response_types", json!(null)),
        ("redirect_uris", json!([])),
        ("redirect_uris", json!(["http://client.example/back"])),
        ("redirect_uris", json!(["com.example.app:/back"])),
        ("contacts", json!([])),
        ("contacts", json!(["https://client.example"])),
        ("contacts", json!(["mailto:nobody"])),
        ("logo_uri", json!("")),
        ("logo_uri", json!("http://client.example/logo.png")),
        ("token_endpoint_auth_method", json!("none")),
        ("scope", json!(null)),
        ("scope", json!("system/*.rs")),
    ] {
        let mut all = person_app();
        all[name] = value.clone();
        assert_eq!(refused(&all), name, "{value}");
    }
    for (name, value) in [
        (
            "grant_types",
            json!(["client_credentials", "authorization_code"]),
        ),
        ("response_types", json!(["code"])),
        ("redirect_uris", json!(["https://client.example/back"])),
        ("scope", json!("patient/*.rs openid")),
        ("scope", json!("system/*.cud")),
    ] {
        let mut all = backend();
        all[name] = value.clone();
        let member = refused(&all);
        assert!(
            member == name || name == "grant_types",
            "{name}={value}: {member}"
        );
    }
}
