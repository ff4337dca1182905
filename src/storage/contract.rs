//! The storage contract, on SQLite and, when `TEST_DATABASE_URL` names a server, on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod activation;
mod chain;
mod clients;
mod conditions;
mod definitions;
mod exporting;
mod factors;
mod family;
mod history;
mod labelling;
mod nodes;
mod opening;
mod reading;
mod refusals;
mod reindexing;
mod sealing;
mod search;
mod secrets;
mod support;
mod tokens;
mod trail;
mod waiting;
mod words;
mod writing;
