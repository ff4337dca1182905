//! Mails about opening an account and finding one's way back in. Nothing about health is in any of them,
//! and who reads one alone gets into nothing.

use jiff::Timestamp;
use storage::Storage;

type Result = std::result::Result<(), storage::Error>;

/// A code by mail, to an address that stands in the record.
pub(super) async fn code(
    storage: &Storage,
    to: &str,
    (code, address, until): (&str, &str, &str),
    now: Timestamp,
) -> Result {
    let text = format!(
        "Here is the activation code that was asked for:\n\n    {code}\n\n\
         Open {address} and type it there. You will also be asked for things only you know. The code \
         is good until {until}, and once.\n\n\
         If you did not ask for it, there is nothing to do: the code alone opens nothing. Do not pass \
         it on to anybody, not even to us.\n"
    );
    let subject = "Your activation code";
    storage.mail().queue(to, subject, &text, now).await
}

/// The link that proves an address.
pub(super) async fn prove_address(
    storage: &Storage,
    to: &str,
    address: &str,
    now: Timestamp,
) -> Result {
    let text = format!(
        "Please confirm that this is your e-mail address. Open this link and press the button there:\n\n\
         {address}\n\n\
         It is good for three days. Until then we send nothing else here. If you did not give us this \
         address, there is nothing to do.\n"
    );
    let subject = "Please confirm your e-mail address";
    storage.mail().queue(to, subject, &text, now).await
}

/// The address is proven, the account is open.
pub(super) async fn welcome(storage: &Storage, to: &str, base_url: &str, now: Timestamp) -> Result {
    let text = format!(
        "Your e-mail address is confirmed, and your account is ready: {base_url}/account\n\n\
         We will never send anything about your health by e-mail, and never ask for your password. \
         If you did not open an account, call us.\n"
    );
    storage.mail().queue(to, "Welcome", &text, now).await
}

/// The way to an account of one's own, for somebody who acts for others and has no chart here. `known`:
/// there is an account with this address already, which may be theirs.
pub(super) async fn entrance(
    storage: &Storage,
    to: &str,
    (link, base_url, days): (&str, &str, i64),
    known: bool,
    now: Timestamp,
) -> Result {
    let there = match known {
        true => format!(
            "There is an account with this address already. If it is yours, sign in instead: \
             {base_url}/account/family\n\n"
        ),
        false => String::new(),
    };
    let text = format!(
        "Somebody asked for an account with this e-mail address, to act for somebody else online. If that \
         was you, open this page and choose a username and a password:\n\n{link}\n\n{there}\
         The link is good once and for {days} days. An account alone opens nobody’s record. If you did not \
         ask for it, there is nothing to do.\n"
    );
    let subject = "Your account to act for others";
    storage.mail().queue(to, subject, &text, now).await
}
