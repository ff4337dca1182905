//! Clients whose keys are at their own address (`jwks_uri`), and assertions shown to two nodes.

use std::sync::{Arc, Mutex};

use crate::support::{House, Key};
use storage::clients::{Client, Kind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A place that publishes a key set, which a test may change, and counts how often it was asked.
#[derive(Clone)]
struct Place {
    set: Arc<Mutex<(String, usize)>>,
    port: u16,
}

impl Place {
    async fn open(set: String) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let set = Arc::new(Mutex::new((set, 0)));
        let place = Self { set, port };
        let shown = place.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4_096]).await;
                let text = {
                    let mut set = shown.set.lock().unwrap();
                    set.1 += 1;
                    set.0.clone()
                };
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nCache-Control: max-age=3600\r\nContent-Length: {}\r\n\r\n{text}",
                    text.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        place
    }
    fn publish(&self, set: String) {
        self.set.lock().unwrap().0 = set;
    }
    fn asked(&self) -> usize {
        self.set.lock().unwrap().1
    }
}

async fn register(house: &House, place: &Place) {
    let client = Client {
        scopes: "system/*.rs".to_owned(),
        jwks_uri: Some(format!("http://127.0.0.1:{}/jwks", place.port)),
        ..Client::new("backend-app", "Backend", Kind::Backend)
    };
    house.storage.clients().save(&client).await.unwrap();
}

async fn ask(house: &House, key: &Key, jti: &str) -> crate::support::Reply {
    present(house, &key.assertion(house, "backend-app", jti)).await
}

async fn present(house: &House, jwt: &str) -> crate::support::Reply {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("scope", "system/*.rs")
        .append_pair("client_assertion_type", TYPE)
        .append_pair("client_assertion", jwt)
        .finish();
    house.anonymous().post_form("/oauth2/token", &form).await
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_for_a_key_that_is_new() {
    let house = House::with_people().await;
    let (old, new, never) = (Key::named("1"), Key::named("2"), Key::named("3"));
    let place = Place::open(Key::set(&[&old])).await;
    register(&house, &place).await;
    for jti in ["1", "2"] {
        let answer = ask(&house, &old, jti).await.expect(200).json();
        assert_eq!(answer["expires_in"], 300);
    }
    assert_eq!(place.asked(), 1);
    house.clock.advance_seconds(60);
    place.publish(Key::set(&[&old, &new]));
    ask(&house, &new, "3").await.expect(200);
    assert_eq!(place.asked(), 2);
    // A stranger's key does not make us ask all the time.
    for jti in ["4", "5", "6"] {
        let refused = ask(&house, &never, jti).await.expect(401);
        assert!(refused.text().contains("kid"));
    }
    assert_eq!(place.asked(), 2);
    // A key that was taken away is good no longer than its document.
    place.publish(Key::set(&[&new]));
    house.clock.advance_seconds(3_600);
    ask(&house, &old, "7").await.expect(401);
    ask(&house, &new, "8").await.expect(200);
}

#[tokio::test]
async fn an_address_in_the_assertion_itself_is_not_asked() {
    let house = House::with_people().await;
    let (ours, theirs) = (Key::named("1"), Key::named("2"));
    let place = Place::open(Key::set(&[&ours])).await;
    let elsewhere = Place::open(Key::set(&[&theirs])).await;
    register(&house, &place).await;
    let jwt = theirs.assertion_from(&house, "backend-app", "1", elsewhere.port);
    refused(&house, &jwt).await;
    assert_eq!((place.asked(), elsewhere.asked()), (1, 0));
}

/// The assertion is refused for want of a key.
async fn refused(house: &House, jwt: &str) {
    let reply = present(house, jwt).await.expect(401);
    assert!(reply.text().contains("kid"), "{}", reply.text());
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_explained() {
    let house = House::with_people().await;
    let key = Key::named("1");
    let place = Place::open("not JSON".to_owned()).await;
    register(&house, &place).await;
    let refused = ask(&house, &key, "1").await.expect(401);
    assert!(refused.text().contains("JWK Set"), "{}", refused.text());
    let clients = house.storage.clients();
    let mut client = clients.find("backend-app").await.unwrap().unwrap();
    client.jwks_uri = Some("https://169.254.169.254/jwks".to_owned());
    clients.save(&client).await.unwrap();
    let refused = ask(&house, &key, "2").await.expect(401);
    assert!(
        refused.text().contains("public internet"),
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn an_assertion_shown_to_two_nodes_is_taken_by_one() {
    let house = House::with_people().await;
    let key = Key::named("1");
    let place = Place::open(Key::set(&[&key])).await;
    register(&house, &place).await;
    let there = house.node().await;
    for round in 0..5 {
        let jti = format!("race-{round}");
        let (one, two) = tokio::join!(ask(&house, &key, &jti), ask(&there, &key, &jti));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }
}
