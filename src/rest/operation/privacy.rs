//! `$consent-receipt`, `$wait-for-clinician`, `$waiting-results`, `$release-status`, `$minor-release`, and the mark by
//! which a patient keeps something private.

use access::{Action, Actor};
use fhir::{Element, ResourceType};
use jiff::Timestamp;
use serde_json::json;
use storage::Seen;
use web::{Answer, keys};
use workflows::confidences::{self, Leave};
use workflows::{marks, privacy, receipts, waiting};

use super::{Asked, missing, parameters};
use crate::error::Error;

/// `Consent/{id}/$consent-receipt`
pub(super) async fn receipt(asked: &Asked<'_>) -> Result<Answer, Error> {
    let (house, access) = (&asked.call.house, &asked.call.access);
    let id = asked.id.unwrap_or_default();
    let claims = receipts::claims(&house.storage, access, id, &house.base_url);
    let claims = claims.await?.ok_or(Error::Absent)?;
    let key = keys::signing(&house.storage, access.now()).await?;
    let signed = smart::receipt::sign(&key, &claims);
    let signed = signed.map_err(|_| Error::House("a receipt could not be signed"))?;
    let mut parameters = vec![parameters::text("receipt", signed)];
    let says = claims.says.iter();
    parameters.extend(says.map(|one| parameters::text("says", one)));
    Ok(parameters::answer(&parameters))
}

/// The patient, on their own record.
fn patient<'a>(asked: &'a Asked<'_>) -> Result<&'a str, Error> {
    let standing = asked.call.access.standing();
    let own = standing.patient.as_ref().map(|patient| patient.id.as_str());
    match (&standing.actor, own) {
        (Actor::SelfPatient { .. }, Some(own)) if asked.id == Some(own) => Ok(own),
        (Actor::SelfPatient { .. }, _) => Err(Error::Absent),
        _ => Err(Error::not_yours(
            "only the patient says and sees what waits for them",
        )),
    }
}

fn desk<'a>(asked: &'a Asked<'_>) -> privacy::Desk<'a> {
    privacy::Desk {
        storage: &asked.call.house.storage,
        access: &asked.call.access,
    }
}

/// `Patient/{id}/$wait-for-clinician`
pub(super) async fn wait(asked: &Asked<'_>) -> Result<Answer, Error> {
    patient(asked)?;
    let on = asked.inputs.flag("on");
    let on = on.ok_or_else(|| missing("on", "say whether the patient wishes it"))?;
    waiting::wish(&desk(asked), on).await?;
    waiting_now(asked, on).await
}

/// `Patient/{id}/$waiting-results`
pub(super) async fn waits(asked: &Asked<'_>) -> Result<Answer, Error> {
    patient(asked)?;
    let on = waiting::is_wished(&desk(asked)).await?;
    waiting_now(asked, on).await
}

async fn waiting_now(asked: &Asked<'_>, on: bool) -> Result<Answer, Error> {
    let patient = patient(asked)?;
    let (house, access) = (&asked.call.house, &asked.call.access);
    let held = waiting::waiting(&house.storage, access.pack(), patient, access.now());
    let mut parameters = vec![parameters::flag("on", on)];
    for seen in held.await? {
        let reference = format!("{}/{}", seen.resource_type(), seen.id());
        let mut parts = vec![parameters::to("result", reference)];
        parts.extend(
            until(&document(&seen)?).map(|at| json!({"name": "until", "valueDateTime": at})),
        );
        parameters.push(parameters::part("waiting", &parts));
    }
    Ok(parameters::answer(&parameters))
}

fn document(seen: &Seen) -> Result<fhir::Document, Error> {
    let text = String::from_utf8_lossy(seen.body()).into_owned();
    fhir::Document::parse(text).map_err(|_| Error::House("a stored body is no JSON"))
}

fn until(document: &fhir::Document) -> Option<String> {
    let at = access::facts::hold_until(document.root())?;
    let at = Timestamp::from_microsecond(at).ok()?;
    Some(fhir::datetime::instant(at))
}

