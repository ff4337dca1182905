//! Who asks: the person or system behind a request, the client it came through, and its
//! relationship to the patient.

use jiff::Timestamp;
use smart::scope::Scopes;

/// Account state, from the account table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    Active,
    Locked,
    Suspended,
    RevokedByOrg,
    Deactivated,
}

impl Account {
    /// The word it is kept and shown as.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Suspended => "suspended",
            Self::RevokedByOrg => "revoked-by-org",
            Self::Deactivated => "deactivated",
        }
    }
}

/// Who asks (domain.md E.2).
#[derive(Debug, Clone, PartialEq)]
pub enum Actor {
    SelfPatient {
        account: Account,
        terms_accepted: bool,
    },
    /// `adult`: the proxy's own age gate is met.
    Proxy {
        account: Account,
        terms_accepted: bool,
        adult: bool,
        related_person: String,
    },
    Staff(Staff),
    /// An external organization (UDAP, client_credentials with hl7-b2b).
    Organization {
        id: String,
        purpose_of_use: String,
        trusted: bool,
        break_glass_reason: Option<String>,
    },
    /// A backend service registered by this organization (client_credentials).
    Backend,
    Guest {
        /// Statement number, last name and birth date are those of one statement.
        matched: bool,
        /// Too many wrong answers were given for it (the pack's limit).
        locked: bool,
        /// Asks for more than the balance.
        detail: bool,
        /// The code that a confidential bill needs was shown too.
        coded: bool,
    },
    ShareLink(ShareLink),
    Anonymous,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Staff {
    pub account: Account,
    pub role: String,
    pub practitioner: String,
    /// Patients whose care team this person is on.
    pub care_team_of: Vec<String>,
    /// HealthcareService ids whose pool this person is in.
    pub pools: Vec<String>,
    /// Tickets of support at work; each opens one account to look at.
    pub tickets: Vec<Ticket>,
    /// Emergencies declared; each opens one chart for a while.
    pub break_glass: Vec<BreakGlass>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BreakGlass {
    pub reason: Option<String>,
    /// The chart it opens; `None` in a question about one chart alone.
    pub patient: Option<String>,
    /// Over from this instant on.
    pub until: Option<Timestamp>,
}

impl BreakGlass {
    /// Whether it opens that patient's chart at `now`.
    pub fn opens(&self, patient: Option<&str>, now: Timestamp) -> bool {
        let is_of = self.patient.is_none() || self.patient.as_deref() == patient;
        is_of && self.until.is_none_or(|until| now < until)
    }
}

/// Somebody's question to support, being worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticket {
    /// `Task/…`
    pub task: String,
    /// Whose account it opens; `None` in a question about one account alone.
    pub patient: Option<String>,
    /// Over from this instant on.
    pub until: Option<Timestamp>,
}

impl Ticket {
    /// One that opens whatever account is asked about.
    pub(crate) fn of(task: String) -> Self {
        Self {
            task,
            patient: None,
            until: None,
        }
    }
    /// Whether it opens that patient's account at `now`.
    pub fn opens(&self, patient: Option<&str>, now: Timestamp) -> bool {
        let is_of = self.patient.is_none() || self.patient.as_deref() == patient;
        is_of && self.until.is_none_or(|until| now < until)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct ShareLink {
    pub passcode_required: bool,
    pub passcode_ok: bool,
    pub expires: Option<Timestamp>,
    pub revoked: bool,
    pub created_by_proxy: bool,
    /// The proxy's RelatedPerson.
    pub related_person: Option<String>,
    /// Sensitivity labels its maker ticked one by one; others stay out.
    pub included_labels: Vec<String>,
}

/// The OAuth client and the token it presented. `None` in a [`crate::Standing`] means a first-party
/// session.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    pub id: String,
    pub scopes: Scopes,
    /// The token's patient context.
    pub patient: Option<String>,
    pub expires: Option<Timestamp>,
    pub revoked: bool,
    pub active: bool,
    /// Thumbprint of the key the token is bound to (RFC 9449): it is nothing without a proof of it.
    pub bound_to: Option<String>,
    /// Not run by the organization: needs a live app consent.
    pub third_party: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationshipKind {
    Parent,
    Guardian,
    Adult,
    PersonalRepresentative,
    EstateRepresentative,
    DiminishedCapacity,
}

impl RelationshipKind {
    /// The code of [`crate::vocabulary::PROXY_RELATIONSHIP`].
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "parent" => Self::Parent,
            "guardian" => Self::Guardian,
            "adult" => Self::Adult,
            "personal-representative" => Self::PersonalRepresentative,
            "estate-representative" => Self::EstateRepresentative,
            "diminished-capacity" => Self::DiminishedCapacity,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationshipStatus {
    Active,
    Pending,
    Revoked,
    Ended,
}

/// A proxy's relationship to one patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Relationship {
    pub kind: RelationshipKind,
    pub status: RelationshipStatus,
    pub level: Option<String>,
    pub consented_at: Option<Timestamp>,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    pub court_restricted: bool,
    pub exclude_sensitive: bool,
    pub read_only: bool,
}
