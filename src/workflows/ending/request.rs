//! The wish to have an account closed, as the portal's terms promise it: a message of a certain topic, or the same
//! without one, becomes a Task. Its owner confirms by proving again who they are, or staff do it in time.

use access::calendar::Office;
use fhir::ResourceType;
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::Storage;
use storage::accounts::{Account, Kind};

use super::tasks::{self, Work, input};
use super::{closing, letters, noted, own, reviewer};
use crate::proxies::{Desk, Error, Kept, create, has_code, text};
use access::vocabulary::BASE;

/// Category and topic of the message that asks for it (Messages, Ask a question, Customer service question, Account
/// deactivation request).
const CATEGORY: &str = "customer-service-question";
const TOPIC: &str = "account-deactivation-request";

/// A wish that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The Task's id.
    pub task: String,
    /// By when it is done.
    pub due: Timestamp,
    /// It waited before.
    pub already: bool,
}

/// What staff decide about one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Close,
    Reject,
}

/// Whether a Communication asks to close an account.
pub(crate) fn asks(message: &Value) -> bool {
    let said = |pointer: &str, kind: &str, code: &str| {
        let system = format!("{BASE}/CodeSystem/{kind}");
        has_code(message, pointer, &system, code)
            || text(message, &format!("{pointer}/text")) == code
    };
    let categories = message.get("category").and_then(Value::as_array);
    let count = categories.map_or(0, Vec::len);
    let category =
        (0..count).any(|nth| said(&format!("/category/{nth}"), "message-category", CATEGORY));
    category && said("/topic", "message-topic", TOPIC) && text(message, "/status") == "completed"
}

/// Looks at a message somebody wrote: one that asks to close an account becomes a Task. `desk`: as its writer came.
///
/// # Errors
/// When the Task cannot be written.
pub async fn notice(desk: &Desk<'_>, message: &str) -> Result<Option<Request>, Error> {
    let found = desk
        .book()
        .find(ResourceType::COMMUNICATION, message)
        .await?;
    if !found.is_some_and(|kept| asks(&kept.json)) {
        return Ok(None);
    }
    let Some(account) = writer(desk.storage, desk.agent.account.as_deref()).await? else {
        return Ok(None);
    };
    put(desk, &account, Some(message), "").await.map(Some)
}

/// The account of whoever wrote a message for themself; members of staff close none this way.
async fn writer(storage: &Storage, account: Option<&str>) -> Result<Option<Account>, Error> {
    let Some(id) = account else {
        return Ok(None);
    };
    let account = storage.accounts().find(id).await?;
    Ok(account.filter(|it| matches!(it.kind, Kind::Patient | Kind::Proxy)))
}

/// Whoever is at the desk asks to have their account closed. A second wish is the first one.
///
/// # Errors
/// `Refused` for who has no account of their own here.
pub async fn ask(desk: &Desk<'_>, remark: &str) -> Result<Request, Error> {
    let account = own(desk).await?;
    if matches!(account.kind, Kind::Staff | Kind::Developer) {
        return Err(Error::Refused(
            "Accounts of staff and of developers are ended by an administrator.",
        ));
    }
    put(desk, &account, None, &noted(remark)).await
}

async fn put(
    desk: &Desk<'_>,
    account: &Account,
    message: Option<&str>,
    remark: &str,
) -> Result<Request, Error> {
    let patient = account.patient.as_deref();
    if let Some(found) = tasks::waiting(desk, account, patient).await?.first() {
        return Ok(request_of(found, desk.now));
    }
    let days = desk.pack.sla.deactivation_business_days;
    let due = desk.pack.calendar.due(Office::Him, desk.now, days);
    let mut inputs = vec![input(
        "account",
        "Account",
        ("valueString", json!(account.id)),
    )];
    if !remark.is_empty() {
        let what = "What the person wrote";
        inputs.push(input("comment", what, ("valueString", json!(remark))));
    }
    let work = Work {
        code: tasks::DEACTIVATION,
        patient,
        description: "The owner of an account asks to have it closed.",
        role: ("him", "Medical records"),
        due,
        inputs,
    };
    let mut task = work.task(desk);
    if let Some(person) = account.person.as_ref().filter(|_| patient.is_none()) {
        task["focus"] = json!({"reference": format!("Person/{person}")});
    }
    if let Some(message) = message {
        task["focus"] = json!({"reference": format!("Communication/{message}")});
    }
    let id = text(&task, "/id").to_owned();
    desk.book()
        .write(vec![create(&task)?])
        .await?
        .ok_or(Error::Overtaken)?;
    letters::asked(desk, account).await?;
    Ok(Request {
        task: id,
        due,
        already: false,
    })
}

fn request_of(task: &Kept, now: Timestamp) -> Request {
    let due = text(&task.json, "/restriction/period/end").parse();
    Request {
        task: task.id().to_owned(),
        due: due.unwrap_or(now),
        already: true,
    }
}

