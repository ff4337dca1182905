//! Errors for people: what to change, where it is explained, and the log of the app's developer.

use crate::support::{BASE, House, Launch, SECRET, code_form, query_of};
use storage::refusals::Refusal;

/// What the log of a client holds, newest first.
async fn log(house: &House, client: &str) -> Vec<Refusal> {
    let refusals = house.storage.refusals();
    refusals.of_client(client, 100).await.unwrap()
}

#[tokio::test]
async fn a_token_error_says_what_to_change_and_is_in_the_log() {
    let house = House::with_apps().await;
    let reply = house
        .exchange("public-app", None, &code_form("BAD_CODE"))
        .await
        .expect(400);
    let json = reply.json();
    assert_eq!(json["error"], "invalid_grant");
    let uri = format!("{BASE}/developer/errors#invalid_grant");
    assert_eq!(json["error_uri"], uri);
    assert_eq!(json["request_id"], reply.header("x-request-id"));
    let log = log(&house, "public-app").await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].request_id, reply.header("x-request-id"));
    assert_eq!(log[0].endpoint, "POST /oauth2/token");
    assert_eq!((log[0].status, &*log[0].code), (400, "invalid_grant"));
    assert_eq!(json["error_description"], log[0].description);
    assert_eq!(log[0].at.as_second() / 60, house.now().as_second() / 60);
}

#[tokio::test]
async fn every_way_to_fail_at_the_token_endpoint_is_explained() {
    let house = House::with_apps().await;
    let form = |pairs: &[(&str, &str)]| {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    };
    for (body, status, error) in [
        (
            form(&[("grant_type", "not_a_grant_type")]),
            400,
            "unsupported_grant_type",
        ),
        (form(&[("code", "x")]), 400, "invalid_request"),
        (form(&code_form("BAD_CODE")), 401, "invalid_client"),
        (
            form(&[
                ("grant_type", "client_credentials"),
                ("scope", "system/*.rs"),
                ("client_id", "public-app"),
            ]),
            400,
            "unauthorized_client",
        ),
    ] {
        let reply = house.anonymous().post_form("/oauth2/token", &body).await;
        let reply = reply.expect(status);
        let json = reply.json();
        assert_eq!(json["error"], error);
        assert!(json["error_description"].as_str().unwrap().len() > 20);
        assert!(json["error_uri"].as_str().unwrap().ends_with(error));
        assert_eq!(json["request_id"], reply.header("x-request-id"));
        assert_eq!(reply.header("cache-control"), "no-store");
    }
    let json = house
        .anonymous()
        .post("/oauth2/token", "{}")
        .await
        .expect(400);
    assert_eq!(json.json()["error"], "invalid_request");
}

#[tokio::test]
async fn a_wrong_secret_is_logged_under_the_app_it_claims_to_be() {
    let house = House::with_apps().await;
    let form = [("token", "x")];
    for path in ["/oauth2/introspect", "/oauth2/revoke"] {
        let reply = house
            .client_post(path, "confidential-app", Some("wrong"), &form)
            .await
            .expect(401);
        assert_eq!(reply.json()["request_id"], reply.header("x-request-id"));
    }
    let endpoints: Vec<String> = log(&house, "confidential-app")
        .await
        .into_iter()
        .map(|refusal| refusal.endpoint)
        .collect();
    assert_eq!(
        endpoints,
        ["POST /oauth2/revoke", "POST /oauth2/introspect"]
    );
    let log = log(&house, "confidential-app").await;
    assert!(
        log.iter()
            .all(|r| !r.description.contains("wrong secret") && r.status == 401)
    );
    house
        .client_post("/oauth2/introspect", "nobody", Some(SECRET), &form)
        .await
        .expect(401);
    assert_eq!(super::errors::log(&house, "nobody").await, []);
}

#[tokio::test]
async fn an_authorize_error_comes_back_explained_and_a_page_names_the_request() {
    let house = House::with_apps().await;
    let launch = Launch {
        aud: "https://elsewhere.example/fhir".to_owned(),
        ..Launch::default()
    };
    let path = format!("/oauth2/authorize?{}", launch.query());
    let sent_back = house.anonymous().get(&path).await.expect(303);
    let back = query_of(sent_back.header("location"));
    assert!(back["error_description"].contains(&format!("{BASE}/fhir")));
    assert_eq!(
        back["error_uri"],
        format!("{BASE}/developer/errors#invalid_request")
    );
    assert_eq!(back["request_id"], sent_back.header("x-request-id"));
    let launch = Launch {
        redirect_uri: "https://evil.example/callback",
        ..Launch::default()
    };
    let path = format!("/oauth2/authorize?{}", launch.query());
    let page = house.anonymous().get(&path).await.expect(400);
    assert!(page.text().contains(page.header("x-request-id")));
    let log = log(&house, "public-app").await;
    assert_eq!((log[0].status, log[1].status), (400, 303));
    assert!(log.iter().all(|r| r.endpoint == "GET /oauth2/authorize"));
}

