//! Tokens bound to a key (RFC 9449): each way in which one without the proof is worth nothing.

use crate::support::{Caller, House, Key, Launch, Reply, code_form};
use serde_json::Value;

/// Somebody who shows a token with this scheme and these proofs.
fn shown(house: &House, scheme: &str, token: &str, proofs: &[&str]) -> Caller {
    let caller = house.anonymous();
    let caller = caller.with("authorization", &format!("{scheme} {token}"));
    proofs
        .iter()
        .fold(caller, |caller, proof| caller.with("dpop", proof))
}

/// A form posted to the token endpoint by the public app with this proof.
async fn exchange(house: &House, proof: Option<&str>, form: &[(&str, &str)]) -> Reply {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form)
        .append_pair("client_id", "public-app");
    let caller = match proof {
        None => house.anonymous(),
        Some(proof) => house.anonymous().with("dpop", proof),
    };
    caller.post_form("/oauth2/token", &body.finish()).await
}

/// A launch of the public app with a key: the token endpoint's answer.
async fn launched(house: &House, key: &Key) -> Value {
    let code = house.code(&Launch::default()).await;
    let proof = key.proof(house, "POST", "/oauth2/token", None);
    let reply = exchange(house, Some(&proof), &code_form(&code)).await;
    reply.expect(200).json()
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap()
}

