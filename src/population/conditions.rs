//! Conditions: what is on the problem list, what a visit was for, and concerns about how somebody lives.

use crate::chart::Chart;
use crate::observations::us_core_category;
use crate::seen::Seen;
use crate::words::{CONDITION_CATEGORY, Code, coded, tho, to, us_core};
use jiff::civil::Date;
use serde_json::{Value, json};

/// When somebody first said so.
const ASSERTED: &str = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate";

/// An entry of the problem list.
#[derive(Debug, Clone)]
pub struct Problem<'p> {
    pub slug: &'p str,
    pub code: Code,
    pub icd10: Code,
    pub onset: Date,
    pub resolved: Option<Date>,
    /// When it was put on the list.
    pub recorded: String,
}

/// Writes a problem; `seen` says who recorded it. Returns its reference.
pub fn problem(chart: &mut Chart<'_>, problem: &Problem<'_>, seen: &Seen) -> String {
    let (status, display) = status(problem.resolved.is_none());
    let mut resource = json!({
        "resourceType": "Condition", "id": chart.id(&format!("problem-{}", problem.slug)),
        "meta": {"profile": [us_core("us-core-condition-problems-health-concerns")]},
        "extension": [{"url": ASSERTED,
            "valueDateTime": problem.onset.to_string()}],
        "clinicalStatus": tho("condition-clinical", status, display),
        "verificationStatus": tho("condition-ver-status", "confirmed", "Confirmed"),
        "category": [coded(CONDITION_CATEGORY, "problem-list-item", "Problem List Item")],
        "code": {"coding": [problem.code.coding(), problem.icd10.coding()],
            "text": problem.code.display},
        "subject": chart.subject(), "onsetDateTime": problem.onset.to_string(),
        "recordedDate": problem.recorded, "recorder": seen.by()
    });
    abate(&mut resource, problem.resolved);
    chart.add(resource, &seen.practitioner, &problem.recorded)
}

/// What a visit was for. `healed`: when it was over, for what passes.
pub fn diagnosis(
    chart: &mut Chart<'_>,
    slug: &str,
    code: Code,
    seen: &Seen,
    healed: Option<Date>,
) -> String {
    let (status, display) = status(healed.is_none());
    let mut resource = json!({
        "resourceType": "Condition", "id": chart.id(&format!("dx-{slug}")),
        "meta": {"profile": [us_core("us-core-condition-encounter-diagnosis")]},
        "extension": [{"url": ASSERTED, "valueDateTime": seen.start}],
        "clinicalStatus": tho("condition-clinical", status, display),
        "verificationStatus": tho("condition-ver-status", "confirmed", "Confirmed"),
        "category": [coded(CONDITION_CATEGORY, "encounter-diagnosis", "Encounter Diagnosis")],
        "code": code.concept(), "subject": chart.subject(), "encounter": to(&seen.encounter),
        "onsetDateTime": seen.start, "recordedDate": seen.start, "recorder": seen.by()
    });
    abate(&mut resource, healed);
    chart.add(resource, &seen.practitioner, &seen.start)
}

/// A health concern of the social kind, such as food insecurity.
pub fn concern(chart: &mut Chart<'_>, concern: &Problem<'_>, seen: &Seen) -> String {
    let (status, display) = status(concern.resolved.is_none());
    let mut resource = json!({
        "resourceType": "Condition", "id": chart.id(&format!("concern-{}", concern.slug)),
        "meta": {"profile": [us_core("us-core-condition-problems-health-concerns")]},
        "clinicalStatus": tho("condition-clinical", status, display),
        "verificationStatus": tho("condition-ver-status", "confirmed", "Confirmed"),
        "category": [
            coded("http://hl7.org/fhir/us/core/CodeSystem/condition-category", "health-concern",
                "Health Concern"),
            us_core_category("sdoh", "SDOH")],
        "code": {"coding": [concern.code.coding(), concern.icd10.coding()],
            "text": concern.code.display},
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "onsetDateTime": concern.onset.to_string(),
        "recordedDate": concern.recorded, "recorder": seen.by()
    });
    abate(&mut resource, concern.resolved);
    chart.add(resource, &seen.practitioner, &concern.recorded)
}

fn status(active: bool) -> (&'static str, &'static str) {
    if active {
        ("active", "Active")
    } else {
        ("resolved", "Resolved")
    }
}

fn abate(resource: &mut Value, on: Option<Date>) {
    if let (Some(date), Some(map)) = (on, resource.as_object_mut()) {
        map.insert("abatementDateTime".into(), json!(date.to_string()));
    }
}
