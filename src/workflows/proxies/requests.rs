//! What became of requests: for whoever asked, and for the patient who is to answer.

use fhir::ResourceType;

use super::book::{Kept, text};
use super::{Desk, Error, Part, Relation, build};

/// How many of one's own requests are shown.
const SHOWN_MAX: i64 = 20;

/// How far a request has come, as whoever asked is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Waiting,
    /// A paper of theirs is wanted.
    Papers,
    Granted,
    NotGranted,
}

impl State {
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Papers => "papers",
            Self::Granted => "granted",
            Self::NotGranted => "not-granted",
        }
    }
    /// Whether the patient was found shows in none of these.
    fn of(task: &Kept) -> Self {
        let wanting = text(&task.json, "/businessStatus/coding/0/code") == "awaiting-evidence";
        match text(&task.json, "/status") {
            "completed" => Self::Granted,
            "requested" | "received" | "in-progress" | "on-hold" if wanting => Self::Papers,
            "requested" | "received" | "in-progress" | "on-hold" => Self::Waiting,
            _ => Self::NotGranted,
        }
    }
}

/// One's own request to act for somebody.
#[derive(Debug, Clone)]
pub struct Asked {
    pub task: String,
    /// For whom, as it was asked.
    pub name: String,
    pub state: State,
    /// FHIR instant.
    pub asked: String,
}

/// The requests of whoever is at the desk, newest first.
///
/// # Errors
/// `Refused` where nobody is behind the token.
pub async fn requests(desk: &Desk<'_>) -> Result<Vec<Asked>, Error> {
    let account = super::accounts::at_desk(desk).await?;
    let tasks = desk
        .storage
        .proxies()
        .asked_by(&account.id, SHOWN_MAX)
        .await?;
    let mut all = Vec::new();
    for id in tasks {
        let Some(task) = desk.book().find(ResourceType::TASK, &id).await? else {
            continue;
        };
        let name = build::input_of(&task.json, "patient-name", "valueString");
        all.push(Asked {
            name: name
                .and_then(|it| it.as_str())
                .unwrap_or_default()
                .to_owned(),
            state: State::of(&task),
            asked: text(&task.json, "/authoredOn").to_owned(),
            task: id,
        });
    }
    Ok(all)
}

/// Tasks about acting for the patient at the desk that wait for their answer, each with the relationship.
///
/// # Errors
/// When the database cannot be asked.
pub async fn waiting_for_me(desk: &Desk<'_>) -> Result<Vec<(Kept, Relation)>, Error> {
    let Part::Patient(patient) = &desk.part else {
        return Ok(Vec::new());
    };
    let pairs = [
        ("patient", patient.as_str()),
        ("code", "proxy-request,proxy-reestablish"),
        ("status", "draft,requested"),
    ];
    let mut waiting = Vec::new();
    for task in desk.book().search(ResourceType::TASK, &pairs).await? {
        let status = text(&task.json, "/businessStatus/coding/0/code");
        if !matches!(
            status,
            "awaiting-patient-consent" | "not-yet-signable" | "ready-to-sign"
        ) {
            continue;
        }
        let id = super::relation::id_of(text(&task.json, "/focus/reference"), "RelatedPerson");
        if let Some(relation) = Relation::find(desk, id).await? {
            waiting.push((task, relation));
        }
    }
    Ok(waiting)
}
