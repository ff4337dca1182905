//! A life told as a record: visit by visit, then what outlives them.

use crate::allergies::{self, Allergy};
use crate::calendar::{Calendar, years_between};
use crate::chapters;
use crate::chart::{Chart, Sources, Whose};
use crate::conditions::{Problem, problem};
use crate::dice::Dice;
use crate::encounters::{self, Told};
use crate::household::{Family, Part, Person};
use crate::immunity::Immunity;
use crate::kin::related_id;
use crate::labs;
use crate::life::{Life, Visit, Why, days_between, life};
use crate::operations::{Operation, operation};
use crate::plans;
use crate::practice::role_of;
use crate::private_care::Alone;
use crate::registration::{self, Registration};
use crate::reports::{self, PATHOLOGY, RADIOLOGY, Report};
use crate::results::{self, Drawn};
use crate::screening;
use crate::social;
use crate::therapy::Therapy;
use crate::words::{Code, icd10, loinc, named, rxnorm, snomed, to, us_core};
use jiff::{ToSpan, civil::Date};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Years back in which habits and mood were asked about at each check-up.
const ASKED_YEARS: i64 = 4;

/// The record of one person of a family; empty if there is no such person.
pub fn record(seed: u64, family: &Family, place: usize, calendar: &Calendar) -> Vec<Value> {
    let Some(person) = family.people.get(place) else {
        return Vec::new();
    };
    let Some(life) = life(seed, family, place, calendar.today()) else {
        return Vec::new();
    };
    let what = 100 + u64::try_from(place).unwrap_or(0);
    let mut dice = Dice::new(seed, family.number, what);
    let whose = Whose {
        id: person.id.clone(),
        name: format!("{} {}", person.given[0], person.family),
        birth: person.birth,
        female: person.female,
        died: person.died,
        tall: person.tall,
        heavy: person.heavy,
    };
    let home = &family.practice.home;
    let mut chart = Chart::open(calendar, home, &whose, Sources::Gathered);
    register(&mut chart, family, person);
    let mut teller = Teller {
        person,
        immunity: Immunity::open(&mut chart, family, person),
        drawn: Drawn::default(),
        therapy: Therapy::default(),
        problems: HashMap::new(),
    };
    // What outlives the visits hangs on the last one that was planned.
    let planned = |visit: &Visit| matches!(visit.why, Why::CheckUp | Why::FollowUp);
    let last = life
        .visits
        .iter()
        .rposition(planned)
        .unwrap_or(life.visits.len().saturating_sub(1));
    let mut latest = None;
    for (number, visit) in life.visits.iter().enumerate() {
        let told = encounters::plan(&chart, family, &life, visit, number + 1);
        if let Why::Alone(alone) = visit.why {
            chart.under(alone.secret, |chart| {
                teller.visit(chart, &life, &told, &mut dice, number == 0);
            });
        } else {
            teller.visit(&mut chart, &life, &told, &mut dice, number == 0);
        }
        if number == last {
            latest = Some(told);
        }
    }
    teller.immunity.campaigns(&mut chart, person, &life);
    if let Some(told) = latest {
        outlasting(&mut chart, family, person, &life, &told);
        if told.age >= 18.0 {
            chapters::grown(&mut chart, family, person, &life, &told, &mut dice);
        }
        crate::desk::record(&mut chart, family, person, &told, &mut dice);
    }
    chart.close()
}

/// What is carried from visit to visit.
struct Teller<'t> {
    person: &'t Person,
    immunity: Immunity<'t>,
    drawn: Drawn,
    therapy: Therapy,
    /// Slug of the ailment → `Condition/…`.
    problems: HashMap<&'static str, String>,
}

impl Teller<'_> {
    fn visit(
        &mut self,
        chart: &mut Chart<'_>,
        life: &Life,
        told: &Told<'_>,
        dice: &mut Dice,
        first: bool,
    ) {
        let listed = list_problems(chart, life, told, &mut self.problems);
        encounters::open(chart, life, told, &listed);
        if first {
            allergies(chart, told, dice);
        }
        draws(chart, self.person, life, told, &mut self.drawn);
        let visit = told.visit;
        self.immunity
            .visit(chart, visit.date, visit.why, &told.seen);
        events(chart, told);
        asked(chart, self.person, life, told, dice);
        self.therapy.visit(chart, life, told, &self.problems);
        let taken = self.therapy.taken(visit.date);
        encounters::document(chart, life, told, &taken);
    }
}

