//! The vocabulary of SMART App Launch 2.2 and OAuth 2.0: scopes, PKCE, clients, requests, tokens. Pure data.
pub mod scope;
