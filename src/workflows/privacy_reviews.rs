//! Work for the privacy office: a look at a record that somebody does not recognise, and emergencies.

use access::standing::Agent;
use access::{Access, Task};
use fhir::{Document, ResourceType, Valid};
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::emergencies::{Emergency, Outside};
use storage::{Change, Error, WriteFaultKind};

use crate::access_log::{self, Entry, Reader};
use crate::apps::Desk;
use crate::break_glass;
use crate::tasks::{coded, requester};

/// Characters of a comment that are kept.
pub const COMMENT_MAX: usize = 2_000;

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The id of the Task.
    pub task: String,
    /// It had been reported before.
    pub already: bool,
    /// By when the privacy office answers.
    pub due: Timestamp,
    pub entry: Entry,
}

/// Asks the privacy office who did what a line of the log says. `None` when the reader sees no such
/// line. A line reported twice, by whomever, is one piece of work.
///
/// # Errors
/// When it cannot be written.
pub async fn report(
    desk: Desk<'_>,
    reader: &Access,
    patient: &str,
    position: i64,
    comment: &str,
) -> Result<Option<Reported>, Error> {
    let records = desk.storage.records(reader);
    let Some(line) = records.access_log_line(patient, position).await? else {
        return Ok(None);
    };
    let entry = access_log::entry(&line, &Reader::of(reader, patient));
    let id = format!("privacy-review-{position}");
    let due = break_glass::review_due(&desk, desk.now);
    let agent = reader.agent(Some(patient));
    let work = Work {
        patient,
        description: format!("Does not recognise: {}", entry.sentence()),
        reason: ("not-recognised", "Access not recognised"),
        due,
        inputs: inputs(&entry, comment),
    };
    let task = work.task(&desk, agent);
    let already = !create(desk, &id, &task).await?;
    Ok(Some(Reported {
        task: id,
        already,
        due,
        entry,
    }))
}

/// Has the privacy office look at an emergency that somebody declared: the id of the Task, and by when.
pub(crate) async fn of_emergency(
    desk: Desk<'_>,
    emergency: &Emergency,
    title: &str,
    agent: &Agent,
) -> Result<(String, Timestamp), Error> {
    let id = format!("emergency-{}", emergency.id);
    let due = break_glass::review_due(&desk, emergency.opened);
    let work = Work {
        patient: &emergency.patient,
        // What was written stays with the privacy office: the patient may read this.
        description: format!("Emergency access: {title}"),
        reason: ("emergency-access", "Emergency access"),
        due,
        inputs: vec![json!({
            "type": coded("task-input", "emergency-reason", "Why the record was opened"),
            "valueCode": emergency.reason,
        })],
    };
    create(desk, &id, &work.task(&desk, agent)).await?;
    Ok((id, due))
}

/// The same for a chart that another organization looked at in an emergency it declared. False when it was
/// handed over before.
pub(crate) async fn of_outside_emergency(desk: Desk<'_>, outside: &Outside) -> Result<bool, Error> {
    let id = format!("emergency-{}", hash(&[&outside.grant, &outside.patient]));
    let text = |code: &str, display: &str, value: &str| json!({"type": coded("task-input", code, display), "valueString": value});
    let mut inputs = vec![
        text("organization", "Which organization", &outside.organization),
        text("emergency-text", "What it said", &outside.said),
    ];
    let person = outside.person.as_deref();
    inputs.extend(person.map(|name| text("person", "Who asked there", name)));
    inputs.extend(outside.purposes.iter().map(|code| {
        let kind = coded(
            "task-input",
            "emergency-reason",
            "Why the record was opened",
        );
        json!({"type": kind, "valueCode": code})
    }));
    let agent = Agent {
        who: "Device/kinchart".to_owned(),
        display: outside.organization.clone(),
        ..Agent::default()
    };
    let work = Work {
        patient: &outside.patient,
        description: format!("Emergency access by {}", outside.organization),
        reason: ("emergency-access", "Emergency access"),
        due: break_glass::review_due(&desk, outside.at),
        inputs,
    };
    create(desk, &id, &work.task(&desk, &agent)).await
}

/// A short name for what has a long one.
fn hash(parts: &[&String]) -> String {
    let text: Vec<&str> = parts.iter().map(|part| part.as_str()).collect();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.join("|").as_bytes());
    let bytes = digest.as_ref().iter().take(16);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// What the privacy office is to look at.
struct Work<'a> {
    patient: &'a str,
    description: String,
    reason: (&'static str, &'static str),
    due: Timestamp,
    inputs: Vec<Value>,
}

impl Work<'_> {
    fn task(&self, desk: &Desk<'_>, agent: &Agent) -> Value {
        json!({
            "resourceType": "Task",
            "status": "requested",
            "businessStatus": coded("business-status", "queued", "Queued"),
            "intent": "order",
            "priority": "routine",
            "code": coded("task-code", "privacy-review", "Privacy review"),
            "description": self.description,
            "for": {"reference": format!("Patient/{}", self.patient)},
            "authoredOn": fhir::datetime::instant(desk.now),
            "requester": requester(agent),
            "performerType": [performer()],
            "reasonCode": coded("review-reason", self.reason.0, self.reason.1),
            "restriction": {"period": {"end": fhir::datetime::instant(self.due)}},
            "input": self.inputs,
        })
    }
}

/// Stores a piece of work under an id of its own. False when it is there already.
async fn create(desk: Desk<'_>, id: &str, task: &Value) -> Result<bool, Error> {
    let access = Access::for_task(Task::Review, desk.pack.clone(), desk.now);
    let change = Change::Create {
        valid: checked(task)?,
        id: Some(id.to_owned()),
    };
    match desk.storage.records(&access).write(vec![change]).await {
        Ok(_) => Ok(true),
        Err(Error::Write(fault)) if matches!(fault.kind, WriteFaultKind::IdTaken) => Ok(false),
        Err(error) => Err(error),
    }
}

fn checked(task: &Value) -> Result<Valid, Error> {
    let fault = |text: String| Error::Other(format!("a privacy review is not valid: {text}"));
    let document = Document::parse(task.to_string()).map_err(|e| fault(e.to_string()))?;
    fhir::validate::validate(document).map_err(|issues| {
        let first = issues.into_iter().next().map(|issue| issue.diagnostics);
        fault(first.unwrap_or_default())
    })
}

/// Who is to do it: the role of the pack.
fn performer() -> Value {
    coded("staff-role", "privacy", "Privacy office")
}

fn inputs(entry: &Entry, comment: &str) -> Vec<Value> {
    // The event's resource is made when somebody asks for it, so a reference would name nothing yet.
    let event = format!("{}/{}", ResourceType::AUDIT_EVENT.name(), entry.event);
    let mut inputs = vec![json!({
        "type": coded("task-input", "event", "Entry of the access log"),
        "valueString": event,
    })];
    let comment: String = comment.trim().chars().take(COMMENT_MAX).collect();
    if !comment.is_empty() {
        inputs.push(json!({
            "type": coded("task-input", "comment", "What the person wrote"),
            "valueString": comment,
        }));
    }
    inputs
}
