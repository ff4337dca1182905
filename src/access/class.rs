//! The data class of every R4 resource type: what kind of thing it tells about a patient.

use fhir::ResourceType;
use std::sync::LazyLock;

/// A column of the level and role matrices of a policy pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataClass {
    Demographics,
    Clinical,
    Immunization,
    Scheduling,
    Messaging,
    Financial,
    Consent,
    Audit,
    Directory,
}

impl DataClass {
    pub const ALL: [Self; 9] = [
        Self::Demographics,
        Self::Clinical,
        Self::Immunization,
        Self::Scheduling,
        Self::Messaging,
        Self::Financial,
        Self::Consent,
        Self::Audit,
        Self::Directory,
    ];
    /// The key in a pack's matrices.
    pub fn name(self) -> &'static str {
        match self {
            Self::Demographics => "demographics",
            Self::Clinical => "clinical",
            Self::Immunization => "immunization",
            Self::Scheduling => "scheduling",
            Self::Messaging => "messaging",
            Self::Financial => "financial",
            Self::Consent => "consent",
            Self::Audit => "audit",
            Self::Directory => "directory",
        }
    }
}

/// How a type is treated: its class, and whether one that names no patient may still be read in a
/// patient's context (a slot, a device of nobody's).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Treatment {
    pub class: DataClass,
    pub readable_unowned: bool,
}

const DEMOGRAPHICS: &[&str] = &[
    "Patient",
    "RelatedPerson",
    "Person",
    "Linkage",
    "VerificationResult",
];
pub(crate) const IMMUNIZATION: &[&str] = &[
    "Immunization",
    "ImmunizationEvaluation",
    "ImmunizationRecommendation",
];
const SCHEDULING: &[&str] = &["Appointment", "AppointmentResponse"];
/// About a practice's time, not about a patient.
const SCHEDULE: &[&str] = &["Schedule", "Slot"];
pub(crate) const MESSAGING: &[&str] = &["Communication", "CommunicationRequest", "MessageHeader"];
pub(crate) const FINANCIAL: &[&str] = &[
    "Account",
    "ChargeItem",
    "Claim",
    "ClaimResponse",
    "Coverage",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "EnrollmentRequest",
    "EnrollmentResponse",
    "ExplanationOfBenefit",
    "Invoice",
    "PaymentNotice",
    "PaymentReconciliation",
];
const CONSENT: &[&str] = &["Consent", "Contract"];
const AUDIT: &[&str] = &["AuditEvent"];
/// About no patient: people and places of the practice, catalogues, definitions.
const DIRECTORY: &[&str] = &[
    "ActivityDefinition",
    "BiologicallyDerivedProduct",
    "CapabilityStatement",
    "CatalogEntry",
    "ChargeItemDefinition",
    "CodeSystem",
    "CompartmentDefinition",
    "ConceptMap",
    "DeviceDefinition",
    "EffectEvidenceSynthesis",
    "Endpoint",
    "EventDefinition",
    "Evidence",
    "EvidenceVariable",
    "ExampleScenario",
    "GraphDefinition",
    "HealthcareService",
    "ImplementationGuide",
    "InsurancePlan",
    "Library",
    "Location",
    "Measure",
    "Medication",
    "MedicationKnowledge",
    "MedicinalProduct",
    "MedicinalProductAuthorization",
    "MedicinalProductContraindication",
    "MedicinalProductIndication",
    "MedicinalProductIngredient",
    "MedicinalProductInteraction",
    "MedicinalProductManufactured",
    "MedicinalProductPackaged",
    "MedicinalProductPharmaceutical",
    "MedicinalProductUndesirableEffect",
    "MessageDefinition",
    "NamingSystem",
    "ObservationDefinition",
    "OperationDefinition",
    "Organization",
    "OrganizationAffiliation",
    "PlanDefinition",
    "Practitioner",
    "PractitionerRole",
    "Questionnaire",
    "ResearchDefinition",
    "ResearchElementDefinition",
    "ResearchStudy",
    "RiskEvidenceSynthesis",
    "SearchParameter",
    "SpecimenDefinition",
    "StructureDefinition",
    "StructureMap",
    "Substance",
    "SubstanceNucleicAcid",
    "SubstancePolymer",
    "SubstanceProtein",
    "SubstanceReferenceInformation",
    "SubstanceSourceMaterial",
    "SubstanceSpecification",
    "TerminologyCapabilities",
    "TestReport",
    "TestScript",
    "ValueSet",
];
/// Clinical, and harmless while they name no patient.
const DEVICES: &[&str] = &["Device", "DeviceMetric"];
const CLINICAL: &[&str] = &[
    "AdverseEvent",
    "AllergyIntolerance",
    "Basic",
    "Binary",
    "BodyStructure",
    "Bundle",
    "CarePlan",
    "CareTeam",
    "ClinicalImpression",
    "Composition",
    "Condition",
    "DetectedIssue",
    "DeviceRequest",
    "DeviceUseStatement",
    "DiagnosticReport",
    "DocumentManifest",
    "DocumentReference",
    "Encounter",
    "EpisodeOfCare",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "Group",
    "GuidanceResponse",
    "ImagingStudy",
    "List",
    "MeasureReport",
    "Media",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationRequest",
    "MedicationStatement",
    "MolecularSequence",
    "NutritionOrder",
    "Observation",
    "OperationOutcome",
    "Parameters",
    "Procedure",
    "Provenance",
    "QuestionnaireResponse",
    "RequestGroup",
    "ResearchSubject",
    "RiskAssessment",
    "ServiceRequest",
    "Specimen",
    "Subscription",
    "SupplyDelivery",
    "SupplyRequest",
    "Task",
    "VisionPrescription",
];

