//! A lossless JSON document: the client's own text, parsed once, never re-serialised.
//!
//! Numbers keep their digits, strings their escapes, objects their order. Duplicate keys, a depth
//! above [`DEPTH_MAX`] and anything RFC 8259 forbids are faults with a line and a column. So is
//! U+0000, raw or escaped: FHIR strings never hold it and PostgreSQL texts cannot.

mod edit;
mod parse;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use edit::{Edits, quote, stamp};

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

/// One value of the arena. Nodes lie in document order; `next` skips the value's own subtree.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Byte span of the value in the text; strings include their quotes.
    start: u32,
    end: u32,
    next: u32,
    /// Byte span of the member name between its quotes; 0 length and start for array items.
    key: u32,
    key_len: u32,
    kind: Kind,
    escaped: bool,
    key_escaped: bool,
}

/// A parsed document that owns its text. Elements are handles into it.
#[derive(Debug, Clone)]
pub struct Document {
    text: String,
    nodes: Vec<Node>,
}

/// Stands in for a node that cannot be missing, so that lookups need not panic.
const NOTHING: Node = Node {
    start: 0,
    end: 0,
    next: u32::MAX,
    key: 0,
    key_len: 0,
    kind: Kind::Null,
    escaped: false,
    key_escaped: false,
};

impl Document {
    /// Parses one JSON value and nothing after it.
    pub fn parse(text: impl Into<String>) -> Result<Self, Fault> {
        let text = text.into();
        let nodes = parse::nodes(&text)?;
        Ok(Self { text, nodes })
    }
    /// The text exactly as parsed.
    pub fn text(&self) -> &str {
        &self.text
    }
    pub fn into_text(self) -> String {
        self.text
    }
    pub fn root(&self) -> Element<'_> {
        Element {
            document: self,
            at: 0,
        }
    }
    fn node(&self, at: u32) -> &Node {
        self.nodes.get(at as usize).unwrap_or(&NOTHING)
    }
    fn slice(&self, start: u32, end: u32) -> &str {
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }
}

/// A handle to one value of a [`Document`]. Copying it is free.
#[derive(Clone, Copy)]
pub struct Element<'d> {
    document: &'d Document,
    at: u32,
}

impl std::fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.raw())
    }
}

impl PartialEq for Element<'_> {
    /// The same value of the same document, not one that looks alike.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.at == other.at
    }
}

