//! Asking support: what is written is looked at first, so that nobody waits days for what cannot wait.

use access::standing::Agent;
use access::triage::{Triage, Words};
use fhir::ResourceType;
use fhir::datetime::instant;
use jiff::Timestamp;
use serde_json::{Value, json};
use storage::accounts::Account;
use storage::tickets::Ticket;

use super::task::{self, input};
use super::{Desk, Error};
use crate::proxies::text;
use crate::tasks;

/// Characters of a question, at most.
pub const TEXT_MAX: usize = 4_000;
/// Letters and digits of a ticket's number, and those it is made of: none is taken for another.
const NUMBER_LETTERS: usize = 10;
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    Login,
    Code,
    Proxy,
    App,
    Other,
}

impl Category {
    pub const ALL: [Self; 5] = [Self::Login, Self::Code, Self::Proxy, Self::App, Self::Other];
    pub fn code(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Code => "code",
            Self::Proxy => "proxy",
            Self::App => "app",
            Self::Other => "other",
        }
    }
    pub fn title(self) -> &'static str {
        match self {
            Self::Login => "Signing in",
            Self::Code => "My activation code",
            Self::Proxy => "Acting for somebody",
            Self::App => "An app, or the app on my phone",
            Self::Other => "Something else on these pages",
        }
    }
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// Where an answer reaches somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    Mail(String),
    Phone(String),
}

impl Contact {
    /// Reads an e-mail address or a telephone number.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if smart::registration::is_mail_address(text) && text.chars().count() <= 100 {
            return Some(Self::Mail(text.to_lowercase()));
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let plain = |letter: char| letter.is_ascii_digit() || " ()+-.".contains(letter);
        let sound = (7..=15).contains(&digits.len()) && text.chars().all(plain);
        sound.then_some(Self::Phone(digits))
    }
    /// As it is kept and compared.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Mail(text) | Self::Phone(text) => text,
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asker<'a> {
    /// The account they are signed in with.
    pub account: Option<&'a Account>,
    /// How the trail names them.
    pub agent: Option<&'a Agent>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    pub category: Category,
    pub text: &'a str,
    pub contact: Contact,
    /// The person said that it is no emergency.
    pub calm: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Nothing was kept: 911 comes first.
    Emergency,
    /// It is about health: what was written was not kept and went to nobody.
    Redirected {
        number: String,
        task: String,
        /// Whom to call instead, where it is known.
        phone: Option<String>,
    },
    /// Support answers.
    Ticket {
        number: String,
        task: String,
        due: Timestamp,
        /// It says something about health too, which support cannot answer.
        touches_health: bool,
    },
}

/// Puts a question to support.
///
/// # Errors
/// `Rule` for a text that is empty or too long.
pub async fn ask(
    desk: Desk<'_>,
    asker: Asker<'_>,
    question: &Question<'_>,
) -> Result<Taken, Error> {
    let said = question.text.trim();
    if said.is_empty() || said.chars().count() > TEXT_MAX {
        let rule = format!("say what happened, in at most {TEXT_MAX} characters");
        return Err(Error::rule("text", rule));
    }
    let words = Words::shipped();
    let triage = match question.calm {
        true => words.triage_calm(said),
        false => words.triage(said),
    };
    let touches_health = match triage {
        Triage::Emergency => return Ok(Taken::Emergency),
        Triage::Medical => return redirect(desk, asker, question).await,
        Triage::Technical { touches_health } => touches_health,
    };
    let due = desk.due();
    let (task, number) = keep(desk, asker, question, |task| {
        tasks::set(
            task,
            "restriction",
            json!({"period": {"end": instant(due)}}),
        );
        let contact = question.contact.as_str();
        tasks::add(
            task,
            "input",
            input("contact", "Contact", "valueString", contact),
        );
        tasks::add(
            task,
            "input",
            input("text", "Question", "valueString", said),
        );
    })
    .await?;
    Ok(Taken::Ticket {
        number,
        task,
        due,
        touches_health,
    })
}

/// Turns a question about health away, with whom to ask: its words stay with who wrote them.
async fn redirect(
    desk: Desk<'_>,
    asker: Asker<'_>,
    question: &Question<'_>,
) -> Result<Taken, Error> {
    let (task, number) = keep(desk, asker, question, |task| {
        tasks::set(task, "status", json!("rejected"));
        let redirected = task::business_status("redirected", "Sent to the practice");
        tasks::set(task, "businessStatus", redirected);
        let why = "About health: support cannot answer that, the practice can. What was written was not kept.";
        tasks::set(task, "statusReason", json!({"text": why}));
    })
    .await?;
    let patient = asker.account.and_then(|account| account.patient.as_deref());
    Ok(Taken::Redirected {
        number,
        task,
        phone: practice_phone(desk, patient).await?,
    })
}

