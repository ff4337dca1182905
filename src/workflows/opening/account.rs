//! The account itself: made of a code, joined to one there is, or found again.

use access::standing::Agent;
use fhir::ResourceType;
use serde_json::{Value, json};
use storage::accounts::{Account, Kind};
use storage::activation::Redeemed;
use storage::audit::{Action, Event};
use storage::contacts::Contact;
use storage::openings::Opening;

use super::codes::{end_task, ended};
use super::{Desk, Error, contact, id_of, resources, value};

/// What somebody chose for their account, checked and hashed.
#[derive(Debug, Clone)]
pub struct Chosen {
    pub username: String,
    /// A PHC string.
    pub password_hash: String,
    pub question: String,
    /// A PHC string.
    pub answer_hash: String,
    /// Where mail is to go once it is proven; empty for nowhere.
    pub email: String,
    pub notify: bool,
}

impl Chosen {
    /// How to reach them, and how they prove who they are without a password; no address is proven yet.
    pub(super) fn contact(&self) -> Contact {
        Contact {
            verified: None,
            notify: self.notify,
            question: Some(self.question.clone()),
            answer_hash: Some(self.answer_hash.clone()),
            bounced: None,
            apart: None,
        }
    }
}

/// What came of opening an account.
#[derive(Debug)]
pub enum Opened {
    Account(Box<Account>),
    UsernameTaken,
    /// The address is that of somebody who acts for this minor, or the other way round.
    SharedAddress,
    /// The code is gone: used by another browser, expired, or replaced.
    Gone,
    HasAccount,
}

/// Opens the account of whoever began it; of two at once one is told that the code is gone.
///
/// # Errors
/// When it cannot be written.
pub async fn open(desk: Desk<'_>, opening: &Opening, chosen: &Chosen) -> Result<Opened, Error> {
    let storage = desk.storage;
    let (hash, patient) = (&opening.code_hash, &opening.patient);
    let code = storage.activation().find(hash, desk.now).await?;
    let document = desk.read(ResourceType::PATIENT, patient).await?;
    let (Some(code), Some(document)) = (code, document) else {
        return Ok(Opened::Gone);
    };
    if !chosen.email.is_empty() && contact::is_shared(desk, None, patient, &chosen.email).await? {
        return Ok(Opened::SharedAddress);
    }
    let account = Account {
        username: chosen.username.clone(),
        password_hash: chosen.password_hash.clone(),
        display: name(&document),
        patient: Some(patient.clone()),
        terms_accepted: false,
        ..Account::open(uuid::Uuid::new_v4().to_string(), Kind::Patient)
    };
    let activation = storage.activation();
    let (outcome, id) = activation.open_account(hash, &account, desk.now).await?;
    match outcome {
        Redeemed::Done => {}
        Redeemed::Gone => return Ok(Opened::Gone),
        Redeemed::UsernameTaken => return Ok(Opened::UsernameTaken),
        Redeemed::HasAccount => return Ok(Opened::HasAccount),
    }
    // Who gave up an account before agrees anew.
    storage.terms().forget(&id).await?;
    let contacts = storage.contacts();
    contacts.save(&id, &chosen.contact(), desk.now).await?;
    let becomes = ("in-progress", "credentials-set");
    let account = Account { id, ..account };
    let account = keep(desk, &account, patient, (code.task.as_deref(), becomes)).await?;
    let Some(account) = account else {
        return Ok(Opened::Gone);
    };
    note(desk, &account, &code.channel);
    if !chosen.email.is_empty() {
        contact::ask_to_prove(desk, &account, &chosen.email).await?;
    }
    Ok(Opened::Account(Box::new(account)))
}

/// Makes a patient the owner of an account that acts for others already: one sign-in for one human.
///
/// # Errors
/// When it cannot be written.
pub async fn join(desk: Desk<'_>, opening: &Opening, account: &Account) -> Result<Opened, Error> {
    let storage = desk.storage;
    let (hash, patient) = (&opening.code_hash, &opening.patient);
    let Some(code) = storage.activation().find(hash, desk.now).await? else {
        return Ok(Opened::Gone);
    };
    let activation = storage.activation();
    match activation
        .join_account(hash, patient, &account.id, desk.now)
        .await?
    {
        Redeemed::Done => {}
        Redeemed::Gone | Redeemed::UsernameTaken => return Ok(Opened::Gone),
        Redeemed::HasAccount => return Ok(Opened::HasAccount),
    }
    let becomes = ("completed", "active");
    let found = keep(desk, account, patient, (code.task.as_deref(), becomes)).await?;
    if let Some(account) = &found {
        note(desk, account, "joined");
    }
    Ok(found.map_or(Opened::Gone, |account| Opened::Account(Box::new(account))))
}

