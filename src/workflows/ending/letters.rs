//! Mail about the end of an account: nothing about health, nothing that lets anybody in. Of what the organization
//! takes away nobody is told by mail.

use storage::accounts::Account;
use storage::endings::What;

use crate::proxies::{Desk, Error};

async fn send(desk: &Desk<'_>, account: &Account, subject: &str, text: &str) -> Result<(), Error> {
    if let Some(to) = &account.email {
        let mail = desk.storage.mail();
        mail.queue(to, subject, text, desk.now).await?;
    }
    Ok(())
}

/// What became of an account.
pub(super) async fn ended(desk: &Desk<'_>, account: &Account, what: What) -> Result<(), Error> {
    match what {
        What::Closed => {
            let text = "Your account is closed, as was asked. Nobody is signed in to it any more, every app is \
                        disconnected, and we will not write to you here again.\n\n\
                        Your record stays with your practice. You can ask for a copy of it at any time, and open \
                        an account again with a new activation code from the front desk.\n\n\
                        If you did not ask for this, call your practice.\n";
            send(desk, account, "Your account is closed", text).await
        }
        What::Left => {
            let text = "Your own record is no longer open in your account, as was asked. You can still act for \
                        others with the same username and password.\n\n\
                        To have your own record in it again, ask the front desk for a new activation code.\n\n\
                        If you did not ask for this, call your practice.\n";
            send(desk, account, "Your own record is closed online", text).await
        }
        What::Revoked => Ok(()),
        What::Restored => {
            let text =
                "Your account is open again. Sign in as before; apps have to be connected anew.\n";
            send(desk, account, "Your account is open again", text).await
        }
    }
}

/// A wish to have it closed was taken.
pub(super) async fn asked(desk: &Desk<'_>, account: &Account) -> Result<(), Error> {
    let text = "We were asked to close your account, and somebody looks after it on the next working day.\n\n\
                To have it done at once: sign in, open “Security”, choose “Close my account” and confirm. There you \
                can also take the request back.\n\n\
                If you did not ask for this, sign in at once, open “Security”, and choose “Secure my account”; or \
                call us.\n";
    send(desk, account, "We were asked to close your account", text).await
}

/// It stays open: the practice did not close it.
pub(super) async fn kept(desk: &Desk<'_>, account: &Account) -> Result<(), Error> {
    let text = "We were asked to close your account and did not: it stays as it was. Call us if you want to know \
                more, or sign in and open “Security” to close it yourself.\n";
    send(desk, account, "Your account stays open", text).await
}

/// Everybody was signed out at the owner's wish.
pub(super) async fn secured(desk: &Desk<'_>, account: &Account) -> Result<(), Error> {
    let text = "You told us that somebody else may be using your account. Everybody was signed out, every app was \
                disconnected, and our privacy office looks into it.\n\n\
                If you have not chosen a new password yet, do so now: sign in, open “Security”.\n\n\
                If this was not you, call us.\n";
    send(desk, account, "Your account was secured", text).await
}
