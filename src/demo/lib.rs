//! The demonstration: families, staff, clients and their manifest, all computed from one reference
//! instant.
//!
//! Everything but [`seed`] is pure. Nothing here is read by the server proper.

pub mod authority;
pub mod families;
pub mod people;
pub mod places;

pub use population::calendar;
use population::{chart, labs, notes, panels, seen, vitals, words};

mod billing;
mod confidential;
mod desk_work;
mod directives;
mod full_record;
mod member;
mod messages;
mod ongoing;
mod reports;
mod scheduling;
mod story;
mod vaccines;
mod visits;

pub mod clients;
pub mod manifest;
pub mod seed;
pub mod sign_ins;

mod keys;
#[cfg(test)]
mod must_support;
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
