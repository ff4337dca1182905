//! The integration tests: one binary over the true router, in process, on a fresh database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod commands;
mod ending;
mod family;
mod fuzz;
mod hooks;
mod links;
mod notices;
mod oauth;
mod pages;
mod rest;
mod server;
mod support;
mod tidy;
