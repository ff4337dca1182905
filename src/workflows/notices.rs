//! Mails about the safety of an account. None says anything about health, and none holds a link that
//! lets anybody in.

pub mod html;
pub mod letters;
pub mod news;
pub mod preferences;

use jiff::Timestamp;
use storage::Storage;
use storage::accounts::Account;

type Result = std::result::Result<(), storage::Error>;

async fn send(
    storage: &Storage,
    account: &Account,
    subject: &str,
    text: &str,
    now: Timestamp,
) -> Result {
    match &account.email {
        Some(to) => storage.mail().queue(to, subject, text, now).await,
        None => Ok(()),
    }
}

/// Where and with what somebody signed in.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub agent: &'a str,
    pub source: &'a str,
    /// When, as people say it.
    pub moment: &'a str,
}

/// A browser that was never here before signed in.
///
/// # Errors
/// When the mail cannot be queued.
pub async fn new_device(
    storage: &Storage,
    account: &Account,
    place: Place<'_>,
    now: Timestamp,
) -> Result {
    let Place {
        agent,
        source,
        moment,
    } = place;
    let from = match source {
        "" => String::new(),
        source => format!(", {source}"),
    };
    let text = format!(
        "Your account {} was signed in to on {moment} with a browser we had not seen before: \
         {agent}{from}.\n\n\
         If this was you, there is nothing to do. If not, somebody knows your password: sign in, \
         open “Security”, sign all others out and choose another password.\n",
        account.username
    );
    send(
        storage,
        account,
        "A new sign-in to your account",
        &text,
        now,
    )
    .await
}

/// Somebody had the right password and wrong codes.
///
/// # Errors
/// When the mail cannot be queued.
pub async fn wrong_codes(storage: &Storage, account: &Account, now: Timestamp) -> Result {
    let text = format!(
        "Somebody entered the right password of your account {} and then several wrong codes. They \
         were not let in.\n\n\
         If this was not you, somebody knows your password: sign in, open “Security” and choose \
         another.\n",
        account.username
    );
    let subject = "Somebody knows your password";
    send(storage, account, subject, &text, now).await
}

/// The code a browser new to the account needs while the account is being guessed at.
///
/// # Errors
/// When the mail cannot be queued.
pub async fn code(storage: &Storage, account: &Account, code: &str, now: Timestamp) -> Result {
    let text = format!(
        "Your code to sign in is {code}. It is good for ten minutes.\n\n\
         We ask for it because somebody has been guessing at your password. If you are not signing \
         in right now, they have guessed it: sign in, open “Security” and choose another. Never tell \
         the code to anybody, not even to us.\n"
    );
    send(storage, account, "Your code to sign in", &text, now).await
}

/// How an account is protected was changed; `what`: a whole sentence.
///
/// # Errors
/// When the mail cannot be queued.
pub async fn changed(storage: &Storage, account: &Account, what: &str, now: Timestamp) -> Result {
    let text = format!(
        "{what}\n\nIf this was you, there is nothing to do. If not, sign in at once, open “Security”, \
         sign all others out and choose another password; or call us.\n"
    );
    let subject = "How you sign in was changed";
    send(storage, account, subject, &text, now).await
}

/// A question to support that has an answer, or that support asks something about.
#[derive(Debug, Clone, Copy)]
pub struct Ticket<'a> {
    pub number: &'a str,
    /// Where it is read.
    pub address: &'a str,
    pub asks: bool,
}

/// Support wrote something: that there is something to read, and where.
///
/// # Errors
/// When the mail cannot be queued.
pub async fn ticket_answered(
    storage: &Storage,
    to: &str,
    ticket: &Ticket<'_>,
    now: Timestamp,
) -> Result {
    let Ticket {
        number,
        address,
        asks,
    } = ticket;
    let (subject, what) = match asks {
        true => ("Support has a question for you", "has a question about it"),
        false => ("Your question to support has an answer", "answered it"),
    };
    let text = format!(
        "You asked support something. Your ticket is {number}, and support {what}.\n\n\
         Read it at {address}\n\n\
         You need the number of the ticket and the address or telephone number you left with it, or your \
         sign-in. We never ask for your password.\n"
    );
    storage.mail().queue(to, subject, &text, now).await
}
