//! OAuth clients.
mod decided;

use crate::db::Row;
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Error, Result, Storage};
use jiff::Timestamp;
pub use smart::registration::State;
use smart::scope::Scopes;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Public,
    ConfidentialSymmetric,
    ConfidentialAsymmetric,
    Backend,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::ConfidentialSymmetric => "confidential-symmetric",
            Self::ConfidentialAsymmetric => "confidential-asymmetric",
            Self::Backend => "backend",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Public,
            Self::ConfidentialSymmetric,
            Self::ConfidentialAsymmetric,
            Self::Backend,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
    }
}

/// How a client came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// On the command line.
    Admin,
    /// On the developer pages.
    Console,
    /// By dynamic registration (RFC 7591).
    Dynamic,
    /// By a software statement of a trusted community (UDAP).
    Udap,
    /// For an organization of the brands bundle.
    Brand,
}

impl Origin {
    pub const ALL: [Self; 5] = [
        Self::Admin,
        Self::Console,
        Self::Dynamic,
        Self::Udap,
        Self::Brand,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Console => "console",
            Self::Dynamic => "dynamic",
            Self::Udap => "udap",
            Self::Brand => "brand",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == text)
    }
}

/// A registered client. Made from [`Client::new`] with what differs, so that a later member breaks
/// nobody.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    /// SHA-256 of the secret, base64url.
    pub secret_hash: Option<String>,
    pub redirect_uris: Vec<String>,
    pub launch_uri: Option<String>,
    /// Scopes it may ask for, space separated; which of them work is [`Client::usable_scopes`].
    pub scopes: String,
    pub jwks: Option<String>,
    pub jwks_uri: Option<String>,
    /// Run by the organization itself (the portal): no app consent page beyond the patient choice.
    pub first_party: bool,
    pub state: State,
    pub origin: Origin,
    /// Id of the developer's account.
    pub owner: Option<String>,
    /// Scopes an administrator approved; of them count those that are in `scopes` too.
    pub approved_scopes: String,
    /// What an administrator told the developer last.
    pub review_note: Option<String>,
    /// `token_endpoint_auth_method` as registered, where one was named.
    pub auth_method: Option<String>,
    pub contacts: Vec<String>,
    pub client_uri: Option<String>,
    pub logo_uri: Option<String>,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub software_id: Option<String>,
    pub software_version: Option<String>,
    /// SHA-256 of the registration access token (RFC 7592), base64url.
    pub registration_token_hash: Option<String>,
    pub created: Timestamp,
    pub post_logout_redirect_uris: Vec<String>,
    /// Only tokens bound to a key (RFC 9449 section 5.2).
    pub dpop_bound_access_tokens: bool,
}

impl Client {
    /// A live client of an administrator's, without redirect URIs, scopes or proof.
    pub fn new(id: impl Into<String>, name: impl Into<String>, kind: Kind) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            kind,
            secret_hash: None,
            redirect_uris: Vec::new(),
            launch_uri: None,
            scopes: String::new(),
            jwks: None,
            jwks_uri: None,
            first_party: false,
            state: State::Live,
            origin: Origin::Admin,
            owner: None,
            approved_scopes: String::new(),
            review_note: None,
            auth_method: None,
            contacts: Vec::new(),
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            software_id: None,
            software_version: None,
            registration_token_hash: None,
            created: Timestamp::UNIX_EPOCH,
            post_logout_redirect_uris: Vec::new(),
            dpop_bound_access_tokens: false,
        }
    }
    /// Not disabled.
    pub fn is_active(&self) -> bool {
        self.state != State::Disabled
    }
    /// Whether somebody of the organization brought it in or looked at it. Anybody may register an
    /// app; staff, who see many records, let in only those that are vouched for.
    pub fn is_vouched_for(&self) -> bool {
        !matches!(self.origin, Origin::Console | Origin::Dynamic)
            || !self.approved_scopes.is_empty()
    }
    /// Of its scopes those that work in its state.
    pub fn usable_scopes(&self) -> Scopes {
        let approved = Scopes::parse(&self.approved_scopes);
        self.state.usable(&Scopes::parse(&self.scopes), &approved)
    }
    /// As the protocol's checks see it.
    pub fn registered(&self) -> smart::client::Registered {
        use smart::client::Proof;
        smart::client::Registered {
            id: self.id.clone(),
            proof: match self.kind {
                Kind::Public => Proof::None,
                Kind::ConfidentialSymmetric => Proof::Secret,
                Kind::ConfidentialAsymmetric | Kind::Backend => Proof::Key,
            },
            redirect_uris: self.redirect_uris.clone(),
            scopes: self.usable_scopes(),
            active: self.is_active(),
            leeway: smart::client::Leeway::default(),
        }
    }
}

