//! A visit as everything that hangs on it needs it, and the Encounter itself.

use crate::chart::Chart;
use crate::words::{ACT_CODE, Code, named, snomed, tho, to, us_core};
use serde::Deserialize;
use serde_json::{Value, json};

/// What later resources need to know of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `Encounter/…`
    pub encounter: String,
    pub practitioner: String,
    pub practitioner_name: String,
    /// `Location/…`
    pub location: &'static str,
    pub start: String,
    pub end: String,
    /// When laboratory results of the visit were issued.
    pub reported: String,
}

impl Seen {
    /// Reference to who saw the patient.
    pub fn by(&self) -> Value {
        named(&self.practitioner, &self.practitioner_name)
    }
}

/// What kind of visit it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum VisitKind {
    Physical,
    FollowUp,
    Acute,
    Telehealth,
    Emergency,
    Inpatient,
}

impl VisitKind {
    /// v3-ActCode class and SNOMED CT type.
    fn codes(self) -> ((&'static str, &'static str), Code) {
        let class = match self {
            Self::Telehealth => ("VR", "virtual"),
            Self::Emergency => ("EMER", "emergency"),
            Self::Inpatient => ("IMP", "inpatient encounter"),
            _ => ("AMB", "ambulatory"),
        };
        let kind = match self {
            Self::Physical => snomed("185349003", "Encounter for check up"),
            Self::FollowUp => snomed("390906007", "Follow-up encounter"),
            Self::Acute => snomed("185345009", "Encounter for symptom"),
            Self::Telehealth => snomed("448337001", "Telemedicine consultation with patient"),
            Self::Emergency => snomed("50849002", "Emergency room admission"),
            Self::Inpatient => snomed("32485007", "Hospital admission"),
        };
        (class, kind)
    }
}

/// The Encounter of a visit; `diagnoses` are references to its Conditions.
pub fn encounter(
    chart: &Chart<'_>,
    kind: VisitKind,
    reason: Code,
    seen: &Seen,
    diagnoses: &[String],
) -> Value {
    let ((class, class_display), kind) = kind.codes();
    let id = seen.encounter.trim_start_matches("Encounter/");
    let mut encounter = json!({
        "resourceType": "Encounter", "id": id,
        "meta": {"profile": [us_core("us-core-encounter")]},
        "identifier": [{"use": "official", "system": format!("{}/encounters", chart.home.site),
            "value": id}],
        "status": "finished",
        "class": {"system": ACT_CODE, "code": class, "display": class_display},
        "type": [kind.concept()], "subject": chart.subject(),
        "participant": [{
            "type": [tho("v3-ParticipationType", "PPRF", "primary performer")],
            "period": {"start": seen.start, "end": seen.end},
            "individual": seen.by()}],
        "period": {"start": seen.start, "end": seen.end},
        "reasonCode": [reason.concept()],
        "reasonReference": diagnoses.iter().map(|it| to(it)).collect::<Vec<_>>(),
        "diagnosis": diagnoses.iter().map(|it| json!({"condition": to(it)})).collect::<Vec<_>>(),
        "hospitalization": {"dischargeDisposition": tho("discharge-disposition", "home", "Home")},
        "location": [{"location": to(seen.location), "status": "completed"}],
        "serviceProvider": named(chart.home.organization, chart.home.name)
    });
    if let (true, Some(map)) = (diagnoses.is_empty(), encounter.as_object_mut()) {
        map.remove("reasonReference");
        map.remove("diagnosis");
    }
    encounter
}
