//! `DocumentReference/$docref` (US Core, International Patient Access): references to the documents
//! of a patient.

use std::collections::HashSet;

use config::limits;
use fhir::{Document, Element, ResourceType, datetime::interval};
use storage::Seen;
use web::Answer;

use super::{
    Asked,
    found::{all, pair},
};
use crate::error::Error;

/// The documents of a range of care dates, or the latest of each type. A patient who is not there,
/// or not for these eyes, has none.
pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let inputs = &asked.inputs;
    let patient = inputs.text("patient").unwrap_or_default();
    let mut query = vec![
        pair("patient", format!("Patient/{patient}")),
        pair("status", "current"),
        pair("_sort", "-date"),
    ];
    let types: Vec<String> = inputs.elements("type").map(token).collect();
    if !types.is_empty() {
        query.push(pair("type", types.join(",")));
    }
    let documents = ResourceType::DOCUMENT_REFERENCE;
    let mut found = all(
        asked.call,
        documents,
        &query,
        limits::OPERATION_RESOURCES_MAX,
    )
    .await?;
    let profiles: Vec<&str> = inputs.texts("profile").collect();
    let ranged = inputs.text("start").is_some() || inputs.text("end").is_some();
    let mut latest = HashSet::new();
    found.retain(|seen| {
        let Some(document) = document(seen) else {
            return false;
        };
        let root = document.root();
        let fits = profiles.is_empty() || profiles.iter().any(|p| follows(root, p));
        match ranged {
            true => fits && is_in_range(asked, root),
            false => fits && latest.insert(kind(root)),
        }
    });
    if inputs.flag("on-demand") == Some(true) {
        found.clear();
    }
    Ok(asked.searchset(&found))
}

fn document(seen: &Seen) -> Option<Document> {
    Document::parse(std::str::from_utf8(seen.body()).ok()?).ok()
}

/// A Coding as a token to search by.
fn token(coding: Element<'_>) -> String {
    let escaped = |text: String| {
        text.replace('\\', "\\\\")
            .replace(',', "\\,")
            .replace('|', "\\|")
    };
    let text = |name| coding.text_at(name).map(|text| escaped(text.into_owned()));
    match (text("system"), text("code")) {
        (Some(system), code) => format!("{system}|{}", code.unwrap_or_default()),
        (None, code) => code.unwrap_or_default(),
    }
}

/// Whether a document says it follows a profile, of any version.
fn follows(document: Element<'_>, profile: &str) -> bool {
    let bare = |url: &str| url.split('|').next().unwrap_or_default().to_owned();
    let profiles = document.all("meta.profile");
    profiles
        .iter()
        .filter_map(|url| url.str())
        .any(|url| bare(&url) == bare(profile))
}

/// Whether the care documented (`context.period`, else the date of the reference) meets the range.
fn is_in_range(asked: &Asked<'_>, document: Element<'_>) -> bool {
    let low = |text: &str| interval(text).map(|found| found.low);
    let high = |text: &str| interval(text).map(|found| found.high);
    let at = |path: &str| document.text_at(path);
    let (begins, ends) = match (
        at("context.period.start"),
        at("context.period.end"),
        at("date"),
    ) {
        (None, None, None) => return false,
        (None, None, Some(date)) => (low(&date), high(&date)),
        (begins, ends, _) => (
            begins.and_then(|text| low(&text)),
            ends.and_then(|text| high(&text)),
        ),
    };
    let start = asked.inputs.text("start").and_then(low);
    let end = asked.inputs.text("end").and_then(high);
    let begins_in_time = end.is_none_or(|end| begins.is_none_or(|begins| begins < end));
    let ends_in_time = start.is_none_or(|start| ends.is_none_or(|ends| ends > start));
    begins_in_time && ends_in_time
}

/// What makes two documents the same kind: their type's codings, else its text.
fn kind(document: Element<'_>) -> String {
    let mut codings: Vec<String> = document.all("type.coding").into_iter().map(token).collect();
    codings.sort_unstable();
    if codings.is_empty() {
        let text = document.text_at("type.text").unwrap_or_default();
        return text.into_owned();
    }
    codings.join(" ")
}
