//! The vault: the only room that speaks SQL.
//!
//! Clinical rows are reachable only through [`Storage::records`], which wants an [`access::Access`].
//! Nothing here knows HTTP. Time is always an argument.

pub mod accounts;
pub mod audit;
pub mod clients;
pub mod db;
pub mod dialect;
pub mod grants;
pub mod keys;
pub mod mail;
pub mod records;
pub mod search;
pub mod sessions;
pub mod sql;
pub mod standing;
pub mod throttle;

use std::sync::Arc;

pub use records::{
    Change, Found, Page, Position, Records, SearchPage, Seen, WriteFault, WriteFaultKind, Written,
};

/// What can go wrong that is not the caller's doing (or is, and says so).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database is not reachable: {0}")]
    Unavailable(String),
    #[error("the statement took too long")]
    Timeout,
    #[error("a row in {table} cannot be read: {what}")]
    Corrupt { table: &'static str, what: String },
    #[error("the page position is not one of ours")]
    BadCursor,
    #[error("asks too much: {0}")]
    TooCostly(String),
    #[error(transparent)]
    Write(#[from] WriteFault),
    #[error("{0}")]
    Other(String),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

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
}

/// An open database with its writer, caches and audit queue. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    inner: Arc<Inner>,
}

struct Inner {}

impl Storage {
    /// Opens (and creates, for SQLite) the database, brings migrations up to date, starts the writer.
    pub async fn open(_settings: Settings) -> Result<Self> {
        todo!()
    }
    /// The clinical record as this caller may see and change it.
    pub fn records<'a>(&'a self, _access: &'a access::Access) -> Records<'a> {
        let _ = &self.inner;
        todo!()
    }
    pub fn accounts(&self) -> accounts::Accounts<'_> {
        todo!()
    }
    pub fn clients(&self) -> clients::Clients<'_> {
        todo!()
    }
    pub fn grants(&self) -> grants::Grants<'_> {
        todo!()
    }
    pub fn sessions(&self) -> sessions::Sessions<'_> {
        todo!()
    }
    pub fn keys(&self) -> keys::Keys<'_> {
        todo!()
    }
    pub fn mail(&self) -> mail::Mail<'_> {
        todo!()
    }
    pub fn throttle(&self) -> throttle::Throttle<'_> {
        todo!()
    }
    /// One cheap statement: is the database there?
    pub async fn ping(&self) -> Result<()> {
        todo!()
    }
    /// Nothing stored but what migrations make.
    pub async fn is_empty(&self) -> Result<bool> {
        todo!()
    }
    /// Remembers a fact about the database itself (such as "made by demo").
    pub async fn mark(&self, _name: &str, _value: &str) -> Result<()> {
        todo!()
    }
    pub async fn marked(&self, _name: &str) -> Result<Option<String>> {
        todo!()
    }
    /// Writes out what is queued (audit, last-use) and closes.
    pub async fn close(&self) -> Result<()> {
        todo!()
    }
}