/// How much a client is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// People with a live connection.
    pub people: i64,
    /// Live connections; a person may have several.
    pub connections: i64,
    /// When any of them was last used.
    pub last_used: Option<Timestamp>,
}

pub struct Clients<'a> {
    pub(crate) storage: &'a Storage,
}

/// In the order of [`Clients::save`] and `client`.
const COLUMNS: [&str; 27] = [
    "id",
    "name",
    "kind",
    "secret_hash",
    "redirect_uris",
    "launch_uri",
    "scopes",
    "jwks",
    "jwks_uri",
    "first_party",
    "state",
    "origin",
    "owner",
    "approved_scopes",
    "review_note",
    "auth_method",
    "contacts",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "software_id",
    "software_version",
    "registration_token_hash",
    "created",
    "post_logout_redirect_uris",
    "dpop_bound_access_tokens",
];

fn select(rest: &str) -> String {
    format!("SELECT {} FROM client {rest}", COLUMNS.join(", "))
}

/// What inserts or replaces a client.
pub(crate) fn saving(client: &Client) -> Statement {
    let values: Vec<String> = (1..=COLUMNS.len()).map(|n| format!("${n}")).collect();
    let kept = COLUMNS.iter().skip(1);
    let updates: Vec<String> = kept.map(|c| format!("{c} = excluded.{c}")).collect();
    let statement = Statement::made(format!(
        "INSERT INTO client ({}) VALUES ({}) ON CONFLICT (id) DO UPDATE SET {}",
        COLUMNS.join(", "),
        values.join(", "),
        updates.join(", ")
    ));
    statement
        .bind(&client.id)
        .bind(&client.name)
        .bind(client.kind.as_str())
        .bind(client.secret_hash.clone())
        .bind(list_text(&client.redirect_uris))
        .bind(client.launch_uri.clone())
        .bind(&client.scopes)
        .bind(client.jwks.clone())
        .bind(client.jwks_uri.clone())
        .bind(client.first_party)
        .bind(client.state.as_str())
        .bind(client.origin.as_str())
        .bind(client.owner.clone())
        .bind(&client.approved_scopes)
        .bind(client.review_note.clone())
        .bind(client.auth_method.clone())
        .bind(list_text(&client.contacts))
        .bind(client.client_uri.clone())
        .bind(client.logo_uri.clone())
        .bind(client.policy_uri.clone())
        .bind(client.tos_uri.clone())
        .bind(client.software_id.clone())
        .bind(client.software_version.clone())
        .bind(client.registration_token_hash.clone())
        .bind(client.created)
        .bind(list_text(&client.post_logout_redirect_uris))
        .bind(client.dpop_bound_access_tokens)
}