fn register(chart: &mut Chart<'_>, family: &Family, person: &Person) {
    let calendar = chart.calendar;
    let age = years_between(person.birth, person.died.unwrap_or(calendar.today()));
    let origin = family.origin;
    let registration = Registration {
        id: &person.id,
        record_number: &person.record_number,
        given: person.given.to_vec(),
        family: person.family,
        suffix: person.suffix,
        female: person.female,
        birth_date: person.birth.to_string(),
        street: &family.street,
        city: family.town.name,
        postal_code: family.town.postal_code,
        phone: &person.phone,
        email: person.email.as_deref(),
        race: origin.race,
        hispanic: origin.hispanic,
        detail: origin.detail,
        language: person.language,
        general_practitioner: family.clinician(age).reference,
        died: person.died.map(|date| calendar.at(date, 22, 15)),
    };
    let mut patient = registration::patient(&registration, chart.home);
    let turn = family.number.is_multiple_of(4) && person.part != Part::Child;
    if let Some((maiden, wedding)) = person.maiden {
        let from = person.birth.to_string();
        let given = [person.given[0]];
        registration::former_name(&mut patient, maiden, &given, &from, &wedding.to_string());
    }
    if let Some((town, until)) = person.moved {
        let from = until
            .saturating_sub(5.years())
            .max(person.birth)
            .to_string();
        let until = until.to_string();
        registration::former_address(&mut patient, town.name, town.postal_code, &from, &until);
    }
    if let Some((code, display)) = origin.tribe {
        registration::tribe(&mut patient, code, display, display, true);
    } else if turn {
        let display = "Mashantucket Pequot Tribe of Connecticut";
        let text = "Pequot, through a grandmother";
        registration::tribe(&mut patient, "150", display, text, false);
    }
    let at = calendar.at(person.registered, 8, 20);
    let organization = chart.home.organization;
    chart.add(patient, organization, &at);
}

/// Puts what began since the last visit on the problem list. Returns the references of what is new.
fn list_problems(
    chart: &mut Chart<'_>,
    life: &Life,
    told: &Told<'_>,
    problems: &mut HashMap<&'static str, String>,
) -> Vec<String> {
    let mut new = Vec::new();
    if matches!(
        told.visit.why,
        Why::Ill(_) | Why::Alone(_) | Why::Delivery | Why::Operation(_)
    ) {
        return new;
    }
    for course in &life.courses {
        let slug = course.ailment.slug;
        let first = life.visits.first().map_or(told.visit.date, |it| it.date);
        // What was over long before is not on the list.
        let bygone = course.over.is_some_and(|over| over < first);
        if bygone || course.onset > told.visit.date || problems.contains_key(slug) {
            continue;
        }
        let entry = Problem {
            slug,
            code: course.ailment.code,
            icd10: course.ailment.icd10,
            onset: course.onset,
            resolved: course.over,
            recorded: told.seen.start.clone(),
        };
        let made = problem(chart, &entry, &told.seen);
        new.push(made.clone());
        problems.insert(slug, made);
    }
    new
}

const ALLERGIES: &[Allergy<'static>] = &[
    Allergy {
        slug: "penicillin",
        code: rxnorm("7980", "penicillin G"),
        category: "medication",
        high: true,
        manifestation: snomed("126485001", "Urticaria"),
    },
    Allergy {
        slug: "peanut",
        code: snomed("762952008", "Peanut"),
        category: "food",
        high: true,
        manifestation: snomed("39579001", "Anaphylaxis"),
    },
    Allergy {
        slug: "latex",
        code: snomed("111088007", "Latex"),
        category: "environment",
        high: false,
        manifestation: snomed("40275004", "Contact dermatitis"),
    },
    Allergy {
        slug: "sulfa",
        code: rxnorm("10831", "sulfamethoxazole / trimethoprim"),
        category: "medication",
        high: false,
        manifestation: snomed("271807003", "Rash"),
    },
    Allergy {
        slug: "codeine",
        code: rxnorm("2670", "codeine"),
        category: "medication",
        high: false,
        manifestation: snomed("422587007", "Nausea"),
    },
];

