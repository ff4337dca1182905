//! What a resource says to each search parameter: the rows of the search index.

use crate::{Element, ResourceType};

/// A stable number for `Type.code`: FNV-1a of the text, folded to 31 bits; checked free of collisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(pub i32);

impl ParamId {
    pub fn of(_resource_type: ResourceType, _code: &str) -> Self {
        todo!()
    }
    /// Where a token parameter's display texts are indexed as strings (`:text`).
    pub fn text(self) -> Self {
        todo!()
    }
    /// Where a reference parameter's `Reference.identifier` is indexed as tokens (`:identifier`).
    pub fn identifier(self) -> Self {
        todo!()
    }
}

/// One row of the search index.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub param: ParamId,
    pub value: Value,
}

/// The value of one row. Strings are given both ways: as written, and folded (see [`crate::search::fold`]).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    String {
        exact: String,
        folded: String,
    },
    /// `system` empty when the code has none.
    Token {
        system: String,
        code: String,
    },
    /// A local reference has a type; otherwise `id` holds the URL as written.
    Reference {
        resource_type: Option<ResourceType>,
        id: String,
    },
    /// Microseconds, half open.
    Date {
        low: i64,
        high: i64,
    },
    /// Implicit range of the value's own precision for numbers and quantities.
    Quantity {
        low: f64,
        high: f64,
        system: String,
        code: String,
    },
    Uri(String),
}

/// Every index row of a resource: each R4 parameter of its type plus `_id`-independent ones
/// (`_profile`, `_security`, `_tag`, `_source`), and under the code `_binary` every `Binary/x` an attachment points to.
/// `base` is our FHIR base, so that absolute references to ourselves index as local.
pub fn entries(_resource_type: ResourceType, _resource: Element<'_>, _base: &str) -> Vec<Entry> {
    todo!()
}

/// The resource's principal clinical date in microseconds (Observation.effective, Encounter.period.start, …), if it has one.
pub fn sort_key(_resource_type: ResourceType, _resource: Element<'_>) -> Option<i64> {
    todo!()
}
/// The search parameter [`sort_key`] stands for, such as `date` for Observation.
pub fn sort_key_param(_resource_type: ResourceType) -> Option<&'static str> {
    todo!()
}
