//! References: relative, absolute, by version, contained, `urn:` and conditional.

use crate::ResourceType;

/// A `Reference.reference` taken apart (R4 2.3.0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// `Type/id` or `Type/id/_history/v`, or the same below our own base.
    Local {
        resource_type: ResourceType,
        id: String,
        version: Option<String>,
    },
    /// `#id`
    Contained(String),
    /// `urn:uuid:…` or `urn:oid:…`
    Urn(String),
    /// `Type?query`
    Conditional {
        resource_type: ResourceType,
        query: String,
    },
    /// Any other absolute URL.
    Absolute(String),
    /// Not a reference FHIR allows.
    Malformed(String),
}

impl Reference {
    /// Takes a reference apart; URLs below `base` (no trailing slash) count as local.
    pub fn parse(_text: &str, _base: Option<&str>) -> Self {
        todo!()
    }
}

/// Whether a text is a valid FHIR id: `[A-Za-z0-9\-\.]{1,64}`.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// Every `Reference.reference` string of a resource with the element that holds it, contained resources included.
pub fn references<'d>(_resource: crate::Element<'d>) -> Vec<crate::Element<'d>> {
    todo!()
}
