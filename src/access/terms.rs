//! The documents people agree to, and which version of each is in force.

use crate::Pack;

/// A document somebody agrees to before a record opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// By everybody, for their own account.
    Portal,
    /// By who acts for somebody else, besides.
    Proxy,
}

impl Document {
    pub const ALL: [Self; 2] = [Self::Portal, Self::Proxy];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Proxy => "proxy",
        }
    }
    /// The version in force.
    pub fn version(self, pack: &Pack) -> &str {
        match self {
            Self::Portal => &pack.terms.portal,
            Self::Proxy => &pack.terms.proxy,
        }
    }
}
