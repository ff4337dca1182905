//! What staff ask or answer reaches the person as a message, in its thread where there is one.

use access::vocabulary::{BASE, POOL};
use fhir::ResourceType;
use fhir::datetime::instant;
use serde_json::{Value, json};
use storage::{Change, Found};

use super::{Desk, Error, Step, checked, step};
use crate::proxies::{coded, text};
use crate::tasks::put_mark;

/// The message a step sends, its id noted in the Task; nothing where it says nothing.
pub(super) async fn message(
    desk: &Desk<'_>,
    task: &Value,
    taken: &Step,
    after: &mut Value,
) -> Result<Vec<Change>, Error> {
    let (said, output, display) = match taken {
        Step::Ask { question } => (question, "question", "What was asked"),
        Step::Complete { answer, .. } => (answer, "answer", "What was answered"),
        _ => return Ok(Vec::new()),
    };
    let said = said.trim();
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let head = head(desk, task).await?;
    let Some(recipient) = recipient(task, head.as_ref()) else {
        let element = if output == "question" {
            "question"
        } else {
            "answer"
        };
        let rule = "nobody with an account is behind this: call or write to them";
        return Err(Error::rule(element, rule));
    };
    let id = crate::proxies::new_id();
    let mut made = json!({
        "resourceType": "Communication", "id": id, "status": "completed",
        "category": [coded(&format!("{BASE}/CodeSystem/message-category"), "notification", "Notification")],
        "subject": task.get("for"), "topic": {"text": topic(task)},
        "about": [{"reference": format!("Task/{}", text(task, "/id"))}],
        "sent": instant(desk.access.now()),
        "sender": sender(desk), "recipient": [{"reference": recipient}],
        "payload": [{"contentString": said}]
    });
    if let (Some(head), Some(members)) = (&head, made.as_object_mut()) {
        let thread = json!([{"reference": format!("Communication/{}", text(head, "/id"))}]);
        members.insert("partOf".to_owned(), thread.clone());
        members.insert("inResponseTo".to_owned(), thread);
        for member in ["category", "topic"] {
            if let Some(value) = head.get(member) {
                members.insert(member.to_owned(), value.clone());
            }
        }
    }
    // Who answers for the pool sees what a colleague of it wrote.
    if let Some(pool) = step::pool(task) {
        put_mark(&mut made, POOL, json!({"valueReference": pool}));
    }
    step::add_output(after, output, display, &format!("Communication/{id}"));
    Ok(vec![Change::Create {
        valid: checked(&made)?,
        id: Some(id),
    }])
}

/// The message a Task is about.
async fn head(desk: &Desk<'_>, task: &Value) -> Result<Option<Value>, Error> {
    let focus = text(task, "/focus/reference");
    let Some(id) = focus.strip_prefix("Communication/") else {
        return Ok(None);
    };
    let house = desk.house();
    let records = desk.storage.records(&house);
    match records.read(ResourceType::COMMUNICATION, id).await? {
        Found::Seen(seen) => serde_json::from_slice(seen.body())
            .map(Some)
            .map_err(|e| Error::Invalid(e.to_string())),
        _ => Ok(None),
    }
}

/// Who wrote, who asked, or whom it is for; nobody where no patient is known.
fn recipient(task: &Value, head: Option<&Value>) -> Option<String> {
    let patient = text(task, "/for/reference");
    if !patient.starts_with("Patient/") {
        return None;
    }
    let wrote = head.map(|head| text(head, "/sender/reference"));
    let asked = text(task, "/requester/reference");
    let people = wrote.into_iter().chain([asked]);
    let mut people =
        people.filter(|who| who.starts_with("Patient/") || who.starts_with("RelatedPerson/"));
    Some(people.next().unwrap_or(patient).to_owned())
}

fn topic(task: &Value) -> &str {
    match text(task, "/code/coding/0/display") {
        "" => "Your request",
        display => display,
    }
}

fn sender(desk: &Desk<'_>) -> Value {
    let agent = &desk.access.standing().agent;
    let mut sender = json!({"reference": agent.who});
    if let (false, Some(members)) = (agent.display.is_empty(), sender.as_object_mut()) {
        members.insert("display".to_owned(), json!(agent.display));
    }
    sender
}
