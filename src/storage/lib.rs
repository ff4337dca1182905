//! The vault: the only room that speaks SQL.
//!
//! Clinical rows are reachable only through [`Storage::records`], which wants an
//! [`access::Access`]. Nothing here knows HTTP. Time is always an argument.

pub mod accounts;
pub mod activation;
pub mod audit;
pub mod backup;
mod cache;
pub mod clients;
pub mod contacts;
mod db;
mod definitions;
pub mod developer_codes;
pub mod devices;
mod dialect;
pub mod emergencies;
pub mod endings;
pub mod enrolments;
pub mod exports;
mod facets;
pub mod factors;
pub mod feedback;
pub mod grants;
pub mod guests;
pub mod identities;
mod invalidate;
pub mod keys;
pub mod launches;
pub mod links;
pub mod mail;
pub mod mail_links;
pub mod maintenance;
mod nodes;
pub mod nonces;
pub mod notices;
pub mod online;
pub mod openings;
pub mod owed;
mod parameters;
pub mod pending;
pub mod proxies;
pub mod pushed;
pub mod records;
pub mod refusals;
pub mod reindex;
mod rules;
pub mod sealed;
mod search;
pub mod second_steps;
mod secret;
pub use secret::random as random_secret;
pub mod sessions;
mod sql;
pub mod standing;
pub mod terms;
pub mod throttle;
pub mod tickets;
pub mod turns;

use std::collections::HashMap;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64},
};

use db::Db;
use facets::Facets;
use fhir::ResourceType;
use invalidate::Hooks;
use sql::Statement;
use tokio::sync::mpsc;

pub use records::{
    Change, Condition, Delivered, Everything, Exported, Expunge, Found, Page, Position, Provenance,
    Records, SearchPage, Seen, Stepped, Whose, WriteFault, WriteFaultKind, Written,
};

pub use sealed::Sealing;

/// What can go wrong that is not the caller's doing (or is, and says so).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database is not reachable: {0}")]
    Unavailable(String),
    #[error("the statement took too long")]
    Timeout,
    #[error("a row in {table} cannot be read: {what}")]
    Corrupt { table: &'static str, what: String },
    /// A row with that key is there already.
    #[error("already there")]
    Duplicate,
    /// Somebody else holds what is needed; the same may work a moment later.
    #[error("busy, try again")]
    Busy,
    /// What is asked for is not in the index of an older release, which is being brought up to date.
    #[error("{done} of {total} resources are indexed anew")]
    Indexing { done: u64, total: u64 },
    #[error("the page position is not one of ours")]
    BadCursor,
    #[error("asks too much: {0}")]
    TooCostly(String),
    /// A search asks what terminology does not know.
    #[error(transparent)]
    Terminology(#[from] fhir::terminology::Fault),
    #[error(transparent)]
    Write(#[from] WriteFault),
    #[error("{0}")]
    Other(String),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What [`Storage::mark`] remembers of a database in which everybody is made up.
pub const MADE_UP: &str = "demo";

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `sqlite:PATH`, `sqlite::memory:` or `postgres://…`
    pub url: String,
    /// Our FHIR base without trailing slash; references below it are ours.
    pub base: String,
    pub pack: Arc<access::Pack>,
    pub read_connections: u32,
    /// Refuse a write whose local reference names nothing.
    pub check_references: bool,
    pub validation: Validation,
    pub sealing: Sealing,
}

/// What profiles may ask of a write beyond what the resource itself claims.
#[derive(Debug, Clone, Default)]
pub struct Validation {
    /// A resource of that type conforms to one of these (canonicals).
    pub required: HashMap<ResourceType, Vec<String>>,
    /// Refuse a resource that claims a profile nobody here knows.
    pub refuse_unknown: bool,
}

/// An open database with its writer, caches and audit queue. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) db: Db,
    pub(crate) hooks: Hooks,
    pub(crate) standings: Arc<standing::Cache>,
    pub(crate) facets: Facets,
    pub(crate) definitions: Arc<definitions::Definitions>,
    pub(crate) parameters: Arc<parameters::Parameters>,
    pub(crate) trusted: enrolments::Trusted,
    /// No resource lacks index rows of this release: see `Storage::has_upgraded`.
    pub(crate) upgraded: std::sync::atomic::AtomicBool,
    pub(crate) rules: rules::Current,
    pub(crate) waiting: Arc<records::waiting::Waiting>,
    maintenance: Arc<maintenance::Known>,
    pub(crate) rows: cache::Rows,
    pub(crate) audit: Arc<audit::queue::Queue>,
    pub(crate) refusals: Arc<refusals::Queue>,
    /// An export was begun here.
    pub(crate) exporting: tokio::sync::Notify,
    /// Held while AuditEvent resources are made.
    pub(crate) showing: tokio::sync::Mutex<()>,
    pub(crate) writer: mpsc::Sender<records::writer::Job>,
    /// The last known number of the SQLite file, see `Db::data_version`.
    pub(crate) data_version: AtomicI64,
    /// Somebody looked at it since the watcher last asked.
    pub(crate) looked: AtomicBool,
    /// This process's name among the nodes of a database.
    pub(crate) node: String,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.audit.close();
        self.refusals.close();
    }
}

