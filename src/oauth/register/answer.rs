//! What a client is told of its registration (RFC 7591 section 3.2.1, RFC 7592 section 3).

use serde_json::{Map, Value, json};
use smart::scope::Scopes;
use storage::clients::{Client, Kind, State};
use web::House;

/// The registration as JSON. `secret`: only when it was made just now.
pub(super) fn client(
    house: &House,
    client: &Client,
    secret: Option<&str>,
    registration_token: &str,
) -> String {
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        let empty = value.as_array().is_some_and(Vec::is_empty);
        if !value.is_null() && !empty {
            members.insert(name.to_owned(), value);
        }
    };
    put("client_id", json!(client.id));
    put("client_id_issued_at", json!(client.created.as_second()));
    put("client_secret", json!(secret));
    if client.secret_hash.is_some() {
        // It does not expire.
        put("client_secret_expires_at", json!(0));
    }
    put("registration_access_token", json!(registration_token));
    let uri = format!("{}/oauth2/register/{}", house.base_url, client.id);
    put("registration_client_uri", json!(uri));
    put("client_name", json!(client.name));
    put("redirect_uris", json!(client.redirect_uris));
    put("token_endpoint_auth_method", json!(client.auth_method));
    put("grant_types", json!(grant_types(client)));
    if client.kind != Kind::Backend {
        put("response_types", json!(["code"]));
    }
    put("scope", json!(client.scopes));
    put("environment", json!(environment(client.state)));
    put("scope_in_review", in_review(client));
    let jwks = client.jwks.as_deref();
    put(
        "jwks",
        jwks.and_then(|set| serde_json::from_str(set).ok())
            .unwrap_or_default(),
    );
    put("jwks_uri", json!(client.jwks_uri));
    put("launch_uri", json!(client.launch_uri));
    put("contacts", json!(client.contacts));
    put("client_uri", json!(client.client_uri));
    put("logo_uri", json!(client.logo_uri));
    put("policy_uri", json!(client.policy_uri));
    put("tos_uri", json!(client.tos_uri));
    put("software_id", json!(client.software_id));
    put("software_version", json!(client.software_version));
    put(
        "post_logout_redirect_uris",
        json!(client.post_logout_redirect_uris),
    );
    put(
        "dpop_bound_access_tokens",
        json!(client.dpop_bound_access_tokens),
    );
    Value::Object(members).to_string()
}

fn grant_types(client: &Client) -> Vec<&'static str> {
    if client.kind == Kind::Backend {
        return vec!["client_credentials"];
    }
    let scopes = Scopes::parse(&client.scopes);
    let comes_back = scopes.has("offline_access") || scopes.has("online_access");
    let mut types = vec!["authorization_code"];
    types.extend(comes_back.then_some("refresh_token"));
    types
}

fn environment(state: State) -> &'static str {
    match state {
        State::Sandbox => "sandbox",
        State::Live | State::Review | State::Disabled => "live",
    }
}

/// The scopes an administrator has yet to approve.
fn in_review(client: &Client) -> Value {
    if client.state != State::Review {
        return Value::Null;
    }
    let approved = Scopes::parse(&client.approved_scopes);
    let waiting = smart::registration::waiting(&Scopes::parse(&client.scopes), &approved);
    json!(waiting.to_text())
}
