//! What patients and practices do together: a file of verbs each, over storage, knowing no HTTP.

pub mod access_log;
pub mod apps;
pub mod audit_roots;
pub mod break_glass;
pub mod community;
pub mod guest_pay;
pub mod holds;
pub mod notices;
pub mod opening;
pub mod outside_sign_ins;
pub mod own_apps;
pub mod passwords;
pub mod privacy;
pub mod privacy_reviews;
pub mod proxies;
pub mod recovery;
pub mod registration;
pub mod second_factor;
pub mod sessions;
pub mod simulation;
pub mod terms;
pub mod trail;
pub mod transitions;
pub mod view_as;
pub mod work;
pub mod visitors;
