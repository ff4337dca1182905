//! Policy packs: the rules of ages, levels, labels and releases, as data checked when it is read.

mod promises;

pub use promises::{Activation, Factor, Holds, MinorConsent, Notify, ProxyClocks, Sla, Terms};

use crate::calendar::{Calendar, CalendarForm};
use crate::class::DataClass;
use crate::labels;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value};
use smart::scope::Action;
use std::collections::BTreeMap;

const SHIPPED: &str = include_str!("../../profiles/policy/packs.json");
const SCHEMA: &str = include_str!("../../profiles/policy/packs.schema.json");
/// Longest chain of `_extends`.
const EXTENDS_MAX: usize = 8;

/// The day that stands for 29 February in a common year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LeapDay {
    Mar1,
    Feb28,
}

/// What a verified emancipation does to the proxies of a minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Emancipation {
    /// Nothing until the minor ends them.
    OptionToTerminate,
    Terminates,
}

/// When results and notes are released to the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
    Immediate,
}

/// What a level or a staff role may do to each data class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Matrix([u8; 9]);

impl Matrix {
    fn from_letters(letters: &BTreeMap<String, String>) -> Self {
        let mut matrix = Self::default();
        for class in DataClass::ALL {
            for letter in letters.get(class.name()).map_or("", String::as_str).chars() {
                if let Some(cell) = matrix.0.get_mut(class as usize) {
                    *cell |= bit_of(letter);
                }
            }
        }
        matrix
    }
    /// Whether the action may be done to things of the class. Who may read may search: a search
    /// shows what
    /// reading would show, and no more.
    pub fn allows(self, class: DataClass, action: Action) -> bool {
        let cell = self.0.get(class as usize).copied().unwrap_or(0);
        let wanted = match action {
            Action::Search => bit_of('s') | bit_of('r'),
            other => bit_of(other.letter()),
        };
        cell & wanted != 0
    }
    /// Whether things of the class may be changed in any way.
    pub fn writes(self, class: DataClass) -> bool {
        let cell = self.0.get(class as usize).copied().unwrap_or(0);
        cell & (bit_of('c') | bit_of('u') | bit_of('d')) != 0
    }
    /// What both allow.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut both = self;
        for (cell, limit) in both.0.iter_mut().zip(other.0) {
            *cell &= limit;
        }
        both
    }
    /// The same with reading and searching only.
    #[must_use]
    pub fn read_only(self) -> Self {
        let mut read = self;
        for cell in &mut read.0 {
            *cell &= bit_of('r') | bit_of('s');
        }
        read
    }
}

fn bit_of(letter: char) -> u8 {
    match letter {
        'c' => 1,
        'r' => 2,
        'u' => 4,
        'd' => 8,
        's' => 16,
        _ => 0,
    }
}

/// From a birthday up to another one, what a parent may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Years attained.
    pub from: u8,
    /// Years not yet attained.
    pub to: u8,
    pub level: String,
}

/// The form of a pack in JSON, `_extends` resolved.
#[derive(Debug, Deserialize)]
struct Form {
    tz: String,
    leap_day: LeapDay,
    account_min_age: u8,
    proxy_min_age: u8,
    parent_tiers: Vec<(u8, u8, String)>,
    parent_auto_remove_age: u8,
    emancipation: Emancipation,
    teen_self_min_age: Option<u8>,
    adult_proxy_levels: Vec<String>,
    adult_proxy_sees_sensitive: bool,
    proxy_terms_required: bool,
    minor_consent_labels: Vec<String>,
    release: Release,
    guest_pay_max_failures: u32,
    #[serde(default)]
    calendar: CalendarForm,
    #[serde(default)]
    sla: Sla,
    #[serde(default)]
    notify: Notify,
    #[serde(default)]
    activation: Activation,
    #[serde(default)]
    terms: Terms,
    #[serde(default)]
    proxy: ProxyClocks,
    #[serde(default)]
    holds: Holds,
    #[serde(default)]
    minor_consents: Vec<MinorConsent>,
}

