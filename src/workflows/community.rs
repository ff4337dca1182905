//! Apps that a trust community vouches for (UDAP): registered once for each URI, changed and cancelled by
//! whoever holds a certificate of it.

use jiff::Timestamp;
use smart::registration::Metadata;
use storage::Storage;
use storage::clients::{Client, Kind, Origin, State};
use storage::enrolments::{Enrolled, Enrolment};

use crate::registration::{Error, amend, check_name, describe, retire};

/// What a statement made of a registration.
#[derive(Debug, Clone)]
pub enum Change {
    New(Client),
    Modified(Client),
    /// An administrator has disabled the app: a statement does not bring it back.
    Barred,
}

/// Registers the app of a URI, or puts this in place of what it was registered with. Its scopes work at once:
/// they are within what the community's members may have, which is what the organization approved.
///
/// # Errors
/// `Fault` for a name that belongs to the house; otherwise when it cannot be written.
pub async fn register(
    storage: &Storage,
    enrolment: &Enrolment,
    metadata: Metadata,
    now: Timestamp,
) -> Result<Change, Error> {
    let known = storage.clients().enrolled(enrolment).await?;
    let known = match known {
        Some(id) => id,
        None => {
            let client = fresh(metadata.clone(), now);
            check_name(storage, &client).await?;
            match storage.clients().enrol(&client, enrolment).await? {
                Enrolled::New => return Ok(Change::New(client)),
                Enrolled::Known(id) => id,
            }
        }
    };
    let Some(mut before) = storage.clients().find(&known).await? else {
        return Err(Error::Storage(storage::Error::Busy));
    };
    if before.state == State::Disabled {
        return Ok(Change::Barred);
    }
    before.approved_scopes = metadata.scopes.to_text();
    let amended = amend(storage, &before, metadata, now).await?;
    Ok(Change::Modified(amended.client))
}

fn fresh(metadata: Metadata, now: Timestamp) -> Client {
    let mut client = Client {
        origin: Origin::Udap,
        created: now,
        approved_scopes: metadata.scopes.to_text(),
        ..Client::new(uuid::Uuid::new_v4().to_string(), "", Kind::Public)
    };
    client.state = if metadata.sandbox {
        State::Sandbox
    } else {
        State::Live
    };
    describe(&mut client, metadata);
    client
}

/// Ends the registration of a URI: its tokens are dead when this returns. `None` when there is none. An app
/// that an administrator has disabled stays known, so that it does not come back as a new one.
///
/// # Errors
/// When it cannot be written.
pub async fn cancel(storage: &Storage, enrolment: &Enrolment) -> Result<Option<Client>, Error> {
    let clients = storage.clients();
    let Some(id) = clients.enrolled(enrolment).await? else {
        return Ok(None);
    };
    let Some(client) = clients.find(&id).await? else {
        return Ok(None);
    };
    if client.state != State::Disabled {
        if !clients.withdraw(&id).await? {
            return Ok(None);
        }
        retire(storage, &client).await?;
    }
    Ok(Some(client))
}
