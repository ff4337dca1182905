//! The resource types of FHIR R4 (4.0.1), as a small number that knows its name.

/// One of the R4 resource types (`Resource` and `DomainResource` excluded).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceType(u8);

macro_rules! resource_types {
    ($($name:ident $constant:ident,)*) => {
        #[repr(u8)]
        enum Ordinal {
            $($name,)*
        }
        impl ResourceType {
            $(pub const $constant: Self = Self(Ordinal::$name as u8);)*
        }
        const NAMES: &[&str] = &[$(stringify!($name),)*];
    };
}

impl ResourceType {
    /// The type of that exact name, or `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut slot = hash(name.as_bytes());
        loop {
            match *SLOTS.get(slot)? {
                EMPTY => return None,
                at if NAMES.get(usize::from(at)).is_some_and(|n| *n == name) => {
                    return Some(Self(at));
                }
                _ => slot = (slot + 1) % SLOT_COUNT,
            }
        }
    }
    pub fn name(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }
    /// Every type, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..NAMES.len() as u8).map(Self)
    }
    /// How many types there are.
    pub const COUNT: usize = NAMES.len();
    /// Position in [`Self::all`]; small and dense, for tables. Not for storing.
    pub fn ordinal(self) -> usize {
        usize::from(self.0)
    }
}

impl std::fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
impl std::fmt::Display for ResourceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Open-addressed hash table from name to ordinal, built by the compiler.
const SLOT_COUNT: usize = 512;
const EMPTY: u8 = u8::MAX;
static SLOTS: [u8; SLOT_COUNT] = slots();

const fn slots() -> [u8; SLOT_COUNT] {
    let mut slots = [EMPTY; SLOT_COUNT];
    let mut at = 0;
    while at < NAMES.len() {
        let mut slot = hash(NAMES[at].as_bytes());
        while slots[slot] != EMPTY {
            slot = (slot + 1) % SLOT_COUNT;
        }
        slots[slot] = at as u8;
        at += 1;
    }
    slots
}

/// FNV-1a, folded to a slot.
const fn hash(name: &[u8]) -> usize {
    let mut hash = 0x811c_9dc5u32;
    let mut at = 0;
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    ((hash >> 16) ^ hash) as usize % SLOT_COUNT
}

