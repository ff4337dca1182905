//! Where and why a collection of packs cannot be used: line, column, JSON pointer.

use fhir::{Document, Element};
use std::fmt;

/// One fault of a collection. Lines and columns count from 1; a fault of the whole text is at 1, 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackFault {
    pub line: usize,
    pub column: usize,
    /// JSON pointer (RFC 6901) to what is wrong.
    pub pointer: String,
    pub what: String,
}

impl fmt::Display for PackFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if !self.pointer.is_empty() {
            write!(f, ", at {}", self.pointer)?;
        }
        write!(f, ": {}", self.what)
    }
}

/// All that is wrong with a collection of packs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackError {
    pub faults: Vec<PackFault>,
}

impl std::error::Error for PackError {}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "policy pack")?;
        for (index, fault) in self.faults.iter().enumerate() {
            write!(f, "{} {fault}", if index == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl From<PackFault> for PackError {
    fn from(fault: PackFault) -> Self {
        Self {
            faults: vec![fault],
        }
    }
}

/// The fault of what a pointer leads to, or of the nearest thing around it that is there.
pub(super) fn fault(document: &Document, pointer: &str, what: impl fmt::Display) -> PackFault {
    let mut at = document.root();
    for step in pointer.split('/').skip(1) {
        match inner(at, &step.replace("~1", "/").replace("~0", "~")) {
            Some(next) => at = next,
            None => break,
        }
    }
    let before = document.text().get(..at.span().start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    PackFault {
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        pointer: pointer.to_owned(),
        what: what.to_string(),
    }
}

fn inner<'d>(element: Element<'d>, step: &str) -> Option<Element<'d>> {
    match step.parse() {
        Ok(index) => element.items().nth(index).or_else(|| element.get(step)),
        Err(_) => element.get(step),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_pointer_is_a_line_and_a_column() {
        let document = Document::parse("{\n  \"a\": [1,\n    {\"b/c\": true}]\n}").unwrap();
        let at = |pointer| {
            let fault = fault(&document, pointer, "wrong");
            (fault.line, fault.column)
        };
        assert_eq!(at(""), (1, 1));
        assert_eq!(at("/a"), (2, 8));
        assert_eq!(at("/a/1"), (3, 5));
        assert_eq!(at("/a/1/b~1c"), (3, 13));
        assert_eq!(at("/a/1/missing"), (3, 5));
    }
}
