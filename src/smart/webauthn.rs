//! Passkeys (WebAuthn Level 3): what an authenticator's answer must hold to be believed.
//!
//! The house asks for user verification always: a passkey is then two factors in one.

mod cbor;
mod key;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cbor::Value;
pub use key::ALGORITHMS;
use key::Key;
use serde::Deserialize;

/// Bytes of a challenge (13.4.3 asks for 16 at least).
pub const CHALLENGE_BYTES: usize = 32;
/// Longest credential id, in bytes (4: credential id).
const CREDENTIAL_BYTES_MAX: usize = 1_023;
/// Flags of authenticator data (6.1).
const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;

/// Why an answer is not believed, in words for a person who looks for the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub &'static str);

/// Who asks: the relying party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The host name passkeys are bound to.
    pub id: String,
    /// Scheme, host and port.
    pub origin: String,
}

impl Party {
    /// The party of a house; `None` where browsers know no passkeys: by number instead of name, or
    /// without TLS elsewhere than on this computer.
    pub fn of(base_url: &str) -> Option<Self> {
        let url = url::Url::parse(base_url).ok()?;
        let Some(url::Host::Domain(host)) = url.host() else {
            return None;
        };
        let secure = url.scheme() == "https" || host == "localhost";
        secure.then(|| Self {
            id: host.to_owned(),
            origin: url.origin().ascii_serialization(),
        })
    }
}

/// What a browser brings from making a passkey (5.2.1), each part base64url.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    #[serde(rename = "clientDataJSON")]
    pub client_data: String,
    pub attestation_object: String,
}

/// What a browser brings from using one (5.2.2).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assertion {
    /// The credential's id.
    pub id: String,
    #[serde(rename = "clientDataJSON")]
    pub client_data: String,
    pub authenticator_data: String,
    pub signature: String,
}

/// A passkey to keep (4: credential record).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// base64url.
    pub credential: String,
    /// COSE.
    pub public_key: Vec<u8>,
    pub counter: u32,
    /// Kept by more than one device.
    pub backed_up: bool,
}

/// What a use of a passkey changes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Use {
    pub counter: u32,
    pub backed_up: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// The challenge an answer claims to be for. It proves nothing before the answer is checked.
pub fn challenge_of(client_data: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(client_data).ok()?;
    let read: ClientData = serde_json::from_slice(&bytes).ok()?;
    Some(read.challenge)
}

/// 7.1: registering a new credential.
///
/// # Errors
/// What about the answer is not as it must be.
pub fn register(party: &Party, challenge: &str, answer: &Registration) -> Result<Passkey, Fault> {
    let client_data = decoded(&answer.client_data)?;
    check_client_data(party, &client_data, "webauthn.create", challenge)?;
    let object = decoded(&answer.attestation_object)?;
    let broken = Fault("the attestation object cannot be read");
    let (object, rest) = cbor::read(&object).ok_or(broken)?;
    let authenticator = object.named("authData").and_then(Value::bytes);
    let authenticator = authenticator.filter(|_| rest.is_empty()).ok_or(broken)?;
    let parts = Parts::read(party, authenticator)?;
    let (credential, public_key) = parts
        .attested
        .ok_or(Fault("there is no new passkey in it"))?;
    let key = Key::read(public_key)?;
    let signed = [authenticator, digest(&SHA256, &client_data).as_ref()].concat();
    check_attestation(&object, &key, &signed)?;
    Ok(Passkey {
        credential: URL_SAFE_NO_PAD.encode(credential),
        public_key: public_key.to_vec(),
        counter: parts.counter,
        backed_up: parts.backed_up,
    })
}

