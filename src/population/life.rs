//! A life as the practice knows it: what somebody has had, and every visit, in order.

use crate::calendar::years_between;
use crate::courses::{Course, courses};
use crate::dice::Dice;
use crate::household::{Family, Part, Person};
use crate::illnesses::{ILLNESSES, Illness};
use crate::private_care::{ALONE, Alone};
use jiff::{ToSpan, civil::Date, civil::Weekday};

/// Why somebody comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Why {
    /// The first days of life, in the hospital.
    Birth,
    /// Well-child visits and check-ups.
    CheckUp,
    /// For the ailments that are due.
    FollowUp,
    Ill(&'static Illness),
    /// A minor comes alone.
    Alone(&'static Alone),
    /// With that many weeks of pregnancy.
    Prenatal(i64),
    /// Gives birth.
    Delivery,
    /// An operation of [`crate::operations`], by slug.
    Operation(&'static str),
    /// The last stay in the hospital.
    Death,
}

impl Why {
    /// What passes, if that is why.
    pub fn illness(self) -> Option<&'static Illness> {
        match self {
            Self::Ill(illness) => Some(illness),
            Self::Alone(alone) => Some(&alone.illness),
            _ => None,
        }
    }
}

/// One visit to come true.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    pub date: Date,
    pub why: Why,
}

/// A life as the practice knows it.
#[derive(Debug, Clone)]
pub struct Life {
    pub courses: Vec<Course>,
    /// In order, at most one a day.
    pub visits: Vec<Visit>,
    /// The last day: yesterday, or the day of death.
    pub end: Date,
    /// When she gave birth to the children of the family.
    pub births: Vec<Date>,
}

impl Life {
    /// What there is on a day.
    pub fn lasting(&self, date: Date) -> impl Iterator<Item = &Course> {
        self.courses.iter().filter(move |course| course.lasts(date))
    }
    /// How many weeks a pregnancy has lasted on a day, or how many a birth lies back in the year after (negative).
    pub fn weeks(&self, date: Date) -> Option<i64> {
        self.births.iter().find_map(|birth| {
            let weeks = 40 - days_between(date, *birth).div_euclid(7);
            if date < *birth {
                (0..=40).contains(&weeks).then_some(weeks)
            } else {
                let since = days_between(*birth, date) / 7;
                (since < 45).then_some(-since)
            }
        })
    }
    /// The course of an ailment, if there ever was one.
    pub fn course(&self, slug: &str) -> Option<&Course> {
        self.courses.iter().find(|it| it.ailment.slug == slug)
    }
}

/// Lives a person's life up to a day.
pub fn life(seed: u64, family: &Family, place: usize, today: Date) -> Option<Life> {
    let person = family.people.get(place)?;
    let what = 10 + u64::try_from(place).unwrap_or(0);
    let mut dice = Dice::new(seed, family.number, what);
    let end = person.died.unwrap_or(today.saturating_sub(1.days()));
    let courses = courses(&mut dice, person, end);
    let mut visits = Vec::new();
    if person.registered == person.birth {
        visits.push(Visit {
            date: person.birth,
            why: Why::Birth,
        });
    }
    check_ups(&mut dice, person, end, &mut visits);
    follow_ups(&mut dice, &courses, person, end, &mut visits);
    illnesses(&mut dice, person, end, &mut visits);
    alone(&mut dice, person, end, &mut visits);
    let births = births(family, person, &mut visits);
    operations(&mut dice, person, &courses, end, &mut visits);
    if person.died.is_some() {
        visits.push(Visit {
            date: end,
            why: Why::Death,
        });
    }
    Some(Life {
        courses,
        visits: in_order(visits, person, end),
        end,
        births,
    })
}

/// By date, within what the practice knows, one a day and none on the heels of a greater one.
fn in_order(mut visits: Vec<Visit>, person: &Person, end: Date) -> Vec<Visit> {
    visits.retain(|visit| visit.date >= person.registered && visit.date <= end);
    visits.sort_by_key(|visit| (visit.date, rank(visit.why)));
    let mut kept: Vec<Visit> = Vec::with_capacity(visits.len());
    for visit in visits {
        let close = kept.last().is_some_and(|before| {
            let days = days_between(before.date, visit.date);
            days == 0 || (days < 12 && rank(visit.why) >= 3)
        });
        if !close {
            kept.push(visit);
        }
    }
    kept
}

fn rank(why: Why) -> u8 {
    match why {
        Why::Birth | Why::Death | Why::Delivery => 0,
        Why::Operation(_) => 1,
        Why::Prenatal(_) | Why::CheckUp => 2,
        Why::FollowUp => 3,
        Why::Ill(_) | Why::Alone(_) => 4,
    }
}

/// Whole days from one date to another.
pub fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

