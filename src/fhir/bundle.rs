//! Bundles: what a batch or transaction asks for (R4 3.1.0.11).

mod rewrite;

use crate::{Document, Element, Issue, IssueCode, ResourceType, json, reference};

pub use rewrite::rewrite;

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
    /// An instant.
    pub if_modified_since: Option<String>,
    pub resource: Option<Document>,
    /// What is wrong with the entry itself; only entries of a batch are kept with any.
    pub faults: Vec<Issue>,
}

impl Entry {
    /// Whether it posts what is looked for, or what an operation is to do: such a POST may come
    /// without a resource.
    fn asks(&self) -> bool {
        let path = self.url.split('?').next().unwrap_or_default();
        let last = path.trim_end_matches('/').rsplit('/').next();
        last.is_some_and(|last| last == "_search" || last.starts_with('$'))
    }
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
    let mut bundle = Bundle {
        kind,
        entries: Vec::new(),
    };
    for (at, item) in root.get("entry").iter().flat_map(|e| e.items()).enumerate() {
        let path = format!("Bundle.entry[{at}]");
        bundle.entries.push(entry(item, kind, &path));
    }
    if matches!(kind, Kind::Batch | Kind::Transaction) {
        twice(&mut bundle);
    }
    // The entries of a batch do not harm each other.
    if kind != Kind::Batch {
        let faults = bundle
            .entries
            .iter_mut()
            .flat_map(|entry| entry.faults.drain(..));
        let faults: Vec<Issue> = faults.collect();
        if !faults.is_empty() {
            return Err(faults);
        }
    }
    Ok(bundle)
}

/// A fullUrl may stand once only, for references by it would have two meanings (bdl-7).
fn twice(bundle: &mut Bundle) {
    let mut seen = std::collections::HashSet::new();
    for (at, entry) in bundle.entries.iter_mut().enumerate() {
        if let Some(url) = &entry.full_url
            && !seen.insert(url.clone())
        {
            let path = format!("Bundle.entry[{at}].fullUrl");
            let fault = Issue::error(IssueCode::Invariant, "bdl-7: fullUrl appears twice");
            entry.faults.push(fault.at(path));
        }
    }
}

fn entry(item: Element<'_>, kind: Kind, path: &str) -> Entry {
    let text = |path: &str| item.text_at(path).map(|s| s.into_owned());
    let resource = item.get("resource");
    let whole = resource.filter(|resource| resource.kind() == json::Kind::Object);
    let code = text("request.method");
    let mut entry = Entry {
        full_url: text("fullUrl"),
        method: code.as_deref().and_then(Method::from_code),
        url: text("request.url").unwrap_or_default(),
        if_match: text("request.ifMatch"),
        if_none_exist: text("request.ifNoneExist"),
        if_none_match: text("request.ifNoneMatch"),
        if_modified_since: text("request.ifModifiedSince"),
        resource: whole.map(Element::to_document),
        faults: Vec::new(),
    };
    let mut faults = Vec::new();
    let mut fault = |code, what: &str, at: &str| {
        faults.push(Issue::error(code, what).at(format!("{path}{at}")));
    };
    let asks = matches!(kind, Kind::Batch | Kind::Transaction);
    if item.kind() != json::Kind::Object {
        fault(IssueCode::Structure, "an entry is an object", "");
    } else if resource.is_some() && whole.is_none() {
        fault(IssueCode::Structure, "a resource is an object", ".resource");
    } else if item.get("request").is_none() {
        if asks {
            fault(IssueCode::Required, "the entry has no request", ".request");
        }
    } else {
        let at = ".request.method";
        match (&code, entry.method) {
            (_, Some(_)) => {}
            (None, _) => fault(IssueCode::Required, "the request has no method", at),
            (Some(_), None) => fault(IssueCode::Value, "not an HTTP method of FHIR", at),
        }
        if entry.url.is_empty() {
            let what = "the request has no url";
            fault(IssueCode::Required, what, ".request.url");
        }
        let carries = match entry.method {
            Some(Method::Post) => !entry.asks(),
            Some(Method::Put | Method::Patch) => true,
            _ => false,
        };
        if asks && carries && resource.is_none() {
            let what = "this method needs a resource";
            fault(IssueCode::Required, what, ".resource");
        }
    }
    entry.faults = faults;
    entry
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
        let text = r#"{"resourceType":"Bundle","type":"transaction","entry":[
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
        let text = r#"{"resourceType":"Bundle","type":"transaction","entry":[
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
    fn a_bad_entry_of_a_batch_harms_no_other() {
        let text = r#"{"resourceType":"Bundle","type":"batch","entry":[5,
            {"request":{"method":"GET","url":"Patient"}},
            {"request":{"method":"POST","url":"Patient/_search?name=a"}},
            {"request":{"method":"POST","url":"Patient"}}]}"#;
        let bundle = parse(&Document::parse(text).unwrap()).unwrap();
        let faults: Vec<usize> = bundle.entries.iter().map(|e| e.faults.len()).collect();
        assert_eq!(faults, [1, 0, 0, 1]);
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
