//! What is known of a patient, a consent and a resource when a decision is made.

use fhir::{Element, ResourceType};
use jiff::Timestamp;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct PatientFacts {
    pub id: String,
    /// As recorded: full, partial or missing.
    pub birth_date: Option<String>,
    pub deceased: bool,
    pub emancipated: bool,
    /// The emancipated minor exercised the option to end proxies.
    pub proxies_terminated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsentKind {
    App,
    Exchange,
    OrganizationDeny,
    Part2,
    MinorRelease,
    Terms,
    Proxy,
}

/// One Consent resource, reduced to what decides.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsentFact {
    pub kind: ConsentKind,
    pub permit: bool,
    pub active: bool,
    pub client: Option<String>,
    pub organization: Option<String>,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    pub only_types: Vec<String>,
    pub except_types: Vec<String>,
}

/// Confidentiality (v3-Confidentiality), ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Confidentiality {
    U,
    L,
    M,
    #[default]
    N,
    R,
    V,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HoldKind {
    pub reason: String,
    pub harm: Option<String>,
    pub signed: bool,
}

/// All that is decisive about a resource except whose it is and when: few distinct ones exist in a database,
/// so each row carries a facet's number and SQL filters by the numbers [`crate::Access::rows`] allows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Facet {
    pub resource_type: ResourceType,
    /// `system|code` of the category element, sorted.
    pub categories: Vec<String>,
    /// v3-ActCode sensitivity codes of `meta.security`, sorted; unknown ones are kept (and deny proxies and apps).
    pub labels: Vec<String>,
    pub confidentiality: Confidentiality,
    pub minor_consented: bool,
    pub minor_released: bool,
    pub hold: Option<HoldKind>,
}

impl Facet {
    /// Reads the facet off a resource.
    pub fn of(_resource_type: ResourceType, _resource: Element<'_>) -> Self {
        todo!()
    }
    /// A stable one-line text form (the database's key), and back.
    pub fn to_key(&self) -> String {
        todo!()
    }
    pub fn from_key(_key: &str) -> Option<Self> {
        todo!()
    }
}

/// The facts one decision needs about one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceFacts<'a> {
    pub facet: &'a Facet,
    pub id: &'a str,
    /// The patient it is about (by `subject`, never by mere compartment membership); `None` for directory types.
    pub owner: Option<&'a str>,
    /// End of the hold in microseconds; a hold without end has no effect.
    pub hold_until: Option<i64>,
    /// HealthcareService a message or task is routed to.
    pub pool: Option<&'a str>,
}

/// Whose a resource is, before references through other resources are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnerHint {
    Patient(String),
    /// Owned by whoever owns that resource (Provenance.target, PaymentNotice.request, …).
    SameAs(ResourceType, String),
    Nobody,
}

pub fn owner_hint(_resource_type: ResourceType, _resource: Element<'_>) -> OwnerHint {
    todo!()
}
pub fn hold_until(_resource: Element<'_>) -> Option<i64> {
    todo!()
}
pub fn pool(_resource_type: ResourceType, _resource: Element<'_>) -> Option<String> {
    todo!()
}
