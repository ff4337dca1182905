//! Synthetic people and the parts their records are made of: growth, laboratory, vaccines, notes.
//!
//! Pure: everything random comes from a seed that is handed in, and every date from a calendar. The demonstration
//! families are written with the same parts.

pub mod calendar;
pub mod chart;
pub mod curves;
pub mod growth;
pub mod labs;
pub mod notes;
pub mod panels;
pub mod seen;
pub mod vaccines;
pub mod vitals;
pub mod words;