impl<'d> Element<'d> {
    /// The root of the document this value lies in.
    pub fn root(self) -> Element<'d> {
        self.document.root()
    }
    fn node(self) -> &'d Node {
        self.document.node(self.at)
    }
    pub fn kind(self) -> Kind {
        self.node().kind
    }
    /// Byte range of this value in the document's text.
    pub fn span(self) -> std::ops::Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }
    /// Byte range of the whole member, name and colon included; of the value where it has no name.
    pub fn member_span(self) -> std::ops::Range<usize> {
        let node = self.node();
        match node.key {
            0 => self.span(),
            key => key as usize - 1..node.end as usize,
        }
    }
    /// The raw JSON text of this value.
    pub fn raw(self) -> &'d str {
        let node = self.node();
        self.document.slice(node.start, node.end)
    }
    /// The name this value has in its object; `None` for array items and the root.
    pub fn name(self) -> Option<Cow<'d, str>> {
        let node = self.node();
        (node.key != 0).then(|| self.key(node))
    }
    fn key(self, node: &'d Node) -> Cow<'d, str> {
        let raw = self.document.slice(node.key, node.key + node.key_len);
        if node.key_escaped {
            parse::unescape(raw)
        } else {
            Cow::Borrowed(raw)
        }
    }
    /// A member of an object by name; `None` when absent or not an object.
    pub fn get(self, name: &str) -> Option<Element<'d>> {
        self.children(Kind::Object).find(|child| {
            let node = child.node();
            if node.key_escaped {
                return child.key(node) == name;
            }
            node.key_len as usize == name.len()
                && self.document.slice(node.key, node.key + node.key_len) == name
        })
    }
    /// A member and its `_name` sibling, found in one pass; a null counts as absent.
    pub fn with_sibling(self, name: &str) -> (Option<Element<'d>>, Option<Element<'d>>) {
        let (mut value, mut sibling) = (None, None);
        for child in self.children(Kind::Object) {
            let node = child.node();
            let length = node.key_len as usize;
            if !node.key_escaped && length != name.len() && length != name.len() + 1 {
                continue;
            }
            let key = child.key(node);
            if key == name {
                value = Some(child);
            } else if key.strip_prefix('_') == Some(name) {
                sibling = Some(child);
            }
        }
        let there = |one: &Element<'d>| one.kind() != Kind::Null;
        (value.filter(there), sibling.filter(there))
    }
    /// Members of an object in document order, empty for other kinds.
    pub fn members(self) -> impl Iterator<Item = (Cow<'d, str>, Element<'d>)> {
        self.children(Kind::Object)
            .map(|child| (child.key(child.node()), child))
    }
    /// Items of an array, nulls included; for any other kind the element itself, once. Null is
    /// empty.
    pub fn items(self) -> impl Iterator<Item = Element<'d>> {
        let node = self.node();
        let itself = match node.kind {
            Kind::Array | Kind::Null => None,
            _ => Some(self),
        };
        itself.into_iter().chain(self.children(Kind::Array))
    }
    /// How many members or items there are directly inside.
    pub fn count(self) -> usize {
        self.children(self.kind()).count()
    }
    /// Direct children if this is of that kind.
    fn children(self, kind: Kind) -> Children<'d> {
        let node = self.node();
        let filled = node.kind == kind && matches!(kind, Kind::Array | Kind::Object);
        Children {
            document: self.document,
            at: self.at + 1,
            end: if filled { node.next } else { 0 },
        }
    }
    /// All elements at a dotted path (`"name.given"`), arrays flattened on the way, nulls left out.
    pub fn all(self, path: &str) -> Vec<Element<'d>> {
        let mut found = Vec::new();
        self.walk(path, &mut |element| {
            found.push(element);
            false
        });
        found
    }
    /// The first element at a dotted path.
    pub fn first(self, path: &str) -> Option<Element<'d>> {
        let mut found = None;
        self.walk(path, &mut |element| {
            found = Some(element);
            true
        });
        found
    }
    /// Calls `visit` with each element at the path until it says stop (true).
    fn walk(self, path: &str, visit: &mut dyn FnMut(Element<'d>) -> bool) -> bool {
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let Some(member) = self.get(name) else {
            return false;
        };
        member
            .items()
            .filter(|item| item.kind() != Kind::Null)
            .any(|item| match rest {
                Some(rest) => item.walk(rest, visit),
                None => visit(item),
            })
    }
    /// A string's value with escapes resolved.
    pub fn str(self) -> Option<Cow<'d, str>> {
        let node = self.node();
        if node.kind != Kind::String {
            return None;
        }
        let raw = self.document.slice(node.start + 1, node.end - 1);
        Some(if node.escaped {
            parse::unescape(raw)
        } else {
            Cow::Borrowed(raw)
        })
    }
    /// Whether this is the string `text`.
    pub fn is(self, text: &str) -> bool {
        self.str().is_some_and(|s| s == text)
    }
    /// The first string at a dotted path.
    pub fn text_at(self, path: &str) -> Option<Cow<'d, str>> {
        self.first(path)?.str()
    }
    pub fn bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }
    /// A number's own digits.
    pub fn number(self) -> Option<&'d str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }
    /// `resourceType` of an object.
    pub fn resource_type_name(self) -> Option<Cow<'d, str>> {
        self.get("resourceType")?.str()
    }
    /// The extension of that url directly on this element.
    pub fn extension(self, url: &str) -> Option<Element<'d>> {
        self.get("extension")?
            .items()
            .find(|extension| extension.get("url").is_some_and(|it| it.is(url)))
    }
    /// Every value below this one and itself, in document order.
    pub fn descendants(self) -> impl Iterator<Item = Element<'d>> {
        let document = self.document;
        (self.at..self.node().next.min(document.nodes.len() as u32))
            .map(move |at| Element { document, at })
    }
    /// This value as a document of its own, its text copied byte for byte.
    pub fn to_document(self) -> Document {
        let node = self.node();
        let nodes = self.document.nodes.get(self.at as usize..).unwrap_or(&[]);
        let size = (node.next.saturating_sub(self.at)) as usize;
        let nodes = nodes.iter().take(size).enumerate().map(|(i, n)| Node {
            start: n.start - node.start,
            end: n.end - node.start,
            next: n.next - self.at,
            key: if i == 0 || n.key == 0 {
                0
            } else {
                n.key - node.start
            },
            ..*n
        });
        Document {
            text: self.raw().to_owned(),
            nodes: nodes.collect(),
        }
    }
}

/// Siblings, hopped over by `next`.
struct Children<'d> {
    document: &'d Document,
    at: u32,
    end: u32,
}

impl<'d> Iterator for Children<'d> {
    type Item = Element<'d>;
    fn next(&mut self) -> Option<Element<'d>> {
        if self.at >= self.end {
            return None;
        }
        let element = Element {
            document: self.document,
            at: self.at,
        };
        self.at = element.node().next;
        Some(element)
    }
}
