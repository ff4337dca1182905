//! Refresh tokens: rotation, reuse, narrowing.

use crate::support::{House, Launch, SECRET};
use serde_json::Value;
use storage::accounts::Kind;

fn form(answer: &Value) -> [(&'static str, &str); 2] {
    [
        ("grant_type", "refresh_token"),
        ("refresh_token", answer["refresh_token"].as_str().unwrap()),
    ]
}

/// The same form as a body that says nothing of the client.
fn nameless(answer: &Value) -> String {
    let [(kind, refresh), (name, token)] = form(answer);
    format!("{kind}={refresh}&{name}={token}")
}

#[tokio::test]
async fn a_refresh_keeps_patient_and_scope_and_changes_both_tokens() {
    let house = House::with_apps().await;
    let launch = Launch {
        client: "confidential-app",
        ..Launch::default()
    };
    let first = house.launched(&launch).await;
    let reply = house
        .exchange("confidential-app", Some(SECRET), &form(&first))
        .await
        .expect(200);
    assert_eq!(reply.header("pragma"), "no-cache");
    let second = reply.json();
    assert_eq!(second["patient"], "ada");
    assert_eq!(second["scope"], first["scope"]);
    assert_eq!(second["expires_in"], 3_600);
    assert_ne!(second["access_token"], first["access_token"]);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let app = house.bearer(second["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_the_family() {
    let house = House::with_apps().await;
    let first = house.launched(&Launch::default()).await;
    let second = house
        .exchange("public-app", None, &form(&first))
        .await
        .expect(200)
        .json();
    let again = house
        .exchange("public-app", None, &form(&first))
        .await
        .expect(400);
    assert_eq!(again.json()["error"], "invalid_grant");
    house
        .exchange("public-app", None, &form(&second))
        .await
        .expect(400);
    let app = house.bearer(second["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(401);
}

#[tokio::test]
async fn a_public_app_may_refresh_without_naming_itself_and_nobody_else_may() {
    let house = House::with_apps().await;
    let first = house.launched(&Launch::default()).await;
    let second = house
        .anonymous()
        .post_form("/oauth2/token", &nameless(&first))
        .await
        .expect(200)
        .json();
    let app = house.bearer(second["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    let launch = Launch {
        client: "confidential-app",
        ..Launch::default()
    };
    let theirs = house.launched(&launch).await;
    let refused = house
        .anonymous()
        .post_form("/oauth2/token", &nameless(&theirs))
        .await
        .expect(401);
    assert_eq!(refused.json()["error"], "invalid_client");
    house
        .exchange("confidential-app", Some(SECRET), &form(&theirs))
        .await
        .expect(200);
}

#[tokio::test]
async fn scope_may_be_repeated_and_narrowed_but_not_widened() {
    let house = House::with_apps().await;
    let first = house.launched(&Launch::default()).await;
    let with = |answer: &Value, scope: &str| {
        let mut form: Vec<(String, String)> = form(answer)
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .to_vec();
        form.push(("scope".to_owned(), scope.to_owned()));
        form
    };
    let post = async |form: Vec<(String, String)>| {
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (&**n, &**v)).collect();
        house.exchange("public-app", None, &form).await
    };
    let wide = post(with(&first, "patient/*.cruds")).await.expect(400);
    assert_eq!(wide.json()["error"], "invalid_scope");
    let same = post(with(&first, first["scope"].as_str().unwrap())).await;
    let same = same.expect(200).json();
    assert_eq!(same["scope"], first["scope"]);
    let narrow = post(with(&same, "patient/Patient.rs"))
        .await
        .expect(200)
        .json();
    assert_eq!(narrow["scope"], "patient/Patient.rs");
    let app = house.bearer(narrow["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(200);
    app.get("/fhir/Observation?patient=ada").await.expect(403);
}

#[tokio::test]
async fn a_refresh_token_is_for_its_client_and_is_no_access_token() {
    let house = House::with_apps().await;
    let first = house.launched(&Launch::default()).await;
    house
        .exchange("confidential-app", Some(SECRET), &form(&first))
        .await
        .expect(400);
    let random = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "nothing"),
    ];
    house
        .exchange("public-app", None, &random)
        .await
        .expect(400);
    let app = house.bearer(first["refresh_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(401);
}

#[tokio::test]
async fn a_closed_account_refreshes_nothing() {
    let house = House::with_apps().await;
    let first = house.launched(&Launch::default()).await;
    let closed = access::actor::Account::Deactivated;
    let accounts = house.storage.accounts();
    assert!(accounts.set_state("account-ada", closed).await.unwrap());
    let app = house.bearer(first["access_token"].as_str().unwrap());
    app.get("/fhir/Patient/ada").await.expect(401);
    house
        .exchange("public-app", None, &form(&first))
        .await
        .expect(400);
}

#[tokio::test]
async fn a_refresh_token_lives_on_for_months_as_long_as_it_is_used() {
    let house = House::with_apps().await;
    let mut answer = house.launched(&Launch::default()).await;
    // The consent of a year ends before the refresh token does.
    for at in [
        "2026-09-20T16:00:00Z",
        "2026-12-28T16:00:00Z",
        "2027-05-01T16:00:00Z",
    ] {
        house.move_clock(at);
        let reply = house.exchange("public-app", None, &form(&answer)).await;
        answer = reply.expect(200).json();
        let app = house.bearer(answer["access_token"].as_str().unwrap());
        app.get("/fhir/Patient/ada").await.expect(200);
    }
    house.move_clock("2027-11-01T16:00:00Z");
    let late = house.exchange("public-app", None, &form(&answer)).await;
    assert_eq!(late.expect(400).json()["error"], "invalid_grant");
}

#[tokio::test]
async fn of_two_refreshes_at_once_on_two_nodes_one_wins_and_the_person_is_told() {
    let house = House::with_apps().await;
    let ada = house.account("ada", Kind::Patient).await;
    let accounts = house.storage.accounts();
    let set = accounts.set_email(&ada, Some("ada@example.org")).await;
    assert!(set.unwrap());
    let first = house.launched(&Launch::default()).await;
    let there = house.node().await;
    let form = form(&first);
    let (one, two) = tokio::join!(
        house.exchange("public-app", None, &form),
        there.exchange("public-app", None, &form),
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    let won = if one.status == 200 { one } else { two }.json();
    // The loser may have been a thief, or the winner: neither keeps anything, on either node.
    let app = won["access_token"].as_str().unwrap();
    house.bearer(app).get("/fhir/Patient/ada").await.expect(401);
    there
        .exchange("public-app", None, &self::form(&won))
        .await
        .expect(400);
    let mail = house.storage.mail().list(50).await.unwrap();
    let told = |mail: &&storage::mail::Message| mail.subject.contains("disconnected");
    let told: Vec<_> = mail.iter().filter(told).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].to, "ada@example.org");
    assert!(told[0].text.contains("public-app"));
}
