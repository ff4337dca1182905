//! A SMART launch in a test's hand: ask, agree as a person would, exchange the code.

use std::collections::BTreeMap;

use serde_json::Value;
use smart::pkce::Challenge;
use smart::scope::Scopes;
use storage::accounts::Kind as AccountKind;
use storage::clients::{Client, Kind};

use super::{BASE, House, Reply};

pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk-0123456789";
pub const REDIRECT: &str = "http://127.0.0.1:8765/callback";
pub const SECRET: &str = "a secret: of 100% + more";

/// What an app asks for; change what a test is about.
pub struct Launch {
    pub client: &'static str,
    pub scope: String,
    pub redirect_uri: &'static str,
    pub aud: String,
    pub more: String,
}

impl Default for Launch {
    fn default() -> Self {
        Self {
            client: "public-app",
            scope: "launch/patient openid fhirUser offline_access patient/*.rs".to_owned(),
            redirect_uri: REDIRECT,
            aud: format!("{BASE}/fhir"),
            more: String::new(),
        }
    }
}

impl Launch {
    pub fn of(client: &'static str, scope: &str) -> Self {
        Self {
            client,
            scope: scope.to_owned(),
            ..Self::default()
        }
    }
    /// The authorization request as a query string.
    pub fn query(&self) -> String {
        let challenge = Challenge::of_verifier(VERIFIER).unwrap();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("scope", &self.scope)
            .append_pair("state", "s-1 &")
            .append_pair("aud", &self.aud)
            .append_pair("code_challenge", challenge.as_str())
            .append_pair("code_challenge_method", "S256");
        format!("{}{}", query.finish(), self.more)
    }
}

/// The parameters of an address.
pub fn query_of(uri: &str) -> BTreeMap<String, String> {
    let (_, query) = uri.split_once('?').unwrap_or((uri, ""));
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

impl House {
    /// Two apps of somebody else (public and with a secret) besides the fixtures' people.
    pub async fn with_apps() -> Self {
        let house = Self::with_people().await;
        for (id, kind) in [
            ("public-app", Kind::Public),
            ("confidential-app", Kind::ConfidentialSymmetric),
        ] {
            let client = Client {
                secret_hash: Some(smart::jwk::hash_of_secret(SECRET)),
                redirect_uris: vec![REDIRECT.to_owned()],
                scopes: "openid fhirUser launch/patient launch/encounter offline_access \
                         patient/*.cruds user/*.cruds"
                    .to_owned(),
                ..Client::new(id, id, kind)
            };
            house.storage.clients().save(&client).await.unwrap();
        }
        house
    }

    /// Asks, and agrees to `chosen` for `patient` as that person; the address the browser is sent
    /// to.
    pub async fn agree(
        &self,
        launch: &Launch,
        person: &str,
        patient: &str,
        chosen: &str,
    ) -> String {
        let query = launch.query();
        self.agree_to(&query, person, patient, chosen).await
    }

    /// The same for a request as it stands.
    pub async fn agree_to(&self, query: &str, person: &str, patient: &str, chosen: &str) -> String {
        let path = format!("/oauth2/authorize?{query}");
        let asked = self.anonymous().get(&path).await.expect(303);
        let request = query_of(asked.header("location"))["request"].clone();
        let account = self.account(person, AccountKind::Patient).await;
        let account = self.storage.accounts().find(&account).await.unwrap();
        oauth::issue::approve(
            &self.web,
            &request,
            oauth::issue::Approval {
                account: &account.unwrap(),
                signed_in_at: self.now(),
                session: None,
                patient: Some(patient),
                encounter: None,
                without: Vec::new(),
                chosen: &Scopes::parse(chosen),
            },
        )
        .await
        .unwrap()
    }

    /// A code for ada's own chart, everything agreed to.
    pub async fn code(&self, launch: &Launch) -> String {
        let uri = self.agree(launch, "ada", "ada", &launch.scope).await;
        query_of(&uri)["code"].clone()
    }

    /// Posts a form to the token endpoint as a public client, or with Basic when `secret` is given.
    pub async fn exchange(
        &self,
        client: &str,
        secret: Option<&str>,
        form: &[(&str, &str)],
    ) -> Reply {
        self.client_post("/oauth2/token", client, secret, form)
            .await
    }

    /// The same for any endpoint for programs.
    pub async fn client_post(
        &self,
        path: &str,
        client: &str,
        secret: Option<&str>,
        form: &[(&str, &str)],
    ) -> Reply {
        use base64::Engine as _;
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let caller = match secret {
            None => {
                body.append_pair("client_id", client);
                self.anonymous()
            }
            Some(secret) => {
                let pair = format!("{client}:{secret}");
                let pair = base64::engine::general_purpose::STANDARD.encode(pair);
                self.anonymous()
                    .with("authorization", &format!("Basic {pair}"))
            }
        };
        caller.post_form(path, &body.finish()).await
    }

    /// A whole launch for ada's own chart: the token endpoint's answer.
    pub async fn launched(&self, launch: &Launch) -> Value {
        let code = self.code(launch).await;
        let secret = (launch.client == "confidential-app").then_some(SECRET);
        self.exchange(launch.client, secret, &code_form(&code))
            .await
            .expect(200)
            .json()
    }
}

/// The form that exchanges a code.
pub fn code_form(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ]
}
