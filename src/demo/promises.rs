//! What the demo promises (contract section 4), asked of the generated resources.
#![allow(clippy::unwrap_used)]

use crate::calendar::{Calendar, START};
use crate::chart::reference_of;
use crate::families::resources;
use crate::people::{PROXIES, State};
use crate::words::LOINC;
use access::vocabulary::{CONSENT_BASIS, FLAG, PROXY_LEVEL, RESTRICTS};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

fn calendar() -> Calendar {
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    Calendar::new(START.parse().unwrap(), &zone)
}

fn all() -> Vec<Value> {
    resources(&calendar()).unwrap()
}

fn text<'v>(resource: &'v Value, path: &str) -> &'v str {
    resource.pointer(path).and_then(Value::as_str).unwrap_or("")
}

fn of_type<'v>(all: &'v [Value], name: &str) -> Vec<&'v Value> {
    let is = |resource: &&Value| text(resource, "/resourceType") == name;
    all.iter().filter(is).collect()
}

fn patient_of(resource: &Value) -> &str {
    [
        "/subject/reference",
        "/patient/reference",
        "/beneficiary/reference",
    ]
    .into_iter()
    .map(|path| text(resource, path))
    .find(|it| it.starts_with("Patient/"))
    .unwrap_or("")
    .trim_start_matches("Patient/")
}

fn birth_age(all: &[Value], patient: &str) -> (String, i64) {
    let found = of_type(all, "Patient");
    let found = found.iter().find(|it| text(it, "/id") == patient).unwrap();
    let birth: jiff::civil::Date = text(found, "/birthDate").parse().unwrap();
    let age = crate::calendar::whole_years(birth, calendar().today());
    (birth.to_string(), age)
}

#[test]
fn every_resource_is_valid() {
    let mut faults = Vec::new();
    for resource in all() {
        let document = fhir::Document::parse(resource.to_string()).unwrap();
        if let Err(issues) = fhir::validate::validate(document) {
            faults.extend(issues.into_iter().map(|issue| {
                let at = issue.expression.unwrap_or_default();
                format!("{} {at}: {}", reference_of(&resource), issue.diagnostics)
            }));
        }
    }
    let shown: Vec<_> = faults.iter().take(40).collect();
    assert!(faults.is_empty(), "{} faults: {shown:#?}", faults.len());
}

#[test]
fn ids_are_given_once_and_every_reference_leads_somewhere() {
    let all = all();
    let mut known = HashSet::new();
    for resource in &all {
        assert!(
            known.insert(reference_of(resource)),
            "{}",
            reference_of(resource)
        );
    }
    for resource in &all {
        let document = fhir::Document::parse(resource.to_string()).unwrap();
        for reference in fhir::reference::references(document.root()) {
            let reference = reference.str().unwrap();
            assert!(
                known.contains(&*reference),
                "{} → {reference}",
                reference_of(resource)
            );
        }
    }
}

#[test]
fn the_same_instant_tells_the_same_story() {
    assert_eq!(all(), all());
}

#[test]
fn ana_acts_for_children_at_the_ages_that_matter() {
    let all = all();
    let ages: BTreeMap<&str, i64> = PROXIES
        .iter()
        .filter(|proxy| proxy.actor == "ana" && proxy.state == State::Active)
        .map(|proxy| (proxy.patient, birth_age(&all, proxy.patient).1))
        .collect();
    assert_eq!(
        ages,
        BTreeMap::from([("leo", 11), ("nina", 12), ("teo", 15), ("sofia", 17)])
    );
    assert_eq!(birth_age(&all, "nina").0, "2013-06-19");
    assert_eq!(birth_age(&all, "sofia").0, "2008-07-05");
}

