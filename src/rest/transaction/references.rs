//! References between the entries of a transaction, and conditional ones to what is stored already.

use std::collections::HashMap;

use fhir::{
    Document, Issue, IssueCode,
    bundle::{self, Entry},
    reference::{Reference, references, split},
};

use super::intent::Intent;
use crate::{call::Call, conditional::find_one, error::Error};

/// What each fullUrl of the Bundle comes to mean: `Type/id` here.
pub(super) fn targets(entries: &[Entry], intents: &[Intent]) -> HashMap<String, String> {
    let mut targets = HashMap::new();
    for (entry, intent) in entries.iter().zip(intents) {
        let (resource_type, id) = match intent {
            Intent::Create { resource_type, id }
            | Intent::Update {
                resource_type, id, ..
            } => (*resource_type, id.as_str()),
            Intent::Exists(seen) => (seen.resource_type(), seen.id()),
            Intent::Twin {
                resource_type, id, ..
            } => (*resource_type, id.as_str()),
            Intent::Delete { .. }
            | Intent::DeleteAll { .. }
            | Intent::Get(_)
            | Intent::GetAcross(_)
            | Intent::Operate(_) => {
                continue;
            }
        };
        let Some(url) = &entry.full_url else {
            continue;
        };
        let target = format!("{}/{id}", resource_type.name());
        // Relative references resolve against the fullUrl's own base (R4 2.36.4.1).
        if let Some(relative) = relative(url)
            && relative != target
        {
            targets.insert(relative.to_owned(), target.clone());
        }
        if *url != target {
            targets.insert(url.clone(), target);
        }
    }
    targets
}

/// `Type/id` at the end of a RESTful address.
fn relative(url: &str) -> Option<&str> {
    let (head, _) = url.rsplit_once('/')?;
    let from = head.rfind('/').map_or(0, |slash| slash + 1);
    let tail = url.get(from..)?;
    split(tail).map(|_| tail)
}

/// Finds what each `Type?query` reference means. Errors: the entry whose condition fits none
/// or several.
pub(super) async fn resolve_conditional(
    call: &Call,
    entries: &[Entry],
    intents: &[Intent],
    targets: &mut HashMap<String, String>,
) -> Result<(), Error> {
    for (number, (entry, intent)) in entries.iter().zip(intents).enumerate() {
        if !matches!(intent, Intent::Create { .. } | Intent::Update { .. }) {
            continue;
        }
        let resource = match intent {
            Intent::Update { patched, .. } => patched.as_ref().or(entry.resource.as_ref()),
            _ => entry.resource.as_ref(),
        };
        for text in resource.map(conditional).unwrap_or_default() {
            if targets.contains_key(&text) {
                continue;
            }
            let found = fitting(call, &text).await;
            if let Some(target) = found.map_err(|error| error.in_entry(number))? {
                targets.insert(text, target);
            }
        }
    }
    Ok(())
}

/// The references of a resource that are conditions (`Type?query`).
fn conditional(resource: &Document) -> Vec<String> {
    if !resource.text().contains('?') {
        return Vec::new();
    }
    references(resource.root())
        .into_iter()
        .filter_map(|element| element.str())
        .filter(|text| text.contains('?'))
        .map(|text| text.into_owned())
        .collect()
}

/// The resource with its references pointed at `targets`. Errors: a `urn:` that no entry
/// answers to.
pub(super) fn rewritten(
    resource: &Document,
    targets: &HashMap<String, String>,
) -> Result<Document, Error> {
    let unknown: Vec<Issue> = references(resource.root())
        .into_iter()
        .filter_map(|element| element.str())
        .filter(|text| text.starts_with("urn:") && !targets.contains_key(text.as_ref()))
        .map(|text| {
            let why = format!("no entry of the transaction has the fullUrl {text}");
            Issue::error(IssueCode::NotFound, why)
        })
        .collect();
    if !unknown.is_empty() {
        return Err(Error::Invalid(unknown));
    }
    if targets.is_empty() {
        return Ok(resource.clone());
    }
    Document::parse(bundle::rewrite(resource, targets))
        .map_err(|_| Error::House("a rewritten resource cannot be parsed"))
}

/// A resource on its own, its conditional references pointed at what fits them. Errors: 422 for one
/// that fits nothing, 412 for one that fits several.
pub(crate) async fn settled(call: &Call, resource: Document) -> Result<Document, Error> {
    let mut targets = HashMap::new();
    for text in conditional(&resource) {
        if let Some(target) = fitting(call, &text).await? {
            targets.insert(text, target);
        }
    }
    if targets.is_empty() {
        return Ok(resource);
    }
    Document::parse(bundle::rewrite(&resource, &targets))
        .map_err(|_| Error::House("a rewritten resource cannot be parsed"))
}

/// `Type/id` of the one resource a conditional reference fits; `None` for any other reference.
async fn fitting(call: &Call, text: &str) -> Result<Option<String>, Error> {
    let Reference::Conditional {
        resource_type,
        query,
    } = Reference::parse(text, Some(call.base()))
    else {
        return Ok(None);
    };
    let Some(seen) = find_one(call, resource_type, &query).await? else {
        let why = format!("nothing fits the conditional reference {text}");
        let issue = Issue::error(IssueCode::NotFound, why);
        return Err(Error::Invalid(vec![issue]));
    };
    Ok(Some(format!("{}/{}", resource_type.name(), seen.id())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_restful_address_is_a_relative_reference() {
        assert_eq!(relative("http://h/fhir/Patient/1"), Some("Patient/1"));
        assert_eq!(relative("Patient/1"), Some("Patient/1"));
        assert_eq!(relative("urn:uuid:1-2-3"), None);
        assert_eq!(relative("http://h/x/1"), None);
    }
}
