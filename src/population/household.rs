//! Who lives together: families of several kinds, with ages that fit each other.

use crate::calendar::years_between;
use crate::dice::Dice;
use crate::names::{ORIGINS, Origin, STREETS, TOWNS, Town};
use crate::practice::{Clinician, PRACTICES, Practice};
use jiff::{ToSpan, civil::Date};

/// What somebody is in the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Mother,
    Father,
    Child,
    Grandmother,
    Grandfather,
    /// Lives alone.
    Single,
}

/// One person.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub part: Part,
    pub given: [&'static str; 2],
    pub family: &'static str,
    /// The family name before marriage, and when it was given up.
    pub maiden: Option<(&'static str, Date)>,
    pub suffix: Option<&'static str>,
    pub female: bool,
    pub birth: Date,
    pub died: Option<Date>,
    /// Standard deviations from the median height and body mass index.
    pub tall: f64,
    pub heavy: f64,
    /// BCP 47 with its name.
    pub language: (&'static str, &'static str),
    pub phone: String,
    pub email: Option<String>,
    pub record_number: String,
    /// When the practice first knew this person.
    pub registered: Date,
    /// Where they lived before, until when.
    pub moved: Option<(&'static Town, Date)>,
    /// From the first cigarette to the last, in years of age.
    pub smoked: Option<(f64, Option<f64>)>,
}

/// How somebody acts for somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tie {
    /// Places in [`Family::people`].
    pub actor: usize,
    pub patient: usize,
    /// Code of the proxy relationship: `parent`, `adult`, `estate-representative`.
    pub relationship: &'static str,
    /// v3-RoleCode with its display.
    pub role: (&'static str, &'static str),
    /// What a grown patient granted.
    pub level: Option<&'static str>,
    /// A court restricts it.
    pub restricted: bool,
}

/// A family with its home.
#[derive(Debug, Clone)]
pub struct Family {
    pub number: u64,
    pub origin: &'static Origin,
    pub practice: &'static Practice,
    pub town: &'static Town,
    pub street: String,
    pub people: Vec<Person>,
    pub ties: Vec<Tie>,
    /// A vaccine this family does not want (CVX).
    pub refuses: Option<&'static str>,
}

impl Family {
    /// The clinician who usually sees somebody of an age.
    pub fn clinician(&self, age: f64) -> Clinician {
        let list = if age < 18.0 {
            self.practice.children
        } else {
            self.practice.adults
        };
        let place = usize::try_from(self.number).unwrap_or(0) % list.len().max(1);
        list.get(place).copied().unwrap_or(self.practice.nurse)
    }
}

/// What a family is made of: the part of each person, and the bounds of the age.
type Mould = &'static [(Part, f64, f64)];

/// The kinds of families, taken in turn so that every twenty people hold all ages. Grown people come first.
const MOULDS: &[Mould] = &[
    &[
        (Part::Mother, 29.0, 37.0),
        (Part::Father, 29.0, 40.0),
        (Part::Child, 0.2, 1.8),
        (Part::Child, 3.2, 5.0),
        (Part::Child, 6.0, 9.0),
    ],
    &[(Part::Mother, 36.0, 48.0), (Part::Child, 13.0, 17.6)],
    &[
        (Part::Grandmother, 66.0, 82.0),
        (Part::Grandfather, 68.0, 84.0),
    ],
    &[
        (Part::Grandmother, 64.0, 80.0),
        (Part::Grandfather, 68.0, 86.0),
        (Part::Mother, 28.0, 38.0),
        (Part::Child, 1.0, 3.0),
    ],
    &[(Part::Single, 19.0, 34.0)],
    &[
        (Part::Mother, 38.0, 47.0),
        (Part::Father, 38.0, 52.0),
        (Part::Child, 9.0, 12.9),
        (Part::Child, 13.2, 17.8),
    ],
    &[(Part::Mother, 50.0, 62.0), (Part::Father, 50.0, 66.0)],
    &[
        (Part::Mother, 31.0, 44.0),
        (Part::Father, 31.0, 46.0),
        (Part::Child, 5.0, 11.0),
    ],
    &[(Part::Single, 35.0, 64.0)],
];

const ANY_ORIGIN: &Origin = &ORIGINS[0];
const ANY_PRACTICE: &Practice = &PRACTICES[0];
const ANY_TOWN: &Town = &TOWNS[0];

/// Days of a year.
const YEAR: f64 = 365.25;

/// The family of a number under a seed, as it stands on a day.
pub fn family(seed: u64, number: u64, today: Date) -> Family {
    let mut dice = Dice::new(seed, number, 0);
    let kinds = MOULDS.len() as u64;
    let kind = usize::try_from(number % kinds).unwrap_or(0);
    let mould = MOULDS.get(kind).copied().unwrap_or(&[]);
    let origin = dice.weighted(ORIGINS, |it| it.share).unwrap_or(ANY_ORIGIN);
    let practice = dice.pick(PRACTICES).unwrap_or(ANY_PRACTICE);
    let town = dice.pick(TOWNS).unwrap_or(ANY_TOWN);
    let street = dice.pick(STREETS).copied().unwrap_or("Main Street");
    let street = format!("{} {street}", dice.whole(2, 480));
    let surname = dice.pick(origin.families).copied().unwrap_or("Doe");
    let refuses = dice
        .chance(0.07)
        .then(|| dice.pick(&["165", "208", "03", "150"]).copied())
        .flatten();
    let mut family = Family {
        number,
        origin,
        practice,
        town,
        street,
        people: Vec::new(),
        ties: Vec::new(),
        refuses,
    };
    for (place, (part, youngest, oldest)) in mould.iter().enumerate() {
        let stem = (seed, number, place);
        let age = dice.between(*youngest, *oldest);
        let made = person(&mut dice, &family, stem, (*part, age, surname), today);
        family.people.push(made);
    }
    if kind == 3 {
        // The grandfather of this family died in the last years.
        let days = dice.whole(60, 1_400);
        if let Some(old) = family.people.get_mut(1) {
            old.died = Some(today.saturating_sub(days.days()));
        }
    }
    family.ties = ties(&mut dice, &family, kind, today);
    family
}

fn person(
    dice: &mut Dice,
    family: &Family,
    (seed, number, place): (u64, u64, usize),
    (part, age, surname): (Part, f64, &'static str),
    today: Date,
) -> Person {
    let origin = family.origin;
    let female = match part {
        Part::Mother | Part::Grandmother => true,
        Part::Father | Part::Grandfather => false,
        Part::Child | Part::Single => dice.chance(0.5),
    };
    let birth = today.saturating_sub(((age * YEAR) as i64).days());
    let names = if female { origin.women } else { origin.men };
    let taken: Vec<&str> = family.people.iter().map(|it| it.given[0]).collect();
    let free: Vec<&'static str> = names
        .iter()
        .copied()
        .filter(|it| !taken.contains(it))
        .collect();
    let given = dice.pick(&free).copied().unwrap_or("Alex");
    let middle = dice.pick(names).copied().unwrap_or("Lee");
    // Every fourth family has somebody with former names and addresses for certain, another one a name's suffix.
    let certain = place == 0 && number % 4 == 0;
    let named_after = place == 1 && number % 4 == 2;
    let married = matches!(part, Part::Mother | Part::Grandmother) && (dice.chance(0.6) || certain);
    let maiden = married.then(|| {
        let others: Vec<&'static str> = origin
            .families
            .iter()
            .copied()
            .filter(|name| *name != surname)
            .collect();
        let name = dice.pick(&others).copied().unwrap_or("Doe");
        let wedding = birth.saturating_add(dice.whole(22 * 365, 27 * 365).days());
        (name, wedding.min(today))
    });
    let grown = age >= 18.0;
    let registered = if grown {
        let years = dice.between(3.0, 14.0).min(age - 17.0).max(0.6);
        today.saturating_sub(((years * YEAR) as i64).days())
    } else {
        birth
    };
    let moved = (grown && (dice.chance(0.35) || certain)).then(|| {
        let town = dice.pick(TOWNS).unwrap_or(ANY_TOWN);
        (town, registered)
    });
    let smoked = (grown && dice.chance(0.3)).then(|| {
        let from = dice.between(16.0, 22.0).min(age);
        let until = from + dice.between(2.0, 35.0);
        (from, (until < age - 1.0).then_some(until))
    });
    let speaks = origin.language.filter(|_| {
        let share = if age > 60.0 { 0.7 } else { 0.25 };
        grown && dice.chance(share)
    });
    let line = dice.whole(100, 199);
    let last = dice.whole(10, 99);
    let mailbox = format!("{given}.{surname}").to_lowercase();
    Person {
        id: format!("{}-{number}-{}", stem(seed), place + 1),
        part,
        given: [given, middle],
        family: surname,
        maiden,
        suffix: (!female && grown && (dice.chance(0.12) || named_after)).then_some("Jr."),
        female,
        birth,
        died: None,
        tall: dice.normal() * 0.9,
        heavy: dice.normal() * 0.9 + 0.25,
        language: speaks.unwrap_or(("en", "English")),
        phone: format!("860-555-0{line}"),
        email: (age >= 13.0).then(|| format!("{mailbox}{last}@mail.example")),
        record_number: format!("{:03}{:06}{}", seed % 1_000, number % 1_000_000, place + 1),
        registered,
        moved,
        smoked,
    }
}

/// What the ids of a population begin with: small seeds as they are, large ones folded.
fn stem(seed: u64) -> String {
    if seed <= 0xff_ffff {
        format!("p{seed:x}")
    } else {
        let folded = Dice::new(seed, 0, 0).roll() & 0xff_ffff;
        format!("q{folded:06x}")
    }
}

fn ties(dice: &mut Dice, family: &Family, kind: usize, today: Date) -> Vec<Tie> {
    let mut made = Vec::new();
    let tie = |actor, patient, relationship, role, level| Tie {
        actor,
        patient,
        relationship,
        role,
        level,
        restricted: false,
    };
    for (patient, child) in family.people.iter().enumerate() {
        if child.part != Part::Child || years_between(child.birth, today) >= 18.0 {
            continue;
        }
        for (actor, parent) in family.people.iter().enumerate() {
            match parent.part {
                Part::Mother => made.push(tie(actor, patient, "parent", ("MTH", "mother"), None)),
                Part::Father => {
                    let father = tie(actor, patient, "parent", ("FTH", "father"), None);
                    // Parted parents: in some families a court has restricted one of them.
                    let restricted = kind == 7 && dice.chance(0.25);
                    made.push(Tie {
                        restricted,
                        ..father
                    });
                }
                _ => {}
            }
        }
    }
    match kind {
        2 => {
            made.push(tie(0, 1, "adult", ("WIFE", "wife"), Some("full")));
            let level = Some("scheduling-billing");
            made.push(tie(1, 0, "adult", ("HUSB", "husband"), level));
        }
        3 => {
            made.push(tie(2, 0, "adult", ("DAUC", "Daughter"), Some("view-all")));
            let estate = "estate-representative";
            made.push(tie(0, 1, estate, ("WIFE", "wife"), None));
        }
        _ => {}
    }
    made
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::date;

    fn families() -> Vec<Family> {
        (0..90)
            .map(|number| family(11, number, date(2026, 6, 15)))
            .collect()
    }

    #[test]
    fn mothers_are_old_enough_for_their_children() {
        for family in families() {
            let mother = family.people.iter().find(|it| it.part == Part::Mother);
            let children = family.people.iter().filter(|it| it.part == Part::Child);
            for child in children {
                let age = years_between(mother.unwrap().birth, child.birth);
                assert!((17.0..47.0).contains(&age), "{age} {}", child.id);
            }
        }
    }

    #[test]
    fn nobody_shares_a_given_name_or_an_id() {
        for family in families() {
            let mut names: Vec<&str> = family.people.iter().map(|it| it.given[0]).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), family.people.len());
        }
    }

    #[test]
    fn every_child_has_a_parent_who_may_act() {
        for family in families() {
            for (place, person) in family.people.iter().enumerate() {
                let acts = family.ties.iter().any(|tie| tie.patient == place);
                assert!(person.part != Part::Child || acts);
            }
        }
    }

    #[test]
    fn large_seeds_make_short_ids() {
        let made = family(u64::MAX, 999_999, date(2026, 6, 15));
        assert!(made.people.iter().all(|it| it.id.len() <= 17));
    }
}
