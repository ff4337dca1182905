//! The SMART App Launch authorization server: HTTP in, HTTP out.

pub mod authorize;
pub mod client_auth;
pub mod consent;
pub mod discovery;
mod encounter;
pub mod error;
pub mod introspect;
pub mod issue;
pub mod keys;
pub mod prove;
pub mod register;
pub mod revoke;
pub mod sign_in;
pub mod style;
pub mod token;

pub use discovery::{jwks, openid_configuration, smart_configuration};
