//! The operations of sharing a record by link (SMART Health Links; our own).

use super::{Instance, MANY, ONE, OPTIONAL, SOME, takes};
use crate::operation::{Operation, Parameter};

const PATIENT: &[&str] = &["Patient"];

const LINK: Parameter = takes("link", "id", ONE, "The link.");

/// Makes a link.
pub const SHARE: Operation = Operation {
    id: "Patient-share",
    code: "share",
    types: PATIENT,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Makes a SMART Health Link by which somebody without an account sees chosen parts of the \
              record. What it shows is decided each time it is opened, by what its maker may see then; \
              sensitive care stays out unless named label by label. It rests on a Consent of kind link. \
              For the patient and whoever acts for them, not for apps of others.",
    searches: false,
    inputs: &[
        takes(
            "category",
            "code",
            SOME,
            "medications, allergies, conditions, immunizations, results, vital-signs, visits, notes, \
             procedures, care-plans or insurance.",
        ),
        takes(
            "sensitive",
            "code",
            MANY,
            "A sensitivity label (v3-ActCode) that goes along.",
        ),
        takes(
            "label",
            "string",
            OPTIONAL,
            "What the link is called, in at most 80 characters.",
        ),
        takes(
            "recipient",
            "string",
            OPTIONAL,
            "Whom it is for, in at most 100 characters.",
        ),
        takes(
            "passcode",
            "string",
            OPTIONAL,
            "What whoever opens it must know, in 4 to 64 characters.",
        ),
        takes(
            "expires",
            "instant",
            OPTIONAL,
            "When it is over; in a few days where nothing is said.",
        ),
        takes(
            "long-term",
            "boolean",
            OPTIONAL,
            "It may be opened again, for what is new (flag L).",
        ),
        takes(
            "direct",
            "boolean",
            OPTIONAL,
            "It leads straight to one file (flag U); without passcode.",
        ),
        takes(
            "live",
            "boolean",
            OPTIONAL,
            "Whoever opens it also gets a token for this API, for an hour each time.",
        ),
    ],
    outputs: &[
        LINK,
        takes(
            "shlink",
            "string",
            ONE,
            "The link, to be sent or shown as a QR code. It opens the record.",
        ),
        takes("expires", "instant", ONE, "When it is over."),
        takes("consent", "id", ONE, "The Consent it rests on."),
    ],
};

/// Lists links.
pub const LIST: Operation = Operation {
    id: "Patient-shared-links",
    code: "shared-links",
    types: PATIENT,
    levels: &[Instance],
    affects_state: false,
    standard: None,
    meaning: "The links of a record, newest first: all of them for the patient, their own for whoever acts \
              for them. The links themselves are not repeated.",
    searches: false,
    inputs: &[],
    outputs: &[Parameter {
        parts: &[
            LINK,
            takes("label", "string", ONE, "What it is called."),
            takes("recipient", "string", OPTIONAL, "Whom it is for."),
            takes("category", "code", MANY, "What it shows."),
            takes("sensitive", "code", MANY, "Sensitive care that goes along."),
            takes("flag", "string", OPTIONAL, "As in its payload."),
            takes("created", "instant", ONE, "When it was made."),
            takes("expires", "instant", ONE, "When it is over."),
            takes(
                "open",
                "boolean",
                ONE,
                "It can be opened now, as far as the link itself goes.",
            ),
            takes("ended", "instant", OPTIONAL, "When it was ended."),
            takes("opened", "integer", ONE, "How often it was opened."),
            takes("last-opened", "instant", OPTIONAL, "When last."),
            takes(
                "tries-left",
                "integer",
                OPTIONAL,
                "Wrong passcodes it still bears.",
            ),
            takes("consent", "id", ONE, "The Consent it rests on."),
        ],
        ..takes("shared", "", MANY, "A link.")
    }],
};

/// Ends a link.
pub const END: Operation = Operation {
    id: "Patient-end-share",
    code: "end-share",
    types: PATIENT,
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Ends a link for good, with the tokens it gave out, at once.",
    searches: false,
    inputs: &[LINK],
    outputs: &[takes("ended", "boolean", ONE, "It was open.")],
};
