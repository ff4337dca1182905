//! Browser sessions of the server's own pages.
use crate::{Result, Storage};
use jiff::Timestamp;

#[derive(Debug, Clone)]
pub struct Session {
    pub account: String,
    pub csrf: String,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub authenticated_at: Timestamp,
}

pub struct Sessions<'a> {
    pub(crate) storage: &'a Storage,
}

impl Sessions<'_> {
    /// Opens a session and returns the cookie's value (only its hash is kept).
    pub async fn open(
        &self,
        _account: &str,
        _now: Timestamp,
        _lifetime_seconds: i64,
    ) -> Result<String> {
        let _ = self.storage;
        todo!()
    }
    pub async fn find(&self, _cookie: &str, _now: Timestamp) -> Result<Option<Session>> {
        todo!()
    }
    pub async fn close(&self, _cookie: &str) -> Result<()> {
        todo!()
    }
    pub async fn close_all(&self, _account: &str) -> Result<()> {
        todo!()
    }
}
