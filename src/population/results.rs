//! What is drawn at a visit, and the values that follow from what somebody has and takes.

use crate::calendar::years_between;
use crate::household::Person;
use crate::life::{Life, Why, days_between};
use crate::panels::{Panel, panel};
use crate::words::wobble;
use jiff::civil::Date;
use std::collections::HashMap;

/// When each panel was last drawn.
#[derive(Debug, Default)]
pub struct Drawn {
    last: HashMap<&'static str, Date>,
}

impl Drawn {
    /// The panels due at a visit, noted as drawn.
    pub fn due(
        &mut self,
        person: &Person,
        life: &Life,
        date: Date,
        why: Why,
    ) -> Vec<&'static Panel> {
        let mut wanted: Vec<(&'static str, i64)> = Vec::new();
        let age = years_between(person.birth, date);
        if matches!(why, Why::CheckUp | Why::FollowUp) {
            for course in life.lasting(date) {
                let months = course.ailment.check_months.unwrap_or(12).max(3);
                wanted.extend(course.ailment.panels.iter().map(|slug| (*slug, months)));
            }
        }
        if why == Why::CheckUp {
            match age {
                0.95..1.3 => wanted.extend([("lead", 6), ("cbc", 6)]),
                1.95..2.2 => wanted.push(("lead", 6)),
                35.0.. => wanted.extend([("lipids", 30), ("bmp", 22), ("a1c", 34), ("cbc", 34)]),
                _ => {}
            }
        }
        if let Why::Prenatal(weeks) = why {
            wanted.push(("cbc", 2));
            if weeks == 28 {
                wanted.push(("a1c", 2));
            }
        }
        let mut due = Vec::new();
        for (slug, months) in wanted {
            let soon = self
                .last
                .get(slug)
                .is_some_and(|last| days_between(*last, date) < months * 30 - 25);
            if let (false, Some(panel)) = (soon, panel(slug)) {
                self.last.insert(panel.slug, date);
                due.push(panel);
            }
        }
        due
    }
}

/// A share in [0, 1) that belongs to a person and a name.
fn own(person: &Person, name: &str) -> f64 {
    (wobble(&format!("{}{name}", person.id)) + 1.0) / 2.0
}

/// Years since an ailment began, while it lasts.
fn since(life: &Life, slug: &str, date: Date) -> Option<f64> {
    life.course(slug)
        .filter(|course| course.lasts(date))
        .map(|course| years_between(course.onset, date))
}

/// From a start towards a goal, most of the way in so many years.
fn towards(start: f64, goal: f64, years: f64, within: f64) -> f64 {
    goal + (start - goal) * (-years / within).exp()
}

/// The values of a panel that follow from the life; the others are the person's usual (LOINC → value).
pub fn values(person: &Person, life: &Life, slug: &str, date: Date) -> Vec<(&'static str, f64)> {
    let noise = |name: &str| wobble(&format!("{}{slug}{date}{name}", person.id));
    match slug {
        "a1c" => a1c(person, life, date)
            .map(|value| ("4548-4", value + 0.3 * noise("a1c")))
            .into_iter()
            .collect(),
        "bmp" => metabolic(person, life, date, noise("glucose")),
        "egfr" => vec![(
            "98979-8",
            filtration(person, life, date) + 2.0 * noise("gfr"),
        )],
        "uacr" => albumin(person, life, date)
            .map(|value| ("14959-1", value * (1.0 + 0.15 * noise("acr"))))
            .into_iter()
            .collect(),
        "lipids" => lipids(person, life, date, noise("ldl")),
        "tsh" => since(life, "hypothyroidism", date)
            .map(|years| {
                let start = 8.5 + 5.0 * own(person, "tsh");
                (
                    "3016-3",
                    towards(start, 2.3, years, 0.25) + 0.4 * noise("tsh"),
                )
            })
            .into_iter()
            .collect(),
        "ferritin" => since(life, "iron-deficiency", date)
            .map(|years| {
                (
                    "2276-4",
                    towards(7.0, 42.0, years, 0.5) + 1.5 * noise("iron"),
                )
            })
            .into_iter()
            .collect(),
        "cbc" => blood_count(person, life, date, noise("hb")),
        _ => Vec::new(),
    }
}

