//! Clients that prove themselves with a key: private_key_jwt, for apps and for backends.

use crate::support::{BASE, House, Launch, code_form};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use storage::clients::{Client, Kind};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client of that kind with a fresh P-384 key, and the key.
async fn register(house: &House, id: &str, kind: Kind) -> EncodingKey {
    let der = aws_lc_rs::signature::EcdsaKeyPair::generate_pkcs8(
        &aws_lc_rs::signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        &aws_lc_rs::rand::SystemRandom::new(),
    )
    .unwrap();
    let key = EncodingKey::from_ec_der(der.as_ref());
    let jwk = Jwk::from_encoding_key(&key, Algorithm::ES384).unwrap();
    let client = Client {
        redirect_uris: vec!["http://127.0.0.1:8765/callback".to_owned()],
        scopes: "openid launch/patient patient/*.rs system/*.rs".to_owned(),
        jwks: Some(serde_json::to_string(&JwkSet { keys: vec![jwk] }).unwrap()),
        first_party: true,
        ..Client::new(id, id, kind)
    };
    house.storage.clients().save(&client).await.unwrap();
    key
}

fn assertion(house: &House, key: &EncodingKey, id: &str, jti: &str) -> String {
    let claims = json!({
        "iss": id, "sub": id, "aud": format!("{BASE}/oauth2/token"),
        "exp": house.now().as_second() + 300, "jti": jti,
    });
    jsonwebtoken::encode(&Header::new(Algorithm::ES384), &claims, key).unwrap()
}

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

#[tokio::test]
async fn a_backend_gets_a_short_token_for_system_scopes() {
    let house = House::with_people().await;
    let key = register(&house, "backend-app", Kind::Backend).await;
    let post = async |scope: &str, kind: &str, jti: &str| {
        let jwt = assertion(&house, &key, "backend-app", jti);
        let form = form(&[
            ("grant_type", "client_credentials"),
            ("scope", scope),
            ("client_assertion_type", kind),
            ("client_assertion", &jwt),
        ]);
        house.anonymous().post_form("/oauth2/token", &form).await
    };
    let answer = post("system/*.cruds patient/*.rs", TYPE, "1")
        .await
        .expect(200)
        .json();
    assert_eq!(answer["scope"], "system/*.rs");
    assert_eq!(answer["expires_in"], 300);
    assert!(answer.get("refresh_token").is_none());
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    app.delete("/fhir/Patient/ada").await.expect(403);
    let again = post("system/*.rs", TYPE, "1").await.expect(401);
    assert!(again.text().contains("jti"));
    post("system/*.rs", "not_an_assertion_type", "2")
        .await
        .expect(400);
    let none = post("patient/*.rs", TYPE, "3").await.expect(400);
    assert_eq!(none.json()["error"], "invalid_scope");
}

#[tokio::test]
async fn an_asymmetric_app_exchanges_its_code_with_an_assertion() {
    let house = House::with_people().await;
    let key = register(&house, "asymmetric-app", Kind::ConfidentialAsymmetric).await;
    let other = register(&house, "other-app", Kind::Backend).await;
    let launch = Launch::of("asymmetric-app", "openid launch/patient patient/*.rs");
    let code = house.code(&launch).await;
    let exchange = async |key: &EncodingKey, jti: &str| {
        let jwt = assertion(&house, key, "asymmetric-app", jti);
        let mut pairs = code_form(&code).to_vec();
        pairs.extend([("client_assertion_type", TYPE), ("client_assertion", &jwt)]);
        house
            .anonymous()
            .post_form("/oauth2/token", &form(&pairs))
            .await
    };
    exchange(&other, "1").await.expect(401);
    let answer = exchange(&key, "2").await.expect(200).json();
    assert!(answer["id_token"].is_string());
    assert_eq!(answer["patient"], "ada");
    let named = [
        ("grant_type", "client_credentials"),
        ("scope", "system/*.rs"),
    ];
    house
        .exchange("asymmetric-app", None, &named)
        .await
        .expect(401);
}
