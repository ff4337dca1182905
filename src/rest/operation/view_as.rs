//! `$view-as`: a chart as a person or an app sees it, at any instant.

use std::sync::Arc;

use fhir::{datetime::instant, json::quote};
use storage::standing::{Grantee, GranteeKind};
use web::{Answer, session};
use workflows::view_as::{self, View};

use super::Asked;
use super::access_log::answer;
use crate::error::Error;

pub(super) async fn run(asked: &Asked<'_>) -> Result<Answer, Error> {
    let call = asked.call;
    let patient = asked
        .id
        .filter(|id| fhir::reference::is_id(id))
        .ok_or(Error::Absent)?;
    let (storage, access) = (&call.house.storage, &call.access);
    let wanted = wanted(asked)?;
    let grantees = storage.grantees(patient, access.now()).await?;
    let Some((kind, id)) = wanted else {
        if !view_as::may_view(access, patient, None) {
            return Err(Error::Absent);
        }
        return Ok(answer(&grantees.iter().map(listed).collect::<Vec<_>>()));
    };
    let chosen = grantees.iter().find(|one| one.kind == kind && one.id == id);
    if !view_as::may_view(access, patient, chosen) {
        return Err(Error::Absent);
    }
    let chosen = chosen.ok_or_else(|| {
        let name = name_of(kind);
        Error::value(format!("{name} names nobody who may see this record"), name)
    })?;
    let at = asked.inputs.instant("at").unwrap_or(access.now());
    let standing = Arc::clone(&chosen.standing);
    let open = |at| session::access(&call.house, &standing, at);
    let view = view_as::view(storage, access, patient, at, &open).await?;
    view_as::record(storage, access, patient, chosen);
    let mut parameters = vec![
        listed(chosen),
        format!(r#"{{"name":"at","valueInstant":"{}"}}"#, instant(at)),
    ];
    parameters.extend(shown(&view));
    Ok(answer(&parameters))
}

fn name_of(kind: GranteeKind) -> &'static str {
    match kind {
        GranteeKind::Person => "related-person",
        GranteeKind::App => "app",
    }
}

/// As whom. Errors: 400 for two at once.
fn wanted<'a>(asked: &'a Asked<'_>) -> Result<Option<(GranteeKind, &'a str)>, Error> {
    let person = asked.inputs.text("related-person");
    match (person, asked.inputs.text("app")) {
        (Some(_), Some(_)) => Err(Error::value("name a person or an app, not both", "app")),
        (Some(id), None) => Ok(Some((GranteeKind::Person, id))),
        (None, Some(id)) => Ok(Some((GranteeKind::App, id))),
        (None, None) => Ok(None),
    }
}

fn text(name: &str, value: &str) -> String {
    format!(r#"{{"name":"{name}","valueString":{}}}"#, quote(value))
}

fn listed(grantee: &Grantee) -> String {
    let mut parts = vec![
        format!(
            r#"{{"name":"{}","valueId":{}}}"#,
            name_of(grantee.kind),
            quote(&grantee.id)
        ),
        text("name", &grantee.name),
    ];
    if !grantee.label.is_empty() {
        parts.push(text("label", &grantee.label));
    }
    format!(r#"{{"name":"grantee","part":[{}]}}"#, parts.join(","))
}

fn shown(view: &View) -> Vec<String> {
    let mut parameters = vec![format!(r#"{{"name":"open","valueBoolean":{}}}"#, view.open)];
    parameters.extend(view.shares.iter().map(|share| {
        let parts = [
            format!(
                r#"{{"name":"type","valueCode":"{}"}}"#,
                share.resource_type.name()
            ),
            text("title", &share.title),
            format!(r#"{{"name":"seen","valueUnsignedInt":{}}}"#, share.seen),
            format!(r#"{{"name":"of","valueUnsignedInt":{}}}"#, share.of),
            format!(r#"{{"name":"redacted","valueBoolean":{}}}"#, share.redacted),
        ];
        format!(r#"{{"name":"sees","part":[{}]}}"#, parts.join(","))
    }));
    parameters.extend(view.changes.iter().map(|change| {
        let parts = [
            format!(r#"{{"name":"at","valueInstant":"{}"}}"#, instant(change.at)),
            format!(r#"{{"name":"more","valueUnsignedInt":{}}}"#, change.more),
            format!(r#"{{"name":"less","valueUnsignedInt":{}}}"#, change.less),
        ];
        format!(r#"{{"name":"change","part":[{}]}}"#, parts.join(","))
    }));
    parameters
}
