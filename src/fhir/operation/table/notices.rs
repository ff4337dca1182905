//! The operations by which people say whether they are told of news by mail (our own).

use super::{ONE, OPTIONAL, System, takes};
use crate::operation::{Operation, Parameter};

const OUTPUTS: &[Parameter] = &[
    takes(
        "notify",
        "boolean",
        ONE,
        "Whether mail about new information is wanted.",
    ),
    takes(
        "address",
        "code",
        ONE,
        "How it stands with the mail address of the account: good, unproven (its owner has not followed the link \
         sent there), bounced (mail came back), shared (somebody who acts for them reads mail there too, so it was \
         taken away and another is asked for) or none. Only to a good one are news told.",
    ),
    takes(
        "shown",
        "string",
        OPTIONAL,
        "The address, but for most of what is left of the @.",
    ),
    takes(
        "pause",
        "integer",
        ONE,
        "Shortest time between two mails about news, in minutes.",
    ),
    takes(
        "settings",
        "url",
        ONE,
        "The page where the person mends it.",
    ),
];

/// How it stands with one's own notices.
pub const SETTINGS: Operation = Operation {
    id: "notice-settings",
    code: "notice-settings",
    types: &[],
    levels: &[System],
    affects_state: false,
    standard: None,
    meaning: "Whether the person is told of new information by mail, and whether such mail arrives. For patients and \
              those who act for them.",
    searches: false,
    inputs: &[],
    outputs: OUTPUTS,
};

/// Says whether news are told.
pub const CHOICE: Operation = Operation {
    id: "notice-choice",
    code: "notice-choice",
    types: &[],
    levels: &[System],
    affects_state: true,
    standard: None,
    meaning: "Says whether the person wants to be told of new information by mail. Mail about the safety of the \
              account always comes. No mail says what is new, whose it is or where it comes from. For apps that may \
              change what the person consented to.",
    searches: false,
    inputs: &[takes(
        "notify",
        "boolean",
        ONE,
        "Whether such mail is wanted.",
    )],
    outputs: OUTPUTS,
};
