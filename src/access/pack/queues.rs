//! Which work each staff role is there for: the queues of a pack.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Codes of [`crate::vocabulary::TASK_CODE`] by staff role. A role that is not named has no queue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Queues(BTreeMap<String, Vec<String>>);

/// What a pack that says nothing of queues has.
const USUAL: &[(&str, &[&str])] = &[
    (
        "clinician",
        &[
            "message-handling",
            "discuss-result",
            "dcf-report",
            "appointment-request",
            "medication-renewal",
            "medication-request",
        ],
    ),
    (
        "registration",
        &[
            "account-activation",
            "identity-review",
            "appointment-request",
            "pre-visit-checkin",
            "demographics",
            "signatures",
            "fast-pass-offer",
        ],
    ),
    (
        "billing",
        &["payment", "copay", "insurance", "message-handling"],
    ),
    (
        "pool-agent",
        &["message-handling", "appointment-request", "fast-pass-offer"],
    ),
    ("support", &["support-ticket", "message-handling"]),
    (
        "him",
        &[
            "proxy-request",
            "proxy-review",
            "emancipation-verification",
            "proxy-reestablish",
            "proxy-termination",
            "identity-review",
            "account-activation",
            "account-deactivation",
            "record-request",
            "restriction-request",
        ],
    ),
    (
        "privacy",
        &["privacy-review", "security-incident", "restriction-request"],
    ),
];

impl Default for Queues {
    fn default() -> Self {
        let owned = |codes: &[&str]| codes.iter().map(|&code| code.to_owned()).collect();
        let rows = USUAL.iter();
        Self(
            rows.map(|(role, codes)| ((*role).to_owned(), owned(codes)))
                .collect(),
        )
    }
}

impl Queues {
    /// The codes of a role's work, in the order the pack has them.
    pub fn of(&self, role: &str) -> &[String] {
        self.0.get(role).map_or(&[], Vec::as_slice)
    }
    /// Whether work of that code is a role's.
    pub fn holds(&self, role: &str, code: &str) -> bool {
        self.of(role).iter().any(|one| one == code)
    }
    /// Roles that are named, each with its codes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Vec<String>)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Pack;

    #[test]
    fn a_pack_that_names_no_queues_has_the_usual_ones() {
        let said = Pack::shipped("middlesex").unwrap().queues;
        assert_eq!(said, Queues::default());
        assert!(said.holds("privacy", "privacy-review"));
        assert!(!said.holds("billing", "privacy-review"));
        assert!(said.of("wizard").is_empty());
    }

    #[test]
    fn a_queue_of_a_role_nobody_has_is_a_fault_of_its_line() {
        let wrong = Pack::shipped_json().replace(
            "\"support\":[\"support-ticket\",",
            "\"suport\":[\"support-ticket\",",
        );
        let error = Pack::from_json(&wrong, "uconn").unwrap_err().to_string();
        assert!(error.contains("/middlesex/queues/suport"), "{error}");
        assert!(error.contains("no role named suport"), "{error}");
    }
}
