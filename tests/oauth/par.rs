//! Pushed authorization requests (RFC 9126).

use crate::support::{House, Key, Launch, SECRET, query_of};

fn pairs(launch: &Launch) -> Vec<(String, String)> {
    form_urlencoded::parse(launch.query().as_bytes())
        .into_owned()
        .filter(|(name, _)| name != "client_id")
        .collect()
}

/// The launch pushed by its client, with this secret.
async fn push(house: &House, launch: &Launch, secret: Option<&str>) -> crate::support::Reply {
    let pairs = pairs(launch);
    let form: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (&**n, &**v)).collect();
    let client = launch.client;
    house
        .client_post("/oauth2/par", client, secret, &form)
        .await
}

fn confidential() -> Launch {
    Launch {
        client: "confidential-app",
        ..Launch::default()
    }
}

/// Where a browser with this request_uri is sent, by that client.
async fn authorize(house: &House, client: &str, uri: &str) -> crate::support::Reply {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", client)
        .append_pair("request_uri", uri)
        .finish();
    let path = format!("/oauth2/authorize?{query}");
    house.anonymous().get(&path).await
}

#[tokio::test]
async fn a_pushed_request_leads_to_the_pages_once() {
    let house = House::with_apps().await;
    let pushed = push(&house, &confidential(), Some(SECRET))
        .await
        .expect(201);
    assert_eq!(pushed.header("cache-control"), "no-store");
    let pushed = pushed.json();
    assert_eq!(pushed["expires_in"], 60);
    let uri = pushed["request_uri"].as_str().unwrap();
    assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:"));
    // Not for another app, which does not use it up.
    authorize(&house, "public-app", uri).await.expect(400);
    let asked = authorize(&house, "confidential-app", uri).await.expect(303);
    let location = asked.header("location");
    assert!(
        location.starts_with("/account/consent?request="),
        "{location}"
    );
    let again = authorize(&house, "confidential-app", uri).await.expect(400);
    assert!(again.text().contains("invalid_request_uri"));
    assert_eq!(again.header("location"), "");
}

#[tokio::test]
async fn what_the_browser_adds_does_not_count() {
    let house = House::with_apps().await;
    let pushed = push(&house, &Launch::default(), None)
        .await
        .expect(201)
        .json();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", "public-app")
        .append_pair("request_uri", pushed["request_uri"].as_str().unwrap())
        .append_pair("scope", "patient/*.cruds")
        .append_pair("redirect_uri", "https://evil.example/")
        .finish();
    let path = format!("/oauth2/authorize?{query}");
    let asked = house.anonymous().get(&path).await.expect(303);
    let request = query_of(asked.header("location"))["request"].clone();
    let pending = house.storage.pending().find(&request, house.now()).await;
    let pending = pending.unwrap().unwrap();
    assert_eq!(pending.scopes, Launch::default().scope);
    assert_eq!(pending.redirect_uri, Launch::default().redirect_uri);
}

#[tokio::test]
async fn a_minute_later_it_is_over() {
    let house = House::with_apps().await;
    let pushed = push(&house, &Launch::default(), None)
        .await
        .expect(201)
        .json();
    house.move_clock("2026-06-15T16:01:30Z");
    let uri = pushed["request_uri"].as_str().unwrap();
    authorize(&house, "public-app", uri).await.expect(400);
}

#[tokio::test]
async fn what_would_be_refused_on_the_page_is_refused_here() {
    let house = House::with_apps().await;
    let wrong_secret = push(&house, &confidential(), Some("wrong")).await;
    assert_eq!(wrong_secret.expect(401).json()["error"], "invalid_client");
    let elsewhere = Launch {
        redirect_uri: "https://evil.example/callback",
        ..confidential()
    };
    let refused = push(&house, &elsewhere, Some(SECRET)).await.expect(400);
    assert_eq!(refused.json()["error"], "invalid_request");
    let nothing = Launch {
        scope: "nothing".to_owned(),
        ..confidential()
    };
    let refused = push(&house, &nothing, Some(SECRET)).await.expect(400);
    assert_eq!(refused.json()["error"], "invalid_scope");
    let twice = Launch {
        more: "&request_uri=urn:ietf:params:oauth:request_uri:x".to_owned(),
        ..confidential()
    };
    push(&house, &twice, Some(SECRET)).await.expect(400);
    let endless = Launch {
        more: format!("&nonce={}", "x".repeat(70_000)),
        ..confidential()
    };
    let refused = push(&house, &endless, Some(SECRET)).await.expect(400);
    assert!(refused.text().contains("bytes"));
    let log = house
        .storage
        .refusals()
        .of_client("confidential-app", 9)
        .await;
    assert!(
        log.unwrap()
            .iter()
            .all(|r| r.endpoint == "POST /oauth2/par")
    );
}

#[tokio::test]
async fn a_key_proven_at_the_push_binds_the_code() {
    let house = House::with_apps().await;
    let key = Key::new();
    let launch = Launch::default();
    let proof = key.proof(&house, "POST", "/oauth2/par", None);
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs(&launch))
        .append_pair("client_id", launch.client)
        .finish();
    let caller = house.anonymous().with("dpop", &proof);
    let pushed = caller
        .post_form("/oauth2/par", &form)
        .await
        .expect(201)
        .json();
    let uri = pushed["request_uri"].as_str().unwrap();
    let asked = authorize(&house, launch.client, uri).await.expect(303);
    let request = query_of(asked.header("location"))["request"].clone();
    let pending = house.storage.pending().find(&request, house.now()).await;
    assert_eq!(pending.unwrap().unwrap().jkt, Some(key.thumbprint()));
}
