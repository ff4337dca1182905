//! What support answers, and what it asks back.

use access::Access;
use serde_json::{Value, json};

use super::task::{self, output};
use super::{Desk, Error, at_work};
use crate::notices;
use crate::proxies::text;
use crate::tasks;

/// Characters of an answer, at most.
const SAID_MAX: usize = 4_000;

/// What becomes of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is answered, and over.
    Answered,
    /// The person is asked for something: the clock stands still until they say it.
    Asked,
    /// It is not for support, and over.
    Declined,
}

impl Outcome {
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "answered" => Self::Answered,
            "asked" => Self::Asked,
            "declined" => Self::Declined,
            _ => return None,
        })
    }
}

/// A ticket after an answer.
#[derive(Debug, Clone)]
pub struct Answered {
    pub status: String,
    /// A mail says that there is an answer.
    pub mailed: bool,
    /// It was asked without signing in: whoever knows number and contact reads it.
    pub open_to_anybody: bool,
}

/// Answers a ticket of support's queue. The person reads it on the page of the ticket; a mail says that there
/// is something to read, and nothing else. Accounts opened for it are closed when it is over.
///
/// # Errors
/// `NotForYou`, `Absent`, `Held`, `Over`, `Overtaken`, `Rule`.
pub async fn answer(
    desk: Desk<'_>,
    access: &Access,
    id: &str,
    outcome: Outcome,
    said: &str,
) -> Result<Answered, Error> {
    let kept = at_work(desk, access, id).await?;
    let said = said.trim();
    if said.is_empty() || said.chars().count() > SAID_MAX {
        let rule = format!("what the person reads, in at most {SAID_MAX} characters");
        return Err(Error::rule("text", rule));
    }
    if outcome == Outcome::Asked && task::waits(&kept.json) {
        return Err(Error::rule("outcome", "it waits for an answer already"));
    }
    let agent = &access.standing().agent;
    let mut json = kept.json.clone();
    let mut owner = json!({"reference": agent.who});
    tasks::set(&mut owner, "display", json!(agent.display));
    tasks::set(&mut json, "owner", owner);
    let over = outcome != Outcome::Asked;
    match outcome {
        Outcome::Asked => {
            let question = output("question", "What is asked back", "valueString", said);
            tasks::add(&mut json, "output", question);
            task::pause(&mut json, desk.now);
        }
        Outcome::Answered | Outcome::Declined => {
            task::go_on(&mut json, desk.pack, desk.now);
            let answer = output("answer", "Answer", "valueString", said);
            tasks::add(&mut json, "output", answer);
            let answered = outcome == Outcome::Answered;
            let status = if answered { "completed" } else { "rejected" };
            tasks::set(&mut json, "status", json!(status));
            let closed = task::business_status("closed", "Closed");
            tasks::set(&mut json, "businessStatus", closed);
        }
    }
    crate::work::touch(&mut json, desk.now);
    desk.update(&kept, &json, Some(agent)).await?;
    if over {
        desk.storage.tickets().close_all(id, desk.now).await?;
    }
    Ok(Answered {
        status: text(&json, "/status").to_owned(),
        mailed: tell(desk, &json).await?,
        open_to_anybody: text(&json, "/requester/display").is_empty(),
    })
}

/// Says by mail that there is something to read. False for who left a telephone number.
async fn tell(desk: Desk<'_>, json: &Value) -> Result<bool, Error> {
    let contact = task::wrote(json, "contact").last().copied();
    let Some(to) = contact.filter(|contact| contact.contains('@')) else {
        return Ok(false);
    };
    let ticket = notices::Ticket {
        number: task::number(json),
        address: &format!("{}/account/help/ticket", desk.base_url),
        asks: task::waits(json),
    };
    notices::ticket_answered(desk.storage, to, &ticket, desk.now).await?;
    Ok(true)
}