/// Writes down whose account it is: the Person, the Task of the code as it becomes, and who brought it about. The
/// account as it is by then.
async fn keep(
    desk: Desk<'_>,
    account: &Account,
    patient: &str,
    (task, becomes): (Option<&str>, (&str, &str)),
) -> Result<Option<Account>, Error> {
    let (known, person) = person_of(desk, patient, account.person.as_deref()).await?;
    let mut made: Vec<Value> = person.into_iter().collect();
    if let Some(task) = task {
        made.extend(ended(desk, task, becomes).await?);
    }
    let by = owner(account, patient);
    let written = desk.write_by(&by, &made).await?;
    let person = known.or_else(|| written.into_iter().next());
    let accounts = desk.storage.accounts();
    if let Some(person) = person {
        accounts.set_person(&account.id, &person).await?;
    }
    Ok(accounts.find(&account.id).await?)
}

/// The owner of an account, in their own chart.
fn owner(account: &Account, patient: &str) -> Agent {
    Agent {
        who: format!("Patient/{patient}"),
        ..crate::trail::agent(account)
    }
}

/// Writes into the audit trail that an account was opened, or got a chart of its own, and by which way.
pub(super) fn note(desk: Desk<'_>, account: &Account, how: &str) {
    let own = account.patient.as_ref();
    let person = account.person.as_ref();
    desk.storage.audit(Event {
        at: desk.now,
        action: Action::AccountOpened,
        permitted: true,
        reason: how.to_owned(),
        agent: crate::trail::agent(account),
        patient: own.cloned(),
        entity: person.map(|id| format!("Person/{id}")),
        query: None,
        request_id: None,
    });
}

/// Writes down that the account of a patient is open now that its owner has agreed to the terms.
pub(crate) async fn finish(desk: Desk<'_>, account: &Account, patient: &str) -> Result<(), Error> {
    let by = owner(account, patient);
    let code = format!(
        "{}/CodeSystem/task-code|account-activation",
        access::vocabulary::BASE
    );
    let patient = format!("Patient/{patient}");
    let pairs = [
        ("patient", patient.as_str()),
        ("code", code.as_str()),
        ("status", "in-progress"),
    ];
    for task in desk.find(ResourceType::TASK, &pairs).await? {
        end_task(desk, &by, &id_of(&task), ("completed", "active")).await?;
    }
    Ok(())
}

/// Uses a code up as the proof of who somebody is who forgot their password, and sets another: whoever
/// is signed in anywhere is signed out. False when the code is gone.
///
/// # Errors
/// When it cannot be written.
pub async fn renew(
    desk: Desk<'_>,
    opening: &Opening,
    account: &Account,
    password_hash: &str,
) -> Result<bool, Error> {
    let storage = desk.storage;
    let (hash, patient) = (&opening.code_hash, &opening.patient);
    let code = storage.activation().find(hash, desk.now).await?;
    let own = account.patient.as_ref() == Some(patient);
    let Some(code) = code.filter(|_| own) else {
        return Ok(false);
    };
    if !storage.activation().spend(hash, patient, desk.now).await? {
        return Ok(false);
    }
    crate::recovery::set_password(storage, account, password_hash, desk.now).await?;
    if let Some(task) = &code.task {
        let by = owner(account, patient);
        end_task(desk, &by, task, ("completed", "used-as-proof")).await?;
    }
    Ok(true)
}

/// The Person of a patient: the one the account has, the one that is linked to the patient already, or
/// a new one. Its id where it has one, and what is to be written of it.
async fn person_of(
    desk: Desk<'_>,
    patient: &str,
    own: Option<&str>,
) -> Result<(Option<String>, Option<Value>), Error> {
    let reference = format!("Patient/{patient}");
    let linked = desk
        .find(ResourceType::PERSON, &[("link", &reference)])
        .await?;
    if let (None, Some(person)) = (own, linked.first()) {
        return Ok((Some(id_of(person)), None));
    }
    if let Some(own) = own
        && let Some(person) = desk.read(ResourceType::PERSON, own).await?
    {
        let mut person = value(&person)?;
        let link = resources::link(patient);
        match person["link"].as_array_mut() {
            Some(links) => {
                links.retain(|one| one["target"] != link["target"]);
                links.push(link);
            }
            None => person["link"] = json!([link]),
        }
        return Ok((Some(own.to_owned()), Some(person)));
    }
    let Some(document) = desk.read(ResourceType::PATIENT, patient).await? else {
        return Err(Error::Invalid("the patient is gone".to_owned()));
    };
    Ok((None, Some(resources::person(document.root()))))
}

/// A name as people say it.
fn name(patient: &fhir::Document) -> String {
    let root = patient.root();
    let names = root.all("name");
    let official = names
        .iter()
        .find(|name| name.text_at("use").as_deref() == Some("official"))
        .or(names.first());
    let Some(name) = official else {
        return "Patient".to_owned();
    };
    let given = name.text_at("given").unwrap_or_default();
    let family = name.text_at("family").unwrap_or_default();
    let whole = format!("{given} {family}").trim().to_owned();
    match (whole.is_empty(), name.text_at("text")) {
        (false, _) => whole,
        (true, Some(text)) => text.into_owned(),
        (true, None) => "Patient".to_owned(),
    }
}
