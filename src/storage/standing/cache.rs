//! Standings by token, each forgotten as soon as a fact it rests on changes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use access::Standing;
use jiff::Timestamp;

use crate::invalidate::Changed;

/// Tokens kept at most; when full, all are forgotten and loaded again as they come.
const ENTRIES_MAX: usize = 50_000;

/// What a standing rests on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Grant(String),
    Client(String),
    Account(String),
    /// Everything deciding about this patient.
    Patient(String),
    /// One resource, `Type/id`.
    Resource(String),
    /// Any CareTeam.
    CareTeams,
    /// Any Consent.
    Consents,
}

/// A standing and what it rests on.
pub(crate) struct Entry {
    pub(crate) standing: Arc<Standing>,
    keys: Vec<Key>,
    /// The instant the proxy comes of age, and whether it had when this was loaded.
    turns: Option<(Timestamp, bool)>,
}

impl Entry {
    pub(crate) fn new(
        standing: Standing,
        keys: Vec<Key>,
        turns: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        Self {
            standing: Arc::new(standing),
            keys,
            turns: turns.map(|at| (at, now >= at)),
        }
    }
}

#[derive(Default)]
struct Entries {
    by_token: HashMap<Box<str>, Entry>,
    by_key: HashMap<Key, Vec<Box<str>>>,
}

#[derive(Default)]
pub(crate) struct Cache(RwLock<Entries>);

impl Cache {
    pub(crate) fn get(&self, token_hash: &str, now: Timestamp) -> Option<Arc<Standing>> {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.by_token.get(token_hash)?;
        let holds = entry.turns.is_none_or(|(at, was)| (now >= at) == was);
        holds.then(|| entry.standing.clone())
    }

    /// Keeps an entry, unless something changed while it was loaded (`still` is asked under the
    /// lock, so
    /// that no change can slip in between).
    pub(crate) fn put(&self, token_hash: &str, entry: Entry, still: impl Fn() -> bool) {
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !still() {
            return;
        }
        if entries.by_token.len() >= ENTRIES_MAX {
            *entries = Entries::default();
        }
        for key in &entry.keys {
            let tokens = entries.by_key.entry(key.clone()).or_default();
            if !tokens.iter().any(|token| &**token == token_hash) {
                tokens.push(token_hash.into());
            }
        }
        entries.by_token.insert(token_hash.into(), entry);
    }

    /// Forgets what rests on any of these.
    pub(crate) fn forget(&self, changed: &[Changed]) {
        if changed.contains(&Changed::Everything) {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = Entries::default();
            return;
        }
        let keys: Vec<Key> = changed.iter().flat_map(keys_of).collect();
        let known = {
            let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
            keys.iter().any(|key| entries.by_key.contains_key(key))
        };
        if !known {
            return;
        }
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for key in &keys {
            for token in entries.by_key.remove(key).unwrap_or_default() {
                entries.by_token.remove(&token);
            }
        }
    }
}

fn keys_of(changed: &Changed) -> Vec<Key> {
    match changed {
        Changed::Fact { resource, patient } => {
            let mut keys = vec![Key::Resource(resource.clone())];
            if resource.starts_with("CareTeam/") {
                keys.push(Key::CareTeams);
            }
            if resource.starts_with("Consent/") {
                keys.push(Key::Consents);
            }
            if let Some(id) = resource.strip_prefix("Patient/") {
                keys.push(Key::Patient(id.to_owned()));
            }
            keys.extend(patient.iter().map(|id| Key::Patient(id.clone())));
            keys
        }
        Changed::Account(id) => vec![Key::Account(id.clone())],
        Changed::Client(id) => vec![Key::Client(id.clone())],
        Changed::Grant(id) => vec![Key::Grant(id.clone())],
        Changed::Definition(_) | Changed::Facets | Changed::Everything => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use access::Actor;

    fn entry(keys: Vec<Key>, turns: Option<Timestamp>, now: Timestamp) -> Entry {
        let standing = Standing::bare(Actor::Backend, None, Default::default());
        Entry::new(standing, keys, turns, now)
    }

    #[test]
    fn a_change_forgets_what_rests_on_it_and_nothing_else() {
        let now = Timestamp::UNIX_EPOCH;
        let cache = Cache::default();
        let patient = Key::Patient("p".to_owned());
        cache.put(
            "a",
            entry(vec![patient, Key::Grant("g".to_owned())], None, now),
            || true,
        );
        cache.put("b", entry(vec![Key::CareTeams], None, now), || true);
        cache.forget(&[Changed::Grant("other".to_owned())]);
        assert!(cache.get("a", now).is_some());
        cache.forget(&[Changed::Fact {
            resource: "Consent/c".to_owned(),
            patient: Some("p".to_owned()),
        }]);
        assert!(cache.get("a", now).is_none());
        assert!(cache.get("b", now).is_some());
        cache.forget(&[Changed::Fact {
            resource: "CareTeam/t".to_owned(),
            patient: Some("q".to_owned()),
        }]);
        assert!(cache.get("b", now).is_none());
    }

    #[test]
    fn what_changed_while_loading_is_not_kept() {
        let cache = Cache::default();
        let now = Timestamp::UNIX_EPOCH;
        cache.put("a", entry(Vec::new(), None, now), || false);
        assert!(cache.get("a", now).is_none());
        cache.put("a", entry(Vec::new(), None, now), || true);
        cache.forget(&[Changed::Everything]);
        assert!(cache.get("a", now).is_none());
    }

    #[test]
    fn coming_of_age_ends_an_entry_by_itself() {
        let cache = Cache::default();
        let birthday = Timestamp::from_second(1_000).unwrap();
        let before = Timestamp::from_second(999).unwrap();
        cache.put("a", entry(Vec::new(), Some(birthday), before), || true);
        assert!(cache.get("a", before).is_some());
        assert!(cache.get("a", birthday).is_none());
    }
}
