//! What people tell about themselves: wishes for their care, work, family, habits.

use crate::chart::Chart;
use crate::observations::{category, observe, social_history, us_core_category};
use crate::seen::Seen;
use crate::words::{Code, coded, loinc, quantity, snomed, to, us_core};
use jiff::civil::Date;
use serde_json::json;

/// Wishes for treatment and for how one is cared for: each a text and a choice, named by slug.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    pub treatment: (&'static str, &'static str),
    pub treatment_choice: (&'static str, &'static str),
    pub care: (&'static str, &'static str),
    pub care_choice: (&'static str, &'static str),
}

/// Writes the wishes.
pub fn wishes(chart: &mut Chart<'_>, seen: &Seen, wishes: &Wishes) {
    let treatment = (
        "us-core-treatment-intervention-preference",
        us_core_category(
            "treatment-intervention-preference",
            "Treatment Intervention Preference",
        ),
        loinc(
            "75773-2",
            "Goals, preferences, and priorities for medical treatment",
        ),
    );
    let care = (
        "us-core-care-experience-preference",
        us_core_category("care-experience-preference", "Care Experience Preference"),
        loinc("95541-9", "Care experience preference"),
    );
    for ((profile, category, code), (slug, text), choice) in [
        (&treatment, wishes.treatment, false),
        (&treatment, wishes.treatment_choice, true),
        (&care, wishes.care, false),
        (&care, wishes.care_choice, true),
    ] {
        let value = if choice {
            ("valueCodeableConcept", json!({"text": text}))
        } else {
            ("valueString", json!(text))
        };
        observe(chart, seen, slug, profile, json!([category]), *code, value);
    }
}

/// Whether somebody smokes (SNOMED CT).
pub fn smoking(chart: &mut Chart<'_>, seen: &Seen, slug: &str, status: Code) {
    observe(
        chart,
        seen,
        slug,
        "us-core-smokingstatus",
        social_history(),
        loinc("72166-2", "Tobacco smoking status"),
        ("valueCodeableConcept", status.concept()),
    );
}

/// How much was smoked in a life.
pub fn pack_years(chart: &mut Chart<'_>, seen: &Seen, slug: &str, packs: f64) {
    observe(
        chart,
        seen,
        slug,
        "us-core-smokingstatus",
        social_history(),
        snomed("401201003", "Cigarette pack-years"),
        (
            "valueQuantity",
            quantity(packs, 0, "{PackYears}", "{PackYears}"),
        ),
    );
}

pub const NOT_PREGNANT: Code = snomed("60001007", "Not pregnant");
pub const PREGNANT: Code = snomed("77386006", "Pregnant");

/// Whether somebody is pregnant.
pub fn pregnancy(chart: &mut Chart<'_>, seen: &Seen, slug: &str, status: Code) {
    observe(
        chart,
        seen,
        slug,
        "us-core-observation-pregnancystatus",
        social_history(),
        loinc("82810-3", "Pregnancy status"),
        ("valueCodeableConcept", status.concept()),
    );
}

pub const NO_CHILD_WANTED: Code = snomed("454391000124108", "Does not want to become pregnant");
pub const UNSURE_OF_CHILD: Code =
    snomed("454381000124105", "Not sure of desire to become pregnant");

/// Whether somebody wants a child in the next year.
pub fn pregnancy_intent(chart: &mut Chart<'_>, seen: &Seen, slug: &str, wish: Code) {
    observe(
        chart,
        seen,
        slug,
        "us-core-observation-pregnancyintent",
        social_history(),
        loinc("86645-9", "Pregnancy intention in the next year - Reported"),
        ("valueCodeableConcept", wish.concept()),
    );
}

/// Whom somebody loves.
pub fn orientation(chart: &mut Chart<'_>, seen: &Seen, slug: &str, orientation: Code) {
    observe(
        chart,
        seen,
        slug,
        "us-core-observation-sexual-orientation",
        social_history(),
        loinc("76690-7", "Sexual orientation"),
        ("valueCodeableConcept", orientation.concept()),
    );
}

/// Census codes of an occupation and its industry, each with display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupation {
    pub work: (&'static str, &'static str),
    pub industry: (&'static str, &'static str),
}

/// What somebody works as, since a day. Returns the Observation's reference.
pub fn occupation(
    chart: &mut Chart<'_>,
    seen: &Seen,
    slug: &str,
    occupation: &Occupation,
    since: Date,
) -> String {
    let census = "urn:oid:2.16.840.1.114222.4.5.327";
    let resource = json!({
        "resourceType": "Observation", "id": chart.id(slug),
        "meta": {"profile": [us_core("us-core-observation-occupation")]}, "status": "final",
        "category": social_history(), "code": loinc("11341-5", "History of Occupation").concept(),
        "subject": chart.subject(), "effectivePeriod": {"start": since.to_string()},
        "performer": [seen.by()],
        "valueCodeableConcept": coded(census, occupation.work.0, occupation.work.1),
        "component": [{"code": loinc("86188-0", "History of Occupation industry").concept(),
            "valueCodeableConcept": coded(census, occupation.industry.0, occupation.industry.1)}]
    });
    chart.add(resource, &seen.practitioner, &seen.start)
}

/// What somebody says of their days: exercise, household, hearing, independence, clarity of mind. `behind` is an
/// Observation the last one was derived from.
#[derive(Debug, Clone, Copy)]
pub struct Living<'l> {
    pub active_days: f64,
    pub household: f64,
    pub hard_of_hearing: bool,
    pub function: &'l str,
    pub cognition: Code,
    pub behind: &'l str,
}

/// Writes it, ids ending in `suffix`.
pub fn living(chart: &mut Chart<'_>, seen: &Seen, suffix: &str, living: &Living<'_>) {
    let simple = "us-core-simple-observation";
    observe(
        chart,
        seen,
        &format!("activity-days{suffix}"),
        simple,
        json!([category("activity", "Activity")]),
        loinc(
            "89555-7",
            "How many days per week did you engage in moderate to strenuous physical activity in the last 30 days",
        ),
        (
            "valueQuantity",
            quantity(living.active_days, 0, "d/wk", "d/wk"),
        ),
    );
    observe(
        chart,
        seen,
        &format!("lives-with{suffix}"),
        simple,
        social_history(),
        loinc(
            "63512-8",
            "How many people are living or staying at this address",
        ),
        ("valueQuantity", quantity(living.household, 0, "{#}", "{#}")),
    );
    observe(
        chart,
        seen,
        &format!("disability{suffix}"),
        simple,
        json!([us_core_category("disability-status", "Disability Status")]),
        loinc(
            "69856-3",
            "Are you deaf, or do you have serious difficulty hearing",
        ),
        ("valueBoolean", json!(living.hard_of_hearing)),
    );
    observe(
        chart,
        seen,
        &format!("function{suffix}"),
        simple,
        json!([us_core_category("functional-status", "Functional Status")]),
        loinc("54522-8", "Functional status"),
        ("valueString", json!(living.function)),
    );
    let cognition = json!({
        "resourceType": "Observation", "id": chart.id(&format!("cognition{suffix}")),
        "meta": {"profile": [us_core(simple)]}, "status": "final",
        "category": [us_core_category("cognitive-status", "Cognitive Status")],
        "code": loinc("11332-4", "History of Cognitive function Narrative").concept(),
        "subject": chart.subject(), "effectiveDateTime": seen.start,
        "performer": [chart.subject()], "derivedFrom": [to(living.behind)],
        "valueCodeableConcept": living.cognition.concept()
    });
    let patient = chart.patient();
    chart.add(cognition, &patient, &seen.start);
}
