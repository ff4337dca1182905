//! The operations by which people see who looked, and why somebody may (our own).

use super::{COUNT, Instance, MANY, ONE, OPTIONAL, System, Type, takes};
use crate::operation::{Operation, Parameter};

/// Who looked at a chart.
pub const ACCESS_LOG: Operation = Operation {
    id: "Patient-access-log",
    code: "access-log",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: false,
    standard: None,
    meaning: "Everybody and everything that looked at a patient's record, newest first, in plain \
              words: for whoever may search its AuditEvents (scope AuditEvent.s), and only the \
              entries whose AuditEvents they may see. Staff are told by role and department.",
    searches: false,
    inputs: &[
        takes(
            "group",
            "code",
            OPTIONAL,
            "Only one group: patient, proxy, staff, app, organization or system.",
        ),
        takes("from", "dateTime", OPTIONAL, "Only from then on."),
        takes(
            "until",
            "dateTime",
            OPTIONAL,
            "Only up to then; a day is included.",
        ),
        COUNT,
        takes(
            "before",
            "id",
            OPTIONAL,
            "Only entries before this one: the value of next on the page before.",
        ),
    ],
    outputs: &[
        Parameter {
            parts: &[
                takes(
                    "event",
                    "id",
                    ONE,
                    "The id of the AuditEvent that says the same.",
                ),
                takes("at", "instant", ONE, "When."),
                takes("group", "code", ONE, "The group, as in the input."),
                takes("who", "string", ONE, "Who, in words."),
                takes(
                    "department",
                    "string",
                    OPTIONAL,
                    "Where a member of staff works.",
                ),
                takes("app", "string", OPTIONAL, "The app it was done with."),
                takes("text", "string", ONE, "The whole entry as a sentence."),
                takes("permitted", "boolean", ONE, "False where it was refused."),
                takes(
                    "emergency",
                    "boolean",
                    ONE,
                    "It was done under emergency access.",
                ),
            ],
            ..takes("entry", "", MANY, "An entry.")
        },
        takes(
            "next",
            "integer",
            OPTIONAL,
            "Where the next page begins, if there is one.",
        ),
    ],
};

/// Says that an entry is not recognised.
pub const REPORT_ACCESS: Operation = Operation {
    id: "Patient-report-access",
    code: "report-access",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Tells the privacy office that an entry of the access log is not recognised: opens a Task \
              privacy-review, due on the business day the policy names. For whoever sees the entry.",
    searches: false,
    inputs: &[
        takes("event", "id", ONE, "The entry: event of $access-log."),
        takes(
            "comment",
            "string",
            OPTIONAL,
            "What the person wants to say about it.",
        ),
    ],
    outputs: &[
        takes("task", "id", ONE, "The id of the Task."),
        takes(
            "already",
            "boolean",
            ONE,
            "The entry had been reported before.",
        ),
    ],
};

/// The signed roots of the audit trail.
pub const AUDIT_ROOTS: Operation = Operation {
    id: "audit-roots",
    code: "audit-roots",
    types: &[],
    levels: &[System],
    affects_state: false,
    standard: None,
    meaning: "The roots of the audit trail that were signed once a day, newest first: keep one, and \
              nobody can change what had been recorded by then without its being found out.",
    searches: false,
    inputs: &[
        COUNT,
        takes("before", "date", OPTIONAL, "Only of days before this one."),
    ],
    outputs: &[Parameter {
        parts: &[
            takes("day", "date", ONE, "The last day that was over."),
            takes("signed-at", "instant", ONE, "When it was signed."),
            takes(
                "entries",
                "decimal",
                ONE,
                "The number of the last entry it vouches for.",
            ),
            takes(
                "link",
                "string",
                ONE,
                "The SHA-256 of that entry and all before it, hexadecimal.",
            ),
            takes(
                "root",
                "string",
                ONE,
                "The same as a JWS (RS256), its public key in the header.",
            ),
        ],
        ..takes("root", "", MANY, "A root.")
    }],
};

