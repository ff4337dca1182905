//! Second factors: setting them up, proving them, removing them.

use jiff::Timestamp;
use serde_json::{Value, json};
use smart::jwk::hash_of_secret;
use smart::totp;
use smart::webauthn::{self, Assertion, Party, Registration};
use storage::Storage;
use storage::accounts::Account;
use storage::factors::HeldPasskey;

use crate::{notices, trail};

/// Longest name of a passkey, in characters.
const LABEL_CHARACTERS_MAX: usize = 40;
/// Passkeys an account may have.
pub const PASSKEYS_MAX: usize = 20;
/// Longest answer of a browser looked at, in bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// How long a browser waits for a device.
const CEREMONY_MILLISECONDS: u32 = 300_000;
/// What authenticator apps call us.
const ISSUER: &str = "Kinchart";

type Result<T> = std::result::Result<T, storage::Error>;

/// What a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing in with nothing but a passkey.
    SignIn,
    /// The second step of signing in.
    SecondStep,
    /// Proving oneself again in a session.
    Prove,
    /// Making a new passkey.
    Enrol,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SecondStep => "second-step",
            Self::Prove => "prove",
            Self::Enrol => "enrol",
        }
    }
}

/// An authenticator app to be set up.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// For people who type it, four and four.
    pub secret: String,
    /// For the QR code.
    pub address: String,
}

/// What an app is to be set up with; the same until it is confirmed. `None` when there is one.
///
/// # Errors
/// When it cannot be written.
pub async fn propose_totp(
    storage: &Storage,
    account: &Account,
    now: Timestamp,
) -> Result<Option<Proposal>> {
    let secret = storage.factors().propose_totp(&account.id, now).await?;
    Ok(secret.map(|secret| {
        let letters: Vec<char> = totp::base32(&secret).chars().collect();
        let groups = letters.chunks(4).map(|four| four.iter().collect());
        Proposal {
            secret: groups.collect::<Vec<String>>().join(" "),
            address: totp::address(ISSUER, &account.username, &secret),
        }
    }))
}

/// Sets the proposed app up, if the code typed is one it shows (`seconds`: since 1970 by everybody's
/// clock). Returns recovery codes when the account had none; `None` when the code is wrong.
///
/// # Errors
/// When it cannot be written.
pub async fn confirm_totp(
    storage: &Storage,
    account: &Account,
    typed: &str,
    seconds: i64,
    now: Timestamp,
) -> Result<Option<Vec<String>>> {
    let factors = storage.factors();
    let Some(secret) = factors.proposed_totp(&account.id).await? else {
        return Ok(None);
    };
    let Some(step) = totp::step_of(&secret, typed, seconds) else {
        return Ok(None);
    };
    if !factors.confirm_totp(&account.id, step, now).await? {
        return Ok(None);
    }
    trail::second_factor(storage, account, "totp-added", now);
    let what = "An authenticator app was set up for your account.";
    notices::changed(storage, account, what, now).await?;
    first_recovery_codes(storage, account, now).await.map(Some)
}

/// Recovery codes for an account that has none; nothing for one that has.
async fn first_recovery_codes(
    storage: &Storage,
    account: &Account,
    now: Timestamp,
) -> Result<Vec<String>> {
    let factors = storage.factors();
    if factors.of(&account.id).await?.recovery_codes > 0 {
        return Ok(Vec::new());
    }
    factors.replace_recovery_codes(&account.id, now).await
}

/// Whether a code typed is one of the account's app, or a recovery code; either counts once.
///
/// # Errors
/// When it cannot be written.
pub async fn is_code(
    storage: &Storage,
    account: &Account,
    typed: &str,
    seconds: i64,
    now: Timestamp,
) -> Result<bool> {
    let factors = storage.factors();
    if let Some(secret) = factors.totp(&account.id).await?
        && let Some(step) = totp::step_of(&secret, typed, seconds)
    {
        return factors.use_step(&account.id, step, now).await;
    }
    let used = factors.use_recovery_code(&account.id, typed, now).await?;
    if used {
        let what = "A recovery code was used to sign in to your account. Each works once.";
        notices::changed(storage, account, what, now).await?;
    }
    Ok(used)
}

