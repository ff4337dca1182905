//! The vocabulary of FHIR R4: documents, types, dates, validation, search parameters. Pure data.
//!
//! Nothing here is async, does I/O, reads a clock, or knows another room of the house.

pub mod bundle;
pub mod capability;
pub mod compartment;
pub mod datetime;
pub mod definitions;
mod expression;
pub mod graphql;
pub mod index;
pub mod json;
pub mod matching;
pub mod operation;
pub mod outcome;
pub mod patch;
pub mod path;
pub mod profile;
pub mod projection;
pub mod reference;
pub mod registry;
pub mod resource_type;
pub mod search;
pub mod statistics;
pub mod terminology;
pub mod ucum;
pub mod validate;
pub mod xml;

pub use expression::expression;
pub use json::{Document, Element};
pub use outcome::{Issue, IssueCode, Outcome, Severity};
pub use reference::Reference;
pub use resource_type::ResourceType;
pub use validate::Valid;
