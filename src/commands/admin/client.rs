//! `kinchart admin client`: registering apps, listing them, stopping them.

use std::path::PathBuf;

use serde_json::json;
use smart::registration::{page_fault, redirect_fault};
use storage::clients::{Client, Kind, State};
use workflows::registration::{self, Ruling, Verdict};

use super::{DatabaseFlags, Desk, Outcome, print, random_text, said};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Register an app; prints its id and, for a symmetric one, its secret (shown only now)
    Add(Box<Add>),
    /// All apps, or those in one state
    List {
        /// sandbox, live, review or disabled
        #[arg(long, value_parser = state)]
        state: Option<State>,
        #[command(flatten)]
        database: DatabaseFlags,
    },
    /// Approve all an app asks for; its developer gets a mail
    Approve(Decision),
    /// Leave an app what needs no approval; its developer gets a mail
    Decline(Decision),
    /// Stop an app: its tokens are dead at once; its developer gets a mail
    Disable(Decision),
    /// Let a stopped app work again; its developer gets a mail
    Enable(Decision),
}

#[derive(Debug, clap::Args)]
pub struct Add {
    #[command(flatten)]
    database: DatabaseFlags,
    /// Client id [default: a random one]
    #[arg(long)]
    id: Option<String>,
    /// Name people see when they are asked
    #[arg(long)]
    name: String,
    #[arg(long = "type", value_enum)]
    kind: KindName,
    /// Where the browser goes back to; may be given several times
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where it is opened from a chart (EHR launch)
    #[arg(long, value_name = "URI")]
    launch_uri: Option<String>,
    /// Most it may ask for, space separated
    #[arg(long)]
    scopes: String,
    /// Its public keys: a JWK Set. A backend without any works with minted tokens only
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Where it publishes its public keys, instead of --jwks
    #[arg(long, value_name = "URL", conflicts_with = "jwks")]
    jwks_uri: Option<String>,
    /// Run by this organization: people are not asked for their consent
    #[arg(long)]
    first_party: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum KindName {
    Public,
    ConfidentialSymmetric,
    ConfidentialAsymmetric,
    Backend,
}

impl From<KindName> for Kind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Public => Self::Public,
            KindName::ConfidentialSymmetric => Self::ConfidentialSymmetric,
            KindName::ConfidentialAsymmetric => Self::ConfidentialAsymmetric,
            KindName::Backend => Self::Backend,
        }
    }
}

impl Command {
    pub async fn run(self) -> Outcome {
        match self {
            Self::Add(add) => add.run().await,
            Self::List { state, database } => list(state, database).await,
            Self::Approve(decision) => decision.run(Verdict::Approve).await,
            Self::Decline(decision) => decision.run(Verdict::Decline).await,
            Self::Disable(decision) => decision.stop().await,
            Self::Enable(decision) => decision.resume().await,
        }
    }
}

impl Add {
    async fn run(self) -> Outcome {
        let kind = Kind::from(self.kind);
        let keyed = matches!(kind, Kind::ConfidentialAsymmetric | Kind::Backend);
        let has_keys = self.jwks.is_some() || self.jwks_uri.is_some();
        if has_keys && !keyed {
            let text = "--jwks and --jwks-uri go with confidential-asymmetric and backend only";
            return Err(text.to_owned());
        }
        if !has_keys && kind == Kind::ConfidentialAsymmetric {
            return Err("confidential-asymmetric needs --jwks or --jwks-uri".to_owned());
        }
        if let Some(fault) = self.jwks_uri.as_deref().and_then(page_fault) {
            return Err(format!("--jwks-uri {fault}"));
        }
        if let Some(fault) = self
            .redirect_uris
            .iter()
            .find_map(|uri| redirect_fault(uri))
        {
            return Err(format!("--redirect-uri {fault}"));
        }
        if kind != Kind::Backend && self.redirect_uris.is_empty() {
            return Err("an app people sign in to needs --redirect-uri".to_owned());
        }
        let jwks = match &self.jwks {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
                smart::jwk::client_set(&text).map_err(said)?;
                Some(text)
            }
            None => None,
        };
        let desk = Desk::open(self.database).await?;
        let id = self.id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let clients = desk.opened.storage.clients();
        if clients.find(&id).await.map_err(said)?.is_some() {
            return Err(format!("there is a client {id} already"));
        }
        let secret = (kind == Kind::ConfidentialSymmetric).then(random_text);
        let client = Client {
            secret_hash: secret.as_deref().map(smart::jwk::hash_of_secret),
            redirect_uris: self.redirect_uris,
            launch_uri: self.launch_uri,
            approved_scopes: self.scopes.clone(),
            scopes: self.scopes,
            jwks,
            jwks_uri: self.jwks_uri,
            first_party: self.first_party,
            created: desk.now,
            ..Client::new(&id, self.name, kind)
        };
        clients.save(&client).await.map_err(said)?;
        print(&json!({"client_id": id, "client_secret": secret}).to_string())?;
        desk.close().await
    }
}

