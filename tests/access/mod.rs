//! Who gets in where.

mod birthday;
mod bulk;
pub mod consents;
mod cross_patient;
mod demo_families;
mod denials;
mod enforcement;
mod every_route;
mod granular;
mod invariants;
mod one_event;
mod release;
mod traces;
mod vectors;
mod waiting;
mod writing;
