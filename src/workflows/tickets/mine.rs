//! A ticket as the person who asked sees it, and what they add to it.

use fhir::ResourceType;
use jiff::Timestamp;
use storage::tickets::Ticket;

use super::ask::{Category, Contact, TEXT_MAX};
use super::task::{self, input};
use super::{Desk, Error, Kept};
use crate::proxies::text;
use crate::tasks;

/// Times a person may add something to one ticket.
const ADDED_MAX: usize = 20;
/// How often an addition is tried again when staff write at the same time.
const TRIES_MAX: usize = 3;

/// A ticket in plain facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub task: String,
    pub number: String,
    /// What it is about, in words.
    pub about: &'static str,
    pub asked: Timestamp,
    /// By when support answers, while it is open.
    pub due: Option<Timestamp>,
    pub open: bool,
    /// The person is asked for something.
    pub waits: bool,
    /// It was about health, and went to nobody.
    pub redirected: bool,
    /// What the person wrote: first the question.
    pub wrote: Vec<String>,
    /// What support asked back last.
    pub question: Option<String>,
    pub answer: Option<String>,
}

impl Shown {
    /// `open`, `waiting`, `answered` or `redirected`.
    pub fn state(&self) -> &'static str {
        match self {
            Self {
                redirected: true, ..
            } => "redirected",
            Self { open: false, .. } => "answered",
            Self { waits: true, .. } => "waiting",
            Self { .. } => "open",
        }
    }
}

fn shown(kept: &Kept, ticket: &Ticket) -> Shown {
    let json = &kept.json;
    let about = task::wrote(json, "category");
    let about = about.first().and_then(|code| Category::from_code(code));
    let open = task::is_open(json);
    let due = text(json, "/restriction/period/end").parse().ok();
    let mut wrote = task::wrote(json, "text");
    wrote.extend(task::wrote(json, "more"));
    Shown {
        task: ticket.task.clone(),
        number: ticket.number.clone(),
        about: about.unwrap_or(Category::Other).title(),
        asked: ticket.opened,
        due: due.filter(|_| open),
        open,
        waits: task::waits(json),
        redirected: text(json, "/businessStatus/coding/0/code") == "redirected",
        wrote: wrote.into_iter().map(str::to_owned).collect(),
        question: task::said(json, "question").map(str::to_owned),
        answer: task::said(json, "answer").map(str::to_owned),
    }
}

/// The tickets of an account, newest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_account(desk: Desk<'_>, account: &str) -> Result<Vec<Shown>, Error> {
    let mut all = Vec::new();
    for ticket in desk.storage.tickets().of_account(account).await? {
        if let Some(kept) = desk.read(ResourceType::TASK, &ticket.task).await? {
            all.push(shown(&kept, &ticket));
        }
    }
    Ok(all)
}

/// One ticket of an account, by its number.
///
/// # Errors
/// When the database cannot be asked.
pub async fn own(desk: Desk<'_>, account: &str, number: &str) -> Result<Option<Shown>, Error> {
    let found = desk.storage.tickets().numbered(&tidy(number)).await?;
    let own = found.filter(|ticket| ticket.account.as_deref() == Some(account));
    show(desk, own).await
}

/// The ticket of who knows its number and the contact it was asked with: the one way for who has no account,
/// and none to what somebody asked who was signed in.
///
/// # Errors
/// When the database cannot be asked.
pub async fn by_number(
    desk: Desk<'_>,
    number: &str,
    contact: &str,
) -> Result<Option<Shown>, Error> {
    let found = desk.storage.tickets().numbered(&tidy(number)).await?;
    let found = found.filter(|ticket| ticket.account.is_none());
    let Some(contact) = Contact::read(contact) else {
        return Ok(None);
    };
    let Some(ticket) = found else {
        return Ok(None);
    };
    let Some(kept) = desk.read(ResourceType::TASK, &ticket.task).await? else {
        return Ok(None);
    };
    let wrote = task::wrote(&kept.json, "contact");
    let same = wrote.iter().any(|one| {
        aws_lc_rs::constant_time::verify_slices_are_equal(
            one.as_bytes(),
            contact.as_str().as_bytes(),
        )
        .is_ok()
    });
    Ok(same.then(|| shown(&kept, &ticket)))
}

/// As it was told, however it is typed.
fn tidy(number: &str) -> String {
    let letters = number.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.map(|c| c.to_ascii_uppercase()).collect();
    match letters.split_at_checked(letters.len() / 2) {
        Some((first, second)) if letters.len() == 10 => format!("{first}-{second}"),
        _ => String::new(),
    }
}

async fn show(desk: Desk<'_>, ticket: Option<Ticket>) -> Result<Option<Shown>, Error> {
    let Some(ticket) = ticket else {
        return Ok(None);
    };
    let kept = desk.read(ResourceType::TASK, &ticket.task).await?;
    Ok(kept.map(|kept| shown(&kept, &ticket)))
}

/// Adds what the person says to their ticket; where support waited for it, the clock runs again.
///
/// # Errors
/// `Over` for one that is answered, `Rule` for a text that is empty or too long.
pub async fn add(desk: Desk<'_>, ticket: &Shown, more: &str) -> Result<(), Error> {
    let more = more.trim();
    if more.is_empty() || more.chars().count() > TEXT_MAX {
        let rule = format!("say it in at most {TEXT_MAX} characters");
        return Err(Error::rule("more", rule));
    }
    for _ in 0..TRIES_MAX {
        let kept = desk.read(ResourceType::TASK, &ticket.task).await?;
        let kept = kept.ok_or(Error::Absent)?;
        if !task::is_open(&kept.json) {
            return Err(Error::Over);
        }
        if task::wrote(&kept.json, "more").len() >= ADDED_MAX {
            let rule = "there is much in this ticket already: call us, or ask anew";
            return Err(Error::rule("more", rule));
        }
        let mut json = kept.json.clone();
        let added = input("more", "Added later", "valueString", more);
        tasks::add(&mut json, "input", added);
        if task::waits(&json) {
            task::go_on(&mut json, desk.pack, desk.now);
        }
        crate::work::touch(&mut json, desk.now);
        match desk.update(&kept, &json, None).await {
            Err(Error::Overtaken) => {}
            other => return other,
        }
    }
    Err(Error::Overtaken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_however_it_is_typed() {
        for typed in ["K7F2Q-9XA3M", "k7f2q9xa3m", " K7F2Q 9XA3M "] {
            assert_eq!(tidy(typed), "K7F2Q-9XA3M");
        }
        assert_eq!(tidy("K7F2Q"), "");
    }
}
