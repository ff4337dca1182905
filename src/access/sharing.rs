//! The parts of a record as people keep them from an app, a person or an organization: each is some types.

use crate::class::{FINANCIAL, IMMUNIZATION, MESSAGING};
use crate::offer::type_title;

/// A part of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Category {
    pub code: &'static str,
    /// In plain words.
    pub title: &'static str,
    /// The resource types it is made of, by name.
    pub types: &'static [&'static str],
}

/// All of them, as they are shown.
pub const CATEGORIES: &[Category] = &[
    Category {
        code: "results",
        title: "Test results and vital signs",
        types: &[
            "Observation",
            "DiagnosticReport",
            "ImagingStudy",
            "Media",
            "Specimen",
            "MolecularSequence",
            "MeasureReport",
        ],
    },
    Category {
        code: "notes",
        title: "Notes and documents",
        types: &[
            "DocumentReference",
            "DocumentManifest",
            "Composition",
            "ClinicalImpression",
            "Binary",
            "Bundle",
            "List",
            "Basic",
        ],
    },
    Category {
        code: "problems",
        title: "Problems and allergies",
        types: &[
            "Condition",
            "AllergyIntolerance",
            "AdverseEvent",
            "DetectedIssue",
            "FamilyMemberHistory",
            "RiskAssessment",
            "BodyStructure",
            "Flag",
        ],
    },
    Category {
        code: "medicines",
        title: "Medicines",
        types: &[
            "MedicationRequest",
            "MedicationStatement",
            "MedicationDispense",
            "MedicationAdministration",
        ],
    },
    Category {
        code: "vaccines",
        title: "Vaccines",
        types: IMMUNIZATION,
    },
    Category {
        code: "visits",
        title: "Visits and appointments",
        types: &[
            "Encounter",
            "EpisodeOfCare",
            "Appointment",
            "AppointmentResponse",
        ],
    },
    Category {
        code: "plans",
        title: "Procedures, plans and devices",
        types: &[
            "Procedure",
            "ServiceRequest",
            "CarePlan",
            "CareTeam",
            "Goal",
            "Device",
            "DeviceMetric",
            "DeviceRequest",
            "DeviceUseStatement",
            "NutritionOrder",
            "QuestionnaireResponse",
            "SupplyRequest",
            "SupplyDelivery",
            "VisionPrescription",
            "RequestGroup",
            "GuidanceResponse",
            "Group",
            "ResearchSubject",
            "Task",
        ],
    },
    Category {
        code: "messages",
        title: "Messages",
        types: MESSAGING,
    },
    Category {
        code: "money",
        title: "Insurance and bills",
        types: FINANCIAL,
    },
];

/// What is kept back together with any part: it names what it tells about.
const TELLING: &[&str] = &["Provenance", "AuditEvent"];

/// The types a denial of some parts names.
pub fn types(codes: &[String]) -> Vec<&'static str> {
    let chosen = CATEGORIES
        .iter()
        .filter(|one| codes.iter().any(|code| code == one.code));
    let mut types: Vec<&str> = chosen.flat_map(|one| one.types.iter().copied()).collect();
    if !types.is_empty() {
        types.extend(TELLING);
    }
    types
}

/// The parts a denial of some types keeps back whole.
pub fn categories(types: &[String]) -> Vec<&'static str> {
    let denied = |name: &&str| types.iter().any(|one| one == name);
    let whole = CATEGORIES
        .iter()
        .filter(|one| one.types.iter().all(&denied));
    whole.map(|one| one.code).collect()
}

/// How a denial of types reads: by part where it is whole, else by type.
pub fn titles(types: &[String]) -> Vec<String> {
    let whole = categories(types);
    let mut titles: Vec<String> = Vec::new();
    for category in CATEGORIES.iter().filter(|one| whole.contains(&one.code)) {
        titles.push(category.title.to_owned());
    }
    for name in types {
        let told = TELLING.contains(&name.as_str())
            || CATEGORIES
                .iter()
                .any(|one| whole.contains(&one.code) && one.types.contains(&name.as_str()));
        if !told {
            let title = type_title(name).unwrap_or(name).to_owned();
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
    }
    titles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::{DataClass, treatment};
    use fhir::ResourceType;

    #[test]
    fn each_part_is_made_of_types_that_exist_each_in_one() {
        let mut all: Vec<&str> = CATEGORIES
            .iter()
            .flat_map(|one| one.types.iter().copied())
            .collect();
        let count = all.len();
        assert!(
            all.iter()
                .all(|name| ResourceType::from_name(name).is_some())
        );
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn whatever_tells_of_care_or_money_is_in_a_part() {
        // Answers of the house and what an app asks to be told: nothing of the record is in them.
        let empty = ["OperationOutcome", "Parameters", "Subscription"];
        for one in ResourceType::all() {
            let Some(treatment) = treatment(one) else {
                continue;
            };
            let of_care = match treatment.class {
                DataClass::Clinical
                | DataClass::Immunization
                | DataClass::Messaging
                | DataClass::Financial => true,
                DataClass::Scheduling => !treatment.readable_unowned,
                _ => false,
            };
            let name = one.name();
            if of_care && !empty.contains(&name) && !TELLING.contains(&name) {
                let kept = CATEGORIES.iter().any(|part| part.types.contains(&name));
                assert!(kept, "{name} cannot be kept back");
            }
        }
    }

    #[test]
    fn what_is_denied_reads_as_it_was_chosen() {
        let chosen = vec!["results".to_owned(), "money".to_owned()];
        let types: Vec<String> = types(&chosen).into_iter().map(str::to_owned).collect();
        assert!(types.contains(&"Provenance".to_owned()));
        assert_eq!(categories(&types), ["results", "money"]);
        assert_eq!(
            titles(&types),
            ["Test results and vital signs", "Insurance and bills"]
        );
        assert_eq!(titles(&["Immunization".to_owned()]).len(), 1);
        assert!(super::types(&[]).is_empty() && categories(&[]).is_empty());
    }
}
