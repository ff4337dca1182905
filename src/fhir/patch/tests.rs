//! Tests of every kind of patch.
#![allow(clippy::unwrap_used)]

mod json;
mod path;
mod xml;

use super::*;
use crate::Document;

const BOUNDS: Bounds = Bounds {
    operations: 100,
    bytes: 100_000,
};

fn document(text: &str) -> Document {
    Document::parse(text).unwrap()
}
