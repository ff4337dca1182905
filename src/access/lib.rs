//! The door: what a caller may do, decided once, by one pure function over facts.
//!
//! No I/O, no clock: `now` and all facts are handed in. Unknown scope, policy, label or type means
//! deny.

pub mod actor;
pub mod calendar;
pub mod citation;
pub mod class;
pub mod consent;
pub mod constraint;
pub mod decide;
pub mod explain;
pub mod facts;
pub mod guest;
pub mod inherit;
pub mod labels;
pub mod links;
pub mod marks;
pub mod messages;
pub mod news;
pub mod offer;
pub mod opening;
pub mod owner;
pub mod pack;
pub mod preview;
pub mod rows;
pub mod sensitivity;
pub mod shape;
pub mod sharing;
pub mod standing;
pub mod terms;
pub mod time;
pub mod triage;
pub mod vectors;
pub mod vocabulary;
pub mod waiting;
pub mod words;

mod grant;
#[cfg(test)]
mod properties;

pub use actor::{Actor, Client, Relationship};
pub use constraint::{Content, enforces};
pub use decide::narrowest_purpose;
pub use decide::{Decision, Effect, Obligation, Obligations, Reason, Redaction};
pub use facts::{ConsentFact, Facet, PatientFacts, ResourceFacts};
pub use grant::{Access, Denial, Task};
pub use pack::Pack;
pub use rows::{Clause, Owner, Rows};
pub use smart::scope::Action;
pub use standing::Standing;
