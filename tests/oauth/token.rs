//! The token endpoint: codes, proofs, and the answers' form.

use crate::support::{BASE, House, Launch, SECRET, VERIFIER, code_form};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::Value;
use smart::pkce::Challenge;

#[tokio::test]
async fn a_launch_opens_the_chart_it_was_for() {
    let house = House::with_apps().await;
    let code = house.code(&Launch::default()).await;
    let reply = house
        .exchange("public-app", None, &code_form(&code))
        .await
        .expect(200);
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("pragma"), "no-cache");
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    let answer = reply.json();
    assert_eq!(answer["token_type"], "Bearer");
    assert_eq!(answer["expires_in"], 3_600);
    assert_eq!(answer["patient"], "ada");
    assert_eq!(answer["scope"], Launch::default().scope);
    assert!(answer["refresh_token"].is_string());
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    app.get("/fhir/Patient/ben").await.expect(404);
}

#[tokio::test]
async fn the_id_token_is_signed_by_the_published_key() {
    let house = House::with_apps().await;
    let launch = Launch {
        more: "&nonce=n-1".to_owned(),
        ..Launch::default()
    };
    let answer = house.launched(&launch).await;
    let token = answer["id_token"].as_str().unwrap();
    let set = house.anonymous().get("/.well-known/jwks.json").await.json();
    let set: JwkSet = serde_json::from_value(set).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.alg, Algorithm::RS256);
    let key = DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["public-app"]);
    // Checked by this machine's own clock, wherever the house's stands.
    validation.set_issuer(&[BASE]);
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation)
        .unwrap()
        .claims;
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(claims["fhirUser"], format!("{BASE}/fhir/Patient/ada"));
    assert!(claims["exp"].as_i64() > claims["iat"].as_i64());
    assert!(claims["auth_time"].is_i64());
    assert!(!claims["sub"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn an_openid_library_accepts_the_id_token() {
    use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet};
    use openidconnect::{ClientId, IssuerUrl, Nonce};
    let house = House::with_apps().await;
    let launch = Launch {
        more: "&nonce=n-1".to_owned(),
        ..Launch::default()
    };
    let answer = house.launched(&launch).await;
    let keys = house.anonymous().get("/.well-known/jwks.json").await;
    let keys: CoreJsonWebKeySet = serde_json::from_slice(&keys.body).unwrap();
    let issuer = IssuerUrl::new(BASE.to_owned()).unwrap();
    let client = ClientId::new("public-app".to_owned());
    let verifier = CoreIdTokenVerifier::new_public_client(client, issuer, keys);
    let token: CoreIdToken = serde_json::from_value(answer["id_token"].clone()).unwrap();
    let nonce = Nonce::new("n-1".to_owned());
    let claims = token.claims(&verifier, &nonce).unwrap();
    assert_eq!(claims.subject().as_str(), "account-ada");
    assert!(
        token
            .claims(&verifier, &Nonce::new("n-2".to_owned()))
            .is_err()
    );
}

#[tokio::test]
async fn a_proxy_is_named_as_the_related_person() {
    let house = House::with_apps().await;
    let launch = Launch::default();
    let uri = house.agree(&launch, "ada", "ben", &launch.scope).await;
    let code = crate::support::query_of(&uri)["code"].clone();
    let answer = house
        .exchange("public-app", None, &code_form(&code))
        .await
        .expect(200)
        .json();
    assert_eq!(answer["patient"], "ben");
    assert_eq!(
        answer["fhirContext"][0]["reference"],
        "RelatedPerson/ada-for-ben"
    );
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/RelatedPerson/ada-for-ben").await.expect(200);
    app.get("/fhir/Patient/ada").await.expect(404);
}

#[tokio::test]
async fn a_wrong_code_or_grant_type_is_exactly_400() {
    let house = House::with_apps().await;
    let wrong = house
        .exchange("public-app", None, &code_form("BAD_CODE"))
        .await
        .expect(400);
    assert_eq!(wrong.json()["error"], "invalid_grant");
    let kind = [("grant_type", "not_a_grant_type")];
    let wrong = house.exchange("nobody", None, &kind).await.expect(400);
    assert_eq!(wrong.json()["error"], "unsupported_grant_type");
    let json = house
        .anonymous()
        .post("/oauth2/token", "{}")
        .await
        .expect(400);
    assert_eq!(json.json()["error"], "invalid_request");
}

#[tokio::test]
async fn the_verifier_must_be_the_challenges_own() {
    let house = House::with_apps().await;
    let code = house.code(&Launch::default()).await;
    let challenge = Challenge::of_verifier(VERIFIER).unwrap();
    let random = "x".repeat(64);
    for verifier in [
        None,
        Some(""),
        Some(random.as_str()),
        Some(challenge.as_str()),
    ] {
        let mut form = code_form(&code).to_vec();
        form.retain(|(name, _)| *name != "code_verifier");
        form.extend(verifier.map(|v| ("code_verifier", v)));
        let reply = house.exchange("public-app", None, &form).await.expect(400);
        assert_eq!(reply.json()["error"], "invalid_grant", "{verifier:?}");
    }
    house
        .exchange("public-app", None, &code_form(&code))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_code_used_twice_takes_back_what_it_gave() {
    let house = House::with_apps().await;
    let code = house.code(&Launch::default()).await;
    let first = house
        .exchange("public-app", None, &code_form(&code))
        .await
        .expect(200)
        .json();
    let app = house.bearer(first["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    let again = house
        .exchange("public-app", None, &code_form(&code))
        .await
        .expect(400);
    assert_eq!(again.json()["error"], "invalid_grant");
    app.get("/fhir/Patient/ada").await.expect(401);
}

#[tokio::test]
async fn a_code_is_for_its_client_address_and_minute() {
    let house = House::with_apps().await;
    let code = house.code(&Launch::default()).await;
    let mut moved = code_form(&code);
    moved[2].1 = "http://127.0.0.1:8765/elsewhere";
    house.exchange("public-app", None, &moved).await.expect(400);
    house
        .exchange("confidential-app", Some(SECRET), &code_form(&code))
        .await
        .expect(400);
    assert!(house.clock.advance_seconds(61));
    let late = house
        .exchange("public-app", None, &code_form(&code))
        .await
        .expect(400);
    assert!(late.text().contains("expired"));
}

#[tokio::test]
async fn a_secret_must_be_right_and_a_public_client_has_none() {
    let house = House::with_apps().await;
    let code = house
        .code(&Launch::of("confidential-app", "openid launch/patient"))
        .await;
    let form = code_form(&code);
    for (client, secret) in [
        ("confidential-app", None),
        ("confidential-app", Some("wrong")),
        ("BAD_CLIENT_ID", Some(SECRET)),
        ("public-app", Some(SECRET)),
    ] {
        let reply = house.exchange(client, secret, &form).await.expect(401);
        assert_eq!(reply.json()["error"], "invalid_client");
        assert!(reply.header("www-authenticate").starts_with("Basic"));
    }
    house
        .exchange("confidential-app", Some(SECRET), &form)
        .await
        .expect(200);
}

#[tokio::test]
async fn v1_scopes_come_back_as_they_were_asked() {
    let house = House::with_apps().await;
    let scope = "launch/patient patient/Patient.read patient/Observation.read";
    let answer = house.launched(&Launch::of("public-app", scope)).await;
    assert_eq!(answer["scope"], scope);
    assert!(answer.get("refresh_token").is_none());
    assert!(answer.get("id_token").is_none());
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/Observation?patient=ada").await.expect(200);
    app.get("/fhir/Condition?patient=ada").await.expect(403);
}

#[tokio::test]
async fn an_app_of_somebody_else_stands_on_a_consent() {
    let house = House::with_apps().await;
    let answer = house.launched(&Launch::default()).await;
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    let staff = house.backend().await;
    let found = staff
        .get("/fhir/Consent?patient=ada&category=app")
        .await
        .expect(200);
    let consent = &found.json()["entry"][0]["resource"];
    assert_eq!(consent["status"], "active");
    let mut ended = consent.clone();
    ended["status"] = "inactive".into();
    let path = format!("/fhir/Consent/{}", consent["id"].as_str().unwrap());
    staff.put(&path, &ended).await.expect(200);
    app.get("/fhir/Patient/ada").await.expect(403);
}
