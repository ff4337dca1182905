//! What US Core wants supported, looked for in the demo and in generated people.
#![allow(clippy::unwrap_used)]

use crate::calendar::{Calendar, START};
use crate::chart::reference_of;
use serde_json::Value;
use std::collections::HashMap;

/// Facts of US Core: elements, slices, extensions and reference targets of each profile.
const TABLE: &str = include_str!("../../tests/fixtures/us_core_must_support.txt");
const US_CORE: &str = crate::words::US_CORE;
const VERSIONS: [&str; 3] = ["7.0.0", "6.1.0", "8.0.0"];

struct Slice<'t> {
    name: &'t str,
    path: &'t str,
    discriminator: &'t str,
    values: Vec<&'t str>,
}

struct Profile<'t> {
    id: &'t str,
    slices: Vec<Slice<'t>>,
    lines: Vec<&'t str>,
}

fn table() -> Vec<Profile<'static>> {
    let mut profiles: Vec<Profile<'static>> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.first().copied().unwrap_or("") {
            "profile" => profiles.push(Profile {
                id: words[1],
                slices: Vec::new(),
                lines: Vec::new(),
            }),
            "slice" => profiles.last_mut().unwrap().slices.push(Slice {
                name: words[1],
                path: words[2],
                discriminator: words[3],
                values: words[4..].to_vec(),
            }),
            "" => {}
            _ => profiles.last_mut().unwrap().lines.push(line),
        }
    }
    profiles
}

/// The values at a key of a JSON object, arrays opened; `value[x]` means any type.
fn step<'v>(at: &'v Value, key: &str) -> Vec<&'v Value> {
    let found: Vec<&Value> = match key.strip_suffix("[x]") {
        Some(stem) => at
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| name.starts_with(stem))
            .map(|(_, value)| value)
            .collect(),
        None => at.get(key).into_iter().collect(),
    };
    found
        .into_iter()
        .flat_map(|value| match value {
            Value::Array(items) => items.iter().collect(),
            other => vec![other],
        })
        .collect()
}

fn walk<'v>(root: &'v Value, path: &str, slices: &[Slice<'_>]) -> Vec<&'v Value> {
    path.split('.').fold(vec![root], |at, segment| {
        let (key, slice) = segment.split_once(':').unwrap_or((segment, ""));
        let next = at.into_iter().flat_map(|value| step(value, key));
        match slices.iter().find(|it| it.name == slice) {
            Some(slice) => next.filter(|value| slice.takes(value)).collect(),
            None => next.collect(),
        }
    })
}

impl Slice<'_> {
    fn takes(&self, value: &Value) -> bool {
        if self.discriminator == "system" {
            return value.get("system").and_then(Value::as_str) == self.values.first().copied();
        }
        let concepts = match self.discriminator {
            "." => vec![value],
            path => step(value, path),
        };
        concepts.iter().any(|concept| {
            let codings = step(concept, "coding");
            codings.iter().chain([concept]).any(|coding| {
                let text = |name: &str| coding.get(name).and_then(Value::as_str).unwrap_or("");
                let found = format!("{}|{}", text("system"), text("code"));
                self.values.contains(&found.as_str())
            })
        })
    }
    fn is_in(&self, resource: &Value) -> bool {
        if self.discriminator == "type" && self.values.iter().all(|value| !value.contains('|')) {
            let stem = self.path.trim_end_matches("[x]");
            return resource.get(format!("{stem}{}", self.values[0])).is_some();
        }
        walk(resource, self.path, &[])
            .into_iter()
            .any(|value| self.takes(value))
    }
}

/// Whether an `element` or `extension` line of the table holds in a resource.
fn holds(
    line: &str,
    resource: &Value,
    profile: &Profile<'_>,
    all: &HashMap<String, &Value>,
) -> bool {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["element", path] => !walk(resource, path, &profile.slices).is_empty(),
        ["element", path, "=", wanted] => walk(resource, path, &profile.slices)
            .iter()
            .any(|value| value.as_str() == Some(wanted)),
        ["element", path, "->", target] => walk(resource, path, &profile.slices)
            .iter()
            .filter_map(|value| value.get("reference").and_then(Value::as_str))
            .filter_map(|reference| all.get(reference))
            .any(|found| claims(found, target)),
        ["extension", path, url] => {
            let path = path.replace("questionnaire.", "_questionnaire.");
            walk(resource, &path, &[])
                .iter()
                .any(|value| value.get("url").and_then(Value::as_str) == Some(url))
        }
        _ => panic!("the table says {line}"),
    }
}

fn claims(resource: &Value, profile: &str) -> bool {
    let wanted = format!("{US_CORE}{profile}");
    walk(resource, "meta.profile", &[])
        .iter()
        .any(|value| value.as_str() == Some(&wanted))
}

/// Every fact of the table that no resource shows.
fn missing(resources: &[Value]) -> Vec<String> {
    let all: HashMap<String, &Value> = resources.iter().map(|it| (reference_of(it), it)).collect();
    let mut missing = Vec::new();
    for profile in table() {
        let mine: Vec<&Value> = resources
            .iter()
            .filter(|it| claims(it, profile.id))
            .collect();
        if mine.is_empty() {
            missing.push(format!("{}: no resource", profile.id));
            continue;
        }
        for slice in &profile.slices {
            if !mine.iter().any(|resource| slice.is_in(resource)) {
                missing.push(format!(
                    "{}: slice {} of {}",
                    profile.id, slice.name, slice.path
                ));
            }
        }
        for line in &profile.lines {
            let held = mine.iter().any(|it| holds(line, it, &profile, &all));
            if !held {
                missing.push(format!("{}: {line}", profile.id));
            }
        }
    }
    missing
}

