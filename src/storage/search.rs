//! Compiled searches: one file per value type, all starting from the visible set.
//!
//! A search is one statement: a driver that finds candidate rows by an index, the visible set as a
//! condition on them, one probe by row for each further filter, keyset paging, and the bodies.

mod chain;
mod compile;
mod composite;
mod condition;
mod contained;
mod cursor;
mod date;
mod driver;
pub(crate) mod filter;
pub(crate) mod include;
pub(crate) mod kin;
mod level;
mod quantity;
mod reference;
mod sort;
mod string;
mod text;
mod token;
mod uri;
mod versions;
pub(crate) mod walk;
mod within;

pub(crate) use compile::{Request, count, extent, page};
pub(crate) use condition::Scope;
pub(crate) use contained::{holder_types, inside};
pub(crate) use cursor::{Cursor, shape};
pub(crate) use driver::implied_owner;
pub(crate) use level::Level;
pub(crate) use sort::{SortKey, keys, read_keys, words};
pub(crate) use text::scores;
pub(crate) use versions::{Spot, Versions};