/// 7.2: verifying an assertion, by the key and the counter kept of the credential.
///
/// # Errors
/// What about the answer is not as it must be.
pub fn authenticate(
    party: &Party,
    challenge: &str,
    public_key: &[u8],
    counter: u32,
    answer: &Assertion,
) -> Result<Use, Fault> {
    let client_data = decoded(&answer.client_data)?;
    check_client_data(party, &client_data, "webauthn.get", challenge)?;
    let authenticator = decoded(&answer.authenticator_data)?;
    let parts = Parts::read(party, &authenticator)?;
    let signed = [&*authenticator, digest(&SHA256, &client_data).as_ref()].concat();
    let key = Key::read(public_key)?;
    if !key.has_signed(&signed, &decoded(&answer.signature)?) {
        return Err(Fault("the signature is not of that passkey"));
    }
    // 6.1.1: a counter that does not grow means a copied key.
    if (parts.counter != 0 || counter != 0) && parts.counter <= counter {
        return Err(Fault("the passkey seems to have been copied"));
    }
    Ok(Use {
        counter: parts.counter,
        backed_up: parts.backed_up,
    })
}

fn decoded(text: &str) -> Result<Vec<u8>, Fault> {
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| Fault("a part of the answer is not base64url"))
}

fn check_client_data(
    party: &Party,
    bytes: &[u8],
    kind: &str,
    challenge: &str,
) -> Result<(), Fault> {
    let read: ClientData =
        serde_json::from_slice(bytes).map_err(|_| Fault("the client data cannot be read"))?;
    if read.kind != kind {
        return Err(Fault("the answer is to another question"));
    }
    if challenge.is_empty() || read.challenge != challenge {
        return Err(Fault("the answer is to another challenge"));
    }
    if read.origin != party.origin || read.cross_origin {
        return Err(Fault("the answer was given on another site"));
    }
    Ok(())
}

/// Authenticator data (6.1).
struct Parts<'a> {
    counter: u32,
    backed_up: bool,
    /// The new credential's id and key (6.5.2).
    attested: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> Parts<'a> {
    fn read(party: &Party, bytes: &'a [u8]) -> Result<Self, Fault> {
        let broken = Fault("the authenticator data cannot be read");
        let (hash, rest) = bytes.split_at_checked(32).ok_or(broken)?;
        let (flags, rest) = rest.split_first().ok_or(broken)?;
        let (counter, rest) = rest.split_first_chunk::<4>().ok_or(broken)?;
        if hash != digest(&SHA256, party.id.as_bytes()).as_ref() {
            return Err(Fault("the passkey is for another site"));
        }
        if flags & USER_PRESENT == 0 || flags & USER_VERIFIED == 0 {
            return Err(Fault("the device did not check who is there"));
        }
        let backed_up = flags & BACKED_UP != 0;
        if backed_up && flags & BACKUP_ELIGIBLE == 0 {
            return Err(broken);
        }
        let attested = match flags & ATTESTED {
            0 => None,
            _ => Some(attested(rest).ok_or(broken)?),
        };
        Ok(Self {
            counter: u32::from_be_bytes(*counter),
            backed_up,
            attested,
        })
    }
}

/// AAGUID, length, credential id, key; extensions may follow the key.
fn attested(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, rest) = bytes.split_at_checked(16)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (credential, rest) = rest.split_at_checked(length)?;
    let (_, after) = cbor::read(rest)?;
    let key = rest.get(..rest.len() - after.len())?;
    let fits = (1..=CREDENTIAL_BYTES_MAX).contains(&length);
    fits.then_some((credential, key))
}

/// We ask for no attestation, and get none (8.7) or the passkey's own word (8.2, self attestation).
fn check_attestation(object: &Value<'_>, key: &Key<'_>, signed: &[u8]) -> Result<(), Fault> {
    let fault = Fault("the device attests itself in a way we do not know");
    let statement = object.named("attStmt").ok_or(fault)?;
    match object.named("fmt").and_then(Value::text) {
        Some("none") if *statement == Value::Map(Vec::new()) => Ok(()),
        Some("packed") => {
            let algorithm = statement.named("alg").and_then(Value::int);
            let signature = statement.named("sig").and_then(Value::bytes);
            let own = statement.named("x5c").is_none() && algorithm == Some(key.algorithm());
            match signature {
                Some(signature) if own && key.has_signed(signed, signature) => Ok(()),
                _ => Err(fault),
            }
        }
        _ => Err(fault),
    }
}

#[cfg(test)]
#[path = "../../tests/support/authenticator.rs"]
mod authenticator;
#[cfg(test)]
mod tests;
