//! Emergency access (`$break-glass` and what belongs to it), and `$record-disclosure`.

use access::Actor;
use fhir::ResourceType;
use serde_json::Value;
use storage::audit::{Action, Event};
use storage::emergencies::Emergency;
use web::Answer;
use workflows::apps::Desk;
use workflows::break_glass::{self, Refusal};

use super::{Asked, parameters};
use crate::{error::Error, read};

fn desk<'a>(asked: &Asked<'a>) -> Desk<'a> {
    Desk {
        storage: &asked.call.house.storage,
        pack: &asked.call.house.pack,
        now: asked.call.access.now(),
    }
}

/// The patient in the address, whom the caller can read.
async fn patient<'a>(asked: &Asked<'a>) -> Result<&'a str, Error> {
    let id = asked.id.ok_or(Error::Absent)?;
    read::find(asked.call, ResourceType::PATIENT, id).await?;
    Ok(id)
}

/// What to show while a chart is open.
fn banner(asked: &Asked<'_>, emergency: &Emergency) -> String {
    let title = break_glass::reason_title(&emergency.reason).unwrap_or_default();
    let until = web::words::clock(emergency.expires, &asked.call.house.pack);
    format!("Emergency access until {until}: {title}. The patient is told, and it is reviewed.")
}

/// Opens a chart.
pub(super) async fn open(asked: &Asked<'_>) -> Result<Answer, Error> {
    let patient = patient(asked).await?;
    let reason = asked.inputs.text("reason").unwrap_or_default();
    let said = asked.inputs.text("text").unwrap_or_default();
    let opened = break_glass::open(desk(asked), &asked.call.access, patient, reason, said).await?;
    let opened = opened.map_err(|refusal| match refusal {
        Refusal::NotForYou => Error::not_your_role(refusal.to_string()),
        Refusal::NoReason => Error::value(refusal.to_string(), "reason"),
        Refusal::NothingSaid => Error::value(refusal.to_string(), "text"),
        Refusal::NotNeeded => Error::Unprocessable(vec![fhir::Issue::error(
            fhir::IssueCode::BusinessRule,
            refusal.to_string(),
        )]),
    })?;
    Ok(parameters::answer(&[
        parameters::at("expires", opened.emergency.expires),
        parameters::text("banner", banner(asked, &opened.emergency)),
        parameters::id("task", &opened.task),
        parameters::at("review-due", opened.review_due),
        parameters::flag("told", opened.told),
        parameters::flag("already", opened.already),
    ]))
}

/// Closes it again.
pub(super) async fn end(asked: &Asked<'_>) -> Result<Answer, Error> {
    let patient = asked.id.ok_or(Error::Absent)?;
    let ended = break_glass::close(desk(asked), &asked.call.access, patient).await?;
    Ok(parameters::answer(&[parameters::flag("ended", ended)]))
}

/// What is open.
pub(super) async fn status(asked: &Asked<'_>) -> Result<Answer, Error> {
    let access = &asked.call.access;
    let Some(patient) = asked.inputs.text("patient") else {
        let open = break_glass::in_force(desk(asked), access).await?;
        let shown = open.iter().map(|one| emergency(asked, one, false));
        return Ok(parameters::answer(&shown.collect::<Vec<_>>()));
    };
    if !break_glass::is_privacy_office(access) {
        return Err(Error::not_your_role(
            "the emergencies of a chart are for the privacy office",
        ));
    }
    let all = asked
        .call
        .house
        .storage
        .emergencies()
        .of_patient(patient)
        .await?;
    let shown = all.iter().map(|one| emergency(asked, one, true));
    Ok(parameters::answer(&shown.collect::<Vec<_>>()))
}

fn emergency(asked: &Asked<'_>, one: &Emergency, whole: bool) -> Value {
    let mut parts = vec![
        parameters::id("patient", &one.patient),
        parameters::code("reason", &one.reason),
        parameters::at("opened", one.opened),
        parameters::at("expires", one.expires),
    ];
    parts.extend(one.ended.map(|ended| parameters::at("ended", ended)));
    if whole {
        parts.push(parameters::id("account", &one.account));
        parts.push(parameters::text("text", &one.said));
    } else {
        parts.push(parameters::text("banner", banner(asked, one)));
    }
    parameters::part("emergency", &parts)
}

/// Keeps a patient untold for a while.
pub(super) async fn keep_untold(asked: &Asked<'_>) -> Result<Answer, Error> {
    let patient = patient(asked).await?;
    let access = &asked.call.access;
    if !break_glass::is_privacy_office(access) {
        return Err(Error::not_your_role(
            "whom not to tell is for the privacy office to say",
        ));
    }
    let said = asked.inputs.text("text").unwrap_or_default();
    let until = asked.inputs.instant("until");
    let until = until.ok_or_else(|| Error::value("until is an instant", "until"))?;
    let kept = break_glass::keep_untold(desk(asked), access, patient, said, until).await?;
    match kept {
        true => Ok(parameters::answer(&[parameters::at("until", until)])),
        false => Err(Error::value(
            "say why in 10 to 2000 characters, for at most 90 days",
            "text",
        )),
    }
}

/// Something was told to somebody outside.
pub(super) async fn disclosure(asked: &Asked<'_>) -> Result<Answer, Error> {
    let patient = patient(asked).await?;
    let access = &asked.call.access;
    let is_for = matches!(&access.standing().actor,
        Actor::Staff(staff) if ["him", "privacy"].contains(&staff.role.as_str()));
    if !is_for {
        return Err(Error::not_your_role(
            "disclosures are recorded by Medical Records and the privacy office",
        ));
    }
    let recipient = asked.inputs.text("recipient").unwrap_or_default().trim();
    if recipient.is_empty() || recipient.chars().count() > 200 {
        let rule = "recipient is a name of at most 200 characters";
        return Err(Error::value(rule, "recipient"));
    }
    let event = Event {
        at: access.now(),
        action: Action::Disclosure,
        permitted: true,
        reason: "DISCLOSED".to_owned(),
        agent: access.agent(Some(patient)).clone(),
        patient: Some(patient.to_owned()),
        entity: Some(format!("Patient/{patient}")),
        query: Some(recipient.to_owned()),
        request_id: None,
    };
    let until = asked.inputs.instant("suspended-until");
    asked.call.house.storage.audit_suspended(event, until);
    Ok(parameters::answer(&[parameters::at(
        "recorded",
        access.now(),
    )]))
}
