//! One patient's record under construction: every resource added gets its Provenance and, in
//! confidential care, its labels.

use crate::calendar::{Calendar, years_between};
use crate::words::{ACT_CODE, CONFIDENTIALITY, THO, named, tho, to};
use access::vocabulary::CONSENT_BASIS;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Whose record it is, as far as every part of it needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Whose {
    /// Patient id; every id of the chart begins with it.
    pub id: String,
    pub name: String,
    pub birth: Date,
    pub female: bool,
    pub died: Option<Date>,
    /// Height and body mass index, in standard deviations from the median of the age.
    pub tall: f64,
    pub heavy: f64,
}

/// The practice that keeps the record, with the pharmacy and the insurer its patients have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    /// `Organization/…`
    pub organization: &'static str,
    pub name: &'static str,
    /// Root of its identifier systems.
    pub site: &'static str,
    pub pharmacy: &'static str,
    pub pharmacy_name: &'static str,
    pub insurer: &'static str,
    pub insurer_name: &'static str,
    /// Root of the insurer's identifier systems.
    pub insurer_site: &'static str,
    pub phone: &'static str,
}

/// How Provenance is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// One for each resource.
    Each,
    /// One for all that the same author recorded at the same moment under the same secrecy.
    Gathered,
}

/// Care a minor consented to alone: the statute and the sensitivity it makes the resources carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secret {
    /// Such as `minor:19a-216`.
    pub basis: &'static str,
    /// v3-ActCode sensitivities.
    pub labels: &'static [&'static str],
}

/// A patient's resources, in the order they were made.
pub struct Chart<'c> {
    pub calendar: &'c Calendar,
    pub home: &'c Home,
    pub whose: &'c Whose,
    pub birth: Date,
    sources: Sources,
    /// Author, moment, basis → place in `resources` of the Provenance that gathers.
    gathered: HashMap<(String, String, &'static str), usize>,
    secret: Option<Secret>,
    resources: Vec<Value>,
}

impl<'c> Chart<'c> {
    pub fn open(
        calendar: &'c Calendar,
        home: &'c Home,
        whose: &'c Whose,
        sources: Sources,
    ) -> Self {
        Self {
            calendar,
            home,
            whose,
            birth: whose.birth,
            sources,
            gathered: HashMap::new(),
            secret: None,
            resources: Vec::new(),
        }
    }

    /// `Patient/id`
    pub fn patient(&self) -> String {
        format!("Patient/{}", self.whose.id)
    }
    pub fn subject(&self) -> Value {
        named(&self.patient(), &self.whose.name)
    }
    /// An id of this chart: `ana-a1c-3`.
    pub fn id(&self, name: &str) -> String {
        format!("{}-{name}", self.whose.id)
    }
    /// Age in years on a date.
    pub fn age_on(&self, date: Date) -> f64 {
        years_between(self.birth, date)
    }

    /// Everything added inside is care given under that secret.
    pub fn under(&mut self, secret: Secret, write: impl FnOnce(&mut Self)) {
        let before = self.secret.replace(secret);
        write(self);
        self.secret = before;
    }

    /// The secret under which care is given now.
    pub fn secret(&self) -> Option<Secret> {
        self.secret
    }

    /// Adds a resource, made by `author` (`Practitioner/…`, `Patient/…`, `Organization/…`) at
    /// `recorded`, with its Provenance.
    /// Returns its reference.
    pub fn add(&mut self, mut resource: Value, author: &str, recorded: &str) -> String {
        if let (Some(secret), Some(map)) = (self.secret, resource.as_object_mut()) {
            label(map, secret);
        }
        let reference = reference_of(&resource);
        self.source(&resource, &reference, author, recorded);
        self.resources.push(resource);
        reference
    }

    /// Says who recorded a resource, in a Provenance of its own or in one that gathers.
    fn source(&mut self, resource: &Value, reference: &str, author: &str, recorded: &str) {
        let alone = self.sources == Sources::Each || resource.get("extension").is_some_and(guarded);
        if alone {
            let made = provenance(resource, author, recorded, self.home);
            self.resources.push(made);
            return;
        }
        let basis = self.secret.map_or("", |secret| secret.basis);
        let key = (author.to_owned(), recorded.to_owned(), basis);
        let place = self.gathered.get(&key).copied();
        let targets = place
            .and_then(|place| self.resources.get_mut(place))
            .and_then(|made| made.get_mut("target"))
            .and_then(Value::as_array_mut);
        if let Some(targets) = targets {
            targets.push(to(reference));
        } else {
            self.gathered.insert(key, self.resources.len());
            let made = provenance(resource, author, recorded, self.home);
            self.resources.push(made);
        }
    }

