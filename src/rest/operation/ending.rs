//! `$account-…`, `$deactivation-decide`, `$secure-account` and `$record-request`: the end of accounts, and what
//! protects them.

use access::Action;
use fhir::ResourceType;
use web::Answer;
use workflows::ending::{self, Owner, Verdict, copies};
use workflows::proxies::{Desk, Part};

use super::{Asked, parameters};
use crate::error::Error;

fn desk<'a>(asked: &'a Asked<'_>) -> Desk<'a> {
    Desk::of(&asked.call.house.storage, &asked.call.access)
}

fn owner<'a>(asked: &'a Asked<'_>) -> Owner<'a> {
    let id = asked.id.unwrap_or_default();
    match asked.resource_type {
        Some(ResourceType::PERSON) => Owner::Person(id),
        _ => Owner::Patient(id),
    }
}

fn changed(changed: bool) -> Answer {
    parameters::answer(&[parameters::flag("changed", changed)])
}

/// The address names the account of whoever asks. Errors: 404 otherwise, 403 for apps of others.
async fn is_own(asked: &Asked<'_>, desk: &Desk<'_>) -> Result<(), Error> {
    if desk.part == Part::Other {
        return Err(Error::not_your_role(
            "An account is its owner's own, not an app's or the staff's to ask for here.",
        ));
    }
    let account = match &desk.agent.account {
        Some(id) => desk.storage.accounts().find(id).await?,
        None => None,
    };
    match account.is_some_and(|account| owner(asked).is(&account)) {
        true => Ok(()),
        false => Err(Error::Absent),
    }
}

/// `$account-close`
pub(super) async fn close(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.may(Action::Update, ResourceType::CONSENT)?;
    let desk = desk(asked);
    if desk.part == Part::Reviewer {
        ending::close_for(&desk, owner(asked), asked.said("ground")).await?;
        return Ok(parameters::answer(&[parameters::flag("closed", true)]));
    }
    is_own(asked, &desk).await?;
    let request = ending::ask(&desk, asked.said("comment")).await?;
    let page = format!("{}/account/close", asked.call.house.base_url);
    Ok(parameters::answer(&[
        parameters::flag("closed", false),
        parameters::task(&request.task),
        parameters::at("due", request.due),
        parameters::url("confirm", page),
    ]))
}

/// `Task/{id}/$deactivation-decide`
pub(super) async fn decide(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.may(Action::Update, ResourceType::CONSENT)?;
    let desk = desk(asked);
    let id = asked.id.unwrap_or_default();
    match asked.inputs.text("decision") {
        Some("close") => {
            ending::decide(&desk, id, Verdict::Close, asked.said("ground")).await?;
        }
        Some("reject") => {
            ending::decide(&desk, id, Verdict::Reject, asked.said("reason")).await?;
        }
        Some("withdraw") => {
            let waiting = ending::waiting(&desk).await?;
            if waiting.is_none_or(|request| request.task != id) || !ending::withdraw(&desk).await? {
                return Err(Error::Absent);
            }
        }
        _ => return Err(Error::value("close, reject or withdraw", "decision")),
    }
    Ok(parameters::answer(&[parameters::task(id)]))
}

/// Staff who may take accounts away. Errors: 403.
fn may_revoke(asked: &Asked<'_>) -> Result<(), Error> {
    let call = asked.call;
    let reached = call
        .may(Action::Update, ResourceType::CONSENT)
        .or_else(|_| call.may(Action::Read, ResourceType::AUDIT_EVENT));
    reached?;
    match ending::may_revoke(&call.access) {
        true => Ok(()),
        false => Err(Error::not_your_role(
            "Staff who decide on consents and the privacy office do this.",
        )),
    }
}

/// `$account-revoke`
pub(super) async fn revoke(asked: &Asked<'_>) -> Result<Answer, Error> {
    may_revoke(asked)?;
    let investigate = asked.inputs.flag("investigate").unwrap_or(false);
    let (reason, note) = (asked.said("reason"), asked.said("note"));
    let desk = desk(asked);
    let done = ending::revoke(&desk, owner(asked), reason, note, investigate);
    Ok(changed(done.await?))
}