/// Days of the year the offices are closed: New Year, Independence Day, Christmas.
const CLOSED: &[(i8, i8)] = &[(1, 1), (7, 4), (12, 25)];

/// A date some days later, moved on from weekends and holidays.
pub fn workday_after(date: Date, days: i64) -> Date {
    let mut date = date.saturating_add(days.days());
    // A holiday and a weekend are three days at most.
    for _ in 0..4 {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        if !weekend && !CLOSED.contains(&(date.month(), date.day())) {
            break;
        }
        date = date.saturating_add(1.days());
    }
    date
}

/// The day somebody reached an age, fractions included.
pub fn at_age(person: &Person, years: f64) -> Date {
    person
        .birth
        .saturating_add(((years * 365.25) as i64).days())
}

/// Months of age of the well-child visits.
const WELL_CHILD: &[i64] = &[1, 2, 4, 6, 9, 12, 15, 18, 24, 30];

fn check_ups(dice: &mut Dice, person: &Person, end: Date, visits: &mut Vec<Visit>) {
    let mut check = |date: Date| {
        visits.push(Visit {
            date,
            why: Why::CheckUp,
        });
    };
    if person.registered == person.birth {
        check(workday_after(person.birth, 4));
        for months in WELL_CHILD {
            let due = person.birth.saturating_add(months.months());
            check(workday_after(due, dice.whole(1, 9)));
        }
    }
    let first = years_between(person.birth, person.registered)
        .ceil()
        .max(3.0) as i64;
    let last = years_between(person.birth, end).floor() as i64;
    for years in first..=last {
        let keeps = match years {
            ..18 => 0.9,
            18..40 => 0.45,
            40..60 => 0.7,
            _ => 0.88,
        };
        if dice.chance(keeps) {
            let birthday = person.birth.saturating_add(years.years());
            check(workday_after(birthday, dice.whole(2, 60)));
        }
    }
    // Who registers grown is seen soon; and everybody was seen in the last year.
    let (soon, lately) = (dice.whole(8, 40), dice.whole(20, 160));
    if person.registered > person.birth {
        check(workday_after(person.registered, soon));
    }
    let seen = |visit: &Visit| days_between(visit.date, end) < 240 && visit.date < end;
    if !visits.iter().any(seen) {
        visits.push(Visit {
            date: workday_after(end, -lately),
            why: Why::CheckUp,
        });
    }
}

/// Years back for which visits between check-ups are told.
const YEARS_BACK: i64 = 6;

fn follow_ups(
    dice: &mut Dice,
    courses: &[Course],
    person: &Person,
    end: Date,
    visits: &mut Vec<Visit>,
) {
    for course in courses {
        let first = workday_after(course.onset, dice.whole(3, 25));
        let mut push = |date: Date| {
            visits.push(Visit {
                date,
                why: Why::FollowUp,
            });
        };
        if first > person.registered {
            push(first);
        }
        let Some(months) = course.ailment.check_months else {
            continue;
        };
        let since = end
            .saturating_sub(YEARS_BACK.years())
            .max(course.onset)
            .max(person.registered);
        let until = course.over.unwrap_or(end);
        let mut due = since.saturating_add(months.months());
        while due < until {
            let date = workday_after(due, dice.whole(0, 14));
            // Ailments are looked after together.
            let near = visits
                .iter()
                .any(|visit| days_between(visit.date, date).abs() < 50);
            if !near {
                visits.push(Visit {
                    date,
                    why: Why::FollowUp,
                });
            }
            due = due.saturating_add(months.months());
        }
    }
}

fn illnesses(dice: &mut Dice, person: &Person, end: Date, visits: &mut Vec<Visit>) {
    let since = end.saturating_sub(9.years()).max(person.registered);
    let mut date = since;
    for _ in 0..60 {
        let age = years_between(person.birth, date);
        let a_year = match age {
            ..2.0 => 2.0,
            2.0..6.0 => 1.4,
            6.0..18.0 => 0.7,
            _ => 0.5,
        };
        let wait = -(1.0 - dice.share()).ln() / a_year * 365.25;
        date = workday_after(date, wait.clamp(14.0, 3_000.0) as i64);
        if date >= end {
            break;
        }
        let age = years_between(person.birth, date);
        let fitting: Vec<&'static Illness> = ILLNESSES
            .iter()
            .filter(|it| {
                let apt = age >= it.ages.0 && age < it.ages.1;
                let known = it.slug != "covid" || date.year() >= 2021;
                apt && known && (person.female || !it.women_only)
            })
            .collect();
        if let Some(illness) = dice.weighted(&fitting, |it| it.weight) {
            visits.push(Visit {
                date,
                why: Why::Ill(illness),
            });
        }
    }
}

