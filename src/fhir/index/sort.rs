//! The principal clinical date of each type: what `_sort=-date` means without looking in the index.

use super::value::interval;
use crate::search::table::{TABLES, Term};
use crate::{Element, ResourceType};

/// Type and the date parameter that orders its resources in time.
const PRINCIPAL: &[(&str, &str)] = &[
    ("AllergyIntolerance", "date"),
    ("Appointment", "date"),
    ("AuditEvent", "date"),
    ("CarePlan", "date"),
    ("CareTeam", "date"),
    ("ChargeItem", "occurrence"),
    ("Claim", "created"),
    ("ClaimResponse", "created"),
    ("ClinicalImpression", "date"),
    ("Communication", "sent"),
    ("CommunicationRequest", "authored"),
    ("Composition", "date"),
    ("Condition", "recorded-date"),
    ("Consent", "date"),
    ("CoverageEligibilityRequest", "created"),
    ("CoverageEligibilityResponse", "created"),
    ("DetectedIssue", "identified"),
    ("DeviceRequest", "authored-on"),
    ("DiagnosticReport", "date"),
    ("DocumentManifest", "created"),
    ("DocumentReference", "date"),
    ("Encounter", "date"),
    ("EpisodeOfCare", "date"),
    ("ExplanationOfBenefit", "created"),
    ("FamilyMemberHistory", "date"),
    ("Flag", "date"),
    ("Goal", "start-date"),
    ("ImagingStudy", "started"),
    ("Immunization", "date"),
    ("ImmunizationRecommendation", "date"),
    ("Invoice", "date"),
    ("List", "date"),
    ("MeasureReport", "date"),
    ("Media", "created"),
    ("MedicationAdministration", "effective-time"),
    ("MedicationDispense", "whenhandedover"),
    ("MedicationRequest", "authoredon"),
    ("MedicationStatement", "effective"),
    ("NutritionOrder", "datetime"),
    ("Observation", "date"),
    ("Patient", "birthdate"),
    ("PaymentNotice", "created"),
    ("PaymentReconciliation", "created"),
    ("Person", "birthdate"),
    ("Procedure", "date"),
    ("Provenance", "recorded"),
    ("QuestionnaireResponse", "authored"),
    ("RelatedPerson", "birthdate"),
    ("RequestGroup", "authored"),
    ("RiskAssessment", "date"),
    ("Schedule", "date"),
    ("ServiceRequest", "authored"),
    ("Slot", "start"),
    ("Specimen", "collected"),
    ("SupplyRequest", "date"),
    ("Task", "authored-on"),
    ("VisionPrescription", "datewritten"),
];

/// The search parameter [`sort_key`] stands for, such as `date` for Observation.
pub fn sort_key_param(resource_type: ResourceType) -> Option<&'static str> {
    let name = resource_type.name();
    let at = PRINCIPAL.binary_search_by(|(t, _)| (*t).cmp(name)).ok()?;
    PRINCIPAL.get(at).map(|(_, code)| *code)
}

/// The resource's principal clinical date in microseconds (Observation.effective,
/// Encounter.period.start, …), if it has one. Of a period or several dates the earliest moment; a
/// period without start counts by its end.
pub fn sort_key(resource_type: ResourceType, resource: Element<'_>) -> Option<i64> {
    let code = sort_key_param(resource_type)?;
    let params = crate::search::params(resource_type);
    let at = params.binary_search_by(|p| p.code.cmp(code)).ok()?;
    let terms = TABLES.terms.get(resource_type.ordinal())?.get(at)?;
    terms.iter().flat_map(|term| moments(term, resource)).min()
}

fn moments(term: &Term, resource: Element<'_>) -> Vec<i64> {
    let mut places = vec![resource];
    for (name, _) in &term.steps {
        let members = places.iter().filter_map(|p| p.get(name));
        places = members.flat_map(Element::items).collect();
    }
    let intervals = places.into_iter().filter_map(|p| interval(term.held, p));
    intervals
        .map(|(low, high)| if low == i64::MIN { high } else { low })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::search::{ParamType, param};

    #[test]
    fn every_principal_date_is_a_date_parameter() {
        assert!(PRINCIPAL.is_sorted());
        for (name, code) in PRINCIPAL {
            let resource_type = ResourceType::from_name(name).unwrap();
            let found = param(resource_type, code).unwrap_or_else(|| panic!("{name}.{code}"));
            assert_eq!(found.kind, ParamType::Date, "{name}.{code}");
            assert_eq!(sort_key_param(resource_type), Some(*code));
        }
    }
}
