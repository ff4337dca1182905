//! What time does to work: what is overdue comes to the head of its queue, and what was answered goes on. Doing
//! it twice, late, or on several nodes does it once.

use std::sync::Arc;

use access::vocabulary::{ESCALATED, PAUSED, TASK_CODE};
use access::{Access, Pack, Task};
use fhir::ResourceType;
use fhir::datetime::instant;
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::{Change, Storage, WriteFaultKind};

use super::kinds::{Clock, KINDS, code_of, kind_of};
use super::step::{self, Step, Worker};
use super::{Error, checked};
use crate::proxies::{self, Kept, text};
use crate::tasks::{mark, moment, put_mark};

/// The chore's name among those one node does for all.
const CHORE: &str = "overdue-work";

/// What one round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    pub escalated: usize,
    pub resumed: usize,
}

/// Looks through the work that is open. `None`: another node is at it.
///
/// # Errors
/// When the database cannot be asked or written; what is not done is done in the next round.
pub async fn run(
    storage: &Storage,
    pack: &Arc<Pack>,
    now: Timestamp,
) -> Result<Option<Round>, Error> {
    let desk = proxies::Desk::of_house(storage, pack, now);
    storage.turns().take(CHORE, now, rounds(&desk)).await
}

async fn rounds(desk: &proxies::Desk<'_>) -> Result<Round, Error> {
    let mut round = Round::default();
    for task in open(desk).await? {
        if waits_for_person(&task.json) {
            continue;
        }
        let after = match is_waiting(&task.json) {
            true => answered(desk, &task).await?,
            false => escalated(&task.json, desk.now),
        };
        let Some(after) = after else { continue };
        if write(desk, &task, &after).await? {
            match is_waiting(&task.json) {
                true => round.resumed += 1,
                false => round.escalated += 1,
            }
        }
    }
    Ok(round)
}

/// Work of the house that is not done.
async fn open(desk: &proxies::Desk<'_>) -> Result<Vec<Kept>, Error> {
    let staff = KINDS.iter().filter(|kind| kind.clock != Clock::Person);
    let codes: Vec<String> = staff
        .map(|kind| format!("{TASK_CODE}|{}", kind.code))
        .collect();
    let (codes, open) = (codes.join(","), step::OPEN.join(","));
    let pairs = [("code", codes.as_str()), ("status", open.as_str())];
    Ok(desk.book().search(ResourceType::TASK, &pairs).await?)
}

/// Whether the next word is not the staff's.
fn waits_for_person(task: &Value) -> bool {
    let status = text(task, "/businessStatus/coding/0/code");
    [
        "awaiting-patient-consent",
        "awaiting-evidence",
        "not-yet-signable",
    ]
    .contains(&status)
}

fn is_waiting(task: &Value) -> bool {
    text(task, "/status") == "on-hold"
}

/// Overdue work, raised and marked; `None` for what is in time, or was raised before.
fn escalated(task: &Value, now: Timestamp) -> Option<Value> {
    kind_of(code_of(task)).filter(|kind| kind.clock != Clock::Person)?;
    let due = moment(text(task, "/restriction/period/end"))?;
    if due > now || mark(task, ESCALATED).is_some() {
        return None;
    }
    let mut after = task.clone();
    put_mark(&mut after, ESCALATED, json!({"valueInstant": instant(now)}));
    if !matches!(text(task, "/priority"), "asap" | "stat") {
        after["priority"] = json!("urgent");
    }
    step::touch(&mut after, now);
    Some(after)
}

/// Paused work goes on from when somebody wrote back.
async fn answered(desk: &proxies::Desk<'_>, task: &Kept) -> Result<Option<Value>, Error> {
    let paused = mark(&task.json, PAUSED).and_then(|it| moment(text(it, "/valueInstant")));
    let Some(paused) = paused else {
        return Ok(None);
    };
    let outputs = task.json.get("output").and_then(Value::as_array);
    let sent = outputs.into_iter().flatten();
    let sent = sent.map(|one| text(one, "/valueReference/reference"));
    let threads = sent.chain([text(&task.json, "/focus/reference")]);
    let threads: Vec<&str> = threads
        .filter(|it| it.starts_with("Communication/"))
        .collect();
    if threads.is_empty() {
        return Ok(None);
    }
    let (threads, since) = (threads.join(","), format!("gt{}", instant(paused)));
    let pairs = [("part-of", threads.as_str()), ("sent", since.as_str())];
    let replies = desk
        .book()
        .search(ResourceType::COMMUNICATION, &pairs)
        .await?;
    let person = |reply: &&Kept| {
        let who = text(&reply.json, "/sender/reference");
        who.starts_with("Patient/") || who.starts_with("RelatedPerson/")
    };
    let replies = replies.iter().filter(person);
    let Some(at) = replies
        .filter_map(|it| moment(text(&it.json, "/sent")))
        .min()
    else {
        return Ok(None);
    };
    let holder = step::holder(&task.json).unwrap_or(Worker {
        who: String::new(),
        display: String::new(),
    });
    step::take(&task.json, &Step::Resume, &holder, &desk.pack, at)
}

/// False where somebody of the staff was at it meanwhile: then the next round looks again.
pub(super) async fn write(
    desk: &proxies::Desk<'_>,
    task: &Kept,
    after: &Value,
) -> Result<bool, Error> {
    let access = Access::for_task(Task::Work, desk.pack.clone(), desk.now);
    let change = Change::Update {
        valid: checked(after)?,
        id: task.id().to_owned(),
        if_match: Some(task.version),
    };
    match desk.storage.records(&access).write(vec![change]).await {
        Ok(_) => Ok(true),
        Err(storage::Error::Write(fault))
            if matches!(fault.kind, WriteFaultKind::VersionConflict { .. }) =>
        {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn overdue_work_is_raised_once_and_what_waits_for_a_person_never() {
        let task = |code: &str| {
            json!({"resourceType": "Task", "status": "requested",
                "code": {"coding": [{"system": TASK_CODE, "code": code}]},
                "restriction": {"period": {"end": "2026-11-20T22:00:00Z"}}})
        };
        let (before, after) = ("2026-11-20T21:59:59Z", "2026-11-20T22:00:00Z");
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let review = task("privacy-review");
        assert_eq!(escalated(&review, at(before)), None);
        let raised = escalated(&review, at(after)).unwrap();
        assert_eq!(raised["priority"], "urgent");
        assert_eq!(escalated(&raised, at(after)), None);
        assert_eq!(escalated(&task("account-activation"), at(after)), None);
        let mut asap = review;
        asap["priority"] = json!("asap");
        assert_eq!(escalated(&asap, at(after)).unwrap()["priority"], "asap");
    }
}
