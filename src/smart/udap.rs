//! UDAP Security for Scalable Registration, Authentication and Authorization (FAST 2.0, and 1.0 where they
//! differ): organizations that never met trust each other by the certificates of a community.

pub mod b2b;
mod certificate;
pub mod client;
mod community;
mod der;
mod identity;
mod jws;
mod metadata;
mod statement;

#[cfg(test)]
pub(crate) mod testing;

pub use b2b::B2b;
pub use certificate::{CERTIFICATES_MAX, Chain};
pub use community::{Community, Membership};
pub use identity::Identity;
pub use metadata::metadata;
pub use statement::{Asks, Fault, Statement};

/// Algorithms a JWT may be signed with, here and by those who write to us.
pub const ALGORITHMS: &[&str] = &["RS256", "ES256", "RS384", "ES384"];

/// Clock skew allowed, seconds.
const SKEW_SECONDS: i64 = 60;
/// From `iat` to `exp` of what a client signs, seconds at most.
const LIFETIME_SECONDS_MAX: i64 = 300;
