//! Introspection says what the token endpoint said, and nothing of other tokens.

use crate::support::{House, Launch, SECRET};
use serde_json::json;

#[tokio::test]
async fn a_live_token_is_described_as_it_was_given() {
    let house = House::with_apps().await;
    let answer = house.launched(&Launch::default()).await;
    let token = answer["access_token"].as_str().unwrap();
    let reply = house
        .client_post(
            "/oauth2/introspect",
            "confidential-app",
            Some(SECRET),
            &[("token", token)],
        )
        .await
        .expect(200)
        .json();
    assert_eq!(reply["active"], true);
    assert_eq!(reply["client_id"], "public-app");
    assert_eq!(reply["scope"], answer["scope"]);
    assert_eq!(reply["patient"], "ada");
    let claims: serde_json::Value =
        jsonwebtoken::dangerous::insecure_decode_claims(answer["id_token"].as_str().unwrap())
            .unwrap();
    for name in ["iss", "sub", "fhirUser"] {
        assert_eq!(reply[name], claims[name], "{name}");
    }
    let outside = house.clock.outside(house.now()).as_second();
    assert!((1..=3_600).contains(&(reply["exp"].as_i64().unwrap() - outside)));
    let by_bearer = house
        .bearer(token)
        .post_form("/oauth2/introspect", &format!("token={token}"))
        .await
        .expect(200);
    assert_eq!(by_bearer.json()["active"], true);
}

#[tokio::test]
async fn of_any_other_token_only_that_it_is_not_active() {
    let house = House::with_apps().await;
    let answer = house.launched(&Launch::default()).await;
    let token = answer["access_token"].as_str().unwrap();
    let ask = async |token: &str| {
        let form = [("token", token)];
        let path = "/oauth2/introspect";
        let reply = house.client_post(path, "confidential-app", Some(SECRET), &form);
        reply.await.expect(200).json()
    };
    let inactive = json!({"active": false});
    assert_eq!(ask("invalid_token_value").await, inactive);
    assert!(house.clock.advance_seconds(3_600));
    assert_eq!(ask(token).await, inactive);
    let form = "token=x";
    let nobody = house
        .anonymous()
        .post_form("/oauth2/introspect", form)
        .await;
    nobody.expect(401);
    let stale = house
        .bearer(token)
        .post_form("/oauth2/introspect", form)
        .await;
    stale.expect(401);
}
