//! `$work-queues`, `$claim` and its kin: the work of the staff.

use fhir::{Issue, IssueCode};
use http::StatusCode;
use serde_json::{Value, json};
use storage::Seen;
use web::Answer;
use workflows::work::{self, Clock, Desk, Step, Worker};

use super::{Asked, parameters};
use crate::error::Error;

impl From<work::Error> for Error {
    fn from(error: work::Error) -> Self {
        let text = error.to_string();
        match error {
            work::Error::Storage(error) => Self::Storage(error),
            work::Error::Absent => Self::Absent,
            work::Error::Denied(denial) => Self::Denied(denial),
            work::Error::Held { .. } | work::Error::Over { .. } => Self::Conflict(text),
            work::Error::Elsewhere(_) => {
                Self::Unprocessable(vec![Issue::error(IssueCode::BusinessRule, text)])
            }
            work::Error::Rule { element, rule } => Self::Unprocessable(vec![
                Issue::error(IssueCode::BusinessRule, rule).at(element),
            ]),
            work::Error::Invalid(fault) => {
                tracing::error!(fault, "a resource of the house is not valid");
                Self::House("a resource of the house is not valid")
            }
        }
    }
}

fn desk<'a>(asked: &'a Asked<'_>) -> Desk<'a> {
    Desk {
        storage: &asked.call.house.storage,
        access: &asked.call.access,
    }
}

/// Whether a Task that is about to be decided is in nobody else's hands.
pub(super) async fn free(asked: &Asked<'_>, id: &str) -> Result<(), Error> {
    Ok(work::is_free(&desk(asked), id).await?)
}

/// Stores a decision by a member of staff whose work it is.
pub(super) async fn decided(asked: &Asked<'_>, seen: &Seen, after: &str) -> Result<(), Error> {
    let after: Value = serde_json::from_str(after).map_err(|_| Error::House("a decided Task"))?;
    let id = asked.id.unwrap_or_default();
    Ok(work::decided(&desk(asked), id, seen.version(), &after).await?)
}

/// `$work-queues`
pub(super) async fn queues(asked: &Asked<'_>) -> Result<Answer, Error> {
    let queues = work::queues(&desk(asked)).await?;
    let mut told: Vec<Value> = queues.iter().map(queue).collect();
    if super::family::may_register(asked.call).is_ok() {
        told.push(parameters::code("may", "proxy-register"));
    }
    Ok(parameters::answer(&told))
}

fn queue(queue: &work::Queue) -> Value {
    let title = queue.kind.map_or(queue.code.as_str(), |kind| kind.title);
    let clock = match queue.kind.map(|kind| kind.clock) {
        Some(Clock::Office(_)) | None => "office",
        Some(Clock::Law) => "law",
        Some(Clock::Person) => "person",
    };
    let mut parts = vec![
        parameters::code("code", &queue.code),
        parameters::text("title", title),
        parameters::code("clock", clock),
    ];
    if let Some(operation) = queue.kind.and_then(|kind| kind.decided_by) {
        parts.push(parameters::code("decided-by", operation));
    }
    for Worker { who, display } in &queue.colleagues {
        let reference = json!({"reference": who, "display": display});
        parts.push(json!({"name": "colleague", "valueReference": reference}));
    }
    parameters::part("queue", &parts)
}

async fn taken(asked: &Asked<'_>, step: Step) -> Result<Answer, Error> {
    let id = asked.id.unwrap_or_default();
    let task = work::take(&desk(asked), id, &step).await?;
    Ok(Answer::text(StatusCode::OK, task.to_string()))
}

/// `Task/{id}/$claim`
pub(super) async fn claim(asked: &Asked<'_>) -> Result<Answer, Error> {
    taken(asked, Step::Claim).await
}

/// `Task/{id}/$release`
pub(super) async fn release(asked: &Asked<'_>) -> Result<Answer, Error> {
    taken(asked, Step::Release).await
}

/// `Task/{id}/$resume`
pub(super) async fn resume(asked: &Asked<'_>) -> Result<Answer, Error> {
    taken(asked, Step::Resume).await
}

/// `Task/{id}/$assign`
pub(super) async fn assign(asked: &Asked<'_>) -> Result<Answer, Error> {
    let reference = |name: &str| {
        let element = asked.inputs.element(name);
        element.and_then(|it| it.text_at("reference").map(|text| text.into_owned()))
    };
    let to = reference("to").filter(|to| to.starts_with("Practitioner/"));
    let to = to.ok_or_else(|| Error::value("a reference to a Practitioner", "to"))?;
    let step = Step::Assign {
        to: Worker {
            who: to,
            display: String::new(),
        },
        from: reference("from"),
    };
    taken(asked, step).await
}

/// `Task/{id}/$ask-for-information`
pub(super) async fn ask(asked: &Asked<'_>) -> Result<Answer, Error> {
    let question = asked.inputs.text("question").unwrap_or_default().to_owned();
    taken(asked, Step::Ask { question }).await
}

/// `Task/{id}/$complete`
pub(super) async fn complete(asked: &Asked<'_>) -> Result<Answer, Error> {
    let done = match asked.inputs.text("outcome") {
        None | Some("done") => true,
        Some("declined") => false,
        Some(_) => return Err(Error::value("outcome must be done or declined", "outcome")),
    };
    let answer = asked.inputs.text("answer").unwrap_or_default().to_owned();
    taken(asked, Step::Complete { done, answer }).await
}