fn a1c(person: &Person, life: &Life, date: Date) -> Option<f64> {
    if let Some(years) = since(life, "type-1-diabetes", date) {
        return Some(towards(10.8, 7.0 + own(person, "t1"), years, 0.4));
    }
    if let Some(years) = since(life, "type-2-diabetes", date) {
        let start = 7.8 + 2.4 * own(person, "t2");
        // Treatment brings it down within a year; over many years it creeps up a little.
        let goal = 6.3 + 0.7 * own(person, "goal") + 0.05 * years.min(12.0);
        return Some(towards(start, goal, years, 0.5));
    }
    since(life, "prediabetes", date).map(|_| 5.8 + 0.5 * own(person, "pre"))
}

fn metabolic(person: &Person, life: &Life, date: Date, noise: f64) -> Vec<(&'static str, f64)> {
    let mut values = Vec::new();
    if let Some(a1c) = a1c(person, life, date) {
        // The average glucose of an A1c; fasting is a little lower.
        let average = 28.7 * a1c - 46.7;
        values.push(("2345-7", average * (0.9 + 0.06 * noise)));
    }
    values.push(("2160-0", creatinine(person, life, date)));
    values
}

/// Filtration in mL/min per 1.73 m².
fn filtration(person: &Person, life: &Life, date: Date) -> f64 {
    match since(life, "chronic-kidney", date) {
        Some(years) => (57.0 - 7.0 * own(person, "gfr") - 1.7 * years).max(18.0),
        None => {
            let age = years_between(person.birth, date);
            (118.0 - 0.6 * (age - 20.0).max(0.0)).max(64.0) - 8.0 * own(person, "gfr")
        }
    }
}

/// Creatinine that goes with the filtration, after the CKD-EPI equation of 2021; children by age.
fn creatinine(person: &Person, life: &Life, date: Date) -> f64 {
    let age = years_between(person.birth, date);
    if age < 15.0 {
        return 0.3 + 0.025 * age;
    }
    let (kappa, sex) = if person.female {
        (0.7, 1.012)
    } else {
        (0.9, 1.0)
    };
    let best = 142.0 * 0.9938f64.powf(age) * sex;
    let share = best / filtration(person, life, date);
    // Above the knee of the equation the power is -1.2, below it about -0.27.
    let power = if share >= 1.0 {
        1.0 / 1.2
    } else if person.female {
        1.0 / 0.241
    } else {
        1.0 / 0.302
    };
    (kappa * share.powf(power)).clamp(0.4, 5.0)
}

fn albumin(person: &Person, life: &Life, date: Date) -> Option<f64> {
    let diabetes = since(life, "type-2-diabetes", date).or(since(life, "type-1-diabetes", date));
    let kidney = since(life, "chronic-kidney", date);
    match (kidney, diabetes) {
        (Some(years), _) => Some(45.0 + 60.0 * own(person, "acr") + 9.0 * years),
        (None, Some(years)) => Some(8.0 + 18.0 * own(person, "acr") + 1.2 * years),
        _ => None,
    }
}

fn lipids(person: &Person, life: &Life, date: Date, noise: f64) -> Vec<(&'static str, f64)> {
    let heavy = life.course("obesity").is_some();
    let high = if person.female { 58.0 } else { 47.0 } - if heavy { 6.0 } else { 0.0 };
    let fats = 92.0 + 40.0 * own(person, "tg") + if heavy { 55.0 } else { 0.0 };
    let low = match since(life, "hyperlipidemia", date) {
        Some(years) => {
            let before = 158.0 + 34.0 * own(person, "ldl");
            // The statin is started three months after the diagnosis.
            if years < 0.3 {
                before
            } else {
                towards(before, before * 0.6, years - 0.25, 0.15)
            }
        }
        None => 88.0 + 34.0 * own(person, "ldl"),
    };
    let low = low * (1.0 + 0.04 * noise);
    vec![
        ("18262-6", low),
        ("2085-9", high + 2.0 * noise),
        ("2571-8", fats * (1.0 - 0.12 * noise)),
        ("2093-3", low + high + fats * (1.0 - 0.12 * noise) / 5.0),
    ]
}