/// A checked policy pack.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    pub id: String,
    zone: TimeZone,
    pub leap_day: LeapDay,
    /// Years from which a patient may have an account.
    pub account_min_age: u8,
    /// Years a proxy must have attained.
    pub proxy_min_age: u8,
    /// Rising by age.
    pub parent_tiers: Vec<Tier>,
    /// Years from which a parent sees nothing.
    pub parent_auto_remove_age: u8,
    pub emancipation: Emancipation,
    /// Years from which a teenager may have an account, where that is earlier.
    pub teen_self_min_age: Option<u8>,
    /// Levels an adult may give another adult.
    pub adult_proxy_levels: Vec<String>,
    pub adult_proxy_sees_sensitive: bool,
    pub proxy_terms_required: bool,
    /// Labels of care a minor may consent to alone.
    pub minor_consent_labels: Vec<String>,
    pub release: Release,
    /// Wrong answers that lock a statement for guests.
    pub guest_pay_max_failures: u32,
    /// Business days and office hours.
    pub calendar: Calendar,
    pub sla: Sla,
    pub notify: Notify,
    pub activation: Activation,
    pub terms: Terms,
    pub proxy: ProxyClocks,
    pub holds: Holds,
    /// Care a minor may consent to alone, by basis.
    pub minor_consents: Vec<MinorConsent>,
    levels: BTreeMap<String, Matrix>,
    staff_roles: BTreeMap<String, Matrix>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy pack: {0}")]
pub struct PackError(pub String);

fn fault(text: impl std::fmt::Display) -> PackError {
    PackError(text.to_string())
}