fn allergies(chart: &mut Chart<'_>, told: &Told<'_>, dice: &mut Dice) {
    let some = dice.chance(0.28);
    match dice.pick(ALLERGIES).filter(|_| some && told.age > 1.0) {
        Some(allergy) => allergies::allergy(chart, allergy, &told.seen, &told.seen.start),
        None => allergies::none(chart, &told.seen),
    }
}

fn draws(chart: &mut Chart<'_>, person: &Person, life: &Life, told: &Told<'_>, drawn: &mut Drawn) {
    let date = told.visit.date;
    let usual = icd10(
        "Z00.00",
        "Encounter for general adult medical examination without abnormal findings",
    );
    for panel in drawn.due(person, life, date, told.visit.why) {
        let values = results::values(person, life, panel.slug, date);
        let draw = labs::Drawn {
            slug: &told.slug,
            panel,
            reason: told.diagnoses.last().map_or(usual, |(code, _)| *code),
            values: &values,
        };
        labs::record(chart, &told.seen, &draw);
    }
}

/// What some visits are about: a test, an X-ray, an operation, a birth.
fn events(chart: &mut Chart<'_>, told: &Told<'_>) {
    let seen = &told.seen;
    match told.visit.why {
        Why::Ill(illness) | Why::Alone(Alone { illness, .. }) => {
            if let Some((slug, code, sample)) = illness.test {
                let slug = format!("{slug}-{}", told.slug);
                labs::finding(chart, seen, &slug, code, sample, true);
            }
            if illness.imaging {
                let slug = format!("xray-{}", told.slug);
                let report = Report {
                    slug: &slug,
                    category: RADIOLOGY,
                    code: loinc("24541-5", "XR Ankle Views"),
                    note: loinc("18748-4", "Diagnostic imaging study"),
                    text: "RIGHT ANKLE, THREE VIEWS\nNo fracture. Soft tissue swelling over the outer malleolus.\n",
                };
                reports::record(chart, seen, &report, &[]);
            }
        }
        Why::Operation(slug) => {
            if let Some(operation) = operation(slug) {
                operate(chart, told, operation);
            }
        }
        Why::Delivery => {
            let code = snomed("177184002", "Normal delivery procedure");
            let reason = snomed("72892002", "Normal pregnancy");
            procedure(chart, told, code, reason);
            let slug = format!("pregnancy-{}", told.slug);
            social::pregnancy(chart, seen, &slug, social::PREGNANT);
        }
        Why::Prenatal(_) => {
            let slug = format!("pregnancy-{}", told.slug);
            social::pregnancy(chart, seen, &slug, social::PREGNANT);
        }
        _ => {}
    }
}

fn procedure(chart: &mut Chart<'_>, told: &Told<'_>, code: Code, reason: Code) {
    let seen = &told.seen;
    let diagnosis = format!("Condition/{}", chart.id(&format!("dx-{}-1", told.slug)));
    let resource = json!({
        "resourceType": "Procedure", "id": chart.id(&format!("procedure-{}", told.slug)),
        "meta": {"profile": [us_core("us-core-procedure")]},
        "status": "completed", "code": code.concept(), "subject": chart.subject(),
        "encounter": to(&seen.encounter), "performedDateTime": seen.start,
        "performer": [{"actor": seen.by()}],
        "reasonCode": [reason.concept()], "reasonReference": [to(&diagnosis)]
    });
    chart.add(resource, &seen.practitioner, &seen.end);
}

fn operate(chart: &mut Chart<'_>, told: &Told<'_>, operation: &Operation) {
    let seen = &told.seen;
    procedure(chart, told, operation.code, operation.reason);
    let note = crate::notes::Note {
        slug: &format!("operation-{}", told.slug),
        kind: loinc("11504-8", "Surgical operation note"),
        title: operation.code.display,
        text: format!(
            "{}\n{}\n",
            operation.code.display.to_uppercase(),
            operation.note
        ),
        binary: false,
    };
    crate::notes::record(chart, seen, &note);
    if let Some((kind, name)) = operation.device {
        crate::devices::implant(chart, seen, &told.slug, told.visit.date, kind, name);
    }
    if let Some(found) = operation.pathology {
        let slug = format!("tissue-{}", told.slug);
        let text = format!("PATHOLOGY\n{found}\n");
        let report = Report {
            slug: &slug,
            category: PATHOLOGY,
            code: loinc("22634-0", "Pathology report gross observation"),
            note: loinc("11526-1", "Pathology study"),
            text: &text,
        };
        reports::record(chart, seen, &report, &[]);
    }
}

