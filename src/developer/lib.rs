//! Pages for those who make apps, and for those who decide about apps: registration, keys, refused
//! requests, documentation, review; and the brands bundle by which apps find this place.

pub mod app;
pub mod apps;
pub mod assets;
pub mod brands;
pub mod docs;
pub mod form;
pub mod join;
pub mod review;
pub mod stopping;
mod words;
