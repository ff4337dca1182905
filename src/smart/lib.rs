//! The vocabulary of SMART App Launch 2.2 and OAuth 2.0: scopes, PKCE, clients, requests, tokens.
//! Pure data.
pub mod assertion;
pub mod audit_root;
pub mod cds;
pub mod client;
pub mod discovery;
pub mod dpop;
pub mod error;
pub mod id_token;
pub mod jwk;
pub mod launch;
pub mod params;
pub mod pkce;
pub mod prompt;
pub mod provider;
pub mod receipt;
pub mod registration;
pub mod request;
pub mod scope;
pub mod shl;
pub mod token;
pub mod totp;
pub mod udap;
pub mod webauthn;

pub use error::{Error, ErrorCode};
