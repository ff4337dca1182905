//! Opening a session for somebody who proved who they are.

use jiff::Timestamp;
use storage::Storage;
use storage::accounts::Account;
use storage::audit::{Action, Event};
use storage::devices::Acquaintance;
use storage::sessions::Opening;

use crate::{notices, trail};

/// The browser somebody comes with.
#[derive(Debug, Clone, Copy)]
pub struct Arriving<'a> {
    /// The cookie of the session there was before; it ends.
    pub before: Option<&'a str>,
    /// The cookie by which the browser is known again.
    pub device: Option<&'a str>,
    pub agent: &'a str,
    pub source: &'a str,
    /// Now, as people say it.
    pub moment: &'a str,
    pub lifetime_seconds: i64,
    /// The computer is one that others use too.
    pub shared: bool,
}

/// The values of the cookies to set.
#[derive(Debug, Clone)]
pub struct Opened {
    pub session: String,
    pub device: String,
}

/// Opens a session in place of the one there was; tells the person by mail when the browser is new to
/// the account, and writes it into the audit. `amr`: how they proved it, in the words of RFC 8176.
///
/// # Errors
/// When it cannot be written.
pub async fn open(
    storage: &Storage,
    account: &Account,
    amr: &str,
    arriving: Arriving<'_>,
    now: Timestamp,
) -> Result<Opened, storage::Error> {
    let sessions = storage.sessions();
    if let Some(before) = arriving.before {
        sessions.close(before).await?;
    }
    let devices = storage.devices();
    let device = match arriving.device {
        Some(device) => device.to_owned(),
        None => devices.fresh()?,
    };
    let agent = arriving.agent;
    let was = devices.greet(&account.id, &device, agent, now).await?;
    if was == Acquaintance::New {
        let place = notices::Place {
            agent,
            source: arriving.source,
            moment: arriving.moment,
        };
        notices::new_device(storage, account, place, now).await?;
    }
    let opening = Opening {
        account: &account.id,
        amr,
        agent,
        source: arriving.source,
        device: Some(&device),
        lifetime_seconds: arriving.lifetime_seconds,
        shared: arriving.shared,
    };
    let session = sessions.open(opening, now).await?;
    note(storage, account, true, now);
    Ok(Opened { session, device })
}

/// Writes a sign-in, or a failed one, into the audit.
pub fn note(storage: &Storage, account: &Account, permitted: bool, at: Timestamp) {
    storage.audit(Event {
        at,
        action: Action::SignIn,
        permitted,
        reason: String::new(),
        agent: trail::agent(account),
        patient: None,
        entity: None,
        query: None,
        request_id: None,
    });
}
