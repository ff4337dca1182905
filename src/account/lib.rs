//! Pages for people, rendered here, usable without script: home, family, connected apps, access
//! log, privacy, terms, opening an account and finding the way back in.

pub mod apps;
pub mod assets;
mod charts;
pub mod close;
pub mod email;
pub mod family;
pub mod guest_pay;
pub mod help;
pub mod home;
pub mod landing;
pub mod links;
pub mod log;
pub mod notices;
pub mod preview;
pub mod privacy;
pub mod record_copy;
pub mod recover;
mod secrets;
pub mod secure;
pub mod security;
pub mod sign_ins;
pub mod sign_out;
pub mod sign_up;
pub mod terms;
pub mod view_as;
pub mod welcome;