fn refresh_form(answer: &Value) -> [(&'static str, &str); 2] {
    let token = text(answer, "refresh_token");
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

#[tokio::test]
async fn a_token_asked_for_with_a_proof_opens_the_record_with_a_proof() {
    let house = House::with_apps().await;
    let key = Key::new();
    let answer = launched(&house, &key).await;
    assert_eq!(answer["token_type"], "DPoP");
    let token = text(&answer, "access_token");
    let proof = key.proof(&house, "GET", "/fhir/Observation", Some(token));
    shown(&house, "DPoP", token, &[&proof])
        .get("/fhir/Observation?patient=ada")
        .await
        .expect(200);
    let staff = house.backend().await;
    let form = format!("token={token}");
    let told = staff.post_form("/oauth2/introspect", &form).await;
    let told = told.expect(200).json();
    assert_eq!(told["cnf"]["jkt"], key.thumbprint());
    assert_eq!(told["token_type"], "DPoP");
}

#[tokio::test]
async fn a_bound_token_without_its_proof_is_refused() {
    let house = House::with_apps().await;
    let (key, other) = (Key::new(), Key::new());
    let answer = launched(&house, &key).await;
    let token = text(&answer, "access_token");
    let path = "/fhir/Patient/ada";
    let good = || key.proof(&house, "GET", path, Some(token));
    let used = good();
    let at = |seconds: i64| {
        let iat = house.now().as_second() + seconds;
        key.proof_with(&house, "GET", path, Some(token), |claims| {
            claims["iat"] = iat.into();
        })
    };
    shown(&house, "DPoP", token, &[&used])
        .get(path)
        .await
        .expect(200);
    let cases: Vec<(&str, &str, Vec<String>, &str)> = vec![
        ("as a bearer", "Bearer", vec![], "invalid_token"),
        (
            "as a bearer with proof",
            "Bearer",
            vec![good()],
            "invalid_token",
        ),
        ("without proof", "DPoP", vec![], "invalid_dpop_proof"),
        ("replayed", "DPoP", vec![used], "invalid_dpop_proof"),
        (
            "two proofs",
            "DPoP",
            vec![good(), good()],
            "invalid_dpop_proof",
        ),
        (
            "no proof at all",
            "DPoP",
            vec!["x".to_owned()],
            "invalid_dpop_proof",
        ),
        (
            "another key",
            "DPoP",
            vec![other.proof(&house, "GET", path, Some(token))],
            "invalid_token",
        ),
        (
            "another method",
            "DPoP",
            vec![key.proof(&house, "PUT", path, Some(token))],
            "invalid_dpop_proof",
        ),
        (
            "another address",
            "DPoP",
            vec![key.proof(&house, "GET", "/fhir/Patient/bob", Some(token))],
            "invalid_dpop_proof",
        ),
        (
            "another token",
            "DPoP",
            vec![key.proof(&house, "GET", path, Some("another"))],
            "invalid_dpop_proof",
        ),
        (
            "no token",
            "DPoP",
            vec![key.proof(&house, "GET", path, None)],
            "invalid_dpop_proof",
        ),
        ("too old", "DPoP", vec![at(-600)], "invalid_dpop_proof"),
        ("too new", "DPoP", vec![at(600)], "invalid_dpop_proof"),
    ];
    for (case, scheme, proofs, error) in cases {
        let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
        let reply = shown(&house, scheme, token, &proofs).get(path).await;
        assert_eq!(reply.status, 401, "{case}");
        let challenge = reply.header("www-authenticate");
        assert!(challenge.starts_with("DPoP "), "{case}: {challenge}");
        let named = format!("error=\"{error}\"");
        assert!(challenge.contains(&named), "{case}: {challenge}");
        assert!(challenge.contains("algs=\"ES256 ES384 RS256\""), "{case}");
        assert!(!reply.text().contains(token), "{case}");
    }
    let log = house.storage.refusals().of_client("public-app", 100).await;
    assert_eq!(log.unwrap().len(), 13);
}

#[tokio::test]
async fn a_token_without_a_key_does_not_pass_with_one() {
    let house = House::with_apps().await;
    let answer = house.launched(&Launch::default()).await;
    assert_eq!(answer["token_type"], "Bearer");
    let token = text(&answer, "access_token");
    let proof = Key::new().proof(&house, "GET", "/fhir/Patient/ada", Some(token));
    let caller = shown(&house, "DPoP", token, &[&proof]);
    caller.get("/fhir/Patient/ada").await.expect(401);
}

#[tokio::test]
async fn a_bound_token_is_no_bearer_at_introspection_either() {
    let house = House::with_apps().await;
    let answer = launched(&house, &Key::new()).await;
    let token = text(&answer, "access_token");
    let caller = house.bearer(token);
    let form = format!("token={token}");
    caller
        .post_form("/oauth2/introspect", &form)
        .await
        .expect(401);
}

#[tokio::test]
async fn a_public_apps_refresh_token_is_bound_too() {
    let house = House::with_apps().await;
    let (key, other) = (Key::new(), Key::new());
    let first = launched(&house, &key).await;
    let form = refresh_form(&first);
    let of = |key: &Key| key.proof(&house, "POST", "/oauth2/token", None);
    let bare = exchange(&house, None, &form).await.expect(400);
    assert_eq!(bare.json()["error"], "invalid_grant");
    exchange(&house, Some(&of(&other)), &form).await.expect(400);
    let second = exchange(&house, Some(&of(&key)), &form)
        .await
        .expect(200)
        .json();
    assert_eq!(second["token_type"], "DPoP");
    let again = refresh_form(&second);
    exchange(&house, None, &again).await.expect(400);
    // Who lacks the key cannot end the family either; who has it and comes twice does.
    exchange(&house, Some(&of(&other)), &form).await.expect(400);
    let third = exchange(&house, Some(&of(&key)), &again)
        .await
        .expect(200)
        .json();
    exchange(&house, Some(&of(&key)), &form).await.expect(400);
    let last = refresh_form(&third);
    exchange(&house, Some(&of(&key)), &last).await.expect(400);
}

#[tokio::test]
async fn a_bad_proof_at_the_token_endpoint_costs_nothing_but_the_proof() {
    let house = House::with_apps().await;
    let key = Key::new();
    let code = house.code(&Launch::default()).await;
    let form = code_form(&code);
    let bad = key.proof(&house, "POST", "/oauth2/revoke", None);
    let refused = exchange(&house, Some(&bad), &form).await.expect(400);
    assert_eq!(refused.json()["error"], "invalid_dpop_proof");
    let good = key.proof(&house, "POST", "/oauth2/token", None);
    exchange(&house, Some(&good), &form).await.expect(200);
    let replayed = exchange(&house, Some(&good), &form).await.expect(400);
    assert_eq!(replayed.json()["error"], "invalid_dpop_proof");
}

#[tokio::test]
async fn a_client_registered_for_bound_tokens_gets_no_others() {
    let house = House::with_apps().await;
    let clients = house.storage.clients();
    let mut client = clients.find("public-app").await.unwrap().unwrap();
    client.dpop_bound_access_tokens = true;
    clients.save(&client).await.unwrap();
    let code = house.code(&Launch::default()).await;
    let refused = exchange(&house, None, &code_form(&code)).await.expect(400);
    assert_eq!(refused.json()["error"], "invalid_dpop_proof");
    launched(&house, &Key::new()).await;
}

#[tokio::test]
async fn a_code_asked_for_with_a_key_is_given_to_nobody_else() {
    let house = House::with_apps().await;
    let (key, other) = (Key::new(), Key::new());
    let launch = Launch {
        more: format!("&dpop_jkt={}", key.thumbprint()),
        ..Launch::default()
    };
    let code = house.code(&launch).await;
    let form = code_form(&code);
    exchange(&house, None, &form).await.expect(400);
    let proof = other.proof(&house, "POST", "/oauth2/token", None);
    let refused = exchange(&house, Some(&proof), &form).await.expect(400);
    assert_eq!(refused.json()["error"], "invalid_grant");
    let proof = key.proof(&house, "POST", "/oauth2/token", None);
    exchange(&house, Some(&proof), &form).await.expect(200);
}

#[tokio::test]
async fn where_nonces_are_asked_for_a_proof_without_a_fresh_one_is_told_it() {
    let house = House::with_apps().await;
    let router = house.settled(|web| web.dpop_nonces = true);
    let caller = Caller::new(router, None);
    let key = Key::new();
    let code = house.code(&Launch::default()).await;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(code_form(&code))
        .append_pair("client_id", "public-app");
    let form = form.finish();
    let proof = |nonce: Option<&str>, place: (&str, &str), token: Option<&str>| {
        key.proof_with(&house, place.0, place.1, token, |claims| {
            if let Some(nonce) = nonce {
                claims["nonce"] = nonce.into();
            }
        })
    };
    let exchange = async |nonce: Option<&str>| {
        let proof = proof(nonce, ("POST", "/oauth2/token"), None);
        let caller = caller.with("dpop", &proof);
        caller.post_form("/oauth2/token", &form).await
    };
    for odd in [None, Some("guessed")] {
        let refused = exchange(odd).await.expect(400);
        assert_eq!(refused.json()["error"], "use_dpop_nonce");
        assert_eq!(refused.header("dpop-nonce").len(), 43);
    }
    let nonce = exchange(None).await.header("dpop-nonce").to_owned();
    let answer = exchange(Some(&nonce)).await.expect(200).json();
    let token = text(&answer, "access_token");
    let read = async |nonce: Option<&str>| {
        let proof = proof(nonce, ("GET", "/fhir/Patient/ada"), Some(token));
        let caller = caller.with("authorization", &format!("DPoP {token}"));
        caller.with("dpop", &proof).get("/fhir/Patient/ada").await
    };
    let refused = read(None).await.expect(401);
    assert!(
        refused
            .header("www-authenticate")
            .contains("use_dpop_nonce")
    );
    read(Some(&nonce)).await.expect(200);
    // Good for one more slot, then no longer.
    house.clock.advance_seconds(120);
    let later = read(Some(&nonce))
        .await
        .expect(200)
        .header("dpop-nonce")
        .to_owned();
    assert_ne!(later, nonce);
    house.clock.advance_seconds(120);
    read(Some(&nonce)).await.expect(401);
    read(Some(&later)).await.expect(200);
}
