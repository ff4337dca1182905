//! Mail about outside sign-ins that came to stand for an account, or no longer do.

use jiff::Timestamp;
use storage::Storage;
use storage::accounts::Account;

/// Tells the person that an outside sign-in was linked to their account.
///
/// # Errors
/// When it cannot be queued.
pub async fn tell_linked(
    storage: &Storage,
    account: &Account,
    provider: &str,
    now: Timestamp,
) -> Result<(), storage::Error> {
    let text = format!(
        "From now on somebody who signs in at {provider} can use it to sign in to your account {}.\n\n\
         If this was you, there is nothing to do. If not, somebody knows your password: sign in, open \
         “Ways to sign in”, unlink {provider} and choose another password.\n",
        account.username
    );
    send(
        storage,
        account,
        "A new way to sign in to your account",
        &text,
        now,
    )
    .await
}

/// Tells the person that it no longer is.
///
/// # Errors
/// When it cannot be queued.
pub async fn tell_unlinked(
    storage: &Storage,
    account: &Account,
    provider: &str,
    now: Timestamp,
) -> Result<(), storage::Error> {
    let text = format!(
        "A sign-in at {provider} can no longer be used for your account {}.\n\n\
         If this was not you, somebody is signed in to your account: change your password.\n",
        account.username
    );
    let subject = "A way to sign in to your account was removed";
    send(storage, account, subject, &text, now).await
}

async fn send(
    storage: &Storage,
    account: &Account,
    subject: &str,
    text: &str,
    now: Timestamp,
) -> Result<(), storage::Error> {
    match &account.email {
        Some(to) => storage.mail().queue(to, subject, text, now).await,
        None => Ok(()),
    }
}
