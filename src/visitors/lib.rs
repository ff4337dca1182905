//! Those without an account: the API of guests who pay a bill.

mod answer;
pub mod guest_pay;
