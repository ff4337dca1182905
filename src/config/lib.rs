//! Settings: read once, checked once, passed by value.
pub mod clock;
pub mod limits;
pub use clock::Clock;
