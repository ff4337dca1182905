//! Policy packs: the rules of ages, levels, labels and releases, as data.

/// A checked policy pack.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    pub id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy pack: {0}")]
pub struct PackError(pub String);

impl Pack {
    /// A shipped pack by name: `middlesex`, `uconn`, `ct-exemplar`.
    pub fn shipped(_name: &str) -> Option<Self> {
        todo!()
    }
    /// One pack out of a JSON collection (the form of `profiles/policy/packs.json`), `_extends` resolved.
    pub fn from_json(_text: &str, _id: &str) -> Result<Self, PackError> {
        todo!()
    }
    /// IANA zone of the organization.
    pub fn zone(&self) -> &jiff::tz::TimeZone {
        todo!()
    }
}
