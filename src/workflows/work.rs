//! The work of the staff: which queues somebody has, and how a piece of work goes from hand to hand.

mod kinds;
mod messages;
mod overdue;
mod queues;
mod step;
mod telling;

use access::{Access, Denial, Task};
use fhir::{ResourceType, Valid};
use serde_json::Value;
use storage::{Change, Found, Storage, WriteFaultKind};

pub use kinds::{Clock, KINDS, Kind, kind_of};
pub(crate) use messages::follow;
pub use overdue::{Round, run};
pub use queues::{Queue, queues};
pub(crate) use step::touch;
pub use step::{OPEN, SAID_MAX, Step, Worker};

use crate::proxies::text;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A resource we made ourselves is not valid.
    #[error("a resource of the house is not valid: {0}")]
    Invalid(String),
    /// There is none, or it is not the caller's to know of.
    #[error("there is no such work")]
    Absent,
    #[error("{}", .0.message)]
    Denied(Denial),
    /// Somebody else has it; `since`: in words, in the organization's zone, or empty.
    #[error("{}", held(.by, .since))]
    Held { by: Worker, since: String },
    /// It is done, or was called off; `by`: who did it, in words.
    #[error("{}", over(.by, .status))]
    Over { by: String, status: String },
    /// Ended by an operation that also does what follows.
    #[error("this work is decided with ${0}")]
    Elsewhere(&'static str),
    /// What is asked for breaks a rule: the input at fault, and the rule.
    #[error("{element}: {rule}")]
    Rule { element: &'static str, rule: String },
}

impl Error {
    pub(crate) fn rule(element: &'static str, rule: impl Into<String>) -> Self {
        Self::Rule {
            element,
            rule: rule.into(),
        }
    }
}

impl From<crate::proxies::Error> for Error {
    fn from(error: crate::proxies::Error) -> Self {
        match error {
            crate::proxies::Error::Storage(error) => Self::Storage(error),
            other => Self::Invalid(other.to_string()),
        }
    }
}

fn held(by: &Worker, since: &str) -> String {
    let name = match by.display.as_str() {
        "" => by.who.as_str(),
        name => name,
    };
    match since {
        "" => format!("{name} has this already"),
        since => format!("{name} has this already, since {since}"),
    }
}

fn over(by: &str, status: &str) -> String {
    match by {
        "" => format!("this is {status} already"),
        by => format!("{by} was first: this is {status} already"),
    }
}

/// Where the work lies, and who of the staff comes to it.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub access: &'a Access,
}

/// A piece of work as it is stored.
struct Piece {
    json: Value,
    version: i64,
}

