//! The outbox of e-mails (no health information in any of them).
use crate::{Result, Storage};
use jiff::Timestamp;

#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub queued_at: Timestamp,
    pub sent_at: Option<Timestamp>,
}

pub struct Mail<'a> {
    pub(crate) storage: &'a Storage,
}

impl Mail<'_> {
    pub async fn queue(
        &self,
        _to: &str,
        _subject: &str,
        _text: &str,
        _now: Timestamp,
    ) -> Result<()> {
        let _ = self.storage;
        todo!()
    }
    /// Newest first, at most `limit`.
    pub async fn list(&self, _limit: i64) -> Result<Vec<Message>> {
        todo!()
    }
    pub async fn unsent(&self, _limit: i64) -> Result<Vec<Message>> {
        todo!()
    }
    pub async fn mark_sent(&self, _id: &str, _now: Timestamp) -> Result<()> {
        todo!()
    }
}
