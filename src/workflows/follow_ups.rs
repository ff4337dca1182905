//! The work that writing leaves for staff: a conversation about a result the patient waits to hear, a report to child
//! protection that must be considered. Each is one Task, however often this runs and on however many nodes.

use std::collections::BTreeSet;
use std::sync::Arc;

use access::calendar::Office;
use access::standing::Agent;
use access::time::{BirthDate, attained};
use access::{Access, Pack, Task};
use fhir::ResourceType;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use storage::owed::{Kind, Owed};
use storage::{Found, Storage, WriteFaultKind};

use crate::proxies::{BUSINESS_STATUS, Error, TASK_CODE, coded, text};
use crate::waiting;

/// Pieces of work taken on in one go.
const MOST: i64 = 200;

/// Makes the Tasks that are owed: how many were made.
///
/// # Errors
/// When the database cannot be asked; what was not made is made the next time.
pub async fn run(storage: &Storage, pack: &Arc<Pack>, now: Timestamp) -> Result<usize, Error> {
    let owed = storage.owed(pack, now, MOST).await?;
    let mut told: BTreeSet<String> = BTreeSet::new();
    for one in owed.iter().filter(|one| one.kind == Kind::Discuss) {
        told.extend(parts(&json_of(one)?));
    }
    let (mut made, mut late) = (0, None);
    for one in &owed {
        made += match one.kind {
            Kind::Answer => {
                let message = json_of(one)?;
                let about = (&message, one.patient.as_str());
                match crate::work::follow(storage, pack, about, now).await {
                    Ok(made) => made,
                    // One message that cannot be followed up holds nobody else's up.
                    Err(error) => {
                        late.get_or_insert(error);
                        continue;
                    }
                }
            }
            Kind::Discuss => {
                let name = format!("{}/{}", one.seen.resource_type(), one.seen.id());
                // A result is talked about with its report.
                match told.contains(&name) {
                    true => 0,
                    false => create(storage, pack, &conversation(one, pack, now)?, now).await?,
                }
            }
            Kind::Report => match report(storage, pack, one, now).await? {
                Some(task) => create(storage, pack, &task, now).await?,
                None => 0,
            },
            Kind::Release => {
                let agent = Agent {
                    who: format!("Patient/{}", one.patient),
                    ..Agent::default()
                };
                waiting::release_all(storage, pack, &agent, &one.patient, now).await?;
                0
            }
        };
        storage.settle_owed(one.kind, one.rid).await?;
    }
    match late {
        None => Ok(made),
        Some(crate::work::Error::Storage(error)) => Err(error.into()),
        Some(other) => Err(Error::Invalid(other.to_string())),
    }
}

fn json_of(owed: &Owed) -> Result<Value, Error> {
    serde_json::from_slice(owed.seen.body()).map_err(|e| Error::Invalid(e.to_string()))
}

/// The results a report is made of.
fn parts(report: &Value) -> Vec<String> {
    let results = report.get("result").and_then(Value::as_array);
    let results = results.into_iter().flatten();
    results
        .map(|one| text(one, "/reference").to_owned())
        .collect()
}

/// An id that is the same for the same work, so that it is made once.
pub(crate) fn id_of(kind: &str, about: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, about.as_bytes());
    let digits = digest.as_ref().iter().take(16);
    let digits: String = digits.map(|byte| format!("{byte:02x}")).collect();
    format!("{kind}-{digits}")
}

/// A Task of the house that waits for somebody, due at an instant.
pub(crate) fn task(
    (code, display): (&str, &str),
    about: (ResourceType, &str),
    patient: &str,
    (now, due): (Timestamp, Timestamp),
) -> Value {
    let focus = format!("{}/{}", about.0, about.1);
    json!({
        "resourceType": "Task",
        "id": id_of(code, &focus),
        "status": "requested",
        "businessStatus": coded(BUSINESS_STATUS, "queued", "Queued"),
        "intent": "order",
        "priority": "routine",
        "code": coded(TASK_CODE, code, display),
        "focus": {"reference": focus},
        "for": {"reference": format!("Patient/{patient}")},
        "authoredOn": fhir::datetime::instant(now),
        "lastModified": fhir::datetime::instant(now),
        "restriction": {"period": {"end": fhir::datetime::instant(due)}},
    })
}

/// Whoever made a thing, as the owner of work about it.
pub(crate) fn give_to(task: &mut Value, candidates: &[&Value]) {
    let is_professional = |one: &&&Value| text(one, "/reference").starts_with("Practitioner");
    let owner = candidates.iter().find(is_professional);
    if let (Some(owner), Some(members)) = (owner, task.as_object_mut()) {
        members.insert("owner".to_owned(), (*owner).clone());
    }
}