/// `{type}/{id}/$release-status`
pub(super) async fn status(asked: &Asked<'_>) -> Result<Answer, Error> {
    let (Some(of), Some(id)) = (asked.resource_type, asked.id) else {
        return Err(Error::House("a status is of a result"));
    };
    let call = asked.call;
    let records = call.records();
    let seen = crate::read::find(call, of, id).await;
    let (owner, document, for_staff) = match (&call.access.standing().actor, seen) {
        (Actor::SelfPatient { .. }, Ok(seen)) => {
            let document = document(&seen)?;
            (owner(&document), Some(document), false)
        }
        // Their own held result is refused, not hidden: that it is held is what they may know.
        (Actor::SelfPatient { .. }, Err(Error::Denied(denial)))
            if denial.reason.0 == "DENY_RELEASE_HOLD" =>
        {
            return Ok(parameters::answer(&[
                parameters::code("state", "held"),
                parameters::flag("reviewed", false),
            ]));
        }
        (Actor::Staff(_), Ok(seen)) => {
            let document = document(&seen)?;
            let owner = owner(&document).filter(|owner| records.treats(owner));
            (owner, Some(document), true)
        }
        (_, Err(error)) => return Err(error),
        _ => (None, None, false),
    };
    let held = document.as_ref().filter(|_| for_staff);
    let owner = owner.ok_or_else(|| {
        Error::not_yours(
            "only the patient, or a clinician who treats them, asks what became of a result",
        )
    })?;
    let mut parameters = Vec::new();
    let now = call.access.now().as_microsecond();
    let hold = held.and_then(|document| {
        let facet = access::Facet::of(of, document.root());
        let until = access::facts::hold_until(document.root()).filter(|at| *at > now)?;
        Some((facet.hold?, until))
    });
    let state = if hold.is_some() { "held" } else { "released" };
    parameters.push(parameters::code("state", state));
    if let (Some((hold, _)), Some(document)) = (&hold, held) {
        parameters.push(parameters::code("reason", &hold.reason));
        parameters.extend(until(document).map(|at| json!({"name": "until", "valueDateTime": at})));
    }
    let first = records.first_view(&owner, &format!("{of}/{id}")).await?;
    if let Some(first) = first {
        parameters.push(parameters::at("viewed-by-patient", first));
    }
    let reviewed = document.is_some_and(|document| is_reviewed(document.root()));
    parameters.push(parameters::flag("reviewed", reviewed));
    Ok(parameters::answer(&parameters))
}

fn owner(document: &fhir::Document) -> Option<String> {
    let subject = document.root().text_at("subject.reference")?;
    let (_, id) = subject.rsplit_once("Patient/")?;
    Some(id.to_owned())
}

/// Whether somebody is named as having interpreted a result.
fn is_reviewed(result: Element<'_>) -> bool {
    let named = ["resultsInterpreter", "interpreter", "authenticator"];
    named.iter().any(|path| !result.all(path).is_empty())
}

/// `Patient/{id}/$minor-release`
pub(super) async fn minor_release(asked: &Asked<'_>) -> Result<Answer, Error> {
    let call = asked.call;
    let id = asked.id.unwrap_or_default();
    if matches!(call.access.standing().actor, Actor::SelfPatient { .. }) {
        call.may(Action::Update, ResourceType::CONSENT)?;
    }
    let desk = confidences::Desk {
        storage: &call.house.storage,
        access: &call.access,
    };
    let person = asked.inputs.element("person").and_then(|one| {
        let reference = one.text_at("reference")?;
        let (_, id) = reference.rsplit_once("RelatedPerson/")?;
        Some(id.to_owned())
    });
    if asked.inputs.element("person").is_some() && person.is_none() {
        return Err(Error::value("person is a RelatedPerson", "person"));
    }
    if asked.inputs.flag("withdraw") == Some(true) {
        let ended = confidences::withdraw(&desk, id, person.as_deref()).await?;
        return Ok(parameters::answer(&[parameters::count("ended", ended)]));
    }
    let leave = Leave {
        person,
        types: asked.inputs.texts("type").map(str::to_owned).collect(),
        until: asked.inputs.text("until").map(str::to_owned),
    };
    let consent = confidences::release(&desk, id, &leave).await?;
    let reference = format!("Consent/{consent}");
    Ok(parameters::answer(&[parameters::to("consent", reference)]))
}

/// What a person may do to the labels of a thing of theirs: mark it private, and take that mark off again.
pub(super) async fn mark(asked: &Asked<'_>, meta: Element<'_>, on: bool) -> Result<(), Error> {
    let (Some(of), Some(id)) = (asked.resource_type, asked.id) else {
        return Err(Error::House("meta is changed on a resource"));
    };
    let only_security = meta.members().all(|(name, _)| name == "security");
    let labels = meta.all("security");
    let is_mark = |one: &Element<'_>| {
        one.text_at("system").as_deref() == Some(access::labels::ACT_CODE)
            && one.text_at("code").as_deref() == Some(access::labels::PRIVATE)
    };
    if !only_security || labels.is_empty() || !labels.iter().all(is_mark) {
        return Err(Error::not_yours(
            "of the labels of a thing, a patient sets and takes off one: PRS, by which it is private",
        ));
    }
    marks::mark(&desk(asked), (of, id), on).await?;
    Ok(())
}
