//! Reading a collection of packs: its JSON, its schema, what extends what, and whether it makes sense.

use super::fault::{PackError, PackFault, fault};
use super::promises::{Activation, Holds, MinorConsent, Notify, ProxyClocks, Sla, Support, Terms};
use super::visitors::{GuestPay, Share};
use super::{Emancipation, LeapDay, Matrix, Pack, Queues, Release, Routing, Tier};
use crate::calendar::{Calendar, CalendarForm};
use crate::labels;
use fhir::Document;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

const SCHEMA: &str = include_str!("../../../profiles/policy/packs.schema.json");
/// Longest chain of `_extends`.
const EXTENDS_MAX: usize = 8;
const EXTENDS: &str = "_extends";
const LEVELS: &str = "_levels";
const STAFF_ROLES: &str = "_staff_roles";

/// The form of a pack in JSON, `_extends` resolved.
#[derive(Debug, Deserialize)]
struct Form {
    #[serde(default)]
    version: String,
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
    guest_pay: GuestPay,
    #[serde(default)]
    share: Share,
    #[serde(default)]
    calendar: CalendarForm,
    #[serde(default)]
    sla: Sla,
    #[serde(default)]
    support: Support,
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
    queues: Option<Queues>,
    #[serde(default)]
    routing: Routing,
}

/// A collection whose text is of our schema.
pub(super) struct Collection {
    document: Document,
    packs: Map<String, Value>,
}

impl Collection {
    pub(super) fn read(text: &str) -> Result<Self, PackError> {
        let document = Document::parse(text).map_err(|fault| PackFault {
            line: usize::try_from(fault.line).unwrap_or(1),
            column: usize::try_from(fault.column).unwrap_or(1),
            pointer: String::new(),
            what: fault.message,
        })?;
        let whole = |what: &dyn Display| PackError::from(fault(&document, "", what));
        let value: Value = serde_json::from_str(text).map_err(|e| whole(&e))?;
        let schema: Value = serde_json::from_str(SCHEMA).map_err(|e| whole(&e))?;
        let validator = jsonschema::validator_for(&schema).map_err(|e| whole(&e))?;
        let faults: Vec<PackFault> = validator
            .iter_errors(&value)
            .map(|error| fault(&document, error.instance_path().as_str(), &error))
            .collect();
        match value {
            Value::Object(packs) if faults.is_empty() => Ok(Self { document, packs }),
            _ => Err(PackError { faults }),
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        let names = self.packs.keys().filter(|name| !name.starts_with('_'));
        names.cloned().collect()
    }

    /// The pack with everything it extends laid beneath it.
    pub(super) fn pack(&self, id: &str) -> Result<Pack, PackError> {
        let chain = self.chain(id)?;
        let mut rules = Map::new();
        for pack in chain.iter().filter_map(|name| self.object(name)) {
            for (key, value) in pack.iter().filter(|(key, _)| !key.starts_with('_')) {
                rules.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        let said = Said {
            collection: self,
            chain,
        };
        let form: Form = serde_json::from_value(Value::Object(rules.clone()))
            .map_err(|error| self.fault(&format!("/{id}"), error))?;
        let levels = self.matrices(LEVELS)?;
        let staff_roles = self.matrices(STAFF_ROLES)?;
        let mut faults = sense(&form, &levels, &said);
        faults.extend(queues(&form, &staff_roles, &said));
        faults.extend(routing(&form, &said));
        if !faults.is_empty() {
            return Err(PackError { faults });
        }
        let zone = TimeZone::get(&form.tz).map_err(|error| said.fault("tz", error))?;
        let calendar = Calendar::new(form.calendar, zone.clone())
            .map_err(|what| said.fault("calendar", what))?;
        let mut parent_tiers: Vec<Tier> = form
            .parent_tiers
            .into_iter()
            .map(|(from, to, level)| Tier { from, to, level })
            .collect();
        parent_tiers.sort_by_key(|tier| tier.from);
        Ok(Pack {
            id: id.to_owned(),
            version: form.version,
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
            guest_pay: form.guest_pay,
            share: form.share,
            calendar,
            sla: form.sla,
            support: form.support,
            notify: form.notify,
            activation: form.activation,
            terms: form.terms,
            proxy: form.proxy,
            holds: form.holds,
            minor_consents: form.minor_consents,
            queues: form.queues.unwrap_or_default(),
            routing: form.routing,
            levels,
            staff_roles,
            rules,
        })
    }

    /// The pack and those it rests on, nearest first.
    fn chain(&self, id: &str) -> Result<Vec<String>, PackFault> {
        let mut chain: Vec<String> = Vec::new();
        let mut next = Some(id.to_owned());
        while let Some(name) = next {
            let by = chain.last().map(|by| format!("/{by}/{EXTENDS}"));
            let Some(pack) = self.object(&name) else {
                let what = format!("no pack named {name}");
                return Err(self.fault(&by.unwrap_or_default(), what));
            };
            if chain.len() >= EXTENDS_MAX || chain.contains(&name) {
                let what = format!("{EXTENDS} goes on too long, or in a circle");
                return Err(self.fault(&by.unwrap_or_default(), what));
            }
            chain.push(name);
            next = pack.get(EXTENDS).and_then(Value::as_str).map(str::to_owned);
        }
        Ok(chain)
    }

    fn object(&self, name: &str) -> Option<&Map<String, Value>> {
        self.packs
            .get(name)
            .filter(|_| !name.starts_with('_'))
            .and_then(Value::as_object)
    }

    fn matrices(&self, key: &str) -> Result<BTreeMap<String, Matrix>, PackFault> {
        let named: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_value(self.packs.get(key).cloned().unwrap_or_default())
                .map_err(|error| self.fault(&format!("/{key}"), error))?;
        Ok(named
            .iter()
            .map(|(name, letters)| (name.clone(), Matrix::from_letters(letters)))
            .collect())
    }

    fn fault(&self, pointer: &str, what: impl Display) -> PackFault {
        fault(&self.document, pointer, what)
    }
}

/// Which pack of a chain says a thing.
struct Said<'c> {
    collection: &'c Collection,
    chain: Vec<String>,
}

impl Said<'_> {
    /// A fault of what is at `path` (`tz`, `parent_tiers/1`), where it is said.
    fn fault(&self, path: &str, what: impl Display) -> PackFault {
        let key = path.split('/').next().unwrap_or(path);
        let says = |name: &&String| {
            let pack = self.collection.object(name);
            pack.is_some_and(|pack| pack.contains_key(key))
        };
        let name = self.chain.iter().find(says).or(self.chain.first());
        let name = name.map_or("", String::as_str);
        self.collection.fault(&format!("/{name}/{path}"), what)
    }
}

/// Queues are for roles there are, each kind of work named once.
fn queues(form: &Form, roles: &BTreeMap<String, Matrix>, said: &Said<'_>) -> Vec<PackFault> {
    let mut faults = Vec::new();
    for (role, codes) in form.queues.iter().flat_map(Queues::iter) {
        if !roles.contains_key(role) {
            let what = format_args!("no role named {role} in {STAFF_ROLES}");
            faults.push(said.fault(&format!("queues/{role}"), what));
        }
        for (index, code) in codes.iter().enumerate() {
            if codes.iter().take(index).any(|other| other == code) {
                let path = format!("queues/{role}/{index}");
                faults.push(said.fault(&path, "said twice"));
            }
        }
    }
    faults
}

/// Each kind of message has one rule, and every rule says which kind it is for.
fn routing(form: &Form, said: &Said<'_>) -> Vec<PackFault> {
    let rules = &form.routing.rules;
    let mut faults = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("routing/rules/{index}");
        if rule.is_bare() {
            let what = "fits every message: say it as the default";
            faults.push(said.fault(&path, what));
        }
        let name = rule.name();
        if rules.iter().take(index).any(|other| other.name() == name) {
            faults.push(said.fault(&path, format_args!("{name}: said twice")));
        }
    }
    faults
}