/// Why the caller may see or do something.
pub const EXPLAIN_ACCESS: Operation = Operation {
    id: "explain-access",
    code: "explain-access",
    types: &[],
    levels: &[System, Type, Instance],
    affects_state: false,
    standard: None,
    meaning: "Why the caller may or may not see or do something: the whole trace of rules for patients \
              themselves, staff and apps in the sandbox; for everybody who acts for others, and for \
              outside apps, an answer of one shape (allowed) that is made of relationship, age, \
              policy, scopes and consents alone, whatever the record holds.",
    searches: false,
    inputs: &[takes(
        "action",
        "code",
        OPTIONAL,
        "create, read (when left out), update, delete or search.",
    )],
    outputs: &[
        takes("policy", "string", ONE, "The policy pack in force."),
        takes(
            "effect",
            "code",
            OPTIONAL,
            "permit, permit-redacted or deny.",
        ),
        takes("reason", "code", OPTIONAL, "The rule that decided."),
        takes("text", "string", OPTIONAL, "The same in plain words."),
        Parameter {
            parts: &[
                takes(
                    "gate",
                    "code",
                    ONE,
                    "Where in the order it stands: G0 to G9, or permit.",
                ),
                takes("title", "string", ONE, "What the gate asks."),
                takes("outcome", "code", ONE, "pass, or what it said."),
                takes("text", "string", OPTIONAL, "The same in plain words."),
                takes(
                    "source",
                    "string",
                    OPTIONAL,
                    "The law or policy it rests on.",
                ),
            ],
            ..takes("rule", "", MANY, "A rule that was asked.")
        },
        Parameter {
            parts: &[
                takes("class", "code", ONE, "A kind of data."),
                takes("type", "code", ONE, "The type that was asked about."),
                takes("may", "string", ONE, "Any of c, r, u and d; - for nothing."),
                takes(
                    "reason",
                    "code",
                    ONE,
                    "The rule that decides about reading.",
                ),
                takes("text", "string", ONE, "The same in plain words."),
                takes(
                    "source",
                    "string",
                    OPTIONAL,
                    "The law or policy it rests on.",
                ),
            ],
            ..takes(
                "allowed",
                "",
                MANY,
                "What is allowed were nothing special about the data.",
            )
        },
        takes(
            "valid-until",
            "instant",
            OPTIONAL,
            "When it may be another answer by itself.",
        ),
    ],
};

/// A chart as somebody else sees it.
pub const VIEW_AS: Operation = Operation {
    id: "Patient-view-as",
    code: "view-as",
    types: &["Patient"],
    levels: &[Instance],
    affects_state: false,
    standard: None,
    meaning: "What a person who acts for the patient, or a connected app, sees of the record at an \
              instant, as counts by type, and when that changes by itself: for the patient, for staff \
              who may read consents, and for whoever acts for the patient as themself. Only what the \
              caller may see is counted. Without a person or an app: who they are.",
    searches: false,
    inputs: &[
        takes(
            "related-person",
            "id",
            OPTIONAL,
            "The person, by their RelatedPerson.",
        ),
        takes(
            "app",
            "id",
            OPTIONAL,
            "The connection of an app, from the list.",
        ),
        takes("at", "instant", OPTIONAL, "When; now if left out."),
    ],
    outputs: &[
        Parameter {
            parts: &[
                takes("related-person", "id", OPTIONAL, "A person."),
                takes("app", "id", OPTIONAL, "The connection of an app."),
                takes("name", "string", ONE, "Their name."),
                takes(
                    "label",
                    "string",
                    OPTIONAL,
                    "What a person is to the patient, or who connected the app.",
                ),
            ],
            ..takes(
                "grantee",
                "",
                MANY,
                "Who may see the record, or the one asked for.",
            )
        },
        takes("at", "instant", OPTIONAL, "The instant."),
        takes(
            "open",
            "boolean",
            OPTIONAL,
            "False: they are not let in at all then.",
        ),
        Parameter {
            parts: &[
                takes("type", "code", ONE, "A type of which there is something."),
                takes("title", "string", ONE, "The same in plain words."),
                takes("seen", "unsignedInt", ONE, "How many they see."),
                takes("of", "unsignedInt", ONE, "How many the caller sees."),
                takes("redacted", "boolean", ONE, "They see only parts of each."),
            ],
            ..takes("sees", "", MANY, "How much of a type they see.")
        },
        Parameter {
            parts: &[
                takes("at", "instant", ONE, "When."),
                takes("more", "unsignedInt", ONE, "Resources seen from then on."),
                takes("less", "unsignedInt", ONE, "Resources no longer seen."),
            ],
            ..takes("change", "", MANY, "What changes by itself.")
        },
    ],
};
