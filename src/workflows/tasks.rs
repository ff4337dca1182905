//! What Tasks of the house have in common, as JSON: words of our own code systems, who asked, marks, and the clock.

use access::standing::Agent;
use access::vocabulary::{BASE, PAUSED};
use fhir::datetime::instant;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::proxies::text;

/// A CodeableConcept of one of our own code systems, such as `task-code`.
pub(crate) fn coded(system: &str, code: &str, display: &str) -> Value {
    crate::proxies::coded(&format!("{BASE}/CodeSystem/{system}"), code, display)
}

/// Who asked: a reference where R4 lets it be one; `None` where nobody did.
pub(crate) fn requester(agent: &Agent) -> Option<Value> {
    let who = &agent.who;
    let referable = [
        "Patient",
        "RelatedPerson",
        "Practitioner",
        "PractitionerRole",
    ];
    let kind = who.split('/').next().unwrap_or_default();
    let mut requester = match referable.contains(&kind) {
        true => json!({"reference": who}),
        false if who.is_empty() => return None,
        false => json!({"identifier": {"value": who}}),
    };
    if !agent.display.is_empty() {
        requester["display"] = json!(agent.display);
    }
    Some(requester)
}

pub(crate) fn set(json: &mut Value, member: &str, value: Value) {
    if let Some(members) = json.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
}

pub(crate) fn remove(json: &mut Value, member: &str) {
    if let Some(members) = json.as_object_mut() {
        members.shift_remove(member);
    }
}

/// One more of a list.
pub(crate) fn add(json: &mut Value, list: &str, value: Value) {
    match json.get_mut(list).and_then(Value::as_array_mut) {
        Some(all) => all.push(value),
        None => set(json, list, json!([value])),
    }
}

/// An extension of a Task.
pub(crate) fn mark<'t>(task: &'t Value, url: &str) -> Option<&'t Value> {
    let all = task.get("extension").and_then(Value::as_array)?;
    all.iter().find(|one| one["url"] == url)
}

/// Sets an extension; `value`: an object with its `value[x]`.
pub(crate) fn put_mark(task: &mut Value, url: &str, value: Value) {
    take_mark(task, url);
    let mut one = json!({"url": url});
    if let (Some(members), Value::Object(value)) = (one.as_object_mut(), value) {
        members.extend(value);
    }
    add(task, "extension", one);
}

pub(crate) fn take_mark(task: &mut Value, url: &str) {
    if let Some(all) = task.get_mut("extension").and_then(Value::as_array_mut) {
        all.retain(|one| one["url"] != url);
        if all.is_empty() {
            remove(task, "extension");
        }
    }
}

/// An instant as a Task says it.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Starts the clock of a Task that was paused; `due_after_pause`: of when it was due and when it was paused. `false`
/// where it was not.
pub(crate) fn run_on(
    task: &mut Value,
    due_after_pause: impl FnOnce(Timestamp, Timestamp) -> Timestamp,
) -> bool {
    let paused = mark(task, PAUSED).and_then(|it| moment(text(it, "/valueInstant")));
    let Some(paused) = paused else { return false };
    take_mark(task, PAUSED);
    let due = moment(text(task, "/restriction/period/end"));
    if let Some((due, end)) = due.zip(task.pointer_mut("/restriction/period/end")) {
        *end = json!(instant(due_after_pause(due, paused)));
    }
    true
}

/// Where a Task stands once somebody may go on with it: status, and code and display of its business status.
pub(crate) fn stands_open(is_held: bool) -> (&'static str, &'static str, &'static str) {
    match is_held {
        true => ("in-progress", "assigned", "Assigned"),
        false => ("requested", "queued", "Queued"),
    }
}
