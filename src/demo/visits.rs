//! Visits: the encounter with its vital signs, diagnoses, note, after-visit summary and laboratory
//! draws.

use crate::chart::Chart;
use crate::labs::{self, Drawn};
use crate::notes::{self, Note};
use crate::places::{
    FAMILY_MEDICINE, GENERAL_PRACTITIONER_ADULT, GENERAL_PRACTITIONER_CHILD, HOSPITAL, PEDIATRICS,
    display_of,
};
use crate::seen::{Seen, VisitKind, encounter};
use crate::story::{Story, Visit};
use crate::vitals;
use crate::words::{Code, icd10, loinc, snomed, wobble};
use population::conditions::diagnosis;

/// Every visit of a story, oldest first.
pub fn record(chart: &mut Chart<'_>, story: &Story) -> Vec<Seen> {
    let mut visits: Vec<&Visit> = story.visits.iter().collect();
    visits.sort_by_key(|visit| -visit.days_ago);
    visits
        .into_iter()
        .map(|visit| record_one(chart, story, visit))
        .collect()
}

fn record_one(chart: &mut Chart<'_>, story: &Story, visit: &Visit) -> Seen {
    let seen = open(chart, visit);
    if visit.kind != VisitKind::Telehealth {
        let date = chart.calendar.workday(visit.days_ago);
        // Raised pressure comes down over the years under treatment.
        let fading = 0.4 + 0.6 * (visit.days_ago as f64 / 730.0).min(1.0);
        let raised = (story.pressure.0 * fading, story.pressure.1 * fading);
        let measures = vitals::usual(chart, visit.slug, date, raised);
        vitals::record(chart, visit.slug, &seen, &measures);
    }
    for draw in &visit.draws {
        let usual = icd10("Z00.00", "General adult medical examination");
        let drawn = Drawn {
            slug: visit.slug,
            panel: draw.panel,
            reason: visit.diagnoses.first().copied().unwrap_or(usual),
            values: &draw.values,
        };
        labs::record(chart, &seen, &drawn);
    }
    let note = Note {
        slug: visit.slug,
        kind: note_kind(visit.kind),
        title: visit.reason.display,
        text: progress_text(chart, story, visit, &seen),
        binary: false,
    };
    notes::record(chart, &seen, &note);
    let summary = Note {
        slug: visit.slug,
        kind: notes::AFTER_VISIT_SUMMARY,
        title: "After-visit summary",
        text: summary_text(chart, visit, &seen),
        binary: true,
    };
    notes::record(chart, &seen, &summary);
    seen
}

fn note_kind(kind: VisitKind) -> Code {
    match kind {
        VisitKind::Physical => loinc("34117-2", "History and physical note"),
        VisitKind::Emergency => loinc("34111-5", "Emergency department Note"),
        VisitKind::Inpatient => loinc("18842-5", "Discharge summary"),
        _ => loinc("11506-3", "Progress note"),
    }
}

/// When and where a visit was, and the Encounter with its diagnoses.
pub fn open(chart: &mut Chart<'_>, visit: &Visit) -> Seen {
    let calendar = chart.calendar;
    let office = !matches!(visit.kind, VisitKind::Emergency | VisitKind::Inpatient);
    let date = if office {
        calendar.workday(visit.days_ago)
    } else {
        calendar.day(visit.days_ago)
    };
    let child = chart.age_on(date) < 18.0;
    let practitioner = if child {
        GENERAL_PRACTITIONER_CHILD
    } else {
        GENERAL_PRACTITIONER_ADULT
    };
    // Between 8 and 15 o'clock, on the quarter hour.
    let slot = ((wobble(&chart.id(visit.slug)) + 1.0) * 14.0) as i8;
    let hour = 8 + slot / 4;
    let minute = (slot % 4) * 15;
    let later = if visit.kind == VisitKind::Inpatient {
        calendar.at(calendar.day(visit.days_ago - 2), 11, 30)
    } else {
        calendar.at(date, hour + 1, minute)
    };
    let seen = Seen {
        encounter: format!("Encounter/{}", chart.id(visit.slug)),
        practitioner: practitioner.to_owned(),
        practitioner_name: display_of(practitioner),
        location: match (office, child) {
            (false, _) => HOSPITAL,
            (_, true) => PEDIATRICS,
            _ => FAMILY_MEDICINE,
        },
        start: calendar.at(date, hour, minute),
        end: later,
        reported: calendar.at(date, 16, 40),
    };
    let diagnoses = diagnose(chart, visit, &seen);
    let encounter = encounter(chart, visit.kind, visit.reason, &seen, &diagnoses);
    chart.add(encounter, &seen.practitioner, &seen.end);
    seen
}