fn demo() -> Vec<Value> {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    let calendar = Calendar::new(START.parse().unwrap(), &zone);
    crate::families::resources(&calendar).unwrap()
}

/// What the named charts hold, with what belongs to nobody.
fn charts(patients: &[&str]) -> Vec<Value> {
    let of = |resource: &Value| {
        let named = ["/subject", "/patient", "/beneficiary"]
            .iter()
            .find_map(|path| resource.pointer(&format!("{path}/reference"))?.as_str());
        let id = resource.get("id").and_then(Value::as_str).unwrap_or("");
        let owner = named.map_or(id, |it| it.trim_start_matches("Patient/"));
        owner.to_owned()
    };
    let everyone: Vec<String> = crate::story::stories()
        .unwrap()
        .iter()
        .map(|story| story.member.id.to_owned())
        .collect();
    let mut all = demo();
    all.retain(|resource| {
        let owner = of(resource);
        !everyone.contains(&owner) || patients.contains(&owner.as_str())
    });
    all
}

#[test]
fn the_demo_shows_everything_us_core_wants_supported() {
    let missing = missing(&charts(crate::manifest::US_CORE_PATIENTS));
    assert!(
        missing.is_empty(),
        "{} missing: {missing:#?}",
        missing.len()
    );
}

/// What the profiles that resources claim find wrong with them in a version of US Core, each kind of fault once.
fn faults(resources: &[Value], version: &str) -> Vec<String> {
    let registry = fhir::registry::Registry::shipped();
    let now = START.parse().unwrap();
    let known: Vec<String> = fhir::profile::guides()
        .filter(|listed| listed.version == version)
        .map(|listed| format!("{}|{version}", listed.url))
        .collect();
    assert!(known.len() > 40, "{}", known.len());
    let mut faults = std::collections::BTreeMap::new();
    for resource in resources {
        let mut resource = resource.clone();
        let claimed: Vec<String> = walk(&resource, "meta.profile", &[])
            .iter()
            .map(|url| format!("{}|{version}", url.as_str().unwrap()))
            .filter(|canonical| known.contains(canonical))
            .collect();
        if let Some(meta) = resource.get_mut("meta").and_then(Value::as_object_mut) {
            meta.remove("profile");
        }
        let request = fhir::profile::Request {
            profiles: &claimed,
            ..fhir::profile::Request::of(&registry, now)
        };
        let document = fhir::Document::parse(resource.to_string()).unwrap();
        for issue in fhir::profile::check(&document, &request) {
            if matches!(
                issue.severity,
                fhir::Severity::Error | fhir::Severity::Fatal
            ) {
                let at = issue.expression.unwrap_or_default();
                let kind = format!("{at}: {}", issue.diagnostics);
                faults
                    .entry(kind)
                    .or_insert_with(|| reference_of(&resource));
            }
        }
    }
    faults
        .into_iter()
        // The extension is a code in 6.1.0 and 7.0.0, a Coding in 8.0.0: one Patient cannot be both.
        .filter(|(kind, _)| version != "8.0.0" || !kind.contains("us-core-sex|8.0.0"))
        .map(|(kind, first)| format!("{first} {kind}"))
        .collect()
}

#[test]
fn the_demo_conforms_to_the_profiles_it_claims() {
    let all = demo();
    for version in VERSIONS {
        let faults = faults(&all, version);
        assert!(faults.is_empty(), "{version}: {faults:#?}");
    }
    // The check does find what is wrong.
    let nameless: Vec<Value> = all
        .iter()
        .filter(|it| reference_of(it) == "Patient/ana")
        .map(|it| {
            let mut it = it.clone();
            it.as_object_mut().unwrap().remove("identifier");
            it
        })
        .collect();
    assert_eq!(faults(&nameless, "7.0.0").len(), 1);
}

#[test]
fn generated_people_conform_to_the_profiles_they_claim() {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    let invention = population::Invention {
        patients: 9,
        seed: 3,
        calendar: Calendar::new(START.parse().unwrap(), &zone),
    };
    let mut all = population::practice::directory(&invention.calendar);
    for family in invention.families() {
        all.extend(invention.tell(&family));
    }
    for version in VERSIONS {
        let faults = faults(&all, version);
        assert!(faults.is_empty(), "{version}: {faults:#?}");
    }
}

#[test]
fn any_twenty_five_generated_people_show_everything_us_core_wants_supported() {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    for seed in [1, 2, 42] {
        let invention = population::Invention {
            patients: 25,
            seed,
            calendar: Calendar::new(START.parse().unwrap(), &zone),
        };
        let mut all = population::practice::directory(&invention.calendar);
        for family in invention.families() {
            all.extend(invention.tell(&family));
        }
        let missing = missing(&all);
        assert!(missing.is_empty(), "seed {seed}: {missing:#?}");
    }
}

#[test]
fn what_is_taken_away_is_missed() {
    let without = |name: &str| -> Vec<Value> {
        let mut all = demo();
        for resource in &mut all {
            if let Some(map) = resource.as_object_mut() {
                map.remove(name);
            }
        }
        all
    };
    let found = missing(&without("udiCarrier"));
    let place = "us-core-implantable-device: element udiCarrier.carrierHRF";
    assert!(found.iter().any(|line| line == place), "{found:#?}");
    assert!(missing(&[]).len() > 40);
}