    /// Adds a resource that needs no Provenance (tasks, people, links between them).
    pub fn add_plain(&mut self, mut resource: Value) -> String {
        if let (Some(secret), Some(map)) = (self.secret, resource.as_object_mut()) {
            label(map, secret);
        }
        let reference = reference_of(&resource);
        self.resources.push(resource);
        reference
    }

    /// Changes a resource added before.
    pub fn amend(&mut self, reference: &str, change: impl FnOnce(&mut Map<String, Value>)) {
        let found = self
            .resources
            .iter_mut()
            .find(|resource| reference_of(resource) == reference);
        if let Some(map) = found.and_then(Value::as_object_mut) {
            change(map);
        }
    }

    pub fn close(self) -> Vec<Value> {
        self.resources
    }
}

/// `Type/id` of a resource.
pub fn reference_of(resource: &Value) -> String {
    let text = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or("");
    format!("{}/{}", text("resourceType"), text("id"))
}

/// Whether our own facts are among the extensions: such a resource has its Provenance alone.
fn guarded(extensions: &Value) -> bool {
    extensions
        .as_array()
        .into_iter()
        .flatten()
        .any(|extension| {
            extension
                .get("url")
                .and_then(Value::as_str)
                .is_some_and(|url| access::vocabulary::INTERNAL.contains(&url))
        })
}

fn label(map: &mut Map<String, Value>, secret: Secret) {
    let mut security = vec![json!({"system": CONFIDENTIALITY, "code": "R"})];
    security.extend(
        secret
            .labels
            .iter()
            .map(|code| json!({"system": ACT_CODE, "code": code})),
    );
    if let Some(meta) = map
        .entry("meta")
        .or_insert_with(|| json!({}))
        .as_object_mut()
    {
        meta.insert("security".into(), Value::Array(security));
    }
    // Binary is no DomainResource: it has labels but no extensions.
    if map.get("resourceType").and_then(Value::as_str) == Some("Binary") {
        return;
    }
    let basis = json!({"url": CONSENT_BASIS, "valueCode": secret.basis});
    match map.get_mut("extension").and_then(Value::as_array_mut) {
        Some(extensions) => extensions.push(basis),
        None => {
            map.insert("extension".into(), json!([basis]));
        }
    }
}

/// The US Core basic Provenance of a resource: author and transmitter. It is as confidential as its
/// target.
pub fn provenance(resource: &Value, author: &str, recorded: &str, home: &Home) -> Value {
    let target = reference_of(resource);
    let slug = target.replace('/', "-").to_lowercase();
    let mut meta = json!({"profile": [crate::words::us_core("us-core-provenance")]});
    if let (Some(security), Some(map)) = (resource.pointer("/meta/security"), meta.as_object_mut())
    {
        map.insert("security".into(), security.clone());
    }
    let mut made = json!({
        "resourceType": "Provenance",
        "id": format!("by-{slug}"),
        "meta": meta,
        "target": [to(&target)],
        "recorded": recorded,
        "activity": {"coding": [{"system": format!("{THO}v3-DataOperation"), "code": "CREATE",
            "display": "create"}]},
        "agent": [
            {"type": tho("provenance-participant-type", "author", "Author"), "who": to(author),
             "onBehalfOf": named(home.organization, home.name)},
            {"type": {"coding": [{"system":
                "http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type",
                "code": "transmitter", "display": "Transmitter"}]},
             "who": named(home.organization, home.name),
             "onBehalfOf": named(home.organization, home.name)}
        ]
    });
    let ours: Vec<Value> = resource
        .get("extension")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|extension| {
            extension
                .get("url")
                .and_then(Value::as_str)
                .is_some_and(|url| access::vocabulary::INTERNAL.contains(&url))
        })
        .cloned()
        .collect();
    if let (false, Some(map)) = (ours.is_empty(), made.as_object_mut()) {
        map.insert("extension".into(), Value::Array(ours));
    }
    made
}