/// A challenge for a passkey; `bearer` names who may answer it.
///
/// # Errors
/// When it cannot be written.
pub async fn challenge(
    storage: &Storage,
    purpose: Purpose,
    bearer: &str,
    now: Timestamp,
) -> Result<String> {
    storage
        .ceremonies()
        .open(purpose.as_str(), bearer, now)
        .await
}

/// What a browser is asked when a passkey is to be used (WebAuthn 5.5), binary parts as base64url. With no
/// credentials named, any of the person's for this site will do.
pub fn request_options(party: &Party, challenge: &str, credentials: &[HeldPasskey]) -> String {
    json!({
        "challenge": challenge,
        "rpId": party.id,
        "timeout": CEREMONY_MILLISECONDS,
        "userVerification": "required",
        "allowCredentials": descriptors(credentials),
    })
    .to_string()
}

/// What a browser is asked when a passkey is to be made (WebAuthn 5.4).
pub fn creation_options(
    party: &Party,
    challenge: &str,
    account: &Account,
    held: &[HeldPasskey],
) -> String {
    let algorithms = webauthn::ALGORITHMS.iter();
    let algorithms: Vec<Value> = algorithms
        .map(|number| json!({"type": "public-key", "alg": number}))
        .collect();
    json!({
        "challenge": challenge,
        "rp": {"id": party.id, "name": ISSUER},
        // A handle that tells nobody whose it is (WebAuthn 14.6.1).
        "user": {"id": hash_of_secret(&account.id), "name": account.username,
                 "displayName": account.display},
        "pubKeyCredParams": algorithms,
        "timeout": CEREMONY_MILLISECONDS,
        "excludeCredentials": descriptors(held),
        "authenticatorSelection": {"residentKey": "required", "requireResidentKey": true,
                                   "userVerification": "required"},
        "attestation": "none",
    })
    .to_string()
}

fn descriptors(credentials: &[HeldPasskey]) -> Vec<Value> {
    credentials
        .iter()
        .map(|held| json!({"type": "public-key", "id": held.credential}))
        .collect()
}

/// The account whose passkey gave this answer to a challenge of ours; `None` for any other answer.
///
/// # Errors
/// When it cannot be written.
pub async fn passkey_account(
    storage: &Storage,
    party: &Party,
    purpose: Purpose,
    bearer: &str,
    answer: &str,
    now: Timestamp,
) -> Result<Option<String>> {
    if answer.len() > ANSWER_BYTES_MAX {
        return Ok(None);
    }
    let Ok(answer) = serde_json::from_str::<Assertion>(answer) else {
        return Ok(None);
    };
    let Some(challenge) = webauthn::challenge_of(&answer.client_data) else {
        return Ok(None);
    };
    let ceremonies = storage.ceremonies();
    if !ceremonies
        .close(&challenge, purpose.as_str(), bearer, now)
        .await?
    {
        return Ok(None);
    }
    let factors = storage.factors();
    let Some(known) = factors.passkey(&answer.id).await? else {
        return Ok(None);
    };
    let (key, counter) = (&known.public_key, known.counter);
    let Ok(used) = webauthn::authenticate(party, &challenge, key, counter, &answer) else {
        return Ok(None);
    };
    let first = factors
        .used_passkey(&answer.id, known.counter, used, now)
        .await?;
    Ok(first.then_some(known.account))
}

/// What became of a new passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// Kept; recovery codes when the account had none.
    Kept(Vec<String>),
    /// Not believed, or known already.
    Refused(&'static str),
}

