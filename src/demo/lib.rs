//! The demonstration: families, staff, clients and their manifest, all computed from one reference
//! instant.
//!
//! Everything but [`seed`] is pure. Nothing here is read by the server proper.

pub mod calendar;
pub mod families;
pub mod people;
pub mod places;

mod billing;
mod chart;
mod confidential;
mod directives;
mod full_record;
mod growth;
mod labs;
mod member;
mod messages;
mod notes;
mod ongoing;
mod panels;
mod reports;
mod scheduling;
mod screening;
mod social;
mod story;
mod vaccines;
mod visits;
mod vitals;
mod words;

pub mod clients;
pub mod manifest;
pub mod seed;
pub mod sign_ins;

mod keys;
#[cfg(test)]
mod promises;

pub use manifest::Manifest;
pub use seed::{MARK, Site, seed};

/// Why the demonstration could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a story file: {0}")]
    Story(#[from] serde_json::Error),
    #[error("{0} is not valid: {1}")]
    Invalid(String, String),
    #[error("keys could not be made: no randomness")]
    Keys,
    #[error(transparent)]
    Storage(#[from] storage::Error),
}
