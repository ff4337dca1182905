//! The way back after the eighteenth birthday, laid ready before it: a Task of the new adult's, to be signed
//! from the first instant of that day; and the review of what was given for a time.

use access::vocabulary::BASE;
use fhir::ResourceType;
use fhir::datetime::instant;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::proxies::{BUSINESS_STATUS, Desk, Error, Relation, TASK_CODE, coded, create, text};

/// Laid ready, before the day it may be signed on.
pub(crate) const NOT_YET: &str = "not-yet-signable";
/// To be signed.
pub(crate) const READY: &str = "ready-to-sign";

/// Why acting for an adult paused.
const PAUSE: &str = "proxy-pause";
const CLOSED: &str = "account-closed";

fn id(of: &str, relation: &Relation) -> String {
    let name = format!("{BASE}/{of}/{}", relation.id());
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).to_string()
}

/// The id of the Task by which what a parent had is given again.
pub(crate) fn task_id(relation: &Relation) -> String {
    id("proxy-reestablish", relation)
}

fn status(code: &str) -> Value {
    let display = match code {
        READY => "Ready to be signed",
        _ => "To be signed from the day of majority on",
    };
    coded(BUSINESS_STATUS, code, display)
}

fn task(relation: &Relation, at: Timestamp, now: Timestamp, code: &str) -> Value {
    let patient = json!({"reference": format!("Patient/{}", relation.patient_id())});
    json!({
        "resourceType": "Task", "id": task_id(relation),
        "status": "draft", "intent": "proposal", "businessStatus": status(code),
        "code": coded(TASK_CODE, "proxy-reestablish", "Give proxy access again"),
        "description": "Let somebody who acted for you as a child act for you again.",
        "focus": {"reference": format!("RelatedPerson/{}", relation.id())},
        "for": patient, "authoredOn": instant(now), "owner": patient,
        "restriction": {"period": {"start": instant(at)}}
    })
}

/// Lays the Task ready before the birthday.
pub(super) async fn prepare(
    desk: &Desk<'_>,
    relation: &Relation,
    at: Timestamp,
) -> Result<(), Error> {
    let book = desk.book();
    let id = task_id(relation);
    if book.find(ResourceType::TASK, &id).await?.is_none() {
        // Another node laid it ready meanwhile, if it is there by now.
        book.write(vec![create(&task(relation, at, desk.now, NOT_YET))?])
            .await?;
    }
    Ok(())
}

/// From the birthday on it may be signed.
pub(super) async fn open(desk: &Desk<'_>, relation: &Relation, at: Timestamp) -> Result<(), Error> {
    let book = desk.book();
    let change = match book.find(ResourceType::TASK, &task_id(relation)).await? {
        None => create(&task(relation, at, desk.now, READY))?,
        Some(kept) if text(&kept.json, "/status") == "draft" => {
            let mut json = kept.json.clone();
            if let Some(members) = json.as_object_mut() {
                members.insert("businessStatus".to_owned(), status(READY));
            }
            kept.update(&json)?
        }
        Some(_) => return Ok(()),
    };
    book.write(vec![change]).await?;
    Ok(())
}

/// For whoever closed their account and comes back: the way to let in again who acted for them until then.
pub(crate) async fn lay_open(
    desk: &Desk<'_>,
    relation: &Relation,
    at: Timestamp,
) -> Result<(), Error> {
    let book = desk.book();
    if book
        .find(ResourceType::TASK, &task_id(relation))
        .await?
        .is_some()
    {
        return Ok(());
    }
    let mut task = task(relation, at, desk.now, READY);
    task["description"] =
        json!("Let somebody act for you again who did until you closed your account.");
    let system = format!("{BASE}/CodeSystem/{PAUSE}");
    task["reasonCode"] = coded(&system, CLOSED, "The account was closed");
    book.write(vec![create(&task)?]).await?;
    Ok(())
}

/// Before an attestation of diminished capacity runs out, staff look whether it is to be given again.
pub(super) async fn ask_for_review(
    desk: &Desk<'_>,
    relation: &Relation,
    end: Timestamp,
) -> Result<(), Error> {
    let name = format!("proxy-review/{}", end.as_second());
    let id = id(&name, relation);
    let book = desk.book();
    if book.find(ResourceType::TASK, &id).await?.is_some() {
        return Ok(());
    }
    let task = json!({
        "resourceType": "Task", "id": id, "status": "requested", "intent": "order",
        "code": coded(TASK_CODE, "proxy-review", "Review of proxy access"),
        "description": "Diminished capacity was attested for a time that runs out. Ask the clinician whether it \
                        is to be attested again.",
        "focus": {"reference": format!("RelatedPerson/{}", relation.id())},
        "for": {"reference": format!("Patient/{}", relation.patient_id())},
        "authoredOn": instant(desk.now),
        "restriction": {"period": {"end": instant(end)}}
    });
    book.write(vec![create(&task)?]).await?;
    Ok(())
}
