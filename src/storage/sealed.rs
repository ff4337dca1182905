//! Secrets that must be had in clear again (signing keys, second factors), encrypted at rest.
//!
//! A sealed value is `s1.<key id>.<base64url(nonce ‖ ciphertext ‖ tag)>`, AES-256-GCM with a random
//! nonce. Table, column and row are authenticated with it, so that a value put in another place no
//! longer opens. Without a key a value is kept as `p1.<hex>` and says so.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

use crate::sql::Statement;
use crate::{Error, Result, Storage};

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Characters of a key's id: enough to tell a handful of keys apart, too few to say anything of them.
const ID_CHARACTERS: usize = 8;
const SEALED: &str = "s1.";
const PLAIN: &str = "p1.";

/// Every column that holds sealed values: table, its key, the column.
const COLUMNS: &[(&str, &str, &str)] = &[
    ("signing_key", "kid", "secret"),
    ("totp", "account", "sealed"),
    ("share_link", "id", "sealed"),
];

/// Where a value is kept. It opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub table: &'a str,
    pub column: &'a str,
    /// The row's key.
    pub row: &'a str,
}

impl Place<'_> {
    /// No part of it can be taken for another: a row is any text, the rest are names.
    fn authenticated(&self) -> Vec<u8> {
        let Self { table, column, row } = self;
        format!("kinchart\n{table}\n{column}\n{row}").into_bytes()
    }
}

struct Key {
    id: String,
    cipher: RandomizedNonceKey,
}

/// The keys secrets are sealed with: the first seals, all of them open. Without any, secrets lie open.
#[derive(Clone, Default)]
pub struct Sealing {
    keys: Arc<[Key]>,
}

impl std::fmt::Debug for Sealing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ids = self.keys.iter().map(|key| key.id.as_str());
        f.debug_list().entries(ids).finish()
    }
}

/// A text that is no key. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an encryption key is 32 bytes, written as 64 hexadecimal digits or in base64")]
pub struct NoKey;

impl Sealing {
    /// Reads keys, each 32 bytes in hexadecimal or base64.
    ///
    /// # Errors
    /// [`NoKey`] when one of them is something else.
    pub fn with<T: AsRef<str>>(texts: &[T]) -> Result<Self, NoKey> {
        let keys = texts.iter().map(|text| key_of(text.as_ref()));
        let keys = keys.collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }
    /// A fresh key, to be given to [`Self::with`].
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn fresh_key() -> Result<String> {
        // As long as a secret of ours: 32 random bytes, base64url.
        crate::secret::random()
    }
    /// Whether there is a key, so that secrets do not lie open.
    pub fn is_on(&self) -> bool {
        !self.keys.is_empty()
    }
    /// The text to store for a secret.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(&self, place: Place<'_>, secret: &[u8]) -> Result<String> {
        let Some(key) = self.keys.first() else {
            return Ok(format!("{PLAIN}{}", hex(secret)));
        };
        let fault = |_| Error::Other("a secret could not be sealed".to_owned());
        let mut text = secret.to_vec();
        let aad = Aad::from(place.authenticated());
        let nonce = key.cipher.seal_in_place_append_tag(aad, &mut text);
        let nonce = nonce.map_err(fault)?;
        let sealed = [nonce.as_ref().as_slice(), &text].concat();
        let sealed = URL_SAFE_NO_PAD.encode(sealed);
        Ok(format!("{SEALED}{}.{sealed}", key.id))
    }
    /// The secret behind a stored text.
    ///
    /// # Errors
    /// `Corrupt` when it was sealed for another place, was changed, or the key is not among ours.
    pub fn open(&self, place: Place<'_>, stored: &str) -> Result<Vec<u8>> {
        let fault = |what: String| Error::Other(format!("{}: {what}", place.table));
        let changed = || fault("a sealed value was changed or moved".to_owned());
        if let Some(plain) = stored.strip_prefix(PLAIN) {
            return unhex(plain).ok_or_else(changed);
        }
        let sealed = stored.strip_prefix(SEALED);
        let (id, sealed) = sealed
            .and_then(|rest| rest.split_once('.'))
            .ok_or_else(changed)?;
        let key = self.keys.iter().find(|key| key.id == id);
        let key = key.ok_or_else(|| fault(format!("sealed with the encryption key {id}")))?;
        let mut sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| changed())?;
        let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN).ok_or_else(changed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| changed())?;
        let aad = Aad::from(place.authenticated());
        let opened = key.cipher.open_in_place(nonce, aad, text);
        opened.map(|opened| opened.to_vec()).map_err(|_| changed())
    }
    /// Whether a stored text is sealed as this would seal it now.
    fn is_current(&self, stored: &str) -> bool {
        let Some(key) = self.keys.first() else {
            return true;
        };
        let id = stored
            .strip_prefix(SEALED)
            .and_then(|rest| rest.split_once('.'));
        id.is_some_and(|(id, _)| id == key.id)
    }
}

/// What [`Storage::seal_all`] found to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that lay open before.
    pub open: u64,
    /// Values sealed with an older key.
    pub older: u64,
}

