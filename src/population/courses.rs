//! Which ailments somebody has had, from when to when.

use crate::ailments::{AILMENTS, Ailment, Risk};
use crate::calendar::years_between;
use crate::dice::Dice;
use crate::growth::body;
use crate::household::Person;
use crate::life::at_age;
use jiff::{ToSpan, civil::Date};

/// An ailment in a life.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    pub ailment: &'static Ailment,
    pub onset: Date,
    pub over: Option<Date>,
}

impl Course {
    /// Whether it is there on a day.
    pub fn lasts(&self, date: Date) -> bool {
        self.onset <= date && self.over.is_none_or(|over| over > date)
    }
}

/// Everything somebody has had by a day, likelier with weight, smoke and what came before.
pub fn courses(dice: &mut Dice, person: &Person, end: Date) -> Vec<Course> {
    let age = years_between(person.birth, end);
    let mut made: Vec<Course> = Vec::new();
    for ailment in AILMENTS {
        let (youngest, usual, oldest) = ailment.onset;
        // Always the same number of rolls, so that one table row does not shift the others.
        let (roll, early) = (dice.share(), dice.share());
        let late = dice.share();
        // Triangular around the usual age.
        let onset = if early < 0.5 {
            youngest + (usual - youngest) * (2.0 * early).sqrt()
        } else {
            usual + (oldest - usual) * (1.0 - (2.0 - 2.0 * early).sqrt())
        };
        let bmi = body(onset, person.female, person.tall, person.heavy).bmi();
        let has = if ailment.slug == "obesity" {
            let bmi = body(age, person.female, person.tall, person.heavy).bmi();
            age >= 20.0 && bmi >= 30.0
        } else {
            roll * 100.0 < likelihood(ailment, person, bmi, &made)
        };
        // Both kinds of diabetes do not come together, nor prediabetes after diabetes.
        let barred = ailment.slug == "type-2-diabetes"
            && made.iter().any(|it| it.ailment.slug == "type-1-diabetes");
        if !has || barred || onset >= age {
            continue;
        }
        let onset = at_age(person, onset);
        let over = ailment
            .over_after
            .map(|years| years * (0.6 + 0.8 * late))
            .map(|years| onset.saturating_add(((years * 365.25) as i64).days()))
            .filter(|over| *over < end);
        made.push(Course {
            ailment,
            onset,
            over,
        });
    }
    end_prediabetes(&mut made);
    made
}

/// Diabetes ends prediabetes; diabetes first means there never was any.
fn end_prediabetes(courses: &mut Vec<Course>) {
    let diabetes = courses
        .iter()
        .find(|it| it.ailment.slug.ends_with("-diabetes"))
        .map(|it| it.onset);
    if let Some(diabetes) = diabetes {
        courses.retain(|it| it.ailment.slug != "prediabetes" || it.onset < diabetes);
        for course in courses
            .iter_mut()
            .filter(|it| it.ailment.slug == "prediabetes")
        {
            course.over = Some(diabetes);
        }
    }
}

fn likelihood(ailment: &Ailment, person: &Person, bmi: f64, before: &[Course]) -> f64 {
    let base = if person.female {
        ailment.lifetime.0
    } else {
        ailment.lifetime.1
    };
    let Some((risk, times)) = ailment.risk else {
        return base;
    };
    let applies = match risk {
        Risk::Weight => bmi >= 29.0,
        Risk::Smoking => person.smoked.is_some(),
        Risk::Ailment(slug) => before.iter().any(|it| it.ailment.slug == slug),
    };
    match (applies, risk) {
        (true, _) => base * times,
        // Hardly anybody gets this who never smoked.
        (false, Risk::Smoking) => base * 0.1,
        (false, _) => base * 0.7,
    }
}
