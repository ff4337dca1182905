//! `$meta`, `$meta-add`, `$meta-delete` (R4): profiles, tags and security labels.
//!
//! A change makes a new version: labels are part of what is stored, and history must tell when they
//! came. Whether it may be made is the door's decision about the resource as it was and as it will
//! be.

use access::{Action, shape};
use fhir::{Document, Element, json::Edits};
use storage::{Change, Seen, WriteFault, WriteFaultKind};
use web::Answer;

use super::{Asked, missing, privacy};
use crate::{call::checked, error::Error, read};

/// How often a change is tried again when somebody else was faster.
const TRIES: usize = 5;

/// `$meta`: of a resource, or all that is in use.
pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, Error> {
    let records = asked.call.records();
    let text = match (asked.resource_type, asked.id) {
        (Some(resource_type), Some(id)) => {
            let seen = read::find(asked.call, resource_type, id).await?;
            meta_of(&seen)?
        }
        (resource_type, _) => {
            if let Some(resource_type) = resource_type {
                asked.call.may(Action::Search, resource_type)?;
            }
            let used = records.labels(resource_type).await?;
            used.to_json()
        }
    };
    Ok(asked.returned("valueMeta", &text))
}

/// `$meta-add`: a tag or label that is there already is left as it is.
pub(super) async fn add(asked: &Asked<'_>) -> Result<Answer, Error> {
    change(asked, Turn::Add).await
}

/// `$meta-delete`: one that is not there is no fault.
pub(super) async fn delete(asked: &Asked<'_>) -> Result<Answer, Error> {
    change(asked, Turn::Delete).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Add,
    Delete,
}

async fn change(asked: &Asked<'_>, turn: Turn) -> Result<Answer, Error> {
    let call = asked.call;
    let (Some(resource_type), Some(id)) = (asked.resource_type, asked.id) else {
        return Err(Error::House("meta is changed on a resource"));
    };
    let meta = asked
        .inputs
        .element("meta")
        .ok_or_else(|| missing("meta", "there is nothing to change"))?;
    // What people see of labels is not all there is, so they cannot write them back, but for their own mark.
    if shape::applies(&call.access) {
        privacy::mark(asked, meta, turn == Turn::Add).await?;
        let seen = read::find_part(call, resource_type, id).await?;
        return Ok(asked.returned("valueMeta", &meta_of(&seen)?));
    }
    for tried in 0..TRIES {
        let seen = match tried {
            0 => read::find(call, resource_type, id).await?,
            _ => read::find_part(call, resource_type, id).await?,
        };
        if seen.redacted() {
            return Err(Error::Denied(shape::Refusal::WHOLE.denial()));
        }
        let document = document(&seen)?;
        let Some(text) = changed(&document, meta, turn) else {
            return Ok(asked.returned("valueMeta", &meta_of(&seen)?));
        };
        let document =
            Document::parse(text).map_err(|_| Error::House("meta broke its resource"))?;
        let written = call.write(Change::Relabel {
            valid: checked(document, resource_type)?,
            id: id.to_owned(),
            if_match: Some(seen.version()),
        });
        match written.await {
            Err(Error::Storage(storage::Error::Write(WriteFault {
                kind: WriteFaultKind::VersionConflict { .. },
                ..
            }))) => {}
            Err(error) => return Err(error),
            Ok(written) => {
                let text = match &written.seen {
                    Some(seen) => meta_of(seen)?,
                    None => "{}".to_owned(),
                };
                let answer = asked.returned("valueMeta", &text);
                return Ok(answer.of_version(written.version, written.updated));
            }
        }
    }
    Err(Error::Storage(storage::Error::Busy))
}

fn document(seen: &Seen) -> Result<Document, Error> {
    let text = String::from_utf8_lossy(seen.body()).into_owned();
    Document::parse(text).map_err(|_| Error::House("a stored body is no JSON"))
}

fn meta_of(seen: &Seen) -> Result<String, Error> {
    let document = document(seen)?;
    let meta = document
        .root()
        .get("meta")
        .map(|meta| meta.raw().to_owned());
    Ok(meta.unwrap_or_else(|| "{}".to_owned()))
}