fn find(name: &str) -> Option<Treatment> {
    let table: [(&[&str], DataClass, bool); 11] = [
        (CLINICAL, DataClass::Clinical, false),
        (DIRECTORY, DataClass::Directory, true),
        (FINANCIAL, DataClass::Financial, false),
        (DEMOGRAPHICS, DataClass::Demographics, false),
        (IMMUNIZATION, DataClass::Immunization, false),
        (SCHEDULING, DataClass::Scheduling, false),
        (SCHEDULE, DataClass::Scheduling, true),
        (MESSAGING, DataClass::Messaging, false),
        (CONSENT, DataClass::Consent, false),
        (AUDIT, DataClass::Audit, false),
        (DEVICES, DataClass::Clinical, true),
    ];
    table
        .iter()
        .find(|(names, ..)| names.contains(&name))
        .map(|&(_, class, readable_unowned)| Treatment {
            class,
            readable_unowned,
        })
}

static TABLE: LazyLock<Vec<Option<Treatment>>> =
    LazyLock::new(|| ResourceType::all().map(|t| find(t.name())).collect());

/// How a type is treated; `None` (deny) for one the table forgot.
pub fn treatment(resource_type: ResourceType) -> Option<Treatment> {
    TABLE.get(resource_type.ordinal()).copied().flatten()
}

/// The class of a Task by its code: the kind of work says what it tells about the patient.
pub fn task_class(code: &str) -> DataClass {
    match code {
        "message-handling" | "support-ticket" => DataClass::Messaging,
        "appointment-request"
        | "fast-pass-offer"
        | "pre-visit-checkin"
        | "demographics"
        | "signatures" => DataClass::Scheduling,
        "payment" | "copay" | "insurance" => DataClass::Financial,
        "account-activation"
        | "account-deactivation"
        | "identity-review"
        | "proxy-request"
        | "proxy-reestablish"
        | "proxy-review"
        | "proxy-termination"
        | "emancipation-verification"
        | "record-request"
        | "restriction-request" => DataClass::Consent,
        "privacy-review" | "security-incident" => DataClass::Audit,
        _ => DataClass::Clinical,
    }
}

/// Tasks by which people open, protect or end their own account: `system|code`.
const OF_OWNER: [&str; 3] = [
    "https://kinchart.org/fhir/CodeSystem/task-code|account-activation",
    "https://kinchart.org/fhir/CodeSystem/task-code|account-deactivation",
    "https://kinchart.org/fhir/CodeSystem/task-code|security-incident",
];

/// Whether a category is that of a Task between the owner of an account and the house: who shares a home with them
/// may be whom they protect themselves from.
pub(crate) fn is_of_owner(category: &str) -> bool {
    OF_OWNER.contains(&category)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn class(name: &str) -> DataClass {
        treatment(ResourceType::from_name(name).unwrap())
            .unwrap()
            .class
    }

    #[test]
    fn every_type_has_a_class() {
        let forgotten: Vec<_> = ResourceType::all()
            .filter(|t| treatment(*t).is_none())
            .collect();
        assert!(forgotten.is_empty(), "{forgotten:?}");
        assert!(ResourceType::all().count() >= 145);
    }

    #[test]
    fn no_type_is_listed_twice() {
        let lists = [
            CLINICAL,
            DIRECTORY,
            FINANCIAL,
            DEMOGRAPHICS,
            IMMUNIZATION,
            SCHEDULING,
            SCHEDULE,
            MESSAGING,
            CONSENT,
            AUDIT,
            DEVICES,
        ];
        let mut all: Vec<&str> = lists.concat();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        for name in all {
            assert!(ResourceType::from_name(name).is_some(), "{name}");
        }
    }

    #[test]
    fn classes_are_what_families_expect() {
        assert_eq!(class("Patient"), DataClass::Demographics);
        assert_eq!(class("Observation"), DataClass::Clinical);
        assert_eq!(class("Immunization"), DataClass::Immunization);
        assert_eq!(class("Communication"), DataClass::Messaging);
        assert_eq!(class("Invoice"), DataClass::Financial);
        assert_eq!(class("Practitioner"), DataClass::Directory);
    }
}
