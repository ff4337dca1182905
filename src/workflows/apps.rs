//! Apps a person connects: the Consent that lets one in, what is left of it later, its end, and the
//! mail about each.

mod consent;
mod letters;

use std::sync::Arc;

use access::standing::Agent;
use access::{Access, Pack, Task};
use fhir::{Document, ResourceType, Valid};
use jiff::Timestamp;
use serde_json::{Value, json};
use smart::scope::Scopes;
use storage::accounts::{Account, Kind};
use storage::audit::{Action, Event};
use storage::clients::Client;
use storage::grants::Grant;
use storage::{Change, Found, Storage};

use letters::Deed;
pub use letters::{tell, warn};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A resource we made ourselves is not valid.
    #[error("the app Consent is not valid: {0}")]
    Invalid(String),
    /// Less than one thing would be left: that is an end, and asked for as one.
    #[error("nothing would be left of the connection")]
    NothingLeft,
}

/// What a change to a connection needs: where, under which pack, and when.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    pub storage: &'a Storage,
    pub pack: &'a Arc<Pack>,
    pub now: Timestamp,
}

/// Writes the Consent by which a person lets an app of somebody else read a patient's record.
/// Returns its id; `None` when the grant is for no patient.
///
/// # Errors
/// When it cannot be written.
pub async fn connect(
    storage: &Storage,
    pack: &Arc<Pack>,
    client: &Client,
    grant: &Grant,
    now: Timestamp,
) -> Result<Option<String>, Error> {
    let Some(patient) = &grant.patient else {
        return Ok(None);
    };
    let valid = checked(&consent::app_consent(client, grant, patient, now))?;
    let access = Access::for_task(Task::Consent, pack.clone(), now);
    let change = Change::Create { valid, id: None };
    let written = storage.records(&access).write(vec![change]).await?;
    Ok(written.into_iter().next().map(|written| written.id))
}

/// Lets the app into one more chart, of somebody the account acts for: `grant` names that patient and
/// whom the account acts as.
///
/// # Errors
/// When it cannot be written.
pub async fn connect_chart(
    desk: Desk<'_>,
    client: &Client,
    account: &Account,
    grant: &Grant,
) -> Result<Option<String>, Error> {
    let Desk { storage, pack, now } = desk;
    let consent = connect(storage, pack, client, grant, now).await?;
    let grant = Grant {
        consent: consent.clone(),
        ..grant.clone()
    };
    let by = Some(account.id.as_str());
    letters::tell_others(storage, &grant, client, by, Deed::Connected, now).await?;
    Ok(consent)
}

/// Whether an account may manage a connection: its own, and what others of the family let into its
/// own record.
pub fn may_manage(account: &Account, grant: &Grant) -> bool {
    let own_record = account.patient.is_some() && account.patient == grant.patient;
    grant.account.as_deref() == Some(account.id.as_str())
        || (own_record && account.kind != Kind::Staff && grant.consent.is_some())
}

/// Ends a connection at once: its tokens are dead when this returns, its Consent is inactive, and
/// whom it concerns besides `by` is told. False when it had ended before.
///
/// # Errors
/// When it cannot be written.
pub async fn disconnect(desk: Desk<'_>, by: &Account, grant: &Grant) -> Result<bool, Error> {
    let Desk { storage, pack, now } = desk;
    let ended = storage.grants().revoke(&grant.id, now).await?;
    end_consent(storage, pack, grant, now).await?;
    if ended {
        record(desk, by, grant, Action::Revoke);
        tell_others(desk, by, grant, Deed::Ended).await?;
    }
    Ok(ended)
}

