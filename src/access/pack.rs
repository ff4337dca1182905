//! Policy packs: the rules of ages, levels, labels and releases, as data checked when it is read.

mod comparison;
mod fault;
mod form;
mod matrix;
mod promises;
mod queues;
mod routing;
mod signature;
mod visitors;

pub use comparison::{Change, compare};
pub use fault::{PackError, PackFault};
pub use matrix::Matrix;
pub use promises::{
    Activation, Factor, Holds, MinorConsent, Notify, ProxyClocks, Sla, Support, Terms,
};
pub use queues::Queues;
pub use routing::{Route, Routing};
pub use signature::{Signature, SignatureError, sign, verify};
pub use visitors::{GuestPay, Share};

use crate::calendar::Calendar;
use form::Collection;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const SHIPPED: &str = include_str!("../../profiles/policy/packs.json");

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

/// From a birthday up to another one, what a parent may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Years attained.
    pub from: u8,
    /// Years not yet attained.
    pub to: u8,
    pub level: String,
}

/// A checked policy pack.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    pub id: String,
    /// Which edition of its rules this is; empty where the pack does not say.
    pub version: String,
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
    pub guest_pay: GuestPay,
    pub share: Share,
    /// Business days and office hours.
    pub calendar: Calendar,
    pub sla: Sla,
    pub support: Support,
    pub notify: Notify,
    pub activation: Activation,
    pub terms: Terms,
    pub proxy: ProxyClocks,
    pub holds: Holds,
    /// Care a minor may consent to alone, by basis.
    pub minor_consents: Vec<MinorConsent>,
    /// Which work is for which staff role.
    pub queues: Queues,
    /// Which pool a message goes to.
    pub routing: Routing,
    levels: BTreeMap<String, Matrix>,
    staff_roles: BTreeMap<String, Matrix>,
    /// What the pack says, with everything it extends.
    rules: Map<String, Value>,
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
    /// Says what is wrong and on which line: no JSON, not of the schema, an unknown zone, level or
    /// parent pack, rules that contradict each other.
    pub fn from_json(text: &str, id: &str) -> Result<Self, PackError> {
        Collection::read(text)?.pack(id)
    }
    /// The packs of a collection, by name.
    ///
    /// # Errors
    /// As [`Self::from_json`].
    pub fn names(text: &str) -> Result<Vec<String>, PackError> {
        Ok(Collection::read(text)?.names())
    }
    /// The JSON of the shipped packs.
    pub fn shipped_json() -> &'static str {
        SHIPPED
    }
    /// Its rules as JSON, with everything it extends.
    pub fn rules(&self) -> &Map<String, Value> {
        &self.rules
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
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::class::DataClass;
    use smart::scope::Action;

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
                .contains("/middlesex/tz")
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