#[tokio::test]
async fn a_refused_read_is_logged_for_the_app_but_what_is_hidden_is_not() {
    let house = House::with_apps().await;
    let launch = Launch::of("public-app", "launch/patient patient/Patient.rs");
    let token = house.launched(&launch).await["access_token"].clone();
    let app = house.bearer(token.as_str().unwrap());
    let refused = app.get("/fhir/Observation?patient=ada").await.expect(403);
    let challenge = refused.header("www-authenticate");
    let uri = format!("error_uri=\"{BASE}/developer/errors#insufficient_scope\"");
    assert!(challenge.ends_with(&uri), "{challenge}");
    app.get("/fhir/Patient/nobody").await.expect(404);
    let log = log(&house, "public-app").await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].endpoint, "GET /fhir/{type}");
    assert_eq!((log[0].status, &*log[0].code), (403, "insufficient_scope"));
    assert!(!log[0].description.contains("ada"));
    let xml = app.with("accept", "application/fhir+xml");
    let refused = xml.get("/fhir/Condition?patient=ada").await.expect(403);
    let both = super::errors::log(&house, "public-app").await;
    assert_eq!(both.len(), 2);
    assert_eq!(both[0].request_id, refused.header("x-request-id"));
    house.move_clock("2026-06-15T18:00:00Z");
    app.get("/fhir/Patient/ada").await.expect(401);
    let log = super::errors::log(&house, "public-app").await;
    assert_eq!(log[0].code, "invalid_token");
    let unknown = house.bearer("nothing").get("/fhir/Patient/ada").await;
    assert!(
        unknown
            .expect(401)
            .header("www-authenticate")
            .contains("#invalid_token")
    );
}

#[tokio::test]
async fn refusals_inside_a_bundle_are_in_the_log_with_the_entry_they_are_of() {
    let house = House::with_apps().await;
    let scope = "launch/patient patient/Patient.rs";
    let back = house
        .agree(&Launch::of("public-app", scope), "ada", "ada", scope)
        .await;
    let code = query_of(&back)["code"].clone();
    let answer = house.exchange("public-app", None, &code_form(&code)).await;
    let token = answer.expect(200).json()["access_token"].clone();
    let app = house.bearer(token.as_str().unwrap());
    let get = |url: &str| serde_json::json!({"request": {"method": "GET", "url": url}});
    let batch = serde_json::json!({"resourceType": "Bundle", "type": "batch", "entry": [
        get("Patient/ada"), get("Observation?patient=ada"), get("Patient/dan")]});
    let reply = app.with("x-request-id", "r-1").post("/fhir", &batch).await;
    let statuses = reply.expect(200).json()["entry"].clone();
    assert_eq!(statuses[1]["response"]["status"], "403 Forbidden");
    let noted = log(&house, "public-app").await;
    assert_eq!(noted.len(), 1, "{noted:?}");
    assert_eq!(noted[0].endpoint, "POST /fhir, entry[1]");
    assert_eq!(
        (noted[0].status, &*noted[0].code),
        (403, "insufficient_scope")
    );
    assert_eq!(noted[0].request_id, "r-1");
    // Of a transaction too: what is read in it, and the whole where a write is refused.
    let mut transaction = batch;
    transaction["type"] = "transaction".into();
    app.post("/fhir", &transaction).await.expect(200);
    let noted = log(&house, "public-app").await;
    assert_eq!(
        (noted.len(), &*noted[0].endpoint),
        (2, "POST /fhir, entry[1]")
    );
    transaction["entry"][0] = serde_json::json!({
        "resource": {"resourceType": "Flag", "status": "active", "code": {"text": "x"},
                     "subject": {"reference": "Patient/ada"}},
        "request": {"method": "POST", "url": "Flag"}});
    let reply = app.post("/fhir", &transaction).await.expect(403);
    assert!(
        reply
            .header("www-authenticate")
            .contains("insufficient_scope")
    );
    let noted = log(&house, "public-app").await;
    assert_eq!((noted.len(), &*noted[0].endpoint), (3, "POST /fhir"));
}
