//! Kinchart, put together: the command line, the server and its one table of routes. No rule,
//! no SQL, no HTML of its own.

pub mod commands;
pub mod demo_doors;
pub mod encryption;
pub mod fallbacks;
pub mod jobs;
pub mod mailer;
pub mod policy;
pub mod probes;
pub mod routes;
pub mod server;
pub mod static_apps;
