//! `$access-log` and `$report-access`: who looked at a record, and what is not recognised.

use access::time::{end_instant, start_instant};
use access::{Action, Denial};
use config::limits;
use fhir::ResourceType;
use jiff::Timestamp;
use serde_json::Value;
use storage::audit;
use web::Answer;
use workflows::access_log::{self, Entry, Reader};
use workflows::apps::Desk;
use workflows::privacy_reviews;

use super::{Asked, parameters};
use crate::error::Error;

/// What the ids of AuditEvents made here begin with.
const EVENT: &str = "audit-";

/// The patient whose log it is. Errors: 404 for whoever may not read it, as for one that is not
/// there, 403 for a scope or role that lacks it.
fn patient<'a>(asked: &Asked<'a>) -> Result<&'a str, Error> {
    asked.call.may(Action::Search, ResourceType::AUDIT_EVENT)?;
    let id = asked.id.filter(|id| fhir::reference::is_id(id));
    let id = id.ok_or(Error::Absent)?;
    let decision = access_log::may_read(&asked.call.access, id);
    match decision.permits() {
        true => Ok(id),
        false if decision.http == 404 => Err(Error::Absent),
        false => Err(Error::Denied(Denial {
            http: decision.http,
            reason: decision.reason,
            message: "this log is not yours to read".to_owned(),
        })),
    }
}

/// Some entries, newest first.
pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, Error> {
    let patient = patient(asked)?;
    let inputs = &asked.inputs;
    let group = match inputs.text("group") {
        None => None,
        Some(code) => Some(access_log::group_of(code).ok_or_else(|| {
            let codes = access_log::GROUPS.map(|(_, code, _)| code).join(", ");
            Error::value(format!("group is one of {codes}"), "group")
        })?),
    };
    let zone = asked.call.house.pack.zone();
    let wanted = audit::Asked {
        patient,
        group,
        from: at("from", inputs.text("from"), |text| {
            start_instant(text, zone)
        })?,
        until: at("until", inputs.text("until"), |text| {
            end_instant(text, zone)
        })?,
        before: inputs
            .text("before")
            .map(|it| position(it, "before"))
            .transpose()?,
        count: count(inputs.whole("_count"))?,
    };
    let log = asked.call.records().access_log(&wanted).await?;
    let reader = Reader::of(&asked.call.access, patient);
    let mut parameters: Vec<Value> = log
        .lines
        .iter()
        .map(|line| parameter(&access_log::entry(line, &reader)))
        .collect();
    parameters.extend(
        log.next
            .map(|next| parameters::id("next", format!("{EVENT}{next}"))),
    );
    Ok(parameters::answer(&parameters))
}

fn at(
    name: &str,
    text: Option<&str>,
    read: impl Fn(&str) -> Option<Timestamp>,
) -> Result<Option<Timestamp>, Error> {
    let Some(text) = text else { return Ok(None) };
    let fault = || Error::value(format!("{name} is a date or an instant"), name);
    read(text).map(Some).ok_or_else(fault)
}

fn unknown(name: &str) -> Error {
    Error::value(format!("{name} names no entry of this log"), name)
}

/// The entry that the id of an AuditEvent is of.
fn position(event: &str, name: &str) -> Result<i64, Error> {
    let number = event.strip_prefix(EVENT).and_then(|it| it.parse().ok());
    number.ok_or_else(|| unknown(name))
}

/// Entries of a page.
pub(super) fn count(asked: Option<i64>) -> Result<i64, Error> {
    let most = i64::try_from(limits::PAGE_RESOURCES_MAX).unwrap_or(i64::MAX);
    match asked {
        None => Ok(limits::LOG_LINES),
        Some(count) if count > 0 => Ok(count.min(most)),
        Some(_) => Err(Error::value(
            "_count must be a whole number above 0",
            "_count",
        )),
    }
}

fn parameter(entry: &Entry) -> Value {
    let mut parts = vec![
        parameters::id("event", &entry.event),
        parameters::at("at", entry.at),
        parameters::code("group", entry.group),
        parameters::text("who", &entry.who),
    ];
    parts.extend(
        entry
            .department
            .iter()
            .map(|it| parameters::text("department", it)),
    );
    parts.extend(entry.app.iter().map(|it| parameters::text("app", it)));
    parts.push(parameters::text("text", entry.sentence()));
    parts.push(parameters::flag("permitted", entry.permitted));
    parts.push(parameters::flag("emergency", entry.emergency));
    parameters::part("entry", &parts)
}

/// An entry is not recognised.
pub(super) async fn report(asked: &Asked<'_>) -> Result<Answer, Error> {
    let patient = patient(asked)?;
    let call = asked.call;
    let event = asked.inputs.text("event").unwrap_or_default();
    let position = position(event, "event")?;
    let desk = Desk {
        storage: &call.house.storage,
        pack: &call.house.pack,
        now: call.access.now(),
    };
    let comment = asked.inputs.text("comment").unwrap_or_default();
    let reported = privacy_reviews::report(desk, &call.access, patient, position, comment).await?;
    let reported = reported.ok_or_else(|| unknown("event"))?;
    Ok(parameters::answer(&[
        parameters::id("task", &reported.task),
        parameters::flag("already", reported.already),
    ]))
}
