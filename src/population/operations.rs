//! What is operated: the procedure, why, what it leaves in the body.

use crate::seen::VisitKind;
use crate::words::{Code, icd10, snomed};

/// An operation.
#[derive(Debug, PartialEq)]
pub struct Operation {
    pub slug: &'static str,
    pub code: Code,
    pub reason: Code,
    pub diagnosis: Code,
    pub kind: VisitKind,
    /// An implant: SNOMED CT type and maker's name of it.
    pub device: Option<(Code, &'static str)>,
    /// A specimen is looked at by pathology.
    pub pathology: Option<&'static str>,
    pub note: &'static str,
}

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        slug: "appendectomy",
        code: snomed("80146002", "Appendectomy"),
        reason: snomed("74400008", "Appendicitis"),
        diagnosis: icd10("K35.80", "Unspecified acute appendicitis"),
        kind: VisitKind::Inpatient,
        device: None,
        pathology: Some("Acute appendicitis without perforation."),
        note: "Inflamed appendix removed through three small cuts, no perforation. No complications.",
    },
    Operation {
        slug: "colonoscopy",
        code: snomed("73761001", "Colonoscopy"),
        reason: snomed("275978004", "Screening for malignant neoplasm of colon"),
        diagnosis: icd10(
            "Z12.11",
            "Encounter for screening for malignant neoplasm of colon",
        ),
        kind: VisitKind::FollowUp,
        device: None,
        pathology: Some("Small tubular adenoma, completely removed."),
        note: "Good preparation, whole colon seen. One polyp of four millimeters removed.",
    },
    Operation {
        slug: "cataract",
        code: snomed("110473004", "Cataract surgery"),
        reason: snomed("193570009", "Cataract"),
        diagnosis: icd10("H25.9", "Unspecified age-related cataract"),
        kind: VisitKind::FollowUp,
        device: Some((
            snomed("53350007", "Prosthesis, device"),
            "Clear lens 21.5 D",
        )),
        pathology: None,
        note: "Clouded lens of the right eye replaced under local anesthesia. No complications.",
    },
    Operation {
        slug: "knee",
        code: snomed("609588000", "Total knee replacement"),
        reason: snomed("239873007", "Osteoarthritis of knee"),
        diagnosis: icd10("M17.11", "Unilateral primary osteoarthritis, right knee"),
        kind: VisitKind::Inpatient,
        device: Some((
            snomed("109228008", "Knee joint prosthesis"),
            "Riverstone knee system size 4",
        )),
        pathology: None,
        note: "Right knee replaced, good alignment and stability. Walked the same evening.",
    },
    Operation {
        slug: "pacemaker",
        code: snomed("307280005", "Implantation of cardiac pacemaker"),
        reason: snomed("49436004", "Atrial fibrillation"),
        diagnosis: icd10("I49.5", "Sick sinus syndrome"),
        kind: VisitKind::Inpatient,
        device: Some((
            snomed("14106009", "Cardiac pacemaker"),
            "Dual chamber pacemaker",
        )),
        pathology: None,
        note: "Dual chamber pacemaker placed on the left, leads in good position.",
    },
    Operation {
        slug: "tonsils",
        code: snomed("173422009", "Tonsillectomy"),
        reason: snomed("90176007", "Tonsillitis"),
        diagnosis: icd10("J35.01", "Chronic tonsillitis"),
        kind: VisitKind::FollowUp,
        device: None,
        pathology: None,
        note: "Both tonsils removed, no bleeding. Home in the afternoon.",
    },
];

/// The operation of a slug.
pub fn operation(slug: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|it| it.slug == slug)
}
