//! Registering apps, changing them, and what an administrator decides about those that want more than to
//! read for a patient.

mod decisions;

pub use decisions::{Ruling, Verdict, can_resume, decide, is_reviewer, resume, stop};

use jiff::Timestamp;
use smart::jwk::hash_of_secret;
use smart::registration::{AuthMethod, Fault, Metadata};
use smart::scope::Scopes;
use storage::Storage;
use storage::clients::{Client, Kind, Origin, State};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A member that cannot be kept.
    #[error("{}: {}", .0.member, .0.rule)]
    Fault(Fault),
}

/// A client as it is kept, with what is told only now.
#[derive(Debug, Clone)]
pub struct Registered {
    pub client: Client,
    pub secret: Option<String>,
    /// The registration access token (RFC 7592), where one was made.
    pub registration_token: Option<String>,
}

/// Whose registration it is.
#[derive(Debug, Clone, Copy)]
pub struct Registrant<'a> {
    pub origin: Origin,
    /// Id of the developer's account.
    pub owner: Option<&'a str>,
    /// The app this is an installation of: what was approved for it is approved here.
    pub parent: Option<&'a Client>,
}

/// Keeps a new client. It works when this returns, as far as its state goes.
///
/// # Errors
/// `Fault` for a name that belongs to the house; otherwise when it cannot be written.
pub async fn register(
    storage: &Storage,
    metadata: Metadata,
    registrant: Registrant<'_>,
    now: Timestamp,
) -> Result<Registered, Error> {
    let id = uuid::Uuid::new_v4().to_string();
    let sandbox = metadata.sandbox;
    let mut client = Client {
        origin: registrant.origin,
        owner: registrant.owner.map(str::to_owned),
        created: now,
        ..Client::new(id, "", Kind::Public)
    };
    if let Some(parent) = registrant.parent {
        client.owner = client.owner.or_else(|| parent.owner.clone());
        client.approved_scopes.clone_from(&parent.approved_scopes);
        client.software_id = Some(parent.id.clone());
    }
    let software = client.software_id.clone();
    describe(&mut client, metadata);
    client.software_id = software.or(client.software_id);
    client.state = if sandbox {
        State::Sandbox
    } else {
        state_beyond_sandbox(&client)
    };
    check_name(storage, &client).await?;
    let secret = match secret_of(&client) {
        true => Some(storage::random_secret()?),
        false => None,
    };
    client.secret_hash = secret.as_deref().map(hash_of_secret);
    let token = match registrant.origin {
        Origin::Dynamic => Some(storage::random_secret()?),
        _ => None,
    };
    client.registration_token_hash = token.as_deref().map(hash_of_secret);
    storage.clients().save(&client).await?;
    if client.state == State::Review {
        tell_reviewers(storage, &client, now).await?;
    }
    Ok(Registered {
        client,
        secret,
        registration_token: token,
    })
}

/// Puts a changed registration in place of the one there was (RFC 7592 section 2.2). What was
/// approved stays approved; what is new and needs approval waits.
///
/// # Errors
/// As [`register`].
pub async fn amend(
    storage: &Storage,
    before: &Client,
    metadata: Metadata,
    now: Timestamp,
) -> Result<Registered, Error> {
    let mut client = before.clone();
    describe(&mut client, metadata);
    if !matches!(client.state, State::Sandbox | State::Disabled) {
        client.state = state_beyond_sandbox(&client);
    }
    check_name(storage, &client).await?;
    let mut secret = None;
    if !secret_of(&client) {
        client.secret_hash = None;
    } else if client.secret_hash.is_none() {
        let made = storage::random_secret()?;
        client.secret_hash = Some(hash_of_secret(&made));
        secret = Some(made);
    }
    storage.clients().save(&client).await?;
    if client.state == State::Review && waits_for_more(before, &client) {
        tell_reviewers(storage, &client, now).await?;
    }
    Ok(Registered {
        client,
        secret,
        registration_token: None,
    })
}

/// Takes a client out of the sandbox: live at once where nothing of it needs approval.
///
/// # Errors
/// When it cannot be written.
pub async fn leave_sandbox(
    storage: &Storage,
    client: &Client,
    now: Timestamp,
) -> Result<Client, Error> {
    let mut client = client.clone();
    if client.state == State::Sandbox {
        client.state = state_beyond_sandbox(&client);
        storage.clients().save(&client).await?;
        if client.state == State::Review {
            tell_reviewers(storage, &client, now).await?;
        }
    }
    Ok(client)
}

