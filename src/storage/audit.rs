//! The audit trail: one compact row per event, shown as AuditEvent resources.

use std::{borrow::Cow, sync::Arc};

use access::{Access, Task, standing::Agent};
use jiff::Timestamp;

use chain::Numbered;

use crate::{
    Inner, Result, Storage,
    db::Tx,
    sql::{Column, Rows, Table},
};

pub(crate) mod chain;
mod codes;
mod log;
pub(crate) mod queue;
mod roots;
pub(crate) mod show;
mod uses;
mod verify;
mod views;

pub use log::{Asked, Group, Line, Log};
pub use roots::{Head, Root};
pub use verify::{Broken, Verified};

/// Writes the actions down once: what they are called, all of them, and how each is stored.
macro_rules! actions {
    ($($(#[$said:meta])* $name:ident = $number:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action {
            $($(#[$said])* $name,)*
        }

        impl Action {
            const ALL: &[Self] = &[$(Self::$name),*];

            /// How it is stored; numbers never change their meaning.
            fn number(self) -> i64 {
                match self {
                    $(Self::$name => $number,)*
                }
            }
        }
    };
}

actions! {
    Create = 1,
    Read = 2,
    Update = 3,
    Delete = 4,
    Search = 5,
    History = 6,
    SignIn = 7,
    SignOut = 8,
    Token = 9,
    Refresh = 10,
    Revoke = 11,
    Consent = 12,
    Introspect = 13,
    /// A person left an app less than was given.
    Narrow = 20,
    /// A child came of an age at which parents see less.
    ProxyTier = 30,
    /// Somebody may act for a patient from now on.
    ProxyGranted = 31,
    /// How much somebody may do for a patient was changed.
    ProxyChanged = 32,
    /// Somebody acts for a patient no longer.
    ProxyEnded = 33,
    /// Many resources at once left the house.
    Export = 26,
    /// Somebody of the house opened a chart in an emergency.
    BreakGlass = 21,
    /// Support opened an account for a ticket.
    OpenTicket = 61,
    /// Something was told to somebody outside, on paper or by word.
    Disclosure = 22,
    /// Somebody outside opened a share link.
    LinkOpened = 57,
    /// Somebody looked at what another would see.
    ViewAs = 23,
    /// Second factors of an account changed; the reason says how.
    SecondFactor = 40,
    /// Somebody decided about an app; the reason says what.
    DecideApp = 41,
    /// An account was opened, or got a chart of its own; the reason says how.
    AccountOpened = 60,
    /// Somebody asked, answered or decided about acting for a patient; the reason says what.
    ProxyAsked = 63,
    /// An account was closed at its owner's wish.
    AccountClosed = 50,
    /// The organization took an account away; the reason stays inside.
    AccountRevoked = 51,
    /// The organization opened an account again.
    AccountRestored = 52,
    /// An account is held for an investigation, or no longer.
    AccountHeld = 53,
    /// An account that somebody asked to close stays open.
    AccountKept = 54,
    /// Somebody had everybody signed out of their account.
    AccountSecured = 55,
    /// The mail address of an account was taken from it: somebody who acts for its owner reads mail there too.
    AddressApart = 64,
    /// A code was made by which a guest sees one confidential bill.
    BillCode = 65,
}

impl Action {
    /// Whether its reason is for whoever may read the event.
    fn tells_why(self) -> bool {
        matches!(
            self,
            Self::SecondFactor
                | Self::DecideApp
                | Self::AccountRevoked
                | Self::AccountRestored
                | Self::AccountHeld
                | Self::AccountKept
                | Self::AccountOpened
                | Self::ProxyAsked
        )
    }

    fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|a| a.number() == number)
    }
}

/// One event. Clinical ones are recorded by `Records`; the authorization server records its own.
#[derive(Debug, Clone)]
pub struct Event {
    pub at: Timestamp,
    pub action: Action,
    pub permitted: bool,
    pub reason: String,
    pub agent: Agent,
    pub patient: Option<String>,
    pub entity: Option<String>,
    pub query: Option<String>,
    pub request_id: Option<String>,
}

impl Storage {
    /// Queues an event; it is written in the next batch (within 50 ms, and before `close` returns).
    pub fn audit(&self, event: Event) {
        self.audit_suspended(event, None);
    }

    /// The same for an event that a patient must not learn of before an instant (45 CFR
    /// 164.528(a)(2)).
    pub fn audit_suspended(&self, event: Event, until: Option<Timestamp>) {
        let record = Record {
            at: event.at.as_microsecond(),
            action: event.action,
            permitted: event.permitted,
            reason: event.reason.into(),
            patient: event.patient.map(Into::into),
            entity: event.entity,
            query: event.query,
            request_id: event.request_id,
            suspended_until: until.map(Timestamp::as_microsecond),
        };
        self.inner
            .audit
            .push(queue::Who::Agent(Box::new(event.agent)), record);
    }
}

/// An event without the one who acted.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// Microseconds since 1970 UTC.
    pub(crate) at: i64,
    pub(crate) action: Action,
    pub(crate) permitted: bool,
    pub(crate) reason: Cow<'static, str>,
    pub(crate) patient: Option<Arc<str>>,
    pub(crate) entity: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) request_id: Option<String>,
    /// The patient must not learn of it before (microseconds).
    pub(crate) suspended_until: Option<i64>,
}

static AUDIT: Table = Table {
    name: "audit",
    columns: &[
        ("seq", Column::Int),
        ("at", Column::Int),
        ("action", Column::Int),
        ("permitted", Column::Int),
        ("reason", Column::Text),
        ("agent", Column::Int),
        ("patient", Column::Text),
        ("entity", Column::Text),
        ("query", Column::Text),
        ("request_id", Column::Text),
        ("suspended_until", Column::Int),
        ("link", Column::Bytes),
    ],
    tail: "",
};

/// Writes events, each with its agent, as part of a transaction, of which this must be the last step:
/// nobody else writes events from here until it ends.
pub(crate) async fn insert(tx: &mut Tx, records: Vec<(Numbered, Record)>) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let head = chain::take(tx, count).await?;
    let (mut seq, mut link) = (head.seq, head.link);
    let mut rows = Rows::default();
    for (agent, record) in records {
        seq += 1;
        link = chain::link(&link, seq, &agent.hash, &record);
        rows.push(seq)
            .push(record.at)
            .push(record.action.number())
            .push(record.permitted)
            .push(record.reason.into_owned())
            .push(agent.number)
            .push(record.patient.as_deref())
            .push(record.entity)
            .push(record.query)
            .push(record.request_id)
            .push(record.suspended_until)
            .push(link.to_vec());
    }
    tx.insert(&AUDIT, rows).await?;
    chain::leave(tx, &link).await
}

impl Inner {
    /// Queues an event of a caller, waiting while the queue is full.
    pub(crate) async fn record(&self, access: &Access, record: Record) {
        if is_audited(access) {
            self.audit.room().await;
            self.audit.push(queue::Who::Caller(access.clone()), record);
        }
    }
}

/// The house looking for facts to decide on, or at its own audit trail, is not an event of its own.
pub(crate) fn is_audited(access: &Access) -> bool {
    !matches!(
        access.task(),
        Some(Task::Standing | Task::Audit | Task::Reindex)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_number_of_its_own() {
        for action in Action::ALL {
            assert_eq!(Action::from_number(action.number()), Some(*action));
        }
    }
}
