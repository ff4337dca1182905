//! tests

mod tidy;
