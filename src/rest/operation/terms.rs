//! What the operations of terminology share: whom they answer, and how they are asked.

use std::sync::Arc;

use access::Action;
use config::limits::TERMINOLOGY_CODINGS_MAX;
use fhir::{
    Document, Issue, IssueCode, ResourceType,
    registry::{self, Registry},
    terminology::Coding,
};
use http::StatusCode;
use web::Answer;

use super::{Asked, missing};
use crate::{error::Error, read};

/// The definitions of now, for a caller who may read those of the type the operation is on.
pub(super) async fn registry(asked: &Asked<'_>) -> Result<Arc<Registry>, Error> {
    let resource_type = asked.resource_type.ok_or(Error::Absent)?;
    asked.call.may(Action::Read, resource_type)?;
    in_the_past(asked)?;
    Ok(asked.call.house.storage.registry().await?)
}

/// What held in the past is not kept: a date before now cannot be answered for.
fn in_the_past(asked: &Asked<'_>) -> Result<(), Error> {
    let Some(text) = asked.inputs.text("date") else {
        return Ok(());
    };
    let covered = fhir::datetime::interval(text);
    let now = asked.call.access.now().as_microsecond();
    if covered.is_some_and(|covered| covered.high > now) {
        return Ok(());
    }
    let text = "what held at an earlier date is not kept; leave date out";
    let issue = Issue::error(IssueCode::NotSupported, text).at("date");
    Err(Error::Invalid(vec![issue]))
}

/// What an operation is about: the resource it was invoked on, one it was given, or a canonical.
pub(super) enum Subject {
    Document(Document),
    Canonical(String),
}

/// The one subject of an invocation: of `given` (an input that holds it) and `version` (an input
/// with the version of the canonical in `url`).
pub(super) async fn subject(
    asked: &Asked<'_>,
    given: &str,
    version: &str,
) -> Result<Option<Subject>, Error> {
    if let (Some(resource_type), Some(id)) = (asked.resource_type, asked.id) {
        let seen = read::find(asked.call, resource_type, id).await?;
        let text = String::from_utf8(seen.body().to_vec());
        let document = text.ok().and_then(|text| Document::parse(text).ok());
        let document = document.ok_or(Error::House("a stored resource is not JSON"))?;
        return Ok(Some(Subject::Document(document)));
    }
    if let Some(document) = asked.inputs.resource(given) {
        return Ok(Some(Subject::Document(document.clone())));
    }
    let Some(url) = asked.inputs.text("url") else {
        return Ok(None);
    };
    let canonical = match asked.inputs.text(version) {
        Some(version) if registry::parts(url).1.is_none() => format!("{url}|{version}"),
        _ => url.to_owned(),
    };
    Ok(Some(Subject::Canonical(canonical)))
}

/// The value set that an element is bound to: `context` names it as `[profile]#[path]`.
pub(super) fn of_context(asked: &Asked<'_>, registry: &Registry) -> Result<Option<Subject>, Error> {
    let Some(context) = asked.inputs.text("context") else {
        return Ok(None);
    };
    let (canonical, path) = context.split_once('#').unwrap_or((context, ""));
    let profile = registry.profile(canonical);
    let bound = profile.as_ref().and_then(|profile| {
        let mut names = path.split('.');
        let mut node = Some(&profile.root).filter(|root| names.next() == Some(&*root.name))?;
        for name in names {
            let (name, slice) = name.split_once(':').unwrap_or((name, ""));
            node = node.child(name.strip_suffix("[x]").unwrap_or(name))?;
            if !slice.is_empty() {
                node = node.slice(slice)?;
            }
        }
        node.binding.as_ref()
    });
    match bound {
        Some(binding) => Ok(Some(Subject::Canonical(binding.value_set.clone()))),
        None => {
            let text = "no value set is known for this element; context must be profile#path";
            let issue = Issue::error(IssueCode::NotFound, text).at("context");
            Err(Error::Invalid(vec![issue]))
        }
    }
}

/// The codes asked about: `code` with its system, `coding`, or `codeableConcept`.
pub(super) fn codings(asked: &Asked<'_>, version: &str) -> Result<Vec<Coding>, Error> {
    let inputs = &asked.inputs;
    let text = |name: &str| inputs.text(name).map(Into::into);
    let given = ["code", "coding", "codeableConcept"]
        .iter()
        .filter(|name| inputs.all(name).next().is_some())
        .count();
    if given > 1 {
        let text = "give one of code, coding and codeableConcept";
        return Err(Error::value(text, "code"));
    }
    if let Some(code) = inputs.text("code") {
        return Ok(vec![Coding {
            system: text("system"),
            version: text(version),
            code: code.into(),
            display: text("display"),
        }]);
    }
    if let Some(concept) = inputs.element("codeableConcept") {
        let all = concept.all("coding").into_iter().filter_map(Coding::read);
        let all: Vec<Coding> = all.collect();
        if all.len() > TERMINOLOGY_CODINGS_MAX {
            let text =
                format!("a concept is asked about with at most {TERMINOLOGY_CODINGS_MAX} codings");
            let issue = Issue::error(IssueCode::TooCostly, text).at("codeableConcept");
            return Err(Error::Invalid(vec![issue]));
        }
        return Ok(all);
    }
    coding(asked, "coding")
        .map(|one| vec![one])
        .ok_or_else(|| missing("code", "give code, coding or codeableConcept"))
}

/// A Coding given for an input.
pub(super) fn coding(asked: &Asked<'_>, name: &str) -> Option<Coding> {
    asked.inputs.element(name).and_then(Coding::read)
}

/// A registry that holds one resource alone, known by a canonical that is returned.
pub(super) fn alone(document: &Document, resource_type: ResourceType) -> (Registry, String) {
    let url = document.root().text_at("url").unwrap_or_default();
    let change = registry::Change::Put {
        row_version: 0,
        document: document.clone(),
    };
    let changes = [(resource_type, "given".to_owned(), change)];
    (Registry::default().with(changes).0, url.into_owned())
}

pub(super) fn answer(text: String) -> Answer {
    Answer::text(StatusCode::OK, text)
}
