//! Tests of profiles: compiling, snapshots, and wrong resources by the table.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod agreement;
mod examples;
mod wrong;

use super::*;
use crate::Document;
use crate::registry::Registry;

#[test]
fn every_shipped_profile_compiles_and_its_expressions_parse() {
    let registry = Registry::shipped();
    let all = shipped::all();
    assert!(all.len() > 600);
    let mut odd = Vec::new();
    for (version, line) in all {
        let document = Document::parse(line).unwrap();
        let url = document.root().text_at("url").unwrap();
        let canonical = format!("{url}|{version}");
        match registry.try_profile(&canonical) {
            Some(Ok(profile)) => expressions(&profile.root, &canonical, &mut odd),
            other => odd.push(format!("{canonical}: {other:?}")),
        }
    }
    assert!(odd.is_empty(), "{}", odd.join("\n"));
}

fn expressions(node: &Node, of: &str, odd: &mut Vec<String>) {
    for constraint in &node.constraints {
        if let Err(fault) = crate::path::Expression::parse(&constraint.expression) {
            odd.push(format!("{of}: {}: {fault}", constraint.key));
        }
    }
    for inner in node.children.iter().chain(&node.slices) {
        expressions(inner, of, odd);
    }
}