impl Pack {
    /// A shipped pack by name: `middlesex`, `uconn`, `ct-exemplar`.
    pub fn shipped(name: &str) -> Option<Self> {
        Self::from_json(SHIPPED, name).ok()
    }
    /// One pack out of a JSON collection (the form of `profiles/policy/packs.json`), `_extends`
    /// resolved.
    ///
    /// # Errors
    /// Says what is wrong and where: no JSON, not of the schema, an unknown zone, level or parent
    /// pack.
    pub fn from_json(text: &str, id: &str) -> Result<Self, PackError> {
        let collection: Value = serde_json::from_str(text).map_err(fault)?;
        check(&collection)?;
        let levels = matrices(&collection, "_levels")?;
        let staff_roles = matrices(&collection, "_staff_roles")?;
        let merged = resolve(&collection, id)?;
        let form: Form = serde_json::from_value(Value::Object(merged))
            .map_err(|e| fault(format_args!("{id}: {e}")))?;
        let zone = TimeZone::get(&form.tz).map_err(|e| fault(format_args!("{id}/tz: {e}")))?;
        let calendar = Calendar::new(form.calendar, zone.clone())
            .map_err(|e| fault(format_args!("{id}/calendar/{e}")))?;
        let mut parent_tiers: Vec<Tier> = form
            .parent_tiers
            .into_iter()
            .map(|(from, to, level)| Tier { from, to, level })
            .collect();
        parent_tiers.sort_by_key(|tier| tier.from);
        let pack = Self {
            id: id.to_owned(),
            zone,
            leap_day: form.leap_day,
            account_min_age: form.account_min_age,
            proxy_min_age: form.proxy_min_age,
            parent_tiers,
            parent_auto_remove_age: form.parent_auto_remove_age,
            emancipation: form.emancipation,
            teen_self_min_age: form.teen_self_min_age,
            adult_proxy_levels: form.adult_proxy_levels,
            adult_proxy_sees_sensitive: form.adult_proxy_sees_sensitive,
            proxy_terms_required: form.proxy_terms_required,
            minor_consent_labels: form.minor_consent_labels,
            release: form.release,
            guest_pay_max_failures: form.guest_pay_max_failures,
            calendar,
            sla: form.sla,
            notify: form.notify,
            activation: form.activation,
            terms: form.terms,
            proxy: form.proxy,
            holds: form.holds,
            minor_consents: form.minor_consents,
            levels,
            staff_roles,
        };
        pack.check_sense()?;
        Ok(pack)
    }
    /// The packs of a collection, by name.
    ///
    /// # Errors
    /// As [`Self::from_json`].
    pub fn names(text: &str) -> Result<Vec<String>, PackError> {
        let collection: Value = serde_json::from_str(text).map_err(fault)?;
        check(&collection)?;
        Ok(collection
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .filter(|name| !name.starts_with('_'))
            .cloned()
            .collect())
    }
    /// The JSON of the shipped packs.
    pub fn shipped_json() -> &'static str {
        SHIPPED
    }
    /// IANA zone of the organization.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }
    /// When someone born on 29 February has a birthday in a common year.
    pub fn leap_day(&self) -> LeapDay {
        self.leap_day
    }
    /// Years from which a person may act for others.
    pub fn proxy_min_age(&self) -> u8 {
        self.proxy_min_age
    }
    /// What a named level allows.
    pub fn level(&self, name: &str) -> Option<Matrix> {
        self.levels.get(name).copied()
    }
    /// What a staff role allows.
    pub fn staff_role(&self, name: &str) -> Option<Matrix> {
        self.staff_roles.get(name).copied()
    }
    /// What is known of a minor's own consent by its basis (`minor:19a-216`).
    pub fn minor_consent(&self, basis: &str) -> Option<&MinorConsent> {
        self.minor_consents.iter().find(|one| one.basis == basis)
    }
    /// Years from which a patient may sign in for themselves.
    pub fn self_min_age(&self) -> u8 {
        self.teen_self_min_age
            .map_or(self.account_min_age, |teen| teen.min(self.account_min_age))
    }
    fn check_sense(&self) -> Result<(), PackError> {
        let named = self.parent_tiers.iter().map(|tier| &tier.level);
        for level in named.chain(&self.adult_proxy_levels) {
            if !self.levels.contains_key(level) {
                return Err(fault(format_args!(
                    "{}: no level named {level} in _levels",
                    self.id
                )));
            }
        }
        for one in &self.minor_consents {
            let unknown = one.labels.iter().find(|label| !labels::is_known(label));
            if let Some(label) = unknown {
                let basis = &one.basis;
                let id = &self.id;
                return Err(fault(format_args!(
                    "{id}/minor_consents: {basis} carries {label}, which is no label we know"
                )));
            }
        }
        if !self.levels.contains_key("self") {
            return Err(fault("_levels: no level named self"));
        }
        let mut previous = 0;
        for (index, tier) in self.parent_tiers.iter().enumerate() {
            if tier.from >= tier.to || tier.from < previous {
                return Err(fault(format_args!(
                    "{}/parent_tiers/{index}: ages must rise and tiers must not overlap",
                    self.id
                )));
            }
            previous = tier.to;
        }
        Ok(())
    }
}

/// The whole collection against our schema; every fault with its place.
fn check(collection: &Value) -> Result<(), PackError> {
    let schema: Value = serde_json::from_str(SCHEMA).map_err(fault)?;
    let validator = jsonschema::validator_for(&schema).map_err(fault)?;
    let faults: Vec<String> = validator
        .iter_errors(collection)
        .map(|error| format!("at {}: {error}", error.instance_path()))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(fault(faults.join("; ")))
    }
}

fn matrices(collection: &Value, key: &str) -> Result<BTreeMap<String, Matrix>, PackError> {
    let named: BTreeMap<String, BTreeMap<String, String>> =
        serde_json::from_value(collection.get(key).cloned().unwrap_or_default())
            .map_err(|e| fault(format_args!("{key}: {e}")))?;
    Ok(named
        .iter()
        .map(|(name, letters)| (name.clone(), Matrix::from_letters(letters)))
        .collect())
}

