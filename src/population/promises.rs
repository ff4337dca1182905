//! What any generated population must keep: valid, consistent in time, whole, and the same every time.
#![allow(clippy::unwrap_used)]

use crate::Invention;
use crate::calendar::{Calendar, START};
use crate::chart::reference_of;
use crate::practice::directory;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

fn invention(seed: u64, patients: u64) -> Invention {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    Invention {
        patients,
        seed,
        calendar: Calendar::new(START.parse().unwrap(), &zone),
    }
}

fn population(seed: u64, patients: u64) -> Vec<Value> {
    let invention = invention(seed, patients);
    let mut made = directory(&invention.calendar);
    for family in invention.families() {
        made.extend(invention.tell(&family));
    }
    made
}

fn text<'v>(resource: &'v Value, path: &str) -> &'v str {
    resource.pointer(path).and_then(Value::as_str).unwrap_or("")
}

#[test]
fn every_resource_is_valid() {
    let mut faults = Vec::new();
    for resource in population(3, 24) {
        let document = fhir::Document::parse(resource.to_string()).unwrap();
        if let Err(issues) = fhir::validate::validate(document) {
            faults.extend(issues.into_iter().map(|issue| {
                let at = issue.expression.unwrap_or_default();
                format!("{} {at}: {}", reference_of(&resource), issue.diagnostics)
            }));
        }
    }
    let shown: Vec<_> = faults.iter().take(20).collect();
    assert!(faults.is_empty(), "{} faults: {shown:#?}", faults.len());
}

#[test]
fn ids_are_given_once_and_every_reference_leads_somewhere() {
    let all = population(u64::MAX, 30);
    let mut known = HashSet::new();
    for resource in &all {
        let name = reference_of(resource);
        assert!(known.insert(name.clone()), "{name}");
        assert!(text(resource, "/id").len() <= 64, "{name}");
    }
    for resource in &all {
        let document = fhir::Document::parse(resource.to_string()).unwrap();
        for reference in fhir::reference::references(document.root()) {
            let reference = reference.str().unwrap();
            let name = reference_of(resource);
            assert!(known.contains(&*reference), "{name} → {reference}");
        }
    }
}

#[test]
fn as_many_patients_as_asked_for() {
    for wanted in [1, 2, 7, 20, 41] {
        let made = invention(9, wanted);
        let people: usize = made.families().map(|family| family.people.len()).sum();
        assert_eq!(people as u64, wanted);
        let told = population(9, wanted.min(7));
        let patients = told
            .iter()
            .filter(|it| text(it, "/resourceType") == "Patient");
        assert_eq!(patients.count() as u64, wanted.min(7));
    }
}

#[test]
fn the_seed_decides_everything() {
    assert_eq!(population(4, 6), population(4, 6));
    assert_ne!(population(4, 6), population(5, 6));
}

/// Days of a resource's own doings: visits, results, doses.
fn happened(resource: &Value) -> Vec<&str> {
    [
        "/period/start",
        "/period/end",
        "/effectiveDateTime",
        "/occurrenceDateTime",
        "/performedDateTime",
        "/authoredOn",
        "/whenHandedOver",
        "/issued",
        "/collection/collectedDateTime",
    ]
    .iter()
    .map(|path| text(resource, path))
    .filter(|it| !it.is_empty())
    .collect()
}

#[test]
fn nothing_is_done_before_birth_or_after_death_or_tomorrow() {
    let all = population(6, 60);
    let lives: HashMap<String, (&str, &str)> = all
        .iter()
        .filter(|it| text(it, "/resourceType") == "Patient")
        .map(|it| {
            let until = match text(it, "/deceasedDateTime") {
                "" => "2026-06-16",
                died => died,
            };
            (reference_of(it), (text(it, "/birthDate"), until))
        })
        .collect();
    let done = [
        "Encounter",
        "Observation",
        "Immunization",
        "Procedure",
        "MedicationRequest",
        "MedicationDispense",
        "DiagnosticReport",
        "Specimen",
    ];
    assert!(lives.values().any(|(_, until)| *until != "2026-06-16"));
    for resource in &all {
        let of = ["/subject/reference", "/patient/reference"]
            .iter()
            .find_map(|path| lives.get(text(resource, path)));
        let Some((birth, until)) = of else { continue };
        if !done.contains(&text(resource, "/resourceType")) {
            continue;
        }
        // Dates compare as text, day by day; the last day counts whole.
        for moment in happened(resource) {
            let day = moment.get(..10).unwrap();
            assert!(day >= *birth, "{} {moment} {birth}", reference_of(resource));
            let last = until.get(..10).unwrap();
            assert!(day <= last, "{} {moment} {until}", reference_of(resource));
        }
    }
}

