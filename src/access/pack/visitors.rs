//! What a pack says of those without an account: guests who pay a bill, openers of a share link.

use serde::Deserialize;

/// Guests who pay a bill.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuestPay {
    /// Minutes a statement stays locked for guests, from the first wrong answer.
    pub lock_minutes: u16,
    /// Minutes a guest may look at what is owed.
    pub visit_minutes: u16,
    /// Days the code of a confidential bill is good.
    pub code_days: u16,
}

impl Default for GuestPay {
    fn default() -> Self {
        Self {
            lock_minutes: 1_440,
            visit_minutes: 15,
            code_days: 30,
        }
    }
}

/// Share links.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Share {
    /// Days a link is good where its maker does not say.
    pub days_default: u16,
    /// Longest time a link may be good, in days.
    pub days_max: u16,
    /// Wrong passcodes in all its life that end a link.
    pub passcode_tries: u16,
}

impl Default for Share {
    fn default() -> Self {
        Self {
            days_default: 7,
            days_max: 365,
            passcode_tries: 10,
        }
    }
}
