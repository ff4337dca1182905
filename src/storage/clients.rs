//! OAuth clients.
use crate::db::Row;
use crate::invalidate::Changed;
use crate::sql::Statement;
use crate::{Error, Result, Storage};

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

#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub name: String,
    pub kind: Kind,
    /// SHA-256 of the secret, base64url.
    pub secret_hash: Option<String>,
    pub redirect_uris: Vec<String>,
    pub launch_uri: Option<String>,
    /// Scopes it may ask for, space separated.
    pub scopes: String,
    pub jwks: Option<String>,
    pub jwks_uri: Option<String>,
    /// Run by the organization itself (the portal): no app consent page beyond the patient choice.
    pub first_party: bool,
    pub active: bool,
}

impl Client {
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
            scopes: smart::scope::Scopes::parse(&self.scopes),
            active: self.active,
        }
    }
}

pub struct Clients<'a> {
    pub(crate) storage: &'a Storage,
}

const SELECT: &str = "SELECT id, name, kind, secret_hash, redirect_uris, launch_uri, scopes, jwks, jwks_uri, \
    first_party, active FROM client ";

impl Clients<'_> {
    /// Inserts or replaces.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn save(&self, client: &Client) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO client (id, name, kind, secret_hash, redirect_uris, launch_uri, scopes, jwks, jwks_uri, \
             first_party, active) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) \
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, \
             secret_hash = excluded.secret_hash, redirect_uris = excluded.redirect_uris, \
             launch_uri = excluded.launch_uri, scopes = excluded.scopes, jwks = excluded.jwks, \
             jwks_uri = excluded.jwks_uri, first_party = excluded.first_party, active = excluded.active",
        )
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
        .bind(client.active);
        self.storage.inner.db.execute(statement).await?;
        self.forget(&client.id).await
    }
    /// # Errors
    /// When the database cannot be asked.
    pub async fn find(&self, id: &str) -> Result<Option<Client>> {
        if crate::secret::is_impossible(id) {
            return Ok(None);
        }
        let statement = Statement::made(format!("{SELECT}WHERE id = $1")).bind(id);
        let row = self.storage.inner.db.fetch_optional(statement).await?;
        row.as_ref().map(client).transpose()
    }
    /// All clients, by id.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(&self) -> Result<Vec<Client>> {
        let statement = Statement::made(format!("{SELECT}ORDER BY id"));
        let rows = self.storage.inner.db.fetch_all(statement).await?;
        rows.iter().map(client).collect()
    }
    /// Every token of a disabled client is dead at once. False when there is no such client.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn set_active(&self, id: &str, active: bool) -> Result<bool> {
        let statement = Statement::new("UPDATE client SET active = $2 WHERE id = $1")
            .bind(id)
            .bind(active);
        let touched = self.storage.inner.db.execute(statement).await?;
        self.forget(id).await?;
        Ok(touched > 0)
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
    async fn forget(&self, id: &str) -> Result<()> {
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
    Ok(Client {
        id: row.text(0)?,
        name: row.text(1)?,
        kind: Kind::parse(row.str(2)?).ok_or_else(|| Error::Corrupt {
            table: "client",
            what: "kind".to_owned(),
        })?,
        secret_hash: row.opt_text(3)?,
        redirect_uris: list_of(row.str(4)?),
        launch_uri: row.opt_text(5)?,
        scopes: row.text(6)?,
        jwks: row.opt_text(7)?,
        jwks_uri: row.opt_text(8)?,
        first_party: row.flag(9)?,
        active: row.flag(10)?,
    })
}
