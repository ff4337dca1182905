//! From one pair of hands to the next: what each verb makes of a Task, as a pure function.

use access::Pack;
use access::vocabulary::{BASE, BUSINESS_STATUS, PAUSED, POOL};
use fhir::datetime::instant;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Error;
use super::kinds::{code_of, kind_of};
use crate::proxies::{coded, text};
use crate::tasks::{add, mark, moment, put_mark, remove, run_on, set, stands_open, take_mark};

/// Characters of a question or an answer, at most.
pub const SAID_MAX: usize = 2_000;
/// How a moment reads: `June 15, 12:01 PM`.
const MOMENT: &str = "%B %-d, %-I:%M %p";
/// Statuses of work that is still to be done.
pub const OPEN: [&str; 6] = [
    "requested",
    "received",
    "accepted",
    "ready",
    "in-progress",
    "on-hold",
];

/// A member of staff, as a Task names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// `Practitioner/…`
    pub who: String,
    pub display: String,
}

/// What somebody does with a piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Claim,
    Release,
    /// `from`: who has it now, where somebody has.
    Assign {
        to: Worker,
        from: Option<String>,
    },
    /// The person is asked for more; the clock stands still.
    Ask {
        question: String,
    },
    Resume,
    /// Done, or not to be done; with what the person is told.
    Complete {
        done: bool,
        answer: String,
    },
}

/// Who has a Task: nobody while it is only routed to a pool.
pub(crate) fn holder(task: &Value) -> Option<Worker> {
    let who = text(task, "/owner/reference");
    who.starts_with("Practitioner").then(|| Worker {
        who: who.to_owned(),
        display: text(task, "/owner/display").to_owned(),
    })
}

/// Where a Task is routed to, also while somebody has it.
pub(crate) fn pool(task: &Value) -> Option<&Value> {
    let kept = mark(task, POOL).and_then(|it| it.get("valueReference"));
    kept.or_else(|| task.get("owner"))
        .filter(|pool| text(pool, "/reference").starts_with("HealthcareService/"))
}

/// The same for everybody but `worker`.
pub(crate) fn held_by_another(task: &Value, worker: &str) -> Option<Worker> {
    holder(task).filter(|holder| holder.who != worker)
}

/// The Task after a step, `None` where nothing changes by it.
///
/// # Errors
/// `Held` where somebody else has it, `Over` where it is done, `Rule` for what the step lacks.
pub(crate) fn take(
    task: &Value,
    step: &Step,
    worker: &Worker,
    pack: &Pack,
    now: Timestamp,
) -> Result<Option<Value>, Error> {
    if !OPEN.contains(&text(task, "/status")) {
        return Err(over(task));
    }
    let takes_over = matches!(step, Step::Assign { .. });
    if let Some(other) = held_by_another(task, &worker.who).filter(|_| !takes_over) {
        return Err(held(task, other, pack));
    }
    let mine = holder(task).is_some();
    let mut after = task.clone();
    match step {
        Step::Claim if mine => return Ok(None),
        Step::Release if !mine => return Ok(None),
        Step::Claim => give(&mut after, worker),
        Step::Release => put_back(&mut after),
        Step::Assign { to, from } => {
            let other = holder(task);
            if other.as_ref().map(|it| it.who.as_str()) != from.as_deref() {
                return match other {
                    Some(other) => Err(held(task, other, pack)),
                    None => Err(Error::rule("from", "nobody has it")),
                };
            }
            give(&mut after, to);
        }
        Step::Ask { question } => {
            decided_here(task)?;
            said(question, "question", true)?;
            if mark(task, PAUSED).is_some() {
                return Err(Error::rule("question", "it waits for an answer already"));
            }
            give(&mut after, worker);
            set(&mut after, "status", json!("on-hold"));
            stands(
                &mut after,
                "waiting-for-information",
                "Waiting for information",
            );
            put_mark(&mut after, PAUSED, json!({"valueInstant": instant(now)}));
        }
        Step::Resume => {
            if mark(task, PAUSED).is_none() {
                return Ok(None);
            }
            go_on(&mut after, pack, now);
        }
        Step::Complete { done, answer } => {
            decided_here(task)?;
            said(answer, "answer", !done)?;
            go_on(&mut after, pack, now);
            give(&mut after, worker);
            let status = if *done { "completed" } else { "rejected" };
            set(&mut after, "status", json!(status));
            stands(&mut after, "closed", "Closed");
        }
    }
    touch(&mut after, now);
    Ok(Some(after))
}

