//! The operations of emergency access, and of what was told to somebody outside (our own).

use super::{Instance, MANY, ONE, OPTIONAL, System, takes};
use crate::operation::{Operation, Parameter};

const PATIENT: &[&str] = &["Patient"];

/// Opens a chart in an emergency.
pub const OPEN: Operation = Operation {
    id: "Patient-break-glass",
    code: "break-glass",
    types: PATIENT,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Opens a patient's chart to a clinician who does not treat them, for sixty minutes and \
              through this authorization only. The patient is told by mail that says nothing, and the \
              privacy office reviews it by a Task privacy-review. What a minor consented to alone, \
              holds on release and psychotherapy notes stay as they are.",
    searches: false,
    inputs: &[
        takes(
            "reason",
            "code",
            ONE,
            "emergency-treatment, covering, asked-for-advice or patient-asks.",
        ),
        takes(
            "text",
            "string",
            ONE,
            "What it is for: read by the privacy office alone.",
        ),
    ],
    outputs: &[
        takes(
            "expires",
            "instant",
            ONE,
            "When the chart closes by itself.",
        ),
        takes("banner", "string", ONE, "What to show while it is open."),
        takes("task", "id", ONE, "The Task of the privacy office."),
        takes("review-due", "instant", ONE, "By when it is reviewed."),
        takes("told", "boolean", ONE, "The patient is told by mail."),
        takes("already", "boolean", ONE, "It was open before."),
    ],
};

/// Closes it again.
pub const END: Operation = Operation {
    id: "Patient-break-glass-end",
    code: "break-glass-end",
    types: PATIENT,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Closes a chart that was opened in an emergency before the hour is over.",
    searches: false,
    inputs: &[],
    outputs: &[takes("ended", "boolean", ONE, "It was open.")],
};

/// What is open.
pub const STATUS: Operation = Operation {
    id: "break-glass-status",
    code: "break-glass-status",
    types: &[],
    levels: &[System],
    affects_state: false,
    standard: None,
    meaning: "The charts that are open in an emergency through this authorization. For the privacy \
              office and a patient: all emergencies of that chart, with what was written.",
    searches: false,
    inputs: &[takes(
        "patient",
        "id",
        OPTIONAL,
        "Whose chart, for the privacy office.",
    )],
    outputs: &[Parameter {
        parts: &[
            takes("patient", "id", ONE, "Whose chart."),
            takes("reason", "code", ONE, "Why."),
            takes("opened", "instant", ONE, "Since when."),
            takes("expires", "instant", ONE, "Until when."),
            takes("ended", "instant", OPTIONAL, "When it was closed."),
            takes(
                "banner",
                "string",
                OPTIONAL,
                "What to show while it is open.",
            ),
            takes(
                "account",
                "id",
                OPTIONAL,
                "Whose sign-in, for the privacy office.",
            ),
            takes(
                "text",
                "string",
                OPTIONAL,
                "What was written, for the privacy office.",
            ),
        ],
        ..takes("emergency", "", MANY, "An emergency.")
    }],
};

/// Keeps a patient untold.
pub const UNTOLD: Operation = Operation {
    id: "Patient-break-glass-untold",
    code: "break-glass-untold",
    types: PATIENT,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Says that a patient is not to be told by mail of emergency access for a while, at most \
              90 days, and why: for the privacy office. The access log shows it all the same.",
    searches: false,
    inputs: &[
        takes("text", "string", ONE, "Why."),
        takes("until", "instant", ONE, "Until when."),
    ],
    outputs: &[takes("until", "instant", ONE, "Until when.")],
};

/// Records what was told to somebody outside.
pub const DISCLOSURE: Operation = Operation {
    id: "Patient-record-disclosure",
    code: "record-disclosure",
    types: PATIENT,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Records that something of a record was told to somebody outside, on paper or by word, for \
              the patient's access log (45 CFR 164.528): for Medical Records and the privacy office. \
              Where an authority asks for it in writing, the patient learns of it only later.",
    searches: false,
    inputs: &[
        takes("recipient", "string", ONE, "To whom."),
        takes(
            "suspended-until",
            "instant",
            OPTIONAL,
            "The patient learns of it only from then on.",
        ),
    ],
    outputs: &[takes("recorded", "instant", ONE, "When.")],
};
