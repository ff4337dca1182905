//! The operations by which people act for each other: asked for, given, changed and ended.

use super::{Instance, MANY, ONE, OPTIONAL, System, takes};
use crate::operation::{Operation, Parameter};

const RELATIONSHIP: Parameter = takes(
    "relationship",
    "code",
    ONE,
    "parent, guardian, adult, personal-representative, diminished-capacity or estate-representative.",
);
const ROLE: Parameter = takes(
    "role",
    "code",
    OPTIONAL,
    "A code of v3-RoleCode, such as MTH, FTH or POWATT.",
);
const LEVEL: Parameter = takes(
    "level",
    "code",
    OPTIONAL,
    "How much: a level of the policy pack, such as full, view-all or scheduling-billing. None for parents of \
     minors, for whom age decides.",
);
const START: Parameter = takes(
    "start",
    "date",
    OPTIONAL,
    "The first day; at once when nothing is said.",
);
const UNTIL: Parameter = takes(
    "end",
    "date",
    OPTIONAL,
    "The last day; for good when nothing is said.",
);
const READ_ONLY: Parameter = takes(
    "read-only",
    "boolean",
    OPTIONAL,
    "To look, but to change nothing.",
);
const PLAIN: Parameter = takes(
    "without-sensitive",
    "boolean",
    OPTIONAL,
    "Without what is labelled sensitive.",
);
const PAPER: Parameter = takes(
    "document",
    "Attachment",
    MANY,
    "A power of attorney, a court order, a certificate: PDF, JPEG or PNG with its data, 5 MB at most.",
);
const TASK: Parameter = takes("task", "Reference", ONE, "The Task by which it goes on.");

/// A patient asks an adult to act for them.
pub const INVITE: Operation = Operation {
    id: "Patient-proxy-invite",
    code: "proxy-invite",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "The patient asks an adult by mail to act for them. Nothing is open before that person signs in and \
              says yes; then RelatedPerson and Consent become active. By the patient only, of age or verifiably \
              emancipated.",
    searches: false,
    inputs: &[
        takes("email", "string", ONE, "Where the invitation goes."),
        takes("given", "string", ONE, "First name of the one invited."),
        takes("family", "string", ONE, "Last name of the one invited."),
        takes(
            "relationship",
            "code",
            OPTIONAL,
            "What they are to the patient: a code of v3-RoleCode, such as SPS, CHILD or FRND.",
        ),
        LEVEL,
        START,
        UNTIL,
        READ_ONLY,
        PLAIN,
    ],
    outputs: &[
        TASK,
        takes(
            "related-person",
            "Reference",
            ONE,
            "The RelatedPerson, not active yet.",
        ),
        takes("expires", "instant", ONE, "When the invitation is over."),
    ],
};

/// The one invited answers.
pub const ACCEPT: Operation = Operation {
    id: "proxy-accept",
    code: "proxy-accept",
    types: &[],
    levels: &[System],
    affects_state: true,
    standard: None,
    meaning: "Answers an invitation to act for somebody, by whoever is signed in and has its code. An adult who \
              attests to act solely for the benefit of the patient opens the record with it.",
    searches: false,
    inputs: &[
        takes("code", "string", ONE, "The code in the invitation's link."),
        takes("decision", "code", ONE, "accept or decline."),
        takes(
            "attest",
            "boolean",
            OPTIONAL,
            "To act solely for the benefit of the patient, under the proxy terms.",
        ),
        takes(
            "birth-date",
            "date",
            OPTIONAL,
            "Of the one invited, where none is on record.",
        ),
    ],
    outputs: &[takes(
        "patient",
        "Reference",
        OPTIONAL,
        "Whose record is open now.",
    )],
};

