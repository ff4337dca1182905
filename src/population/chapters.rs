//! What not every record holds, spread over the families so that any twenty people show all of it.

use crate::calendar::years_between;
use crate::chart::Chart;
use crate::conditions::{Problem, concern};
use crate::devices::implant;
use crate::dice::Dice;
use crate::directives::living_will;
use crate::encounters::Told;
use crate::household::{Family, Person};
use crate::labs;
use crate::life::{Life, workday_after};
use crate::notes::{self, Note};
use crate::observations::{category, observe, us_core_category};
use crate::prescriptions::reported;
use crate::pressures;
use crate::reports::{self, CARDIOLOGY, PATHOLOGY, RADIOLOGY, Report};
use crate::screening::{self, Household};
use crate::seen::Seen;
use crate::social::{self, Living, Occupation, Wishes};
use crate::vaccines::declined;
use crate::words::{Code, SNOMED, coded, icd10, loinc, quantity, rxnorm, snomed, to, us_core};
use jiff::ToSpan;
use serde_json::json;

/// Everything told on the latest visit of a grown person. Returns references of concerns.
pub fn grown(
    chart: &mut Chart<'_>,
    family: &Family,
    person: &Person,
    life: &Life,
    told: &Told<'_>,
    dice: &mut Dice,
) {
    // Grown people of a family take turns, so that a chapter is never far.
    let place = family.people.iter().position(|it| it.id == person.id);
    let turn = family.number + u64::try_from(place.unwrap_or(0)).unwrap_or(0);
    let mine = |chapter: u64| turn % 3 == chapter;
    let seen = &told.seen;
    lives(chart, family, person, life, told, dice);
    if told.age >= 60.0 || mine(0) {
        social::wishes(chart, seen, &WISHES);
        directive(chart, seen, person);
    }
    if mine(1) {
        studies(chart, seen, person);
        let flu = "Influenza, seasonal, injectable, preservative free";
        declined(chart, seen, "140", flu);
        if person.female && told.age < 50.0 {
            let kind = snomed("268460000", "Intrauterine contraceptive device");
            let name = "Copper intrauterine contraceptive";
            implant(chart, seen, "iud", told.visit.date, kind, name);
        }
    }
    if mine(2) {
        referrals(chart, seen);
        exams(chart, seen);
        consult(chart, seen);
    }
    if told.age >= 55.0 || mine(0) {
        let vitamin = rxnorm("2418", "cholecalciferol");
        let text = "1 capsule a day, bought without prescription";
        reported(chart, "vitamin-d", vitamin, text, seen);
    }
    let home = life.course("hypertension").is_some();
    if home || mine(0) {
        home_pressures(chart, told, life, home);
    }
    if mine(0) || life.course("copd").is_some() {
        let at = seen.start.clone();
        let encounter = seen.encounter.clone();
        let values = (96.0, 2.0, 28.0);
        pressures::oxygen(chart, "oxygen-given", seen, &encounter, &at, values);
    }
}

const WISHES: Wishes = Wishes {
    treatment: (
        "wish-treatment",
        "Wants every treatment that leads back home, and none that only prolongs dying.",
    ),
    treatment_choice: ("wish-ventilation", "Time-limited trial of treatment"),
    care: (
        "wish-care",
        "Wants to be told everything, sitting down, without hurry.",
    ),
    care_choice: ("wish-company", "Family present at all times"),
};

fn directive(chart: &mut Chart<'_>, seen: &Seen, person: &Person) {
    let text = format!(
        "LIVING WILL\nI, {} {}, want treatment that lets me return home. My family knows the rest.\n",
        person.given[0], person.family
    );
    living_will(chart, seen, &text);
}

const OCCUPATIONS: &[Occupation] = &[
    Occupation {
        work: ("2310", "Elementary and middle school teachers"),
        industry: ("7860", "Elementary and secondary schools"),
    },
    Occupation {
        work: ("3255", "Registered nurses"),
        industry: (
            "8191",
            "General medical and surgical hospitals, and specialty (except psychiatric and substance abuse) hospitals",
        ),
    },
    Occupation {
        work: ("6230", "Carpenters"),
        industry: ("0770", "Construction"),
    },
    Occupation {
        work: ("4720", "Cashiers"),
        industry: (
            "4971",
            "Supermarkets and other grocery (except convenience) stores",
        ),
    },
    Occupation {
        work: ("9130", "Driver/sales workers and truck drivers"),
        industry: ("6170", "Truck transportation"),
    },
];

