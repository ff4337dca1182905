//! Giving out activation codes: at a visit, at the desk, by mail.

use access::PatientFacts;
use access::opening::{CODE_BYTES, Gate, code_of, hash_of_code, is_minor};
use access::standing::{Agent, patient_facts};
use fhir::{Document, ResourceType};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use storage::activation::Issue;
use storage::audit::{Action, Event};

use super::{Desk, Error, letters, resources, value};

/// How a code reaches the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Printed on the after-visit summary.
    Visit,
    /// Shown at the desk, to somebody whose identity was checked there.
    Desk,
    /// To a mail address that stands in the record.
    Email,
}

impl Channel {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Visit => "avs",
            Self::Desk => "desk",
            Self::Email => "email",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Visit, Self::Desk, Self::Email]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
    fn lifetime(self, desk: Desk<'_>) -> SignedDuration {
        let rules = &desk.pack.activation;
        match self {
            Self::Visit | Self::Desk => {
                SignedDuration::from_hours(i64::from(rules.visit_days) * 24)
            }
            Self::Email => SignedDuration::from_hours(i64::from(rules.email_hours)),
        }
    }
}

/// A code that was made. The code itself is kept nowhere.
#[derive(Debug, Clone)]
pub struct Issued {
    pub code: String,
    pub expires: Timestamp,
    /// Id of the Task that tells of it.
    pub task: String,
    /// Where it is typed, with the code in it.
    pub address: String,
}

/// What came of a wish for a code.
#[derive(Debug, Clone)]
pub enum Answer {
    Issued(Box<Issued>),
    /// It was sent to the address in the record, and is told nobody else.
    Mailed {
        expires: Timestamp,
        task: String,
    },
    NoSuchPatient,
    /// They have an account that is open.
    HasAccount,
    TooYoung(Option<Timestamp>),
    Deceased,
    /// No mail address in the record is theirs alone.
    NoAddress,
}

/// Who gives out a code.
#[derive(Debug, Clone, Default)]
pub struct Giver<'a> {
    /// For the audit; nobody for the server itself.
    pub agent: Option<&'a Agent>,
    /// What document was checked in person, in a code such as `driver-license`.
    pub checked: Option<&'a str>,
}

impl Giver<'_> {
    fn reference(&self) -> Option<&str> {
        let who = self.agent.map(|agent| agent.who.as_str());
        who.filter(|who| who.starts_with("Practitioner/"))
    }
}

/// Gives out a code for a patient; earlier ones are good no more.
///
/// # Errors
/// When it cannot be written.
pub async fn issue(
    desk: Desk<'_>,
    patient: &str,
    channel: Channel,
    giver: Giver<'_>,
) -> Result<Answer, Error> {
    let Some(document) = desk.read(ResourceType::PATIENT, patient).await? else {
        return Ok(Answer::NoSuchPatient);
    };
    let facts = facts(desk, &document).await?;
    match Gate::of(&facts, desk.pack, desk.now) {
        Gate::Open => {}
        Gate::TooYoung(from) => return Ok(Answer::TooYoung(from)),
        Gate::Deceased => return Ok(Answer::Deceased),
    }
    let account = desk.storage.accounts().find_by_patient(patient).await?;
    // Whoever proves who they are in person may have lost the way into an account there is.
    let again = giver.checked.is_some() || giver.agent.is_none();
    if account.is_some_and(|one| one.state == access::actor::Account::Active) && !again {
        return Ok(Answer::HasAccount);
    }
    let to = match channel {
        Channel::Email => match address_of(desk, &document, &facts) {
            Some(to) => Some(to),
            None => return Ok(Answer::NoAddress),
        },
        _ => None,
    };
    let issued = make(desk, patient, channel, &giver).await?;
    let Some(to) = to else {
        return Ok(Answer::Issued(Box::new(issued)));
    };
    let until = said(desk, issued.expires);
    let address = format!("{}/account/sign-up", desk.base_url);
    let shown = (issued.code.as_str(), address.as_str(), until.as_str());
    letters::code(desk.storage, &to, shown, desk.now).await?;
    Ok(Answer::Mailed {
        expires: issued.expires,
        task: issued.task,
    })
}