#[rustfmt::skip]
resource_types! {
    Account ACCOUNT,
    ActivityDefinition ACTIVITY_DEFINITION,
    AdverseEvent ADVERSE_EVENT,
    AllergyIntolerance ALLERGY_INTOLERANCE,
    Appointment APPOINTMENT,
    AppointmentResponse APPOINTMENT_RESPONSE,
    AuditEvent AUDIT_EVENT,
    Basic BASIC,
    Binary BINARY,
    BiologicallyDerivedProduct BIOLOGICALLY_DERIVED_PRODUCT,
    BodyStructure BODY_STRUCTURE,
    Bundle BUNDLE,
    CapabilityStatement CAPABILITY_STATEMENT,
    CarePlan CARE_PLAN,
    CareTeam CARE_TEAM,
    CatalogEntry CATALOG_ENTRY,
    ChargeItem CHARGE_ITEM,
    ChargeItemDefinition CHARGE_ITEM_DEFINITION,
    Claim CLAIM,
    ClaimResponse CLAIM_RESPONSE,
    ClinicalImpression CLINICAL_IMPRESSION,
    CodeSystem CODE_SYSTEM,
    Communication COMMUNICATION,
    CommunicationRequest COMMUNICATION_REQUEST,
    CompartmentDefinition COMPARTMENT_DEFINITION,
    Composition COMPOSITION,
    ConceptMap CONCEPT_MAP,
    Condition CONDITION,
    Consent CONSENT,
    Contract CONTRACT,
    Coverage COVERAGE,
    CoverageEligibilityRequest COVERAGE_ELIGIBILITY_REQUEST,
    CoverageEligibilityResponse COVERAGE_ELIGIBILITY_RESPONSE,
    DetectedIssue DETECTED_ISSUE,
    Device DEVICE,
    DeviceDefinition DEVICE_DEFINITION,
    DeviceMetric DEVICE_METRIC,
    DeviceRequest DEVICE_REQUEST,
    DeviceUseStatement DEVICE_USE_STATEMENT,
    DiagnosticReport DIAGNOSTIC_REPORT,
    DocumentManifest DOCUMENT_MANIFEST,
    DocumentReference DOCUMENT_REFERENCE,
    EffectEvidenceSynthesis EFFECT_EVIDENCE_SYNTHESIS,
    Encounter ENCOUNTER,
    Endpoint ENDPOINT,
    EnrollmentRequest ENROLLMENT_REQUEST,
    EnrollmentResponse ENROLLMENT_RESPONSE,
    EpisodeOfCare EPISODE_OF_CARE,
    EventDefinition EVENT_DEFINITION,
    Evidence EVIDENCE,
    EvidenceVariable EVIDENCE_VARIABLE,
    ExampleScenario EXAMPLE_SCENARIO,
    ExplanationOfBenefit EXPLANATION_OF_BENEFIT,
    FamilyMemberHistory FAMILY_MEMBER_HISTORY,
    Flag FLAG,
    Goal GOAL,
    GraphDefinition GRAPH_DEFINITION,
    Group GROUP,
    GuidanceResponse GUIDANCE_RESPONSE,
    HealthcareService HEALTHCARE_SERVICE,
    ImagingStudy IMAGING_STUDY,
    Immunization IMMUNIZATION,
    ImmunizationEvaluation IMMUNIZATION_EVALUATION,
    ImmunizationRecommendation IMMUNIZATION_RECOMMENDATION,
    ImplementationGuide IMPLEMENTATION_GUIDE,
    InsurancePlan INSURANCE_PLAN,
    Invoice INVOICE,
    Library LIBRARY,
    Linkage LINKAGE,
    List LIST,
    Location LOCATION,
    Measure MEASURE,
    MeasureReport MEASURE_REPORT,
    Media MEDIA,
    Medication MEDICATION,
    MedicationAdministration MEDICATION_ADMINISTRATION,
    MedicationDispense MEDICATION_DISPENSE,
    MedicationKnowledge MEDICATION_KNOWLEDGE,
    MedicationRequest MEDICATION_REQUEST,
    MedicationStatement MEDICATION_STATEMENT,
    MedicinalProduct MEDICINAL_PRODUCT,
    MedicinalProductAuthorization MEDICINAL_PRODUCT_AUTHORIZATION,
    MedicinalProductContraindication MEDICINAL_PRODUCT_CONTRAINDICATION,
    MedicinalProductIndication MEDICINAL_PRODUCT_INDICATION,
    MedicinalProductIngredient MEDICINAL_PRODUCT_INGREDIENT,
    MedicinalProductInteraction MEDICINAL_PRODUCT_INTERACTION,
    MedicinalProductManufactured MEDICINAL_PRODUCT_MANUFACTURED,
    MedicinalProductPackaged MEDICINAL_PRODUCT_PACKAGED,
    MedicinalProductPharmaceutical MEDICINAL_PRODUCT_PHARMACEUTICAL,
    MedicinalProductUndesirableEffect MEDICINAL_PRODUCT_UNDESIRABLE_EFFECT,
    MessageDefinition MESSAGE_DEFINITION,
    MessageHeader MESSAGE_HEADER,
    MolecularSequence MOLECULAR_SEQUENCE,
    NamingSystem NAMING_SYSTEM,
    NutritionOrder NUTRITION_ORDER,
    Observation OBSERVATION,
    ObservationDefinition OBSERVATION_DEFINITION,
    OperationDefinition OPERATION_DEFINITION,
    OperationOutcome OPERATION_OUTCOME,
    Organization ORGANIZATION,
    OrganizationAffiliation ORGANIZATION_AFFILIATION,
    Parameters PARAMETERS,
    Patient PATIENT,
    PaymentNotice PAYMENT_NOTICE,
    PaymentReconciliation PAYMENT_RECONCILIATION,
    Person PERSON,
    PlanDefinition PLAN_DEFINITION,
    Practitioner PRACTITIONER,
    PractitionerRole PRACTITIONER_ROLE,
    Procedure PROCEDURE,
    Provenance PROVENANCE,
    Questionnaire QUESTIONNAIRE,
    QuestionnaireResponse QUESTIONNAIRE_RESPONSE,
    RelatedPerson RELATED_PERSON,
    RequestGroup REQUEST_GROUP,
    ResearchDefinition RESEARCH_DEFINITION,
    ResearchElementDefinition RESEARCH_ELEMENT_DEFINITION,
    ResearchStudy RESEARCH_STUDY,
    ResearchSubject RESEARCH_SUBJECT,
    RiskAssessment RISK_ASSESSMENT,
    RiskEvidenceSynthesis RISK_EVIDENCE_SYNTHESIS,
    Schedule SCHEDULE,
    SearchParameter SEARCH_PARAMETER,
    ServiceRequest SERVICE_REQUEST,
    Slot SLOT,
    Specimen SPECIMEN,
    SpecimenDefinition SPECIMEN_DEFINITION,
    StructureDefinition STRUCTURE_DEFINITION,
    StructureMap STRUCTURE_MAP,
    Subscription SUBSCRIPTION,
    Substance SUBSTANCE,
    SubstanceNucleicAcid SUBSTANCE_NUCLEIC_ACID,
    SubstancePolymer SUBSTANCE_POLYMER,
    SubstanceProtein SUBSTANCE_PROTEIN,
    SubstanceReferenceInformation SUBSTANCE_REFERENCE_INFORMATION,
    SubstanceSourceMaterial SUBSTANCE_SOURCE_MATERIAL,
    SubstanceSpecification SUBSTANCE_SPECIFICATION,
    SupplyDelivery SUPPLY_DELIVERY,
    SupplyRequest SUPPLY_REQUEST,
    Task TASK,
    TerminologyCapabilities TERMINOLOGY_CAPABILITIES,
    TestReport TEST_REPORT,
    TestScript TEST_SCRIPT,
    ValueSet VALUE_SET,
    VerificationResult VERIFICATION_RESULT,
    VisionPrescription VISION_PRESCRIPTION,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn r4_has_146_concrete_types_in_order() {
        assert_eq!(ResourceType::all().count(), 146);
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn every_name_finds_its_type_and_no_other_name_does() {
        for (at, one) in ResourceType::all().enumerate() {
            assert_eq!(ResourceType::from_name(one.name()), Some(one));
            assert_eq!(one.ordinal(), at);
            assert_eq!(ResourceType::from_name(&one.name().to_lowercase()), None);
        }
        for name in [
            "",
            "Patientt",
            "Resource",
            "DomainResource",
            "HumanName",
            "patient",
        ] {
            assert_eq!(ResourceType::from_name(name), None, "{name}");
        }
        assert_eq!(ResourceType::PATIENT.name(), "Patient");
        assert_eq!(format!("{:?}", ResourceType::CARE_TEAM), "CareTeam");
    }
}
