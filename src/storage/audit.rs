//! The audit trail: one compact row per event, shown as AuditEvent resources.
use crate::{Result, Storage};
use jiff::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Create,
    Read,
    Update,
    Delete,
    Search,
    History,
    SignIn,
    SignOut,
    Token,
    Refresh,
    Revoke,
    Consent,
    Introspect,
}

/// One event. Clinical ones are recorded by `Records`; the authorization server records its own.
#[derive(Debug, Clone)]
pub struct Event {
    pub at: Timestamp,
    pub action: Action,
    pub permitted: bool,
    pub reason: String,
    pub agent: access::standing::Agent,
    pub patient: Option<String>,
    pub entity: Option<String>,
    pub query: Option<String>,
    pub request_id: Option<String>,
}

/// One line of a chart's access log, in plain facts.
#[derive(Debug, Clone)]
pub struct Line {
    pub at: Timestamp,
    pub action: Action,
    pub permitted: bool,
    pub who: String,
    pub display: String,
    pub client_name: Option<String>,
    pub entity: Option<String>,
}

impl Storage {
    /// Queues an event; it is written in the next batch (within 50 ms, and before `close` returns).
    pub fn audit(&self, _event: Event) {
        todo!()
    }
    /// Who looked at a patient's chart, newest first.
    pub async fn access_log(
        &self,
        _patient: &str,
        _count: i64,
        _before: Option<i64>,
    ) -> Result<Vec<Line>> {
        todo!()
    }
}
