//! Questions to support: asked by anybody, answered by staff, and an account opened to staff for one.

mod answer;
mod ask;
mod mine;
mod task;
mod view;
mod wording;

use std::sync::Arc;

use access::calendar::Office;
use access::standing::Agent;
use access::{Access, Actor, Pack, Task};
use fhir::ResourceType;
use jiff::Timestamp;
use serde_json::Value;
use storage::{Change, Found, Storage, WriteFaultKind};

pub use answer::{Answered, Outcome, answer};
pub use ask::{Asker, Category, Contact, Question, TEXT_MAX, Taken, ask};
pub use mine::{Shown, add, by_number, of_account, own};
pub use view::{Opened, close, in_force, open};
pub use wording::{banner, hours, message};

use crate::proxies::{self, text};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A resource we made ourselves is not valid.
    #[error("a ticket is not valid: {0}")]
    Invalid(String),
    /// There is none, or it is not the caller's to know of.
    #[error("there is no such ticket")]
    Absent,
    #[error("tickets are worked on by support")]
    NotForYou,
    /// A colleague works on it: who.
    #[error("{0} works on this already")]
    Held(String),
    /// It is answered, or was called off.
    #[error("this ticket is over")]
    Over,
    /// Somebody else changed it at the same time.
    #[error("somebody else changed this at the same time; look again")]
    Overtaken,
    /// What is asked for breaks a rule: the input at fault, and the rule.
    #[error("{element}: {rule}")]
    Rule { element: &'static str, rule: String },
}

impl Error {
    fn rule(element: &'static str, rule: impl Into<String>) -> Self {
        let rule = rule.into();
        Self::Rule { element, rule }
    }
}

impl From<proxies::Error> for Error {
    fn from(error: proxies::Error) -> Self {
        match error {
            proxies::Error::Storage(error) => Self::Storage(error),
            other => Self::Invalid(other.to_string()),
        }
    }
}

/// Where, under which pack and at what address tickets are, and when.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub pack: &'a Arc<Pack>,
    /// Without trailing slash.
    pub base_url: &'a str,
    pub now: Timestamp,
}

/// A resource as it is stored.
struct Kept {
    json: Value,
    version: i64,
}

impl Kept {
    fn id(&self) -> &str {
        text(&self.json, "/id")
    }
}

impl Desk<'_> {
    /// By when support answers what is asked at `now`.
    pub fn due(&self) -> Timestamp {
        let days = self.pack.sla.support_business_days;
        self.pack.calendar.due(Office::Support, self.now, days)
    }
    /// As the house, at somebody's request.
    fn access(&self, agent: Option<&Agent>) -> Access {
        let (pack, now) = (self.pack.clone(), self.now);
        match agent {
            Some(agent) => Access::for_task_by(Task::Support, agent.clone(), pack, now),
            None => Access::for_task(Task::Support, pack, now),
        }
    }
    async fn read(&self, of: ResourceType, id: &str) -> Result<Option<Kept>, Error> {
        read(self.storage, &self.access(None), of, id).await
    }
    /// Stores a new Task under its id.
    async fn create(&self, json: &Value, agent: Option<&Agent>) -> Result<(), Error> {
        let change = Change::Create {
            valid: proxies::checked(json)?,
            id: Some(text(json, "/id").to_owned()),
        };
        let access = self.access(agent);
        self.storage.records(&access).write(vec![change]).await?;
        Ok(())
    }
    /// Stores what became of one, as it was seen. Errors: `Overtaken`.
    async fn update(&self, kept: &Kept, json: &Value, agent: Option<&Agent>) -> Result<(), Error> {
        let change = Change::Update {
            valid: proxies::checked(json)?,
            id: kept.id().to_owned(),
            if_match: Some(kept.version),
        };
        let access = self.access(agent);
        match self.storage.records(&access).write(vec![change]).await {
            Ok(_) => Ok(()),
            Err(storage::Error::Write(fault))
                if matches!(fault.kind, WriteFaultKind::VersionConflict { .. }) =>
            {
                Err(Error::Overtaken)
            }
            Err(error) => Err(error.into()),
        }
    }
}

async fn read(
    storage: &Storage,
    access: &Access,
    of: ResourceType,
    id: &str,
) -> Result<Option<Kept>, Error> {
    match storage.records(access).read(of, id).await? {
        Found::Seen(seen) => {
            let json = serde_json::from_slice(seen.body());
            Ok(Some(Kept {
                json: json.map_err(|e| Error::Invalid(e.to_string()))?,
                version: seen.version(),
            }))
        }
        _ => Ok(None),
    }
}

/// Support's own: the person, and the authorization they come through. Errors: `NotForYou`.
fn support(access: &Access) -> Result<&Agent, Error> {
    match &access.standing().actor {
        Actor::Staff(staff) if staff.role == "support" => Ok(&access.standing().agent),
        _ => Err(Error::NotForYou),
    }
}

/// A ticket as support sees it in its queue. Errors: `NotForYou`, `Absent`, `Over`, `Held`.
async fn at_work(desk: Desk<'_>, access: &Access, id: &str) -> Result<Kept, Error> {
    let agent = support(access)?;
    let kept = read(desk.storage, access, ResourceType::TASK, id).await?;
    let kept = kept.ok_or(Error::Absent)?;
    if !task::is_ticket(&kept.json) {
        return Err(Error::Absent);
    }
    if !task::is_open(&kept.json) {
        return Err(Error::Over);
    }
    match task::holder(&kept.json) {
        Some((who, name)) if who != agent.who => Err(Error::Held(name.to_owned())),
        _ => Ok(kept),
    }
}