/// Closes the record of `by` to a connection that somebody else made and that opens others' records
/// too: theirs stay open to it. False when it was not open.
///
/// # Errors
/// When it cannot be written.
pub async fn leave(desk: Desk<'_>, by: &Account, grant: &Grant) -> Result<bool, Error> {
    let Some(own) = &by.patient else {
        return Ok(false);
    };
    let grants = desk.storage.grants();
    let charts = grants.charts(&grant.id).await?;
    let Some(chart) = charts.into_iter().find(|chart| chart.patient == *own) else {
        return Ok(false);
    };
    let closed = grants.remove_chart(&grant.id, own).await?;
    if let Some(id) = &chart.consent {
        restate_one(desk, id, make_inactive).await?;
    }
    let grant = Grant {
        patient: Some(own.clone()),
        consent: chart.consent,
        ..grant.clone()
    };
    record(desk, by, &grant, Action::Revoke);
    tell_others(desk, by, &grant, Deed::Ended).await?;
    Ok(closed)
}

/// Leaves of a connection what `kept` and the scopes first given have in common (what is not about
/// resources stays); the next request of any token of it goes by that, on every node. The Consent
/// says the same, and whom it concerns besides `by` is told. False when it has ended.
///
/// # Errors
/// [`Error::NothingLeft`], or when it cannot be written.
pub async fn narrow(
    desk: Desk<'_>,
    by: &Account,
    grant: &Grant,
    kept: &Scopes,
) -> Result<bool, Error> {
    let Desk { storage, now, .. } = desk;
    let Some(managed) = storage.grants().managed(&grant.id).await? else {
        return Ok(false);
    };
    let given = Scopes::parse(&managed.given);
    let mut wanted = given.filter(|_| false);
    for scope in kept.resources.iter().filter(|one| given.covers(one)) {
        wanted.push(scope.clone());
    }
    let left = given.narrow(&wanted);
    if left.resources.is_empty() && !given.resources.is_empty() {
        return Err(Error::NothingLeft);
    }
    if left.to_text() == managed.grant.scopes {
        return Ok(managed.grant.revoked.is_none());
    }
    let Some(in_force) = storage.grants().narrow(&grant.id, &left, now).await? else {
        return Ok(false);
    };
    let client = storage.clients().find(&grant.client).await?;
    let app = client.map_or_else(|| grant.client.clone(), |client| client.name);
    restate(desk, grant, |consent| {
        consent::state(consent, &app, &in_force)
    })
    .await?;
    record(desk, by, grant, Action::Narrow);
    tell_others(desk, by, grant, Deed::Narrowed).await?;
    Ok(true)
}

/// Makes a grant's Consent inactive.
///
/// # Errors
/// When it cannot be written.
pub async fn end_consent(
    storage: &Storage,
    pack: &Arc<Pack>,
    grant: &Grant,
    now: Timestamp,
) -> Result<(), Error> {
    let desk = Desk { storage, pack, now };
    restate(desk, grant, make_inactive).await
}

/// Makes one app Consent inactive.
///
/// # Errors
/// When it cannot be written.
pub async fn end_consent_of_id(desk: Desk<'_>, consent: &str) -> Result<(), Error> {
    restate_one(desk, consent, make_inactive).await
}

fn make_inactive(consent: &mut Value) {
    if let Some(members) = consent.as_object_mut() {
        members.insert("status".to_owned(), json!("inactive"));
    }
}

/// Rewrites a grant's Consents, of each chart it opens, where that changes them.
async fn restate(desk: Desk<'_>, grant: &Grant, change: impl Fn(&mut Value)) -> Result<(), Error> {
    let charts = desk.storage.grants().charts(&grant.id).await?;
    let others = charts.into_iter().filter_map(|chart| chart.consent);
    for id in grant.consent.clone().into_iter().chain(others) {
        restate_one(desk, &id, &change).await?;
    }
    Ok(())
}

