//! What an administrator decides about apps: to approve or decline what one asks for, to stop one, to let it
//! work again. Each takes effect at once and on every node, and the developer gets a mail.

use jiff::Timestamp;
use storage::Storage;
use storage::accounts::{Account, Kind as AccountKind};
use storage::clients::{Client, Kind, Origin, State};

use super::{Error, state_beyond_sandbox};
use crate::trail;

/// Staff roles that decide about apps: they answer for what leaves the house.
const REVIEWERS: &[&str] = &["privacy", "him"];

/// What an administrator says about an app in review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All its scopes work from now on.
    Approve,
    /// It keeps what needs no approval or was approved before, and loses the rest. An app that has
    /// nothing left is disabled.
    Decline,
}

/// Who decides, what they tell the developer, and when.
#[derive(Debug, Clone, Copy)]
pub struct Ruling<'a> {
    /// `None` at the command line.
    pub by: Option<&'a Account>,
    /// May be empty.
    pub note: &'a str,
    pub now: Timestamp,
}

impl Ruling<'_> {
    fn note(&self) -> Option<String> {
        Some(self.note.trim().to_owned()).filter(|note| !note.is_empty())
    }
}

/// Whether a member of staff decides about apps.
pub fn is_reviewer(account: &Account) -> bool {
    account.kind == AccountKind::Staff
        && account.state == access::actor::Account::Active
        && account
            .role
            .as_deref()
            .is_some_and(|role| REVIEWERS.contains(&role))
}

/// Decides about an app in review. `None` when somebody else decided meanwhile, or the developer asks for
/// something else by now.
///
/// # Errors
/// When it cannot be written.
pub async fn decide(
    storage: &Storage,
    client: &Client,
    verdict: Verdict,
    ruling: Ruling<'_>,
) -> Result<Option<Client>, Error> {
    let mut decided = client.clone();
    match verdict {
        Verdict::Approve => {
            decided.approved_scopes.clone_from(&client.scopes);
            decided.state = State::Live;
        }
        Verdict::Decline => {
            let left = client.usable_scopes();
            decided.scopes = left.to_text();
            decided.state = if left.resources.is_empty() {
                State::Disabled
            } else {
                State::Live
            };
        }
    }
    decided.review_note = ruling.note();
    if !storage.clients().decide(&client.scopes, &decided).await? {
        return Ok(None);
    }
    let (word, subject, what) = match verdict {
        Verdict::Approve => (
            "approved",
            "Your app was approved",
            "was approved. All the scopes it asked for work from now on.",
        ),
        Verdict::Decline => (
            "declined",
            "Your app was not approved",
            "was not approved for all it asked for. What needs no approval keeps working.",
        ),
    };
    trail::about_app(storage, ruling.by, &decided, word, ruling.now);
    tell_developer(storage, &decided, (subject, what), ruling.now).await?;
    Ok(Some(decided))
}

/// Stops an app: its tokens are dead when this returns. False when it was stopped before.
///
/// # Errors
/// When it cannot be written.
pub async fn stop(storage: &Storage, client: &Client, ruling: Ruling<'_>) -> Result<bool, Error> {
    let note = ruling.note();
    if !storage.clients().stop(&client.id, note.as_deref()).await? {
        return Ok(false);
    }
    let stopped = Client {
        state: State::Disabled,
        review_note: note,
        ..client.clone()
    };
    trail::about_app(storage, ruling.by, &stopped, "stopped", ruling.now);
    let letter = (
        "Your app was stopped",
        "was stopped by this organization. Its tokens work no more, and it can get no new ones.",
    );
    tell_developer(storage, &stopped, letter, ruling.now).await?;
    Ok(true)
}

/// Whether a stopped app can work again: one that its developer removed has nothing left to work with.
pub fn can_resume(client: &Client) -> bool {
    let has_keys = client.jwks.is_some() || client.jwks_uri.is_some();
    client.state == State::Disabled
        && (!client.redirect_uris.is_empty() || client.kind == Kind::Backend && has_keys)
}

/// Lets a stopped app work again as far as it was approved; tokens it had before are good again until they
/// expire. False when it was not stopped, or has nothing left to work with.
///
/// # Errors
/// When it cannot be written.
pub async fn resume(storage: &Storage, client: &Client, ruling: Ruling<'_>) -> Result<bool, Error> {
    if !can_resume(client) {
        return Ok(false);
    }
    let state = match client.origin {
        Origin::Admin => State::Live,
        _ => state_beyond_sandbox(client),
    };
    if !storage.clients().resume(&client.id, state).await? {
        return Ok(false);
    }
    let resumed = Client {
        state,
        review_note: ruling.note(),
        ..client.clone()
    };
    trail::about_app(storage, ruling.by, &resumed, "resumed", ruling.now);
    let letter = ("Your app works again", "may be used again.");
    tell_developer(storage, &resumed, letter, ruling.now).await?;
    Ok(true)
}

async fn tell_developer(
    storage: &Storage,
    client: &Client,
    (subject, what): (&str, &str),
    now: Timestamp,
) -> Result<(), Error> {
    let owner = match &client.owner {
        Some(id) => storage.accounts().find(id).await?,
        None => None,
    };
    let mut addresses = client.contacts.clone();
    addresses.extend(owner.and_then(|account| account.email));
    addresses.sort();
    addresses.dedup();
    let note = client
        .review_note
        .as_ref()
        .map_or_else(String::new, |note| {
            format!("\nThe reviewer wrote:\n{note}\n")
        });
    let text = format!("The app “{}” {what}\n{note}", client.name);
    for to in addresses {
        storage.mail().queue(&to, subject, &text, now).await?;
    }
    Ok(())
}
