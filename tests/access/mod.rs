//! Who gets in where.

mod birthday;
mod bulk;
mod cross_patient;
mod demo_families;
mod every_route;
mod granular;
mod invariants;
mod release;
mod vectors;