/// Stores a ticket with its number: the ids of both.
async fn keep(
    desk: Desk<'_>,
    asker: Asker<'_>,
    question: &Question<'_>,
    say: impl FnOnce(&mut Value),
) -> Result<(String, String), Error> {
    let id = uuid::Uuid::new_v4().to_string();
    let number = fresh_number();
    let mut json = task::new(&id, &number, desk.now);
    let category = question.category.code();
    tasks::add(
        &mut json,
        "input",
        input("category", "About", "valueCode", category),
    );
    if let Some(account) = asker.account {
        requested(&mut json, account, asker.agent);
    }
    say(&mut json);
    let ticket = Ticket {
        task: id.clone(),
        number: number.clone(),
        account: asker.account.map(|account| account.id.clone()),
        opened: desk.now,
    };
    desk.storage.tickets().keep(&ticket).await?;
    desk.create(&json, asker.agent).await?;
    Ok((id, number))
}

/// Whose it is: a patient's own is part of their record, anybody else's is about no chart.
fn requested(json: &mut Value, account: &Account, agent: Option<&Agent>) {
    let mut requester = json!({"display": account.display});
    if let Some(patient) = &account.patient {
        let patient = json!(format!("Patient/{patient}"));
        tasks::set(json, "for", json!({"reference": patient}));
        tasks::set(&mut requester, "reference", patient);
    } else if let Some(who) = agent.map(|agent| &agent.who)
        && who.starts_with("RelatedPerson/")
    {
        tasks::set(&mut requester, "reference", json!(who));
    }
    tasks::set(json, "requester", requester);
}

/// Fifty random bits, in two groups: `K7F2Q-9XA3M`.
fn fresh_number() -> String {
    let mut number = String::with_capacity(NUMBER_LETTERS + 1);
    let random = uuid::Uuid::new_v4();
    // The sixth and eighth byte of a version 4 UUID are not all random.
    let bytes = random.as_bytes().iter().enumerate();
    let bytes = bytes.filter(|(at, _)| !matches!(at, 6 | 8));
    for (place, (_, byte)) in bytes.take(NUMBER_LETTERS).enumerate() {
        if place == NUMBER_LETTERS / 2 {
            number.push('-');
        }
        let letter = ALPHABET.get(usize::from(byte % 32)).copied();
        number.push(char::from(letter.unwrap_or(b'2')));
    }
    number
}

/// The number to call about health: the patient's own practice, else the one the pack says.
async fn practice_phone(desk: Desk<'_>, patient: Option<&str>) -> Result<Option<String>, Error> {
    let said = desk.pack.calendar.phone(access::calendar::Office::Practice);
    let Some(patient) = patient else {
        return Ok(said.map(str::to_owned));
    };
    let patient = desk.read(ResourceType::PATIENT, patient).await?;
    let refers = |pointer: &str| {
        let found = patient.as_ref().map(|kept| text(&kept.json, pointer));
        found.unwrap_or_default().to_owned()
    };
    for reference in [
        refers("/generalPractitioner/0/reference"),
        refers("/managingOrganization/reference"),
    ] {
        let Some((name, id)) = reference.split_once('/') else {
            continue;
        };
        let Some(of) = ResourceType::from_name(name) else {
            continue;
        };
        let found = desk.read(of, id).await?;
        if let Some(phone) = found.and_then(|kept| phone_of(&kept.json)) {
            return Ok(Some(phone));
        }
    }
    Ok(said.map(str::to_owned))
}

fn phone_of(json: &Value) -> Option<String> {
    let telecom = json.get("telecom").and_then(Value::as_array)?;
    let phone = telecom.iter().find(|one| one["system"] == "phone")?;
    Some(text(phone, "/value").to_owned()).filter(|phone| !phone.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_an_address_or_a_number() {
        let mail = Contact::read(" Ana@Example.org ");
        assert_eq!(mail, Some(Contact::Mail("ana@example.org".to_owned())));
        let phone = Contact::read("(860) 555-0123");
        assert_eq!(phone, Some(Contact::Phone("8605550123".to_owned())));
        for odd in [
            "",
            "ana",
            "12",
            "call me at 860 555 0123",
            "1234567890123456",
        ] {
            assert_eq!(Contact::read(odd), None, "{odd}");
        }
    }

    #[test]
    fn numbers_are_read_aloud_without_mistakes() {
        let number = fresh_number();
        assert_eq!(number.len(), NUMBER_LETTERS + 1);
        assert_eq!(number.chars().nth(5), Some('-'));
        assert!(!number.contains(['0', 'O', '1', 'I']));
        assert_ne!(number, fresh_number());
    }

    #[test]
    fn every_category_has_a_code_and_a_title() {
        for category in Category::ALL {
            assert_eq!(Category::from_code(category.code()), Some(category));
            assert!(!category.title().is_empty());
        }
    }
}
