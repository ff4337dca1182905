//! The authorization server over the true router.

mod assertion;
mod authorize;
mod client_states;
mod discovery;
mod errors;
mod introspect;
mod launch;
mod library;
mod online;
mod refresh;
mod register;
mod revoke;
mod token;
