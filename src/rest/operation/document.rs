//! `Composition/$document` (R4 3.3.1.7.5): a composition and all it refers to, as a document Bundle.

use std::collections::HashSet;

use access::Action;
use config::limits;
use fhir::{Document, Issue, IssueCode, Outcome, Reference, ResourceType, reference};
use http::StatusCode;
use storage::{Change, Found, Seen};
use web::{Answer, bundles, urls};

use super::{Asked, missing};
use crate::{call::checked, error::Error, read};

/// How far references are followed, from the composition on.
const ROUNDS: usize = 4;

/// Puts the document together; what the caller may not read is not part of it.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let call = asked.call;
    if asked.inputs.text("graph").is_some() {
        let text = "graph is not supported: everything referred to is part of the document";
        let issue = Issue::error(IssueCode::NotSupported, text).at("graph");
        return Err(Error::Invalid(vec![issue]));
    }
    let id = composition(asked)?;
    let persist = asked.inputs.flag("persist") == Some(true);
    if persist {
        call.may(Action::Create, ResourceType::BUNDLE)?;
        if asked.by_get {
            let text = "persist stores a Bundle: $document must be posted for that";
            return Err(Error::WrongMethod(text.to_owned()));
        }
    }
    let first = read::find(call, ResourceType::COMPOSITION, &id).await?;
    let resources = gather(asked, first).await?;
    let text = bundles::document(call.base(), call.access.now(), &resources);
    if !persist {
        return Ok(Answer::text(StatusCode::OK, text));
    }
    store(asked, &text).await
}

/// The id of the composition: from the address, or from the input (an id or an address of ours).
fn composition(asked: &Asked<'_>) -> Result<String, Error> {
    let named = asked.inputs.text("id");
    match (asked.id, named) {
        (Some(id), None) => Ok(id.to_owned()),
        (Some(_), Some(_)) => {
            let text = "id cannot be given where the address names the composition";
            Err(Error::value(text, "id"))
        }
        (None, None) => Err(missing("id", "the address names no composition")),
        (None, Some(named)) if reference::is_id(named) => Ok(named.to_owned()),
        (None, Some(named)) => match Reference::parse(named, Some(asked.call.base())) {
            Reference::Local {
                resource_type: ResourceType::COMPOSITION,
                id,
                ..
            } => Ok(id),
            _ => Err(Error::value("id names no composition of this server", "id")),
        },
    }
}

/// The composition and all it refers to, nearest first. Errors: 400 when that is too much.
async fn gather(asked: &Asked<'_>, first: Seen) -> Result<Vec<Seen>, Error> {
    let call = asked.call;
    let mut known = HashSet::from([(first.resource_type(), first.id().to_owned())]);
    let mut gathered = vec![first];
    let mut from = 0;
    for _ in 0..ROUNDS {
        let sources = gathered.get(from..).unwrap_or_default();
        let mut named: Vec<(ResourceType, String)> = Vec::new();
        for source in sources {
            named.extend(pointed_to(source, call.base()));
        }
        from = gathered.len();
        for (resource_type, id) in named {
            if !known.insert((resource_type, id.clone())) {
                continue;
            }
            if known.len() > limits::INCLUDED_RESOURCES_MAX {
                let most = limits::INCLUDED_RESOURCES_MAX;
                let text = format!("a document holds at most {most} resources; this would be more");
                return Err(Error::Invalid(vec![Issue::error(
                    IssueCode::TooCostly,
                    text,
                )]));
            }
            if call.may(Action::Read, resource_type).is_err() {
                continue;
            }
            if let Found::Seen(seen) = call.records().read(resource_type, &id).await? {
                gathered.push(seen);
            }
        }
    }
    Ok(gathered)
}

fn pointed_to(source: &Seen, base: &str) -> Vec<(ResourceType, String)> {
    let text = std::str::from_utf8(source.body()).unwrap_or_default();
    let Ok(document) = Document::parse(text) else {
        return Vec::new();
    };
    let references = reference::references(document.root());
    let texts = references
        .into_iter()
        .filter_map(|reference| reference.str());
    texts
        .filter_map(|text| match Reference::parse(&text, Some(base)) {
            Reference::Local {
                resource_type, id, ..
            } => Some((resource_type, id)),
            _ => None,
        })
        .collect()
}

/// Stores the document under an id of its own, and says where.
async fn store(asked: &Asked<'_>, text: &bytes::Bytes) -> Result<Answer, Error> {
    let call = asked.call;
    let text = String::from_utf8_lossy(text).into_owned();
    let document = Document::parse(text).map_err(|_| Error::House("a document is no JSON"))?;
    let valid = checked(document, ResourceType::BUNDLE)?;
    let written = call.write(Change::Create { valid, id: None }).await?;
    let place = urls::version(
        call.base(),
        ResourceType::BUNDLE,
        &written.id,
        written.version,
    );
    let answer = match &written.seen {
        Some(seen) => Answer::seen(StatusCode::OK, seen, &call.wanted),
        None => Answer::outcome(StatusCode::OK, &Outcome::default()),
    };
    Ok(answer.at(place))
}