/// A new secret in place of the old one, which is worth nothing from now on. `None` for a client
/// without secrets.
///
/// # Errors
/// When it cannot be written.
pub async fn rotate_secret(storage: &Storage, client: &Client) -> Result<Option<String>, Error> {
    if !secret_of(client) {
        return Ok(None);
    }
    let secret = storage::random_secret()?;
    let client = Client {
        secret_hash: Some(hash_of_secret(&secret)),
        ..client.clone()
    };
    storage.clients().save(&client).await?;
    Ok(Some(secret))
}

/// Ends a client for good. Its name stays, so that the audit trail can be read.
///
/// # Errors
/// When it cannot be written.
pub async fn retire(storage: &Storage, client: &Client) -> Result<(), Error> {
    let client = Client {
        state: State::Disabled,
        owner: None,
        secret_hash: None,
        registration_token_hash: None,
        jwks: None,
        jwks_uri: None,
        redirect_uris: Vec::new(),
        ..client.clone()
    };
    storage.clients().save(&client).await?;
    Ok(())
}

pub(crate) fn describe(client: &mut Client, metadata: Metadata) {
    client.kind = match (metadata.auth_method, metadata.backend) {
        (_, true) => Kind::Backend,
        (AuthMethod::None, _) => Kind::Public,
        (AuthMethod::PrivateKeyJwt, _) => Kind::ConfidentialAsymmetric,
        (AuthMethod::SecretBasic | AuthMethod::SecretPost, _) => Kind::ConfidentialSymmetric,
    };
    client.auth_method = Some(metadata.auth_method.as_str().to_owned());
    client.name = metadata.name;
    client.redirect_uris = metadata.redirect_uris;
    client.scopes = metadata.scopes.to_text();
    client.jwks = metadata.jwks;
    client.jwks_uri = metadata.jwks_uri;
    client.launch_uri = metadata.launch_uri;
    client.contacts = metadata.contacts;
    client.client_uri = metadata.client_uri;
    client.logo_uri = metadata.logo_uri;
    client.policy_uri = metadata.policy_uri;
    client.tos_uri = metadata.tos_uri;
    client.software_id = metadata.software_id;
    client.software_version = metadata.software_version;
    client.post_logout_redirect_uris = metadata.post_logout_redirect_uris;
    client.dpop_bound_access_tokens = metadata.dpop_bound_access_tokens;
}

fn state_beyond_sandbox(client: &Client) -> State {
    let approved = Scopes::parse(&client.approved_scopes);
    State::beyond_sandbox(&Scopes::parse(&client.scopes), &approved)
}

fn secret_of(client: &Client) -> bool {
    client.kind == Kind::ConfidentialSymmetric
}

/// Whether a change wants something that did not wait before.
fn waits_for_more(before: &Client, after: &Client) -> bool {
    let waiting = |client: &Client| {
        let approved = Scopes::parse(&client.approved_scopes);
        smart::registration::waiting(&Scopes::parse(&client.scopes), &approved)
    };
    let known = waiting(before);
    before.state != State::Review
        || waiting(after)
            .texts()
            .iter()
            .any(|text| !known.texts().contains(text))
}

/// Nobody else's app has the name of one of the house's own.
pub(crate) async fn check_name(storage: &Storage, client: &Client) -> Result<(), Error> {
    let folded = client.name.to_lowercase();
    let all = storage.clients().first_party().await?;
    let taken = all
        .iter()
        .any(|other| other.id != client.id && other.name.to_lowercase() == folded);
    if taken {
        return Err(Error::Fault(Fault {
            member: "client_name",
            rule: "is the name of an app of this organization; choose another".to_owned(),
        }));
    }
    Ok(())
}

async fn tell_reviewers(storage: &Storage, client: &Client, now: Timestamp) -> Result<(), Error> {
    let accounts = storage.accounts().list().await?;
    let text = format!(
        "The app “{}” asks for more than an app may have without approval. It waits for a decision: \
         sign in and open “Apps to review”.\n",
        client.name
    );
    for reviewer in accounts.iter().filter(|account| is_reviewer(account)) {
        if let Some(to) = &reviewer.email {
            let subject = "An app waits for review";
            storage.mail().queue(to, subject, &text, now).await?;
        }
    }
    Ok(())
}
