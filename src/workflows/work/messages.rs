//! A message somebody sends becomes work for those who answer it: one Task at a time for each thread.

use std::sync::Arc;

use access::Pack;
use access::calendar::Office;
use access::vocabulary::{BASE, TASK_CODE};
use fhir::ResourceType;
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::Storage;

use super::kinds::{Clock, code_of, kind_of};
use super::step::{self, OPEN, Step, Worker};
use super::{Error, overdue};
use crate::proxies::{Desk, Kept, coded, text};
use crate::{ending, follow_ups};

const CODE: (&str, &str) = ("message-handling", "Message handling");
/// How far a thread is followed up to its head.
const THREAD_MAX: usize = 50;
/// Messages one message belongs to or answers that are looked at.
const PARENTS_MAX: usize = 4;
/// How often work that others change at the same time is looked at anew.
const LOOKS_MAX: usize = 4;
/// Characters of what a message is about that its work says.
const ABOUT_MAX: usize = 120;

/// A thread as its work names it.
struct Thread {
    /// Ids of its messages from the newest up, the head last.
    messages: Vec<String>,
    /// Work because of which staff wrote in it: `Task/…`.
    because_of: Vec<String>,
}

/// Has a message answered that somebody sent: 1 where it is new work, 0 where somebody is at it already. Work that
/// waited for the person goes on.
///
/// # Errors
/// When the database cannot be asked or written; doing it again does it once.
pub(crate) async fn follow(
    storage: &Storage,
    pack: &Arc<Pack>,
    (message, patient): (&Value, &str),
    now: Timestamp,
) -> Result<usize, Error> {
    // That has work of its own.
    if ending::asks(message) {
        return Ok(0);
    }
    let desk = Desk::of_house(storage, pack, now);
    let thread = thread_of(&desk, message, patient).await?;
    for _ in 0..LOOKS_MAX {
        let (tasks, rounds) = tasks_of(&desk, &thread, patient).await?;
        let open = tasks
            .iter()
            .find(|task| OPEN.contains(&text(&task.json, "/status")));
        let Some(open) = open else {
            let mut task = task(&thread, message, patient, pack, now);
            // Two messages at once after the last round make one round, not two.
            task["id"] = json!(id(&thread, rounds));
            return Ok(follow_ups::create(storage, pack, &task, now).await?);
        };
        if overdue::write(&desk, open, &goes_on(&open.json, pack, now)?).await? {
            return Ok(0);
        }
    }
    Err(Error::rule("Task", "others change this work all the time"))
}

/// The thread up to its head, as far as it is the same patient's.
async fn thread_of(desk: &Desk<'_>, message: &Value, patient: &str) -> Result<Thread, Error> {
    let mut thread = Thread {
        messages: vec![text(message, "/id").to_owned()],
        because_of: Vec::new(),
    };
    let mut at = message.clone();
    while thread.messages.len() < THREAD_MAX {
        let mut head = None;
        // What is answered may be work of its own; the first named leads on to the head.
        for (place, above) in parents(&at).into_iter().enumerate() {
            let Some(kept) = of_patient(desk, &above, patient).await? else {
                continue;
            };
            thread.because_of.extend(work_of_staff(&kept));
            if place == 0 && !thread.messages.contains(&above) {
                head = Some((above, kept));
            }
        }
        let Some((above, kept)) = head else { break };
        thread.messages.push(above);
        at = kept;
    }
    Ok(thread)
}

/// The work because of which staff wrote a message; people may say of theirs what they like.
fn work_of_staff(message: &Value) -> Vec<String> {
    if !text(message, "/sender/reference").starts_with("Practitioner") {
        return Vec::new();
    }
    let about = message.get("about").and_then(Value::as_array);
    let about = about.into_iter().flatten();
    let tasks = about.map(|one| text(one, "/reference"));
    let tasks = tasks.filter(|it| it.starts_with("Task/"));
    tasks.take(PARENTS_MAX).map(str::to_owned).collect()
}

/// Ids of the messages one names: the head of its thread, then what it answers.
fn parents(message: &Value) -> Vec<String> {
    let list = |path: &str| message.get(path).and_then(Value::as_array);
    let all = [list("partOf"), list("inResponseTo")];
    let all = all.into_iter().flatten().flatten();
    let ids = all.filter_map(|one| {
        let reference = text(one, "/reference");
        let (head, id) = reference.rsplit_once('/')?;
        let is = head == "Communication" || head.ends_with("/Communication");
        is.then(|| id.to_owned())
    });
    ids.take(PARENTS_MAX).collect()
}

async fn of_patient(desk: &Desk<'_>, id: &str, patient: &str) -> Result<Option<Value>, Error> {
    let found = desk.book().find(ResourceType::COMMUNICATION, id).await?;
    let subject = format!("Patient/{patient}");
    let own = found.filter(|kept| {
        let said = text(&kept.json, "/subject/reference");
        said == subject || said.ends_with(&format!("/{subject}"))
    });
    Ok(own.map(|kept| kept.json))
}

