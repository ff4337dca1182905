//! One visit told: when and with whom, what was found, what it was for, and the note about it.

use crate::calendar::years_between;
use crate::chart::Chart;
use crate::conditions::diagnosis;
use crate::household::Family;
use crate::life::{Life, Visit, Why};
use crate::notes::{self, Note};
use crate::operations::operation;
use crate::private_care::Alone;
use crate::seen::{Seen, VisitKind, encounter};
use crate::vitals::{self, Measures};
use crate::words::{Code, icd10, loinc, snomed, wobble};
use jiff::ToSpan;

/// A visit while it is told.
pub struct Told<'t> {
    pub visit: &'t Visit,
    /// Part of the ids: `v12`.
    pub slug: String,
    pub kind: VisitKind,
    pub reason: Code,
    /// With the day it had passed, for what passes.
    pub diagnoses: Vec<(Code, Option<jiff::civil::Date>)>,
    pub age: f64,
    pub seen: Seen,
}

/// What a visit is: its kind, reason, diagnoses, time and people.
pub fn plan<'t>(
    chart: &Chart<'_>,
    family: &Family,
    life: &Life,
    visit: &'t Visit,
    number: usize,
) -> Told<'t> {
    let slug = format!("v{number}");
    let age = years_between(chart.birth, visit.date);
    let (kind, reason) = kind_of(visit.why, age);
    let diagnoses = diagnoses(life, visit, age);
    let seen = seen(chart, family, visit, kind, &slug, age);
    Told {
        visit,
        slug,
        kind,
        reason,
        diagnoses,
        age,
        seen,
    }
}

fn kind_of(why: Why, age: f64) -> (VisitKind, Code) {
    match why {
        Why::Birth => (
            VisitKind::Inpatient,
            snomed("442311008", "Liveborn born in hospital"),
        ),
        Why::CheckUp if age < 18.0 => {
            (VisitKind::Physical, snomed("410620009", "Well child visit"))
        }
        Why::CheckUp => (VisitKind::Physical, snomed("185349003", "Check-up")),
        Why::FollowUp => (
            VisitKind::FollowUp,
            snomed("390906007", "Follow-up encounter"),
        ),
        Why::Ill(illness) => (illness.kind, illness.reason),
        Why::Alone(alone) => (alone.illness.kind, alone.illness.reason),
        Why::Prenatal(_) => (VisitKind::FollowUp, snomed("424619006", "Prenatal visit")),
        Why::Delivery => (VisitKind::Inpatient, snomed("72892002", "Normal pregnancy")),
        Why::Operation(slug) => operation(slug).map_or(
            (VisitKind::FollowUp, snomed("185349003", "Check-up")),
            |it| (it.kind, it.reason),
        ),
        Why::Death => (VisitKind::Inpatient, snomed("410429000", "Cardiac arrest")),
    }
}

fn diagnoses(life: &Life, visit: &Visit, age: f64) -> Vec<(Code, Option<jiff::civil::Date>)> {
    let lasting = |code: Code| (code, None);
    let mut made = match visit.why {
        Why::Birth => vec![lasting(icd10(
            "Z38.00",
            "Single liveborn infant, delivered vaginally",
        ))],
        Why::CheckUp if age < 18.0 => vec![lasting(icd10(
            "Z00.129",
            "Encounter for routine child health examination without abnormal findings",
        ))],
        Why::CheckUp => vec![lasting(icd10(
            "Z00.00",
            "Encounter for general adult medical examination without abnormal findings",
        ))],
        Why::Ill(illness) | Why::Alone(Alone { illness, .. }) => {
            let healed = visit.date.saturating_add(illness.days.days());
            let healed = (healed <= life.end).then_some(healed);
            vec![(illness.diagnosis, healed)]
        }
        Why::Prenatal(weeks) => {
            let term = visit.date.saturating_add(((40 - weeks) * 7).days());
            let over = (term <= life.end).then_some(term);
            vec![(
                icd10(
                    "Z34.90",
                    "Encounter for supervision of normal pregnancy, unspecified, unspecified trimester",
                ),
                over,
            )]
        }
        Why::Delivery => vec![(
            icd10("O80", "Encounter for full-term uncomplicated delivery"),
            Some(visit.date),
        )],
        Why::Operation(slug) => operation(slug)
            .map(|it| {
                let healed = visit.date.saturating_add(30.days());
                (it.diagnosis, (healed <= life.end).then_some(healed))
            })
            .into_iter()
            .collect(),
        Why::Death => vec![lasting(icd10("I46.9", "Cardiac arrest, cause unspecified"))],
        Why::FollowUp => Vec::new(),
    };
    if matches!(visit.why, Why::FollowUp | Why::CheckUp) {
        let looked_after = life
            .lasting(visit.date)
            .filter(|course| visit.why == Why::CheckUp || course.ailment.check_months.is_some());
        made.extend(looked_after.take(3).map(|it| lasting(it.ailment.icd10)));
    }
    if made.is_empty() {
        let any = life.lasting(visit.date).next();
        made.extend(any.map(|it| lasting(it.ailment.icd10)));
    }
    made
}

