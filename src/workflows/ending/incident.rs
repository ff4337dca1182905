//! “Secure my account”: everybody is signed out, every app disconnected, and the privacy office looks into it.

use access::calendar::Office;
use jiff::Timestamp;
use serde_json::json;
use storage::accounts::{Account, Kind};
use storage::audit::{Action, Event};

use super::tasks::{Work, input};
use super::{letters, noted, own};
use crate::apps;
use crate::proxies::{Desk, Error, create, text};

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secured {
    /// The Task security-incident of the privacy office.
    pub task: String,
    /// By when it is looked at.
    pub due: Timestamp,
    /// Apps that were disconnected.
    pub apps: usize,
}

/// Shuts everybody out but the one browser (`keep_session`) and the one authorization at the desk, and asks the
/// privacy office to look into it. `remark`: what the person noticed; `events`: entries of the access log they do
/// not recognise, by number.
///
/// # Errors
/// `Refused` for who has no account of their own here.
pub async fn secure(
    desk: &Desk<'_>,
    keep_session: &str,
    remark: &str,
    events: &[i64],
) -> Result<Secured, Error> {
    let account = own(desk).await?;
    if account.kind == Kind::Developer {
        return Err(Error::Refused("Open “Security” to sign others out."));
    }
    let storage = desk.storage;
    storage
        .sessions()
        .close_others(&account.id, keep_session)
        .await?;
    storage.devices().forget(&account.id).await?;
    let apps = end_apps(desk, &account).await?;
    let (task, due) = report(desk, &account, remark, events).await?;
    storage.audit(Event {
        at: desk.now,
        action: Action::AccountSecured,
        permitted: true,
        reason: String::new(),
        agent: desk.agent.clone(),
        // Not in the log of the record, which others may read.
        patient: None,
        entity: None,
        query: None,
        request_id: None,
    });
    letters::secured(desk, &account).await?;
    Ok(Secured { task, due, apps })
}

/// Ends every authorization of the account but the one at the desk.
async fn end_apps(desk: &Desk<'_>, account: &Account) -> Result<usize, Error> {
    let at = apps::Desk {
        storage: desk.storage,
        pack: &desk.pack,
        now: desk.now,
    };
    let grants = desk.storage.grants();
    let mut ended = 0;
    for grant in grants.of_account(&account.id, desk.now).await? {
        if desk.agent.grant.as_deref() == Some(grant.id.as_str()) {
            continue;
        }
        match apps::disconnect(at, account, &grant).await {
            Ok(done) => ended += usize::from(done),
            Err(apps::Error::Storage(error)) => return Err(error.into()),
            Err(other) => return Err(Error::Invalid(other.to_string())),
        }
    }
    Ok(ended)
}

async fn report(
    desk: &Desk<'_>,
    account: &Account,
    remark: &str,
    events: &[i64],
) -> Result<(String, Timestamp), Error> {
    let days = desk.pack.sla.privacy_review_business_days;
    let due = desk.pack.calendar.due(Office::Him, desk.now, days);
    let remark = noted(remark);
    let mut inputs = Vec::new();
    if !remark.is_empty() {
        let what = "What the person wrote";
        inputs.push(input("comment", what, ("valueString", json!(remark))));
    }
    for event in events {
        let name = format!("AuditEvent/{event}");
        let what = "Entry of the access log";
        inputs.push(input("event", what, ("valueString", json!(name))));
    }
    let work = Work {
        code: ("security-incident", "Report of misuse of an account"),
        patient: account.patient.as_deref(),
        description: "The owner of an account thinks that somebody else uses it. Everybody was signed out.",
        role: ("privacy", "Privacy office"),
        due,
        inputs,
    };
    let mut task = work.task(desk);
    if let Some(person) = account
        .person
        .as_ref()
        .filter(|_| account.patient.is_none())
    {
        task["focus"] = json!({"reference": format!("Person/{person}")});
    }
    let id = text(&task, "/id").to_owned();
    desk.book()
        .write(vec![create(&task)?])
        .await?
        .ok_or(Error::Overtaken)?;
    Ok((id, due))
}
