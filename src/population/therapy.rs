//! What is prescribed at a visit, and what the pharmacy handed out since.

use crate::chart::Chart;
use crate::encounters::Told;
use crate::life::{Life, Why, workday_after};
use crate::medicines::Medicine;
use crate::prescriptions::{Prescription, dispense, prescribe};
use crate::words::{Code, wobble};
use jiff::{ToSpan, civil::Date};
use std::collections::HashMap;

/// Medicines that stand as Medication resources of the directory.
pub const MEDICATIONS: &[&str] = &["albuterol", "albuterol-copd", "glargine", "lispro"];

/// What somebody takes, and since when.
#[derive(Debug, Default)]
pub struct Therapy {
    started: HashMap<&'static str, Date>,
    /// What is taken now, in words.
    taken: Vec<(String, Option<Date>)>,
}

/// A prescription to write.
struct Order<'o> {
    medicine: &'o Medicine,
    slug: &'o str,
    reason: Code,
    problem: Option<&'o str>,
    /// The last day it is taken, for what has ended.
    until: Option<Date>,
}

impl Therapy {
    /// Prescribes at a visit what is due. `problems`: slug of the ailment → `Condition/…`.
    pub fn visit(
        &mut self,
        chart: &mut Chart<'_>,
        life: &Life,
        told: &Told<'_>,
        problems: &HashMap<&'static str, String>,
    ) {
        let date = told.visit.date;
        if let Some(illness) = told.visit.why.illness()
            && let Some(medicine) = &illness.medicine
        {
            let slug = format!("{}-{}", medicine.slug, told.slug);
            let until = date.saturating_add(illness.days.days());
            let order = Order {
                medicine,
                slug: &slug,
                reason: illness.reason,
                problem: None,
                until: Some(until),
            };
            self.order(chart, life, told, &order);
        }
        if !matches!(told.visit.why, Why::CheckUp | Why::FollowUp) {
            return;
        }
        for course in life.lasting(date) {
            let Some(problem) = problems.get(course.ailment.slug) else {
                continue;
            };
            for medicine in course.ailment.medicines {
                let from = course.onset.saturating_add(medicine.after_months.months());
                if from > date || self.started.contains_key(medicine.slug) {
                    continue;
                }
                self.started.insert(medicine.slug, date);
                let order = Order {
                    medicine,
                    slug: medicine.slug,
                    reason: course.ailment.code,
                    problem: Some(problem),
                    until: course.over,
                };
                self.order(chart, life, told, &order);
            }
        }
    }

    fn order(&mut self, chart: &mut Chart<'_>, life: &Life, told: &Told<'_>, order: &Order<'_>) {
        let medicine = order.medicine;
        let date = told.visit.date;
        let until = order.until.filter(|until| *until <= life.end);
        let listed = MEDICATIONS.contains(&medicine.slug);
        let medication = format!("Medication/rxnorm-{}", medicine.code.code);
        let prescription = Prescription {
            slug: order.slug,
            code: medicine.code,
            text: medicine.text,
            dose: medicine.dose,
            per_day: medicine.per_day,
            as_needed: medicine.as_needed,
            reason: order.reason,
            reason_reference: order.problem,
            active: until.is_none() && chart.whose.died.is_none(),
            quantity: medicine.quantity,
            refills: medicine.refills,
            medication: listed.then_some(medication.as_str()),
        };
        let seen = &told.seen;
        let request = prescribe(chart, &prescription, seen, &seen.start);
        let line = format!("{}: {}", medicine.code.display, medicine.text);
        // Notes of other visits do not tell what is kept secret.
        if chart.secret().is_none() {
            self.taken.push((line, until));
        }
        let mut fills = vec![date];
        let last = until.unwrap_or(life.end);
        // What was filled again lately: once a quarter, the latest two on record.
        let share = (wobble(&request) + 1.0) / 2.0;
        let ago = 3 + (share * 80.0) as i64;
        let again = [ago + 90, ago].map(|days| workday_after(last.saturating_sub(days.days()), 0));
        if medicine.refills > 0 {
            fills.extend(
                again
                    .iter()
                    .filter(|day| **day > date.saturating_add(25.days()) && **day <= life.end),
            );
        }
        for (index, day) in fills.iter().enumerate() {
            let at = chart.calendar.at(*day, 18, 10);
            let fill = Some(index + 1);
            dispense(chart, &prescription, seen, &request, fill, &at, index == 0);
        }
    }

    /// What is taken on a day, in words.
    pub fn taken(&self, date: Date) -> Vec<String> {
        self.taken
            .iter()
            .filter(|(_, until)| until.is_none_or(|until| until >= date))
            .map(|(line, _)| line.clone())
            .collect()
    }
}