/// Somebody asks to act for a patient.
pub const REQUEST: Operation = Operation {
    id: "proxy-request",
    code: "proxy-request",
    types: &[],
    levels: &[System],
    affects_state: true,
    standard: None,
    meaning: "Asks to act for somebody: for a child, or as guardian, representative or helper of an adult. The \
              answer is the same whether the patient was found or not. An adult decides themself; for the others \
              staff decide on papers.",
    searches: false,
    inputs: &[
        takes("given", "string", ONE, "First name of the patient."),
        takes("family", "string", ONE, "Last name of the patient."),
        takes("birth-date", "date", ONE, "The patient's date of birth."),
        takes(
            "postal-code",
            "string",
            OPTIONAL,
            "Where the patient lives.",
        ),
        RELATIONSHIP,
        ROLE,
        LEVEL,
        START,
        UNTIL,
        READ_ONLY,
        PLAIN,
        takes(
            "remark",
            "string",
            OPTIONAL,
            "What the practice should know.",
        ),
        takes(
            "attest",
            "boolean",
            ONE,
            "To act solely for the benefit of the patient, under the proxy terms.",
        ),
        takes(
            "own-birth-date",
            "date",
            OPTIONAL,
            "Of the one asking, where none is on record.",
        ),
        PAPER,
    ],
    outputs: &[TASK],
};

/// Somebody stands at the desk and asks.
pub const REGISTER: Operation = Operation {
    id: "Patient-proxy-register",
    code: "proxy-register",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Writes down for somebody present at the desk that they ask to act for this patient (Task \
              proxy-request, decided by $proxy-decide). Once approved, they get a mail to answer with an account of \
              their own, which they may open by it. By staff who may write RelatedPerson, or decide on consents.",
    searches: false,
    inputs: &[
        takes("given", "string", ONE, "First name of the one present."),
        takes("family", "string", ONE, "Last name of the one present."),
        takes(
            "birth-date",
            "date",
            ONE,
            "Their date of birth; they will be asked for it.",
        ),
        takes("email", "string", ONE, "Where they are written to."),
        RELATIONSHIP,
        ROLE,
        LEVEL,
        START,
        UNTIL,
        READ_ONLY,
        PLAIN,
        takes(
            "identity-document",
            "code",
            ONE,
            "What showed who they are: passport, driving-licence and the like.",
        ),
        takes(
            "minor-parent",
            "boolean",
            OPTIONAL,
            "They are a parent of this child and not of age themself. Only staff may say so, of parents alone.",
        ),
        takes(
            "remark",
            "string",
            OPTIONAL,
            "What whoever decides should know.",
        ),
        PAPER,
    ],
    outputs: &[TASK],
};

/// What changes by itself.
pub const PREVIEW: Operation = Operation {
    id: "Patient-proxy-preview",
    code: "proxy-preview",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: false,
    standard: None,
    meaning: "What somebody who acts for this patient sees now, and from each day on which that changes by itself: \
              birthdays, the end of a grant. By the one acting, of themself; by the patient, and by staff who read \
              consents.",
    searches: false,
    inputs: &[takes(
        "related-person",
        "string",
        OPTIONAL,
        "The RelatedPerson's id. The caller's own, where they act for the patient.",
    )],
    outputs: &[Parameter {
        parts: &[
            takes("from", "instant", ONE, "Since when."),
            takes("open", "boolean", ONE, "Whether the record opens at all."),
            takes("why-not", "string", OPTIONAL, "Why it does not."),
            takes("sees", "string", MANY, "What is seen, in plain words."),
            takes("hidden", "string", MANY, "What is not."),
        ],
        ..takes("step", "", MANY, "One stretch of time, in order.")
    }],
};

/// What became of one's own requests.
pub const REQUESTS: Operation = Operation {
    id: "proxy-requests",
    code: "proxy-requests",
    types: &[],
    levels: &[System],
    affects_state: false,
    standard: None,
    meaning: "The caller's own requests to act for somebody, newest first, and how far each has come.",
    searches: false,
    inputs: &[],
    outputs: &[Parameter {
        parts: &[
            takes("task", "string", ONE, "Its id."),
            takes("name", "string", ONE, "For whom it asks, as it was asked."),
            takes(
                "state",
                "code",
                ONE,
                "waiting, papers, granted or not-granted.",
            ),
            takes("asked", "instant", ONE, "When it was asked."),
        ],
        ..takes("request", "", MANY, "One request.")
    }],
};