impl Storage {
    /// Opens (and creates, for SQLite) the database, brings migrations up to date, starts the
    /// writer.
    ///
    /// # Errors
    /// `Unavailable` when the database cannot be reached or brought up to date.
    pub async fn open(settings: Settings) -> Result<Self> {
        let db = Db::open(&settings.url, settings.read_connections).await?;
        let listener = nodes::listener(&db).await?;
        let facets = Facets::default();
        facets.load(&db).await?;
        reindex::settle(&db).await?;
        let standings = Arc::new(standing::Cache::default());
        let hooks = Hooks::default();
        let cache = standings.clone();
        hooks.register(move |changed| cache.forget(changed));
        let definitions = Arc::new(definitions::Definitions::default());
        let snapshot = definitions.clone();
        hooks.register(move |changed| snapshot.forget(changed));
        let parameters = Arc::new(parameters::Parameters::default());
        let posted = parameters.clone();
        hooks.register(move |changed| posted.forget(changed));
        let waiting = Arc::new(records::waiting::Waiting::default());
        let wishes = waiting.clone();
        hooks.register(move |changed| wishes.forget(changed));
        let maintenance = Arc::new(maintenance::Known::default());
        let windows = maintenance.clone();
        hooks.register(move |changed| windows.forget(changed));
        let (writer, jobs) = mpsc::channel(records::writer::WAITING_MAX);
        let inner = Arc::new(Inner {
            settings,
            hooks,
            standings,
            facets,
            definitions,
            parameters,
            trusted: enrolments::Trusted::default(),
            upgraded: std::sync::atomic::AtomicBool::new(false),
            rules: rules::Current::default(),
            waiting,
            maintenance,
            rows: cache::Rows::new(db.is_sqlite()),
            audit: Arc::default(),
            refusals: Arc::default(),
            exporting: tokio::sync::Notify::default(),
            showing: tokio::sync::Mutex::default(),
            writer,
            data_version: AtomicI64::new(db.data_version().await?.unwrap_or_default()),
            looked: AtomicBool::default(),
            node: uuid::Uuid::new_v4().simple().to_string(),
            db,
        });
        tokio::spawn(records::writer::run(Arc::downgrade(&inner), jobs));
        tokio::spawn(audit::queue::run(inner.audit.clone(), inner.db.clone()));
        tokio::spawn(refusals::run(inner.refusals.clone(), inner.db.clone()));
        tokio::spawn(nodes::run(Arc::downgrade(&inner), listener));
        let storage = Self { inner };
        reindex::settle_labels(&storage).await?;
        Ok(storage)
    }
    /// The clinical record as this caller may see and change it.
    pub fn records<'a>(&'a self, access: &'a access::Access) -> Records<'a> {
        Records {
            storage: self,
            access,
        }
    }
    pub fn accounts(&self) -> accounts::Accounts<'_> {
        accounts::Accounts { storage: self }
    }
    pub fn activation(&self) -> activation::Activation<'_> {
        activation::Activation { storage: self }
    }
    pub fn clients(&self) -> clients::Clients<'_> {
        clients::Clients { storage: self }
    }
    pub fn exports(&self) -> exports::Exports<'_> {
        exports::Exports { storage: self }
    }
    pub fn feedback(&self) -> feedback::Feedback<'_> {
        feedback::Feedback { storage: self }
    }
    pub fn grants(&self) -> grants::Grants<'_> {
        grants::Grants { storage: self }
    }
    pub fn launches(&self) -> launches::Launches<'_> {
        launches::Launches { storage: self }
    }
    pub fn sessions(&self) -> sessions::Sessions<'_> {
        sessions::Sessions { storage: self }
    }
    pub fn keys(&self) -> keys::Keys<'_> {
        keys::Keys { storage: self }
    }
    pub fn mail(&self) -> mail::Mail<'_> {
        mail::Mail { storage: self }
    }
    pub fn reindex(&self) -> reindex::Reindex<'_> {
        reindex::Reindex { storage: self }
    }
    pub fn throttle(&self) -> throttle::Throttle<'_> {
        throttle::Throttle { storage: self }
    }
    pub fn proxies(&self) -> proxies::Proxies<'_> {
        proxies::Proxies { storage: self }
    }
    pub fn turns(&self) -> turns::Turns<'_> {
        turns::Turns { storage: self }
    }
    /// One cheap statement: is the database there?
    ///
    /// # Errors
    /// `Unavailable` when it is not.
    pub async fn ping(&self) -> Result<()> {
        self.inner.db.fetch_all(Statement::new("SELECT 1")).await?;
        Ok(())
    }
    /// Nothing stored but what migrations make.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_empty(&self) -> Result<bool> {
        let statement =
            Statement::new("SELECT name FROM mark UNION ALL SELECT id FROM resource LIMIT 1");
        Ok(self.inner.db.fetch_optional(statement).await?.is_none())
    }
    /// Remembers a fact about the database itself (such as "made by demo").
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn mark(&self, name: &str, value: &str) -> Result<()> {
        let statement = Statement::new(
            "INSERT INTO mark (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        );
        let statement = statement.bind(name).bind(value);
        self.inner.db.execute(statement).await?;
        Ok(())
    }
    /// What [`Self::mark`] remembered.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn marked(&self, name: &str) -> Result<Option<String>> {
        let statement = Statement::new("SELECT value FROM mark WHERE name = $1").bind(name);
        let row = self.inner.db.fetch_optional(statement).await?;
        row.map(|row| row.text(0)).transpose()
    }
    /// Whether everybody in this database is made up, so that sandbox clients may see them.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_made_up(&self) -> Result<bool> {
        Ok(self.marked(MADE_UP).await?.is_some())
    }
    /// Has PostgreSQL learn what the tables hold, after so much was written that it would choose its
    /// ways by what was there before. SQLite does without.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn learn_extent(&self) -> Result<()> {
        if self.inner.db.postgres().is_some() {
            self.inner.db.execute(Statement::new("ANALYZE")).await?;
        }
        Ok(())
    }
    /// Writes out what is queued (audit, last-use) and closes.
    ///
    /// # Errors
    /// When something queued cannot be written.
    pub async fn close(&self) -> Result<()> {
        let flushed = self.inner.audit.flush(&self.inner.db).await;
        let _ = self.inner.refusals.write_out(&self.inner.db).await;
        self.inner.audit.close();
        self.inner.refusals.close();
        self.inner.db.close().await;
        flushed
    }
}

#[cfg(test)]
mod contract;
