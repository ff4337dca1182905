//! Patches (R4 3.1.0.6): JSON Patch (RFC 6902), XML Patch (RFC 5261), FHIRPath Patch, and JSON Merge
//! Patch (RFC 7396).
//!
//! All but XML Patch work on the client's own JSON text: what a patch does not touch keeps every
//! byte, and what it brings along keeps its digits. XML Patch works on the resource's XML form, which
//! keeps every value as it is written.

mod json;
mod merge;
mod path;
mod pointer;
#[cfg(test)]
mod tests;
mod tree;
mod xml;

pub use json::JsonPatch;
pub use merge::merge;
pub use path::PathPatch;
pub use xml::{XML_STEPS_MAX, XmlPatch};

use crate::{Issue, IssueCode};

/// Bounds of a patch.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Operations one patch may have.
    pub operations: usize,
    /// Bytes the patched resource may have.
    pub bytes: usize,
}

/// Why a patch was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The patch itself makes no sense, whatever it is applied to.
    Malformed(Issue),
    /// It cannot be applied to this resource: nothing is there, a test failed.
    Unfit(Issue),
}

impl Fault {
    pub fn issue(self) -> Issue {
        match self {
            Self::Malformed(issue) | Self::Unfit(issue) => issue,
        }
    }
    fn malformed(place: &str, why: impl Into<String>) -> Self {
        Self::Malformed(Issue::error(IssueCode::Structure, why).at(place))
    }
    fn unfit(place: &str, why: impl Into<String>) -> Self {
        Self::Unfit(Issue::error(IssueCode::Processing, why).at(place))
    }
    fn too_many(most: usize) -> Self {
        let why = format!("a patch may have at most {most} operations");
        Self::Malformed(Issue::error(IssueCode::TooCostly, why))
    }
    fn too_large(most: usize) -> Self {
        let why = format!("the patched resource would be larger than {most} bytes");
        Self::Unfit(Issue::error(IssueCode::TooCostly, why))
    }
}