impl Desk<'_> {
    /// Who comes, where they are staff with work of their own.
    fn worker(&self) -> Result<(Worker, &str), Error> {
        let role = self.access.may_work().map_err(Error::Denied)?;
        let agent = &self.access.standing().agent;
        let worker = Worker {
            who: agent.who.clone(),
            display: agent.display.clone(),
        };
        Ok((worker, role))
    }
    /// The piece as these eyes see it, or as the house does.
    async fn read(&self, id: &str, access: &Access) -> Result<Piece, Error> {
        let records = self.storage.records(access);
        let Found::Seen(seen) = records.read(ResourceType::TASK, id).await? else {
            return Err(Error::Absent);
        };
        let json =
            serde_json::from_slice(seen.body()).map_err(|e| Error::Invalid(e.to_string()))?;
        Ok(Piece {
            json,
            version: seen.version(),
        })
    }
    /// All changes or none; false where somebody changed one of these meanwhile.
    async fn write(&self, changes: Vec<Change>) -> Result<bool, Error> {
        let access = self.house();
        match self.storage.records(&access).write(changes).await {
            Ok(_) => Ok(true),
            Err(storage::Error::Write(fault))
                if matches!(fault.kind, WriteFaultKind::VersionConflict { .. }) =>
            {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
    fn house(&self) -> Access {
        let (pack, agent) = (self.access.pack().clone(), &self.access.standing().agent);
        Access::for_task_by(Task::Work, agent.clone(), pack, self.access.now())
    }
}

fn checked(json: &Value) -> Result<Valid, Error> {
    let document = fhir::Document::parse(json.to_string());
    let document = document.map_err(|e| Error::Invalid(format!("{e:?}")))?;
    fhir::validate::validate(document).map_err(|issues| {
        let places = issues.into_iter().filter_map(|issue| issue.expression);
        Error::Invalid(places.collect::<Vec<_>>().join(", "))
    })
}

/// Whether a piece of work is free for whoever comes, or theirs: asked before it is decided.
///
/// # Errors
/// `Held` where a colleague has it.
pub async fn is_free(desk: &Desk<'_>, id: &str) -> Result<(), Error> {
    let piece = match desk.read(id, desk.access).await {
        // What these eyes do not see is for the decision to refuse.
        Err(Error::Absent) => return Ok(()),
        piece => piece?,
    };
    let who = &desk.access.standing().agent.who;
    if !OPEN.contains(&text(&piece.json, "/status")) {
        return Ok(());
    }
    match step::held_by_another(&piece.json, who) {
        Some(other) => Err(step::held(&piece.json, other, desk.access.pack())),
        None => Ok(()),
    }
}

/// Takes a step with a piece of work of one's own queues: the Task as it is then. Of two at once one is told
/// who was first.
///
/// # Errors
/// `Denied` and `Absent` for who has no such work, `Held`, `Over`, `Elsewhere` and `Rule` by what it is.
pub async fn take(desk: &Desk<'_>, id: &str, step: &Step) -> Result<Value, Error> {
    let (worker, _) = desk.worker()?;
    let piece = desk.read(id, desk.access).await?;
    let code = kinds::code_of(&piece.json);
    if code.is_empty() {
        return Err(Error::rule("Task", "this is no work of a queue"));
    }
    let step = match step {
        Step::Assign { to, from } => Step::Assign {
            to: queues::colleague(desk, &piece.json, to).await?,
            from: from.clone(),
        },
        other => other.clone(),
    };
    let (pack, now) = (desk.access.pack(), desk.access.now());
    let Some(mut after) = step::take(&piece.json, &step, &worker, pack, now)? else {
        return Ok(piece.json);
    };
    let mut changes = telling::message(desk, &piece.json, &step, &mut after).await?;
    changes.push(update(id, piece.version, &after)?);
    match desk.write(changes).await? {
        true => Ok(after),
        false => Err(overtaken(desk, id, &step, &worker).await?),
    }
}

/// Stores what a decision of its own made of a piece of work, as `version` of it was seen.
///
/// # Errors
/// `Denied` for who has no such work, `Over` where somebody was first.
pub async fn decided(desk: &Desk<'_>, id: &str, version: i64, after: &Value) -> Result<(), Error> {
    let (_, role) = desk.worker()?;
    if !desk.access.pack().queues.holds(role, kinds::code_of(after)) {
        return Err(Error::Absent);
    }
    if desk.write(vec![update(id, version, after)?]).await? {
        return Ok(());
    }
    let piece = desk.read(id, &desk.house()).await?;
    Err(step::over(&piece.json))
}

fn update(id: &str, version: i64, json: &Value) -> Result<Change, Error> {
    Ok(Change::Update {
        valid: checked(json)?,
        id: id.to_owned(),
        if_match: Some(version),
    })
}

/// Who was first: what the same step says to the piece as it is now.
async fn overtaken(
    desk: &Desk<'_>,
    id: &str,
    step: &Step,
    worker: &Worker,
) -> Result<Error, Error> {
    let house = desk.house();
    let piece = desk.read(id, &house).await?;
    let (pack, now) = (desk.access.pack(), desk.access.now());
    Ok(match step::take(&piece.json, step, worker, pack, now) {
        Err(error) => error,
        // Somebody wrote it, and nobody holds it: theirs is the later look.
        Ok(_) => Error::Over {
            by: String::new(),
            status: format!("changed ({})", text(&piece.json, "/status")),
        },
    })
}