/// Work, family, habits, and what they say of their days.
fn lives(
    chart: &mut Chart<'_>,
    family: &Family,
    person: &Person,
    life: &Life,
    told: &Told<'_>,
    dice: &mut Dice,
) {
    let seen = &told.seen;
    let people = u32::try_from(family.people.len()).unwrap_or(1);
    let hungry = dice.chance(0.12) || family.number % 6 == 5;
    let days = u32::try_from(dice.whole(0, 6)).unwrap_or(3);
    let household = Household {
        hungry,
        people,
        active_days: days,
        hard_of_hearing: told.age > 70.0 && dice.chance(0.4),
    };
    screening::household(chart, seen, "", &household);
    if hungry {
        let since = workday_after(told.visit.date, -dice.whole(40, 200));
        let entry = Problem {
            slug: "food",
            code: snomed("733423003", "Food insecurity"),
            icd10: icd10("Z59.41", "Food insecurity"),
            onset: since.max(person.birth),
            resolved: None,
            recorded: seen.start.clone(),
        };
        concern(chart, &entry, seen);
    }
    if person.female && told.age < 50.0 {
        social::pregnancy(chart, seen, "pregnancy-status", social::NOT_PREGNANT);
        let wish = if dice.chance(0.8) {
            social::NO_CHILD_WANTED
        } else {
            social::UNSURE_OF_CHILD
        };
        social::pregnancy_intent(chart, seen, "pregnancy-intent", wish);
    }
    let loves = if dice.chance(0.93) {
        snomed("20430005", "Heterosexual")
    } else {
        snomed("42035005", "Bisexual")
    };
    social::orientation(chart, seen, "orientation", loves);
    let work = dice.pick(OCCUPATIONS);
    let since = person.birth.saturating_add(24.years()).min(life.end);
    if let Some(work) = work {
        let occupation = social::occupation(chart, seen, "occupation", work, since);
        let living = Living {
            active_days: f64::from(days),
            household: f64::from(people),
            hard_of_hearing: household.hard_of_hearing,
            function: "Independent in all activities",
            cognition: snomed("17326005", "Well in self"),
            behind: &occupation,
        };
        social::living(chart, seen, "", &living);
    }
    if let Some((from, until)) = person.smoked {
        let years = until.unwrap_or(told.age) - from;
        social::pack_years(chart, seen, "pack-years", (years * 0.6).max(0.0));
    }
}

/// An electrocardiogram, a chest film and a tissue report, each also a document.
fn studies(chart: &mut Chart<'_>, seen: &Seen, person: &Person) {
    let tissue = if person.female {
        let sample = snomed("258524004", "Specimen from endocervix");
        let code = loinc(
            "30167-1",
            "Human papilloma virus 16+18+31+33+35+39+45+51+52+56+58+59+68 DNA [Presence] in Cervix by Probe",
        );
        labs::finding(chart, seen, "hpv", code, sample, false)
    } else {
        let stool = snomed("119339001", "Stool specimen");
        let code = loinc(
            "29771-3",
            "Hemoglobin.gastrointestinal.lower [Presence] in Stool by Immunoassay",
        );
        labs::finding(chart, seen, "stool-blood", code, stool, false)
    };
    let cytology = if person.female {
        loinc(
            "19762-4",
            "General categories [Interpretation] of Cervical or vaginal smear or scraping by Cyto stain",
        )
    } else {
        loinc("22634-0", "Pathology report gross observation")
    };
    let studies = [
        (
            Report {
                slug: "ecg",
                category: CARDIOLOGY,
                code: loinc("11524-6", "EKG study"),
                note: loinc("28570-0", "Procedure note"),
                text: "ELECTROCARDIOGRAM\nSinus rhythm, normal axis and intervals.\n",
            },
            None,
        ),
        (
            Report {
                slug: "chest",
                category: RADIOLOGY,
                code: loinc("36643-5", "XR Chest 2 Views"),
                note: loinc("18748-4", "Diagnostic imaging study"),
                text: "CHEST, TWO VIEWS\nHeart and lungs normal, no effusion.\n",
            },
            None,
        ),
        (
            Report {
                slug: "tissue",
                category: PATHOLOGY,
                code: cytology,
                note: loinc("11526-1", "Pathology study"),
                text: "PATHOLOGY\nSatisfactory specimen, no sign of malignancy.\n",
            },
            Some(tissue),
        ),
    ];
    for (report, more) in studies {
        let more: Vec<String> = more.into_iter().collect();
        reports::record(chart, seen, &report, &more);
    }
}

