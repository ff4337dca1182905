//! What a chart asks for just now: the rules behind CDS Hooks cards, as pure functions over what a caller may see.
//!
//! A rule that lacks what it needs (a type the caller may not see) stays silent; it never guesses.

pub mod booking;
pub mod card;
mod family;
pub mod feedback;
mod growth;
mod immunization;
pub mod record;
pub mod request;
mod screening;
pub mod service;
mod vaccines;

pub use card::{Card, Rule};
pub use record::{Record, Setting};
pub use request::Request;
pub use service::{SERVICES, Service};

#[cfg(test)]
mod scenes;
