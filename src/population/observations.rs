//! An Observation on a visit, and the categories it may have.

use crate::chart::Chart;
use crate::seen::Seen;
use crate::words::{Code, OBSERVATION_CATEGORY, US_CORE_CATEGORY, coded, to, us_core};
use serde_json::{Value, json};

/// An Observation on the visit with its categories, code and value (`("valueString", …)`), by who saw the patient.
pub fn observe(
    chart: &mut Chart<'_>,
    seen: &Seen,
    slug: &str,
    profile: &str,
    categories: Value,
    code: Code,
    value: (&str, Value),
) -> String {
    let mut made = json!({
        "resourceType": "Observation", "id": chart.id(slug), "meta": {"profile": [us_core(profile)]},
        "status": "final", "category": categories, "code": code.concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start, "issued": seen.end,
        "performer": [seen.by()]
    });
    if let Some(map) = made.as_object_mut() {
        map.insert(value.0.into(), value.1);
    }
    chart.add(made, &seen.practitioner, &seen.start)
}

/// One category of the base code system.
pub fn category(code: &str, display: &str) -> Value {
    coded(OBSERVATION_CATEGORY, code, display)
}

/// One category of US Core.
pub fn us_core_category(code: &str, display: &str) -> Value {
    coded(US_CORE_CATEGORY, code, display)
}

/// The category of what people tell of their lives.
pub fn social_history() -> Value {
    json!([category("social-history", "Social History")])
}
