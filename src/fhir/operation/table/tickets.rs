//! The operations by which people ask support, and support answers (our own).

use super::{Instance, MANY, ONE, OPTIONAL, System, takes};
use crate::operation::{Operation, Parameter};

const TASK: &[&str] = &["Task"];

/// What is told of an account that is open.
const EXPIRES: Parameter = takes(
    "expires",
    "instant",
    ONE,
    "When the account closes by itself.",
);
const BANNER: Parameter = takes(
    "banner",
    "string",
    ONE,
    "What to show on every page of the account while it is open.",
);
const NUMBER: Parameter = takes("number", "string", ONE, "The ticket's number.");

/// Asks support.
pub const ASK: Operation = Operation {
    id: "support-ticket",
    code: "support-ticket",
    types: &[],
    levels: &[System],
    affects_state: true,
    standard: None,
    meaning: "Asks support something about signing in, codes, acting for others or these pages; for whoever is signed \
              in. Support does not answer questions about health: one that is about health alone becomes a Task that \
              is rejected at once, holds none of its words and went to nobody, and phone says whom to call. Where \
              somebody may be in danger nothing is kept and outcome is emergency: show that 911 comes first, and ask \
              again with not-emergency only if the person says so.",
    searches: false,
    inputs: &[
        takes("category", "code", ONE, "login, code, proxy, app or other."),
        takes("text", "string", ONE, "What happened."),
        takes(
            "contact",
            "string",
            OPTIONAL,
            "E-mail address or telephone number; the account's address when nothing is said.",
        ),
        takes(
            "not-emergency",
            "boolean",
            OPTIONAL,
            "The person read that 911 comes first, and says that this is no emergency.",
        ),
    ],
    outputs: &[
        takes("outcome", "code", ONE, "taken, redirected or emergency."),
        takes("message", "string", ONE, "What to tell the person."),
        takes("number", "string", OPTIONAL, "The ticket's number."),
        takes("task", "Reference", OPTIONAL, "The Task support-ticket."),
        takes("due", "instant", OPTIONAL, "By when support answers."),
        takes("phone", "string", OPTIONAL, "Whom to call instead."),
    ],
};

/// One's own tickets.
pub const MINE: Operation = Operation {
    id: "support-tickets",
    code: "support-tickets",
    types: &[],
    levels: &[System],
    affects_state: false,
    standard: None,
    meaning: "The tickets of the account the caller is signed in with, newest first, whoever they act for. A patient's \
              own are also found with GET Task?code=support-ticket.",
    searches: false,
    inputs: &[],
    outputs: &[Parameter {
        parts: &[
            NUMBER,
            takes("task", "Reference", ONE, "The Task support-ticket."),
            takes("about", "string", ONE, "What it is about."),
            takes("asked", "instant", ONE, "Since when."),
            takes(
                "state",
                "code",
                ONE,
                "open, waiting (for the person), answered or redirected.",
            ),
            takes("due", "instant", OPTIONAL, "By when support answers."),
            takes("wrote", "string", MANY, "What the person wrote."),
            takes("question", "string", OPTIONAL, "What support asks back."),
            takes("answer", "string", OPTIONAL, "What support answered."),
        ],
        ..takes("ticket", "", MANY, "A ticket.")
    }],
};

/// The person adds something.
pub const ADD: Operation = Operation {
    id: "Task-ticket-add",
    code: "ticket-add",
    types: TASK,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Adds something to a ticket of one's own; where support waits for it, its clock runs again.",
    searches: false,
    inputs: &[takes("text", "string", ONE, "What is added.")],
    outputs: &[NUMBER],
};

/// Support opens the account a ticket is about.
pub const OPEN: Operation = Operation {
    id: "Task-open-ticket",
    code: "open-ticket",
    types: TASK,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Takes on a ticket and opens the account of whoever asked to this member of support: to look at, through \
              this authorization only, for the minutes the policy pack says or until the ticket is answered, one \
              account at a time. What support may see of it is its role's in the pack; every answer carries the \
              header Kinchart-Watermark, and every look is in the patient's access log with the ticket's number. \
              Where a colleague has the ticket the answer is 409.",
    searches: false,
    inputs: &[takes(
        "username",
        "string",
        OPTIONAL,
        "Of a ticket asked without signing in: whose account it is, where several have the address that was left.",
    )],
    outputs: &[
        takes("patient", "Reference", ONE, "Whose account is open."),
        NUMBER,
        EXPIRES,
        BANNER,
        takes("already", "boolean", ONE, "It was open before."),
    ],
};

/// Support closes it again.
pub const CLOSE: Operation = Operation {
    id: "close-ticket",
    code: "close-ticket",
    types: &[],
    levels: &[System],
    affects_state: true,
    standard: None,
    meaning: "Closes the account that is open for a ticket through this authorization.",
    searches: false,
    inputs: &[],
    outputs: &[takes("closed", "boolean", ONE, "One was open.")],
};

/// What is open.
pub const STATUS: Operation = Operation {
    id: "ticket-status",
    code: "ticket-status",
    types: &[],
    levels: &[System],
    affects_state: false,
    standard: None,
    meaning: "The account that is open for a ticket through this authorization; nothing where none is.",
    searches: false,
    inputs: &[],
    outputs: &[Parameter {
        parts: &[
            takes("patient", "Reference", ONE, "Whose account is open."),
            takes("task", "Reference", ONE, "The ticket's Task."),
            NUMBER,
            EXPIRES,
            BANNER,
        ],
        ..takes("view", "", OPTIONAL, "What is open.")
    }],
};

/// Support answers.
pub const ANSWER: Operation = Operation {
    id: "Task-ticket-answer",
    code: "ticket-answer",
    types: TASK,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Answers a ticket, asks its person for something (the clock of three business days stands still until \
              they say it), or declines it. The person reads it on the page of the ticket; a mail says only that \
              there is something to read. Where the ticket was asked without signing in, whoever knows its number \
              and its contact reads it: say nothing of a record there.",
    searches: false,
    inputs: &[
        takes("outcome", "code", ONE, "answered, asked or declined."),
        takes("text", "string", ONE, "What the person reads."),
    ],
    outputs: &[
        takes("status", "code", ONE, "Task.status as it is then."),
        takes(
            "mailed",
            "boolean",
            ONE,
            "A mail says that there is something to read.",
        ),
        takes(
            "open-to-anybody",
            "boolean",
            ONE,
            "It was asked without signing in.",
        ),
    ],
};
