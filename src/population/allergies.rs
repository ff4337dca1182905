//! Allergies, or that none is known.

use crate::chart::Chart;
use crate::seen::Seen;
use crate::words::{Code, SNOMED, coded, tho, us_core};
use serde_json::json;

/// An allergy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allergy<'a> {
    pub slug: &'a str,
    pub code: Code,
    /// `food`, `medication`, `environment` or `biologic`
    pub category: &'a str,
    pub high: bool,
    pub manifestation: Code,
}

/// Writes an allergy noted at a moment by who saw the patient.
pub fn allergy(chart: &mut Chart<'_>, allergy: &Allergy<'_>, seen: &Seen, noted: &str) {
    let resource = json!({
        "resourceType": "AllergyIntolerance",
        "id": chart.id(&format!("allergy-{}", allergy.slug)),
        "meta": {"profile": [us_core("us-core-allergyintolerance")]},
        "clinicalStatus": tho("allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": tho("allergyintolerance-verification", "confirmed", "Confirmed"),
        "type": "allergy", "category": [allergy.category],
        "criticality": if allergy.high { "high" } else { "low" },
        "code": allergy.code.concept(), "patient": chart.subject(), "recordedDate": noted,
        "recorder": seen.by(),
        "reaction": [{"manifestation": [allergy.manifestation.concept()],
            "severity": if allergy.high { "severe" } else { "mild" }}]
    });
    chart.add(resource, &seen.practitioner, noted);
}

/// Says that no allergy is known.
pub fn none(chart: &mut Chart<'_>, seen: &Seen) {
    let resource = json!({
        "resourceType": "AllergyIntolerance", "id": chart.id("allergy-none"),
        "meta": {"profile": [us_core("us-core-allergyintolerance")]},
        "clinicalStatus": tho("allergyintolerance-clinical", "active", "Active"),
        "verificationStatus": tho("allergyintolerance-verification", "confirmed", "Confirmed"),
        "code": coded(SNOMED, "716186003", "No known allergy"), "patient": chart.subject(),
        "recordedDate": seen.start, "recorder": seen.by()
    });
    chart.add(resource, &seen.practitioner, &seen.start);
}
