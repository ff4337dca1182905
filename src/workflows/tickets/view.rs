//! An account opened to support for a ticket: to look at, for a while, and shown to the patient.

use access::Access;
use access::standing::Agent;
use fhir::ResourceType;
use jiff::SignedDuration;
use serde_json::json;
use storage::accounts::Account;
use storage::audit::{Action, Event};
use storage::tickets::View;

use super::task::{self};
use super::{Desk, Error, Kept, at_work, support};
use crate::proxies::text;
use crate::tasks;

/// An account that is open.
#[derive(Debug, Clone)]
pub struct Opened {
    pub view: View,
    /// It was open before.
    pub already: bool,
}

/// Opens the account of whoever asked to the member of support who works on the ticket, through this
/// authorization and for the pack's minutes; another one that was open is closed. Who asked without signing in
/// is found by the address they left, which must be that of one account.
///
/// # Errors
/// `NotForYou`, `Absent`, `Held`, `Over`, `Overtaken`, and `Rule` where no one account is known.
pub async fn open(
    desk: Desk<'_>,
    access: &Access,
    id: &str,
    username: Option<&str>,
) -> Result<Opened, Error> {
    let agent = support(access)?;
    let (Some(account), Some(grant)) = (&agent.account, &agent.grant) else {
        return Err(Error::NotForYou);
    };
    let kept = at_work(desk, access, id).await?;
    let ticket = desk.storage.tickets().of_task(id).await?;
    let (number, patient) = match ticket {
        Some(ticket) => {
            let account = ticket.account.as_deref();
            let patient = whose(desk, &kept, account, username).await?;
            (ticket.number, patient)
        }
        None => (id.to_owned(), written_by(&kept)?),
    };
    claim(desk, &kept, agent, &patient).await?;
    let minutes = i64::from(desk.pack.support.view_minutes);
    let expires = desk.now.checked_add(SignedDuration::from_mins(minutes));
    let view = View {
        id: uuid::Uuid::new_v4().to_string(),
        task: id.to_owned(),
        number,
        account: account.clone(),
        grant: grant.clone(),
        patient,
        opened: desk.now,
        expires: expires.unwrap_or(desk.now),
        ended: None,
    };
    let tickets = desk.storage.tickets();
    if tickets.open(&view).await? {
        record(desk, agent, &view);
        return Ok(Opened {
            view,
            already: false,
        });
    }
    let view = tickets.in_force(grant, desk.now).await?;
    let view = view.ok_or(Error::Overtaken)?;
    Ok(Opened {
        view,
        already: true,
    })
}

/// Closes what the caller's authorization has open. False when nothing was.
///
/// # Errors
/// When it cannot be written.
pub async fn close(desk: Desk<'_>, access: &Access) -> Result<bool, Error> {
    match &access.standing().agent.grant {
        Some(grant) => Ok(desk.storage.tickets().close(grant, desk.now).await?),
        None => Ok(false),
    }
}

/// What the caller's authorization has open.
///
/// # Errors
/// When the database cannot be asked.
pub async fn in_force(desk: Desk<'_>, access: &Access) -> Result<Option<View>, Error> {
    match &access.standing().agent.grant {
        Some(grant) => Ok(desk.storage.tickets().in_force(grant, desk.now).await?),
        None => Ok(None),
    }
}

/// The patient who wrote a ticket as a Task, without asking here. Errors: `Absent`.
fn written_by(kept: &Kept) -> Result<String, Error> {
    let patient = text(&kept.json, "/for/reference");
    let own = text(&kept.json, "/requester/reference") == patient;
    let id = patient.strip_prefix("Patient/").filter(|_| own);
    id.map(str::to_owned).ok_or(Error::Absent)
}

/// The patient whose account a ticket is about. Errors: `Rule`.
async fn whose(
    desk: Desk<'_>,
    kept: &Kept,
    account: Option<&str>,
    username: Option<&str>,
) -> Result<String, Error> {
    let accounts = desk.storage.accounts();
    let candidates: Vec<Account> = match account {
        Some(id) => accounts.find(id).await?.into_iter().collect(),
        None => {
            let wrote = task::wrote(&kept.json, "contact");
            let contact = wrote.last().copied().unwrap_or_default();
            accounts.list_by_email(contact).await?
        }
    };
    let named =
        |one: &Account| username.is_none_or(|name| name.trim().eq_ignore_ascii_case(&one.username));
    let fits = candidates.into_iter().filter(named);
    let mut patients: Vec<String> = fits.filter_map(|one| one.patient).collect();
    match (patients.pop(), patients.is_empty()) {
        (Some(patient), true) => Ok(patient),
        (Some(_), false) => Err(Error::rule(
            "username",
            "several accounts have this address: ask the person for their username",
        )),
        (None, _) => Err(Error::rule(
            "task",
            "no account with a chart belongs to whoever asked: answer without opening one, or send them to \
             the front desk with a document",
        )),
    }
}

/// The ticket becomes the caller's, and says whose account it is about.
async fn claim(desk: Desk<'_>, kept: &Kept, agent: &Agent, patient: &str) -> Result<(), Error> {
    let mut json = kept.json.clone();
    tasks::set(
        &mut json,
        "owner",
        json!({"reference": agent.who, "display": agent.display}),
    );
    if !task::waits(&json) {
        tasks::set(&mut json, "status", json!("in-progress"));
        let assigned = task::business_status("assigned", "Assigned");
        tasks::set(&mut json, "businessStatus", assigned);
    }
    // Who asked without signing in is somebody else's chart until they are told: only the trail knows.
    if text(&kept.json, "/requester/display").is_empty() {
        let opened = task::output("opened", "Account opened", "valueString", patient);
        let known = task::said(&json, "opened") == Some(patient);
        if !known {
            tasks::add(&mut json, "output", opened);
        }
    }
    if json == kept.json {
        return Ok(());
    }
    crate::work::touch(&mut json, desk.now);
    desk.update(kept, &json, Some(agent)).await
}

fn record(desk: Desk<'_>, agent: &Agent, view: &View) {
    desk.storage.audit(Event {
        at: desk.now,
        action: Action::OpenTicket,
        permitted: true,
        reason: format!("TICKET {}", view.number),
        agent: agent.clone(),
        patient: Some(view.patient.clone()),
        entity: Some(format!("{}/{}", ResourceType::PATIENT, view.patient)),
        query: None,
        request_id: None,
    });
}
