//! What Ana tells about herself: wishes for her care, work, family, habits.

use crate::chart::Chart;
use crate::full_record::{category, observe, us_core_category};
use crate::seen::Seen;
use crate::words::{coded, loinc, named, quantity, snomed, to, us_core};
use serde_json::json;

/// All of it, on the visit.
pub fn record(chart: &mut Chart<'_>, seen: &Seen) {
    preferences(chart, seen);
    simple_observations(chart, seen);
}

fn preferences(chart: &mut Chart<'_>, seen: &Seen) {
    let treatment = json!([us_core_category(
        "treatment-intervention-preference",
        "Treatment Intervention Preference"
    )]);
    let experience = json!([us_core_category(
        "care-experience-preference",
        "Care Experience Preference"
    )]);
    let wish = loinc(
        "75773-2",
        "Goals, preferences, and priorities for medical treatment",
    );
    let care = loinc("95541-9", "Care experience preference");
    observe(
        chart,
        seen,
        "wish-treatment",
        "us-core-treatment-intervention-preference",
        treatment.clone(),
        wish,
        (
            "valueString",
            json!("Wants every treatment that lets her return home."),
        ),
    );
    observe(
        chart,
        seen,
        "wish-ventilation",
        "us-core-treatment-intervention-preference",
        treatment,
        wish,
        ("valueCodeableConcept", json!({"text": "Full treatment"})),
    );
    observe(
        chart,
        seen,
        "wish-language",
        "us-core-care-experience-preference",
        experience.clone(),
        care,
        (
            "valueString",
            json!("Explain results in Spanish to her mother."),
        ),
    );
    observe(
        chart,
        seen,
        "wish-visitors",
        "us-core-care-experience-preference",
        experience,
        care,
        (
            "valueCodeableConcept",
            json!({"text": "Family present at all times"}),
        ),
    );
}

fn simple_observations(chart: &mut Chart<'_>, seen: &Seen) {
    let social = || json!([category("social-history", "Social History")]);
    let simple = "us-core-simple-observation";
    observe(
        chart,
        seen,
        "pregnancy-status",
        "us-core-observation-pregnancystatus",
        social(),
        loinc("82810-3", "Pregnancy status"),
        (
            "valueCodeableConcept",
            snomed("60001007", "Not pregnant").concept(),
        ),
    );
    observe(
        chart,
        seen,
        "pregnancy-intent",
        "us-core-observation-pregnancyintent",
        social(),
        loinc("86645-9", "Pregnancy intention in the next year - Reported"),
        (
            "valueCodeableConcept",
            snomed("454381000124105", "Not desiring pregnancy").concept(),
        ),
    );
    observe(
        chart,
        seen,
        "orientation",
        "us-core-observation-sexual-orientation",
        social(),
        loinc("76690-7", "Sexual orientation"),
        (
            "valueCodeableConcept",
            snomed("20430005", "Heterosexual").concept(),
        ),
    );
    let occupation = json!({
        "resourceType": "Observation", "id": chart.id("occupation"),
        "meta": {"profile": [us_core("us-core-observation-occupation")]}, "status": "final",
        "category": social(), "code": loinc("11341-5", "History of Occupation").concept(),
        "subject": chart.subject(), "effectivePeriod": {"start": chart.calendar.day(3_000).to_string()},
        "performer": [named(&seen.practitioner, &seen.practitioner_name)],
        "valueCodeableConcept": coded("urn:oid:2.16.840.1.114222.4.5.327", "2310",
            "Elementary and middle school teachers"),
        "component": [{"code": loinc("86188-0", "History of Occupation industry").concept(),
            "valueCodeableConcept": coded("urn:oid:2.16.840.1.114222.4.5.327", "7860",
                "Elementary and secondary schools")}]
    });
    let occupation = chart.add(occupation, &seen.practitioner, &seen.start);
    observe(
        chart,
        seen,
        "pack-years",
        "us-core-smokingstatus",
        social(),
        snomed("401201003", "Cigarette pack-years"),
        (
            "valueQuantity",
            quantity(0.0, 0, "{PackYears}", "{PackYears}"),
        ),
    );
    observe(
        chart,
        seen,
        "activity-days",
        simple,
        json!([category("activity", "Activity")]),
        loinc(
            "89555-7",
            "How many days per week did you engage in moderate to strenuous physical activity in the last 30 days",
        ),
        ("valueQuantity", quantity(5.0, 0, "d/wk", "d/wk")),
    );
    observe(
        chart,
        seen,
        "lives-with",
        simple,
        social(),
        loinc(
            "63512-8",
            "How many people are living or staying at this address",
        ),
        ("valueQuantity", quantity(5.0, 0, "{#}", "{#}")),
    );
    observe(
        chart,
        seen,
        "disability",
        simple,
        json!([us_core_category("disability-status", "Disability Status")]),
        loinc(
            "69856-3",
            "Are you deaf, or do you have serious difficulty hearing",
        ),
        ("valueBoolean", json!(false)),
    );
    observe(
        chart,
        seen,
        "function",
        simple,
        json!([us_core_category("functional-status", "Functional Status")]),
        loinc("54522-8", "Functional status"),
        ("valueString", json!("Independent in all activities")),
    );
    let cognition = json!({
        "resourceType": "Observation", "id": chart.id("cognition"),
        "meta": {"profile": [us_core(simple)]}, "status": "final",
        "category": [us_core_category("cognitive-status", "Cognitive Status")],
        "code": loinc("11332-4", "History of Cognitive function Narrative").concept(),
        "subject": chart.subject(), "effectiveDateTime": seen.start,
        "performer": [chart.subject()], "derivedFrom": [to(&occupation)],
        "valueCodeableConcept": snomed("17326005", "Well in self").concept()
    });
    chart.add(cognition, &chart.patient(), &seen.start);
}
