//! Finding the way back in: the username by mail, the password by a link and one more proof.

use access::actor::Account as State;
use jiff::Timestamp;
use storage::Storage;
use storage::accounts::Account;
use storage::mail_links::{MailLink, Purpose};

use crate::opening::question;
use crate::{notices, second_factor};

/// How long a link to a new password is good, in seconds.
const LINK_SECONDS: i64 = 30 * 60;

/// Sends the usernames of the accounts whose proven address this is. Who asks is told nothing.
///
/// # Errors
/// When it cannot be written.
pub async fn send_usernames(
    storage: &Storage,
    email: &str,
    base_url: &str,
    now: Timestamp,
) -> Result<(), storage::Error> {
    let mut names = Vec::new();
    for account in storage.accounts().list_by_email(email).await? {
        if account.state == State::Active {
            names.push(account.username);
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    let text = format!(
        "Somebody, perhaps you, asked which usernames belong to this e-mail address:\n\n    {}\n\n\
         Sign in at {base_url}/account/sign-in. If you did not ask, there is nothing to do: a username \
         alone opens nothing.\n",
        names.join("\n    ")
    );
    storage
        .mail()
        .queue(email, "Your username", &text, now)
        .await
}

/// Sends the link by which the owner of an account chooses another password, to its proven address. Who
/// asks is told nothing.
///
/// # Errors
/// When it cannot be written.
pub async fn send_link(
    storage: &Storage,
    username: &str,
    base_url: &str,
    now: Timestamp,
) -> Result<(), storage::Error> {
    let account = storage.accounts().find_by_username(username).await?;
    let open = account.filter(|account| account.state == State::Active);
    let Some((account, email)) = open.and_then(|one| one.email.clone().map(|to| (one, to))) else {
        return Ok(());
    };
    let link = MailLink {
        account: account.id.clone(),
        email: email.clone(),
    };
    let links = storage.mail_links();
    let purpose = Purpose::NewPassword;
    let secret = links.make(purpose, &link, LINK_SECONDS, now).await?;
    let text = format!(
        "Somebody, perhaps you, asked for a new password for the account {}. Open this link to choose \
         one:\n\n{base_url}/account/recover/new-password?link={secret}\n\n\
         It is good for thirty minutes, and you will be asked for one more thing only you have or know. \
         If you did not ask, there is nothing to do: your password stays as it is.\n",
        account.username
    );
    storage
        .mail()
        .queue(&email, "A new password", &text, now)
        .await
}

/// What is asked besides the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A code of the authenticator app, or a recovery code.
    Code,
    /// The answer to this question.
    Answer(String),
    /// Nothing that can be asked here: only a code of the practice helps.
    ProofInPerson,
}

/// Whose link this is, and what else they are asked; `None` when it is over.
///
/// # Errors
/// When the database cannot be asked.
pub async fn asked(
    storage: &Storage,
    secret: &str,
    now: Timestamp,
) -> Result<Option<(Account, Asked)>, storage::Error> {
    let links = storage.mail_links();
    let Some(link) = links.find(Purpose::NewPassword, secret, now).await? else {
        return Ok(None);
    };
    let account = storage.accounts().find(&link.account).await?;
    let still = |account: &Account| {
        account.state == State::Active && account.email.as_ref() == Some(&link.email)
    };
    let Some(account) = account.filter(still) else {
        return Ok(None);
    };
    let held = storage.factors().of(&account.id).await?;
    let asked = if held.totp.is_some() || held.recovery_codes > 0 {
        Asked::Code
    } else if held.is_any() {
        Asked::ProofInPerson
    } else {
        let contact = storage.contacts().of(&account.id).await?;
        match (contact.question, contact.answer_hash) {
            (Some(question), Some(_)) => Asked::Answer(question),
            _ => Asked::ProofInPerson,
        }
    };
    Ok(Some((account, asked)))
}

/// What came of choosing another password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    Done,
    /// The second proof was wrong; the link is good for a few more tries.
    Wrong,
    /// The link is over.
    Over,
}

/// Sets a password, for whoever has the link and gives the second proof. `seconds`: the time
/// authenticator apps go by.
///
/// # Errors
/// When it cannot be written.
pub async fn renew(
    storage: &Storage,
    secret: &str,
    proof: &str,
    password_hash: &str,
    (seconds, now): (i64, Timestamp),
) -> Result<Renewed, storage::Error> {
    let links = storage.mail_links();
    let Some((account, asked)) = asked(storage, secret, now).await? else {
        return Ok(Renewed::Over);
    };
    if !links.count(secret).await? {
        return Ok(Renewed::Over);
    }
    let right = match asked {
        Asked::Code => second_factor::is_code(storage, &account, proof, seconds, now).await?,
        Asked::Answer(_) => {
            let contact = storage.contacts().of(&account.id).await?;
            let hash = contact.answer_hash.unwrap_or_default();
            let answer = proof.to_owned();
            // Hashing takes a while: not on a thread that others wait on.
            let check = move || question::is_right(&answer, &hash);
            tokio::task::spawn_blocking(check).await.unwrap_or(false)
        }
        Asked::ProofInPerson => false,
    };
    if !right {
        return Ok(Renewed::Wrong);
    }
    if !links.take(Purpose::NewPassword, secret, now).await? {
        return Ok(Renewed::Over);
    }
    set_password(storage, &account, password_hash, now).await?;
    Ok(Renewed::Done)
}

/// Sets a password after it was lost: every session and every token of the account is dead when this
/// returns, and its owner is told.
///
/// # Errors
/// When it cannot be written.
pub(crate) async fn set_password(
    storage: &Storage,
    account: &Account,
    password_hash: &str,
    now: Timestamp,
) -> Result<(), storage::Error> {
    let id = &account.id;
    storage.accounts().set_password(id, password_hash).await?;
    storage.sessions().close_all(id).await?;
    storage.grants().revoke_all(id, now).await?;
    let what = "Another password was chosen for your account by somebody who had lost the old one. Every \
                browser was signed out, and every app has to be connected again.";
    notices::changed(storage, account, what, now).await
}
