//! What a patient's record is told from: the short tables in `stories/`, which the rest of the demo
//! turns into resources.

use crate::member::Member;
use crate::panels::Panel;
use crate::seen::VisitKind;
use crate::words::Code;
use serde::{Deserialize, Deserializer, de::Error};

/// Blood or urine taken at a visit, with the values that matter to the story (LOINC → value).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    #[serde(deserialize_with = "panel")]
    pub panel: &'static Panel,
    #[serde(borrow)]
    pub values: Vec<(&'static str, f64)>,
}

/// One visit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Part of the ids made for it.
    pub slug: &'static str,
    pub days_ago: i64,
    pub kind: VisitKind,
    pub reason: Code,
    /// ICD-10-CM, the first is the main one.
    pub diagnoses: Vec<Code>,
    /// The history and findings, as the note tells them.
    pub story: &'static str,
    /// What to do next: in the note and in the after-visit summary.
    pub plan: &'static str,
    pub draws: Vec<Draw>,
}

/// An entry of the problem list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    pub slug: &'static str,
    pub code: Code,
    pub icd10: Code,
    pub onset_days_ago: i64,
    pub resolved_days_ago: Option<i64>,
}

/// A prescription.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allergy {
    pub slug: &'static str,
    pub code: Code,
    pub category: &'static str,
    pub high: bool,
    pub manifestation: Code,
    pub noted_days_ago: i64,
}

/// A procedure done.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    pub slug: &'static str,
    pub code: Code,
    pub days_ago: i64,
    pub reason: Code,
}

/// A goal agreed with the patient.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aim {
    pub slug: &'static str,
    pub description: &'static str,
    pub due_days_ahead: i64,
}

/// A patient's whole story.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Who this is and why they are in the demo (in the manifest too).
    pub about: &'static str,
    pub member: Member,
    pub visits: Vec<Visit>,
    pub problems: Vec<Problem>,
    pub medications: Vec<Medication>,
    pub allergies: Vec<Allergy>,
    pub operations: Vec<Operation>,
    pub aims: Vec<Aim>,
    /// SNOMED CT smoking status; none for small children.
    pub smoking: Option<Code>,
    /// Days since a COVID-19 PCR, and whether the virus was found.
    pub covid_test: (i64, bool),
    /// Systolic and diastolic over the usual for the age, in mmHg.
    pub pressure: (f64, f64),
}

fn panel<'de: 'static, D: Deserializer<'de>>(from: D) -> Result<&'static Panel, D::Error> {
    let slug = <&'static str>::deserialize(from)?;
    crate::panels::panel(slug).ok_or_else(|| D::Error::custom(format!("no panel {slug}")))
}

/// Every patient of the demo, parents before children.
const STORIES: &[&str] = &[
    include_str!("stories/ana.json"),
    include_str!("stories/leo.json"),
    include_str!("stories/nina.json"),
    include_str!("stories/teo.json"),
    include_str!("stories/sofia.json"),
    include_str!("stories/rosa.json"),
    include_str!("stories/helen.json"),
    include_str!("stories/paul.json"),
    include_str!("stories/walter.json"),
    include_str!("stories/owen.json"),
    include_str!("stories/felix.json"),
    include_str!("stories/mila.json"),
    include_str!("stories/jade.json"),
    include_str!("stories/samuel.json"),
    include_str!("stories/mei.json"),
];

/// Reads all stories. Errors: a story file that does not fit the tables above.
pub fn stories() -> Result<Vec<Story>, serde_json::Error> {
    STORIES
        .iter()
        .map(|text| serde_json::from_str(text))
        .collect()
}
