//! The constraints of the base standard as a table: key, severity and expression by element.
//!
//! `invariants.txt`: a line `= Path` opens an element (its first name is the type's own), a line
//! below it is one constraint: key, `error` or `warning`, expression.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Document, Element};

/// What every element, extension or resource inherits: kept where it is defined alone.
const INHERITED: [(&str, &str); 3] = [
    ("ele-", "Element"),
    ("ext-", "Extension"),
    ("dom-", "DomainResource"),
];

/// Constraint lines by path, each once.
#[derive(Debug, Default)]
pub(super) struct Invariants {
    by_path: BTreeMap<String, BTreeSet<String>>,
}

impl Invariants {
    /// Adds the constraints of a type's snapshot.
    pub(super) fn add(&mut self, name: &str, document: &Document) {
        for element in document.root().all("snapshot.element") {
            let path = super::renamed(element, name);
            for constraint in element.all("constraint") {
                if let Some(line) = line(constraint, &path) {
                    self.by_path.entry(path.clone()).or_default().insert(line);
                }
            }
        }
    }

    pub(super) fn write(&self) -> String {
        let mut out = String::new();
        for (path, lines) in &self.by_path {
            out.push_str(&format!("= {path}\n"));
            for line in lines {
                out.push_str(line);
                out.push('\n');
            }
        }
        out
    }
}

fn line(constraint: Element<'_>, path: &str) -> Option<String> {
    let key = constraint.text_at("key")?;
    let inherited = INHERITED.iter().find(|(start, _)| key.starts_with(start));
    if inherited.is_some_and(|(_, owner)| *owner != path) {
        return None;
    }
    let severity = constraint.text_at("severity")?;
    let expression = constraint.text_at("expression")?;
    let words: Vec<&str> = expression.split_whitespace().collect();
    Some(format!("{key} {severity} {}", words.join(" ")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_constraint_stands_where_it_is_defined() {
        let text = r#"{"snapshot":{"element":[
            {"path":"Quantity","constraint":[
                {"key":"ele-1","severity":"error","expression":"hasValue()"},
                {"key":"qty-3","severity":"error","expression":"code.empty()  or\n system.exists()"},
                {"key":"old-1","severity":"error"}]},
            {"path":"Quantity.value","constraint":[{"key":"val-1","severity":"warning","expression":"$this > 0"}]}]}}"#;
        let mut found = Invariants::default();
        found.add("Age", &Document::parse(text).unwrap());
        assert_eq!(
            found.write(),
            "= Age\nqty-3 error code.empty() or system.exists()\n= Age.value\nval-1 warning $this > 0\n"
        );
    }
}
