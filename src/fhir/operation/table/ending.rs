//! The operations that end and protect accounts, and ask for copies of the record (our own).

use super::{Instance, MANY, ONE, OPTIONAL, takes};
use crate::operation::{Operation, Parameter};

/// An account is named by its owner: a patient, or the Person who acts for others.
const OWNERS: &[&str] = &["Patient", "Person"];

const TASK: Parameter = takes(
    "task",
    "Reference",
    OPTIONAL,
    "The Task by which it goes on.",
);
const DUE: Parameter = takes("due", "instant", OPTIONAL, "By when it is done.");
const REASON: Parameter = takes(
    "reason",
    "code",
    ONE,
    "Why, for the house alone: misuse, fraud, harassment, illegal-activity, security, identity, terms or \
     administrative.",
);
const NOTE: Parameter = takes(
    "note",
    "string",
    ONE,
    "What happened. It stays inside and is shown to nobody else.",
);
const DONE: Parameter = takes(
    "changed",
    "boolean",
    ONE,
    "Whether it was done now; false when it was so before.",
);

/// Closes an account at its owner's wish.
pub const CLOSE: Operation = Operation {
    id: "account-close",
    code: "account-close",
    types: OWNERS,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Asks to close an account, or closes it. By its owner: a Task account-deactivation, as the message \
              of category customer-service-question and topic account-deactivation-request makes it; it is done at \
              once when the owner opens the page given and proves again who they are, and by staff within the \
              policy's time otherwise. By staff who decide on consents: at once, with the ground noted. Sessions, \
              tokens and app connections end, who acts for an adult patient pauses and is told; the record and its \
              audit trail stay.",
    searches: false,
    inputs: &[
        takes(
            "ground",
            "string",
            OPTIONAL,
            "By staff, and needed then: how it was seen that the owner asks for it.",
        ),
        takes(
            "comment",
            "string",
            OPTIONAL,
            "By the owner: a remark for the staff.",
        ),
    ],
    outputs: &[
        takes("closed", "boolean", ONE, "Whether it is closed now."),
        TASK,
        DUE,
        takes(
            "confirm",
            "url",
            OPTIONAL,
            "The page on which its owner closes it at once.",
        ),
    ],
};

/// Decides about the Task that asks for it.
pub const DECIDE: Operation = Operation {
    id: "Task-deactivation-decide",
    code: "deactivation-decide",
    types: &["Task"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Decides about a Task account-deactivation: staff who decide on consents close the account or leave it \
              open; its owner may withdraw the wish. Of two at once one decides.",
    searches: false,
    inputs: &[
        takes(
            "decision",
            "code",
            ONE,
            "close or reject by staff, withdraw by the owner.",
        ),
        takes(
            "ground",
            "string",
            OPTIONAL,
            "To close: how it was seen that the owner asks for it.",
        ),
        takes(
            "reason",
            "string",
            OPTIONAL,
            "To reject: why; it stays inside.",
        ),
    ],
    outputs: &[TASK],
};

/// The organization takes an account away.
pub const REVOKE: Operation = Operation {
    id: "account-revoke",
    code: "account-revoke",
    types: OWNERS,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Takes an account away, at once and without notice: no session and no token of it works when this \
              returns. By staff who decide on consents and by the privacy office. The record stays; a copy of it can \
              be asked for without an account.",
    searches: false,
    inputs: &[
        REASON,
        NOTE,
        takes(
            "investigate",
            "boolean",
            OPTIONAL,
            "Hold it for an investigation as well.",
        ),
    ],
    outputs: &[DONE],
};

/// The organization gives it back.
pub const RESTORE: Operation = Operation {
    id: "account-restore",
    code: "account-restore",
    types: OWNERS,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Opens an account again that the organization took away. Apps stay disconnected.",
    searches: false,
    inputs: &[NOTE],
    outputs: &[DONE],
};

/// Holds an account for an investigation.
pub const HOLD: Operation = Operation {
    id: "investigation-hold",
    code: "investigation-hold",
    types: OWNERS,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Holds an account for an investigation, or no longer: nothing of its owner's chart is erased, and the \
              owner cannot close it meanwhile. What it may do stays as it is, and nothing of it is shown to its \
              owner. By staff who decide on consents and by the privacy office.",
    searches: false,
    inputs: &[
        takes(
            "reason",
            "code",
            OPTIONAL,
            "Needed to hold; as for account-revoke.",
        ),
        takes(
            "note",
            "string",
            OPTIONAL,
            "Needed to hold; it stays inside.",
        ),
        takes("lift", "boolean", OPTIONAL, "End the investigation."),
    ],
    outputs: &[DONE],
};

/// How an account stands, for staff.
pub const STATUS: Operation = Operation {
    id: "account-status",
    code: "account-status",
    types: OWNERS,
    levels: &[Instance],
    affects_state: false,
    standard: None,
    meaning: "How an account stands: for staff who decide on consents and the privacy office.",
    searches: false,
    inputs: &[],
    outputs: &[
        takes(
            "state",
            "code",
            ONE,
            "active, locked, suspended, revoked-by-org or deactivated.",
        ),
        takes("sessions", "integer", ONE, "Browsers signed in."),
        takes("apps", "integer", ONE, "Apps connected."),
        takes("held", "boolean", ONE, "Held for an investigation."),
        Parameter {
            name: "event",
            min: 0,
            max: None,
            type_name: "",
            meaning: "What became of it, newest first.",
            parts: EVENT,
        },
    ],
};

const EVENT: &[Parameter] = &[
    takes(
        "what",
        "code",
        ONE,
        "closed, left, revoked-by-org, restored or held.",
    ),
    takes("reason", "code", ONE, "The code noted."),
    takes("note", "string", OPTIONAL, "The note."),
    takes("by", "string", OPTIONAL, "Who did it."),
    takes("at", "instant", ONE, "When."),
];

/// Shuts everybody else out.
pub const SECURE: Operation = Operation {
    id: "secure-account",
    code: "secure-account",
    types: OWNERS,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "For the owner of an account who thinks that somebody else uses it: every browser is signed out, every \
              app but the asking one is disconnected, and a Task security-incident goes to the privacy office. Not \
              for apps of others. A new password is chosen on the page given.",
    searches: false,
    inputs: &[
        takes("comment", "string", OPTIONAL, "What was noticed."),
        takes(
            "event",
            "id",
            MANY,
            "AuditEvents of the access log that are not recognised.",
        ),
    ],
    outputs: &[
        TASK,
        DUE,
        takes("apps", "integer", ONE, "Apps that were disconnected."),
        takes("password", "url", ONE, "The page for a new password."),
    ],
};

/// Asks for a copy of the record.
pub const RECORD: Operation = Operation {
    id: "Patient-record-request",
    code: "record-request",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Asks medical records for a copy of the record (45 CFR 164.524): a Task record-request, due within the \
              policy's days. Who has no account asks on the page /account/record-copy.",
    searches: false,
    inputs: &[
        takes(
            "contact",
            "string",
            ONE,
            "Telephone or e-mail address to be reached at.",
        ),
        takes(
            "way",
            "code",
            ONE,
            "download, paper-mail, pick-up or other-provider.",
        ),
        takes(
            "what",
            "string",
            OPTIONAL,
            "Which part or which years; the whole record when nothing is said.",
        ),
    ],
    outputs: &[TASK, DUE],
};