fn blood_count(person: &Person, life: &Life, date: Date, noise: f64) -> Vec<(&'static str, f64)> {
    let age = years_between(person.birth, date);
    let usual = match age {
        ..2.0 => 12.0,
        2.0..12.0 => 12.8,
        _ if person.female => 13.4,
        _ => 14.9,
    };
    let (hemoglobin, volume) = match since(life, "iron-deficiency", date) {
        Some(years) => (
            towards(10.3, usual, years, 0.4),
            towards(74.0, 86.0, years, 0.6),
        ),
        None => (usual, if age < 2.0 { 79.0 } else { 88.0 }),
    };
    // Blood is thinner in pregnancy.
    let thinned = life
        .weeks(date)
        .filter(|weeks| *weeks > 8)
        .map_or(0.0, |weeks| 0.9 + 0.9 * (weeks as f64 / 40.0));
    let hemoglobin = hemoglobin - thinned + 0.3 * noise;
    vec![
        ("718-7", hemoglobin),
        ("4544-3", hemoglobin * 3.0),
        ("787-2", volume + noise),
        ("789-8", hemoglobin * 30.0 / volume),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ailments::ailment;
    use crate::courses::Course;
    use crate::household::family;
    use jiff::civil::date;

    fn with(slugs: &[&str]) -> (Person, Life) {
        let mut person = family(1, 2, date(2026, 6, 15)).people.remove(0);
        person.birth = date(1960, 3, 1);
        let courses = slugs
            .iter()
            .map(|slug| Course {
                ailment: ailment(slug).unwrap(),
                onset: date(2016, 1, 10),
                over: None,
            })
            .collect();
        let life = Life {
            courses,
            visits: Vec::new(),
            end: date(2026, 6, 14),
            births: Vec::new(),
        };
        (person, life)
    }

    fn at(made: &(Person, Life), slug: &str, loinc: &str, year: i16) -> f64 {
        let found = values(&made.0, &made.1, slug, date(year, 2, 1));
        found.iter().find(|(code, _)| *code == loinc).unwrap().1
    }

    #[test]
    fn treatment_brings_the_a1c_down() {
        let made = with(&["type-2-diabetes"]);
        let (first, later) = (
            at(&made, "a1c", "4548-4", 2016),
            at(&made, "a1c", "4548-4", 2018),
        );
        assert!(
            first > 7.0 && later < first - 0.4 && later < 8.0,
            "{first} {later}"
        );
    }

    #[test]
    fn failing_kidneys_raise_the_creatinine() {
        let (sick, well) = (with(&["chronic-kidney"]), with(&[]));
        let gfr = at(&sick, "egfr", "98979-8", 2024);
        assert!((20.0..60.0).contains(&gfr), "{gfr}");
        let (high, usual) = (
            at(&sick, "bmp", "2160-0", 2024),
            at(&well, "bmp", "2160-0", 2024),
        );
        assert!(high > 1.0 && high > usual + 0.2, "{high} {usual}");
    }

    #[test]
    fn a_statin_lowers_ldl_and_the_sum_fits() {
        let made = with(&["hyperlipidemia"]);
        let (first, later) = (
            at(&made, "lipids", "18262-6", 2016),
            at(&made, "lipids", "18262-6", 2018),
        );
        assert!(first > 145.0 && later < 125.0, "{first} {later}");
        let total = at(&made, "lipids", "2093-3", 2018);
        assert!(total > later + 40.0 && total < later + 110.0);
    }
}