/// A referral for meals, an order for an X-ray, and what was done for the first.
fn referrals(chart: &mut Chart<'_>, seen: &Seen) {
    let order = |chart: &Chart<'_>, slug: &str, category, code: Code, status: &str| {
        json!({
            "resourceType": "ServiceRequest", "id": chart.id(&format!("order-{slug}")),
            "meta": {"profile": [us_core("us-core-servicerequest")]},
            "status": status, "intent": "order", "category": [category], "code": code.concept(),
            "subject": chart.subject(), "encounter": to(&seen.encounter),
            "occurrencePeriod": {"start": seen.start, "end": seen.end},
            "authoredOn": seen.start, "requester": seen.by(),
            "reasonReference": [to(&format!("Condition/{}", chart.id("concern-transport")))]
        })
    };
    let date = chart
        .calendar
        .today()
        .min(chart.whose.died.unwrap_or(chart.calendar.today()));
    let entry = Problem {
        slug: "transport",
        code: snomed(
            "551731000124103",
            "Inability to access health care due to transportation insecurity",
        ),
        icd10: icd10("Z59.82", "Transportation insecurity"),
        onset: date.saturating_sub(400.days()).max(chart.birth),
        resolved: Some(date.saturating_sub(2.days())),
        recorded: seen.start.clone(),
    };
    let reason = concern(chart, &entry, seen);
    let sdoh = us_core_category("sdoh", "SDOH");
    let code = snomed("308440001", "Referral to social worker");
    let referral = order(chart, "social", sdoh, code, "completed");
    let referral = chart.add(referral, &seen.practitioner, &seen.start);
    let imaging = coded(SNOMED, "363679005", "Imaging");
    let code = loinc("24606-6", "MG Breast Screening");
    if chart.whose.female {
        let mammogram = order(chart, "mammogram", imaging, code, "active");
        chart.add(mammogram, &seen.practitioner, &seen.start);
    }
    let procedure = json!({
        "resourceType": "Procedure", "id": chart.id("procedure-social"),
        "meta": {"profile": [us_core("us-core-procedure")]},
        "basedOn": [to(&referral)], "status": "completed",
        "code": snomed("710824005", "Assessment of health and social care needs").concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "performedDateTime": seen.start,
        "performer": [{"actor": seen.by()}],
        "reasonCode": [entry.code.concept()], "reasonReference": [to(&reason)]
    });
    chart.add(procedure, &seen.practitioner, &seen.start);
}

/// Findings that are neither laboratory nor vital signs.
fn exams(chart: &mut Chart<'_>, seen: &Seen) {
    let clinical = "us-core-observation-clinical-result";
    observe(
        chart,
        seen,
        "ejection",
        clinical,
        json!([category("procedure", "Procedure")]),
        loinc("10230-1", "Left ventricular Ejection fraction"),
        ("valueQuantity", quantity(62.0, 0, "%", "%")),
    );
    observe(
        chart,
        seen,
        "foot",
        clinical,
        json!([category("exam", "Exam")]),
        loinc("11397-7", "Physical findings of Foot Narrative"),
        (
            "valueCodeableConcept",
            snomed("17621005", "Normal").concept(),
        ),
    );
    let smear = json!({
        "resourceType": "Observation", "id": chart.id("blood-smear"),
        "meta": {"profile": [us_core("us-core-observation-lab")]}, "status": "final",
        "category": [labs::laboratory()],
        "code": loinc("5909-7", "Blood smear finding [Identifier] in Blood by Light microscopy").concept(),
        "subject": chart.subject(), "encounter": to(&seen.encounter),
        "effectiveDateTime": seen.start, "issued": seen.reported,
        "performer": [seen.by()],
        "valueString": "Normal red cells and platelets"
    });
    chart.add(smear, &seen.practitioner, &seen.reported);
}

fn consult(chart: &mut Chart<'_>, seen: &Seen) {
    for (slug, kind, title, text) in [
        (
            "consult",
            loinc("11488-4", "Consult note"),
            "Nutrition counselling",
            "NUTRITION COUNSELLING\nMeals of a usual week talked over, a plan for three small changes made.\n",
        ),
        (
            "lab-summary",
            loinc("11502-2", "Laboratory report"),
            "Laboratory summary",
            "LABORATORY SUMMARY\nResults of the last two years in one table; no finding that needs action.\n",
        ),
    ] {
        let note = Note {
            slug,
            kind,
            title,
            text: text.to_owned(),
            binary: false,
        };
        notes::record(chart, seen, &note);
    }
}

fn home_pressures(chart: &mut Chart<'_>, told: &Told<'_>, life: &Life, treated: bool) {
    let calendar = chart.calendar;
    let date = told.visit.date;
    let day = |back: i64| calendar.at(date.saturating_sub(back.days()), 7, 30);
    let since = life
        .course("hypertension")
        .map_or(0.0, |course| years_between(course.onset, date));
    let (high, low) = if treated {
        (126.0 + 14.0 * (-since / 0.8).exp(), 78.0)
    } else {
        (117.0, 74.0)
    };
    let (first, last) = (day(30), day(16));
    let recorded = told.seen.start.clone();
    pressures::average(
        chart,
        "pressure-average",
        (&first, &last),
        Some((high, low)),
        &recorded,
    );
    let (first, last) = (day(60), day(46));
    pressures::average(
        chart,
        "pressure-average-failed",
        (&first, &last),
        None,
        &recorded,
    );
    let at = told.seen.start.clone();
    pressures::failed(chart, "pressure-failed", &told.seen, &at);
}
