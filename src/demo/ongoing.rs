//! What outlives a visit: problems, medications, allergies, procedures, care team and plan, goals,
//! coverage, smoking.

use crate::chart::Chart;
use crate::people::{PROXIES, RESTRICTED, State};
use crate::places::{GENERAL_PRACTITIONER_ADULT, GENERAL_PRACTITIONER_CHILD, display_of};
use crate::seen::Seen;
use crate::story::{Medication, Operation, Problem, Story};
use crate::words::{named, to, us_core};
use population::prescriptions::{Prescription, dispense, prescribe};
use population::{allergies, conditions, plans, social};
use serde_json::json;

/// Everything of the story that is not a visit. `last` is the latest visit.
pub fn record(chart: &mut Chart<'_>, story: &Story, last: &Seen) {
    for problem in &story.problems {
        self::problem(chart, problem, last);
    }
    for medication in &story.medications {
        self::medication(chart, medication, last);
    }
    let usual = usual(chart, last);
    for allergy in &story.allergies {
        let noted = chart.calendar.ago(allergy.noted_days_ago, 9, 30);
        let allergy = allergies::Allergy {
            slug: allergy.slug,
            code: allergy.code,
            category: allergy.category,
            high: allergy.high,
            manifestation: allergy.manifestation,
        };
        allergies::allergy(chart, &allergy, &usual, &noted);
    }
    if story.allergies.is_empty() {
        allergies::none(chart, last);
    }
    for operation in &story.operations {
        self::operation(chart, operation, last);
    }
    let goals = goals(chart, story, &usual);
    let team = care_team(chart);
    let aims: Vec<&str> = story.aims.iter().map(|aim| aim.description).collect();
    let since = chart.calendar.day(200);
    plans::care_plan(chart, &aims, &goals, &team, since, last);
    coverage(chart, story);
    if let Some(status) = story.smoking {
        social::smoking(chart, last, "smoking", status);
    }
}

fn clinician(chart: &Chart<'_>) -> &'static str {
    if chart.age_on(chart.calendar.today()) < 18.0 {
        GENERAL_PRACTITIONER_CHILD
    } else {
        GENERAL_PRACTITIONER_ADULT
    }
}

/// Who saw the patient last, or who usually does.
fn usual(chart: &Chart<'_>, last: &Seen) -> Seen {
    let who = clinician(chart);
    Seen {
        practitioner: who.to_owned(),
        practitioner_name: display_of(who),
        ..last.clone()
    }
}

fn problem(chart: &mut Chart<'_>, problem: &Problem, last: &Seen) {
    let calendar = chart.calendar;
    let onset = calendar.day(problem.onset_days_ago);
    let entry = conditions::Problem {
        slug: problem.slug,
        code: problem.code,
        icd10: problem.icd10,
        onset,
        resolved: problem.resolved_days_ago.map(|days| calendar.day(days)),
        recorded: calendar.at(onset, 9, 0),
    };
    conditions::problem(chart, &entry, last);
}

/// The prescription and, where it is taken now, what the pharmacy handed out.
pub fn medication(chart: &mut Chart<'_>, medication: &Medication, seen: &Seen) -> String {
    let calendar = chart.calendar;
    let authored = calendar.at(calendar.workday(medication.started_days_ago), 10, 0);
    let prescription = Prescription {
        slug: medication.slug,
        code: medication.code,
        text: medication.text,
        dose: medication.dose,
        per_day: medication.per_day,
        as_needed: medication.as_needed,
        reason: medication.reason,
        reason_reference: None,
        active: medication.active,
        quantity: medication.quantity,
        refills: medication.refills,
        medication: None,
    };
    let request = prescribe(chart, &prescription, seen, &authored);
    if medication.active {
        let days = medication.started_days_ago.min(21);
        let at = calendar.at(calendar.workday(days), 17, 10);
        dispense(chart, &prescription, seen, &request, None, &at, days < 21);
    }
    request
}

fn operation(chart: &mut Chart<'_>, operation: &Operation, last: &Seen) {
    let at = chart.calendar.ago(operation.days_ago, 8, 20);
    let surgeon = crate::places::SURGEON;
    let resource = json!({
        "resourceType": "Procedure", "id": chart.id(&format!("procedure-{}", operation.slug)),
        "meta": {"profile": [us_core("us-core-procedure")]},
        "status": "completed", "code": operation.code.concept(), "subject": chart.subject(),
        "encounter": to(&last.encounter), "performedDateTime": at,
        "performer": [{"actor": named(surgeon, &display_of(surgeon))}],
        "reasonCode": [operation.reason.concept()]
    });
    chart.add(resource, surgeon, &at);
}

fn goals(chart: &mut Chart<'_>, story: &Story, usual: &Seen) -> Vec<String> {
    let started = chart.calendar.day(200);
    story
        .aims
        .iter()
        .map(|aim| {
            let due = chart.calendar.day(-aim.due_days_ahead);
            plans::goal(chart, aim.slug, aim.description, started, due, usual)
        })
        .collect()
}

fn care_team(chart: &mut Chart<'_>) -> String {
    let who = clinician(chart);
    let nurse = if who == GENERAL_PRACTITIONER_CHILD {
        "PractitionerRole/peter-ames"
    } else {
        "PractitionerRole/paula-reed"
    };
    let mut members: Vec<plans::Participant> = vec![
        (
            ("446050000", "Primary care provider"),
            named(who, &display_of(who)),
        ),
        (("224535009", "Registered nurse"), to(nurse)),
        (("116154003", "Patient"), chart.subject()),
    ];
    let parents = PROXIES.iter().filter(|proxy| {
        proxy.patient == chart.whose.id
            && proxy.relationship == "parent"
            && proxy.state == State::Active
            && proxy.id() != RESTRICTED
    });
    for proxy in parents {
        let person = to(&format!("RelatedPerson/{}", proxy.id()));
        members.push((("133932002", "Caregiver"), person));
    }
    let since = chart.calendar.day(900);
    plans::care_team(chart, &members, since, who)
}

fn coverage(chart: &mut Chart<'_>, story: &Story) {
    let number = format!("NSHP{}", story.member.record_number());
    let relation = if chart.age_on(chart.calendar.today()) >= 18.0 {
        ("self", "Self")
    } else {
        ("child", "Child")
    };
    let group = ("G-4410", "River Valley employers");
    let plan = ("PPO-20", "Nutmeg PPO 20");
    let since = chart.calendar.day(700);
    plans::coverage(chart, &number, relation, group, plan, since);
}
