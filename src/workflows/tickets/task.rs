//! The Task `support-ticket`: what it says, and how it changes.

use access::Pack;
use access::calendar::Office;
use access::vocabulary::{BASE, BUSINESS_STATUS, PAUSED, TASK_CODE};
use fhir::datetime::instant;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::proxies::{coded, has_code, text};
use crate::tasks::{self, put_mark, run_on, set, stands_open};
use crate::work::OPEN;

/// The code of the Task.
const CODE: &str = "support-ticket";
pub(super) fn is_ticket(task: &Value) -> bool {
    has_code(task, "/code", TASK_CODE, CODE)
}

pub(super) fn is_open(task: &Value) -> bool {
    OPEN.contains(&text(task, "/status"))
}

/// Whether the person was asked for something.
pub(super) fn waits(task: &Value) -> bool {
    text(task, "/status") == "on-hold"
}

pub(super) fn number(task: &Value) -> &str {
    text(task, "/identifier/0/value")
}

/// The member of staff who works on it: reference and name.
pub(super) fn holder(task: &Value) -> Option<(&str, &str)> {
    let who = text(task, "/owner/reference");
    let name = match text(task, "/owner/display") {
        "" => who,
        name => name,
    };
    who.starts_with("Practitioner").then_some((who, name))
}

/// What the person was told, or asked last.
pub(super) fn said<'t>(task: &'t Value, code: &str) -> Option<&'t str> {
    values(task, "/output", code).last()
}

/// What the person wrote: at first, and later.
pub(super) fn wrote<'t>(task: &'t Value, code: &str) -> Vec<&'t str> {
    values(task, "/input", code).collect()
}

fn values<'t>(task: &'t Value, list: &str, code: &str) -> impl Iterator<Item = &'t str> {
    let all = task.pointer(list).and_then(Value::as_array);
    let code = code.to_owned();
    all.into_iter().flatten().filter_map(move |one| {
        let is = text(one, "/type/coding/0/code") == code;
        let value = one.get("valueString").or_else(|| one.get("valueCode"));
        value.and_then(Value::as_str).filter(|_| is)
    })
}

pub(super) fn business_status(code: &str, display: &str) -> Value {
    coded(BUSINESS_STATUS, code, display)
}

pub(super) fn input(code: &str, display: &str, member: &str, value: &str) -> Value {
    typed("task-input", code, display, member, value)
}

pub(super) fn output(code: &str, display: &str, member: &str, value: &str) -> Value {
    typed("task-output", code, display, member, value)
}

fn typed(system: &str, code: &str, display: &str, member: &str, value: &str) -> Value {
    let mut one = json!({"type": tasks::coded(system, code, display)});
    set(&mut one, member, json!(value));
    one
}

/// A new ticket, without what was written.
pub(super) fn new(id: &str, number: &str, now: Timestamp) -> Value {
    json!({
        "resourceType": "Task",
        "id": id,
        "identifier": [{"system": format!("{BASE}/NamingSystem/ticket"), "value": number}],
        "status": "requested",
        "businessStatus": business_status("queued", "Queued"),
        "intent": "order",
        "priority": "routine",
        "code": coded(TASK_CODE, CODE, "Support ticket"),
        "authoredOn": instant(now),
        "lastModified": instant(now),
        "performerType": [tasks::coded("staff-role", "support", "Support")],
        // R4 lets an owner be named without there being a resource of it.
        "owner": {"type": "HealthcareService", "display": "Support"},
    })
}

/// The clock stands still: the person was asked for something.
pub(super) fn pause(task: &mut Value, now: Timestamp) {
    set(task, "status", json!("on-hold"));
    let waiting = business_status("waiting-for-information", "Waiting for information");
    set(task, "businessStatus", waiting);
    put_mark(task, PAUSED, json!({"valueInstant": instant(now)}));
}

/// The clock runs again; as many business days are left as there were.
pub(super) fn go_on(task: &mut Value, pack: &Pack, now: Timestamp) {
    let clock = |due, paused| {
        pack.calendar
            .due_after_pause(Office::Support, due, paused, now)
    };
    run_on(task, clock);
    let (status, code, display) = stands_open(holder(task).is_some());
    set(task, "status", json!(status));
    set(task, "businessStatus", business_status(code, display));
}
