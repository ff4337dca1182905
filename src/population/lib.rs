//! Synthetic people and the parts their records are made of: growth, laboratory, vaccines, notes.
//!
//! Pure: everything random comes from a seed that is handed in, and every date from a calendar. The demonstration
//! families are written with the same parts.

pub mod ailments;
pub mod allergies;
pub mod billing;
pub mod calendar;
pub mod chapters;
pub mod chart;
pub mod conditions;
pub mod courses;
pub mod curves;
pub mod desk;
pub mod devices;
pub mod dice;
pub mod directives;
pub mod encounters;
pub mod growth;
pub mod household;
pub mod illnesses;
pub mod immunity;
pub mod invention;
pub mod kin;
pub mod labs;
pub mod life;
pub mod medicines;
pub mod names;
pub mod notes;
pub mod observations;
pub mod operations;
pub mod panels;
pub mod plans;
pub mod practice;
pub mod prescriptions;
pub mod pressures;
pub mod private_care;
pub mod registration;
pub mod reports;
pub mod results;
pub mod screening;
pub mod seen;
pub mod social;
pub mod telling;
pub mod therapy;
pub mod vaccines;
pub mod vitals;
pub mod words;

pub use invention::Invention;

#[cfg(test)]
mod promises;
