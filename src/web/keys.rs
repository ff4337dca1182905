//! The keys the house signs with: made when first needed, kept sealed in the database, shared
//! by all nodes, and followed by the next on a schedule.
//!
//! A next key is published a day before it signs, longer than anybody may keep the old set, and an
//! old one stays published for a month after it signed last. Nobody is signed out by a rotation.

use access::time::later;
use config::limits::{KEY_AHEAD_SECONDS, KEY_KEPT_SECONDS, KEY_SIGNS_SECONDS};
use jiff::{SignedDuration, Timestamp};
use smart::jwk::{self, KeyError, SigningKey};
use storage::keys::Key;
use storage::{Error, Storage};

/// Every key whose signatures may still be about or are about to be, the signing one first. Makes
/// one if there is none.
///
/// # Errors
/// When the keys cannot be read or written.
pub async fn all(storage: &Storage, now: Timestamp) -> Result<Vec<SigningKey>, Error> {
    let mut stored = storage.keys().list().await?;
    if stored.iter().all(|key| key.retired.is_some()) {
        add(storage, &stored, now, now).await?;
        stored = storage.keys().list().await?;
    }
    let first = signing_of(&stored, now).map(|key| key.kid.clone());
    stored.sort_by_key(|key| Some(&key.kid) != first.as_ref());
    stored
        .iter()
        .map(|key| SigningKey::from_pkcs8(&key.kid, &key.private).map_err(unusable))
        .collect()
}

/// The key that signs now.
///
/// # Errors
/// When the keys cannot be read or written.
pub async fn signing(storage: &Storage, now: Timestamp) -> Result<SigningKey, Error> {
    let keys = all(storage, now).await?;
    let first = keys.into_iter().next();
    first.ok_or_else(|| Error::Other("there is no signing key".to_owned()))
}

/// What the schedule asks for at `now`: a first key, the next one when its time comes, and an end of
/// those nobody needs any more. Nodes may do this at the same time. Returns the kid of a next key it
/// published.
///
/// # Errors
/// When the keys cannot be read or written.
pub async fn keep(storage: &Storage, now: Timestamp) -> Result<Option<String>, Error> {
    let stored = storage.keys().list().await?;
    let mut published = None;
    if signing_of(&stored, now).is_none() {
        add(storage, &stored, now, now).await?;
    } else if is_next_due(&stored, now) {
        published = add(
            storage,
            &stored,
            now,
            later(now, SignedDuration::from_secs(KEY_AHEAD_SECONDS)),
        )
        .await?;
    }
    for key in stored.iter().filter(|key| is_over(key, &stored, now)) {
        storage.keys().erase(&key.kid).await?;
    }
    Ok(published)
}

/// Makes a key that signs from now on and retires the others, out of turn: for keys somebody else may
/// know. Returns its kid.
///
/// # Errors
/// When the keys cannot be read or written.
pub async fn rotate(storage: &Storage, now: Timestamp) -> Result<String, Error> {
    loop {
        let before = storage.keys().list().await?;
        // First the new one: at no instant is there none to sign with.
        let Some(kid) = add(storage, &before, now, now).await? else {
            continue;
        };
        for old in before.iter().filter(|key| key.retired.is_none()) {
            storage.keys().retire(&old.kid, now).await?;
        }
        return Ok(kid);
    }
}

/// Makes and stores the key after `before`. `None` when another node just did.
async fn add(
    storage: &Storage,
    before: &[Key],
    now: Timestamp,
    signs_from: Timestamp,
) -> Result<Option<String>, Error> {
    let made = tokio::task::spawn_blocking(jwk::generate).await;
    let made = made.map_err(|fault| Error::Other(fault.to_string()))?;
    let (kid, private) = made.map_err(unusable)?;
    let last = before.iter().map(|key| key.generation).max();
    let key = Key {
        kid,
        algorithm: jwk::SIGNING_ALGORITHM.to_owned(),
        private,
        generation: last.unwrap_or(0) + 1,
        created: now,
        signs_from,
        retired: None,
    };
    Ok(storage.keys().add(&key).await?.then_some(key.kid))
}

fn unusable(fault: KeyError) -> Error {
    Error::Other(fault.to_string())
}

/// The latest that is neither retired nor still to come; before the first one's time, the first.
fn signing_of(keys: &[Key], now: Timestamp) -> Option<&Key> {
    let live = || keys.iter().filter(|key| key.retired.is_none());
    live()
        .filter(|key| key.signs_from <= now)
        .max_by_key(|key| key.generation)
        .or_else(|| live().min_by_key(|key| key.generation))
}

/// Whether the signing key's time is so nearly over that the next must be published.
fn is_next_due(keys: &[Key], now: Timestamp) -> bool {
    let Some(signing) = signing_of(keys, now) else {
        return true;
    };
    let is_last = keys.iter().all(|key| key.generation <= signing.generation);
    is_last
        && later(
            signing.signs_from,
            SignedDuration::from_secs(KEY_SIGNS_SECONDS - KEY_AHEAD_SECONDS),
        ) <= now
}

/// Whether a key signed last so long ago that nobody needs to check its signatures.
fn is_over(key: &Key, all: &[Key], now: Timestamp) -> bool {
    let followed = all
        .iter()
        .filter(|other| other.generation > key.generation)
        .map(|other| other.signs_from)
        .min();
    let ended = [key.retired, followed].into_iter().flatten().min();
    ended.is_some_and(|ended| later(ended, SignedDuration::from_secs(KEY_KEPT_SECONDS)) <= now)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const DAY: i64 = 24 * 3_600;

    fn start() -> Timestamp {
        "2026-06-15T16:00:00Z".parse().unwrap()
    }
    fn day(number: i64) -> Timestamp {
        later(start(), SignedDuration::from_secs(number * DAY))
    }
    fn key(generation: i64, signs_from: i64) -> Key {
        Key {
            kid: format!("k{generation}"),
            algorithm: "RS256".to_owned(),
            private: Vec::new(),
            generation,
            created: day(signs_from - 1),
            signs_from: day(signs_from),
            retired: None,
        }
    }
    fn signs(keys: &[Key], at: Timestamp) -> i64 {
        signing_of(keys, at).map_or(0, |key| key.generation)
    }

    #[test]
    fn the_next_key_is_published_a_day_before_it_signs() {
        let first = [key(1, 0)];
        assert!(!is_next_due(&first, day(88)));
        assert!(is_next_due(&first, day(89)));
        let both = [key(2, 90), key(1, 0)];
        assert!(!is_next_due(&both, day(89)));
        assert_eq!((signs(&both, day(89)), signs(&both, day(90))), (1, 2));
        assert!(is_next_due(&both, day(179)));
    }

    #[test]
    fn an_old_key_is_kept_for_a_month_after_it_signed_last() {
        let both = [key(2, 90), key(1, 0)];
        assert!(!is_over(&both[1], &both, day(119)));
        assert!(is_over(&both[1], &both, day(120)));
        assert!(!is_over(&both[0], &both, day(900)));
    }

    #[test]
    fn a_retired_key_never_signs_and_a_clock_set_back_finds_one() {
        let mut keys = [key(2, 90), key(1, 0)];
        assert_eq!(signs(&keys, day(-5)), 1);
        keys[0].retired = Some(day(91));
        assert_eq!(signs(&keys, day(92)), 1);
        keys[1].retired = Some(day(91));
        assert_eq!(signs(&keys, day(92)), 0);
        assert!(is_next_due(&keys, day(92)));
    }
}
