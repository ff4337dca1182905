//! Conformance resources that ship with the server: read and found by their canonical address like
//! stored ones. They hold nothing clinical.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fhir::{
    ResourceType,
    capability::search_type,
    json::{Edits, quote},
    operation,
    profile::published,
    registry::{Registry, Resource},
    search::{self, Param, Query},
};
use http::StatusCode;
use serde_json::json;
use web::{Answer, urls};

use crate::{call::Call, operation::CHANGED};

/// Parameters that shape the answer and find nothing.
const SHAPES: &[&str] = &[
    "_format",
    "_pretty",
    "_count",
    "_sort",
    "_total",
    "_summary",
    "_elements",
];

/// Full address and JSON.
pub(crate) type Shipped = (String, String);

/// The search parameters of the standard by their address, each with all types it is for.
static PARAMETERS: LazyLock<BTreeMap<&str, Vec<&Param>>> = LazyLock::new(|| {
    let mut all: BTreeMap<&str, Vec<&Param>> = BTreeMap::new();
    for param in ResourceType::all().flat_map(search::params) {
        all.entry(param.url).or_default().push(param);
    }
    all.remove("");
    all
});

/// What ships under an id, where nothing is stored under it.
pub(crate) fn read(resource_type: ResourceType, id: &str) -> Option<Answer> {
    let text = match resource_type {
        ResourceType::SEARCH_PARAMETER => {
            let mut all = PARAMETERS.values();
            parameter(all.find(|params| parameter_id(params) == id)?)?
        }
        ResourceType::STRUCTURE_DEFINITION => published::by_id(id)?.text,
        _ => content(Registry::shipped_by_id(resource_type, id)?)?,
    };
    Some(Answer::text(StatusCode::OK, text))
}

/// What ships and is found by a search for a canonical address (`url`), perhaps with `version`,
/// `status` or `_id`; nothing where more is asked, and on the first page only.
pub(crate) fn found(call: &Call, query: &Query, pairs: &[(String, String)]) -> Vec<Shipped> {
    let asked = |(name, _): &&(String, String)| !SHAPES.contains(&name.as_str());
    let asked: Vec<_> = pairs.iter().filter(asked).collect();
    let known = |(name, _): &&(String, String)| {
        matches!(name.as_str(), "url" | "version" | "status" | "_id")
    };
    if query.cursor.is_some() || !asked.iter().all(known) {
        return Vec::new();
    }
    let Some((_, addresses)) = asked.iter().find(|(name, _)| name == "url") else {
        return Vec::new();
    };
    let fits = |text: &str| {
        let Ok(document) = fhir::Document::parse(text) else {
            return false;
        };
        asked.iter().all(|(name, values)| {
            let own = document.root().text_at(name.trim_start_matches('_'));
            values.split(',').any(|value| own.as_deref() == Some(value))
        })
    };
    let of = query.resource_type;
    let mut all = Vec::new();
    for address in addresses.split(',') {
        all.extend(bearing(call, of, address));
    }
    all.retain(|(_, text)| fits(text));
    all.sort_unstable();
    all.dedup();
    all
}

fn bearing(call: &Call, of: ResourceType, address: &str) -> Vec<Shipped> {
    let base = call.base();
    match of {
        ResourceType::OPERATION_DEFINITION => operation::OPERATIONS
            .iter()
            .filter(|one| one.canonical(base) == address)
            .map(|one| {
                let text = operation::definition(one, base, CHANGED);
                (urls::instance(base, of, one.id), text)
            })
            .collect(),
        ResourceType::SEARCH_PARAMETER => {
            let params = PARAMETERS.get(address);
            let made = params.and_then(|params| {
                let url = urls::instance(base, of, parameter_id(params));
                Some((url, parameter(params)?))
            });
            made.into_iter().collect()
        }
        ResourceType::STRUCTURE_DEFINITION => published::bearing(address)
            .into_iter()
            .map(|one| (urls::instance(base, of, &one.id), one.text))
            .collect(),
        _ => {
            let all = Registry::shipped_alone().bearing(of, address);
            let one = |one: &Resource| Some((urls::instance(base, of, one.id()), content(one)?));
            all.iter().filter_map(|resource| one(resource)).collect()
        }
    }
}

/// The facts with the id put in.
fn content(resource: &Resource) -> Option<String> {
    let document = resource.document()?;
    let named = document.root().get("resourceType")?;
    let mut edits = Edits::default();
    let id = format!(",\"id\":{}", quote(resource.id()));
    edits.insert(named.span().end, id);
    Some(edits.apply(document.text()))
}

fn parameter_id(params: &[&Param]) -> &'static str {
    let url = params.first().map_or("", |param| param.url);
    url.rsplit('/').next().unwrap_or_default()
}

/// What is known of a parameter of the standard.
fn parameter(params: &[&Param]) -> Option<String> {
    let first = params.first()?;
    let bases: Vec<&str> = params
        .iter()
        .map(|param| param.resource_type.name())
        .collect();
    let mut targets: Vec<&str> = params
        .iter()
        .flat_map(|param| param.targets.iter().map(|target| target.name()))
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let mut made = json!({
        "resourceType": "SearchParameter",
        "id": parameter_id(params),
        "url": first.url,
        "version": "4.0.1",
        "name": first.code,
        "status": "active",
        "description": format!("Searches {} by {}.", bases.join(", "), first.code),
        "code": first.code,
        "base": bases,
        "type": search_type(first.kind),
    });
    if let (Some(members), false) = (made.as_object_mut(), targets.is_empty()) {
        members.insert("target".to_owned(), json!(targets));
    }
    Some(made.to_string())
}
