//! Blood pressures measured at home and averaged, readings that failed, and oxygen given.

use crate::chart::Chart;
use crate::observations::category;
use crate::seen::Seen;
use crate::vitals::{DIASTOLIC, PRESSURE, SYSTOLIC};
use crate::words::{Code, LOINC, loinc, quantity, tho, to, us_core};
use serde_json::{Value, json};

const AVERAGE: Code = loinc(
    "96607-7",
    "Blood pressure panel mean systolic and mean diastolic",
);
const MEAN_SYSTOLIC: Code = loinc("96608-5", "Systolic blood pressure mean");
const MEAN_DIASTOLIC: Code = loinc("96609-3", "Diastolic blood pressure mean");

fn vital() -> Value {
    json!([category("vital-signs", "Vital Signs")])
}

/// A component with its value in mmHg, or that it is not known.
fn part(code: Code, value: Option<f64>) -> Value {
    match value {
        Some(value) => {
            json!({"code": code.concept(), "valueQuantity": quantity(value, 0, "mmHg", "mm[Hg]")})
        }
        None => json!({"code": code.concept(),
            "dataAbsentReason": tho("data-absent-reason", "unknown", "Unknown")}),
    }
}

/// Pressures the patient measured at home over a time (start, end) and their mean, if there is one.
pub fn average(
    chart: &mut Chart<'_>,
    slug: &str,
    period: (&str, &str),
    mean: Option<(f64, f64)>,
    recorded: &str,
) {
    let resource = json!({
        "resourceType": "Observation", "id": chart.id(slug),
        "meta": {"profile": [us_core("us-core-average-blood-pressure")]}, "status": "final",
        "category": vital(), "code": AVERAGE.concept(), "subject": chart.subject(),
        "effectivePeriod": {"start": period.0, "end": period.1},
        "performer": [chart.subject()],
        "component": [part(MEAN_SYSTOLIC, mean.map(|it| it.0)),
            part(MEAN_DIASTOLIC, mean.map(|it| it.1))]
    });
    let patient = chart.patient();
    chart.add(resource, &patient, recorded);
}

/// A reading at a visit that did not succeed.
pub fn failed(chart: &mut Chart<'_>, slug: &str, seen: &Seen, at: &str) {
    let resource = json!({
        "resourceType": "Observation", "id": chart.id(slug),
        "meta": {"profile": [us_core("us-core-blood-pressure")]}, "status": "final",
        "category": vital(), "code": PRESSURE.concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter), "effectiveDateTime": at,
        "performer": [seen.by()],
        "component": [part(SYSTOLIC, None), part(DIASTOLIC, None)]
    });
    chart.add(resource, &seen.practitioner, &seen.start);
}

/// Saturation while oxygen was given: percent, flow in L/min, concentration in percent.
pub fn oxygen(
    chart: &mut Chart<'_>,
    slug: &str,
    seen: &Seen,
    encounter: &str,
    at: &str,
    (saturation, flow, concentration): (f64, f64, f64),
) {
    let resource = json!({
        "resourceType": "Observation", "id": chart.id(slug),
        "meta": {"profile": [us_core("us-core-pulse-oximetry")]}, "status": "final",
        "category": vital(),
        "code": {"coding": [
            {"system": LOINC, "code": "59408-5", "display": "Oxygen saturation in Arterial blood by Pulse oximetry"},
            {"system": LOINC, "code": "2708-6", "display": "Oxygen saturation in Arterial blood"}]},
        "subject": chart.subject(), "encounter": to(encounter), "effectiveDateTime": at,
        "performer": [seen.by()],
        "valueQuantity": quantity(saturation, 0, "%", "%"),
        "component": [
            {"code": loinc("3151-8", "Inhaled oxygen flow rate").concept(),
             "valueQuantity": quantity(flow, 0, "L/min", "L/min")},
            {"code": loinc("3150-0", "Inhaled oxygen concentration").concept(),
             "valueQuantity": quantity(concentration, 0, "%", "%")}]
    });
    chart.add(resource, &seen.practitioner, &seen.start);
}
