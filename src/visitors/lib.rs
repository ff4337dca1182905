//! Those without an account: the API of guests who pay a bill, and share links as their receivers open them.

mod answer;
pub mod guest_pay;
pub mod shl;
