//! Profiles: what a StructureDefinition asks of a resource, an element or an extension beyond R4.
//!
//! A profile is compiled from its differential, laid over its base profile and so on down to the
//! R4 type; the tree holds only what the chain says, for base validation sees to the rest. Profiles
//! ship as tables of facts ([`shipped`]) and are stored as resources; [`crate::registry::Registry`]
//! finds either by canonical and compiles each once.

mod check;
pub mod facts;
mod library;
mod merge;
mod node;
pub mod published;
mod shipped;
mod slicing;
pub mod snapshot;
#[cfg(test)]
mod tests;

use crate::Element;

pub use check::{PROFILES_DEEP_MAX, Request, STEPS_MAX, Targets, check};
pub(crate) use library::Library;
pub use node::{Binding, Constraint, Max, Node, Sample, Strength, TypeRule};
pub(crate) use shipped::DEFAULTS as DEFAULT_EDITIONS;
pub use shipped::{Listed, guides};
pub use slicing::{Discriminator, DiscriminatorKind, Rules, Slicing, Step};

/// Longest chain of profiles on profiles that is followed.
pub const BASES_MAX: usize = 16;

/// A compiled profile.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    pub url: String,
    pub version: Option<String>,
    /// The R4 type it is a profile of: `Observation`, `Extension`.
    pub type_name: String,
    pub root: Node,
    /// Where an extension may be used.
    pub contexts: Vec<Context>,
    /// FHIRPath that holds of the element an extension stands on.
    pub context_invariants: Vec<String>,
    /// Whether the rules of an element hold for those that refer to its content too, such as the
    /// items of items.
    pub recursive: bool,
}

/// A place an extension may be used (StructureDefinition.context).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Context {
    /// A type or a path such as `Patient.contact`.
    Element(String),
    /// Inside the extension of that address.
    Extension(String),
    FhirPath(String),
}

/// Why a StructureDefinition is no profile that can be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("it names no type of R4")]
    UnknownType,
    #[error("its base {0} is not known here and it has no snapshot")]
    UnknownBase(String),
    #[error("its chain of bases is longer than {BASES_MAX}")]
    BasesMax,
    #[error("it has neither a differential nor a snapshot")]
    Empty,
}

impl Profile {
    /// `url|version`, as far as it has them.
    pub fn canonical(&self) -> String {
        match &self.version {
            Some(version) => format!("{}|{version}", self.url),
            None => self.url.clone(),
        }
    }
}

impl Context {
    fn read(element: Element<'_>) -> Option<Self> {
        let expression = element.text_at("expression")?.into_owned();
        Some(match element.text_at("type")?.as_ref() {
            "element" => Self::Element(expression),
            "extension" => Self::Extension(expression),
            _ => Self::FhirPath(expression),
        })
    }
}
