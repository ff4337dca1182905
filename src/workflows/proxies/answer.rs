//! The patient answers: to somebody who asks to act for them, and, once of age, to a parent who did.

use access::vocabulary::PROXY_RELATIONSHIP;
use fhir::ResourceType;
use serde_json::{Value, json};

use super::book::{Kept, has_code, text};
use super::grant::{Plan, Tell, establish};
use super::invite::check_may_give;
use super::{Desk, Error, Extent, Part, Relation, TASK_CODE, accounts, build, letters};
use access::actor::RelationshipKind;

/// A Task that waits for the patient at the desk.
async fn waiting(desk: &Desk<'_>, id: &str) -> Result<(Kept, bool), Error> {
    let Part::Patient(patient) = &desk.part else {
        return Err(Error::Absent);
    };
    let task = desk
        .book()
        .find(ResourceType::TASK, id)
        .await?
        .ok_or(Error::Absent)?;
    let of = text(&task.json, "/for/reference");
    if of != format!("Patient/{patient}") {
        return Err(Error::Absent);
    }
    let is = |code: &str| has_code(&task.json, "/code", TASK_CODE, code);
    let waits = text(&task.json, "/businessStatus/coding/0/code") == "awaiting-patient-consent";
    let status = text(&task.json, "/status");
    let over = matches!(status, "completed" | "rejected" | "cancelled");
    match (is("proxy-request"), is("proxy-reestablish")) {
        (true, _) | (_, true) if over => Err(Error::Overtaken),
        (true, _) if waits && status == "requested" => Ok((task, false)),
        (_, true) if matches!(status, "draft" | "requested") => Ok((task, true)),
        _ => Err(Error::Absent),
    }
}

/// Lets somebody act for the patient at the desk: who asked to, or who did when the patient was a child.
///
/// # Errors
/// `Absent` for a Task that is not theirs to answer, `Rule` for a level or period that cannot be given and for a
/// signature before its time, `Overtaken`.
pub async fn agree(desk: &Desk<'_>, task: &str, extent: &Extent) -> Result<(), Error> {
    let (task, again) = waiting(desk, task).await?;
    let id = super::relation::id_of(text(&task.json, "/focus/reference"), "RelatedPerson");
    let relation = Relation::find(desk, id).await?.ok_or(Error::Absent)?;
    check_may_give(desk, &relation.patient).await?;
    extent.check(&desk.pack, RelationshipKind::Adult, desk.now)?;
    let person = match again {
        true => accounts::persons(desk, relation.id())
            .await?
            .into_iter()
            .next(),
        false => asker(desk, task.id()).await?,
    };
    if again && person.is_none() {
        return Err(Error::rule(
            "task",
            "they have no account any more: invite them instead",
        ));
    }
    let related = match again {
        true => (adult(&relation.related.json), None),
        false => (
            relation.related.json.clone(),
            Some(relation.related.clone()),
        ),
    };
    let related_id = text(&related.0, "/id").to_owned();
    let performer = format!("Patient/{}", relation.patient_id());
    let ids = (relation.patient_id(), related_id.as_str());
    let consent = build::consent(desk, ids, extent, Some(&performer), "active");
    let mut done = task.json.clone();
    build::set_status(&mut done, "completed", None, desk.now);
    if again {
        done["focus"] = build::reference("RelatedPerson", &related_id);
    }
    let plan = Plan {
        related: (build::activated(&related.0, desk.now, extent), related.1),
        consent: (consent, None),
        task: (done, task),
        person: person.map(|person| (build::linked(&person.json, &related_id), person)),
        again,
    };
    establish(desk, &plan, Tell::Proxy).await
}

/// The Person of whoever asked by a Task.
pub(crate) async fn asker(desk: &Desk<'_>, task: &str) -> Result<Option<Kept>, Error> {
    let Some(account) = desk.storage.proxies().asker(task).await? else {
        return Ok(None);
    };
    match desk.storage.accounts().find(&account).await? {
        Some(account) => accounts::person_of(desk, &account).await.map(Some),
        None => Ok(None),
    }
}

/// A parent of before as an adult's proxy from now on: another relationship, under another ground.
fn adult(parent: &Value) -> Value {
    let mut made = parent.clone();
    made["id"] = json!(build::new_id());
    made["extension"] = json!([{"url": PROXY_RELATIONSHIP, "valueCode": "adult"}]);
    if let Some(members) = made.as_object_mut() {
        members.shift_remove("meta");
        members.shift_remove("period");
        members.shift_remove("text");
    }
    made
}

/// Does not let them. A request is over with it; what a parent had stays as it is: ended.
///
/// # Errors
/// `Absent` for a Task that is not theirs to answer, `Overtaken`.
pub async fn refuse(desk: &Desk<'_>, task: &str) -> Result<(), Error> {
    let (task, again) = waiting(desk, task).await?;
    let mut done = task.json.clone();
    let status = if again { "cancelled" } else { "rejected" };
    build::set_status(&mut done, status, None, desk.now);
    if desk
        .book()
        .write(vec![task.update(&done)?])
        .await?
        .is_none()
    {
        return Err(Error::Overtaken);
    }
    if again {
        return Ok(());
    }
    let id = super::relation::id_of(text(&task.json, "/focus/reference"), "RelatedPerson");
    if let Some(relation) = Relation::find(desk, id).await? {
        super::end::withdraw(desk, &relation).await?;
    }
    letters::refused(desk, task.id()).await
}
