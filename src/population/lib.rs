//! Synthetic people and the parts their records are made of: growth, laboratory, vaccines, notes.
//!
//! Pure: everything random comes from a seed that is handed in, and every date from a calendar. The demonstration
//! families are written with the same parts.

pub mod allergies;
pub mod calendar;
pub mod chart;
pub mod conditions;
pub mod curves;
pub mod directives;
pub mod growth;
pub mod labs;
pub mod notes;
pub mod observations;
pub mod panels;
pub mod plans;
pub mod prescriptions;
pub mod pressures;
pub mod reports;
pub mod screening;
pub mod seen;
pub mod social;
pub mod vaccines;
pub mod vitals;
pub mod words;