/// What a schema cannot say.
fn sense(form: &Form, levels: &BTreeMap<String, Matrix>, said: &Said<'_>) -> Vec<PackFault> {
    let mut faults = Vec::new();
    let mut level = |path: String, name: &str| {
        if !levels.contains_key(name) {
            faults.push(said.fault(&path, format_args!("no level named {name} in {LEVELS}")));
        }
    };
    for (index, (_, _, name)) in form.parent_tiers.iter().enumerate() {
        level(format!("parent_tiers/{index}/2"), name);
    }
    for (index, name) in form.adult_proxy_levels.iter().enumerate() {
        level(format!("adult_proxy_levels/{index}"), name);
    }
    if !levels.contains_key("self") {
        let what = "no level named self";
        faults.push(said.collection.fault(&format!("/{LEVELS}"), what));
    }
    for (index, (from, to, _)) in form.parent_tiers.iter().enumerate() {
        let overlaps =
            |(other_from, other_to, _): &&(u8, u8, String)| from < other_to && other_from < to;
        if from >= to
            || form
                .parent_tiers
                .iter()
                .take(index)
                .any(|tier| overlaps(&tier))
        {
            let what = "ages must rise and tiers must not overlap";
            faults.push(said.fault(&format!("parent_tiers/{index}"), what));
        }
        if *to > form.parent_auto_remove_age {
            let age = form.parent_auto_remove_age;
            let what = format!("goes on after parents are removed at {age}");
            faults.push(said.fault(&format!("parent_tiers/{index}/1"), what));
        }
    }
    if form.share.days_default > form.share.days_max {
        let what = "longer than the longest link there is (days_max)";
        faults.push(said.fault("share/days_default", what));
    }
    let mut bases = BTreeSet::new();
    for (index, one) in form.minor_consents.iter().enumerate() {
        if !bases.insert(&one.basis) {
            let path = format!("minor_consents/{index}/basis");
            faults.push(said.fault(&path, "said twice"));
        }
        for (place, label) in one.labels.iter().enumerate() {
            if !labels::is_known(label) {
                let path = format!("minor_consents/{index}/labels/{place}");
                faults.push(said.fault(&path, format_args!("{label} is no label we know")));
            }
        }
    }
    for (index, label) in form.minor_consent_labels.iter().enumerate() {
        if !labels::is_known(label) {
            let path = format!("minor_consent_labels/{index}");
            faults.push(said.fault(&path, format_args!("{label} is no label we know")));
        }
    }
    faults
}
