//! Mail addresses: proven by a link, and nobody else's. A teenager and who acts for them never share one.

use access::opening::{is_minor, mailbox};
use fhir::{Document, ResourceType};
use storage::accounts::Account;
use storage::audit::{Action, Event};
use storage::mail_links::{MailLink, Purpose};

use super::codes::facts;
use super::{Desk, Error, letters};

/// How long a link that proves an address is good, in seconds.
const PROOF_SECONDS: i64 = 3 * 24 * 3_600;

/// Sends the link that proves an address; nothing else is sent there before.
///
/// # Errors
/// When it cannot be written.
pub async fn ask_to_prove(desk: Desk<'_>, account: &Account, email: &str) -> Result<(), Error> {
    let link = MailLink {
        account: account.id.clone(),
        email: email.to_owned(),
    };
    let links = desk.storage.mail_links();
    let purpose = Purpose::VerifyEmail;
    let secret = links.make(purpose, &link, PROOF_SECONDS, desk.now).await?;
    let address = format!("{}/account/email?link={secret}", desk.base_url);
    letters::prove_address(desk.storage, email, &address, desk.now).await?;
    Ok(())
}

/// What came of following the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The address is the account's from now on; the one there was before, if any.
    Done { before: Option<String> },
    /// By now it is the address of somebody on the other side of acting for a minor.
    SharedAddress,
    /// The link is used, expired, or replaced.
    Over,
}

/// Takes the proof: the address becomes the account's, and its old one is told.
///
/// # Errors
/// When it cannot be written.
pub async fn prove(desk: Desk<'_>, secret: &str) -> Result<Proof, Error> {
    let storage = desk.storage;
    let (links, purpose) = (storage.mail_links(), Purpose::VerifyEmail);
    let Some(link) = links.find(purpose, secret, desk.now).await? else {
        return Ok(Proof::Over);
    };
    let Some(account) = storage.accounts().find(&link.account).await? else {
        return Ok(Proof::Over);
    };
    let own = account.patient.as_deref().unwrap_or_default();
    if is_shared(desk, Some(&account), own, &link.email).await? {
        return Ok(Proof::SharedAddress);
    }
    if !links.take(purpose, secret, desk.now).await? {
        return Ok(Proof::Over);
    }
    let contacts = storage.contacts();
    contacts
        .prove_email(&account.id, &link.email, desk.now)
        .await?;
    // Once more, as it is written now: a grant may have come into force between the look and the writing.
    if is_shared(desk, Some(&account), own, &link.email).await? {
        set_apart(desk, &account, &link.email).await?;
        return Ok(Proof::SharedAddress);
    }
    let before = account.email.clone().filter(|old| *old != link.email);
    match &before {
        Some(_) => {
            let what = "The e-mail address of your account was changed to another one.";
            crate::notices::changed(storage, &account, what, desk.now).await?;
        }
        None if account.email.is_none() => {
            letters::welcome(storage, &link.email, desk.base_url, desk.now).await?;
        }
        None => {}
    }
    Ok(Proof::Done { before })
}

