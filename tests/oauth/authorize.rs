//! The authorization endpoint: what is asked, where the browser goes, what a person may leave out.

use crate::support::{BASE, House, Launch, query_of};

const LAB: &str = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/\
                   observation-category|laboratory";

#[tokio::test]
async fn a_good_request_leads_to_the_pages_by_get_and_post() {
    let house = House::with_apps().await;
    let query = Launch::default().query();
    let got = house
        .anonymous()
        .get(&format!("/oauth2/authorize?{query}"))
        .await
        .expect(303);
    assert!(
        got.header("location")
            .starts_with("/account/consent?request=")
    );
    let posted = house
        .anonymous()
        .post_form("/oauth2/authorize", &query)
        .await
        .expect(303);
    assert!(
        posted
            .header("location")
            .starts_with("/account/consent?request=")
    );
    assert_eq!(posted.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_wrong_audience_comes_back_with_state_and_without_code() {
    let house = House::with_apps().await;
    let mut launch = Launch {
        aud: "https://elsewhere.example/invalid_aud".to_owned(),
        ..Launch::default()
    };
    let path = format!("/oauth2/authorize?{}", launch.query());
    let reply = house.anonymous().get(&path).await.expect(303);
    let back = query_of(reply.header("location"));
    assert_eq!(back["error"], "invalid_request");
    assert_eq!(back["state"], "s-1 &");
    assert_eq!(back["iss"], BASE);
    assert!(!back.contains_key("code"));
    launch.aud = format!("{BASE}/fhir/");
    let path = format!("/oauth2/authorize?{}", launch.query());
    let reply = house.anonymous().get(&path).await.expect(303);
    assert!(reply.header("location").starts_with("/account/consent"));
}

#[tokio::test]
async fn an_unknown_client_or_address_gets_a_page_and_no_redirect() {
    let house = House::with_apps().await;
    let stranger = Launch::of("nobody\0", "openid");
    let elsewhere = Launch {
        redirect_uri: "https://evil.example/callback",
        ..Launch::default()
    };
    for launch in [stranger, elsewhere] {
        let path = format!("/oauth2/authorize?{}", launch.query());
        let reply = house.anonymous().get(&path).await.expect(400);
        assert_eq!(reply.header("location"), "");
        assert!(reply.header("content-type").starts_with("text/html"));
        assert!(!reply.text().contains("evil.example"));
    }
}

#[tokio::test]
async fn a_public_app_may_listen_on_any_loopback_port() {
    let house = House::with_apps().await;
    let launch = Launch {
        redirect_uri: "http://127.0.0.1:49152/callback",
        ..Launch::default()
    };
    let uri = house.agree(&launch, "ada", "ada", &launch.scope).await;
    assert!(uri.starts_with("http://127.0.0.1:49152/callback?code="));
    assert_eq!(query_of(&uri)["state"], "s-1 &");
    assert_eq!(query_of(&uri)["iss"], BASE);
}

#[tokio::test]
async fn what_a_person_leaves_out_is_not_granted() {
    let house = House::with_apps().await;
    let launch = Launch::of(
        "public-app",
        "launch/patient openid patient/Patient.rs patient/Observation.rs patient/Condition.rs",
    );
    let chosen = format!("launch/patient openid patient/Patient.rs {LAB} patient/Goal.rs");
    let uri = house.agree(&launch, "ada", "ada", &chosen).await;
    let code = query_of(&uri)["code"].clone();
    let form = crate::support::code_form(&code);
    let answer = house
        .exchange("public-app", None, &form)
        .await
        .expect(200)
        .json();
    let scope = format!("launch/patient openid patient/Patient.rs {LAB}");
    assert_eq!(answer["scope"], scope);
    let app = house.bearer(answer["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    app.get("/fhir/Condition?patient=ada").await.expect(403);
    app.get("/fhir/Goal?patient=ada").await.expect(403);
}

#[tokio::test]
async fn a_no_is_said_to_the_app_once() {
    let house = House::with_apps().await;
    let path = format!("/oauth2/authorize?{}", Launch::default().query());
    let asked = house.anonymous().get(&path).await.expect(303);
    let request = query_of(asked.header("location"))["request"].clone();
    let id = web::request_id::RequestId::of(&Default::default());
    let uri = oauth::issue::deny(&house.web, &request, &id).await.unwrap();
    assert_eq!(query_of(&uri)["error"], "access_denied");
    assert_eq!(query_of(&uri)["state"], "s-1 &");
    let again = oauth::issue::deny(&house.web, &request, &id).await;
    assert!(again.is_err());
}

#[tokio::test]
async fn prompt_none_is_answered_without_a_page() {
    let house = House::with_apps().await;
    let launch = Launch {
        more: "&prompt=none".to_owned(),
        ..Launch::default()
    };
    let path = format!("/oauth2/authorize?{}", launch.query());
    let reply = house.anonymous().get(&path).await.expect(303);
    assert_eq!(
        query_of(reply.header("location"))["error"],
        "login_required"
    );
}