fn seen(
    chart: &Chart<'_>,
    family: &Family,
    visit: &Visit,
    kind: VisitKind,
    slug: &str,
    age: f64,
) -> Seen {
    let calendar = chart.calendar;
    let practice = family.practice;
    let office = !matches!(kind, VisitKind::Emergency | VisitKind::Inpatient);
    let operated = matches!(visit.why, Why::Operation(_));
    let clinician = if operated {
        practice.surgeon
    } else {
        family.clinician(age)
    };
    // Between 8 and 15 o'clock, on the quarter hour; emergencies come until evening.
    let chance = (wobble(&format!("{}{slug}{}", chart.whose.id, visit.date)) + 1.0) / 2.0;
    let span = if office { 28.0 } else { 48.0 };
    let slot = (chance * span) as i8;
    let (hour, minute) = (8 + slot / 4, (slot % 4) * 15);
    let stay = match visit.why {
        Why::Delivery | Why::Operation(_) if kind == VisitKind::Inpatient => 2,
        Why::Birth => 2,
        _ => 0,
    };
    let end = if stay > 0 {
        let home = visit.date.saturating_add(stay.days());
        calendar.at(home.min(calendar.today()), 10, 30)
    } else if office && minute >= 30 {
        calendar.at(visit.date, hour + 1, minute - 30)
    } else if office {
        calendar.at(visit.date, hour, minute + 30)
    } else {
        calendar.at(visit.date, hour + 2, minute)
    };
    Seen {
        encounter: format!("Encounter/{}", chart.id(slug)),
        practitioner: clinician.reference.to_owned(),
        practitioner_name: clinician.display(),
        location: match (office && !operated, age < 18.0) {
            (false, _) => practice.hospital,
            (true, true) => practice.pediatrics,
            (true, false) => practice.office,
        },
        start: calendar.at(visit.date, hour, minute),
        end,
        reported: calendar.at(visit.date, if office { 17 } else { 22 }, 40),
    }
}

/// Writes the Conditions, the Encounter and the vital signs.
pub fn open(chart: &mut Chart<'_>, life: &Life, told: &Told<'_>, problems: &[String]) {
    let seen = &told.seen;
    let mut made = Vec::new();
    for (index, (code, healed)) in told.diagnoses.iter().enumerate() {
        let slug = format!("{}-{}", told.slug, index + 1);
        made.push(diagnosis(chart, &slug, *code, seen, *healed));
    }
    let mut resource = encounter(chart, told.kind, told.reason, seen, &made);
    if let Some(map) = resource.as_object_mut() {
        let more = problems.iter().map(|it| crate::words::to(it));
        if let Some(reasons) = map
            .get_mut("reasonReference")
            .and_then(serde_json::Value::as_array_mut)
        {
            reasons.extend(more);
        }
        if told.visit.why == Why::Death {
            let expired = crate::words::tho("discharge-disposition", "exp", "Expired");
            map.insert(
                "hospitalization".into(),
                serde_json::json!({"dischargeDisposition": expired}),
            );
        }
    }
    chart.add(resource, &seen.practitioner, &seen.end);
    let measures = measures(chart, life, told);
    vitals::record(chart, &told.slug, seen, &measures);
}

/// What is measured: the usual of the age, with what ailments and illness do to it.
fn measures(chart: &Chart<'_>, life: &Life, told: &Told<'_>) -> Measures {
    let date = told.visit.date;
    let raised = life.course("hypertension").map_or((0.0, 0.0), |course| {
        if course.lasts(date) {
            let years = years_between(course.onset, date);
            let share = (-years / 0.8).exp();
            (7.0 + 17.0 * share, 4.0 + 9.0 * share)
        } else {
            (0.0, 0.0)
        }
    });
    let mut measures = vitals::usual(chart, &told.slug, date, raised);
    if let Some(illness) = told.visit.why.illness() {
        measures.celsius += illness.fever;
        measures.heart += 9.0 * illness.fever;
        measures.breath += illness.fever;
    }
    measures.weight_kg += match life.weeks(date) {
        Some(weeks) if weeks > 0 => 12.5 * (weeks as f64 / 40.0).powf(1.4),
        // What is left after the birth goes within the year.
        Some(weeks) => 6.0 * (weeks as f64 / 15.0).exp(),
        None => 0.0,
    };
    if life.course("copd").is_some_and(|it| it.lasts(date)) {
        measures.oxygen -= 4.0;
        measures.breath += 2.0;
    }
    if told.visit.why == Why::Death {
        measures.oxygen -= 14.0;
        measures.heart += 38.0;
        measures.breath += 9.0;
        measures.pressure = measures
            .pressure
            .map(|(high, low)| (high - 42.0, low - 24.0));
    }
    measures.oxygen = measures.oxygen.min(100.0);
    measures
}

