//! The pages for people, as a browser without script would use them.

mod apps;
mod browser;
mod consent;
mod second_factor;
mod security;
mod sign_in;