#[test]
fn proxies_of_every_kind_are_on_record() {
    let all = all();
    let consents = of_type(&all, "Consent");
    let levels: HashSet<&str> = consents
        .iter()
        .filter_map(|consent| consent.pointer("/extension"))
        .flat_map(|extensions| extensions.as_array().unwrap())
        .filter(|extension| text(extension, "/url") == PROXY_LEVEL)
        .map(|extension| text(extension, "/valueCode"))
        .collect();
    assert!(levels.is_superset(&HashSet::from(["full", "scheduling-billing", "view-all"])));
    assert!(birth_age(&all, "rosa").1 > 70);
    assert_eq!(birth_age(&all, "jade").1, 16);
    assert!(birth_age(&all, "felix").0.ends_with("-02-29"));
    let flags = of_type(&all, "Flag");
    let flag = |code: &str| {
        flags.iter().find(|flag| {
            text(flag, "/code/coding/0/system") == FLAG && text(flag, "/code/coding/0/code") == code
        })
    };
    assert_eq!(patient_of(flag("emancipated").unwrap()), "jade");
    let order = flag("court-order").unwrap();
    assert_eq!(text(order, "/extension/0/url"), RESTRICTS);
    let restricted = text(order, "/extension/0/valueReference/reference");
    assert_eq!(restricted, "RelatedPerson/brian-for-owen");
    let dead = of_type(&all, "Patient");
    let dead = dead
        .iter()
        .filter(|patient| patient.get("deceasedDateTime").is_some());
    assert_eq!(dead.count(), 1);
    let pending = of_type(&all, "RelatedPerson");
    let pending: Vec<_> = pending
        .iter()
        .filter(|person| {
            person.get("active") == Some(&Value::Bool(false)) && person.get("period").is_none()
        })
        .collect();
    let tasks = of_type(&all, "Task");
    assert!(pending.len() >= 2);
    for person in pending {
        assert!(tasks.iter().any(
            |task| text(task, "/focus/reference") == reference_of(person)
                && text(task, "/status") == "requested"
        ));
    }
}

#[test]
fn teenagers_have_confidential_care_of_each_kind() {
    let all = all();
    let secret: Vec<&Value> = all
        .iter()
        .filter(|resource| {
            let extensions = resource.get("extension").and_then(Value::as_array);
            extensions.is_some_and(|all| all.iter().any(|it| text(it, "/url") == CONSENT_BASIS))
        })
        .collect();
    for (patient, types) in [
        (
            "teo",
            &[
                "Encounter",
                "Observation",
                "MedicationRequest",
                "DocumentReference",
                "Appointment",
                "Invoice",
                "Communication",
                "Condition",
                "DiagnosticReport",
            ][..],
        ),
        (
            "sofia",
            &["Encounter", "MedicationRequest", "DocumentReference"][..],
        ),
    ] {
        for name in types {
            assert!(
                secret.iter().any(|it| text(it, "/resourceType") == *name
                    && (patient_of(it) == patient || text(it, "/id").starts_with(patient))),
                "{patient} {name}"
            );
        }
    }
    for resource in &secret {
        assert!(
            resource.pointer("/meta/security/1/code").is_some(),
            "{}",
            reference_of(resource)
        );
    }
    let labels: HashSet<&str> = secret
        .iter()
        .map(|it| text(it, "/meta/security/1/code"))
        .collect();
    assert!(labels.is_superset(&HashSet::from(["STD", "HIV", "MH", "SEX"])));
}

