//! Pages for people, rendered here, usable without script: home, family, connected apps, access
//! log, terms.

pub mod apps;
pub mod assets;
pub mod family;
pub mod home;
pub mod landing;
pub mod log;
pub mod security;
pub mod sign_ins;
pub mod sign_out;
pub mod terms;
