//! Apps a person connects: the Consent that lets one in, the mail that says so, and the end of
//! both.

use std::sync::Arc;

use access::{Access, Pack, Task, vocabulary};
use fhir::{Document, ResourceType, Valid};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use storage::accounts::Account;
use storage::clients::Client;
use storage::grants::Grant;
use storage::{Change, Found, Storage};

/// How long a connection lasts unless it is renewed or ended, in hours: a year.
const CONNECTION_HOURS: i64 = 365 * 24;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A resource we made ourselves is not valid.
    #[error("the app Consent is not valid: {0}")]
    Invalid(String),
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
    let valid = checked(&app_consent(client, grant, patient, now).to_string())?;
    let access = Access::for_task(Task::Consent, pack.clone(), now);
    let change = Change::Create { valid, id: None };
    let written = storage.records(&access).write(vec![change]).await?;
    Ok(written.into_iter().next().map(|written| written.id))
}

/// Ends a connection at once: its tokens are dead when this returns, its Consent is inactive.
/// False when it had ended before.
///
/// # Errors
/// When it cannot be written.
pub async fn disconnect(
    storage: &Storage,
    pack: &Arc<Pack>,
    grant: &Grant,
    now: Timestamp,
) -> Result<bool, Error> {
    let ended = storage.grants().revoke(&grant.id, now).await?;
    end_consent(storage, pack, grant, now).await?;
    Ok(ended)
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
    let Some(id) = &grant.consent else {
        return Ok(());
    };
    let access = Access::for_task(Task::Consent, pack.clone(), now);
    let records = storage.records(&access);
    let Found::Seen(seen) = records.read(ResourceType::CONSENT, id).await? else {
        return Ok(());
    };
    let invalid = |e: serde_json::Error| Error::Invalid(e.to_string());
    let mut consent: Value = serde_json::from_slice(seen.body()).map_err(invalid)?;
    if consent.get("status").and_then(Value::as_str) == Some("inactive") {
        return Ok(());
    }
    if let Some(members) = consent.as_object_mut() {
        members.insert("status".to_owned(), json!("inactive"));
    }
    let change = Change::Update {
        valid: checked(&consent.to_string())?,
        id: id.clone(),
        if_match: None,
    };
    records.write(vec![change]).await?;
    Ok(())
}

/// Tells the person by mail that an app was connected; nothing about health is in it.
///
/// # Errors
/// When it cannot be queued.
pub async fn tell(
    storage: &Storage,
    account: &Account,
    client: &Client,
    now: Timestamp,
) -> Result<(), storage::Error> {
    let Some(to) = &account.email else {
        return Ok(());
    };
    let text = format!(
        "The app “{}” was connected to your account just now.\n\n\
         If this was you, there is nothing to do. If not, sign in, open “Connected apps” and \
         disconnect it: it stops working at once.\n",
        client.name
    );
    let subject = "A new app was connected to your account";
    storage.mail().queue(to, subject, &text, now).await
}

/// Warns the person by mail that an app's secret was used twice and the app is out.
///
/// # Errors
/// When it cannot be queued.
pub async fn warn(
    storage: &Storage,
    grant: &Grant,
    client: &Client,
    now: Timestamp,
) -> Result<(), storage::Error> {
    let account = match &grant.account {
        Some(id) => storage.accounts().find(id).await?,
        None => None,
    };
    let Some(to) = account.and_then(|account| account.email) else {
        return Ok(());
    };
    let text = format!(
        "The app “{}” showed a key to your account that had been used before. Somebody may have \
         copied it, so we disconnected the app. If you still want it, connect it again.\n",
        client.name
    );
    let subject = "An app was disconnected from your account";
    storage.mail().queue(&to, subject, &text, now).await
}

fn checked(text: &str) -> Result<Valid, Error> {
    let document = Document::parse(text).map_err(|e| Error::Invalid(format!("{e:?}")))?;
    fhir::validate::validate(document).map_err(|issues| Error::Invalid(format!("{issues:?}")))
}

fn app_consent(client: &Client, grant: &Grant, patient: &str, now: Timestamp) -> Value {
    let end = now
        .checked_add(SignedDuration::from_hours(CONNECTION_HOURS))
        .unwrap_or(Timestamp::MAX);
    let patient = format!("Patient/{patient}");
    let performer = match grant.fhir_user.as_deref() {
        Some(user) if user.starts_with("RelatedPerson/") || user.starts_with("Practitioner/") => {
            user.to_owned()
        }
        _ => patient.clone(),
    };
    json!({
        "resourceType": "Consent",
        "extension": [{"url": vocabulary::CLIENT_ID, "valueString": client.id}],
        "status": "active",
        "scope": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope",
            "code": "patient-privacy",
        }]},
        "category": [{"coding": [{"system": vocabulary::CONSENT_KIND, "code": "app"}]}],
        "patient": {"reference": patient},
        "dateTime": fhir::datetime::instant(now),
        "performer": [{"reference": performer}],
        "policyRule": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "OPTIN",
        }]},
        "provision": {
            "type": "permit",
            // No start: there is no token of it before, and a clock set back must not close the app.
            "period": { "end": fhir::datetime::instant(end) },
        },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use storage::clients::Kind;

    #[test]
    fn the_app_consent_is_valid_r4_and_names_the_client() {
        let now: Timestamp = "2026-06-15T16:00:00Z".parse().unwrap();
        let client = Client {
            ..Client::new("public-app", "Example", Kind::Public)
        };
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
        let text = app_consent(&client, &grant, "p1", now).to_string();
        assert!(checked(&text).is_ok());
        assert!(text.contains("\"public-app\""));
        assert!(text.contains("RelatedPerson/r1"));
        assert!(!text.contains("\"start\""));
    }
}