/// Keeps a passkey made for a challenge of ours.
///
/// # Errors
/// When it cannot be written.
pub async fn add_passkey(
    storage: &Storage,
    party: &Party,
    account: &Account,
    bearer: &str,
    (label, answer): (&str, &str),
    now: Timestamp,
) -> Result<Added> {
    let lost = "the answer came too late or twice; try again";
    let read = Some(answer).filter(|answer| answer.len() <= ANSWER_BYTES_MAX);
    let read = read.and_then(|answer| serde_json::from_str::<Registration>(answer).ok());
    let Some(answer) = read else {
        return Ok(Added::Refused("the browser's answer cannot be read"));
    };
    let Some(challenge) = webauthn::challenge_of(&answer.client_data) else {
        return Ok(Added::Refused("the browser's answer cannot be read"));
    };
    let purpose = Purpose::Enrol.as_str();
    let ceremonies = storage.ceremonies();
    if !ceremonies.close(&challenge, purpose, bearer, now).await? {
        return Ok(Added::Refused(lost));
    }
    let passkey = match webauthn::register(party, &challenge, &answer) {
        Ok(passkey) => passkey,
        Err(webauthn::Fault(why)) => return Ok(Added::Refused(why)),
    };
    let factors = storage.factors();
    if factors.passkeys(&account.id).await?.len() >= PASSKEYS_MAX {
        return Ok(Added::Refused("there are too many passkeys; remove one"));
    }
    let label = label.trim();
    let label: String = match label {
        "" => "Passkey".to_owned(),
        label => label.chars().take(LABEL_CHARACTERS_MAX).collect(),
    };
    if !factors
        .add_passkey(&account.id, &label, &passkey, now)
        .await?
    {
        return Ok(Added::Refused("that passkey is known already"));
    }
    trail::second_factor(storage, account, "passkey-added", now);
    let what = format!("A passkey (“{label}”) was added to your account.");
    notices::changed(storage, account, &what, now).await?;
    let codes = first_recovery_codes(storage, account, now).await?;
    Ok(Added::Kept(codes))
}

/// What is to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor<'a> {
    Totp,
    /// By its credential id.
    Passkey(&'a str),
}

/// Removes a second factor; recovery codes go with the last. False when there was none like it, or
/// `keep_one` forbids to remove the last.
///
/// # Errors
/// When it cannot be written.
pub async fn remove(
    storage: &Storage,
    account: &Account,
    factor: Factor<'_>,
    keep_one: bool,
    now: Timestamp,
) -> Result<bool> {
    let factors = storage.factors();
    let held = factors.of(&account.id).await?;
    let count = held.passkeys.len() + usize::from(held.totp.is_some());
    if keep_one && count < 2 {
        return Ok(false);
    }
    let (removed, what, word) = match factor {
        Factor::Totp => {
            let removed = factors.remove_totp(&account.id).await?;
            (removed, "authenticator app", "totp-removed")
        }
        Factor::Passkey(id) => {
            let removed = factors.remove_passkey(&account.id, id).await?;
            (removed, "passkey", "passkey-removed")
        }
    };
    if !removed {
        return Ok(false);
    }
    trail::second_factor(storage, account, word, now);
    if !factors.of(&account.id).await?.is_any() {
        factors.remove_recovery_codes(&account.id).await?;
    }
    let what = format!("The {what} of your account was removed.");
    notices::changed(storage, account, &what, now).await?;
    Ok(true)
}

/// New recovery codes in place of the old, which are worth nothing from now on.
///
/// # Errors
/// When it cannot be written.
pub async fn renew_recovery_codes(
    storage: &Storage,
    account: &Account,
    now: Timestamp,
) -> Result<Vec<String>> {
    let codes = storage
        .factors()
        .replace_recovery_codes(&account.id, now)
        .await?;
    trail::second_factor(storage, account, "recovery-codes-renewed", now);
    let what = "New recovery codes were made for your account; the old ones are worth nothing.";
    notices::changed(storage, account, what, now).await?;
    Ok(codes)
}

/// Removes every second factor, for somebody who lost theirs and proved who they are; signs them out.
///
/// # Errors
/// When it cannot be written.
pub async fn forget_all(storage: &Storage, account: &Account, now: Timestamp) -> Result<()> {
    let factors = storage.factors();
    factors.remove_totp(&account.id).await?;
    for passkey in factors.passkeys(&account.id).await? {
        factors
            .remove_passkey(&account.id, &passkey.credential)
            .await?;
    }
    factors.remove_recovery_codes(&account.id).await?;
    storage.sessions().close_all(&account.id).await?;
    trail::second_factor(storage, account, "all-removed", now);
    let what = "We removed the second step from your account, and you were signed out.";
    notices::changed(storage, account, what, now).await
}