/// One more paper for a request.
pub const PAPERS: Operation = Operation {
    id: "Task-proxy-document",
    code: "proxy-document",
    types: &["Task"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Adds a paper to the caller's own request to act for somebody.",
    searches: false,
    inputs: &[PAPER],
    outputs: &[TASK],
};

/// The patient answers a request, or signs again after coming of age.
pub const ANSWER: Operation = Operation {
    id: "Task-proxy-answer",
    code: "proxy-answer",
    types: &["Task"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "The patient answers: somebody who asks to act for them (Task proxy-request that waits for the \
              patient), or, from the first instant of majority on, a parent whose access ended with it (Task \
              proxy-reestablish).",
    searches: false,
    inputs: &[
        takes("decision", "code", ONE, "accept or decline."),
        LEVEL,
        START,
        UNTIL,
        READ_ONLY,
        PLAIN,
    ],
    outputs: &[TASK],
};

/// Staff decide.
pub const DECIDE: Operation = Operation {
    id: "Task-proxy-decide",
    code: "proxy-decide",
    types: &["Task"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Decides about a request to act for somebody (Task proxy-request) or about an order of emancipation \
              (Task emancipation-verification), by staff whose role changes consents. Of two who decide at once \
              the second is told so (409).",
    searches: false,
    inputs: &[
        takes(
            "decision",
            "code",
            ONE,
            "approve, reject or ask (for a paper).",
        ),
        takes(
            "ground",
            "string",
            OPTIONAL,
            "What was seen: a paper, identity at the desk, a consent signed by the patient. Needed to approve \
             without a paper in the request.",
        ),
        takes(
            "reason",
            "string",
            OPTIONAL,
            "Why; needed to reject, and kept with the staff.",
        ),
        takes(
            "patient",
            "Reference",
            OPTIONAL,
            "Whose proxy it is, where the request did not find them.",
        ),
        takes(
            "attested-by",
            "Reference",
            OPTIONAL,
            "The Practitioner who attests diminished capacity.",
        ),
        LEVEL,
        START,
        UNTIL,
        READ_ONLY,
        PLAIN,
    ],
    outputs: &[TASK],
};

/// More, less or longer.
pub const CHANGE: Operation = Operation {
    id: "RelatedPerson-proxy-change",
    code: "proxy-change",
    types: &["RelatedPerson"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Changes how much somebody may do for a patient and how long, from the next request on: by the \
              patient for an adult's proxy, or by staff who decide on consents.",
    searches: false,
    inputs: &[LEVEL, UNTIL, READ_ONLY, PLAIN],
    outputs: &[takes("changed", "boolean", ONE, "True.")],
};

/// A court order, or the patient's safety.
pub const RESTRICT: Operation = Operation {
    id: "RelatedPerson-proxy-restrict",
    code: "proxy-restrict",
    types: &["RelatedPerson"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Keeps this one person out by a court's order or for the patient's safety, or lifts that; others who \
              act for the patient are not touched. By staff who decide on consents; nobody else sees it.",
    searches: false,
    inputs: &[
        takes("restriction", "code", ONE, "court-order or safety-block."),
        takes("lift", "boolean", OPTIONAL, "Lifts it."),
        takes(
            "reason",
            "string",
            ONE,
            "What it rests on; kept in the audit trail.",
        ),
    ],
    outputs: &[takes(
        "changed",
        "boolean",
        ONE,
        "False when it was so already.",
    )],
};

/// What an order of emancipation is looked at by.
pub const EMANCIPATION: Operation = Operation {
    id: "Patient-verify-emancipation",
    code: "verify-emancipation",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Asks for a court's order of emancipation to be verified (Task emancipation-verification, decided by \
              $proxy-decide): by the minor, or by staff for them.",
    searches: false,
    inputs: &[PAPER],
    outputs: &[TASK],
};

/// The option of emancipated minors.
pub const TERMINATE: Operation = Operation {
    id: "Patient-proxy-terminate",
    code: "proxy-terminate",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "An emancipated minor, verified, ends what parents and guardians have.",
    searches: false,
    inputs: &[],
    outputs: &[takes(
        "ended",
        "integer",
        ONE,
        "How many relationships ended.",
    )],
};

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