/// All work about a thread, and how many rounds of answering it has had.
async fn tasks_of(
    desk: &Desk<'_>,
    thread: &Thread,
    patient: &str,
) -> Result<(Vec<Kept>, usize), Error> {
    let focus: Vec<String> = thread.messages.iter().map(named).collect();
    let (focus, code) = (focus.join(","), format!("{TASK_CODE}|{}", CODE.0));
    let pairs = [
        ("focus", focus.as_str()),
        ("code", code.as_str()),
        ("patient", patient),
    ];
    let mut tasks = desk.book().search(ResourceType::TASK, &pairs).await?;
    let rounds = tasks.len();
    for reference in &thread.because_of {
        let id = reference.trim_start_matches("Task/");
        if tasks.iter().any(|task| task.id() == id) {
            continue;
        }
        let found = desk.book().find(ResourceType::TASK, id).await?;
        let whose = format!("Patient/{patient}");
        // Where the next step is the person's own, nobody of the staff reads what they write.
        let answers = |task: &Kept| {
            let kind = kind_of(code_of(&task.json));
            kind.is_some_and(|kind| kind.clock != Clock::Person)
        };
        tasks.extend(
            found.filter(|task| text(&task.json, "/for/reference") == whose && answers(task)),
        );
    }
    Ok((tasks, rounds))
}

fn named(id: &String) -> String {
    format!("Communication/{id}")
}

fn head(thread: &Thread) -> String {
    thread.messages.last().map(named).unwrap_or_default()
}

/// The id of a thread's next round.
fn id(thread: &Thread, rounds: usize) -> String {
    let about = match rounds {
        0 => head(thread),
        rounds => format!("{}#{rounds}", head(thread)),
    };
    follow_ups::id_of(CODE.0, &about)
}

/// The Task of whoever answers, due by the practice's calendar.
fn task(thread: &Thread, message: &Value, patient: &str, pack: &Pack, now: Timestamp) -> Value {
    let due = pack
        .calendar
        .due(Office::Practice, now, pack.sla.message_business_days);
    let head = head(thread);
    let head = head.trim_start_matches("Communication/");
    let about = (ResourceType::COMMUNICATION, head);
    let mut task = follow_ups::task(CODE, about, patient, (now, due));
    let recipients = message.get("recipient").and_then(Value::as_array);
    let recipients = recipients.into_iter().flatten();
    let mut pools = recipients.filter(|one| {
        let reference = text(one, "/reference");
        reference.rsplit('/').nth(1) == Some("HealthcareService")
    });
    match pools.next() {
        Some(pool) => task["owner"] = pool.clone(),
        None => {
            let role = format!("{BASE}/CodeSystem/staff-role");
            task["performerType"] = json!([coded(&role, "clinician", "Clinician")]);
        }
    }
    if let Some(sender) = message.get("sender") {
        task["requester"] = sender.clone();
    }
    if let Some(about) = about_of(message) {
        task["description"] = json!(about);
    }
    task
}

/// What a message is about, in a few words of whoever wrote it.
fn about_of(message: &Value) -> Option<String> {
    let said = ["/topic", "/category/0"].into_iter().flat_map(|at| {
        let display = text(message, &format!("{at}/coding/0/display"));
        [text(message, &format!("{at}/text")), display]
    });
    let said = said.map(str::trim).find(|said| !said.is_empty())?;
    Some(said.chars().take(ABOUT_MAX).collect())
}

/// Open work after somebody wrote: the clock runs again where it stood still; it is touched in any case, so that
/// whoever closes it at this moment looks again.
fn goes_on(task: &Value, pack: &Pack, now: Timestamp) -> Result<Value, Error> {
    let worker = step::holder(task).unwrap_or(Worker {
        who: String::new(),
        display: String::new(),
    });
    if let Some(after) = step::take(task, &Step::Resume, &worker, pack, now)? {
        return Ok(after);
    }
    let mut after = task.clone();
    step::touch(&mut after, now);
    Ok(after)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_work_of_a_message_is_its_pools_and_due_in_two_business_days() {
        let pack = Pack::shipped("middlesex").unwrap();
        let message = json!({"resourceType": "Communication", "id": "m",
            "topic": {"text": "  My knee  "}, "sender": {"reference": "Patient/p"},
            "recipient": [{"reference": "Practitioner/d"}, {"reference": "HealthcareService/front"}]});
        let thread = Thread {
            messages: vec!["m".to_owned(), "h".to_owned()],
            because_of: Vec::new(),
        };
        // Wednesday before Thanksgiving, ten in the morning.
        let now = "2026-11-25T15:00:00Z".parse().unwrap();
        let task = task(&thread, &message, "p", &pack, now);
        assert_eq!(task["focus"]["reference"], "Communication/h");
        assert_eq!(task["owner"]["reference"], "HealthcareService/front");
        assert_eq!(task["requester"]["reference"], "Patient/p");
        assert_eq!(task["description"], "My knee");
        assert_eq!(
            task["restriction"]["period"]["end"],
            "2026-11-30T22:00:00.000Z"
        );
        assert_ne!(id(&thread, 0), id(&thread, 1));
    }

    #[test]
    fn a_message_for_nobody_is_work_for_clinicians() {
        let pack = Pack::shipped("middlesex").unwrap();
        let message = json!({"resourceType": "Communication", "id": "m",
            "category": [{"coding": [{"display": "Medical question"}]}]});
        let thread = Thread {
            messages: vec!["m".to_owned()],
            because_of: Vec::new(),
        };
        let now = "2026-11-25T15:00:00Z".parse().unwrap();
        let task = task(&thread, &message, "p", &pack, now);
        assert_eq!(task["owner"], Value::Null);
        assert_eq!(task["performerType"][0]["coding"][0]["code"], "clinician");
        assert_eq!(task["description"], "Medical question");
    }
}