async fn make(
    desk: Desk<'_>,
    patient: &str,
    channel: Channel,
    giver: &Giver<'_>,
) -> Result<Issued, Error> {
    let code = fresh()?;
    let expires = desk.now.checked_add(channel.lifetime(desk));
    let expires = expires.unwrap_or(Timestamp::MAX);
    let mut made = vec![
        resources::Activation {
            patient,
            channel: channel.as_str(),
            expires,
            by: giver.reference(),
            now: desk.now,
        }
        .task(),
    ];
    if let (Some(document), Some(by)) = (giver.checked, giver.reference()) {
        made.push(resources::verification(patient, by, document, desk.now));
    }
    let by = giver.agent.cloned().unwrap_or_else(super::house);
    let task = desk.write_by(&by, &made).await?.swap_remove(0);
    let hash = hash_of_code(&code).ok_or_else(|| Error::Invalid("a code".to_owned()))?;
    let issue = Issue {
        code_hash: &hash,
        patient,
        channel: channel.as_str(),
        task: Some(&task),
        expires,
    };
    for earlier in desk.storage.activation().issue(issue, desk.now).await? {
        end_task(desk, &by, &earlier, ("cancelled", "replaced")).await?;
    }
    if let Some(agent) = giver.agent {
        desk.storage.audit(Event {
            at: desk.now,
            action: Action::Create,
            permitted: true,
            reason: String::new(),
            agent: agent.clone(),
            patient: Some(patient.to_owned()),
            entity: Some(format!("Task/{task}")),
            query: None,
            request_id: None,
        });
    }
    Ok(Issued {
        address: format!("{}/account/sign-up?code={code}", desk.base_url),
        code,
        expires,
        task,
    })
}

fn fresh() -> Result<String, storage::Error> {
    let mut bytes = [0_u8; CODE_BYTES];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| storage::Error::Other("no randomness".to_owned()))?;
    Ok(code_of(bytes))
}

/// The deciding facts of a patient, with the Flags.
pub(crate) async fn facts(desk: Desk<'_>, patient: &Document) -> Result<PatientFacts, Error> {
    let id = super::id_of(patient);
    let flags = desk.find(ResourceType::FLAG, &[("patient", &id)]).await?;
    let roots: Vec<_> = flags.iter().map(Document::root).collect();
    Ok(patient_facts(patient.root(), &roots))
}

/// The mail address in the record that is the patient's own. A minor has none: those in the record are
/// their parents' as often as not.
fn address_of(desk: Desk<'_>, patient: &Document, facts: &PatientFacts) -> Option<String> {
    if is_minor(facts, desk.pack, desk.now) {
        return None;
    }
    let telecoms = patient.root().all("telecom");
    let current = telecoms.iter().filter(|one| {
        let text = |name: &str| one.text_at(name).unwrap_or_default().into_owned();
        text("system") == "email" && text("use") != "old"
    });
    let addresses = current.filter_map(|one| one.text_at("value").map(|it| it.into_owned()));
    addresses
        .into_iter()
        .find(|address| smart::registration::is_mail_address(address))
}

/// Ends the Task of an activation, with its status and where it stands; nothing where there is none.
pub(super) async fn end_task(
    desk: Desk<'_>,
    by: &Agent,
    task: &str,
    becomes: (&str, &str),
) -> Result<(), Error> {
    if let Some(task) = ended(desk, task, becomes).await? {
        desk.write_by(by, &[task]).await?;
    }
    Ok(())
}

/// The Task of an activation as it is to become.
pub(super) async fn ended(
    desk: Desk<'_>,
    task: &str,
    (status, stands): (&str, &str),
) -> Result<Option<Value>, Error> {
    let Some(found) = desk.read(ResourceType::TASK, task).await? else {
        return Ok(None);
    };
    let mut task = value(&found)?;
    task["status"] = json!(status);
    task["businessStatus"] = resources::business_status(stands);
    crate::work::touch(&mut task, desk.now);
    Ok(Some(task))
}

/// An instant as people say it where the organization is.
pub(super) fn said(desk: Desk<'_>, at: Timestamp) -> String {
    let at = at.to_zoned(desk.pack.zone().clone());
    at.strftime("%B %-d, %Y, %-I:%M %p").to_string()
}