#[test]
fn every_chart_has_something_for_each_page() {
    let all = all();
    let living = |patient: &str| patient != "walter";
    for patient in of_type(&all, "Patient") {
        let id = text(patient, "/id");
        for name in [
            "Observation",
            "DiagnosticReport",
            "DocumentReference",
            "Immunization",
            "Encounter",
            "MedicationRequest",
            "AllergyIntolerance",
            "Condition",
            "CareTeam",
            "CarePlan",
            "Goal",
            "Coverage",
            "Procedure",
            "Specimen",
            "Invoice",
            "Account",
        ] {
            let found = of_type(&all, name);
            let mine = found.iter().any(|it| {
                patient_of(it) == id || text(it, "/subject/0/reference") == format!("Patient/{id}")
            });
            assert!(mine, "{id} has no {name}");
        }
        for name in ["Appointment", "Communication"] {
            let found = of_type(&all, name);
            let mine = found
                .iter()
                .any(|it| text(it, "/id").starts_with(&format!("{id}-")));
            assert!(mine || !living(id), "{id} has no {name}");
        }
        let codes: HashSet<&str> = of_type(&all, "Observation")
            .into_iter()
            .filter(|it| patient_of(it) == id)
            .map(|it| text(it, "/code/coding/0/code"))
            .collect();
        for code in ["8302-2", "29463-7", "8867-4", "94500-6"] {
            assert!(codes.contains(code), "{id} lacks {code}");
        }
        let vaccines = of_type(&all, "Immunization");
        assert!(
            vaccines.iter().any(|it| patient_of(it) == id
                && text(it, "/vaccineCode/coding/0/display").contains("COVID-19")),
            "{id}"
        );
        let documents = of_type(&all, "DocumentReference");
        let mine: Vec<_> = documents.iter().filter(|it| patient_of(it) == id).collect();
        assert!(
            mine.iter()
                .any(|it| text(it, "/type/coding/1/code") == "after-visit-summary")
        );
        assert!(
            mine.iter()
                .any(|it| it.pointer("/content/0/attachment/data").is_some())
        );
        assert!(
            mine.iter()
                .all(|it| text(it, "/content/0/attachment/contentType").starts_with("text/plain"))
        );
    }
}

#[test]
fn every_clinical_resource_has_its_provenance() {
    let all = all();
    let told: HashSet<&str> = of_type(&all, "Provenance")
        .into_iter()
        .map(|it| text(it, "/target/0/reference"))
        .collect();
    let plain = [
        "Provenance",
        "Task",
        "Consent",
        "Flag",
        "Person",
        "Slot",
        "Schedule",
        "Group",
    ];
    for resource in &all {
        let reference = reference_of(resource);
        if !plain.contains(&text(resource, "/resourceType")) {
            assert!(told.contains(reference.as_str()), "{reference}");
        }
    }
}

#[test]
fn ana_has_notes_and_reports_of_every_kind_us_core_names() {
    let all = all();
    let kinds: HashSet<&str> = of_type(&all, "DocumentReference")
        .into_iter()
        .map(|it| text(it, "/type/coding/0/code"))
        .collect();
    for code in [
        "11488-4", "18842-5", "34117-2", "28570-0", "11506-3", "18748-4", "11502-2", "11526-1",
        "11504-8", "34111-5",
    ] {
        assert!(kinds.contains(code), "{code}");
    }
    let urls: HashSet<&str> = of_type(&all, "DocumentReference")
        .into_iter()
        .filter(|it| patient_of(it) == "ana")
        .map(|it| text(it, "/content/0/attachment/url"))
        .collect();
    let mut categories = HashSet::new();
    for report in of_type(&all, "DiagnosticReport") {
        if patient_of(report) == "ana" && text(report, "/category/0/coding/0/system") == LOINC {
            categories.insert(text(report, "/category/0/coding/0/code").to_owned());
            assert!(urls.contains(text(report, "/presentedForm/0/url")));
        }
    }
    assert_eq!(categories.len(), 3);
    let trend = of_type(&all, "Observation");
    let trend = trend
        .iter()
        .filter(|it| patient_of(it) == "ana" && text(it, "/code/coding/0/code") == "4548-4");
    assert!(trend.count() >= 5);
}

#[test]
fn the_practice_is_open_for_business() {
    let all = all();
    let slots = of_type(&all, "Slot");
    let free: Vec<_> = slots
        .iter()
        .filter(|slot| text(slot, "/status") == "free")
        .collect();
    assert!(free.len() > 60);
    let last = slots.iter().map(|slot| text(slot, "/start")).max().unwrap();
    assert!(last > "2026-06-26");
    let unread = of_type(&all, "Communication");
    let unread = unread.iter().filter(|it| it.get("received").is_none());
    assert!(unread.count() >= 10);
    let open = of_type(&all, "Invoice");
    let open: HashSet<&str> = open
        .iter()
        .filter(|it| text(it, "/status") == "issued")
        .map(|it| text(it, "/identifier/0/value"))
        .collect();
    assert!(open.len() >= 15);
    assert!(of_type(&all, "HealthcareService").len() >= 2);
}
