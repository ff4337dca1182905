//! A launch and a backend made by ordinary OAuth and OpenID libraries, which know nothing of this server.

use crate::support::{BASE, House, query_of};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, HttpRequest, HttpResponse, PkceCodeChallenge,
    RedirectUrl, Scope, TokenResponse, TokenUrl,
};
use openidconnect::core::{
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRsaPrivateSigningKey,
};
use openidconnect::{IssuerUrl, JsonWebKeyId, PrivateSigningKey};
use serde_json::json;
use smart::scope::Scopes;
use storage::accounts::Kind;
use storage::clients::{Client, Kind as ClientKind};

/// Carries the library's requests into the router.
async fn carry(house: &House, request: HttpRequest) -> Result<HttpResponse, std::io::Error> {
    let path = request.uri().path().to_owned();
    let mut caller = house.anonymous();
    for (name, value) in request.headers() {
        caller = caller.with(name.as_str(), value.to_str().unwrap());
    }
    let body = String::from_utf8(request.body().clone()).unwrap();
    let body = (!body.is_empty()).then_some(body);
    let reply = caller.send(request.method().clone(), &path, body).await;
    let mut response = HttpResponse::new(reply.body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}

#[tokio::test]
async fn an_oauth_library_launches_and_refreshes() {
    let house = House::with_apps().await;
    let app = BasicClient::new(ClientId::new("public-app".to_owned()))
        .set_auth_type(oauth2::AuthType::RequestBody)
        .set_auth_uri(AuthUrl::new(format!("{BASE}/oauth2/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(format!("{BASE}/oauth2/token")).unwrap())
        .set_redirect_uri(RedirectUrl::new("http://127.0.0.1:4711/callback".to_owned()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let wanted = "launch/patient offline_access patient/*.rs";
    let (url, state) = app
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new(wanted.to_owned()))
        .add_extra_param("aud", format!("{BASE}/fhir"))
        .set_pkce_challenge(challenge)
        .url();
    let path = format!("{}?{}", url.path(), url.query().unwrap());
    let asked = house.anonymous().get(&path).await.expect(303);
    let request = query_of(asked.header("location"))["request"].clone();
    let account = house.account("ada", Kind::Patient).await;
    let account = house
        .storage
        .accounts()
        .find(&account)
        .await
        .unwrap()
        .unwrap();
    let chosen = Scopes::parse(wanted);
    let approval = oauth::issue::Approval {
        account: &account,
        signed_in_at: house.now(),
        session: None,
        patient: Some("ada"),
        encounter: None,
        without: Vec::new(),
        chosen: &chosen,
    };
    let agreed = oauth::issue::approve(&house.web, &request, approval).await;
    let back = query_of(&agreed.unwrap());
    assert_eq!(back["state"], *state.secret());
    let send = |request| carry(&house, request);
    let first = app
        .exchange_code(AuthorizationCode::new(back["code"].clone()))
        .set_pkce_verifier(verifier)
        .request_async(&send)
        .await
        .unwrap();
    let second = app
        .exchange_refresh_token(first.refresh_token().unwrap())
        .request_async(&send)
        .await
        .unwrap();
    let chart = house.bearer(second.access_token().secret());
    chart.get("/fhir/Patient/ada").await.expect(200);
}

/// An RSA key as the library reads it, made by the system's own cryptography.
fn rsa_key() -> CoreRsaPrivateSigningKey {
    use aws_lc_rs::encoding::AsDer;
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    // What PKCS#8 wraps is the PKCS#1 key: behind version, algorithm and the octet string's head.
    let bare = STANDARD.encode(&der.as_ref()[26..]);
    let lines: Vec<&str> = bare
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    let text = lines.join("\n");
    let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{text}\n-----END RSA PRIVATE KEY-----\n");
    let kid = JsonWebKeyId::new("library-1".to_owned());
    CoreRsaPrivateSigningKey::from_pem(&pem, Some(kid)).unwrap()
}

/// A client assertion signed with RS384 by the library.
fn assertion(
    house: &House,
    key: &CoreRsaPrivateSigningKey,
    client: &str,
    audience: &str,
) -> String {
    let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let head = part(json!({"alg": "RS384", "kid": "library-1", "typ": "JWT"}));
    let body = part(json!({
        "iss": client, "sub": client, "aud": audience, "jti": uuid::Uuid::new_v4().to_string(),
        "exp": house.now().as_second() + 240,
    }));
    let signed = format!("{head}.{body}");
    let algorithm = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384;
    let signature = key.sign(&algorithm, signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
async fn a_backend_of_the_libraries_alone_finds_the_endpoint_and_buys_a_token_with_its_key() {
    let house = House::with_people().await;
    let key = rsa_key();
    let client = Client {
        scopes: "system/Observation.rs".to_owned(),
        jwks: Some(json!({"keys": [key.as_verification_key()]}).to_string()),
        ..Client::new("warehouse", "Warehouse", ClientKind::Backend)
    };
    house.storage.clients().save(&client).await.unwrap();
    let send = |request| carry(&house, request);
    let issuer = IssuerUrl::new(BASE.to_owned()).unwrap();
    let found = CoreProviderMetadata::discover_async(issuer, &send)
        .await
        .unwrap();
    let endpoint = found.token_endpoint().unwrap().clone();
    let app = BasicClient::new(ClientId::new("warehouse".to_owned()))
        .set_auth_type(oauth2::AuthType::RequestBody)
        .set_token_uri(endpoint.clone());
    let ask = async |jwt: &str| {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        app.exchange_client_credentials()
            .add_scope(Scope::new("system/Observation.rs".to_owned()))
            .add_extra_param("client_assertion_type", kind)
            .add_extra_param("client_assertion", jwt)
            .request_async(&send)
            .await
    };
    let jwt = assertion(&house, &key, "warehouse", endpoint.as_str());
    let token = ask(&jwt).await.unwrap();
    assert!(token.expires_in().unwrap().as_secs() <= 300);
    assert!(token.refresh_token().is_none());
    let backend = house.bearer(token.access_token().secret());
    backend
        .get("/fhir/Observation/ada-glucose")
        .await
        .expect(200);
    backend.get("/fhir/Patient/ada").await.expect(403);
    // The same assertion again, and one of another key, buy nothing.
    assert!(ask(&jwt).await.is_err());
    let forged = assertion(&house, &rsa_key(), "warehouse", endpoint.as_str());
    assert!(ask(&forged).await.is_err());
}