impl Clients<'_> {
    /// Inserts or replaces.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn save(&self, client: &Client) -> Result<()> {
        self.storage.inner.db.execute(saving(client)).await?;
        self.forget(&client.id).await
    }
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, id: &str) -> Result<Option<Client>> {
        if crate::secret::is_impossible(id) {
            return Ok(None);
        }
        let statement = Statement::made(select("WHERE id = $1")).bind(id);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.as_ref().map(client).transpose()
    }
    /// A developer's clients, newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn of_owner(&self, account: &str) -> Result<Vec<Client>> {
        let rest = "WHERE owner = $1 ORDER BY created DESC, id";
        let statement = Statement::made(select(rest)).bind(account);
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(client).collect()
    }
    /// How much a client is used by people, in numbers only.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn usage(&self, id: &str, now: Timestamp) -> Result<Usage> {
        let statement = Statement::new(
            "SELECT COUNT(DISTINCT g.account), COUNT(*), MAX(g.last_used) FROM app_grant g \
             WHERE g.client = $1 AND g.revoked IS NULL AND EXISTS (SELECT 1 FROM token t \
             WHERE t.app_grant = g.id AND t.expires > $2 AND t.used IS NULL AND t.revoked IS NULL)",
        );
        let statement = statement.bind(id).bind(now);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        let Some(row) = row else {
            return Ok(Usage::default());
        };
        Ok(Usage {
            people: row.int(0)?,
            connections: row.int(1)?,
            last_used: row.opt_time(2)?,
        })
    }
    /// The organization's own.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn first_party(&self) -> Result<Vec<Client>> {
        let statement = Statement::made(select("WHERE first_party = 1 ORDER BY id"));
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(client).collect()
    }
    /// Clients in a state, oldest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn in_state(&self, state: State) -> Result<Vec<Client>> {
        let rest = "WHERE state = $1 ORDER BY created, id";
        let statement = Statement::made(select(rest)).bind(state.as_str());
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(client).collect()
    }
    /// All clients, by id.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(&self) -> Result<Vec<Client>> {
        let statement = Statement::made(select("ORDER BY id"));
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(client).collect()
    }
    /// What the state means holds at once, on every node: every token of a disabled client is dead.
    /// False when there is no such client.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn set_state(&self, id: &str, state: State) -> Result<bool> {
        let statement = Statement::new("UPDATE client SET state = $2 WHERE id = $1")
            .bind(id)
            .bind(state.as_str());
        let touched = self.storage.inner.db.execute(statement).await?;
        self.forget(id).await?;
        Ok(touched > 0)
    }
    /// Forgets clients that registered themselves before `past` and that nobody ever let in.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn sweep(&self, past: Timestamp) -> Result<u64> {
        let statement = Statement::new(
            "DELETE FROM client WHERE origin = 'dynamic' AND created < $1 AND NOT EXISTS \
             (SELECT 1 FROM app_grant g WHERE g.client = client.id)",
        );
        self.storage.inner.db.execute(statement.bind(past)).await
    }
    /// Remembers a client assertion's id until it expires; false when it was used before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn use_assertion(
        &self,
        client: &str,
        jti: &str,
        expires: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> Result<bool> {
        let db = &self.storage.inner.db;
        // Kept two minutes past the end: the clock skew that verification allows.
        let past = now.as_microsecond().saturating_sub(120_000_000);
        db.execute(Statement::new("DELETE FROM assertion WHERE expires < $1").bind(past))
            .await?;
        let statement = Statement::new(
            "INSERT INTO assertion (client, jti, expires) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING",
        );
        let statement = statement.bind(client).bind(jti).bind(expires);
        Ok(db.execute(statement).await? > 0)
    }
    pub(crate) async fn forget(&self, id: &str) -> Result<()> {
        let changed = Changed::Client(id.to_owned());
        self.storage.inner.forget(&[changed]).await
    }
}

/// A list as the database keeps it: a JSON array.
pub(crate) fn list_text(list: &[String]) -> String {
    serde_json::Value::from(list.to_vec()).to_string()
}

pub(crate) fn list_of(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

fn client(row: &Row) -> Result<Client> {
    let corrupt = |what: &str| Error::Corrupt {
        table: "client",
        what: what.to_owned(),
    };
    Ok(Client {
        id: row.text(0)?,
        name: row.text(1)?,
        kind: Kind::parse(row.str(2)?).ok_or_else(|| corrupt("kind"))?,
        secret_hash: row.opt_text(3)?,
        redirect_uris: list_of(row.str(4)?),
        launch_uri: row.opt_text(5)?,
        scopes: row.text(6)?,
        jwks: row.opt_text(7)?,
        jwks_uri: row.opt_text(8)?,
        first_party: row.flag(9)?,
        state: State::parse(row.str(10)?).ok_or_else(|| corrupt("state"))?,
        origin: Origin::parse(row.str(11)?).ok_or_else(|| corrupt("origin"))?,
        owner: row.opt_text(12)?,
        approved_scopes: row.text(13)?,
        review_note: row.opt_text(14)?,
        auth_method: row.opt_text(15)?,
        contacts: list_of(row.str(16)?),
        client_uri: row.opt_text(17)?,
        logo_uri: row.opt_text(18)?,
        policy_uri: row.opt_text(19)?,
        tos_uri: row.opt_text(20)?,
        software_id: row.opt_text(21)?,
        software_version: row.opt_text(22)?,
        registration_token_hash: row.opt_text(23)?,
        created: row.time(24)?,
        post_logout_redirect_uris: list_of(row.str(25)?),
        dpop_bound_access_tokens: row.flag(26)?,
    })
}
