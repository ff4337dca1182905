//! `$view-as`: a chart as a person or an app sees it, at any instant.

use std::sync::Arc;

use serde_json::Value;
use storage::standing::{Grantee, GranteeKind};
use web::{Answer, session};
use workflows::view_as::{self, View};

use super::{Asked, parameters};
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
        return Ok(parameters::answer(
            &grantees.iter().map(listed).collect::<Vec<_>>(),
        ));
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
    let mut parameters = vec![listed(chosen), parameters::at("at", at)];
    parameters.extend(shown(&view));
    Ok(parameters::answer(&parameters))
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

fn listed(grantee: &Grantee) -> Value {
    let mut parts = vec![
        parameters::id(name_of(grantee.kind), &grantee.id),
        parameters::text("name", &grantee.name),
    ];
    if !grantee.label.is_empty() {
        parts.push(parameters::text("label", &grantee.label));
    }
    parameters::part("grantee", &parts)
}

fn shown(view: &View) -> Vec<Value> {
    let mut parameters = vec![parameters::flag("open", view.open)];
    parameters.extend(view.shares.iter().map(|share| {
        let parts = [
            parameters::code("type", share.resource_type.name()),
            parameters::text("title", &share.title),
            parameters::many("seen", share.seen),
            parameters::many("of", share.of),
            parameters::flag("redacted", share.redacted),
        ];
        parameters::part("sees", &parts)
    }));
    parameters.extend(view.changes.iter().map(|change| {
        let parts = [
            parameters::at("at", change.at),
            parameters::many("more", change.more),
            parameters::many("less", change.less),
        ];
        parameters::part("change", &parts)
    }));
    parameters
}
