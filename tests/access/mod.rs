//! Who gets in where.

mod birthday;
mod cross_patient;
mod every_route;