/// What is asked at check-ups: smoking, mood.
fn asked(chart: &mut Chart<'_>, person: &Person, life: &Life, told: &Told<'_>, dice: &mut Dice) {
    let date = told.visit.date;
    let recent = days_between(date, chart.calendar.today()) < ASKED_YEARS * 365;
    let due = matches!(told.visit.why, Why::CheckUp | Why::FollowUp) && recent;
    if !due || told.age < 12.0 {
        return;
    }
    let status = match person.smoked {
        Some((from, _)) if told.age < from => snomed("266919005", "Never smoked tobacco"),
        Some((_, Some(until))) if told.age >= until => snomed("8517006", "Ex-smoker"),
        Some(_) => snomed("449868002", "Smokes tobacco daily"),
        None => snomed("266919005", "Never smoked tobacco"),
    };
    if told.visit.why == Why::CheckUp {
        social::smoking(chart, &told.seen, &format!("smoking-{}", told.slug), status);
    }
    let low = life
        .course("depression")
        .filter(|course| course.lasts(date));
    if told.visit.why == Why::CheckUp || low.is_some() {
        let weight = low.map_or(0.12, |course| {
            0.12 + 0.55 * (-years_between(course.onset, date) / 0.8).exp()
        });
        let mut scores = [0; 9];
        for (index, score) in scores.iter_mut().enumerate() {
            // The last question is hardly ever answered yes.
            let weight = if index == 8 { weight * 0.1 } else { weight };
            *score = (0..3).map(|_| u32::from(dice.chance(weight))).sum();
        }
        screening::depression(chart, &told.seen, &format!("-{}", told.slug), scores);
    }
}

/// Goals, team, plan, insurance.
fn outlasting(
    chart: &mut Chart<'_>,
    family: &Family,
    person: &Person,
    life: &Life,
    told: &Told<'_>,
) {
    let seen = &told.seen;
    let date = told.visit.date;
    let mut aims: Vec<(&str, &str)> = life
        .lasting(date)
        .filter_map(|it| Some((it.ailment.slug, it.ailment.aim?)))
        .collect();
    if aims.is_empty() {
        aims.push((
            "active",
            if told.age < 18.0 {
                "An hour of play outdoors every day"
            } else {
                "Walk thirty minutes on five days a week"
            },
        ));
    }
    let due = date.saturating_add(180.days());
    let goals: Vec<String> = aims
        .iter()
        .map(|(slug, aim)| plans::goal(chart, slug, aim, date, due, seen))
        .collect();
    let team = team(chart, family, person, told, date);
    let texts: Vec<&str> = aims.iter().map(|(_, aim)| *aim).collect();
    plans::care_plan(chart, &texts, &goals, &team, date, seen);
    let head = family
        .people
        .first()
        .map_or(&person.record_number, |it| &it.record_number);
    let child = person.part == Part::Child && told.age < 26.0;
    let (number, relation) = if child {
        (head, ("child", "Child"))
    } else {
        (&person.record_number, ("self", "Self"))
    };
    let group = ("G-2207", "Valley employers");
    let plan = ("PPO-30", "Preferred 30");
    let since = person.registered.max(life.end.saturating_sub(3.years()));
    plans::coverage(chart, number, relation, group, plan, since);
}

fn team(
    chart: &mut Chart<'_>,
    family: &Family,
    person: &Person,
    told: &Told<'_>,
    since: Date,
) -> String {
    let doctor = family.clinician(told.age);
    let mut members: Vec<plans::Participant> = vec![
        (
            ("446050000", "Primary care provider"),
            named(doctor.reference, &doctor.display()),
        ),
        (
            ("224535009", "Registered nurse"),
            to(&role_of(&family.practice.nurse)),
        ),
        (("116154003", "Patient"), chart.subject()),
    ];
    let place = family.people.iter().position(|it| it.id == person.id);
    for tie in family.ties.iter().filter(|tie| Some(tie.patient) == place) {
        if !tie.restricted && tie.relationship != "estate-representative" {
            let related = format!("RelatedPerson/{}", related_id(family, tie));
            members.push((("133932002", "Caregiver"), to(&related)));
        }
    }
    plans::care_team(chart, &members, since, doctor.reference)
}