/// Notes when it was changed: never before it was written, also where clocks differ (Task's inv-1).
pub(crate) fn touch(task: &mut Value, now: Timestamp) {
    let authored = moment(text(task, "/authoredOn"));
    let now = authored.map_or(now, |authored| authored.max(now));
    set(task, "lastModified", json!(instant(now)));
}

pub(crate) fn over(task: &Value) -> Error {
    let by = holder(task).map(|it| it.display).unwrap_or_default();
    Error::Over {
        by,
        status: text(task, "/status").to_owned(),
    }
}

pub(crate) fn held(task: &Value, by: Worker, pack: &Pack) -> Error {
    let since = moment(text(task, "/lastModified"));
    let local = since.map(|at| pack.zone().to_datetime(at));
    Error::Held {
        by,
        since: local.map_or_else(String::new, |at| at.strftime(MOMENT).to_string()),
    }
}

/// Whether generic verbs end this work; the others have an operation that also does what follows.
fn decided_here(task: &Value) -> Result<(), Error> {
    match kind_of(code_of(task)).and_then(|kind| kind.decided_by) {
        Some(operation) => Err(Error::Elsewhere(operation)),
        None => Ok(()),
    }
}

fn said(text: &str, element: &'static str, needed: bool) -> Result<(), Error> {
    if needed && text.trim().is_empty() {
        return Err(Error::rule(
            element,
            "say it in a few words: the person reads it",
        ));
    }
    match text.chars().count() > SAID_MAX {
        true => Err(Error::rule(
            element,
            format!("at most {SAID_MAX} characters"),
        )),
        false => Ok(()),
    }
}

fn stands(task: &mut Value, code: &str, display: &str) {
    set(
        task,
        "businessStatus",
        coded(BUSINESS_STATUS, code, display),
    );
}

/// Only what the verbs themselves set is theirs to change: other work has states of its own.
fn moves(task: &mut Value, code: &str, display: &str) {
    let now = text(task, "/businessStatus/coding/0/code");
    if ["", "queued", "assigned", "waiting-for-information"].contains(&now) {
        stands(task, code, display);
    }
}

/// Puts it into somebody's hands; where it was routed to is kept.
fn give(task: &mut Value, to: &Worker) {
    let owner = task.get("owner").cloned();
    if let Some(owner) = owner
        && text(&owner, "/reference").starts_with("HealthcareService/")
    {
        put_mark(task, POOL, json!({"valueReference": owner}));
    }
    let mut owner = json!({"reference": to.who});
    if !to.display.is_empty() {
        set(&mut owner, "display", json!(to.display));
    }
    set(task, "owner", owner);
    if text(task, "/status") != "on-hold" {
        set(task, "status", json!("in-progress"));
        moves(task, "assigned", "Assigned");
    }
}

fn put_back(task: &mut Value) {
    let pool = mark(task, POOL).and_then(|it| it.get("valueReference").cloned());
    take_mark(task, POOL);
    match pool {
        Some(pool) => set(task, "owner", pool),
        None => remove(task, "owner"),
    }
    if text(task, "/status") != "on-hold" {
        set(task, "status", json!("requested"));
        moves(task, "queued", "Queued");
    }
}

/// The clock runs again; what was left is left.
fn go_on(task: &mut Value, pack: &Pack, now: Timestamp) {
    let kind = kind_of(code_of(task));
    let later = |due, paused| match kind {
        Some(kind) => kind.clock.due_after_pause(pack, due, paused, now),
        None => due,
    };
    if run_on(task, later) {
        let (status, code, display) = stands_open(holder(task).is_some());
        set(task, "status", json!(status));
        moves(task, code, display);
    }
}

/// One more output of a Task: a message that was sent because of it.
pub(crate) fn add_output(task: &mut Value, code: &str, display: &str, reference: &str) {
    let system = format!("{BASE}/CodeSystem/task-output");
    let one = json!({
        "type": coded(&system, code, display),
        "valueReference": {"reference": reference},
    });
    add(task, "output", one);
}

#[cfg(test)]
mod tests;
