//! Who gets in where.

mod every_route;
