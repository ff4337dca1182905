//! The decision: gates G0 to G10 in order, first deny wins (domain.md E.3).

use jiff::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Permit,
    PermitRedacted,
    Deny,
}

/// A reason code such as `PERMIT_SELF` or `DENY_PROXY_LEVEL_AGE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reason(pub &'static str);

/// What must be left of a resource: only these paths. `params` are the only search parameters that may match.
#[derive(Debug, PartialEq, Eq)]
pub struct Redaction {
    pub keep: &'static [&'static str],
    pub params: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obligation {
    Audit,
    NotifyPatient,
    RedisclosureNotice,
    StripLabels,
    PrivacyReviewTask,
    Watermark,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub effect: Effect,
    pub reason: Reason,
    /// Gate and reason of each rule that spoke, in order.
    pub trace: Vec<(&'static str, &'static str)>,
    pub redaction: Option<&'static Redaction>,
    pub obligations: Vec<Obligation>,
    /// 200, 401, 403 or 404.
    pub http: u16,
    /// The next instant at which a time-dependent input flips.
    pub valid_until: Option<Timestamp>,
}

impl Decision {
    pub fn permits(&self) -> bool {
        self.effect != Effect::Deny
    }
}
