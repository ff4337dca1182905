//! The house under test: the true router on a fresh database, a clock in the test's hand, and
//! callers as values.

mod authenticator;
mod caller;
pub mod database;
mod key;
mod launch;
mod people;

use std::sync::Arc;

pub use authenticator::Authenticator;
pub use caller::{Caller, Reply};
use config::Clock;
use jiff::Timestamp;
pub use key::Key;
pub use launch::{Launch, REDIRECT, SECRET, VERIFIER, code_form, query_of};
pub use people::READ_ALL;
use storage::{Sealing, Storage, clients, grants};

/// Where the tests' clock stands at first.
pub const NOW: &str = "2026-06-15T16:00:00Z";
pub const BASE: &str = "http://kinchart.test";
pub const SAFE_BASE: &str = "https://kinchart.test";

/// Most tests are about something else than the second factor of staff.
fn without_second_factor() -> config::SignIn {
    config::SignIn {
        staff_second_factor: false,
        ..config::SignIn::default()
    }
}

/// A running house. Dropping it drops its database.
pub struct House {
    pub storage: Storage,
    pub clock: Clock,
    /// What handlers are given.
    pub web: web::House,
    router: axum::Router,
    settings: storage::Settings,
    _keep: Option<tempfile::TempDir>,
}

impl House {
    /// An empty house.
    pub async fn empty() -> Self {
        Self::validating(storage::Validation::default()).await
    }

    /// An empty house that asks this of every write.
    pub async fn validating(validation: storage::Validation) -> Self {
        Self::made(BASE, validation, without_second_factor(), false).await
    }

    /// An empty house under this shipped policy pack.
    pub async fn under(pack: &str) -> Self {
        let (validation, sign_in) = (storage::Validation::default(), without_second_factor());
        Self::made_under(pack, BASE, validation, sign_in, false).await
    }

    /// An empty house where a conditional delete may delete several.
    pub async fn deleting_several() -> Self {
        let validation = storage::Validation::default();
        Self::made(BASE, validation, without_second_factor(), true).await
    }

    /// An empty house over HTTPS, where browsers know passkeys, that signs people in like this.
    pub async fn signing_in(sign_in: config::SignIn) -> Self {
        Self::made(SAFE_BASE, storage::Validation::default(), sign_in, false).await
    }

    async fn made(
        base: &str,
        validation: storage::Validation,
        sign_in: config::SignIn,
        deletes_several: bool,
    ) -> Self {
        Self::made_under("middlesex", base, validation, sign_in, deletes_several).await
    }

    async fn made_under(
        pack: &str,
        base: &str,
        validation: storage::Validation,
        sign_in: config::SignIn,
        deletes_several: bool,
    ) -> Self {
        let (url, keep) = database::fresh().await;
        let pack = Arc::new(access::Pack::shipped(pack).unwrap());
        let fhir_base = format!("{base}/fhir");
        let clock = Clock::movable();
        clock.set(Some(NOW.parse().unwrap()));
        let settings = storage::Settings {
            url,
            base: fhir_base.clone(),
            pack: pack.clone(),
            read_connections: 2,
            check_references: true,
            validation,
            sealing: Sealing::with(&[Sealing::fresh_key().unwrap()]).unwrap(),
        };
        let storage = Storage::open(settings.clone()).await.unwrap();
        let house = web::House {
            storage: storage.clone(),
            clock: clock.clone(),
            pack,
            base_url: base.into(),
            fhir_base: fhir_base.into(),
            brand: Arc::default(),
            sign_in: Arc::new(sign_in),
            metrics: Arc::default(),
            outside: web::Outside::new(web::outside::Rules {
                loopback: true,
                private_hosts: Vec::new(),
            }),
            served: Arc::default(),
            dpop_nonces: false,
            cds_clients: Arc::default(),
            udap: web::udap::Udap::default(),
            deletes_several,
        };
        Self {
            storage,
            clock,
            router: kinchart::routes::router(house.clone()),
            web: house,
            settings,
            _keep: keep,
        }
    }

