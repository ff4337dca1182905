//! The authorization server over the true router.

mod assertion;
mod authorize;
mod brands;
mod charts;
mod client_states;
pub mod community;
mod discovery;
mod dpop;
mod emergencies;
mod errors;
mod introspect;
mod key_sets;
mod launch;
mod library;
mod online;
mod par;
mod refresh;
mod register;
mod revoke;
mod token;
mod udap;
