//! The operations about bills (our own).

use super::{Instance, ONE, takes};
use crate::operation::Operation;

/// Makes the code of a confidential bill.
pub const GUEST_CODE: Operation = Operation {
    id: "Invoice-guest-code",
    code: "guest-code",
    types: &["Invoice"],
    levels: &[Instance],
    affects_state: true,
    standard: None,
    meaning: "Makes the code that a guest types, besides what stands on the statement, to see what is owed on a \
              confidential bill. It is told once, takes the place of any before it, and is over after the days the \
              policy pack allows. For the patient and for staff who may change bills, not for whoever acts for the \
              patient and not for apps of others.",
    searches: false,
    inputs: &[],
    outputs: &[
        takes("code", "string", ONE, "The code."),
        takes("expires", "instant", ONE, "When it is over."),
    ],
};
