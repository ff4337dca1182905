//! Clients are kept as they were given, by owner and by state.

use jiff::Timestamp;

use super::support::databases;
use super::tokens::open;
use crate::clients::{Client, Kind, Origin, State};

fn full(created: Timestamp) -> Client {
    let some = |text: &str| Some(text.to_owned());
    Client {
        secret_hash: some("h"),
        redirect_uris: vec!["https://app.example/a,b".to_owned(), "app:/cb".to_owned()],
        launch_uri: some("https://app.example/launch"),
        scopes: "openid patient/*.cruds".to_owned(),
        jwks: some("{\"keys\":[]}"),
        jwks_uri: some("https://app.example/jwks"),
        first_party: true,
        state: State::Review,
        origin: Origin::Console,
        owner: some("dev"),
        approved_scopes: "patient/*.c".to_owned(),
        review_note: some("tell us more"),
        auth_method: some("client_secret_post"),
        contacts: vec!["ada@app.example".to_owned()],
        client_uri: some("https://app.example"),
        logo_uri: some("https://app.example/logo.png"),
        policy_uri: some("https://app.example/privacy"),
        tos_uri: some("https://app.example/terms"),
        software_id: some("soft"),
        software_version: some("1.2"),
        registration_token_hash: some("t"),
        created,
        post_logout_redirect_uris: vec!["https://app.example/bye".to_owned()],
        dpop_bound_access_tokens: true,
        ..Client::new("full", "App \u{1F600}", Kind::ConfidentialAsymmetric)
    }
}

#[tokio::test]
async fn a_client_comes_back_as_it_was_saved() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let clients = storage.clients();
        let created: Timestamp = "2026-06-15T16:00:00Z".parse().unwrap();
        let client = full(created);
        clients.save(&client).await.unwrap();
        let found = clients.find("full").await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{client:?}"));
        // Saved again, everything but the id may have changed.
        let plain = Client {
            owner: Some("dev".to_owned()),
            ..Client::new("full", "Other", Kind::Public)
        };
        clients.save(&plain).await.unwrap();
        let found = clients.find("full").await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{plain:?}"));
    }
}

#[tokio::test]
async fn clients_are_found_by_owner_and_state_and_those_never_used_go() {
    for (url, _keep) in databases().await {
        let storage = open(&url).await;
        let clients = storage.clients();
        for (id, owner, state, second) in [
            ("a", Some("dev"), State::Live, 1),
            ("b", Some("dev"), State::Review, 2),
            ("c", Some("other"), State::Review, 1),
            ("d", None, State::Disabled, 3),
        ] {
            let client = Client {
                owner: owner.map(str::to_owned),
                state,
                created: Timestamp::from_second(second).unwrap(),
                ..Client::new(id, id, Kind::Public)
            };
            clients.save(&client).await.unwrap();
        }
        let ids = |found: Vec<Client>| found.into_iter().map(|c| c.id).collect::<Vec<_>>();
        assert_eq!(ids(clients.of_owner("dev").await.unwrap()), ["b", "a"]);
        assert_eq!(
            ids(clients.in_state(State::Review).await.unwrap()),
            ["c", "b"]
        );
        assert!(!clients.set_state("e", State::Live).await.unwrap());
        let late = Client {
            origin: Origin::Dynamic,
            created: Timestamp::from_second(9).unwrap(),
            ..Client::new("late", "late", Kind::Public)
        };
        let early = Client {
            id: "early".to_owned(),
            created: Timestamp::from_second(7).unwrap(),
            ..late.clone()
        };
        clients.save(&late).await.unwrap();
        clients.save(&early).await.unwrap();
        let past = Timestamp::from_second(8).unwrap();
        assert_eq!(clients.sweep(past).await.unwrap(), 1);
        assert!(clients.find("early").await.unwrap().is_none());
        assert_eq!(clients.list().await.unwrap().len(), 5);
    }
}