/// A pack with everything it extends laid beneath it.
fn resolve(collection: &Value, id: &str) -> Result<Map<String, Value>, PackError> {
    let mut merged = Map::new();
    let mut next = Some(id.to_owned());
    for _ in 0..EXTENDS_MAX {
        let Some(name) = next.take() else {
            merged.retain(|key, _| !key.starts_with('_'));
            return Ok(merged);
        };
        let pack = collection
            .get(&name)
            .filter(|_| !name.starts_with('_'))
            .and_then(Value::as_object)
            .ok_or_else(|| fault(format_args!("no pack named {name}")))?;
        for (key, value) in pack {
            merged.entry(key.clone()).or_insert_with(|| value.clone());
        }
        next = pack
            .get("_extends")
            .and_then(Value::as_str)
            .map(str::to_owned);
    }
    Err(fault(format_args!("{id}: _extends goes on too long")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn shipped_packs_read() {
        for name in ["middlesex", "middlesex-feb28", "uconn", "ct-exemplar"] {
            assert_eq!(Pack::shipped(name).unwrap().id, name);
        }
        assert!(Pack::shipped("_levels").is_none());
        assert!(Pack::shipped("nowhere").is_none());
        assert_eq!(Pack::names(SHIPPED).unwrap().len(), 4);
    }

    #[test]
    fn a_pack_takes_what_it_does_not_say_from_the_one_it_extends() {
        let exemplar = Pack::shipped("ct-exemplar").unwrap();
        assert_eq!(exemplar.self_min_age(), 13);
        assert_eq!(exemplar.parent_auto_remove_age, 18);
        assert_eq!(exemplar.parent_tiers.last().unwrap().level, "teen-safe");
        assert_eq!(Pack::shipped("middlesex").unwrap().self_min_age(), 18);
    }

    #[test]
    fn who_may_read_may_search_and_nobody_deletes() {
        let pack = Pack::shipped("middlesex").unwrap();
        let teen = pack.level("demographics-read").unwrap();
        assert!(teen.allows(DataClass::Demographics, Action::Search));
        assert!(!teen.allows(DataClass::Demographics, Action::Update));
        assert!(!teen.allows(DataClass::Clinical, Action::Read));
        let full = pack.level("full").unwrap();
        assert!(!full.allows(DataClass::Clinical, Action::Delete));
        assert!(full.writes(DataClass::Clinical));
        assert!(!full.read_only().writes(DataClass::Clinical));
    }

    #[test]
    fn faults_say_where() {
        let wrong = SHIPPED.replace("\"leap_day\":\"mar1\"", "\"leap_day\":\"mar2\"");
        let error = Pack::from_json(&wrong, "middlesex").unwrap_err();
        assert!(error.to_string().contains("/middlesex"), "{error}");
        let wrong = SHIPPED.replace("[13,18,\"teen-safe\"]", "[13,18,\"teenish\"]");
        let error = Pack::from_json(&wrong, "ct-exemplar").unwrap_err();
        assert!(error.to_string().contains("teenish"), "{error}");
        let wrong = SHIPPED.replace("America/New_York", "America/Nowhere");
        assert!(
            Pack::from_json(&wrong, "uconn")
                .unwrap_err()
                .to_string()
                .contains("uconn/tz")
        );
        let wrong = SHIPPED.replace("\"clinical\":\"crs\"", "\"clinical\":\"sr\"");
        assert!(Pack::from_json(&wrong, "uconn").is_err());
        assert!(Pack::from_json("{", "uconn").is_err());
    }

    #[test]
    fn a_circle_of_packs_is_refused() {
        let circle = SHIPPED.replace(
            "\"leap_day\":\"feb28\"",
            "\"leap_day\":\"feb28\",\"tz\":\"UTC\"",
        );
        let circle = circle.replace(
            "\"_extends\":\"middlesex\",\"leap",
            "\"_extends\":\"middlesex-feb28\",\"leap",
        );
        let error = Pack::from_json(&circle, "middlesex-feb28").unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
    }
}
