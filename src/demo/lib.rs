//! The demonstration: families, staff, clients and their manifest, all computed from one reference instant.
//!
//! Everything but [`seed`] is pure. Nothing here is read by the server proper.

pub mod calendar;
pub mod families;
pub mod people;
pub mod places;

mod billing;
mod cast_neighbors;
mod cast_rivera;
mod chart;
mod confidential;
mod full_record;
mod growth;
mod labs;
mod member;
mod messages;
mod notes;
mod ongoing;
mod scheduling;
mod screening;
mod story;
mod vaccines;
mod visits;
mod vitals;
mod words;
