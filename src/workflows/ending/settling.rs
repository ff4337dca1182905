//! What follows from the end of an account: Consents of its apps, who acted by it, what it was protected with, the
//! Tasks that asked for it. Everything can be done twice, so that a node that dies in between costs nothing.

use fhir::ResourceType;
use fhir::datetime::instant;
use serde_json::{Value, json};
use std::sync::Arc;

use access::Pack;
use access::actor::{RelationshipKind, RelationshipStatus};
use jiff::Timestamp;
use storage::Storage;
use storage::accounts::Account;
use storage::endings::{Ending, What};
use storage::links::Whose;

use super::{closing, letters, tasks};
use crate::proxies::{self, Desk, Ending as ProxyEnding, Error, text};
use crate::{apps, links, transitions};

/// Follows up every ending whose node died over it.
///
/// # Errors
/// When the database cannot be asked or written; the rest is done in the next round.
pub async fn settle_all(
    storage: &Storage,
    pack: &Arc<Pack>,
    now: Timestamp,
) -> Result<usize, Error> {
    let unsettled = storage.endings().unsettled().await?;
    let desk = Desk::of_house(storage, pack, now);
    for ending in &unsettled {
        settle(&desk, ending).await?;
    }
    Ok(unsettled.len())
}

/// Follows up one ending.
///
/// # Errors
/// When it cannot be written; it is tried again later.
pub async fn settle(desk: &Desk<'_>, ending: &Ending) -> Result<(), Error> {
    let house = Desk {
        agent: desk.agent.clone(),
        ..Desk::of_house(desk.storage, &desk.pack, desk.now)
    };
    let Some(account) = desk.storage.accounts().find(&ending.account).await? else {
        return Ok(());
    };
    match ending.what {
        What::Closed => {
            end_apps(&house, ending, None).await?;
            end_links(&house, Whose::Account(&ending.account)).await?;
            suspend_proxies(&house, ending).await?;
            forget_protection(&house, &account).await?;
            tasks::complete(&house, &account, ending.patient.as_deref()).await?;
        }
        What::Left => {
            end_apps(&house, ending, ending.patient.as_deref()).await?;
            if let Some(patient) = ending.patient.as_deref() {
                let account = ending.account.as_str();
                end_links(&house, Whose::Made { account, patient }).await?;
            }
            suspend_proxies(&house, ending).await?;
            keep_birth_date(&house, &account, ending).await?;
            tasks::complete(&house, &account, ending.patient.as_deref()).await?;
        }
        // Who let apps in stays to be seen while it is looked into; none of them gets anything.
        What::Revoked => {
            end_apps(&house, ending, None).await?;
            end_links(&house, Whose::Account(&ending.account)).await?;
        }
        What::Restored => {}
    }
    if desk.storage.endings().settle(&ending.id, desk.now).await? {
        letters::ended(&house, &account, ending.what).await?;
    }
    Ok(())
}

/// The Consents that let apps in say that it is over; their tokens are dead already.
async fn end_apps(desk: &Desk<'_>, ending: &Ending, patient: Option<&str>) -> Result<(), Error> {
    let at = apps::Desk {
        storage: desk.storage,
        pack: &desk.pack,
        now: desk.now,
    };
    let mut consents = desk
        .storage
        .endings()
        .consents(&ending.account, patient)
        .await?;
    if let Some(patient) = patient {
        let grants = desk.storage.grants();
        consents.extend(grants.close_chart(&ending.account, patient).await?);
    }
    for consent in consents {
        apps::end_consent_of_id(at, &consent)
            .await
            .map_err(|error| match error {
                apps::Error::Storage(error) => Error::Storage(error),
                other => Error::Invalid(other.to_string()),
            })?;
    }
    Ok(())
}

/// Share links are over for good: who comes back makes new ones.
async fn end_links(desk: &Desk<'_>, whose: Whose<'_>) -> Result<(), Error> {
    let (storage, pack, agent) = (desk.storage, &desk.pack, desk.agent.clone());
    links::end_all(storage, pack, agent, whose, desk.now).await?;
    Ok(())
}

/// Who acts for an adult pauses with that adult's account, is told, and can be let in again by them when they are
/// back. Questions that wait for an answer are over.
async fn suspend_proxies(desk: &Desk<'_>, ending: &Ending) -> Result<(), Error> {
    let Some(patient) = &ending.patient else {
        return Ok(());
    };
    for relation in closing::suspended_with(desk, patient).await? {
        if relation.facts.status == RelationshipStatus::Pending {
            proxies::withdraw(desk, &relation).await?;
            continue;
        }
        let paused = ProxyEnding::Suspended;
        if proxies::close(desk, &relation, paused, ending.at, "").await?
            && relation.facts.kind == RelationshipKind::Adult
        {
            transitions::lay_open(desk, &relation, ending.at).await?;
        }
    }
    Ok(())
}

/// Who comes back proves anew who they are: nothing that protected the account lets anybody in.
async fn forget_protection(desk: &Desk<'_>, account: &Account) -> Result<(), Error> {
    let factors = desk.storage.factors();
    factors.remove_totp(&account.id).await?;
    for passkey in factors.passkeys(&account.id).await? {
        let credential = &passkey.credential;
        factors.remove_passkey(&account.id, credential).await?;
    }
    factors.remove_recovery_codes(&account.id).await?;
    desk.storage.devices().forget(&account.id).await?;
    let identities = desk.storage.identities();
    for one in identities.of_account(&account.id).await? {
        identities
            .unlink(&account.id, &one.issuer, &one.subject)
            .await?;
    }
    Ok(())
}

/// Who acts for others shows that they are of age; without a chart of their own their Person says it.
async fn keep_birth_date(desk: &Desk<'_>, account: &Account, ending: &Ending) -> Result<(), Error> {
    let (Some(person), Some(patient)) = (&account.person, &ending.patient) else {
        return Ok(());
    };
    let book = desk.book();
    let own = book.find(ResourceType::PATIENT, patient).await?;
    let own = own.map(|kept| text(&kept.json, "/birthDate").to_owned());
    let person = book.find(ResourceType::PERSON, person).await?;
    let (Some(born), Some(person)) = (own.filter(|born| !born.is_empty()), person) else {
        return Ok(());
    };
    if !text(&person.json, "/birthDate").is_empty() {
        return Ok(());
    }
    let mut json: Value = person.json.clone();
    json["birthDate"] = json!(born);
    book.write(vec![person.update(&json)?]).await?;
    Ok(())
}

/// An instant as a Task says it.
pub(super) fn said(at: Timestamp) -> Value {
    json!(instant(at))
}
