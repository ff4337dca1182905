//! An outside identity provider made by hand: it answers what it is told to, right or wrong.

use std::sync::{Arc, Mutex};

use axum::extract::{RawForm, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use smart::jwk::{SigningKey, generate, public_set};

use crate::support::House;

/// What it answers with.
#[derive(Default)]
struct Answers {
    id_token: String,
    keys: Vec<SigningKey>,
    /// What was posted to its token endpoint last.
    posted: String,
}

/// A running provider.
#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    /// It says that its answers carry `iss`.
    tells_issuer: bool,
    answers: Arc<Mutex<Answers>>,
}

pub fn key() -> SigningKey {
    let (kid, der) = generate().unwrap();
    SigningKey::from_pkcs8(&kid, &der).unwrap()
}

impl Provider {
    /// One that publishes this key.
    pub async fn start(key: SigningKey, tells_issuer: bool) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            tells_issuer,
            answers: Arc::default(),
        };
        provider.publish(key);
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }
    /// From now on this key is published, and no other.
    pub fn publish(&self, key: SigningKey) {
        self.answers.lock().unwrap().keys = vec![key];
    }
    /// From now on a code is exchanged for this id_token.
    pub fn say(&self, id_token: String) {
        self.answers.lock().unwrap().id_token = id_token;
    }
    pub fn posted(&self) -> String {
        self.answers.lock().unwrap().posted.clone()
    }
    /// Claims as they should be, for this nonce.
    pub fn claims(&self, house: &House, nonce: &str) -> Value {
        let now = house.clock.outside(house.now()).as_second();
        json!({
            "iss": self.issuer, "sub": "s-1", "aud": "kinchart", "exp": now + 300, "iat": now,
            "auth_time": now, "nonce": nonce, "email": "ada@example.org", "email_verified": true
        })
    }
}

async fn configuration(State(provider): State<Provider>) -> Json<Value> {
    let at = &provider.issuer;
    Json(json!({
        "issuer": at, "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"), "jwks_uri": format!("{at}/keys"),
        "authorization_response_iss_parameter_supported": provider.tells_issuer
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    let answers = provider.answers.lock().unwrap();
    let set = public_set(&answers.keys).unwrap();
    Json(serde_json::from_str(&set).unwrap())
}

async fn token(State(provider): State<Provider>, RawForm(form): RawForm) -> Json<Value> {
    let mut answers = provider.answers.lock().unwrap();
    answers.posted = String::from_utf8(form.to_vec()).unwrap();
    Json(json!({ "access_token": "x", "token_type": "Bearer", "id_token": answers.id_token }))
}
