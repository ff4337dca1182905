//! Tests of profiles: compiling, snapshots, and wrong resources by the table.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod agreement;
mod examples;

use super::*;
use crate::Document;
use crate::registry::Registry;
