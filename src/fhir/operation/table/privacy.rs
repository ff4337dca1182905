//! The operations by which people say what is kept from whom, and get it in writing.

use super::{Instance, MANY, ONE, OPTIONAL, takes};
use crate::operation::{Operation, Parameter};

/// The signed receipt of a Consent.
pub const RECEIPT: Operation = Operation {
    id: "Consent-consent-receipt",
    code: "consent-receipt",
    types: &["Consent"],
    levels: &[Instance],
    affects_state: false,
    standard: None,
    meaning: "A receipt of a Consent, signed by this server: a compact JWS whose claims are whose record it is \
              about (sub), the version it is a receipt of (jti), what it says in plain words (says) and the \
              Consent itself (consent). The key is in its header and among the published keys (jwks_uri).",
    searches: false,
    inputs: &[],
    outputs: &[
        takes("receipt", "string", ONE, "The JWS."),
        takes("says", "string", MANY, "What it says, in plain words."),
    ],
};

const WAITING: &[Parameter] = &[
    takes("result", "Reference", ONE, "The result that waits."),
    takes("until", "dateTime", ONE, "When it is seen at the latest."),
];

/// Waiting for a clinician.
pub const WAIT: Operation = Operation {
    id: "Patient-wait-for-clinician",
    code: "wait-for-clinician",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Says whether the patient wishes to hear new results from a clinician first. While they do, each new \
              result is held for as long as the policy pack allows at most, and a Task discuss-result asks whoever \
              made it to talk about it. Who takes the wish back sees everything from the next request on. It is kept \
              as a Consent of kind wait, which the patient can as well write. For the patient alone.",
    searches: false,
    inputs: &[takes("on", "boolean", ONE, "Whether they wish it.")],
    outputs: &[
        takes("on", "boolean", ONE, "Whether they wish it now."),
        Parameter {
            parts: WAITING,
            ..takes("waiting", "", MANY, "A result that waits.")
        },
    ],
};

/// What waits.
pub const WAITS: Operation = Operation {
    id: "Patient-waiting-results",
    code: "waiting-results",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: false,
    standard: None,
    meaning: "Whether the patient wishes to hear new results from a clinician first, and which results wait because \
              of what the patient chose. It says nothing of what they are. For the patient alone.",
    searches: false,
    inputs: &[],
    outputs: WAIT.outputs,
};

/// What became of a result.
pub const STATUS: Operation = Operation {
    id: "Resource-release-status",
    code: "release-status",
    types: &[
        "Observation",
        "DiagnosticReport",
        "DocumentReference",
        "Condition",
        "ImagingStudy",
        "Media",
    ],
    levels: &[Instance],
    affects_state: false,
    standard: None,
    meaning: "Whether a result is released to the patient, why not and until when, when the patient first opened it, \
              and whether somebody has interpreted it. For the patient, and for clinicians on the care team.",
    searches: false,
    inputs: &[],
    outputs: &[
        takes("state", "code", ONE, "released or held."),
        takes("reason", "code", OPTIONAL, "Why it is held."),
        takes("until", "dateTime", OPTIONAL, "Until when it is held."),
        takes(
            "viewed-by-patient",
            "instant",
            OPTIONAL,
            "When the patient first opened it.",
        ),
        takes(
            "reviewed",
            "boolean",
            ONE,
            "Whether somebody is named as having interpreted it.",
        ),
    ],
};

/// Care received in confidence.
pub const MINOR_RELEASE: Operation = Operation {
    id: "Patient-minor-release",
    code: "minor-release",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Lets a parent, or whoever else acts for the patient, see care the patient received in confidence as a \
              minor, or takes that back: from the next request on. For the patient; for a clinician on the care team, \
              who writes down what the patient said. It is kept as a Consent of kind minor-release.",
    searches: false,
    inputs: &[
        takes(
            "person",
            "Reference",
            OPTIONAL,
            "The RelatedPerson who may see it; whoever acts for the patient where nobody is named.",
        ),
        takes("type", "code", MANY, "Only these resource types."),
        takes("until", "dateTime", OPTIONAL, "When it ends by itself."),
        takes(
            "withdraw",
            "boolean",
            OPTIONAL,
            "Takes it back instead: from the person named, or from everybody.",
        ),
    ],
    outputs: &[
        takes(
            "consent",
            "Reference",
            OPTIONAL,
            "The Consent that says it.",
        ),
        takes(
            "ended",
            "integer",
            OPTIONAL,
            "How many Consents were ended.",
        ),
    ],
};
