//! Bundles: what a batch or transaction asks for (R4 3.1.0.11).

use std::collections::HashMap;

use crate::json::{Edits, quote};
use crate::{Document, Element, Issue, IssueCode, ResourceType, json, reference};

/// Bundle.type, responses excepted: nobody sends those.
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

impl Kind {
    fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "batch" => Self::Batch,
            "transaction" => Self::Transaction,
            "collection" => Self::Collection,
            "document" => Self::Document,
            "message" => Self::Message,
            "searchset" => Self::Searchset,
            "history" => Self::History,
            _ => return None,
        })
    }
}

/// Bundle.entry.request.method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }
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

/// A Bundle taken apart.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub kind: Kind,
    pub entries: Vec<Entry>,
}

/// Takes a Bundle apart. Errors name the entry (`Bundle.entry[3].request.url`).
///
/// Only the shape a batch needs is checked here; the resources are validated one by one when they
/// are written.
pub fn parse(document: &Document) -> Result<Bundle, Vec<Issue>> {
    let root = document.root();
    if root.resource_type_name().as_deref() != Some("Bundle") {
        let fault = Issue::error(IssueCode::Structure, "expected a Bundle");
        return Err(vec![fault.at("resourceType")]);
    }
    let Some(code) = root.get("type").and_then(Element::str) else {
        let fault = Issue::error(IssueCode::Required, "Bundle.type is missing");
        return Err(vec![fault.at("Bundle.type")]);
    };
    let Some(kind) = Kind::from_code(&code) else {
        let fault = Issue::error(IssueCode::Value, "Bundle.type is not one a server takes");
        return Err(vec![fault.at("Bundle.type")]);
    };
    if root
        .get("entry")
        .is_some_and(|e| e.kind() != json::Kind::Array)
    {
        let fault = Issue::error(IssueCode::Structure, "Bundle.entry must be an array");
        return Err(vec![fault.at("Bundle.entry")]);
    }
    let mut issues = Vec::new();
    let mut bundle = Bundle {
        kind,
        entries: Vec::new(),
    };
    for (at, item) in root.get("entry").iter().flat_map(|e| e.items()).enumerate() {
        let path = format!("Bundle.entry[{at}]");
        if let Some(read) = entry(item, kind, &path, &mut issues) {
            bundle.entries.push(read);
        }
    }
    if issues.is_empty() && matches!(kind, Kind::Batch | Kind::Transaction) {
        twice(&bundle, &mut issues);
    }
    if issues.is_empty() {
        Ok(bundle)
    } else {
        Err(issues)
    }
}

/// A fullUrl may stand once only, for references by it would have two meanings (bdl-7).
fn twice(bundle: &Bundle, issues: &mut Vec<Issue>) {
    let mut seen = std::collections::HashSet::new();
    for (at, entry) in bundle.entries.iter().enumerate() {
        if let Some(url) = &entry.full_url
            && !seen.insert(url.as_str())
        {
            let path = format!("Bundle.entry[{at}].fullUrl");
            let fault = Issue::error(IssueCode::Invariant, "bdl-7: fullUrl appears twice");
            issues.push(fault.at(path));
        }
    }
}

fn entry(item: Element<'_>, kind: Kind, path: &str, issues: &mut Vec<Issue>) -> Option<Entry> {
    if item.kind() != json::Kind::Object {
        issues.push(Issue::error(IssueCode::Structure, "an entry is an object").at(path));
        return None;
    }
    let text = |path: &str| item.text_at(path).map(|s| s.into_owned());
    let resource = item.get("resource");
    let mut fault = |code, what: &str, at: &str| {
        issues.push(Issue::error(code, what).at(format!("{path}.{at}")));
    };
    if resource.is_some_and(|r| r.kind() != json::Kind::Object) {
        fault(IssueCode::Structure, "a resource is an object", "resource");
        return None;
    }
    let asks = matches!(kind, Kind::Batch | Kind::Transaction);
    let mut method = None;
    if asks && item.get("request").is_none() {
        fault(IssueCode::Required, "the entry has no request", "request");
        return None;
    }
    if let Some(request) = item.get("request") {
        let code = request.get("method").and_then(Element::str);
        method = code.as_deref().and_then(Method::from_code);
        let at = "request.method";
        match (code, method) {
            (_, Some(_)) => {}
            (None, _) => fault(IssueCode::Required, "the request has no method", at),
            (Some(_), None) => fault(IssueCode::Value, "not an HTTP method of FHIR", at),
        }
        if text("request.url").is_none_or(|url| url.is_empty()) {
            fault(IssueCode::Required, "the request has no url", "request.url");
        }
        let carries = matches!(method, Some(Method::Post | Method::Put | Method::Patch));
        if asks && carries && resource.is_none() {
            fault(
                IssueCode::Required,
                "this method needs a resource",
                "resource",
            );
        }
    }
    Some(Entry {
        full_url: text("fullUrl"),
        method,
        url: text("request.url").unwrap_or_default(),
        if_match: text("request.ifMatch"),
        if_none_exist: text("request.ifNoneExist"),
        if_none_match: text("request.ifNoneMatch"),
        resource: resource.map(Element::to_document),
    })
}

