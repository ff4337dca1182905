//! The operations by which people act for each other: asked for, given, changed and ended.

use super::{Instance, ONE, OPTIONAL, takes};
use crate::operation::Operation;

/// Ends a relationship.
pub const END: Operation = Operation {
    id: "RelatedPerson-proxy-end",
    code: "proxy-end",
    types: &["RelatedPerson"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Ends somebody's acting for a patient, or a request for it, at once: the RelatedPerson and its \
              Consent say so, and every token and app under this authority is dead. By the patient, by the one \
              acting, or by staff who decide on consents.",
    searches: false,
    inputs: &[
        takes(
            "ending",
            "code",
            OPTIONAL,
            "Why, where staff end it: revoked, revoked-by-org (when nothing is said), lost-status, \
             court-order or deceased.",
        ),
        takes(
            "reason",
            "string",
            OPTIONAL,
            "What staff note about it; it stays in the audit trail. Staff must give it.",
        ),
    ],
    outputs: &[
        takes("ended", "boolean", ONE, "False when it had ended before."),
        takes("ending", "code", OPTIONAL, "What it came to."),
    ],
};
