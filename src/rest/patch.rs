//! patch, also conditional (R4 3.1.0.6): JSON Patch, XML Patch and FHIRPath Patch, and JSON Merge
//! Patch for clients that know no other.
//!
//! A patch works on what its author sees and is then an update like any other, of exactly the
//! version it was applied to: judged at the same door, and never over somebody else's change.

use access::Action;
use axum::response::Response;
use base64::{Engine, engine::general_purpose::STANDARD};
use config::limits::{BODY_BYTES_MAX, PATCH_OPERATIONS_MAX};
use fhir::{
    Document, ResourceType,
    patch::{Bounds, Fault, JsonPatch, PathPatch, XmlPatch, merge},
};
use storage::{Change, Condition, WriteFault, WriteFaultKind};
use web::{Answer, body::PatchBody, negotiate::Returning};

use crate::{
    call::{At, Call, named_type},
    conditional::{self, TRIES_MAX},
    create::written_answer,
    error::Error,
    read,
    transaction::settled,
    update,
};

const BOUNDS: Bounds = Bounds {
    operations: PATCH_OPERATIONS_MAX,
    bytes: BODY_BYTES_MAX,
};

/// A patch as sent.
#[derive(Debug)]
pub(crate) enum Patch {
    Json(Document),
    Path(Document),
    Merge(Document),
    Xml(String),
}

impl From<PatchBody> for Patch {
    fn from(body: PatchBody) -> Self {
        match body {
            PatchBody::Json(document) => Self::Json(document),
            PatchBody::Merge(document) => Self::Merge(document),
            PatchBody::Xml(text) => Self::Xml(text),
            PatchBody::Fhir(document) => match document.root().resource_type_name().as_deref() {
                Some("Parameters") => Self::Path(document),
                // Part of a resource, as some clients send it.
                _ => Self::Merge(document),
            },
        }
    }
}

impl Patch {
    /// The patch an entry of a Bundle brings: Parameters, or a JSON or XML Patch in a Binary. Errors:
    /// 400 for anything else.
    pub fn of_entry(resource: Document) -> Result<Self, Error> {
        let root = resource.root();
        match root.resource_type_name().as_deref() {
            Some("Parameters") => Ok(Self::Path(resource)),
            Some("Binary") => {
                let media = root.text_at("contentType").unwrap_or_default();
                let media = media.split(';').next().unwrap_or_default().trim();
                let xml = media == "application/xml-patch+xml";
                if !xml && media != "application/json-patch+json" {
                    let text = "a Binary that patches is of application/json-patch+json or \
                                application/xml-patch+xml";
                    return Err(Error::value(text, "Binary.contentType"));
                }
                let data = root.text_at("data").unwrap_or_default();
                let data: String = data.split_ascii_whitespace().collect();
                let bytes = STANDARD.decode(data).ok();
                let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                let text = text.ok_or_else(|| Error::value("not base64 of text", "Binary.data"))?;
                if xml {
                    return Ok(Self::Xml(text));
                }
                let patch = Document::parse(text).map_err(|fault| {
                    Error::value(format!("not a JSON Patch: {fault}"), "Binary.data")
                })?;
                Ok(Self::Json(patch))
            }
            _ => {
                let text = "a patch is Parameters, or a Binary of a JSON or XML Patch";
                Err(Error::value(text, "resource"))
            }
        }
    }

    fn apply(&self, document: &Document) -> Result<String, Error> {
        let patched = match self {
            Self::Json(patch) => {
                JsonPatch::parse(patch, BOUNDS).and_then(|patch| patch.apply(document, BOUNDS))
            }
            Self::Merge(patch) => merge(document, patch, BOUNDS),
            Self::Xml(patch) => {
                XmlPatch::parse(patch, BOUNDS).and_then(|patch| patch.apply(document, BOUNDS))
            }
            Self::Path(patch) => {
                PathPatch::parse(patch, BOUNDS).and_then(|patch| patch.apply(document, BOUNDS))
            }
        };
        patched.map_err(|fault| match fault {
            Fault::Malformed(issue) => Error::Invalid(vec![issue]),
            Fault::Unfit(issue) => Error::Unprocessable(vec![issue]),
        })
    }
}

/// `PATCH /Type/id`
pub async fn patch(
    call: Call,
    At((name, id)): At<(String, String)>,
    body: PatchBody,
) -> Result<Response, Error> {
    let resource_type = named_type(&name)?;
    let patch = Patch::from(body);
    let answer = answer(&call, resource_type, &id, &patch, call.if_match()?).await?;
    Ok(call.respond(answer))
}

/// `PATCH /Type?query`: patches the one match.
pub async fn patch_matching(
    call: Call,
    At(name): At<String>,
    body: PatchBody,
) -> Result<Response, Error> {
    let resource_type = named_type(&name)?;
    let patch = Patch::from(body);
    let answer = matching(&call, resource_type, &call.query, &patch, call.if_match()?).await?;
    Ok(call.respond(answer))
}

