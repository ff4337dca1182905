//! A lossless JSON document: the client's own text, parsed once, never re-serialised.
//!
//! Numbers keep their digits, strings their escapes, objects their order. Duplicate keys, a depth
//! above [`DEPTH_MAX`] and anything RFC 8259 forbids are faults with a line and a column.

use std::borrow::Cow;

/// Deepest nesting accepted, in levels.
pub const DEPTH_MAX: usize = 64;

/// Where and why a text is not the JSON that FHIR allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line}, column {column}")]
pub struct Fault {
    pub line: u32,
    pub column: u32,
    pub message: String,
}

/// What an [`Element`] is in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// A parsed document that owns its text. Elements are handles into it.
#[derive(Debug, Clone)]
pub struct Document {
    text: Box<str>,
}

impl Document {
    /// Parses one JSON value and nothing after it.
    pub fn parse(text: impl Into<String>) -> Result<Self, Fault> {
        let _ = text.into();
        todo!()
    }
    /// The text exactly as parsed.
    pub fn text(&self) -> &str {
        &self.text
    }
    pub fn into_text(self) -> String {
        self.text.into_string()
    }
    pub fn root(&self) -> Element<'_> {
        todo!()
    }
}

/// A handle to one value of a [`Document`]. Copying it is free.
#[derive(Debug, Clone, Copy)]
pub struct Element<'d> {
    document: &'d Document,
    at: u32,
}

impl<'d> Element<'d> {
    pub fn kind(self) -> Kind {
        let _ = (self.document, self.at);
        todo!()
    }
    /// Byte range of this value in the document's text.
    pub fn span(self) -> std::ops::Range<usize> {
        todo!()
    }
    /// The raw JSON text of this value.
    pub fn raw(self) -> &'d str {
        todo!()
    }
    /// A member of an object by name; `None` when absent or not an object.
    pub fn get(self, _name: &str) -> Option<Element<'d>> {
        todo!()
    }
    /// Members of an object in document order, empty for other kinds.
    pub fn members(self) -> impl Iterator<Item = (Cow<'d, str>, Element<'d>)> {
        std::iter::empty()
    }
    /// Items of an array; for any other kind the element itself, once. Null is empty.
    pub fn items(self) -> impl Iterator<Item = Element<'d>> {
        std::iter::empty()
    }
    /// All elements at a dotted path (`"name.given"`), arrays flattened on the way.
    pub fn all(self, _path: &str) -> Vec<Element<'d>> {
        todo!()
    }
    /// The first element at a dotted path.
    pub fn first(self, path: &str) -> Option<Element<'d>> {
        self.all(path).into_iter().next()
    }
    /// A string's value with escapes resolved.
    pub fn str(self) -> Option<Cow<'d, str>> {
        todo!()
    }
    /// The first string at a dotted path.
    pub fn text_at(self, path: &str) -> Option<Cow<'d, str>> {
        self.first(path)?.str()
    }
    pub fn bool(self) -> Option<bool> {
        todo!()
    }
    /// A number's own digits.
    pub fn number(self) -> Option<&'d str> {
        todo!()
    }
    /// `resourceType` of an object.
    pub fn resource_type_name(self) -> Option<Cow<'d, str>> {
        self.get("resourceType")?.str()
    }
    /// The extension of that url directly on this element.
    pub fn extension(self, _url: &str) -> Option<Element<'d>> {
        todo!()
    }
}

/// Replacements by byte span, applied to a text in one pass. Spans must not overlap.
#[derive(Debug, Default, Clone)]
pub struct Edits {
    edits: Vec<(std::ops::Range<usize>, String)>,
}

impl Edits {
    pub fn replace(&mut self, span: std::ops::Range<usize>, with: String) {
        self.edits.push((span, with));
    }
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }
    pub fn apply(self, _text: &str) -> String {
        todo!()
    }
}

/// Sets `id`, `meta.versionId` and `meta.lastUpdated` in a resource's text, leaving every other byte.
/// `id` and `meta` follow `resourceType` where they were missing.
pub fn stamp(_document: &Document, _id: &str, _version: i64, _updated: jiff::Timestamp) -> String {
    todo!()
}

/// Writes a string as a JSON string literal.
pub fn quote(_text: &str) -> String {
    todo!()
}
