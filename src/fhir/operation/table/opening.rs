//! The operations by which staff open accounts for patients (our own).

use super::{Instance, ONE, OPTIONAL, TYPE_AND_INSTANCE, takes};
use crate::operation::{Operation, Parameter};

const TASK: Parameter = takes("task", "Reference", ONE, "The Task that tells of it.");

/// Gives out a code with which a patient opens an account.
pub const ACTIVATION_CODE: Operation = Operation {
    id: "Patient-activation-code",
    code: "activation-code",
    types: &["Patient"],
    levels: TYPE_AND_INSTANCE,
    affects_state: true,
    standard: None,
    meaning: "Gives out an activation code with which a patient opens an account for themself: printed \
              with the summary of a visit, shown at the desk to somebody whose identity was checked \
              there, or sent to the e-mail address in the record. For members of staff who may correct \
              who a patient is, and for systems of the organization. On the type it registers a new \
              patient first. An earlier code given in the same way is good no more. A Task \
              account-activation goes along until the account is open.",
    searches: false,
    inputs: &[
        takes(
            "patient",
            "Patient",
            OPTIONAL,
            "A new patient, where the address names nobody.",
        ),
        takes(
            "channel",
            "code",
            OPTIONAL,
            "avs (printed; what is meant when nothing is said), desk or email.",
        ),
        takes(
            "identity-document",
            "code",
            OPTIONAL,
            "What was checked in person: driver-license, state-id, passport, military-id, \
             permanent-resident-card or known-to-staff. Needed at the desk and for who has an account and \
             lost the way in; written down as a VerificationResult.",
        ),
    ],
    outputs: &[
        takes("patient", "Reference", ONE, "Whose code it is."),
        takes(
            "code",
            "string",
            OPTIONAL,
            "The code; left out when it was sent by e-mail. It is not kept here.",
        ),
        takes("expires", "instant", ONE, "Until when it is good."),
        takes(
            "address",
            "url",
            OPTIONAL,
            "Where it is typed, with the code in it: what the QR code says.",
        ),
        takes(
            "page",
            "Attachment",
            OPTIONAL,
            "A page to print (HTML) with code, QR code and what to do.",
        ),
        takes("mailed", "boolean", ONE, "Whether it was sent by e-mail."),
        TASK,
    ],
};

/// Decides on a request for a code that fits nobody for certain.
pub const IDENTITY_DECIDE: Operation = Operation {
    id: "Task-identity-decide",
    code: "identity-decide",
    types: &["Task"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Decides on a Task identity-review: somebody asked online for an activation code and fits no \
              patient for certain. When confirmed, a code goes to the e-mail address in that patient's \
              record; where there is none of their own, the patient is to come to the desk. Of two \
              reviewers at once one decides.",
    searches: false,
    inputs: &[
        takes("outcome", "code", ONE, "confirmed or not-confirmed."),
        takes(
            "patient",
            "id",
            OPTIONAL,
            "Who it is; needed when confirmed.",
        ),
    ],
    outputs: &[
        TASK,
        takes(
            "mailed",
            "boolean",
            ONE,
            "Whether a code was sent by e-mail.",
        ),
    ],
};