/// What somebody between fourteen and eighteen comes for without the parents.
fn alone(dice: &mut Dice, person: &Person, end: Date, visits: &mut Vec<Visit>) {
    let years = dice.between(14.0, 17.2);
    let comes = dice.chance(0.75);
    let date = workday_after(at_age(person, years), 0);
    let recent = days_between(date, end) < 3 * 365;
    let fitting: Vec<&'static Alone> = ALONE
        .iter()
        .filter(|it| years >= it.illness.ages.0)
        .filter(|it| person.female || !it.illness.women_only)
        .collect();
    let found = dice.weighted(&fitting, |it| it.illness.weight);
    if let Some(alone) = found.filter(|_| comes && recent && date < end) {
        visits.push(Visit {
            date,
            why: Why::Alone(alone),
        });
    }
}

/// A mother's visits before and at the birth of each child who is a patient too.
fn births(family: &Family, person: &Person, visits: &mut Vec<Visit>) -> Vec<Date> {
    if person.part != Part::Mother {
        return Vec::new();
    }
    let children = family.people.iter().filter(|it| it.part == Part::Child);
    let births: Vec<Date> = children.map(|child| child.birth).collect();
    for birth in &births {
        for weeks in [10, 20, 28, 36] {
            let date = birth.saturating_sub((7 * (40 - weeks)).days());
            visits.push(Visit {
                date: workday_after(date, 0),
                why: Why::Prenatal(weeks),
            });
        }
        visits.push(Visit {
            date: *birth,
            why: Why::Delivery,
        });
    }
    births
}

fn operations(
    dice: &mut Dice,
    person: &Person,
    courses: &[Course],
    end: Date,
    visits: &mut Vec<Visit>,
) {
    let mut at = |years: f64, slug: &'static str| {
        visits.push(Visit {
            date: workday_after(at_age(person, years), 0),
            why: Why::Operation(slug),
        });
    };
    if dice.chance(0.07) {
        at(dice.between(9.0, 40.0), "appendectomy");
    }
    if dice.chance(0.7) {
        at(dice.between(46.0, 52.0), "colonoscopy");
        at(dice.between(57.0, 62.0), "colonoscopy");
    }
    if dice.chance(0.35) {
        at(dice.between(68.0, 80.0), "cataract");
    }
    if courses.iter().any(|it| it.ailment.slug == "osteoarthritis") && dice.chance(0.35) {
        let age = years_between(person.birth, end);
        let years = dice.between(66.0, 76.0).min(age - 0.3);
        at(years, "knee");
    }
    if courses
        .iter()
        .any(|it| it.ailment.slug == "atrial-fibrillation")
        && dice.chance(0.3)
    {
        let age = years_between(person.birth, end);
        at(age - dice.between(0.4, 2.0), "pacemaker");
    }
    if dice.chance(0.08) {
        at(dice.between(4.0, 8.0), "tonsils");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::household::family;
    use jiff::civil::date;

    fn lives() -> Vec<(Person, Life)> {
        let today = date(2026, 6, 15);
        (0..60)
            .flat_map(|number| {
                let family = family(5, number, today);
                let people = family.people.clone();
                people
                    .into_iter()
                    .enumerate()
                    .map(move |(place, person)| (person, life(5, &family, place, today).unwrap()))
            })
            .collect()
    }

    #[test]
    fn nothing_happens_before_birth_or_after_death() {
        for (person, life) in lives() {
            assert!(life.visits.iter().all(|it| it.date >= person.birth));
            assert!(life.visits.iter().all(|it| it.date <= life.end));
            assert!(life.courses.iter().all(|it| it.onset >= person.birth));
            assert!(life.courses.iter().all(|it| it.onset <= life.end));
            assert!(!life.visits.is_empty(), "{}", person.id);
        }
    }

    #[test]
    fn visits_are_in_order_and_in_office_hours_of_the_week() {
        for (_, life) in lives() {
            let dates: Vec<Date> = life.visits.iter().map(|it| it.date).collect();
            assert!(dates.is_sorted());
            for visit in &life.visits {
                let planned = !matches!(visit.why, Why::Birth | Why::Delivery | Why::Death);
                let weekend = matches!(visit.date.weekday(), Weekday::Saturday | Weekday::Sunday);
                assert!(!planned || !weekend, "{visit:?}");
            }
        }
    }

    #[test]
    fn ailments_come_at_the_ages_and_to_the_people_they_come_to() {
        let mut old = 0;
        for (person, life) in lives() {
            for course in &life.courses {
                let age = years_between(person.birth, course.onset);
                let (youngest, _, oldest) = course.ailment.onset;
                assert!(age >= youngest - 0.01 && age <= oldest + 0.01, "{course:?}");
            }
            if years_between(person.birth, life.end) > 60.0 {
                old += life.courses.len();
            }
            let both = life.course("type-1-diabetes").is_some()
                && life.course("type-2-diabetes").is_some();
            assert!(!both);
        }
        assert!(old > 50, "{old}");
    }
}