fn diagnose(chart: &mut Chart<'_>, visit: &Visit, seen: &Seen) -> Vec<String> {
    let mut made = Vec::new();
    for (index, code) in visit.diagnoses.iter().enumerate() {
        let short = visit.kind == VisitKind::Acute && index == 0;
        let healed = short.then(|| chart.calendar.day((visit.days_ago - 10).max(0)));
        let slug = format!("{}-{}", visit.slug, index + 1);
        made.push(diagnosis(chart, &slug, *code, seen, healed));
    }
    made
}

fn heading(chart: &Chart<'_>, seen: &Seen) -> String {
    format!(
        "Patient: {}\nDate of birth: {}\nVisit: {}\nSeen by: {}\n",
        chart.whose.name,
        chart.birth,
        seen.start.get(..10).unwrap_or(&seen.start),
        seen.practitioner_name
    )
}

fn progress_text(chart: &Chart<'_>, story: &Story, visit: &Visit, seen: &Seen) -> String {
    let list = |codes: &[Code]| {
        codes
            .iter()
            .enumerate()
            .map(|(index, code)| format!("{}. {} ({})\n", index + 1, code.display, code.code))
            .collect::<String>()
    };
    let medications: String = story
        .medications
        .iter()
        .filter(|it| it.started_days_ago >= visit.days_ago)
        .map(|it| format!("- {}: {}\n", it.code.display, it.text))
        .collect();
    let or_none = |text: String| {
        if text.is_empty() {
            "- none\n".to_owned()
        } else {
            text
        }
    };
    format!(
        "{}\nREASON FOR VISIT\n{}\n\nHISTORY AND FINDINGS\n{}\n\nMEDICATIONS\n{}\nASSESSMENT\n{}\nPLAN\n{}\n",
        heading(chart, seen),
        visit.reason.display,
        visit.story,
        or_none(medications),
        or_none(list(&visit.diagnoses)),
        visit.plan
    )
}

fn summary_text(chart: &Chart<'_>, visit: &Visit, seen: &Seen) -> String {
    format!(
        "AFTER-VISIT SUMMARY\n\n{}\nWHY YOU WERE SEEN\n{}\n\nWHAT TO DO NEXT\n{}\n\nQUESTIONS\n\
         Send us a message in the portal, or call 860-555-0100. In an emergency call 911.\n",
        heading(chart, seen),
        visit.reason.display,
        visit.plan
    )
}

/// The nurse visit of last autumn's vaccine clinic, and the swab visit of the COVID-19 test.
pub fn brief(chart: &mut Chart<'_>, slug: &'static str, days_ago: i64, vaccine: bool) -> Seen {
    const VACCINE: &[Code] = &[icd10("Z23", "Encounter for immunization")];
    const SWAB: &[Code] = &[icd10(
        "Z20.822",
        "Contact with and (suspected) exposure to COVID-19",
    )];
    let visit = Visit {
        slug,
        days_ago,
        kind: VisitKind::FollowUp,
        reason: if vaccine {
            snomed(
                "127785005",
                "Administration of vaccine to produce active immunity",
            )
        } else {
            snomed("840546002", "Exposure to SARS-CoV-2")
        },
        diagnoses: if vaccine {
            VACCINE.to_vec()
        } else {
            SWAB.to_vec()
        },
        story: "",
        plan: if vaccine {
            "Your arm may be sore for a day or two. Next flu vaccine in autumn."
        } else {
            "Stay home while you have a fever. Your result appears in the portal."
        },
        draws: Vec::new(),
    };
    let seen = open(chart, &visit);
    let note = Note {
        slug,
        kind: notes::AFTER_VISIT_SUMMARY,
        title: "After-visit summary",
        text: summary_text(chart, &visit, &seen),
        binary: true,
    };
    notes::record(chart, &seen, &note);
    seen
}