/// The resource with its meta changed; `None` where nothing changes.
fn changed(document: &Document, by: Element<'_>, turn: Turn) -> Option<String> {
    let root = document.root();
    let old = root.get("meta");
    let mut members: Vec<String> = Vec::new();
    let lists = ["profile", "tag", "security"];
    for (name, member) in old.iter().flat_map(|meta| meta.members()) {
        if !lists.contains(&name.trim_start_matches('_')) {
            members.push(format!("{}:{}", fhir::json::quote(&name), member.raw()));
        }
    }
    let mut any = false;
    for name in lists {
        let has: Vec<Element<'_>> = old.map(|meta| meta.all(name)).unwrap_or_default();
        let named = by.all(name);
        let known = |one: &Element<'_>, among: &[Element<'_>]| {
            among.iter().any(|other| identity(*other) == identity(*one))
        };
        let kept: Vec<Element<'_>> = match turn {
            Turn::Delete => has
                .iter()
                .filter(|one| !known(one, &named))
                .copied()
                .collect(),
            Turn::Add => {
                let mut all = has.clone();
                for one in named {
                    if !known(&one, &all) {
                        all.push(one);
                    }
                }
                all
            }
        };
        any |= kept.len() != has.len();
        if !kept.is_empty() {
            let items: Vec<&str> = kept.iter().map(|one| one.raw()).collect();
            members.push(format!("\"{name}\":[{}]", items.join(",")));
        }
    }
    if !any {
        return None;
    }
    let mut edits = Edits::default();
    let text = format!("{{{}}}", members.join(","));
    match old {
        Some(meta) => edits.replace(meta.span(), text),
        None => edits.insert(
            root.get("resourceType")?.span().end,
            format!(",\"meta\":{text}"),
        ),
    }
    Some(edits.apply(document.text()))
}

/// A profile is its URL; a tag or label its system and code.
fn identity(of: Element<'_>) -> (String, String) {
    let text = |name: &str| of.text_at(name).map(|text| text.into_owned());
    match of.str() {
        Some(url) => (url.into_owned(), String::new()),
        None => (
            text("system").unwrap_or_default(),
            text("code").unwrap_or_default(),
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn apply(resource: &str, meta: &str, turn: Turn) -> Option<String> {
        let resource = Document::parse(resource).unwrap();
        let meta = Document::parse(meta).unwrap();
        changed(&resource, meta.root(), turn)
    }
    const TAGGED: &str = r#"{"resourceType":"Patient","meta":{"versionId":"1","tag":[{"system":"s","code":"a","display":"A"}]},"active":true}"#;

    #[test]
    fn sets_grow_without_repeating_and_shrink_without_fault() {
        let added = apply(
            TAGGED,
            r#"{"tag":[{"system":"s","code":"a"},{"code":"b"}],"profile":["http://p"]}"#,
            Turn::Add,
        );
        assert_eq!(
            added.unwrap(),
            r#"{"resourceType":"Patient","meta":{"versionId":"1","profile":["http://p"],"tag":[{"system":"s","code":"a","display":"A"},{"code":"b"}]},"active":true}"#
        );
        let gone = apply(
            TAGGED,
            r#"{"tag":[{"system":"s","code":"a"}]}"#,
            Turn::Delete,
        );
        assert_eq!(
            gone.unwrap(),
            r#"{"resourceType":"Patient","meta":{"versionId":"1"},"active":true}"#
        );
        assert_eq!(
            apply(TAGGED, r#"{"tag":[{"code":"a"}]}"#, Turn::Delete),
            None
        );
        assert_eq!(
            apply(TAGGED, r#"{"tag":[{"system":"s","code":"a"}]}"#, Turn::Add),
            None
        );
    }

    #[test]
    fn a_resource_without_meta_gets_one() {
        let added = apply(
            r#"{"resourceType":"Patient"}"#,
            r#"{"tag":[{"code":"b"}]}"#,
            Turn::Add,
        );
        assert_eq!(
            added.unwrap(),
            r#"{"resourceType":"Patient","meta":{"tag":[{"code":"b"}]}}"#
        );
    }
}
