//! What the organization does to an account: takes it away at any time, holds it for an investigation, gives it back.
//! Why is noted inside; its owner is told nothing before and shown nothing after but that it is not open.

use jiff::Timestamp;
use storage::accounts::{Account, Kind};
use storage::audit::{Action, Event};
use storage::endings::{Ending, Hold, What};
use uuid::Uuid;

use super::closing::{end, is_open};
use super::{Owner, noted};
use crate::proxies::{Desk, Error};

/// Why an account may be taken away or held: code and words, for the house alone.
pub const REASONS: [(&str, &str); 8] = [
    ("misuse", "Misuse of the account"),
    ("fraud", "Fraud"),
    ("harassment", "Harassing or threatening messages"),
    ("illegal-activity", "Illegal activity"),
    ("security", "The account may be in somebody else's hands"),
    ("identity", "It is not the person it was opened for"),
    ("terms", "Against the terms of use"),
    ("administrative", "Decision of the organization"),
];

/// What staff are shown about an account.
#[derive(Debug, Clone)]
pub struct Status {
    pub account: Account,
    pub open: bool,
    pub hold: Option<Hold>,
    /// What became of it, newest first.
    pub endings: Vec<Ending>,
    /// Browsers signed in.
    pub sessions: usize,
    /// Apps connected.
    pub apps: usize,
}

fn reason(code: &str) -> Result<(), Error> {
    match REASONS.iter().any(|(known, _)| *known == code) {
        true => Ok(()),
        false => {
            let codes: Vec<&str> = REASONS.iter().map(|(code, _)| *code).collect();
            let rule = format!("one of {}", codes.join(", "));
            Err(Error::rule("reason", rule))
        }
    }
}

fn why(code: &str, note: &str) -> Result<String, Error> {
    reason(code)?;
    let note = noted(note);
    match note.is_empty() {
        true => Err(Error::rule("note", "note what happened; it stays inside")),
        false => Ok(note),
    }
}

/// Takes an account away at once: when this returns no session and no token of it works, on any node. The caller has
/// settled that whoever is at the desk may. With `investigate` it is held as well. False when it was taken away
/// before.
///
/// # Errors
/// `Absent` where there is no account, `Rule` for a reason or note that is missing, `Refused` for one's own.
pub async fn revoke(
    desk: &Desk<'_>,
    of: Owner<'_>,
    code: &str,
    note: &str,
    investigate: bool,
) -> Result<bool, Error> {
    let account = of.account(desk.storage).await?;
    revoke_account(desk, &account, code, note, investigate).await
}

/// The same of an account at hand.
///
/// # Errors
/// As [`revoke`].
pub async fn revoke_account(
    desk: &Desk<'_>,
    account: &Account,
    code: &str,
    note: &str,
    investigate: bool,
) -> Result<bool, Error> {
    let note = why(code, note)?;
    if desk.agent.account.as_deref() == Some(account.id.as_str()) {
        return Err(Error::Refused("Nobody takes their own account away."));
    }
    if investigate {
        put_hold(desk, account, code, &note).await?;
    }
    end(desk, account, What::Revoked, code, &note).await
}

/// Opens an account again that the organization took away. What was connected stays disconnected. False when it was
/// not taken away.
///
/// # Errors
/// `Absent` where there is no account, `Rule` without a note.
pub async fn restore(desk: &Desk<'_>, of: Owner<'_>, note: &str) -> Result<bool, Error> {
    let account = of.account(desk.storage).await?;
    restore_account(desk, &account, note).await
}

/// The same of an account at hand.
///
/// # Errors
/// As [`restore`].
pub async fn restore_account(
    desk: &Desk<'_>,
    account: &Account,
    note: &str,
) -> Result<bool, Error> {
    let note = why("administrative", note)?;
    end(desk, account, What::Restored, "administrative", &note).await
}

/// Holds an account for an investigation: nothing of its owner's chart is erased, and its owner cannot close it. What
/// it may do stays as it is. False when it is held already.
///
/// # Errors
/// `Absent` where there is no account, `Rule` for a reason or note that is missing.
pub async fn hold(desk: &Desk<'_>, of: Owner<'_>, code: &str, note: &str) -> Result<bool, Error> {
    let account = of.account(desk.storage).await?;
    let note = why(code, note)?;
    put_hold(desk, &account, code, &note).await
}

async fn put_hold(
    desk: &Desk<'_>,
    account: &Account,
    code: &str,
    note: &str,
) -> Result<bool, Error> {
    let hold = Hold {
        id: Uuid::new_v4().to_string(),
        account: account.id.clone(),
        patient: account.patient.clone(),
        reason: code.to_owned(),
        note: note.to_owned(),
        opened_by: desk.agent.who.clone(),
        opened: desk.now,
        lifted: None,
    };
    let held = desk.storage.endings().hold(&hold).await?;
    if held {
        record(desk, account, &format!("held: {code}"), desk.now);
    }
    Ok(held)
}

/// Ends the investigation. False when there was none.
///
/// # Errors
/// `Absent` where there is no account.
pub async fn lift(desk: &Desk<'_>, of: Owner<'_>) -> Result<bool, Error> {
    let account = of.account(desk.storage).await?;
    let endings = desk.storage.endings();
    let lifted = endings.lift(&account.id, &desk.agent.who, desk.now).await?;
    if lifted {
        record(desk, &account, "hold lifted", desk.now);
    }
    Ok(lifted)
}

/// Into the audit trail; not into anybody's log of their record.
fn record(desk: &Desk<'_>, account: &Account, what: &str, at: Timestamp) {
    desk.storage.audit(Event {
        at,
        action: Action::AccountHeld,
        permitted: true,
        reason: format!("{what}: account {}", account.id),
        agent: desk.agent.clone(),
        patient: None,
        entity: None,
        query: None,
        request_id: None,
    });
}

/// How an account stands, for staff.
///
/// # Errors
/// `Absent` where there is none.
pub async fn status(desk: &Desk<'_>, of: Owner<'_>) -> Result<Status, Error> {
    let account = of.account(desk.storage).await?;
    if matches!(account.kind, Kind::Staff | Kind::Developer) {
        return Err(Error::Absent);
    }
    let storage = desk.storage;
    let endings = storage.endings();
    let sessions = storage.sessions().of_account(&account.id, desk.now).await?;
    let apps = storage.grants().of_account(&account.id, desk.now).await?;
    Ok(Status {
        open: is_open(&account),
        hold: endings.held(&account.id).await?,
        endings: endings.of_account(&account.id).await?,
        sessions: sessions.len(),
        apps: apps.iter().filter(|grant| grant.consent.is_some()).count(),
        account,
    })
}