/// The wish of whoever is at the desk that waits.
///
/// # Errors
/// `Refused` for who has no account of their own here.
pub async fn waiting(desk: &Desk<'_>) -> Result<Option<Request>, Error> {
    let account = own(desk).await?;
    let found = tasks::waiting(desk, &account, account.patient.as_deref()).await?;
    Ok(found.first().map(|task| request_of(task, desk.now)))
}

/// Its owner takes the wish back. False when none waited.
///
/// # Errors
/// `Overtaken` when it is being done meanwhile.
pub async fn withdraw(desk: &Desk<'_>) -> Result<bool, Error> {
    let account = own(desk).await?;
    let found = tasks::waiting(desk, &account, account.patient.as_deref()).await?;
    let mut changes = Vec::new();
    for task in &found {
        let stands = ("withdrawn", "Taken back");
        let json = tasks::stand(&task.json, "cancelled", stands, desk.now);
        changes.push(task.update(&json)?);
    }
    let any = !changes.is_empty();
    desk.book().write(changes).await?.ok_or(Error::Overtaken)?;
    Ok(any)
}

/// Staff close the account a Task asks for, or leave it open. `ground`: how it was seen that its owner asks;
/// `reason`: why it stays open. Of two who decide at once the second is `Overtaken`.
///
/// # Errors
/// `Refused` for others than staff who decide on consents, `Absent` for other Tasks, `Rule` for what is missing.
pub async fn decide(
    desk: &Desk<'_>,
    task: &str,
    verdict: Verdict,
    said: &str,
) -> Result<(), Error> {
    reviewer(desk)?;
    let task = desk.book().find(ResourceType::TASK, task).await?;
    let task = task
        .filter(|task| tasks::is_deactivation(&task.json))
        .ok_or(Error::Absent)?;
    if !matches!(
        text(&task.json, "/status"),
        "requested" | "received" | "accepted" | "ready" | "in-progress" | "on-hold"
    ) {
        return Err(Error::Overtaken);
    }
    let account = writer(desk.storage, tasks::account_of(&task.json)).await?;
    let account = account.ok_or(Error::Absent)?;
    let said = noted(said);
    match verdict {
        Verdict::Close => {
            closing::may_close(desk, &account, &said).await?;
            // Whoever is first with the Task decides.
            let stands = ("being-closed", "Being closed");
            let json = tasks::stand(&task.json, "in-progress", stands, desk.now);
            let changes = vec![task.update(&json)?];
            desk.book().write(changes).await?.ok_or(Error::Overtaken)?;
            closing::close_account(desk, &account, &said).await
        }
        Verdict::Reject => {
            if said.is_empty() {
                return Err(Error::rule("reason", "note why; it stays inside"));
            }
            let stands = ("rejected", "Not closed");
            let mut json = tasks::stand(&task.json, "rejected", stands, desk.now);
            if desk.agent.who.starts_with("Practitioner/") {
                json["owner"] = json!({"reference": desk.agent.who});
            }
            let changes = vec![task.update(&json)?];
            desk.book().write(changes).await?.ok_or(Error::Overtaken)?;
            note(desk, &account, &said);
            letters::kept(desk, &account).await
        }
    }
}

/// Why it stays open: for the house.
fn note(desk: &Desk<'_>, account: &Account, why: &str) {
    desk.storage.audit(storage::audit::Event {
        at: desk.now,
        action: storage::audit::Action::AccountKept,
        permitted: true,
        reason: format!("account {}: {why}", account.id),
        agent: desk.agent.clone(),
        patient: None,
        entity: None,
        query: None,
        request_id: None,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(category: &Value, topic: &Value, status: &str) -> Value {
        json!({"resourceType": "Communication", "status": status, "category": [category],
            "topic": topic})
    }

    #[test]
    fn the_message_the_terms_name_asks_for_it_and_no_other_does() {
        let coded = |kind: &str, code: &str| {
            let system = format!("{BASE}/CodeSystem/{kind}");
            json!({"coding": [{"system": system, "code": code}]})
        };
        let category = coded("message-category", CATEGORY);
        let topic = coded("message-topic", TOPIC);
        assert!(asks(&message(&category, &topic, "completed")));
        assert!(asks(&message(
            &category,
            &json!({"text": TOPIC}),
            "completed"
        )));
        // Not sent yet.
        assert!(!asks(&message(&category, &topic, "preparation")));
        let other = coded("message-topic", "login-help");
        assert!(!asks(&message(&category, &other, "completed")));
        let medical = coded("message-category", "medical-question");
        assert!(!asks(&message(&medical, &topic, "completed")));
        let foreign = json!({"coding": [{"system": "urn:x", "code": TOPIC}]});
        assert!(!asks(&message(&category, &foreign, "completed")));
        assert!(!asks(&json!({"resourceType": "Communication"})));
    }
}