/// The patient waits for a clinician: whoever made the result is asked to talk about it.
pub(crate) fn discussion(
    about: (ResourceType, &str),
    result: &Value,
    patient: &str,
    pack: &Pack,
    now: Timestamp,
) -> Value {
    let days = pack.sla.message_business_days;
    let due = pack.calendar.due(Office::Practice, now, days);
    let what = (
        "discuss-result",
        "The patient waits to hear this result from a clinician",
    );
    let mut task = task(what, about, patient, (now, due));
    let list = |path: &str| result.get(path).and_then(Value::as_array);
    let named = ["resultsInterpreter", "performer"]
        .into_iter()
        .filter_map(list);
    let named: Vec<&Value> = named.flatten().collect();
    give_to(&mut task, &named);
    task
}

fn conversation(owed: &Owed, pack: &Pack, now: Timestamp) -> Result<Value, Error> {
    let about = (owed.seen.resource_type(), owed.seen.id());
    Ok(discussion(about, &json_of(owed)?, &owed.patient, pack, now))
}

/// The Task of whoever must consider a report to child protection; `None` where the child was older than the law
/// says. Of a birth date that is known in part the latest possible day counts: better looked at than missed.
async fn report(
    storage: &Storage,
    pack: &Arc<Pack>,
    owed: &Owed,
    now: Timestamp,
) -> Result<Option<Value>, Error> {
    let care = json_of(owed)?;
    let document = fhir::Document::parse(care.to_string());
    let document = document.map_err(|e| Error::Invalid(format!("{e:?}")))?;
    let Some(age) = access::waiting::report_age(document.root(), pack) else {
        return Ok(None);
    };
    let eyes = Access::for_task_by(Task::Standing, Agent::default(), Arc::clone(pack), now);
    let records = storage.records(&eyes);
    let Found::Seen(patient) = records.read(ResourceType::PATIENT, &owed.patient).await? else {
        return Ok(None);
    };
    let patient: Value =
        serde_json::from_slice(patient.body()).map_err(|e| Error::Invalid(e.to_string()))?;
    let at = care_time(&care, pack).unwrap_or(now);
    let older = BirthDate::parse(text(&patient, "/birthDate")).is_some_and(|birth| {
        let years = age.saturating_add(1);
        attained(birth.latest, years, pack.leap_day(), pack.zone(), at)
    });
    if older {
        return Ok(None);
    }
    let hours = i64::from(pack.sla.child_report_hours);
    let due = now
        .checked_add(SignedDuration::from_hours(hours))
        .unwrap_or(Timestamp::MAX);
    let about = (owed.seen.resource_type(), owed.seen.id());
    let what = (
        "dcf-report",
        "A report to child protection is to be considered",
    );
    let mut task = task(what, about, &owed.patient, (now, due));
    if let Some(members) = task.as_object_mut() {
        members.insert("priority".to_owned(), json!("urgent"));
    }
    let participants = care.get("participant").and_then(Value::as_array);
    let individuals = participants
        .into_iter()
        .flatten()
        .filter_map(|one| one.get("individual"));
    let mut named: Vec<&Value> = individuals.collect();
    named.extend(care.get("requester"));
    give_to(&mut task, &named);
    Ok(Some(task))
}

fn care_time(care: &Value, pack: &Pack) -> Option<Timestamp> {
    let at = [
        "/period/start",
        "/authoredOn",
        "/effectiveDateTime",
        "/performedDateTime",
    ];
    let stated = at
        .iter()
        .map(|path| text(care, path))
        .find(|text| !text.is_empty())?;
    access::time::start_instant(stated, pack.zone())
}

/// Stores a Task under its id: 0 where it is there already.
pub(crate) async fn create(
    storage: &Storage,
    pack: &Arc<Pack>,
    task: &Value,
    now: Timestamp,
) -> Result<usize, Error> {
    let agent = Agent {
        who: "Device/kinchart".to_owned(),
        display: "Kinchart".to_owned(),
        ..Agent::default()
    };
    let access = Access::for_task_by(Task::Review, agent, Arc::clone(pack), now);
    let change = crate::proxies::create(task)?;
    match storage.records(&access).write(vec![change]).await {
        Ok(_) => Ok(1),
        Err(storage::Error::Write(fault)) if matches!(fault.kind, WriteFaultKind::IdTaken) => Ok(0),
        Err(error) => Err(error.into()),
    }
}
