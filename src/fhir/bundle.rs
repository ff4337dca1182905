//! Bundles: what a batch or transaction asks for (R4 3.1.0.11).

use crate::{Document, Issue, ResourceType};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Batch,
    Transaction,
    Collection,
    Document,
    Message,
    Searchset,
    History,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

/// One entry, its resource still the client's own text.
#[derive(Debug, Clone)]
pub struct Entry {
    pub full_url: Option<String>,
    pub method: Option<Method>,
    pub url: String,
    pub if_match: Option<String>,
    pub if_none_exist: Option<String>,
    pub if_none_match: Option<String>,
    pub resource: Option<Document>,
}

#[derive(Debug, Clone)]
pub struct Bundle {
    pub kind: Kind,
    pub entries: Vec<Entry>,
}

/// Takes a Bundle apart. Errors name the entry (`Bundle.entry[3].request.url`).
pub fn parse(_document: &Document) -> Result<Bundle, Vec<Issue>> {
    todo!()
}

/// Rewrites every reference (and narrative link) whose text is a key of `targets` (`urn:uuid:…` or a
/// fullUrl) to its value (`Patient/123`), byte for byte otherwise.
pub fn rewrite(
    _resource: &Document,
    _targets: &std::collections::HashMap<String, String>,
) -> String {
    todo!()
}

/// The type a `POST Type` or `PUT Type/id` entry url names, with the id.
pub fn target(_url: &str) -> Option<(ResourceType, Option<String>)> {
    todo!()
}