/// Rewrites every reference (and narrative link) whose text is a key of `targets` (`urn:uuid:…` or
/// a fullUrl) to its value (`Patient/123`), byte for byte otherwise.
///
/// A key may also be the text of a conditional reference (`Patient?identifier=…`). Elements of type
/// url or uri that point to a key follow it too (R4 3.1.0.11.2); identifiers and strings do not.
pub fn rewrite(resource: &Document, targets: &HashMap<String, String>) -> String {
    let mut edits = Edits::default();
    if !targets.is_empty() {
        for text in reference::references(resource.root()) {
            replace(text, targets, &mut edits);
        }
        for element in resource.root().descendants() {
            match element.name().as_deref() {
                Some("url" | "uri" | "valueUrl" | "valueUri") => {
                    replace(element, targets, &mut edits);
                }
                Some("div") => links(element, targets, &mut edits),
                _ => {}
            }
        }
    }
    edits.apply(resource.text())
}

fn replace(element: Element<'_>, targets: &HashMap<String, String>, edits: &mut Edits) {
    if let Some(target) = element.str().and_then(|text| targets.get(text.as_ref())) {
        edits.replace(element.span(), quote(target));
    }
}

/// Follows `href` and `src` attributes of a narrative, in the raw text of its JSON string.
fn links(div: Element<'_>, targets: &HashMap<String, String>, edits: &mut Edits) {
    if div.kind() != json::Kind::String {
        return;
    }
    let raw = div.raw();
    for attribute in ["href=", "src="] {
        for (at, _) in raw.match_indices(attribute) {
            let from = at + attribute.len();
            let rest = raw.get(from..).unwrap_or_default();
            let Some(quoted) = rest
                .strip_prefix("\\\"")
                .or_else(|| rest.strip_prefix('\''))
            else {
                continue;
            };
            let opening = rest.len() - quoted.len();
            let Some(length) = quoted.find(['"', '\'', '\\', '<', '>']) else {
                continue;
            };
            let Some(target) = quoted.get(..length).and_then(|link| targets.get(link)) else {
                continue;
            };
            let start = div.span().start + from + opening;
            let literal = quote(target);
            let inner = literal.get(1..literal.len() - 1).unwrap_or_default();
            edits.replace(start..start + length, inner.to_owned());
        }
    }
}

