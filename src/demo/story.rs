//! What a patient's record is told from: short tables the rest of the demo turns into resources.

use crate::labs::Panel;
use crate::member::Member;
use crate::words::Code;

/// What kind of visit it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisitKind {
    Physical,
    FollowUp,
    Acute,
    Telehealth,
    Emergency,
    Inpatient,
}

/// Blood or urine taken at a visit, with the values that matter to the story (LOINC → value).
#[derive(Debug, Clone, Copy)]
pub struct Draw {
    pub panel: &'static Panel,
    pub values: &'static [(&'static str, f64)],
}

/// One visit.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    /// Part of the ids made for it.
    pub slug: &'static str,
    pub days_ago: i64,
    pub kind: VisitKind,
    pub reason: Code,
    /// ICD-10-CM, the first is the main one.
    pub diagnoses: &'static [Code],
    /// The history and findings, as the note tells them.
    pub story: &'static str,
    /// What to do next: in the note and in the after-visit summary.
    pub plan: &'static str,
    pub draws: &'static [Draw],
}

/// An entry of the problem list.
#[derive(Debug, Clone, Copy)]
pub struct Problem {
    pub slug: &'static str,
    pub code: Code,
    pub icd10: Code,
    pub onset_days_ago: i64,
    pub resolved_days_ago: Option<i64>,
}

/// A prescription.
#[derive(Debug, Clone, Copy)]
pub struct Medication {
    pub slug: &'static str,
    pub code: Code,
    pub text: &'static str,
    /// Amount per dose with its unit.
    pub dose: (f64, &'static str),
    /// Times a day.
    pub per_day: i64,
    pub as_needed: bool,
    pub reason: Code,
    pub started_days_ago: i64,
    pub active: bool,
    pub quantity: i64,
    pub refills: i64,
}

/// An allergy; `None` in the patient's list means "no known allergy".
#[derive(Debug, Clone, Copy)]
pub struct Allergy {
    pub slug: &'static str,
    pub code: Code,
    pub category: &'static str,
    pub high: bool,
    pub manifestation: Code,
    pub noted_days_ago: i64,
}

/// A procedure done.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    pub slug: &'static str,
    pub code: Code,
    pub days_ago: i64,
    pub reason: Code,
}

/// A goal agreed with the patient.
#[derive(Debug, Clone, Copy)]
pub struct Aim {
    pub slug: &'static str,
    pub description: &'static str,
    pub due_days_ahead: i64,
}

/// A patient's whole story.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    pub member: Member,
    pub visits: &'static [Visit],
    pub problems: &'static [Problem],
    pub medications: &'static [Medication],
    pub allergies: &'static [Allergy],
    pub operations: &'static [Operation],
    pub aims: &'static [Aim],
    /// SNOMED CT smoking status; none for small children.
    pub smoking: Option<Code>,
    /// Days since a COVID-19 PCR, and whether the virus was found.
    pub covid_test: (i64, bool),
    /// Systolic and diastolic over the usual for the age, in mmHg.
    pub pressure: (f64, f64),
}