/// `$account-restore`
pub(super) async fn restore(asked: &Asked<'_>) -> Result<Answer, Error> {
    may_revoke(asked)?;
    let desk = desk(asked);
    Ok(changed(
        ending::restore(&desk, owner(asked), asked.said("note")).await?,
    ))
}

/// `$investigation-hold`
pub(super) async fn hold(asked: &Asked<'_>) -> Result<Answer, Error> {
    may_revoke(asked)?;
    let desk = desk(asked);
    let done = match asked.inputs.flag("lift").unwrap_or(false) {
        true => ending::lift(&desk, owner(asked)).await?,
        false => {
            let (reason, note) = (asked.said("reason"), asked.said("note"));
            ending::hold(&desk, owner(asked), reason, note).await?
        }
    };
    Ok(changed(done))
}

/// `$account-status`
pub(super) async fn status(asked: &Asked<'_>) -> Result<Answer, Error> {
    may_revoke(asked)?;
    let status = ending::status(&desk(asked), owner(asked)).await?;
    let mut parameters = vec![
        parameters::code("state", status.account.state.as_str()),
        parameters::count("sessions", status.sessions),
        parameters::count("apps", status.apps),
        parameters::flag("held", status.hold.is_some()),
    ];
    let event = |what: &str, reason: &str, note: &str, by: &str, at| {
        let mut parts = vec![
            parameters::code("what", what),
            parameters::code("reason", reason),
        ];
        for (name, value) in [("note", note), ("by", by)] {
            if !value.is_empty() {
                parts.push(parameters::text(name, value));
            }
        }
        parts.push(parameters::at("at", at));
        parameters::part("event", &parts)
    };
    if let Some(hold) = &status.hold {
        parameters.push(event(
            "held",
            &hold.reason,
            &hold.note,
            &hold.opened_by,
            hold.opened,
        ));
    }
    for one in &status.endings {
        let what = one.what.code();
        parameters.push(event(what, &one.reason, &one.note, &one.said_by, one.at));
    }
    Ok(parameters::answer(&parameters))
}

/// `$secure-account`
pub(super) async fn secure(asked: &Asked<'_>) -> Result<Answer, Error> {
    asked.call.may(Action::Update, ResourceType::CONSENT)?;
    let desk = desk(asked);
    is_own(asked, &desk).await?;
    let events: Vec<i64> = asked
        .inputs
        .texts("event")
        .filter_map(|id| id.parse().ok())
        .collect();
    let secured = ending::secure(&desk, "", asked.said("comment"), &events).await?;
    let page = format!("{}/account/security/password", asked.call.house.base_url);
    Ok(parameters::answer(&[
        parameters::task(&secured.task),
        parameters::at("due", secured.due),
        parameters::count("apps", secured.apps),
        parameters::url("password", page),
    ]))
}

/// `Patient/{id}/$record-request`
pub(super) async fn record(asked: &Asked<'_>) -> Result<Answer, Error> {
    let id = asked.id.unwrap_or_default();
    asked.call.may(Action::Create, ResourceType::TASK)?;
    crate::read::find(asked.call, ResourceType::PATIENT, id).await?;
    let facet = access::Facet {
        categories: vec![copies::TASK.to_owned()],
        ..access::Facet::plain(ResourceType::TASK)
    };
    let facts = access::ResourceFacts::some(&facet, id);
    let decision = asked.call.access.decide(Action::Create, &facts);
    if !decision.permits() {
        return Err(Error::not_your_role(
            "You may not ask for a copy of this record.",
        ));
    }
    let petition = copies::Petition {
        contact: asked.said("contact").to_owned(),
        way: asked.said("way").to_owned(),
        what: asked.said("what").to_owned(),
        ..copies::Petition::default()
    };
    let taken = copies::ask(&desk(asked), Some(id), &petition).await?;
    Ok(parameters::answer(&[
        parameters::task(&taken.task),
        parameters::at("due", taken.due),
    ]))
}
