//! Clinical rows, through an Access: read, search, history, write. Every call audits itself.

use access::{Access, Decision};
use bytes::Bytes;
use fhir::{ResourceType, Valid};
use jiff::Timestamp;

use std::sync::Arc;

use crate::Storage;

mod condition;
mod contained;
mod everything;
mod explain;
pub(crate) mod export;
mod expunge;
pub(crate) mod guards;
mod history;
mod include;
pub(crate) mod index;
mod judge;
mod keeping;
mod kin;
mod labels;
mod list;
mod look;
mod preview;
mod profiles;
mod propagate;
mod read;
mod routing;
mod search;
mod stage;
pub(crate) mod stored;
mod terms;
pub(crate) mod visible;
pub(crate) mod waiting;
pub(crate) mod words;
mod write;
pub(crate) mod writer;

pub use condition::Condition;
pub use everything::Everything;
pub use explain::Counted;
pub use export::{Delivered, Exported, Provenance, Stepped, Whose};
pub use expunge::Expunge;
pub use history::Timeline;
pub use labels::Labels;
pub use look::Pages;
pub use preview::Previewed;

/// A resource a caller may see, redaction done: the only clinical value that may be sent.
#[derive(Debug, Clone)]
pub struct Seen {
    resource_type: ResourceType,
    id: Arc<str>,
    version: i64,
    updated: Timestamp,
    body: Bytes,
    redacted: bool,
}

impl Seen {
    pub fn resource_type(&self) -> ResourceType {
        self.resource_type
    }
    pub fn id(&self) -> &str {
        &self.id
    }
    pub fn version(&self) -> i64 {
        self.version
    }
    pub fn updated(&self) -> Timestamp {
        self.updated
    }
    /// JSON text, `id` and `meta` included.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
    pub fn redacted(&self) -> bool {
        self.redacted
    }
}

/// What a read found. A row that is hidden from the caller is not found.
#[derive(Debug, Clone)]
pub enum Found {
    Seen(Seen),
    /// Deleted, and the caller could have read it.
    Deleted,
    /// Refused in a way the caller is told about (403): its own result on hold, a staff role that
    /// may not.
    Refused(Box<Decision>),
    Nothing,
}

/// One version in a history, newest first.
#[derive(Debug, Clone)]
pub struct Version {
    pub seen: Option<Seen>,
    pub resource_type: ResourceType,
    pub id: String,
    pub version: i64,
    pub updated: Timestamp,
    pub method: Method,
    /// Whose it is, for the audit trail.
    pub(crate) owner: Option<Arc<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Post,
    Put,
    Delete,
}

impl Method {
    /// How it is stored.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Post => 1,
            Self::Put => 2,
            Self::Delete => 3,
        }
    }
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        [Self::Post, Self::Put, Self::Delete]
            .into_iter()
            .find(|method| method.number() == number)
    }
}

/// Opaque place in a listing, safe in a URL.
pub type Position = String;

#[derive(Debug, Clone)]
pub struct Page {
    pub versions: Vec<Version>,
    pub next: Option<Position>,
    /// How many there are in all; `None` when there are too many to count.
    pub total: Option<u64>,
}

#[derive(Debug, Clone, Default)]
pub struct SearchPage {
    pub matches: Vec<Seen>,
    pub included: Vec<Seen>,
    /// How well each match fits the words asked for, 0 to 1; empty where none are.
    pub scores: Vec<f64>,
    pub next: Option<Position>,
    pub total: Option<u64>,
    /// The total is only about right.
    pub estimated: bool,
}

impl SearchPage {
    /// Where nothing can be found.
    fn of_nothing() -> Self {
        Self {
            total: Some(0),
            ..Self::default()
        }
    }
}

/// One thing to do in a write; a list of them is all or nothing.
#[derive(Debug, Clone)]
pub enum Change {
    /// `id` given: the server's choice made earlier (a transaction rewrote references to it); must
    /// be new.
    Create { valid: Valid, id: Option<String> },
    /// Update, also as create. `if_match`: the version it must have.
    Update {
        valid: Valid,
        id: String,
        if_match: Option<i64>,
    },
    /// An update by which labels and tags may go: another keeps the labels it leaves out.
    Relabel {
        valid: Valid,
        id: String,
        if_match: Option<i64>,
    },
    Delete {
        resource_type: ResourceType,
        id: String,
        if_match: Option<i64>,
    },
}

/// What a change did. `seen` is what the caller may see of the result (none after a delete).
#[derive(Debug, Clone)]
pub struct Written {
    pub resource_type: ResourceType,
    pub id: String,
    pub version: i64,
    pub updated: Timestamp,
    pub created: bool,
    pub seen: Option<Seen>,
}

/// Why a write did not happen; nothing of it was stored.
#[derive(Debug, Clone, thiserror::Error)]
#[error("change {change}: {kind}")]
pub struct WriteFault {
    /** Position in the list of changes. */
    pub change: usize,
    pub kind: WriteFaultKind,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum WriteFaultKind {
    /// The decision's `http` says 403 or 404.
    #[error("not permitted")]
    Denied(Box<Decision>),
    /// 403: people may not write so much of it.
    #[error("{}", .0.rule)]
    Misshapen(access::shape::Refusal),
    #[error("If-Match names another version than {current}")]
    VersionConflict { current: i64 },
    #[error("there is no such resource")]
    NotFound,
    #[error("an id given for a new resource is taken")]
    IdTaken,
    /// A local reference to nothing (`expression` is its FHIRPath).
    #[error("{reference} does not exist")]
    DanglingReference {
        reference: String,
        expression: String,
    },
    /// A condition of the write holds no longer: another write came between.
    #[error("a condition holds no longer")]
    ConditionChanged,
    #[error("the same resource is named twice")]
    NamedTwice,
    /// It breaks rules of a profile it claims, or that is required of its type. Never empty.
    #[error("{}", .0.first().map_or("", |issue| issue.diagnostics.as_str()))]
    Profile(Vec<fhir::Issue>),
}

/// The clinical record through one caller's eyes.
pub struct Records<'a> {
    pub(crate) storage: &'a Storage,
    pub(crate) access: &'a Access,
}
