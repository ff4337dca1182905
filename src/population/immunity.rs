//! Which vaccine is given when: by the schedule, caught up at the next visit, declined where a family does not want it.

use crate::calendar::years_between;
use crate::chart::Chart;
use crate::household::{Family, Person};
use crate::life::{Life, Why, days_between};
use crate::seen::Seen;
use crate::vaccines::{COVID, Dose, SCHEDULE, Source, Vaccine, declined, given};
use crate::words::wobble;
use jiff::{ToSpan, civil::Date};

/// Shortest time between two doses of a vaccine, in days.
const INTERVAL: i64 = 28;

/// A dose that waits for its visit.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    vaccine: &'static Vaccine,
    number: usize,
    due: Date,
}

/// The doses somebody is still to have.
#[derive(Debug)]
pub struct Immunity<'f> {
    family: &'f Family,
    waiting: Vec<Waiting>,
    /// Vaccine and day of the doses given so far.
    had: Vec<(&'static str, Date)>,
    refused: bool,
}

impl<'f> Immunity<'f> {
    /// Everything of the schedule, and from the booklet what was given before the practice knew the patient.
    pub fn open(chart: &mut Chart<'_>, family: &'f Family, person: &Person) -> Self {
        let mut immunity = Self {
            family,
            waiting: Vec::new(),
            had: Vec::new(),
            refused: false,
        };
        let author = family.clinician(40.0).reference;
        // Nobody brings a booklet of more than thirty years.
        let booklet = person.registered.saturating_sub(30.years());
        for vaccine in SCHEDULE {
            for (index, months) in vaccine.months.iter().enumerate() {
                let due = person.birth.saturating_add(months.months());
                let number = index + 1;
                // What came later is still due for grown people, not for children.
                let due = match Date::new(vaccine.since, 7, 1) {
                    Ok(first) if due < first && *months >= 600 => {
                        first.saturating_add((60 * i64::try_from(index).unwrap_or(0)).days())
                    }
                    _ => due,
                };
                if due.year() < vaccine.since {
                    continue;
                }
                if due >= person.registered {
                    immunity.waiting.push(Waiting {
                        vaccine,
                        number,
                        due,
                    });
                } else if due > booklet && !immunity.unwanted(vaccine.cvx) {
                    let (cvx, display) = of_its_time(vaccine, due);
                    let dose = Dose::of(cvx, display, vaccine.maker, number);
                    let day = due.saturating_add(9.days()).min(person.registered);
                    given(chart, &dose, day, Source::Booklet { author });
                }
            }
        }
        immunity.waiting.sort_by_key(|it| it.due);
        immunity
    }

    fn unwanted(&self, cvx: &str) -> bool {
        self.family.refuses == Some(cvx)
    }

    /// Gives at a visit what is due; what a visit misses waits for the next.
    pub fn visit(&mut self, chart: &mut Chart<'_>, date: Date, why: Why, seen: &Seen) {
        if !matches!(why, Why::Birth | Why::CheckUp | Why::FollowUp) {
            return;
        }
        let mut kept = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            let vaccine = waiting.vaccine;
            let months = days_between(chart.birth, date) * 12 / 365;
            if months >= vaccine.until_months {
                continue;
            }
            let too_soon = self
                .had
                .iter()
                .any(|(cvx, day)| *cvx == vaccine.cvx && days_between(*day, date) < INTERVAL);
            let missed = wobble(&format!("{}{}{date}miss", chart.whose.id, vaccine.cvx)) > 0.88;
            if waiting.due > date || too_soon || (missed && why != Why::Birth) {
                kept.push(waiting);
                continue;
            }
            if self.unwanted(vaccine.cvx) {
                if !self.refused {
                    declined(chart, seen, vaccine.cvx, vaccine.display);
                    self.refused = true;
                }
                continue;
            }
            self.had.push((vaccine.cvx, date));
            let dose = Dose::of(vaccine.cvx, vaccine.display, vaccine.maker, waiting.number);
            given(chart, &dose, date, Source::Visit(seen));
        }
        self.waiting = kept;
    }

    /// The campaigns of autumn and of the pandemic, in the practice's clinic.
    pub fn campaigns(&self, chart: &mut Chart<'_>, person: &Person, life: &Life) {
        let child = years_between(person.birth, life.end) < 18.0;
        let source = Source::Place {
            location: if child {
                self.family.practice.pediatrics
            } else {
                self.family.practice.office
            },
            author: self.family.practice.nurse.reference,
        };
        let willing = |name: &str| (wobble(&format!("{}{name}", person.id)) + 1.0) / 2.0;
        if !self.unwanted("208") && willing("covid") < 0.8 {
            let mut number = 0;
            for (date, youngest, oldest, cvx, display) in COVID {
                let Ok(date) = date.parse::<Date>() else {
                    continue;
                };
                let age = years_between(person.birth, date);
                let comes = number < 2 || willing(&date.to_string()) < 0.45;
                let apt = age >= *youngest && age < *oldest;
                if apt && comes && date < life.end && date > person.registered {
                    number += 1;
                    let dose = Dose::of(cvx, display, "Pfizer-BioNTech", number);
                    given(chart, &dose, date, source);
                }
            }
        }
        if self.unwanted("150") {
            return;
        }
        let mut number = 0;
        for year in (life.end.year() - 6)..=life.end.year() {
            let day = i8::try_from(year % 20).unwrap_or(0) + 6;
            let Ok(date) = Date::new(year, 10, day) else {
                continue;
            };
            let date = crate::life::workday_after(date, 0);
            let age = years_between(person.birth, date);
            let known = date > person.registered && date < life.end;
            if known && age >= 0.5 && willing(&format!("flu{year}")) < 0.6 {
                number += 1;
                let (cvx, display) = influenza(year, age);
                let dose = Dose::of(cvx, display, "Sanofi Pasteur", number);
                given(chart, &dose, date, source);
            }
        }
    }
}

/// What was given for a vaccine of the schedule at the time: products follow each other.
fn of_its_time(vaccine: &Vaccine, due: Date) -> (&'static str, &'static str) {
    match vaccine.cvx {
        "133" if due.year() >= 2024 => (
            "216",
            "Pneumococcal conjugate PCV20, polysaccharide CRM197 conjugate, adjuvant, PF",
        ),
        "203" if due.year() < 2021 => ("114", "meningococcal MCV4P"),
        _ => (vaccine.cvx, vaccine.display),
    }
}

/// The influenza vaccine of a year: three strains again since 2024, more of it from sixty-five on.
fn influenza(year: i16, age: f64) -> (&'static str, &'static str) {
    match (year >= 2024, age >= 65.0) {
        (true, true) => ("135", "Influenza, high-dose, trivalent, PF"),
        (true, false) => ("140", "Influenza, split virus, trivalent, PF"),
        (false, true) => ("197", "Influenza, high-dose, quadrivalent, PF"),
        (false, false) => ("150", "Influenza, split virus, quadrivalent, PF"),
    }
}
