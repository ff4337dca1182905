//! Tasks about accounts: their form, finding those that wait, and completing what was asked for.

use fhir::ResourceType;
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::accounts::Account;
use uuid::Uuid;

use super::settling::said;
use crate::proxies::{BUSINESS_STATUS, Desk, Error, Kept, TASK_CODE, coded, has_code, text};
use crate::tasks::requester;
use access::vocabulary::BASE;

/// Code and display of the Task that asks to close an account.
pub(super) const DEACTIVATION: (&str, &str) = ("account-deactivation", "Account deactivation");

/// A Task for people of the house.
pub(super) struct Work<'a> {
    pub code: (&'static str, &'static str),
    /// Whose account or record it is about, where that is known.
    pub patient: Option<&'a str>,
    pub description: &'a str,
    /// Role of the pack that does it.
    pub role: (&'static str, &'static str),
    pub due: Timestamp,
    pub inputs: Vec<Value>,
}

impl Work<'_> {
    pub fn task(&self, desk: &Desk<'_>) -> Value {
        let (code, display) = self.code;
        let mut task = json!({
            "resourceType": "Task", "id": Uuid::new_v4().to_string(),
            "status": "requested", "intent": "order", "priority": "routine",
            "businessStatus": coded(BUSINESS_STATUS, "queued", "Queued"),
            "code": coded(TASK_CODE, code, display),
            "description": self.description,
            "authoredOn": said(desk.now), "lastModified": said(desk.now),
            "performerType": [coded(&format!("{BASE}/CodeSystem/staff-role"), self.role.0, self.role.1)],
            "restriction": {"period": {"end": said(self.due)}},
        });
        if let Some(patient) = self.patient {
            task["for"] = json!({"reference": format!("Patient/{patient}")});
        }
        if let Some(requester) = requester(&desk.agent) {
            task["requester"] = requester;
        }
        if !self.inputs.is_empty() {
            task["input"] = json!(self.inputs);
        }
        task
    }
}

/// One input of a Task; `value`: member and value.
pub(super) fn input(code: &str, display: &str, value: (&str, Value)) -> Value {
    let system = format!("{BASE}/CodeSystem/task-input");
    let mut one = json!({"type": coded(&system, code, display)});
    one[value.0] = value.1;
    one
}

/// The Tasks that ask to close an account and are not done with.
pub(super) async fn waiting(
    desk: &Desk<'_>,
    account: &Account,
    patient: Option<&str>,
) -> Result<Vec<Kept>, Error> {
    let code = format!("{TASK_CODE}|{}", DEACTIVATION.0);
    let status = "requested,received,accepted,ready,in-progress,on-hold";
    let mut pairs = vec![("code", code.as_str()), ("status", status)];
    pairs.extend(patient.map(|patient| ("patient", patient)));
    let mut found = desk.book().search(ResourceType::TASK, &pairs).await?;
    found.retain(|task| is_of(&task.json, account));
    Ok(found)
}

/// Whether a Task asks for this account.
pub(super) fn is_of(task: &Value, account: &Account) -> bool {
    account_of(task) == Some(account.id.as_str())
}

/// The account a Task asks for.
pub(super) fn account_of(task: &Value) -> Option<&str> {
    let inputs = task.get("input").and_then(Value::as_array)?;
    let named = inputs
        .iter()
        .find(|one| text(one, "/type/coding/0/code") == "account")?;
    named.get("valueString").and_then(Value::as_str)
}

/// Whether a Task asks to close an account.
pub(super) fn is_deactivation(task: &Value) -> bool {
    has_code(task, "/code", TASK_CODE, DEACTIVATION.0)
}

/// The Task as it stands from now on.
pub(super) fn stand(task: &Value, status: &str, stands: (&str, &str), now: Timestamp) -> Value {
    let mut json = task.clone();
    json["status"] = json!(status);
    json["businessStatus"] = coded(BUSINESS_STATUS, stands.0, stands.1);
    crate::work::touch(&mut json, now);
    json
}

/// What was asked for is done.
pub(super) async fn complete(
    desk: &Desk<'_>,
    account: &Account,
    patient: Option<&str>,
) -> Result<(), Error> {
    for task in waiting(desk, account, patient).await? {
        let done = stand(&task.json, "completed", ("closed", "Closed"), desk.now);
        // Whoever changed it meanwhile closed it as well, or looks at it again.
        desk.book().write(vec![task.update(&done)?]).await?;
    }
    Ok(())
}