impl Storage {
    /// How secrets are sealed here.
    pub fn sealing(&self) -> &Sealing {
        &self.inner.settings.sealing
    }
    /// Seals with the first key whatever lies open or was sealed with another; checks on the way
    /// that everything opens.
    ///
    /// # Errors
    /// When something was sealed with a key that is not given here.
    pub async fn seal_all(&self) -> Result<Resealed> {
        let mut done = Resealed::default();
        for (table, key, column) in COLUMNS {
            let select = Statement::made(format!("SELECT {key}, {column} FROM {table}"));
            for row in self.inner.db.fetch_all(select).await? {
                let (row, stored) = (row.text(0)?, row.text(1)?);
                let place = Place {
                    table,
                    column,
                    row: &row,
                };
                let secret = self.sealing().open(place, &stored)?;
                if self.sealing().is_current(&stored) {
                    continue;
                }
                // Another node may be sealing the same: then this one changes nothing.
                let update = Statement::made(format!(
                    "UPDATE {table} SET {column} = $3 WHERE {key} = $1 AND {column} = $2"
                ));
                let sealed = self.sealing().seal(place, &secret)?;
                let update = update.bind(&row).bind(&stored).bind(sealed);
                let touched = self.inner.db.execute(update).await?;
                if stored.starts_with(PLAIN) {
                    done.open += touched;
                } else {
                    done.older += touched;
                }
            }
        }
        Ok(done)
    }
}

fn key_of(text: &str) -> Result<Key, NoKey> {
    let text = text.trim();
    let bytes = unhex(text).filter(|bytes| bytes.len() == KEY_BYTES);
    let bytes = bytes
        .or_else(|| {
            let plain = text.trim_end_matches('=');
            URL_SAFE_NO_PAD
                .decode(plain)
                .or_else(|_| STANDARD.decode(text))
                .ok()
        })
        .filter(|bytes| bytes.len() == KEY_BYTES)
        .ok_or(NoKey)?;
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| NoKey)?;
    let named = [b"kinchart encryption key".as_slice(), &bytes].concat();
    let name = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &named));
    let id = name.chars().take(ID_CHARACTERS).collect();
    Ok(Key { id, cipher })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PLACE: Place<'static> = Place {
        table: "factor",
        column: "secret",
        row: "account-1",
    };

    fn sealing(keys: &[String]) -> Sealing {
        Sealing::with(keys).unwrap()
    }

    #[test]
    fn a_value_opens_where_it_was_sealed_and_nowhere_else() {
        let sealing = sealing(&[Sealing::fresh_key().unwrap()]);
        let sealed = sealing.seal(PLACE, b"secret").unwrap();
        assert!(!sealed.contains("secret"));
        assert_eq!(sealing.open(PLACE, &sealed).unwrap(), b"secret");
        for (table, column, row) in [
            ("other", "secret", "account-1"),
            ("factor", "other", "account-1"),
            ("factor", "secret", "account-2"),
        ] {
            let elsewhere = Place { table, column, row };
            assert!(sealing.open(elsewhere, &sealed).is_err(), "{elsewhere:?}");
        }
    }

    #[test]
    fn no_two_sealings_are_alike_and_a_changed_one_does_not_open() {
        let sealing = sealing(&[Sealing::fresh_key().unwrap()]);
        let sealed = sealing.seal(PLACE, b"secret").unwrap();
        assert_ne!(sealed, sealing.seal(PLACE, b"secret").unwrap());
        for at in 0..sealed.len() {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(sealing.open(PLACE, &changed).is_err(), "{at}");
        }
        for odd in ["", "s1.", "s1.x.", "s1..", "p1.zz", "p1.abc", "p1.\u{e9}"] {
            assert!(sealing.open(PLACE, odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let (old, new) = (Sealing::fresh_key().unwrap(), Sealing::fresh_key().unwrap());
        let before = sealing(std::slice::from_ref(&old));
        let sealed = before.seal(PLACE, b"secret").unwrap();
        let both = sealing(&[new.clone(), old]);
        assert_eq!(both.open(PLACE, &sealed).unwrap(), b"secret");
        assert!(before.is_current(&sealed) && !both.is_current(&sealed));
        let again = both.seal(PLACE, b"secret").unwrap();
        let after = sealing(&[new]);
        assert_eq!(after.open(PLACE, &again).unwrap(), b"secret");
        let fault = after.open(PLACE, &sealed).unwrap_err().to_string();
        assert!(fault.contains("sealed with the encryption key"), "{fault}");
    }

    #[test]
    fn without_a_key_a_value_says_that_it_lies_open() {
        let none = Sealing::default();
        let stored = none.seal(PLACE, b"\x01\xff").unwrap();
        assert_eq!(stored, "p1.01ff");
        assert_eq!(none.open(PLACE, &stored).unwrap(), b"\x01\xff");
        let on = sealing(&[Sealing::fresh_key().unwrap()]);
        assert_eq!(on.open(PLACE, &stored).unwrap(), b"\x01\xff");
        assert!(!none.is_on() && on.is_on() && !on.is_current(&stored));
    }

    #[test]
    fn a_key_is_32_bytes_in_hexadecimal_or_base64_and_is_never_shown() {
        let hexadecimal = "00112233445566778899aabbccddeeff".repeat(2);
        let bytes = unhex(&hexadecimal).unwrap();
        let ways = [
            hexadecimal.clone(),
            STANDARD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ];
        let shown = ways.map(|way| format!("{:?}", sealing(&[way])));
        assert!(shown.iter().all(|one| *one == shown[0]));
        assert!(!shown[0].contains("0011"));
        for odd in ["", "abc", "0011", &"zz".repeat(32), &"ab".repeat(31)] {
            assert_eq!(Sealing::with(&[odd]).unwrap_err(), NoKey);
        }
    }
}