async fn restate_one(desk: Desk<'_>, id: &str, change: impl Fn(&mut Value)) -> Result<(), Error> {
    let access = Access::for_task(Task::Consent, desk.pack.clone(), desk.now);
    let records = desk.storage.records(&access);
    let Found::Seen(seen) = records.read(ResourceType::CONSENT, id).await? else {
        return Ok(());
    };
    let invalid = |e: serde_json::Error| Error::Invalid(e.to_string());
    let before: Value = serde_json::from_slice(seen.body()).map_err(invalid)?;
    let mut after = before.clone();
    change(&mut after);
    if after == before {
        return Ok(());
    }
    let change = Change::Update {
        valid: checked(&after)?,
        id: id.to_owned(),
        if_match: None,
    };
    records.write(vec![change]).await?;
    Ok(())
}

async fn tell_others(
    desk: Desk<'_>,
    by: &Account,
    grant: &Grant,
    deed: Deed,
) -> Result<(), storage::Error> {
    let Some(client) = desk.storage.clients().find(&grant.client).await? else {
        return Ok(());
    };
    let by = Some(by.id.as_str());
    letters::tell_others(desk.storage, grant, &client, by, deed, desk.now).await
}

/// Writes into the audit trail who changed a connection.
fn record(desk: Desk<'_>, by: &Account, grant: &Grant, action: Action) {
    let own = by
        .patient
        .as_ref()
        .filter(|own| Some(*own) == grant.patient.as_ref());
    let who = match own {
        Some(patient) => format!("Patient/{patient}"),
        None => grant.fhir_user.clone().unwrap_or_default(),
    };
    let patient = grant.patient.as_ref().map(|id| format!("Patient/{id}"));
    desk.storage.audit(Event {
        at: desk.now,
        action,
        permitted: true,
        reason: String::new(),
        agent: Agent {
            on_behalf_of: patient.filter(|patient| *patient != who),
            who,
            display: by.display.clone(),
            account: Some(by.id.clone()),
            client_id: Some(grant.client.clone()),
            ..Agent::default()
        },
        patient: grant.patient.clone(),
        entity: grant.consent.as_ref().map(|id| format!("Consent/{id}")),
        query: None,
        request_id: None,
    });
}

fn checked(resource: &Value) -> Result<Valid, Error> {
    let document =
        Document::parse(resource.to_string()).map_err(|e| Error::Invalid(format!("{e:?}")))?;
    fhir::validate::validate(document).map_err(|issues| Error::Invalid(format!("{issues:?}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use storage::clients::Kind;

    #[test]
    fn the_app_consent_is_valid_r4_and_names_the_client() {
        let now: Timestamp = "2026-06-15T16:00:00Z".parse().unwrap();
        let client = Client::new("public-app", "Example <1>", Kind::Public);
        let grant = Grant {
            id: "g".to_owned(),
            client: client.id.clone(),
            account: Some("a".to_owned()),
            patient: Some("p1".to_owned()),
            encounter: None,
            scopes: "patient/*.rs".to_owned(),
            fhir_user: Some("RelatedPerson/r1".to_owned()),
            nonce: None,
            auth_time: None,
            created: now,
            revoked: None,
            last_used: None,
            consent: None,
        };
        let mut resource = consent::app_consent(&client, &grant, "p1", now);
        assert!(checked(&resource).is_ok());
        let text = resource.to_string();
        assert!(text.contains("\"public-app\""));
        assert!(text.contains("RelatedPerson/r1"));
        assert!(!text.contains("\"start\""));
        assert_eq!(resource["provision"]["class"], Value::Null);

        let left = Scopes::parse("openid patient/Goal.r patient/Observation.rs?category=a|<b");
        consent::state(&mut resource, "A & B", &left);
        assert!(checked(&resource).is_ok());
        assert_eq!(resource["provision"]["class"][1]["code"], "Observation");
        assert_eq!(resource["extension"][0]["valueString"], "public-app");
        assert_eq!(resource["extension"][3]["valueString"], left.texts()[2]);
        assert_eq!(resource["extension"].as_array().unwrap().len(), 4);
        assert!(
            resource["text"]["div"]
                .as_str()
                .unwrap()
                .contains("A &amp; B")
        );
    }
}
