//! A caller's standing: every fact about who asks, loaded once per token and kept until one of them changes.

use crate::{Actor, Client, ConsentFact, PatientFacts, Relationship};
use fhir::Element;
use std::collections::BTreeMap;

/// Who asks, through what, for whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub actor: Actor,
    pub client: Option<Client>,
    /// The patient in context (self, or the one a proxy acts for); `None` for staff and systems.
    pub patient: Option<PatientFacts>,
    pub relationship: Option<Relationship>,
    /// Consents of the patient in context.
    pub consents: Vec<ConsentFact>,
    /// For staff, systems and organizations: patients whose facts or consents change the answer.
    pub others: BTreeMap<String, (PatientFacts, Vec<ConsentFact>)>,
    pub agent: Agent,
}

/// How the caller is named in AuditEvent and Provenance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Agent {
    /// `Patient/1`, `RelatedPerson/2`, `Practitioner/3`, `Device/…`
    pub who: String,
    pub display: String,
    pub on_behalf_of: Option<String>,
    pub account: Option<String>,
    pub client_id: Option<String>,
    pub grant: Option<String>,
    pub purpose_of_use: Option<String>,
}

/// Patient resource (+ its Flags) → facts.
pub fn patient_facts(_patient: Element<'_>, _flags: &[Element<'_>]) -> PatientFacts {
    todo!()
}
/// Consent resource → fact; `None` when it is of no kind we know.
pub fn consent_fact(_consent: Element<'_>, _tz: &str) -> Option<ConsentFact> {
    todo!()
}
/// RelatedPerson + the proxy Consents naming it + the patient's Flags → relationship.
pub fn relationship(
    _related_person: Element<'_>,
    _consents: &[Element<'_>],
    _flags: &[Element<'_>],
    _tz: &str,
) -> Relationship {
    todo!()
}
