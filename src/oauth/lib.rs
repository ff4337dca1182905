//! The SMART App Launch authorization server: HTTP in, HTTP out.

pub mod authorize;
pub mod choose_account;
pub mod client_auth;
pub mod client_form;
pub mod consent;
pub mod discovery;
mod encounter;
pub mod error;
mod id_token;
pub mod introspect;
pub mod issue;
pub mod logout;
mod opened;
pub mod outside_sign_in;
pub mod par;
mod patient_search;
pub mod prove;
pub mod register;
pub mod revoke;
pub mod sign_in;
mod silent;
pub mod style;
pub mod token;
pub mod udap;
pub mod userinfo;

pub use discovery::{jwks, openid_configuration, smart_configuration};
pub use web::keys;