#[derive(Debug, clap::Args)]
pub struct Decision {
    /// Client id
    id: String,
    /// What the developer is told besides
    #[arg(long, default_value = "")]
    note: String,
    #[command(flatten)]
    database: DatabaseFlags,
}

impl Decision {
    async fn client(&self, desk: &Desk) -> Result<Client, String> {
        let found = desk.opened.storage.clients().find(&self.id).await;
        let unknown = || format!("there is no client {}; see admin client list", self.id);
        found.map_err(said)?.ok_or_else(unknown)
    }

    fn ruling(&self, desk: &Desk) -> Ruling<'_> {
        let (note, now) = (self.note.as_str(), desk.now);
        Ruling {
            by: None,
            note,
            now,
        }
    }

    async fn run(self, verdict: Verdict) -> Outcome {
        let desk = Desk::open(self.database.clone()).await?;
        let storage = &desk.opened.storage;
        let client = self.client(&desk).await?;
        let decided = registration::decide(storage, &client, verdict, self.ruling(&desk)).await;
        let Some(client) = decided.map_err(said)? else {
            let state = client.state.as_str();
            return Err(format!(
                "{} is {state}: nothing of it waits for a decision",
                self.id
            ));
        };
        let answer = json!({"client_id": client.id, "state": client.state.as_str(), "scopes": client.scopes});
        print(&answer.to_string())?;
        desk.close().await
    }

    async fn stop(self) -> Outcome {
        let desk = Desk::open(self.database.clone()).await?;
        let client = self.client(&desk).await?;
        let stopped = registration::stop(&desk.opened.storage, &client, self.ruling(&desk));
        stopped.await.map_err(said)?;
        desk.close().await
    }

    async fn resume(self) -> Outcome {
        let desk = Desk::open(self.database.clone()).await?;
        let client = self.client(&desk).await?;
        let resumed = registration::resume(&desk.opened.storage, &client, self.ruling(&desk));
        if !resumed.await.map_err(said)? {
            return Err(format!(
                "{} is not stopped, or was removed for good",
                self.id
            ));
        }
        desk.close().await
    }
}

fn state(text: &str) -> Result<State, String> {
    State::parse(text).ok_or_else(|| "one of sandbox, live, review, disabled".to_owned())
}

async fn list(state: Option<State>, database: DatabaseFlags) -> Outcome {
    let desk = Desk::open(database).await?;
    let clients = desk.opened.storage.clients().list().await.map_err(said)?;
    print(&format!("{:<38} {:<24} {:<9} NAME", "ID", "TYPE", "STATE"))?;
    let wanted = |client: &Client| state.is_none_or(|state| client.state == state);
    for client in clients.into_iter().filter(wanted) {
        let Client {
            id,
            name,
            kind,
            state,
            ..
        } = client;
        let (kind, state) = (kind.as_str(), state.as_str());
        print(&format!("{id:<38} {kind:<24} {state:<9} {name}"))?;
    }
    desk.close().await
}