/// The type a `POST Type` or `PUT Type/id` entry url names, with the id. A query is left aside.
pub fn target(url: &str) -> Option<(ResourceType, Option<String>)> {
    let url = url.split_once('?').map_or(url, |(path, _)| path);
    let url = url.strip_prefix('/').unwrap_or(url);
    match url.split_once('/') {
        None | Some((_, "")) => {
            let name = url.strip_suffix('/').unwrap_or(url);
            Some((ResourceType::from_name(name)?, None))
        }
        Some((name, id)) => {
            let resource_type = ResourceType::from_name(name)?;
            reference::is_id(id).then(|| (resource_type, Some(id.to_owned())))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let issues = parse(&Document::parse(text).unwrap())
            .map(|_| ())
            .unwrap_err();
        issues
            .into_iter()
            .filter_map(|issue| issue.expression)
            .collect()
    }

    #[test]
    fn a_transaction_is_taken_apart_byte_for_byte() {
        let text = r#"{"resourceType":"Bundle","type":"transaction","entry":[
            {"fullUrl":"urn:uuid:a","resource":{"resourceType":"Patient", "x":1.00},
             "request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=1"}},
            {"request":{"method":"DELETE","url":"Patient/9","ifMatch":"W/\"2\""}}]}"#;
        let bundle = parse(&Document::parse(text).unwrap()).unwrap();
        assert_eq!(bundle.kind, Kind::Transaction);
        let [first, second] = &bundle.entries[..] else {
            unreachable!()
        };
        assert_eq!(first.method, Some(Method::Post));
        assert_eq!(first.full_url.as_deref(), Some("urn:uuid:a"));
        assert_eq!(first.if_none_exist.as_deref(), Some("identifier=1"));
        let body = first.resource.as_ref().unwrap();
        assert_eq!(body.text(), r#"{"resourceType":"Patient", "x":1.00}"#);
        assert_eq!(body.root().get("x").unwrap().number(), Some("1.00"));
        assert_eq!(second.if_match.as_deref(), Some("W/\"2\""));
        assert!(second.resource.is_none());
    }

    #[test]
    fn faults_name_their_entry() {
        let text = r#"{"resourceType":"Bundle","type":"batch","entry":[
            {"request":{"method":"GET","url":"Patient"}}, 5, {"resource":{}},
            {"request":{"method":"FETCH","url":"Patient"}}, {"request":{"method":"PUT"}}]}"#;
        assert_eq!(
            faults(text),
            [
                "Bundle.entry[1]",
                "Bundle.entry[2].request",
                "Bundle.entry[3].request.method",
                "Bundle.entry[4].request.url",
                "Bundle.entry[4].resource"
            ]
        );
        let text = r#"{"resourceType":"Bundle","type":"batch","entry":[
            {"fullUrl":"urn:uuid:a","request":{"method":"GET","url":"x"}},
            {"fullUrl":"urn:uuid:a","request":{"method":"GET","url":"x"}}]}"#;
        assert_eq!(faults(text), ["Bundle.entry[1].fullUrl"]);
        assert_eq!(faults(r#"{"resourceType":"Bundle"}"#), ["Bundle.type"]);
        assert_eq!(
            faults(r#"{"resourceType":"Bundle","type":"x"}"#),
            ["Bundle.type"]
        );
        assert_eq!(faults(r#"{"resourceType":"Patient"}"#), ["resourceType"]);
    }

    #[test]
    fn references_and_links_follow_and_nothing_else_changes() {
        let targets = HashMap::from([
            ("urn:uuid:a".to_owned(), "Patient/1".to_owned()),
            (
                "http://x/Practitioner/2".to_owned(),
                "Practitioner/9".to_owned(),
            ),
        ]);
        let text = r#"{ "resourceType":"Observation",
            "text":{"div":"<div><a href=\"urn:uuid:a\">urn:uuid:a</a><img src='urn:uuid:b'/></div>"},
            "identifier":[{"value":"urn:uuid:a"}], "code":{"text":"urn:uuid:a"},
            "contained":[{"subject":{"reference":"urn:uuid:a"}}],
            "performer":[{"reference":"http://x/Practitioner/2" , "display":"é"}],
            "subject":{"reference":"urn:uuid:\u0061"}, "value":1.0 }"#;
        let expected = text
            .replace(r#"href=\"urn:uuid:a\""#, r#"href=\"Patient/1\""#)
            .replace(r#""reference":"urn:uuid:a""#, r#""reference":"Patient/1""#)
            .replace(
                r#""reference":"urn:uuid:\u0061""#,
                r#""reference":"Patient/1""#,
            )
            .replace("http://x/Practitioner/2", "Practitioner/9");
        let document = Document::parse(text).unwrap();
        assert_eq!(rewrite(&document, &targets), expected);
        assert_eq!(rewrite(&document, &HashMap::new()), text);
    }

    #[test]
    fn entry_urls_name_type_and_id() {
        let found = |url| target(url).map(|(t, id)| (t.name(), id));
        assert_eq!(found("Patient"), Some(("Patient", None)));
        assert_eq!(found("/Patient/1"), Some(("Patient", Some("1".into()))));
        assert_eq!(found("Patient?a=b/c"), Some(("Patient", None)));
        assert_eq!(found("Patient/"), Some(("Patient", None)));
        for url in [
            "",
            "Nope",
            "Patient/a_b",
            "Patient/1/_history",
            "Patient/$x",
        ] {
            assert_eq!(found(url), None, "{url}");
        }
    }
}