/// Whether an address is one that a minor would share with somebody who acts for them: asked when an
/// account is opened and when its address is changed, from either side. `patient`: whose own chart the
/// account has or will have, or nobody's.
///
/// # Errors
/// When the database cannot be asked.
pub async fn is_shared(
    desk: Desk<'_>,
    account: Option<&Account>,
    patient: &str,
    email: &str,
) -> Result<bool, Error> {
    let minor = is_minor_here(desk, patient).await?;
    if minor && acting_have(desk, account, patient, email).await? {
        return Ok(true);
    }
    let Some(own) = account else {
        return Ok(false);
    };
    for other in others_with(desk, account, email).await? {
        let Some(theirs) = &other.patient else {
            continue;
        };
        if is_minor_here(desk, theirs).await? && acts_for(desk, own, theirs).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes the address from a minor's account when somebody who acts for them has it too, as a grant comes into force
/// that nobody could foresee when the address was given: nothing is sent there before one is proven anew. Nobody is
/// told by mail, as others would read it. `came_of_age`: it is asked of somebody who lets a parent back in as well,
/// and was a minor when they gave it.
///
/// # Errors
/// When it cannot be written.
pub(crate) async fn tell_apart(
    desk: Desk<'_>,
    patient: &str,
    came_of_age: bool,
) -> Result<(), Error> {
    let account = desk.storage.accounts().find_by_patient(patient).await?;
    let Some((account, email)) = account.and_then(|it| it.email.clone().map(|to| (it, to))) else {
        return Ok(());
    };
    let concerned = came_of_age || is_minor_here(desk, patient).await?;
    if concerned && acting_have(desk, Some(&account), patient, &email).await? {
        set_apart(desk, &account, &email).await?;
    }
    Ok(())
}

async fn set_apart(desk: Desk<'_>, account: &Account, email: &str) -> Result<(), Error> {
    let contacts = desk.storage.contacts();
    if !contacts.set_apart(&account.id, email, desk.now).await? {
        return Ok(());
    }
    let person = account.person.as_ref();
    desk.storage.audit(Event {
        at: desk.now,
        action: Action::AddressApart,
        permitted: true,
        reason: String::new(),
        agent: super::house(),
        // Not in the log of the record, which others may read.
        patient: None,
        entity: person.map(|id| format!("Person/{id}")),
        query: None,
        request_id: None,
    });
    Ok(())
}

/// Whether somebody who acts, acted or asks to act for a patient has that address.
async fn acting_have(
    desk: Desk<'_>,
    account: Option<&Account>,
    patient: &str,
    email: &str,
) -> Result<bool, Error> {
    if proxies_have(desk, patient, &mailbox(email)).await? {
        return Ok(true);
    }
    for other in others_with(desk, account, email).await? {
        if acts_for(desk, &other, patient).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Other accounts with that very address, and with the same one less what follows a plus.
async fn others_with(
    desk: Desk<'_>,
    account: Option<&Account>,
    email: &str,
) -> Result<Vec<Account>, Error> {
    let accounts = desk.storage.accounts();
    let mut others = accounts.list_by_email(email).await?;
    others.extend(accounts.list_by_email(&mailbox(email)).await?);
    others.retain(|other| account.is_none_or(|own| own.id != other.id));
    Ok(others)
}

async fn is_minor_here(desk: Desk<'_>, patient: &str) -> Result<bool, Error> {
    if patient.is_empty() {
        return Ok(false);
    }
    let Some(document) = desk.read(ResourceType::PATIENT, patient).await? else {
        return Ok(false);
    };
    let facts = facts(desk, &document).await?;
    Ok(is_minor(&facts, desk.pack, desk.now))
}

/// Whether an account is linked to a patient as somebody who acts, acted or asks to act for them.
async fn acts_for(desk: Desk<'_>, account: &Account, patient: &str) -> Result<bool, Error> {
    let accounts = desk.storage.accounts();
    let people = accounts.people(account, desk.now).await?;
    let mut people = people.iter();
    Ok(people.any(|one| !one.is_self && one.patient == patient))
}

/// Whether the record gives that address for somebody related to the patient, with an account or not, or
/// one of their accounts has it under another spelling.
async fn proxies_have(desk: Desk<'_>, patient: &str, wanted: &str) -> Result<bool, Error> {
    let reference = format!("Patient/{patient}");
    let pairs = [("patient", reference.as_str())];
    for related in desk.find(ResourceType::RELATED_PERSON, &pairs).await? {
        if has_address(&related, wanted) {
            return Ok(true);
        }
        let reference = format!("RelatedPerson/{}", super::id_of(&related));
        let pairs = [("link", reference.as_str())];
        for person in desk.find(ResourceType::PERSON, &pairs).await? {
            let accounts = desk.storage.accounts();
            let account = accounts.find_by_person(&super::id_of(&person)).await?;
            let email = account.and_then(|account| account.email);
            if email.is_some_and(|email| mailbox(&email) == wanted) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn has_address(related: &Document, wanted: &str) -> bool {
    let telecoms = related.root().all("telecom.value");
    let mut addresses = telecoms.iter().filter_map(|one| one.str());
    addresses.any(|address| address.contains('@') && mailbox(&address) == wanted)
}
