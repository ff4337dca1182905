//! Changes to a document's text by byte span, so that every other byte stays the client's own.

use std::ops::Range;

use super::{Document, Kind};

/// Replacements by byte span, applied to a text in one pass. Spans must not overlap.
#[derive(Debug, Default, Clone)]
pub struct Edits {
    edits: Vec<(Range<usize>, String)>,
}

impl Edits {
    /// Replaces a span of bytes; an empty span inserts, several inserts at one place in order.
    pub fn replace(&mut self, span: Range<usize>, with: String) {
        self.edits.push((span, with));
    }
    pub fn insert(&mut self, at: usize, text: String) {
        self.replace(at..at, text);
    }
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }
    /// The text with every edit done. A span that overlaps an earlier one or leaves the text is
    /// skipped.
    pub fn apply(mut self, text: &str) -> String {
        self.edits.sort_by_key(|(span, _)| span.start);
        let grown: usize = self.edits.iter().map(|(_, with)| with.len()).sum();
        let mut out = String::with_capacity(text.len() + grown);
        let mut done = 0;
        for (span, with) in &self.edits {
            let Some(before) = text.get(done..span.start) else {
                continue;
            };
            if text.get(span.start..span.end).is_none() {
                continue;
            }
            out.push_str(before);
            out.push_str(with);
            done = span.end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        out
    }
}

/// Sets `id`, `meta.versionId` and `meta.lastUpdated` in a resource's text, leaving every other
/// byte. `id` and `meta` follow `resourceType` where they were missing.
pub fn stamp(document: &Document, id: &str, version: i64, updated: jiff::Timestamp) -> String {
    let root = document.root();
    if root.kind() != Kind::Object {
        return document.text().to_owned();
    }
    let mut edits = Edits::default();
    let version = format!("\"{version}\"");
    let updated = format!("\"{}\"", crate::datetime::instant(updated));
    let mut missing = String::new();
    match root.get("id") {
        Some(old) => edits.replace(old.span(), quote(id)),
        None => missing.push_str(&format!("\"id\":{}", quote(id))),
    }
    match root.get("meta") {
        Some(meta) if meta.kind() == Kind::Object => {
            let mut lacking = Vec::new();
            for (name, value) in [("versionId", version), ("lastUpdated", updated)] {
                match meta.get(name) {
                    Some(old) => edits.replace(old.span(), value),
                    None => lacking.push(format!("\"{name}\":{value}")),
                }
            }
            if !lacking.is_empty() {
                let mut text = lacking.join(",");
                if meta.count() > 0 {
                    text.push(',');
                }
                edits.insert(meta.span().start + 1, text);
            }
        }
        other => {
            let meta = format!("{{\"versionId\":{version},\"lastUpdated\":{updated}}}");
            match other {
                Some(old) => edits.replace(old.span(), meta),
                None => {
                    if !missing.is_empty() {
                        missing.push(',');
                    }
                    missing.push_str(&format!("\"meta\":{meta}"));
                }
            }
        }
    }
    if !missing.is_empty() {
        match root.get("resourceType") {
            Some(named) => edits.insert(named.span().end, format!(",{missing}")),
            None => {
                let comma = if root.count() > 0 { "," } else { "" };
                edits.insert(root.span().start + 1, format!("{missing}{comma}"));
            }
        }
    }
    edits.apply(document.text())
}

/// Writes a string as a JSON string literal.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
