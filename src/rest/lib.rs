//! The FHIR API: one file per interaction (R4 3.1.0). HTTP in, HTTP out; no rule and no SQL
//! lives here.

mod across;
mod batch;
mod binary;
pub mod bulk;
mod call;
mod conditional;
mod contained;
mod create;
mod delete;
mod error;
mod history;
mod metadata;
mod operation;
mod parameter;
mod patch;
mod read;
mod search;
mod shipped;
mod target;
mod transaction;
mod update;

pub use across::{
    search_compartment, search_compartment_by_post, search_system, search_system_by_post,
};
pub use batch::bundle;
pub use call::{At, Call};
pub use create::create;
pub use delete::{delete, delete_matching};
pub use error::Error;
pub use history::{history, system_history, type_history};
pub use metadata::metadata;
pub use operation::operate;
pub use patch::{patch, patch_matching};
pub use read::{read, vread};
pub use search::{search, search_by_post};
pub use update::{update, update_matching};
