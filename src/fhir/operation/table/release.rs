//! The operations by which results are held back and let go, and by which somebody looks first at what a parent
//! will see.

use super::{Instance, MANY, ONE, OPTIONAL, takes};
use crate::operation::{Operation, Parameter};

/// What may be held.
const HELD: &[&str] = &[
    "Observation",
    "DiagnosticReport",
    "DocumentReference",
    "Condition",
    "ImagingStudy",
    "Media",
];

/// Holds a result back.
pub const HOLD: Operation = Operation {
    id: "Resource-hold-release",
    code: "hold-release",
    types: HELD,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Holds a result back from the patient and those in the patient's name, until a day that is said (45 \
              CFR 171.201 and 171.202): by a clinician on the care team, for harm or law; by the patient, who \
              would rather hear it from a clinician first. That nobody has reviewed it is never a reason. A \
              report is held with its results.",
    searches: false,
    inputs: &[
        takes(
            "reason",
            "code",
            ONE,
            "harm, law or patient-preference, as the policy pack allows.",
        ),
        takes(
            "harm",
            "code",
            OPTIONAL,
            "For harm: life-or-physical-safety, which binds the patient too, or substantial, which binds those \
             who act for the patient.",
        ),
        takes("until", "dateTime", ONE, "When the hold ends by itself."),
        takes(
            "note",
            "string",
            OPTIONAL,
            "What the clinician believes and why. A clinician must give it.",
        ),
    ],
    outputs: &[takes(
        "held",
        "integer",
        ONE,
        "How many resources are held.",
    )],
};

/// Ends a hold.
pub const RELEASE: Operation = Operation {
    id: "Resource-end-hold",
    code: "end-hold",
    types: HELD,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Ends a hold at once: by a clinician on the care team; by the patient, where the hold was theirs.",
    searches: false,
    inputs: &[],
    outputs: &[takes(
        "released",
        "boolean",
        ONE,
        "False where nothing was held.",
    )],
};

/// What a parent will see.
pub const PREVIEW: Operation = Operation {
    id: "Encounter-preview-release",
    code: "preview-release",
    types: &[
        "Encounter",
        "ServiceRequest",
        "DiagnosticReport",
        "Appointment",
    ],
    levels: &[Instance],
    affects_state: false,
    standard: None,
    meaning: "What a parent of the patient would see now of a visit, an order, a report or an appointment and of \
              all that came of it: results, notes, bills, messages, and whether news of it would be mailed. For \
              the patient, and for clinicians on the care team.",
    searches: false,
    inputs: &[],
    outputs: &[
        Parameter {
            parts: &[
                takes("reference", "Reference", ONE, "What it is."),
                takes("visible", "boolean", ONE, "Whether a parent would see it."),
                takes(
                    "reason",
                    "code",
                    ONE,
                    "The ground, or what stands in the way.",
                ),
                takes(
                    "leak",
                    "string",
                    OPTIONAL,
                    "Why a parent should perhaps not see it although they would.",
                ),
            ],
            ..takes("item", "", MANY, "One thing.")
        },
        takes(
            "notice",
            "boolean",
            ONE,
            "Whether a parent who wants mail about new information would get one. It never says what is new.",
        ),
    ],
};