/// Patches the resource of that id.
pub(crate) async fn answer(
    call: &Call,
    resource_type: ResourceType,
    id: &str,
    patch: &Patch,
    if_match: Option<i64>,
) -> Result<Answer, Error> {
    for _ in 0..TRIES_MAX {
        let change = change(call, resource_type, id, patch, if_match).await?;
        match write(call, change, Vec::new(), if_match).await? {
            Some(answer) => return Ok(answer),
            None => tokio::task::yield_now().await,
        }
    }
    Err(Error::Overtaken)
}

/// Patches the one match. Errors: 404 when there is none, 412 when there are several.
pub(crate) async fn matching(
    call: &Call,
    resource_type: ResourceType,
    query: &str,
    patch: &Patch,
    if_match: Option<i64>,
) -> Result<Answer, Error> {
    call.may(Action::Update, resource_type)?;
    for _ in 0..TRIES_MAX {
        let looked = conditional::look(call, resource_type, query).await?;
        let found = looked.seen.ok_or(Error::Absent)?;
        let change = change(call, resource_type, found.id(), patch, if_match).await?;
        match write(call, change, vec![looked.condition], if_match).await? {
            Some(answer) => return Ok(answer),
            None => tokio::task::yield_now().await,
        }
    }
    Err(Error::Overtaken)
}

/// `None`: another change came between, and the client did not say which version it meant.
async fn write(
    call: &Call,
    change: Change,
    conditions: Vec<Condition>,
    if_match: Option<i64>,
) -> Result<Option<Answer>, Error> {
    match call.write_if(change, conditions).await {
        Ok(written) => Ok(Some(written_answer(
            call,
            &written,
            Returning::Representation,
        ))),
        Err(error) if error.is_overtaken() => Ok(None),
        Err(error) if if_match.is_none() && error.is_version_conflict() => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a patch makes of a resource, and the version it was applied to.
pub(crate) struct Patched {
    pub document: Document,
    pub version: i64,
}

/// The update that a patch comes to, of the version it was applied to.
async fn change(
    call: &Call,
    resource_type: ResourceType,
    id: &str,
    patch: &Patch,
    if_match: Option<i64>,
) -> Result<Change, Error> {
    let patched = patched(call, resource_type, id, patch, if_match).await?;
    let document = settled(call, patched.document).await?;
    update::change(resource_type, id, document, Some(patched.version))
}

/// Applies a patch to what its author sees.
///
/// What is shown in part only is not patched: tests would tell of the rest, and writing it back
/// would lose it.
pub(crate) async fn patched(
    call: &Call,
    resource_type: ResourceType,
    id: &str,
    patch: &Patch,
    if_match: Option<i64>,
) -> Result<Patched, Error> {
    call.may(Action::Update, resource_type)?;
    let seen = read::find(call, resource_type, id).await?;
    if let Some(version) = if_match
        && version != seen.version()
    {
        return Err(Error::Storage(storage::Error::Write(WriteFault {
            change: 0,
            kind: WriteFaultKind::VersionConflict {
                current: seen.version(),
            },
        })));
    }
    if seen.redacted() {
        return Err(Error::not_yours(
            "only part of this is shown to you, so it cannot be patched",
        ));
    }
    let text = String::from_utf8_lossy(seen.body()).into_owned();
    let document =
        Document::parse(text).map_err(|_| Error::House("a stored resource cannot be parsed"))?;
    let patched = patch.apply(&document)?;
    let document = Document::parse(patched).map_err(|fault| {
        let text = format!("the patched resource is not FHIR JSON: {fault}");
        Error::Unprocessable(vec![fhir::Issue::error(fhir::IssueCode::Structure, text)])
    })?;
    Ok(Patched {
        document,
        version: seen.version(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_entry_brings_a_patch_in_a_binary_or_as_parameters() {
        let of = |text: &str| Patch::of_entry(Document::parse(text).unwrap());
        let data = STANDARD.encode("[]");
        let media = "application/json-patch+json";
        let binary =
            format!(r#"{{"resourceType":"Binary","contentType":"{media}","data":"{data}"}}"#);
        assert!(matches!(of(&binary), Ok(Patch::Json(_))));
        assert!(matches!(
            of(r#"{"resourceType":"Parameters"}"#),
            Ok(Patch::Path(_))
        ));
        for odd in [
            r#"{"resourceType":"Patient"}"#,
            r#"{"resourceType":"Binary","contentType":"text/plain","data":"W10="}"#,
            r#"{"resourceType":"Binary","contentType":"application/json-patch+json","data":"!"}"#,
        ] {
            assert!(of(odd).is_err(), "{odd}");
        }
    }
}