#[test]
fn results_follow_their_visit_and_visits_keep_office_hours() {
    let all = population(8, 20);
    let starts: HashMap<String, &str> = all
        .iter()
        .filter(|it| text(it, "/resourceType") == "Encounter")
        .map(|it| (reference_of(it), text(it, "/period/start")))
        .collect();
    let mut seen = 0;
    for resource in &all {
        let issued = text(resource, "/issued");
        if let Some(start) = starts.get(text(resource, "/encounter/reference")) {
            seen += 1;
            assert!(issued.is_empty() || issued >= *start);
        }
    }
    assert!(seen > 1_000);
    for resource in &all {
        let ambulatory = text(resource, "/class/code") == "AMB";
        if ambulatory {
            let hour: u8 = text(resource, "/period/start")[11..13].parse().unwrap();
            assert!((8..16).contains(&hour), "{hour}");
        }
    }
}

#[test]
fn children_are_vaccinated_along_the_schedule() {
    let all = population(2, 120);
    let births: HashMap<String, jiff::civil::Date> = all
        .iter()
        .filter(|it| text(it, "/resourceType") == "Patient")
        .map(|it| (reference_of(it), text(it, "/birthDate").parse().unwrap()))
        .collect();
    let mut measles = 0;
    for dose in all
        .iter()
        .filter(|it| text(it, "/resourceType") == "Immunization")
    {
        let day: jiff::civil::Date = text(dose, "/occurrenceDateTime")[..10].parse().unwrap();
        let birth = births[text(dose, "/patient/reference")];
        let months = crate::calendar::years_between(birth, day) * 12.0;
        match text(dose, "/vaccineCode/coding/0/code") {
            "03" => {
                measles += 1;
                assert!(months > 11.9, "{months}");
            }
            "116" => assert!(months < 8.5, "{months}"),
            "187" => assert!(months > 590.0 && day.year() >= 2018, "{months} {day}"),
            _ => {}
        }
    }
    assert!(measles > 15, "{measles}");
}

#[test]
fn what_minors_come_for_alone_is_kept_apart() {
    let all = population(12, 160);
    let secret: Vec<&Value> = all
        .iter()
        .filter(|it| {
            let extensions = it.get("extension").and_then(Value::as_array);
            extensions.is_some_and(|list| {
                list.iter()
                    .any(|it| text(it, "/url") == access::vocabulary::CONSENT_BASIS)
            })
        })
        .collect();
    for name in ["Encounter", "DocumentReference", "Condition", "Provenance"] {
        let some = secret.iter().any(|it| text(it, "/resourceType") == name);
        assert!(some, "{name}");
    }
    for resource in &secret {
        let labels = resource.pointer("/meta/security").unwrap();
        assert!(labels.as_array().unwrap().len() >= 2);
    }
    // Nothing outside names what is inside.
    let names: HashSet<String> = secret.iter().map(|it| reference_of(it)).collect();
    let kept: HashSet<String> = names.clone();
    for resource in &all {
        if kept.contains(&reference_of(resource)) || text(resource, "/resourceType") == "Binary" {
            continue;
        }
        let document = fhir::Document::parse(resource.to_string()).unwrap();
        for reference in fhir::reference::references(document.root()) {
            let reference = reference.str().unwrap();
            assert!(
                !names.contains(&*reference),
                "{} → {reference}",
                reference_of(resource)
            );
        }
    }
}