/// The note of the visit, and the after-visit summary where the patient still has it.
pub fn document(chart: &mut Chart<'_>, life: &Life, told: &Told<'_>, medicines: &[String]) {
    let kind = match told.kind {
        VisitKind::Physical => loinc("34117-2", "History and physical note"),
        VisitKind::Emergency => loinc("34111-5", "Emergency department Note"),
        VisitKind::Inpatient => loinc("18842-5", "Discharge summary"),
        _ => loinc("11506-3", "Progress note"),
    };
    let heading = heading(chart, told);
    let (story, plan) = story(life, told);
    let assessment: String = told
        .diagnoses
        .iter()
        .enumerate()
        .map(|(index, (code, _))| format!("{}. {} ({})\n", index + 1, code.display, code.code))
        .collect();
    let taken: String = match medicines {
        [] => "- none\n".to_owned(),
        some => some.iter().map(|it| format!("- {it}\n")).collect(),
    };
    let text = format!(
        "{heading}\nREASON FOR VISIT\n{}\n\nHISTORY AND FINDINGS\n{story}\n\nMEDICATIONS\n{taken}\n\
         ASSESSMENT\n{assessment}\nPLAN\n{plan}\n",
        told.reason.display
    );
    let note = Note {
        slug: &told.slug,
        kind,
        title: told.reason.display,
        text,
        binary: false,
    };
    notes::record(chart, &told.seen, &note);
    let recent = crate::life::days_between(told.visit.date, chart.calendar.today()) < 400;
    if recent && told.visit.why != Why::Death {
        let summary = Note {
            slug: &told.slug,
            kind: notes::AFTER_VISIT_SUMMARY,
            title: "After-visit summary",
            text: format!(
                "AFTER-VISIT SUMMARY\n\n{heading}\nWHY YOU WERE SEEN\n{}\n\nWHAT TO DO NEXT\n{plan}\n\n\
                 QUESTIONS\nSend us a message in the portal, or call {}. In an emergency call 911.\n",
                told.reason.display, chart.home.phone
            ),
            binary: true,
        };
        notes::record(chart, &told.seen, &summary);
    }
}

fn heading(chart: &Chart<'_>, told: &Told<'_>) -> String {
    format!(
        "Patient: {}\nDate of birth: {}\nVisit: {}\nSeen by: {}\n",
        chart.whose.name, chart.birth, told.visit.date, told.seen.practitioner_name
    )
}

fn story(life: &Life, told: &Told<'_>) -> (String, String) {
    let findings: Vec<&str> = life
        .lasting(told.visit.date)
        .filter(|it| it.ailment.check_months.is_some() || told.kind == VisitKind::Physical)
        .map(|it| it.ailment.finding)
        .collect();
    match told.visit.why {
        Why::Birth => (
            "Born at term, cried at once, pink after a minute. Feeds well.".into(),
            "Home with the parents. First visit in the office within a week.".into(),
        ),
        Why::CheckUp if told.age < 18.0 => (
            format!("{} {}", development(told.age), findings.join(" ")),
            "Vaccines by schedule. Next check-up as planned.".into(),
        ),
        Why::CheckUp => (
            format!(
                "Feels well. Heart, lungs and belly normal. {}",
                findings.join(" ")
            ),
            "Vaccines and screening by age. Next check-up in a year.".into(),
        ),
        Why::FollowUp => (
            findings.join(" "),
            "Keep the medicines as they are; come back as agreed.".into(),
        ),
        Why::Ill(illness) | Why::Alone(Alone { illness, .. }) => {
            (illness.story.into(), illness.plan.into())
        }
        Why::Prenatal(weeks) => (
            format!("{weeks} weeks. Heartbeat of the child heard, growth as expected."),
            "Folic acid, no alcohol. Next visit as planned.".into(),
        ),
        Why::Delivery => (
            "Normal delivery at term, healthy child. Little bleeding.".into(),
            "Rest, iron-rich food. Check-up in six weeks.".into(),
        ),
        Why::Operation(slug) => (
            operation(slug).map_or("", |it| it.note).into(),
            "Keep the wound dry. Call with fever, redness or bleeding.".into(),
        ),
        Why::Death => (
            "Brought in without pulse; resuscitation without success. The family was present."
                .into(),
            "The office calls the family next week.".into(),
        ),
    }
}

fn development(age: f64) -> &'static str {
    match age {
        ..0.15 => "Feeds every three hours, looks at faces.",
        0.15..0.5 => "Smiles, holds the head up.",
        0.5..0.9 => "Sits, reaches for things, babbles.",
        0.9..1.4 => "Pulls to stand, first words.",
        1.4..2.5 => "Runs, two words together, points at pictures.",
        2.5..5.0 => "Speaks in sentences, rides a tricycle.",
        5.0..11.0 => "Does well at school, reads, plays with others.",
        _ => "School, friends and sleep talked about alone; no worries.",
    }
}
