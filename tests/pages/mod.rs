//! The pages for people, as a browser without script would use them.

mod access_log;
mod apps;
pub mod browser;
mod consent;
mod deciding;
mod developer;
mod family;
mod guest_pay;
mod help;
mod keeping_back;
mod launch;
mod openid;
pub mod opening;
mod opening_proxy;
mod opening_request;
mod opening_traces;
mod outside_sign_in;
mod privacy;
mod provider;
mod recovery;
mod second_factor;
mod security;
mod sign_in;
mod terms;