    /// The same house with other settings, behind a router of its own.
    pub fn settled(&self, settle: impl FnOnce(&mut web::House)) -> axum::Router {
        let mut house = self.web.clone();
        settle(&mut house);
        kinchart::routes::router(house)
    }

    /// A second node on the same database, to be dropped before this one. It has the same clock.
    pub async fn node(&self) -> Self {
        self.node_under((*self.web.pack).clone()).await
    }

    /// The same, under another policy pack.
    pub async fn node_under(&self, pack: access::Pack) -> Self {
        let pack = Arc::new(pack);
        let settings = storage::Settings {
            pack: pack.clone(),
            ..self.settings.clone()
        };
        let storage = Storage::open(settings).await.unwrap();
        let house = web::House {
            storage: storage.clone(),
            pack,
            metrics: Arc::default(),
            ..self.web.clone()
        };
        Self {
            storage,
            clock: self.clock.clone(),
            router: kinchart::routes::router(house.clone()),
            web: house,
            settings: self.settings.clone(),
            _keep: None,
        }
    }

    /// A house with the small named people of `tests/fixtures/people.json` in it.
    pub async fn with_people() -> Self {
        let house = Self::empty().await;
        house.fill().await;
        house
    }

    /// Puts the small named people in.
    pub async fn fill(&self) {
        let bundle = include_str!("../fixtures/people.json");
        let reply = self.backend().await.post("/fhir", bundle).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    /// The same house at an address of this machine that other programs can reach.
    pub async fn served(mut self) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        self.web.fhir_base = format!("{base}/fhir").into();
        self.web.base_url = base.into();
        self.router = kinchart::routes::router(self.web.clone());
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        self
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
    pub fn move_clock(&self, at: &str) {
        assert!(self.clock.set(Some(at.parse().unwrap())));
    }

    /// Nobody in particular.
    pub fn anonymous(&self) -> Caller {
        Caller::new(self.router.clone(), None)
    }
    /// Someone who presents this token.
    pub fn bearer(&self, token: &str) -> Caller {
        Caller::new(self.router.clone(), Some(token.to_owned()))
    }
    /// A backend service that may do everything.
    pub async fn backend(&self) -> Caller {
        self.backend_with("system/*.cruds").await
    }
    pub async fn backend_with(&self, scopes: &str) -> Caller {
        let client = self.client("backend", clients::Kind::Backend, false).await;
        let token = self.token(self.grant(&client, scopes), 3_600).await;
        self.bearer(&token)
    }

    /// Registers a client (again, if need be).
    pub async fn client(&self, id: &str, kind: clients::Kind, first_party: bool) -> String {
        let client = clients::Client {
            redirect_uris: vec!["http://127.0.0.1:8765/callback".into()],
            scopes: "openid fhirUser launch/patient offline_access patient/*.cruds user/*.cruds \
                     system/*.cruds"
                .into(),
            first_party,
            ..clients::Client::new(id, id, kind)
        };
        self.storage.clients().save(&client).await.unwrap();
        client.id
    }

    /// A grant with nobody behind it yet.
    pub fn grant(&self, client: &str, scopes: &str) -> grants::Grant {
        grants::Grant {
            id: uuid::Uuid::new_v4().to_string(),
            client: client.to_owned(),
            account: None,
            patient: None,
            encounter: None,
            scopes: scopes.to_owned(),
            fhir_user: None,
            nonce: None,
            auth_time: None,
            created: self.now(),
            revoked: None,
            last_used: None,
            consent: None,
        }
    }

    /// Issues an access token for a grant.
    pub async fn token(&self, grant: grants::Grant, lifetime_seconds: i64) -> String {
        let issued = self
            .storage
            .grants()
            .issue(&grant, lifetime_seconds, false, self.now())
            .await
            .unwrap();
        issued.access_token
    }
}
